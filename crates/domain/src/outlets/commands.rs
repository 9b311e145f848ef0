//! What a caller may ask of outlets, and how a list of them is narrowed.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{OutletLevel, OutletStatus};
use crate::customers::ExternalRef;
use crate::kernel::text::{Label64, Label200, MasterCode, Name, Phone, Reason, RegionCode};
use crate::kernel::{Csv, Date, Money, Patch};
use crate::product_categories::ProductCategoryId;
use crate::work_orders::Geo;

/// What is needed to enter an outlet that applies.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "CD01", "name": "成都锦江网点", "level": "A", "region_code": "510104",
    "service_regions": ["510104"], "phone": "028-86668666", "license_no": "91510104MA61R3K8",
    "bank_account": "6222020200112233", "deposit": {"amount": "20000.00", "currency": "CNY"}}))]
pub struct ServiceOutletCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: Name,
    /// Its grade.
    pub level: OutletLevel,
    /// The region it is in.
    pub region_code: RegionCode,
    /// The regions it serves, each with everything below it.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub service_regions: Vec<RegionCode>,
    /// The categories of products it serves; empty for every one.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub category_ids: Vec<ProductCategoryId>,
    /// Its address.
    #[serde(default)]
    pub address: Option<Label200>,
    /// Where it is.
    #[serde(default)]
    pub location: Option<Geo>,
    /// Whom to ask for.
    #[serde(default)]
    pub contact: Option<Name>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// The number of its licence.
    #[serde(default)]
    pub license_no: Option<Label64>,
    /// Its bank account; shown by its last four characters.
    #[serde(default)]
    pub bank_account: Option<Label64>,
    /// The first day of its contract.
    #[serde(default)]
    pub contract_from: Option<Date>,
    /// The last day of its contract, included.
    #[serde(default)]
    pub contract_to: Option<Date>,
    /// What it has deposited.
    #[serde(default)]
    pub deposit: Option<Money>,
    /// For how much it may order parts.
    #[serde(default)]
    pub parts_credit_limit: Option<Money>,
    /// Keys of other systems.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// What may change on an outlet; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"service_regions": ["510104", "510107"], "contact": null}))]
pub struct ServiceOutletPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Its grade.
    #[schema(nullable = false)]
    pub level: Option<OutletLevel>,
    /// The region it is in.
    #[schema(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// The regions it serves; replaces them all.
    #[schema(nullable = false, max_items = 200)]
    pub service_regions: Option<Vec<RegionCode>>,
    /// The categories of products it serves; replaces them all.
    #[schema(nullable = false, max_items = 100)]
    pub category_ids: Option<Vec<ProductCategoryId>>,
    /// Its address.
    #[schema(value_type = Option<Label200>)]
    pub address: Patch<Label200>,
    /// Where it is.
    #[schema(value_type = Option<Geo>)]
    pub location: Patch<Geo>,
    /// Whom to ask for.
    #[schema(value_type = Option<Name>)]
    pub contact: Patch<Name>,
    /// Telephone.
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// The number of its licence.
    #[schema(value_type = Option<Label64>)]
    pub license_no: Patch<Label64>,
    /// Its bank account; shown by its last four characters.
    #[schema(value_type = Option<Label64>)]
    pub bank_account: Patch<Label64>,
    /// The first day of its contract.
    #[schema(value_type = Option<Date>)]
    pub contract_from: Patch<Date>,
    /// The last day of its contract, included.
    #[schema(value_type = Option<Date>)]
    pub contract_to: Patch<Date>,
    /// What it has deposited.
    #[schema(value_type = Option<Money>)]
    pub deposit: Patch<Money>,
    /// For how much it may order parts.
    #[schema(value_type = Option<Money>)]
    pub parts_credit_limit: Patch<Money>,
    /// Keys of other systems; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub external_refs: Option<Vec<ExternalRef>>,
}

/// Says why an outlet is rejected, suspended or terminated.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "连续两期一星，整改未完成"}))]
pub struct OutletBecause {
    /// Why.
    pub reason: Reason,
}

/// Narrows a list of outlets; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ServiceOutletFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<OutletStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<OutletStatus>>,
    /// Its grade.
    #[param(nullable = false)]
    pub level: Option<OutletLevel>,
    /// In this region.
    #[param(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// Serving this region: by its code or one above it.
    #[param(nullable = false)]
    pub serves_region_code: Option<RegionCode>,
    /// Serving this category of products: every one, this one or one above it.
    #[param(nullable = false)]
    pub product_category_id: Option<ProductCategoryId>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}
