//! What another system says of an outlet it knows by a key of its own (C26).

use serde::Deserialize;
use utoipa::ToSchema;

use super::{OutletLevel, ServiceOutlet, ServiceOutletCreate, ServiceOutletPatch};
use crate::customers::ExternalRef;
use crate::kernel::text::{Label64, Label200, MasterCode, Name, Phone, RegionCode};
use crate::kernel::{Date, Money, Patch, Result};
use crate::product_categories::ProductCategoryId;
use crate::work_orders::Geo;

/// What another system says of its outlet: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "CD01", "name": "成都锦江网点", "level": "A", "region_code": "510104",
    "service_regions": ["510104"]}))]
pub struct ServiceOutletUpsert {
    /// Its code; fixed once the outlet exists.
    pub code: MasterCode,
    /// Its name.
    pub name: Name,
    /// Its grade.
    pub level: OutletLevel,
    /// The region it is in.
    pub region_code: RegionCode,
    /// The regions it serves; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 200)]
    pub service_regions: Option<Vec<RegionCode>>,
    /// The categories of products it serves; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    pub category_ids: Option<Vec<ProductCategoryId>>,
    /// Its address.
    #[serde(default)]
    #[schema(value_type = Option<Label200>)]
    pub address: Patch<Label200>,
    /// Where it is.
    #[serde(default)]
    #[schema(value_type = Option<Geo>)]
    pub location: Patch<Geo>,
    /// Whom to ask for.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub contact: Patch<Name>,
    /// Telephone.
    #[serde(default)]
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// The number of its licence.
    #[serde(default)]
    #[schema(value_type = Option<Label64>)]
    pub license_no: Patch<Label64>,
    /// Its bank account; shown by its last four characters.
    #[serde(default)]
    #[schema(value_type = Option<Label64>)]
    pub bank_account: Patch<Label64>,
    /// The first day of its contract.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub contract_from: Patch<Date>,
    /// The last day of its contract, included.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub contract_to: Patch<Date>,
    /// What it has deposited.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub deposit: Patch<Money>,
    /// For how much it may order parts.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub parts_credit_limit: Patch<Money>,
}

impl ServiceOutletUpsert {
    /// What enters this outlet under another system's key.
    pub fn create(self, key: ExternalRef) -> ServiceOutletCreate {
        ServiceOutletCreate {
            code: self.code,
            name: self.name,
            level: self.level,
            region_code: self.region_code,
            service_regions: self.service_regions.unwrap_or_default(),
            category_ids: self.category_ids.unwrap_or_default(),
            address: self.address.set().cloned(),
            location: self.location.set().copied(),
            contact: self.contact.set().cloned(),
            phone: self.phone.set().cloned(),
            license_no: self.license_no.set().cloned(),
            bank_account: self.bank_account.set().cloned(),
            contract_from: self.contract_from.set().copied(),
            contract_to: self.contract_to.set().copied(),
            deposit: self.deposit.set().copied(),
            parts_credit_limit: self.parts_credit_limit.set().copied(),
            external_refs: vec![key],
        }
    }

    /// What changes on an outlet that is known.
    ///
    /// # Errors
    /// `outlet_code_fixed` if it is known by another code.
    pub fn patch(self, known: &ServiceOutlet) -> Result<ServiceOutletPatch> {
        if self.code != known.code {
            return Err(super::OUTLET_CODE_FIXED.at("#/code"));
        }
        Ok(ServiceOutletPatch {
            name: Some(self.name),
            level: Some(self.level),
            region_code: Some(self.region_code),
            service_regions: self.service_regions,
            category_ids: self.category_ids,
            address: self.address,
            location: self.location,
            contact: self.contact,
            phone: self.phone,
            license_no: self.license_no,
            bank_account: self.bank_account,
            contract_from: self.contract_from,
            contract_to: self.contract_to,
            deposit: self.deposit,
            parts_credit_limit: self.parts_credit_limit,
            external_refs: None,
        })
    }
}
