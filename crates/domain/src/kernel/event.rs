//! What happened, said once for the change feed, webhooks and notices (A15).

use serde_json::Value;
use uuid::Uuid;

/// One domain event; its outbox row commits with the work. The version it led to and the members it changed are added
/// by whoever keeps the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened, for example `service_request.assigned` (domain.md 3.26).
    pub kind: &'static str,
    /// The kind of the record it happened to, for example `service_request`.
    pub resource: &'static str,
    /// The record it happened to.
    pub resource_id: Uuid,
    /// When it truly happened; the due instant for a timer.
    pub at: super::Time,
    /// Facts for receivers; ids and codes, never personal data.
    pub data: Value,
}
