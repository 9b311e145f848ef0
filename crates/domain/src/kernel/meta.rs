//! What every record carries besides itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Stamp, Time};
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
