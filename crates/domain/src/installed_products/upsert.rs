//! What another system says of a unit it knows by a key of its own (C26).

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Criticality, InstalledProduct, InstalledProductCreate, InstalledProductPatch, UNIT_FIXED};
use crate::addresses::AddressId;
use crate::customers::{CustomerId, ExternalRef};
use crate::kernel::error::Place;
use crate::kernel::text::Label64;
use crate::kernel::{Date, Error, Patch, Result};
use crate::products::ProductId;
use crate::purchase_records::PurchaseRecordId;
use crate::warranty_policies::WarrantyPolicyId;

/// What another system says of its unit: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"serial_no": "A1", "product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "purchased_on": "2026-03-01"}))]
pub struct InstalledProductUpsert {
    /// Serial number; unique within the product.
    pub serial_no: Label64,
    /// What it is; fixed once the unit exists.
    pub product_id: ProductId,
    /// Whose it is; once the unit exists it changes by transfer only.
    pub customer_id: CustomerId,
    /// Where it stands; at the registration.
    #[serde(default)]
    pub address_id: Option<AddressId>,
    /// The purchase it came with; one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<PurchaseRecordId>)]
    pub purchase_record_id: Patch<PurchaseRecordId>,
    /// The day on the invoice; not later than today.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub purchased_on: Patch<Date>,
    /// The day the customer accepted it; not later than today.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub accepted_on: Patch<Date>,
    /// The day it was first used; not later than today.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub in_service_on: Patch<Date>,
    /// What it is good for; an active policy.
    #[serde(default)]
    #[schema(value_type = Option<WarrantyPolicyId>)]
    pub warranty_policy_id: Patch<WarrantyPolicyId>,
    /// How much hangs on it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub criticality: Option<Criticality>,
}

impl InstalledProductUpsert {
    /// What registers this unit under another system's key.
    pub fn create(self, key: ExternalRef) -> InstalledProductCreate {
        InstalledProductCreate {
            serial_no: self.serial_no,
            product_id: self.product_id,
            customer_id: self.customer_id,
            address_id: self.address_id,
            purchase_record_id: self.purchase_record_id.set().copied(),
            purchased_on: self.purchased_on.set().copied(),
            accepted_on: self.accepted_on.set().copied(),
            in_service_on: self.in_service_on.set().copied(),
            warranty_policy_id: self.warranty_policy_id.set().copied(),
            criticality: self.criticality,
            external_refs: vec![key],
        }
    }

    /// What changes on a unit that is known.
    ///
    /// # Errors
    /// `unit_fixed` if it is known as another product or another customer's.
    pub fn patch(self, known: &InstalledProduct) -> Result<InstalledProductPatch> {
        let fixed = [
            (self.product_id != known.product_id, "#/product_id"),
            (self.customer_id != known.customer_id, "#/customer_id"),
        ];
        let moved = fixed.into_iter().filter(|(is_other, _)| *is_other);
        Error::all(
            moved
                .map(|(_, pointer)| UNIT_FIXED.violation(Place::Pointer(pointer.to_owned())))
                .collect(),
        )?;
        Ok(InstalledProductPatch {
            serial_no: Some(self.serial_no),
            purchase_record_id: self.purchase_record_id,
            purchased_on: self.purchased_on,
            accepted_on: self.accepted_on,
            in_service_on: self.in_service_on,
            warranty_policy_id: self.warranty_policy_id,
            criticality: self.criticality,
            external_refs: None,
        })
    }
}
