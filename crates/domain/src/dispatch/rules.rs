//! Rules of automatic dispatch: which requests are given out by the system.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, RegionCode, WordCode};
use crate::kernel::{Figure, I18n, Meta, Patch, Role, RoleSet, Stamp};
use crate::outlets::coverage::reaches;
use crate::{id, label, permissions};

id!(DispatchRuleId);

label! {
    /// Who gives a request out.
    pub enum DispatchMode {
        /// The system, in the call that registers it.
        Auto = "auto",
        /// A dispatcher.
        Manual = "manual",
    }
}

/// A rule of automatic dispatch; the first that fits decides.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DispatchRule {
    /// Machine identifier.
    pub id: DispatchRuleId,
    /// Its code, for example `AUTO-REPAIR`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// Its place in the order, the lowest first.
    #[schema(minimum = 0, maximum = 10_000)]
    pub sort: i64,
    /// For these service types; empty for every one.
    #[schema(max_items = 50)]
    pub service_types: Vec<WordCode>,
    /// In these regions, each with everything below it; empty for everywhere.
    #[schema(max_items = 200)]
    pub region_codes: Vec<RegionCode>,
    /// For emergencies only.
    pub emergencies_only: bool,
    /// Who gives it out.
    pub mode: DispatchMode,
    /// The least score the system gives it out with.
    #[schema(required)]
    pub least_score: Option<Figure>,
    /// Whether it counts.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What is needed to add a rule.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AUTO-REPAIR", "name": {"zh": "维修自动派工"}, "sort": 10, "service_types": ["repair"],
    "mode": "auto", "least_score": "60"}))]
pub struct DispatchRuleCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// Its place in the order, the lowest first.
    #[schema(minimum = 0, maximum = 10_000)]
    pub sort: i64,
    /// For these service types; empty for every one.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub service_types: Vec<WordCode>,
    /// In these regions; empty for everywhere.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub region_codes: Vec<RegionCode>,
    /// For emergencies only.
    #[serde(default)]
    pub emergencies_only: bool,
    /// Who gives it out.
    pub mode: DispatchMode,
    /// The least score the system gives it out with.
    #[serde(default)]
    pub least_score: Option<Figure>,
}

/// What may change on a rule; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"mode": "manual"}))]
pub struct DispatchRulePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// Its place in the order.
    #[schema(nullable = false, minimum = 0, maximum = 10_000)]
    pub sort: Option<i64>,
    /// For these service types; replaces them all.
    #[schema(nullable = false, max_items = 50)]
    pub service_types: Option<Vec<WordCode>>,
    /// In these regions; replaces them all.
    #[schema(nullable = false, max_items = 200)]
    pub region_codes: Option<Vec<RegionCode>>,
    /// For emergencies only.
    #[schema(nullable = false)]
    pub emergencies_only: Option<bool>,
    /// Who gives it out.
    #[schema(nullable = false)]
    pub mode: Option<DispatchMode>,
    /// The least score.
    #[schema(value_type = Option<Figure>)]
    pub least_score: Patch<Figure>,
    /// Whether it counts.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Narrows a list of rules; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DispatchRuleFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Who gives it out.
    #[param(nullable = false)]
    pub mode: Option<DispatchMode>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

impl DispatchRule {
    /// A new, active rule.
    pub fn add(cmd: DispatchRuleCreate, at: &Stamp) -> DispatchRule {
        DispatchRule {
            id: DispatchRuleId::next(at),
            code: cmd.code,
            name: cmd.name,
            sort: cmd.sort,
            service_types: cmd.service_types,
            region_codes: cmd.region_codes,
            emergencies_only: cmd.emergencies_only,
            mode: cmd.mode,
            least_score: cmd.least_score,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code never changes.
    pub fn revise(&mut self, patch: DispatchRulePatch) {
        replace(patch.name, &mut self.name);
        replace(patch.sort, &mut self.sort);
        replace(patch.service_types, &mut self.service_types);
        replace(patch.region_codes, &mut self.region_codes);
        replace(patch.emergencies_only, &mut self.emergencies_only);
        replace(patch.mode, &mut self.mode);
        patch.least_score.onto(&mut self.least_score);
        replace(patch.is_active, &mut self.is_active);
    }

    fn fits(&self, service_type: &WordCode, region: Option<&RegionCode>, is_emergency: bool) -> bool {
        let is_there = || region.is_some_and(|region| reaches(&self.region_codes, region));
        self.is_active
            && (self.service_types.is_empty() || self.service_types.contains(service_type))
            && (self.region_codes.is_empty() || is_there())
            && (is_emergency || !self.emergencies_only)
    }
}

/// The rule that decides over a request: the first that fits; none for a dispatcher to decide.
pub fn rule_for<'a>(
    rules: &'a [DispatchRule],
    service_type: &WordCode,
    region: Option<&RegionCode>,
    is_emergency: bool,
) -> Option<&'a DispatchRule> {
    rules
        .iter()
        .filter(|rule| rule.fits(service_type, region, is_emergency))
        .min_by_key(|rule| (rule.sort, rule.id))
}

const KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);
const DISPATCHERS: RoleSet = RoleSet::of(&[Role::Dispatcher, Role::Supervisor, Role::ServiceManager]);

permissions! {
    Read = "dispatch_rules:read" for DISPATCHERS.union(KEEPERS);
    Create = "dispatch_rules:create" for KEEPERS;
    Update = "dispatch_rules:update" for KEEPERS;
    Candidates = "dispatch:candidates" for DISPATCHERS;
    Plan = "dispatch:plan" for DISPATCHERS;
}
