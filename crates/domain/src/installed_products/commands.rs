//! What a caller may ask of units, and how a list of them is narrowed.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Criticality, InstalledProductId, UnitStatus};
use crate::addresses::AddressId;
use crate::customers::{CustomerId, ExternalRef};
use crate::kernel::text::{Label64, Reason};
use crate::kernel::{Csv, Date, Patch};
use crate::products::ProductId;
use crate::purchase_records::PurchaseRecordId;
use crate::warranty_policies::WarrantyPolicyId;

/// What is needed to register a unit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"serial_no": "A1", "product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "purchased_on": "2026-03-01"}))]
pub struct InstalledProductCreate {
    /// Serial number; unique within the product.
    pub serial_no: Label64,
    /// What it is; an active product.
    pub product_id: ProductId,
    /// Whose it is; an active customer.
    pub customer_id: CustomerId,
    /// Where it stands; an address of the customer.
    #[serde(default)]
    pub address_id: Option<AddressId>,
    /// The purchase it came with; one of the customer's.
    #[serde(default)]
    pub purchase_record_id: Option<PurchaseRecordId>,
    /// The day on the invoice; not later than today.
    #[serde(default)]
    pub purchased_on: Option<Date>,
    /// The day the customer accepted it; not later than today.
    #[serde(default)]
    pub accepted_on: Option<Date>,
    /// The day it was first used; not later than today.
    #[serde(default)]
    pub in_service_on: Option<Date>,
    /// What it is good for; an active policy.
    #[serde(default)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// How much hangs on it; `non_core` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub criticality: Option<Criticality>,
    /// Keys of other systems.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// What may change on a unit; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"accepted_on": "2026-03-05", "criticality": "core"}))]
pub struct InstalledProductPatch {
    /// Serial number; unique within the product.
    #[schema(nullable = false)]
    pub serial_no: Option<Label64>,
    /// The purchase it came with; one of the customer's.
    #[schema(value_type = Option<PurchaseRecordId>)]
    pub purchase_record_id: Patch<PurchaseRecordId>,
    /// The day on the invoice; not later than today.
    #[schema(value_type = Option<Date>)]
    pub purchased_on: Patch<Date>,
    /// The day the customer accepted it; not later than today.
    #[schema(value_type = Option<Date>)]
    pub accepted_on: Patch<Date>,
    /// The day it was first used; not later than today.
    #[schema(value_type = Option<Date>)]
    pub in_service_on: Patch<Date>,
    /// What it is good for; an active policy.
    #[schema(value_type = Option<WarrantyPolicyId>)]
    pub warranty_policy_id: Patch<WarrantyPolicyId>,
    /// How much hangs on it.
    #[schema(nullable = false)]
    pub criticality: Option<Criticality>,
    /// Keys of other systems; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub external_refs: Option<Vec<ExternalRef>>,
}

/// Hands a unit to another customer, or moves it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "on": "2026-11-20"}))]
pub struct TransferUnit {
    /// Whose it becomes; the present customer's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// Where it stands from then on; an address of that customer.
    #[serde(default)]
    pub address_id: Option<AddressId>,
    /// From which day on; today if absent, never later, never before it came to the present place.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on: Option<Date>,
}

/// On which day a repair or a wait for parts begins or ends.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": "2026-11-20"}))]
pub struct RepairDate {
    /// The day, which counts itself; today if absent, never later.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on: Option<Date>,
    /// Whether a repair that ends was of the same fault as the one before; false if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_same_fault: Option<bool>,
}

/// Puts another unit in the place of this one (CU-5).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"replacement_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "on": "2026-11-20"}))]
pub struct ReplaceUnit {
    /// The new unit, registered and in use.
    pub replacement_id: InstalledProductId,
    /// On which day; today if absent, never later.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on: Option<Date>,
}

/// Takes a unit out of service for good.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "压缩机损坏，客户不再维修"}))]
pub struct RetireUnit {
    /// Why.
    pub reason: Reason,
    /// On which day; today if absent, never later.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on: Option<Date>,
}

/// Narrows a list of units; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct InstalledProductFilter {
    /// Of this customer.
    #[param(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// Of this product.
    #[param(nullable = false)]
    pub product_id: Option<ProductId>,
    /// At this address.
    #[param(nullable = false)]
    pub address_id: Option<AddressId>,
    /// Under this policy.
    #[param(nullable = false)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// Serial number, exactly.
    #[param(nullable = false)]
    pub serial_no: Option<Label64>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<UnitStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<UnitStatus>>,
    /// How much hangs on it.
    #[param(nullable = false)]
    pub criticality: Option<Criticality>,
    /// In place, and the warranty of the whole unit ends on this day or later, as it was reckoned last.
    #[param(nullable = false)]
    pub warranty_ends_from: Option<Date>,
    /// In place, and the warranty of the whole unit ends before this day, as it was reckoned last.
    #[param(nullable = false)]
    pub warranty_ends_before: Option<Date>,
    /// Words in the serial number.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}
