//! What another system says of a request it knows by a key of its own (C26).

use serde::Deserialize;
use utoipa::ToSchema;

use super::CUSTOMER_FIXED;
use super::commands::{ServiceRequestCreate, ServiceRequestPatch};
use super::entity::{ServiceRequest, ServiceRequestId};
use super::members::{Level, Related};
use super::refs::{AddressId, ContactId, CustomerId, InstalledProductId, ProblemTypeId, ProductId};
use super::when::When;
use crate::customers::{CustomFields, ExternalRef};
use crate::kernel::text::{Label64, Prose, Title, WordCode};
use crate::kernel::{Patch, Result, Time};
use crate::service_items::ServiceItemId;

/// What another system says of its request: the required members always, the others as in a patch (C26). What a patch
/// may not change counts at the registration; later it changes by actions here and is not looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "phone", "service_type": "repair", "customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "problem_type_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "title": "空调不制冷", "description": "开机10分钟后停机，显示E6", "impact": "medium", "urgency": "medium"}))]
pub struct ServiceRequestUpsert {
    /// The channel it comes by; at the registration.
    pub channel: WordCode,
    /// The service type, for example `repair`; at the registration.
    pub service_type: WordCode,
    /// The customer; fixed once the request exists.
    pub customer_id: CustomerId,
    /// The problem type; at the registration.
    pub problem_type_id: ProblemTypeId,
    /// One line.
    pub title: Title,
    /// What the customer says.
    pub description: Prose,
    /// How much is affected; at the registration.
    pub impact: Level,
    /// How soon it matters; at the registration.
    pub urgency: Level,
    /// The product; at the registration, required unless the service type is a consultation or suggestion.
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// The service asked for, of those an agreement may grant; at the registration.
    #[serde(default)]
    pub service_item_id: Option<ServiceItemId>,
    /// Whether this is an emergency: priority 1; at the registration.
    #[serde(default)]
    pub emergency: bool,
    /// The customer's own grading, 1 to 3; at the registration.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3)]
    pub severity: Option<i64>,
    /// Until when somebody shall be assigned; at the registration.
    #[serde(default)]
    pub required_by: Option<When>,
    /// Until when it shall be solved; at the registration, not before `required_by`.
    #[serde(default)]
    pub resolve_required_by: Option<When>,
    /// The request whose fault came back; at the registration.
    #[serde(default)]
    pub repeat_of: Option<ServiceRequestId>,
    /// What we make of it.
    #[serde(default)]
    #[schema(value_type = Option<Prose>)]
    pub problem_analysis: Patch<Prose>,
    /// Whom to call; one of the customer's contacts.
    #[serde(default)]
    #[schema(value_type = Option<ContactId>)]
    pub contact_id: Patch<ContactId>,
    /// Where; one of the customer's addresses.
    #[serde(default)]
    #[schema(value_type = Option<AddressId>)]
    pub address_id: Patch<AddressId>,
    /// The very unit; one of the customer's, and of the request's product.
    #[serde(default)]
    #[schema(value_type = Option<InstalledProductId>)]
    pub installed_product_id: Patch<InstalledProductId>,
    /// When the fault appeared; not in the future.
    #[serde(default)]
    #[schema(value_type = Option<Time>)]
    pub fault_occurred_at: Patch<Time>,
    /// Related requests; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    pub related: Option<Vec<Related>>,
    /// Members declared under `/v1/custom-fields`; replaces them all.
    #[serde(default)]
    #[schema(nullable = false)]
    pub custom_fields: Option<CustomFields>,
    /// Free labels; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    pub labels: Option<Vec<Label64>>,
}

impl ServiceRequestUpsert {
    /// What registers this request under another system's key.
    pub fn create(self, key: ExternalRef) -> ServiceRequestCreate {
        ServiceRequestCreate {
            channel: self.channel,
            service_type: self.service_type,
            customer_id: self.customer_id,
            contact_id: self.contact_id.set().copied(),
            address_id: self.address_id.set().copied(),
            installed_product_id: self.installed_product_id.set().copied(),
            product_id: self.product_id,
            service_item_id: self.service_item_id,
            problem_type_id: self.problem_type_id,
            title: self.title,
            description: self.description,
            problem_analysis: self.problem_analysis.set().cloned(),
            fault_occurred_at: self.fault_occurred_at.set().copied(),
            impact: self.impact,
            urgency: self.urgency,
            emergency: self.emergency,
            severity: self.severity,
            required_by: self.required_by,
            resolve_required_by: self.resolve_required_by,
            initial_status: None,
            hold_reason: None,
            related: self.related.unwrap_or_default(),
            repeat_of: self.repeat_of,
            external_refs: vec![key],
            custom_fields: self.custom_fields.unwrap_or_default(),
            labels: self.labels.unwrap_or_default(),
        }
    }

    /// What changes on a request that is known.
    ///
    /// # Errors
    /// `customer_fixed` if it is known as another customer's.
    pub fn patch(self, known: &ServiceRequest) -> Result<ServiceRequestPatch> {
        if self.customer_id != known.customer_id {
            return Err(CUSTOMER_FIXED.at("#/customer_id"));
        }
        Ok(ServiceRequestPatch {
            title: Some(self.title),
            description: Some(self.description),
            problem_analysis: self.problem_analysis,
            contact_id: self.contact_id,
            address_id: self.address_id,
            installed_product_id: self.installed_product_id,
            fault_occurred_at: self.fault_occurred_at,
            related: self.related,
            custom_fields: self.custom_fields,
            labels: self.labels,
            status: None,
        })
    }
}
