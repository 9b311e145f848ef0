//! What callers ask of a service request: the request bodies (A17, A28).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::entity::ServiceRequestId;
use super::members::{Level, Related, RequestStatus, ResolutionType};
use super::refs::{
    AddressId, ContactId, CustomerId, EngineerId, InstalledProductId, ProblemTypeId, ProductId,
};
use super::when::When;
use crate::customers::{CustomFields, ExternalRef};
use crate::kernel::text::{Label64, Prose, Reason, Title, WordCode};
use crate::kernel::{Patch, Time};
use crate::label;
use crate::service_items::ServiceItemId;
use crate::sla::policy::SlaPolicyId;
use crate::work_orders::WorkOrderKind;

/// A new service request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "phone", "service_type": "repair", "customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "problem_type_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "title": "空调不制冷", "description": "开机10分钟后停机，显示E6", "impact": "medium", "urgency": "medium"}))]
pub struct ServiceRequestCreate {
    /// The channel it comes by.
    pub channel: WordCode,
    /// The service type, for example `repair`.
    pub service_type: WordCode,
    /// The customer.
    pub customer_id: CustomerId,
    /// Whom to call; one of the customer's contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// Where; one of the customer's addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<AddressId>,
    /// The very unit; one of the customer's. What it is and where it stands need not be said then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_product_id: Option<InstalledProductId>,
    /// The product; required unless the service type is a consultation or suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The service asked for, of those an agreement may grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_item_id: Option<ServiceItemId>,
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
    /// One line.
    pub title: Title,
    /// What the customer says.
    pub description: Prose,
    /// What we make of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem_analysis: Option<Prose>,
    /// When the fault appeared; not in the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_occurred_at: Option<Time>,
    /// How much is affected.
    pub impact: Level,
    /// How soon it matters.
    pub urgency: Level,
    /// Whether this is an emergency: priority 1.
    #[serde(default)]
    pub emergency: bool,
    /// The customer's own grading, 1 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3)]
    pub severity: Option<i64>,
    /// Until when somebody shall be assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_by: Option<When>,
    /// Until when it shall be solved; not before `required_by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_required_by: Option<When>,
    /// `pending_assignment` (default) or `on_hold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_status: Option<RequestStatus>,
    /// Why it waits, for `on_hold`: an item of dictionary `hold_reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<WordCode>,
    /// Related requests.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub related: Vec<Related>,
    /// The request whose fault came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_of: Option<ServiceRequestId>,
    /// Keys in other systems.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Custom fields.
    #[serde(default)]
    pub custom_fields: CustomFields,
    /// Free labels.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub labels: Vec<Label64>,
}

/// What may be changed without an action.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRequestPatch {
    /// One line.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// What the customer says.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
    /// What we make of it.
    #[schema(value_type = Option<Prose>)]
    #[serde(default)]
    pub problem_analysis: Patch<Prose>,
    /// Whom to call.
    #[schema(value_type = Option<ContactId>)]
    #[serde(default)]
    pub contact_id: Patch<ContactId>,
    /// Where.
    #[schema(value_type = Option<AddressId>)]
    #[serde(default)]
    pub address_id: Patch<AddressId>,
    /// The very unit; one of the customer's, and of the request's product.
    #[schema(value_type = Option<InstalledProductId>)]
    #[serde(default)]
    pub installed_product_id: Patch<InstalledProductId>,
    /// When the fault appeared; not in the future.
    #[schema(value_type = Option<Time>)]
    #[serde(default)]
    pub fault_occurred_at: Patch<Time>,
    /// Related requests.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default)]
    pub related: Option<Vec<Related>>,
    /// Custom fields.
    #[serde(default)]
    #[schema(nullable = false)]
    pub custom_fields: Option<CustomFields>,
    /// Free labels.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default)]
    pub labels: Option<Vec<Label64>>,
    /// Refused with `status_read_only`: the status changes only by actions.
    #[schema(ignore)]
    #[serde(default)]
    pub status: Option<Value>,
}

/// Gives the request to an engineer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// How the work is done; `on_site` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkOrderKind>,
    /// A new date for the solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_required_by: Option<When>,
    /// Assigns although the engineer is unavailable; supervisor and service manager only.
    #[serde(default)]
    pub force: bool,
}

/// Gives an assigned request to another engineer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignRequest {
    /// The other engineer.
    pub engineer_id: EngineerId,
    /// Why.
    pub reason: Reason,
}

/// Why something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BecauseOf {
    /// Why.
    pub reason: Reason,
}

/// Nothing to say.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Lets the request wait.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    /// Why: an item of dictionary `hold_reason`.
    pub reason: WordCode,
    /// When it continues by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_at: Option<When>,
}

/// Continues a request on hold, with new dates if the old ones passed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeRequest {
    /// A new date for the assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_by: Option<When>,
    /// A new date for the solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_required_by: Option<When>,
}

/// Returns a locked request to the queue with a new date.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// The new date; it is the deadline of the new cycle.
    pub required_by: When,
}

/// Declares a locked request solved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// What was done or agreed.
    pub resolution: Prose,
    /// In which way: `remote`, `refund`, `exchange`, `third_party` or `other`.
    #[serde(rename = "type")]
    pub kind: ManagerResolution,
}

label! {
    /// How a service manager solves a locked request (A28).
    pub enum ManagerResolution {
        /// Remotely.
        Remote = "remote",
        /// By paying back.
        Refund = "refund",
        /// By exchanging the unit.
        Exchange = "exchange",
        /// By a third party.
        ThirdParty = "third_party",
        /// Otherwise.
        Other = "other",
    }
}

impl From<ManagerResolution> for ResolutionType {
    fn from(kind: ManagerResolution) -> ResolutionType {
        match kind {
            ManagerResolution::Remote => ResolutionType::Remote,
            ManagerResolution::Refund => ResolutionType::Refund,
            ManagerResolution::Exchange => ResolutionType::Exchange,
            ManagerResolution::ThirdParty => ResolutionType::ThirdParty,
            ManagerResolution::Other => ResolutionType::Other,
        }
    }
}

/// Declares a request solved during the first contact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveOnContact {
    /// What was answered.
    pub resolution: Prose,
}

/// A first answer to the customer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RespondRequest {
    /// What was said.
    pub comment: Prose,
}

/// Agrees on new dates with the customer; at least one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleRequest {
    /// A new date for the assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_by: Option<When>,
    /// A new date for the solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_required_by: Option<When>,
    /// How the customer agreed, in words.
    pub consent: Reason,
}

/// Corrects what the request is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReclassifyRequest {
    /// The right product; the request is no longer about a unit of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The right problem type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem_type_id: Option<ProblemTypeId>,
    /// Why.
    pub reason: Reason,
}

/// Promises anew by the newest version of its policy, or by another one (SL-5).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dry_run": true, "reason": "协议升级为7x24"}))]
pub struct RecomputeSla {
    /// The policy; without it the present one in its newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// Says what would become of each promise, and changes nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Why.
    pub reason: Reason,
}

/// Weighs the request anew; at least one of the four.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPriority {
    /// How much is affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<Level>,
    /// How soon it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Level>,
    /// The priority itself, 1 to 4; without it the matrix decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 4)]
    pub priority: Option<i64>,
    /// Whether this is an emergency: priority 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<bool>,
    /// Why.
    pub reason: Reason,
}
