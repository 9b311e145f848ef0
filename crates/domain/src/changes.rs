//! Changes: what happened to every record, in the order it was committed (A15, A26, C33).
//!
//! A change is thin: it says what happened to which record, never what the record holds, so that whoever follows the
//! feed can learn nothing he may not read. He fetches the record itself, and gets it as it stands by then.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::kernel::text::EventPattern;
use crate::kernel::{Csv, Role, RoleSet, Time};
use crate::{codes, id, label, permissions};

// ---- entity: what a caller sees ---------------------------------------------------------------------------------

id!(ChangeId);

/// For how many days a change is kept.
pub const KEPT_DAYS: i64 = 30;

label! {
    /// What became of a record.
    pub enum ChangeOp {
        /// It is new.
        Created = "created",
        /// It changed.
        Updated = "updated",
        /// It is gone.
        Deleted = "deleted",
    }
}

impl ChangeOp {
    /// What an event means for the record it names.
    pub fn of(kind: &str) -> ChangeOp {
        match kind.rsplit('.').next() {
            Some("created" | "registered") => ChangeOp::Created,
            Some("deleted") => ChangeOp::Deleted,
            _ => ChangeOp::Updated,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// Identifier; the same change seen twice has the same one.
    pub id: ChangeId,
    /// Its place in the order of commits.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub seq: i64,
    /// What happened, for example `service_request.assigned`.
    #[schema(max_length = 80)]
    pub r#type: String,
    /// The kind of the record, for example `service_request`.
    #[schema(max_length = 40)]
    pub resource_type: String,
    /// The record.
    pub resource_id: Uuid,
    /// Whether the record is new, changed or gone.
    pub op: ChangeOp,
    /// The version the record had then; null for what has no version of its own.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: Option<i64>,
    /// The names of the members that changed; empty for what is new or gone.
    #[schema(max_items = 100, value_type = Vec<crate::kernel::text::Label64>)]
    pub changed: Vec<String>,
    /// Where the record stands, or the request it belongs to; null for what cannot be read by itself.
    #[schema(required, max_length = 500)]
    pub href: Option<String>,
    /// When it happened; the due instant for a timer.
    pub occurred_at: Time,
}

// ---- filter: which part of the feed -----------------------------------------------------------------------------

/// Which part of the feed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// Where to go on: `next_cursor` of the answer before, or `now` for what happens from here on. From the oldest
    /// change kept if absent.
    #[param(max_length = 2000, pattern = "^[A-Za-z0-9_.-]+$", nullable = false)]
    pub cursor: Option<String>,
    /// Only changes of these types, comma-separated; a star stands for any last word: `service_request.*`.
    #[param(value_type = Option<Vec<EventPattern>>, inline, style = Form, explode = false, nullable = false)]
    pub types: Option<Csv<EventPattern>>,
    /// How many changes at most.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    pub limit: Option<i64>,
}

// ---- codes ------------------------------------------------------------------------------------------------------

codes! {
    CURSOR_EXPIRED: Gone = "cursor_expired", "Changes after this cursor are no longer kept; load the lists anew", "该游标之后的变更已不再保留，请重新加载列表";
}

// ---- permissions: interfaces, and staff who see every row --------------------------------------------------------

permissions! {
    Read = "changes:read" for RoleSet::of(&[
        Role::Admin, Role::ServiceManager, Role::Supervisor, Role::Analyst, Role::Executive, Role::Integration,
    ]);
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Scope;

    #[test]
    fn an_event_says_whether_its_record_is_new_changed_or_gone() {
        let ops = [
            ("customer.created", ChangeOp::Created),
            ("service_request.registered", ChangeOp::Created),
            ("service_request.assigned", ChangeOp::Updated),
            ("contact.deleted", ChangeOp::Deleted),
        ];
        for (kind, op) in ops {
            assert_eq!(ChangeOp::of(kind), op, "{kind}");
        }
    }

    #[test]
    fn only_who_sees_every_row_reads_the_feed() {
        let grant = GRANTS.first().unwrap();
        assert!(grant.roles.iter().all(|role| role.scope() == Scope::All));
    }
}
