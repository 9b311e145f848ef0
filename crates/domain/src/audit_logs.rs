//! The audit trail: who changed what and when, sealed into a chain of digests so that no line can be altered, moved
//! or removed unnoticed (AD-3, A26, I24).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::kernel::meta::UserId;
use crate::kernel::text::WordCode;
use crate::kernel::{Role, RoleSet, Time};
use crate::{id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(AuditLogId);

/// What stands before the first line of the chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AuditLog {
    /// Machine identifier.
    pub id: AuditLogId,
    /// Its place in the chain; null until it is sealed, a moment after the commit.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub seq: Option<i64>,
    /// When it happened.
    pub at: Time,
    /// Who; null for the system and for callers nobody knows.
    #[schema(required)]
    pub actor_id: Option<UserId>,
    /// The sign-in name then.
    #[schema(max_length = 100)]
    pub actor_name: String,
    /// The call it belongs to, as its `X-Request-Id` said; the name of a job for the system.
    #[schema(max_length = 64)]
    pub trace_id: String,
    /// What, for example `update`.
    #[schema(max_length = 64)]
    pub action: String,
    /// The kind of the record, for example `customer`.
    #[schema(max_length = 64)]
    pub resource: String,
    /// The record.
    pub resource_id: Uuid,
    /// What changed: before and after of each member, or the whole record when it is new or gone.
    pub diff: Value,
    /// The digest that seals it and every line before it; null until then.
    #[schema(required, max_length = 64)]
    pub hash: Option<String>,
}

label! {
    /// How the chain is broken.
    pub enum Breach {
        /// The line is not what was sealed.
        Altered = "altered",
        /// There is no line where one was sealed.
        Missing = "missing",
    }
}

/// Where the chain is broken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrokenLink {
    /// The place in the chain.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub seq: i64,
    /// The line that stands there; null if none does.
    #[schema(required)]
    pub id: Option<AuditLogId>,
    /// What is wrong.
    pub reason: Breach,
}

/// What a look at the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Whether every line looked at is what was sealed.
    pub is_intact: bool,
    /// How many sealed lines were looked at.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub checked: i64,
    /// The last place that was found right: `after_seq` of the next look.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub last_seq: i64,
    /// Whether the chain goes on behind it.
    pub has_more: bool,
    /// How many lines wait to be sealed.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub unsealed: i64,
    /// Where it is broken first; null if it is not.
    #[schema(required)]
    pub first_broken: Option<BrokenLink>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of audit lines; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditLogFilter {
    /// The kind of the record, for example `customer`.
    #[param(nullable = false)]
    pub resource: Option<WordCode>,
    /// The record.
    #[param(nullable = false)]
    pub resource_id: Option<Uuid>,
    /// Who did it.
    #[param(nullable = false)]
    pub actor_id: Option<UserId>,
    /// What was done, for example `update`.
    #[param(nullable = false)]
    pub action: Option<WordCode>,
    /// At or after.
    #[param(nullable = false)]
    pub at_gte: Option<Time>,
    /// Before.
    #[param(nullable = false)]
    pub at_lt: Option<Time>,
}

/// Which part of the chain is looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditVerifyFrom {
    /// Behind this place; from the beginning if absent.
    #[param(
        minimum = 0,
        maximum = 9_007_199_254_740_991_i64,
        default = 0,
        nullable = false
    )]
    pub after_seq: Option<i64>,
}

// ---- rules ------------------------------------------------------------------------------------------------------

impl AuditLog {
    /// The text a line is sealed by, at a place of the chain: its members in order, without blanks.
    pub fn canonical(&self, seq: i64) -> String {
        let mut line = json!({
            "id": self.id, "seq": seq, "at": self.at, "actor_id": self.actor_id, "actor_name": self.actor_name,
            "trace_id": self.trace_id, "action": self.action, "resource": self.resource,
            "resource_id": self.resource_id, "diff": self.diff,
        });
        line.sort_all_objects();
        line.to_string()
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "administration") ------------------------------------------

permissions! {
    Read = "audit_logs:read" for RoleSet::of(&[Role::Admin, Role::Analyst, Role::Executive]);
    Verify = "audit_logs:verify" for RoleSet::of(&[Role::Admin]);
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    fn line(diff: Value) -> AuditLog {
        AuditLog {
            id: AuditLogId(Uuid::from_u128(1)),
            seq: None,
            at: Time::from_millis(0),
            actor_id: None,
            actor_name: "system".to_owned(),
            trace_id: "t".to_owned(),
            action: "update".to_owned(),
            resource: "customer".to_owned(),
            resource_id: Uuid::from_u128(2),
            diff,
            hash: None,
        }
    }

    #[test]
    fn the_order_in_which_members_were_stored_does_not_matter() {
        let one = line(json!({"a": 1, "b": {"c": [1, 2], "d": null}}));
        let other = line(json!({"b": {"d": null, "c": [1, 2]}, "a": 1}));
        assert_eq!(one.canonical(7), other.canonical(7));
    }

    #[test]
    fn place_and_content_do() {
        let one = line(json!({"a": 1}));
        assert_ne!(one.canonical(7), one.canonical(8));
        assert_ne!(one.canonical(7), line(json!({"a": 2})).canonical(7));
    }
}
