//! The states of a policy, one for each change: what was promised by one of them stays promised by it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{CalendarId, SlaPolicy, SlaPolicyId};
use crate::id;
use crate::kernel::{Stamp, Time};

id!(SlaPolicyVersionId);

/// A policy as it stood from one change to the next.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SlaPolicyVersion {
    /// Machine identifier.
    pub id: SlaPolicyVersionId,
    /// The policy.
    pub sla_policy_id: SlaPolicyId,
    /// Which version of it.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: i64,
    /// Its calendar, for finding what counts by it.
    #[serde(skip)]
    #[schema(ignore)]
    pub calendar_id: CalendarId,
    /// All of it, as it stood.
    pub body: SlaPolicy,
    /// Since when.
    pub valid_from: Time,
}

impl SlaPolicyVersion {
    /// A policy as it stands now.
    pub fn of(policy: &SlaPolicy, at: &Stamp) -> SlaPolicyVersion {
        SlaPolicyVersion {
            id: SlaPolicyVersionId::next(at),
            sla_policy_id: policy.id,
            version: policy.meta.version,
            calendar_id: policy.calendar_id,
            body: policy.clone(),
            valid_from: policy.meta.updated_at,
        }
    }
}

/// The versions of one policy.
#[derive(Clone, Copy, Debug)]
pub struct SlaPolicyVersionFilter {
    /// The policy.
    pub sla_policy_id: SlaPolicyId,
}
