//! Warranty policies: what a product is good for after it was sold, and for how long (CU-1, R-027, R-031).
//!
//! A policy is a set of lengths; on which day they begin for one unit is the rule of `installed_products::warranty`.

pub mod seed;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::error::Place;
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, Rate, WordCode};
use crate::kernel::{I18n, Meta, Patch, RoleSet, Stamp, Violation};
use crate::product_categories::BASE_KEEPERS;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(WarrantyPolicyId);

label! {
    /// The day a warranty begins on.
    pub enum StartBasis {
        /// The day on the invoice.
        Invoice = "invoice",
        /// The day the customer accepted the work.
        Acceptance = "acceptance",
        /// The day it was first used.
        InService = "in_service",
    }
}

/// How long a main part is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MainPartTerm {
    /// Which kind of part, for example `compressor`.
    pub part_category: WordCode,
    /// For how many months.
    #[schema(minimum = 1, maximum = 600)]
    pub months: i64,
}

/// A warranty policy.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WarrantyPolicy {
    /// Machine identifier.
    pub id: WarrantyPolicyId,
    /// Its code, for example `APPLIANCE`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The day it begins on; another known day if that one is missing (CU-1).
    pub start_basis: StartBasis,
    /// For how many months the whole unit is good; 0 for not at all.
    #[schema(minimum = 0, maximum = 600)]
    pub whole_months: i64,
    /// And for how many months which main part.
    #[schema(max_items = 50)]
    pub main_part_months: Vec<MainPartTerm>,
    /// For how many months a visit is free; null if as long as the whole unit is good.
    #[schema(required, minimum = 0, maximum = 600)]
    pub free_on_site_months: Option<i64>,
    /// Within how many days the money may be asked back.
    #[schema(minimum = 0, maximum = 365)]
    pub refund_days: i64,
    /// Within how many days another unit may be asked for.
    #[schema(minimum = 0, maximum = 365)]
    pub exchange_days: i64,
    /// After how many repairs another unit may be asked for.
    #[schema(minimum = 1, maximum = 3)]
    pub exchange_after_repairs: i64,
    /// How many days a repair may take.
    #[schema(minimum = 1, maximum = 365)]
    pub max_repair_days: i64,
    /// How many days parts may be waited for.
    #[schema(minimum = 1, maximum = 365)]
    pub max_parts_wait_days: i64,
    /// Which share of the price a day of use costs when the money is given back, for example `0.0005`.
    pub depreciation_rate_per_day: Rate,
    /// Whether consumables are never free.
    pub excludes_consumables: bool,
    /// Within how many working days a unit comes back from the workshop.
    #[schema(minimum = 0, maximum = 365)]
    pub depot_working_days: i64,
    /// For how many further years parts are free once the whole unit is no longer good.
    #[schema(minimum = 0, maximum = 50)]
    pub parts_free_years: i64,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a warranty policy.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "APPLIANCE-AC", "name": {"zh": "空调三包", "en": "Air conditioners"}, "start_basis": "invoice",
    "whole_months": 12, "main_part_months": [{"part_category": "compressor", "months": 36}]}))]
pub struct WarrantyPolicyCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The day it begins on.
    pub start_basis: StartBasis,
    /// For how many months the whole unit is good; 0 for not at all.
    #[schema(minimum = 0, maximum = 600)]
    pub whole_months: i64,
    /// And for how many months which main part; each kind once.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub main_part_months: Vec<MainPartTerm>,
    /// For how many months a visit is free; as long as the whole unit is good if absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 600)]
    pub free_on_site_months: Option<i64>,
    /// Within how many days the money may be asked back; 7 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub refund_days: Option<i64>,
    /// Within how many days another unit may be asked for; 15 if absent, never fewer than `refund_days`.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub exchange_days: Option<i64>,
    /// After how many repairs another unit may be asked for; 2 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 3)]
    pub exchange_after_repairs: Option<i64>,
    /// How many days a repair may take; 30 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 365)]
    pub max_repair_days: Option<i64>,
    /// How many days parts may be waited for; 90 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 365)]
    pub max_parts_wait_days: Option<i64>,
    /// Which share of the price a day of use costs; `0` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub depreciation_rate_per_day: Option<Rate>,
    /// Whether consumables are never free; true if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub excludes_consumables: Option<bool>,
    /// Within how many working days a unit comes back from the workshop; 5 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub depot_working_days: Option<i64>,
    /// For how many further years parts are free; 0 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 50)]
    pub parts_free_years: Option<i64>,
}

/// What may change on a warranty policy; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"whole_months": 24, "free_on_site_months": null}))]
pub struct WarrantyPolicyPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The day it begins on.
    #[schema(nullable = false)]
    pub start_basis: Option<StartBasis>,
    /// For how many months the whole unit is good.
    #[schema(nullable = false, minimum = 0, maximum = 600)]
    pub whole_months: Option<i64>,
    /// And for how many months which main part; replaces them all.
    #[schema(nullable = false, max_items = 50)]
    pub main_part_months: Option<Vec<MainPartTerm>>,
    /// For how many months a visit is free.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 600)]
    pub free_on_site_months: Patch<i64>,
    /// Within how many days the money may be asked back.
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub refund_days: Option<i64>,
    /// Within how many days another unit may be asked for.
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub exchange_days: Option<i64>,
    /// After how many repairs another unit may be asked for.
    #[schema(nullable = false, minimum = 1, maximum = 3)]
    pub exchange_after_repairs: Option<i64>,
    /// How many days a repair may take.
    #[schema(nullable = false, minimum = 1, maximum = 365)]
    pub max_repair_days: Option<i64>,
    /// How many days parts may be waited for.
    #[schema(nullable = false, minimum = 1, maximum = 365)]
    pub max_parts_wait_days: Option<i64>,
    /// Which share of the price a day of use costs.
    #[schema(nullable = false)]
    pub depreciation_rate_per_day: Option<Rate>,
    /// Whether consumables are never free.
    #[schema(nullable = false)]
    pub excludes_consumables: Option<bool>,
    /// Within how many working days a unit comes back from the workshop.
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub depot_working_days: Option<i64>,
    /// For how many further years parts are free.
    #[schema(nullable = false, minimum = 0, maximum = 50)]
    pub parts_free_years: Option<i64>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of warranty policies; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WarrantyPolicyFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// The day it begins on.
    #[param(nullable = false)]
    pub start_basis: Option<StartBasis>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl WarrantyPolicy {
    /// A new, active policy.
    pub fn add(cmd: WarrantyPolicyCreate, at: &Stamp) -> WarrantyPolicy {
        WarrantyPolicy {
            id: WarrantyPolicyId::next(at),
            code: cmd.code,
            name: cmd.name,
            start_basis: cmd.start_basis,
            whole_months: cmd.whole_months,
            main_part_months: cmd.main_part_months,
            free_on_site_months: cmd.free_on_site_months,
            refund_days: cmd.refund_days.unwrap_or(7),
            exchange_days: cmd.exchange_days.unwrap_or(15),
            exchange_after_repairs: cmd.exchange_after_repairs.unwrap_or(2),
            max_repair_days: cmd.max_repair_days.unwrap_or(30),
            max_parts_wait_days: cmd.max_parts_wait_days.unwrap_or(90),
            depreciation_rate_per_day: cmd.depreciation_rate_per_day.unwrap_or_default(),
            excludes_consumables: cmd.excludes_consumables.unwrap_or(true),
            depot_working_days: cmd.depot_working_days.unwrap_or(5),
            parts_free_years: cmd.parts_free_years.unwrap_or(0),
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code never changes.
    pub fn revise(&mut self, patch: WarrantyPolicyPatch) {
        replace(patch.name, &mut self.name);
        replace(patch.start_basis, &mut self.start_basis);
        replace(patch.whole_months, &mut self.whole_months);
        replace(patch.main_part_months, &mut self.main_part_months);
        patch.free_on_site_months.onto(&mut self.free_on_site_months);
        replace(patch.refund_days, &mut self.refund_days);
        replace(patch.exchange_days, &mut self.exchange_days);
        replace(patch.exchange_after_repairs, &mut self.exchange_after_repairs);
        replace(patch.max_repair_days, &mut self.max_repair_days);
        replace(patch.max_parts_wait_days, &mut self.max_parts_wait_days);
        replace(
            patch.depreciation_rate_per_day,
            &mut self.depreciation_rate_per_day,
        );
        replace(patch.excludes_consumables, &mut self.excludes_consumables);
        replace(patch.depot_working_days, &mut self.depot_working_days);
        replace(patch.parts_free_years, &mut self.parts_free_years);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with it by itself: one kind of part twice (`part_twice`), an exchange that ends before the refund
    /// does (`window_order`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        for (index, term) in self.main_part_months.iter().enumerate() {
            let is_same = |other: &MainPartTerm| other.part_category == term.part_category;
            if self.main_part_months.iter().take(index).any(is_same) {
                wrong.push(PART_TWICE.violation(Place::Pointer(format!("#/main_part_months/{index}"))));
            }
        }
        if self.exchange_days < self.refund_days {
            wrong.push(WINDOW_ORDER.violation(Place::Pointer("#/exchange_days".to_owned())));
        }
        wrong
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    PART_TWICE: Invalid = "part_twice", "The same kind of part is given twice", "同类部件重复";
    WINDOW_ORDER: Invalid = "window_order", "The days of exchange must not be fewer than those of refund", "换货天数不得少于退货天数";
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "warranty_policies:read" for RoleSet::ALL;
    Create = "warranty_policies:create" for BASE_KEEPERS;
    Update = "warranty_policies:update" for BASE_KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    #[test]
    fn a_policy_without_more_words_keeps_the_days_of_the_law() {
        let cmd =
            json!({"code": "AC", "name": {"zh": "空调三包"}, "start_basis": "invoice", "whole_months": 12});
        let policy = WarrantyPolicy::add(serde_json::from_value(cmd).unwrap(), &stamp());
        let days = (
            policy.refund_days,
            policy.exchange_days,
            policy.exchange_after_repairs,
        );
        assert_eq!(days, (7, 15, 2));
        assert_eq!((policy.max_repair_days, policy.max_parts_wait_days), (30, 90));
        assert!(policy.excludes_consumables && policy.faults().is_empty());
    }

    #[test]
    fn a_part_stands_once_and_an_exchange_outlasts_the_refund() {
        let part = json!({"part_category": "compressor", "months": 36});
        let cmd = json!({"code": "AC", "name": {"zh": "空调三包"}, "start_basis": "invoice", "whole_months": 12,
            "main_part_months": [part, part], "refund_days": 16});
        let policy = WarrantyPolicy::add(serde_json::from_value(cmd).unwrap(), &stamp());
        let codes: Vec<&str> = policy.faults().iter().map(|fault| fault.code.slug).collect();
        assert_eq!(codes, ["part_twice", "window_order"]);
    }
}
