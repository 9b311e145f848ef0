//! Agreement templates: the standard agreements a customer may sign, with what they promise and what they cost.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, Prose, WordCode};
use crate::kernel::{I18n, Meta, Money, Patch, Role, RoleSet, Stamp, Violation};
use crate::service_items::ServiceItemId;
use crate::sla::policy::SlaPolicyId;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(AgreementTemplateId);

label! {
    /// What kind of agreement, from the weakest to the strongest where several cover the same (AG-1).
    pub enum AgreementType {
        /// 延长保修
        ExtendedWarranty = "extended_warranty",
        /// 保养
        Maintenance = "maintenance",
        /// 标准
        Standard = "standard",
        /// 工程项目
        Project = "project",
        /// 高级
        Premium = "premium",
        /// 备件先行
        SparesFirst = "spares_first",
    }
}

impl AgreementType {
    /// The word SLA policies ask for (`applies_when.agreement_type`).
    pub fn word(self) -> Option<WordCode> {
        WordCode::new(self.as_str()).ok()
    }
}

label! {
    /// How the work under an agreement is paid for.
    pub enum FeeMode {
        /// Nothing is paid.
        Free = "free",
        /// Each visit is paid.
        PerVisit = "per_visit",
        /// Each hour of work is paid.
        PerHour = "per_hour",
        /// One price for the whole term.
        FixedAnnual = "fixed_annual",
        /// Parts at cost, and the work.
        CostPlusLabor = "cost_plus_labor",
    }
}

label! {
    /// Within what a quantity is granted.
    pub enum GrantPeriod {
        /// Each year of the agreement anew.
        Year = "year",
        /// Once for its whole term.
        Term = "term",
    }
}

/// One service an agreement grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantedItem {
    /// The service item.
    pub service_item_id: ServiceItemId,
    /// How many; null for any number.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub quantity: Option<i64>,
    /// Within what.
    pub period: GrantPeriod,
}

/// A template of agreements.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AgreementTemplate {
    /// Machine identifier.
    pub id: AgreementTemplateId,
    /// Its code, for example `PREMIUM-7X24`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// What kind of agreement.
    pub agreement_type: AgreementType,
    /// The times it promises; null if those everybody gets.
    #[schema(required)]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// Its terms.
    #[schema(required)]
    pub terms: Option<Prose>,
    /// What it grants; empty for any service, any number of times.
    #[schema(max_items = 100)]
    pub service_items: Vec<GrantedItem>,
    /// How the work is paid for.
    pub fee_mode: FeeMode,
    /// The price of the whole term; not negative.
    pub price: Money,
    /// After how many repairs another unit may be asked for; null if the warranty policy says.
    #[schema(required, minimum = 1, maximum = 3)]
    pub exchange_after_repairs: Option<i64>,
    /// The rule maintenance is planned by, for example `WARRANTY-3Y`.
    #[schema(required)]
    pub inspection_rule: Option<MasterCode>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a template.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "PREMIUM-7X24", "name": {"zh": "7×24高级服务", "en": "Premium"}, "agreement_type": "premium",
    "fee_mode": "fixed_annual", "price": {"amount": "12000.00", "currency": "CNY"}}))]
pub struct AgreementTemplateCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// What kind of agreement.
    pub agreement_type: AgreementType,
    /// The times it promises; an active policy.
    #[serde(default)]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// Its terms.
    #[serde(default)]
    pub terms: Option<Prose>,
    /// What it grants, each item once; empty for any service, any number of times.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub service_items: Vec<GrantedItem>,
    /// How the work is paid for.
    pub fee_mode: FeeMode,
    /// The price of the whole term; not negative.
    pub price: Money,
    /// After how many repairs another unit may be asked for.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3)]
    pub exchange_after_repairs: Option<i64>,
    /// The rule maintenance is planned by, for example `WARRANTY-3Y`.
    #[serde(default)]
    pub inspection_rule: Option<MasterCode>,
}

/// What may change on a template; absent members stay, null clears. Agreements signed before keep what was granted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"terms": "全年无限次上门", "sla_policy_id": null}))]
pub struct AgreementTemplatePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The times it promises; an active policy.
    #[schema(value_type = Option<SlaPolicyId>)]
    pub sla_policy_id: Patch<SlaPolicyId>,
    /// Its terms.
    #[schema(value_type = Option<Prose>)]
    pub terms: Patch<Prose>,
    /// What it grants; replaces them all.
    #[schema(nullable = false, max_items = 100)]
    pub service_items: Option<Vec<GrantedItem>>,
    /// How the work is paid for.
    #[schema(nullable = false)]
    pub fee_mode: Option<FeeMode>,
    /// The price of the whole term; not negative.
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// After how many repairs another unit may be asked for.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3)]
    pub exchange_after_repairs: Patch<i64>,
    /// The rule maintenance is planned by.
    #[schema(value_type = Option<MasterCode>)]
    pub inspection_rule: Patch<MasterCode>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of templates; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AgreementTemplateFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// What kind of agreement.
    #[param(nullable = false)]
    pub agreement_type: Option<AgreementType>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl AgreementTemplate {
    /// A new, active template.
    pub fn add(cmd: AgreementTemplateCreate, at: &Stamp) -> AgreementTemplate {
        AgreementTemplate {
            id: AgreementTemplateId::next(at),
            code: cmd.code,
            name: cmd.name,
            agreement_type: cmd.agreement_type,
            sla_policy_id: cmd.sla_policy_id,
            terms: cmd.terms,
            service_items: cmd.service_items,
            fee_mode: cmd.fee_mode,
            price: cmd.price,
            exchange_after_repairs: cmd.exchange_after_repairs,
            inspection_rule: cmd.inspection_rule,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch whose policy and items were found fit; code and type never change.
    pub fn revise(&mut self, patch: AgreementTemplatePatch) {
        replace(patch.name, &mut self.name);
        patch.sla_policy_id.onto(&mut self.sla_policy_id);
        patch.terms.onto(&mut self.terms);
        replace(patch.service_items, &mut self.service_items);
        replace(patch.fee_mode, &mut self.fee_mode);
        replace(patch.price, &mut self.price);
        patch
            .exchange_after_repairs
            .onto(&mut self.exchange_after_repairs);
        patch.inspection_rule.onto(&mut self.inspection_rule);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with it by itself: a price below nothing (`out_of_range`), one item twice (`item_twice`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        if self.price.minor < 0 {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/price/amount".to_owned())));
        }
        for (index, item) in self.service_items.iter().enumerate() {
            let is_same = |other: &GrantedItem| other.service_item_id == item.service_item_id;
            if self.service_items.iter().take(index).any(is_same) {
                wrong.push(ITEM_TWICE.violation(Place::Pointer(format!("#/service_items/{index}"))));
            }
        }
        wrong
    }

    /// Whether it grants a service; any, if it names none or nobody asks for one in particular.
    pub fn grants(&self, item: Option<ServiceItemId>) -> bool {
        let is_named = |item| self.service_items.iter().any(|g| g.service_item_id == item);
        self.service_items.is_empty() || item.is_none_or(is_named)
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    ITEM_TWICE: Invalid = "item_twice", "The same service item is given twice", "同一服务项目重复";
}

// ---- permissions: who may do what (domain.md 3.0, row "agreements, SLA") -----------------------------------------

const KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);
/// Roles that read agreements and what they are made of.
pub(crate) const READERS: RoleSet = RoleSet::ALL.without(Role::PartsClerk).without(Role::KbEditor);

permissions! {
    Read = "agreement_templates:read" for READERS;
    Create = "agreement_templates:create" for KEEPERS;
    Update = "agreement_templates:update" for KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    #[test]
    fn a_template_costs_nothing_or_more_and_grants_each_item_once() {
        let item = json!({"service_item_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "quantity": 4, "period": "year"});
        let cmd = json!({"code": "YEARLY", "name": {"zh": "年度保养"}, "agreement_type": "maintenance",
            "service_items": [item, item], "fee_mode": "free", "price": {"amount": "-1.00", "currency": "CNY"}});
        let template = AgreementTemplate::add(serde_json::from_value(cmd).unwrap(), &stamp());
        let codes: Vec<&str> = template.faults().iter().map(|fault| fault.code.slug).collect();
        assert_eq!(codes, ["out_of_range", "item_twice"]);
    }

    #[test]
    fn the_strongest_kind_comes_last() {
        use AgreementType::{Maintenance, Premium, SparesFirst, Standard};
        assert!(SparesFirst > Premium && Premium > Standard && Standard > Maintenance);
        assert!(AgreementType::ALL.iter().all(|kind| kind.word().is_some()));
    }
}
