//! The service request itself: the row, and most of the resource on the wire (domain.md 3.6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members::{
    Assignment, Hold, Level, Lock, Origin, Related, RequestStatus, Resolution, Satisfaction, Verification,
};
use super::refs::{
    AddressId, ContactId, CustomerId, EngineerId, InstalledProductId, OutletId, ProblemTypeId, ProductId,
};
use crate::coverage::{Coverage, CoverageRecord};
use crate::customers::{CustomFields, ExternalRef};
use crate::id;
use crate::kernel::text::{Label64, Number, Prose, Reason, Title, WordCode};
use crate::kernel::{Meta, Time};
use crate::service_agreements::ServiceAgreementId;
use crate::service_items::ServiceItemId;
use crate::sla::policy::SlaPolicyId;

id!(ServiceRequestId);

/// One service request: what a customer asked for, and how it stands (domain.md 3.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ServiceRequestRecord)]
pub struct ServiceRequest {
    /// Identifier.
    pub id: ServiceRequestId,
    /// The number people read aloud.
    pub number: Number,
    /// The channel it came by, an item of dictionary `channel`.
    pub channel: WordCode,
    /// The service type, for example `repair`.
    pub service_type: WordCode,
    /// Registered here or imported.
    pub origin: Origin,
    /// The customer.
    pub customer_id: CustomerId,
    /// Whom to call.
    #[schema(required)]
    pub contact_id: Option<ContactId>,
    /// Where.
    #[schema(required)]
    pub address_id: Option<AddressId>,
    /// The product; null for a consultation or suggestion.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// The very unit, if it is known.
    #[schema(required)]
    pub installed_product_id: Option<InstalledProductId>,
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
    /// One line.
    pub title: Title,
    /// What the customer says.
    pub description: Prose,
    /// What we make of it.
    #[schema(required)]
    pub problem_analysis: Option<Prose>,
    /// When the fault appeared.
    #[schema(required)]
    pub fault_occurred_at: Option<Time>,
    /// How much is affected.
    pub impact: Level,
    /// How soon it matters.
    pub urgency: Level,
    /// 1 critical to 4 low, from impact and urgency unless set by hand.
    #[schema(minimum = 1, maximum = 4)]
    pub priority: i64,
    /// Whether this is an emergency; always priority 1.
    pub emergency: bool,
    /// The customer's own grading, 1 to 3.
    #[schema(required, minimum = 1, maximum = 3)]
    pub severity: Option<i64>,
    /// Until when the customer wants somebody assigned.
    #[schema(required)]
    pub required_by: Option<Time>,
    /// Until when the customer wants it solved.
    #[schema(required)]
    pub resolve_required_by: Option<Time>,
    /// Deadline of assignment in the present cycle (domain.md 4.2).
    #[schema(required)]
    pub assignment_due_at: Option<Time>,
    /// Deadline of solution in the present cycle (domain.md 4.2).
    #[schema(required)]
    pub resolve_due_at: Option<Time>,
    /// Where it stands; changes only by actions.
    pub status: RequestStatus,
    /// The hold in force.
    #[schema(required)]
    pub hold: Option<Hold>,
    /// The lock in force.
    #[schema(required)]
    pub lock: Option<Lock>,
    /// How often it was locked.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub lock_count: i64,
    /// The present cycle, from 1.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub cycle_no: i64,
    /// Attempts that failed or were not accepted, over the whole life.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub unresolved_attempts: i64,
    /// Missed customer dates.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub missed_count: i64,
    /// How often it was reopened.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub reopen_count: i64,
    /// Whether the customer's date passed while somebody was at work.
    pub is_overdue: bool,
    /// Who holds it; kept through archived.
    #[schema(required)]
    pub assignment: Option<Assignment>,
    /// The engineer of the assignment, for filters.
    #[schema(required)]
    pub assignee_id: Option<EngineerId>,
    /// The outlet of the assignment, for filters.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// How it was solved.
    #[schema(required)]
    pub resolution: Option<Resolution>,
    /// Whether the result was confirmed.
    #[schema(required)]
    pub verification: Option<Verification>,
    /// The customer's word at the last follow-up.
    #[schema(required)]
    pub satisfaction: Option<Satisfaction>,
    /// When somebody first answered the customer.
    #[schema(required)]
    pub first_response_at: Option<Time>,
    /// When it was last declared solved.
    #[schema(required)]
    pub processed_at: Option<Time>,
    /// When it was last closed.
    #[schema(required)]
    pub closed_at: Option<Time>,
    /// Why it was cancelled.
    #[schema(required)]
    pub cancel_reason: Option<Reason>,
    /// Related requests.
    #[schema(max_items = 50)]
    pub related: Vec<Related>,
    /// The request whose fault came back.
    #[schema(required)]
    pub repeat_of: Option<ServiceRequestId>,
    /// Keys in other systems.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Custom fields.
    pub custom_fields: CustomFields,
    /// Free labels.
    #[schema(max_items = 50)]
    pub labels: Vec<Label64>,
    /// The service asked for, of those an agreement may grant.
    #[schema(required)]
    pub service_item_id: Option<ServiceItemId>,
    /// The agreement it goes by, chosen when it was registered (AG-1).
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// How it is covered (AG-3); null if nobody ever judged, as for requests taken over.
    #[schema(required)]
    pub coverage: Option<Coverage>,
    /// The verdict behind it; none where nothing could pay when it was registered.
    #[serde(skip)]
    pub coverage_record: Option<CoverageRecord>,
    /// The SLA policy in force.
    #[schema(required)]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// The version of it that counts for this request, whatever was changed since.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub sla_policy_version: Option<i64>,
    /// Whether a third-party repair may be claimed (SL-9).
    pub third_party_allowed: bool,
    /// When the clock next changes something; a read after it catches up first (A24).
    #[schema(required)]
    pub next_due_at: Option<Time>,
    /// How many activities were written; the number of the last one.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub activity_count: i64,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

impl ServiceRequest {
    /// The identifier as events and subjects carry it.
    pub fn uuid(&self) -> Uuid {
        self.id.0
    }

    /// The state that counts for deadlines: while on hold, the one to return to.
    pub fn footing(&self) -> RequestStatus {
        match (self.status, &self.hold) {
            (RequestStatus::OnHold, Some(hold)) => hold.held_from,
            (status, _) => status,
        }
    }

    /// Sets who holds the request and the columns that follow from it.
    pub(crate) fn set_assignment(&mut self, assignment: Option<Assignment>) {
        self.assignee_id = assignment.as_ref().map(|a| a.engineer_id);
        self.outlet_id = assignment.as_ref().and_then(|a| a.outlet_id);
        self.assignment = assignment;
    }
}
