//! The question who would pay, asked before anything is promised.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CoverageReason, CoverageVerdict, Handling};
use crate::agreement_templates::READERS;
use crate::customers::CustomerId;
use crate::installed_products::InstalledProductId;
use crate::kernel::Date;
use crate::kernel::text::WordCode;
use crate::permissions;
use crate::products::ProductId;
use crate::service_agreements::Entitlement;
use crate::service_items::ServiceItemId;

/// What is to be judged. Nothing is kept or set aside.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "handling": "on_site"}))]
pub struct EntitlementQuestion {
    /// Whose job it would be.
    pub customer_id: CustomerId,
    /// The very unit: its warranty is judged, and it says which product it is.
    #[serde(default)]
    pub installed_product_id: Option<InstalledProductId>,
    /// The product, for agreements that cover kinds of products.
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// The service asked for.
    #[serde(default)]
    pub service_item_id: Option<ServiceItemId>,
    /// The kind of part that failed, for example `compressor`; a `consumable` is free only where the unit's policy says so.
    #[serde(default)]
    pub part_category: Option<WordCode>,
    /// How the job would be done; on site if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub handling: Option<Handling>,
    /// A cause that is never free: an item of dictionary `warranty_exclusion`.
    #[serde(default)]
    pub exclusion_cause: Option<WordCode>,
    /// On which day; today if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub at: Option<Date>,
}

/// A reason in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoverageExplanation {
    /// The reason.
    pub reason: CoverageReason,
    /// In the caller's language.
    #[schema(max_length = 200)]
    pub text: &'static str,
}

/// Who would pay, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntitlementAnswer {
    /// The day it was judged for.
    pub at: Date,
    /// The verdict: what decides, who pays which cost, and everything that could have paid.
    pub verdict: CoverageVerdict,
    /// What the chosen agreement grants of the service in that period; null if it grants no number of it.
    #[schema(required)]
    pub entitlement: Option<Entitlement>,
    /// The reasons in words.
    #[schema(max_items = 20)]
    pub explanations: Vec<CoverageExplanation>,
}

// ---- permissions: who may do what (domain.md 3.0, row "agreements, SLA") -----------------------------------------

permissions! {
    Check = "entitlements:check" for READERS;
}
