//! Surveys: every closed request gets its own, sent outside the quiet hours (FU-2, R-086).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Meta, Role, RoleSet, Time};
use crate::requests::ServiceRequestId;
use crate::requests::refs::CustomerId;
use crate::{id, label, permissions};

id!(SurveyId);

label! {
    /// Where a survey stands.
    pub enum SurveyStatus {
        /// Waits for its hour.
        Scheduled = "scheduled",
        /// Its hour has come; a channel may send it.
        Due = "due",
        /// Sent.
        Sent = "sent",
        /// Answered.
        Answered = "answered",
        /// Not answered in time.
        Expired = "expired",
        /// The request was reopened before it was sent.
        Cancelled = "cancelled",
    }
}

/// One survey of one closing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Survey {
    /// Identifier.
    pub id: SurveyId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The customer asked.
    pub customer_id: CustomerId,
    /// The request's cycle.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub cycle_no: i64,
    /// Where it stands.
    pub status: SurveyStatus,
    /// When it is to be sent.
    pub send_at: Time,
    /// When it was sent.
    #[schema(required)]
    pub sent_at: Option<Time>,
    /// When it was answered.
    #[schema(required)]
    pub answered_at: Option<Time>,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

const READERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::FollowUpAgent,
    Role::ComplaintOfficer,
    Role::OutletManager,
    Role::Analyst,
    Role::Executive,
]);

permissions! {
    Read = "surveys:read" for READERS;
}
