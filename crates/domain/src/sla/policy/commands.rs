//! What a caller may ask of policies, and how a list of them is narrowed.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AppliesWhen, CalendarId, ProductCategoryId, Target};
use crate::customers::CustomerClass;
use crate::kernel::text::{Label64, MasterCode, WordCode};
use crate::kernel::{I18n, Patch};

/// A new SLA policy.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "SLA-GOLD", "name": {"zh": "金牌服务", "en": "Gold"}, "calendar_id": "01990000-0000-7000-8000-000000000001",
    "targets": [{"kind": "response", "minutes": 30}, {"kind": "resolution", "minutes": 480, "priority": 1}, {"kind": "resolution", "minutes": 960}],
    "applies_when": {"customer_class": "VIP"}, "rank": 50}))]
pub struct SlaPolicyCreate {
    /// Its code.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The calendar it counts by.
    pub calendar_id: CalendarId,
    /// What it promises; at least one target.
    #[schema(min_items = 1, max_items = 50)]
    pub targets: Vec<Target>,
    /// Percent of a target after which people are warned; 80 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub warn_pct: Option<i64>,
    /// When it applies.
    #[serde(default)]
    pub applies_when: AppliesWhen,
    /// Smaller wins; 100 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 9999)]
    pub rank: Option<i64>,
    /// Whether it replaces the present default.
    #[serde(default)]
    pub is_default: bool,
    /// Whether a broken resolution lets the customer claim a third-party repair.
    #[serde(default)]
    pub allows_third_party: bool,
}

/// Changes to a policy.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"applies_when": {"customer_class": null, "emergency": true}, "rank": 40}))]
pub struct SlaPolicyPatch {
    /// Its name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The calendar it counts by.
    #[serde(default)]
    #[schema(nullable = false)]
    pub calendar_id: Option<CalendarId>,
    /// What it promises.
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    #[serde(default)]
    pub targets: Option<Vec<Target>>,
    /// Percent of a target after which people are warned.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default)]
    pub warn_pct: Option<i64>,
    /// When it applies: absent conditions stay, null lifts one; null for all of them means always.
    #[schema(value_type = Option<AppliesWhenPatch>)]
    #[serde(default)]
    pub applies_when: Patch<AppliesWhenPatch>,
    /// Smaller wins.
    #[schema(nullable = false, minimum = 0, maximum = 9999)]
    #[serde(default)]
    pub rank: Option<i64>,
    /// Makes it the default; `false` on the default is refused, make another one the default instead.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_default: Option<bool>,
    /// Whether a broken resolution lets the customer claim a third-party repair.
    #[serde(default)]
    #[schema(nullable = false)]
    pub allows_third_party: Option<bool>,
    /// Whether new requests may get it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Conditions to change; absent ones stay, null lifts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesWhenPatch {
    /// For this service type.
    #[schema(value_type = Option<WordCode>)]
    pub service_type: Patch<WordCode>,
    /// For products of this category.
    #[schema(value_type = Option<ProductCategoryId>)]
    pub product_category_id: Patch<ProductCategoryId>,
    /// For customers of this class.
    #[schema(value_type = Option<CustomerClass>)]
    pub customer_class: Patch<CustomerClass>,
    /// For emergencies, or for everything else.
    #[schema(value_type = Option<bool>)]
    pub emergency: Patch<bool>,
    /// For agreements of this type.
    #[schema(value_type = Option<WordCode>)]
    pub agreement_type: Patch<WordCode>,
}

impl AppliesWhenPatch {
    /// Applies the changes.
    pub fn onto(self, when: &mut AppliesWhen) {
        self.service_type.onto(&mut when.service_type);
        self.product_category_id.onto(&mut when.product_category_id);
        self.customer_class.onto(&mut when.customer_class);
        self.emergency.onto(&mut when.emergency);
        self.agreement_type.onto(&mut when.agreement_type);
    }
}

/// Narrows a list of policies; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SlaPolicyFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Counting by this calendar.
    #[param(nullable = false)]
    pub calendar_id: Option<CalendarId>,
    /// The default, or all others.
    #[param(nullable = false)]
    pub is_default: Option<bool>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive policies only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}
