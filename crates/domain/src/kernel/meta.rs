//! What every record carries besides itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Column, Raw, RawKind, Stamp, Stored, Time};
use crate::id;

id!(UserId);

/// Version, times and author, filled from the stamp so that no module retypes them (A36).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meta {
    /// Grows by one with each visible change; the `ETag` is `"v<version>"`.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: i64,
    /// When the record was made.
    pub created_at: Time,
    /// Who made it; null for the system itself.
    #[schema(required)]
    pub created_by: Option<UserId>,
    /// When it last changed visibly.
    pub updated_at: Time,
}

impl Meta {
    /// The first version of a record made under this stamp.
    pub fn new(at: &Stamp) -> Meta {
        Meta {
            version: 1,
            created_at: at.now,
            created_by: at.actor.user_id,
            updated_at: at.now,
        }
    }
}

impl Stored for Meta {
    const PARTS: &'static [(&'static str, RawKind)] = &[
        ("=version", RawKind::Int),
        ("=created_at", RawKind::Time),
        ("=created_by", RawKind::Uuid),
        ("=updated_at", RawKind::Time),
    ];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.version.to_raw());
        keep(self.created_at.to_raw());
        keep(self.created_by.to_raw());
        keep(self.updated_at.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        Ok(Meta {
            version: i64::from_raw(next("=version", RawKind::Int)?)?,
            created_at: Time::from_raw(next("=created_at", RawKind::Time)?)?,
            created_by: Option::from_raw(next("=created_by", RawKind::Uuid)?)?,
            updated_at: Time::from_raw(next("=updated_at", RawKind::Time)?)?,
        })
    }
}
