//! The policies of domain.md 3.14, as data; lengths the law does not fix are a company's own to change.

use super::{MainPartTerm, StartBasis, WarrantyPolicyCreate};
use crate::kernel::I18n;
use crate::kernel::text::{Label200, MasterCode, Rate, WordCode};

struct Row {
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    start_basis: StartBasis,
    whole_months: i64,
    parts: &'static [(&'static str, i64)],
    on_site_months: Option<i64>,
    repairs: i64,
    depreciation: &'static str,
    parts_free_years: i64,
}

const ROWS: &[Row] = &[
    Row {
        code: "APPLIANCE",
        zh: "家用电器三包",
        en: "Household appliances",
        start_basis: StartBasis::Invoice,
        whole_months: 12,
        parts: &[("compressor", 36), ("motor", 36), ("control_board", 36)],
        on_site_months: None,
        repairs: 2,
        depreciation: "0.001",
        parts_free_years: 0,
    },
    Row {
        code: "PHONE",
        zh: "移动电话三包",
        en: "Mobile phones",
        start_basis: StartBasis::Invoice,
        whole_months: 12,
        parts: &[("battery", 6), ("charger", 12), ("earphone", 3), ("sim_card", 12)],
        on_site_months: None,
        repairs: 2,
        depreciation: "0.005",
        parts_free_years: 0,
    },
    Row {
        code: "COMPUTER",
        zh: "微型计算机三包",
        en: "Computers",
        start_basis: StartBasis::Invoice,
        whole_months: 12,
        parts: &[("mainboard", 24), ("processor", 24), ("memory", 24), ("disk", 24)],
        on_site_months: None,
        repairs: 2,
        depreciation: "0.0025",
        parts_free_years: 0,
    },
    Row {
        code: "PROJECT-3Y",
        zh: "工程项目三年保修",
        en: "Projects, three years",
        start_basis: StartBasis::Acceptance,
        whole_months: 36,
        parts: &[],
        on_site_months: Some(36),
        repairs: 2,
        depreciation: "0",
        parts_free_years: 5,
    },
    Row {
        code: "ONE-REPAIR",
        zh: "一次维修即换",
        en: "Exchange after one repair",
        start_basis: StartBasis::Invoice,
        whole_months: 12,
        parts: &[],
        on_site_months: None,
        repairs: 1,
        depreciation: "0",
        parts_free_years: 0,
    },
];

/// The policies a new installation begins with.
pub fn policies() -> Vec<WarrantyPolicyCreate> {
    ROWS.iter().filter_map(policy).collect()
}

fn policy(row: &Row) -> Option<WarrantyPolicyCreate> {
    let term = |(part, months): &(&str, i64)| {
        Some(MainPartTerm {
            part_category: WordCode::new(*part).ok()?,
            months: *months,
        })
    };
    Some(WarrantyPolicyCreate {
        code: MasterCode::new(row.code).ok()?,
        name: I18n {
            zh: Label200::new(row.zh).ok()?,
            en: Label200::new(row.en).ok(),
        },
        start_basis: row.start_basis,
        whole_months: row.whole_months,
        main_part_months: row.parts.iter().filter_map(term).collect(),
        free_on_site_months: row.on_site_months,
        refund_days: None,
        exchange_days: None,
        exchange_after_repairs: Some(row.repairs),
        max_repair_days: None,
        max_parts_wait_days: None,
        depreciation_rate_per_day: Rate::new(row.depreciation).ok(),
        excludes_consumables: None,
        depot_working_days: None,
        parts_free_years: Some(row.parts_free_years),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stamp::tests::stamp;
    use crate::warranty_policies::WarrantyPolicy;

    #[test]
    fn every_seeded_policy_is_whole_and_without_fault() {
        let all = policies();
        assert_eq!(all.len(), ROWS.len());
        for (cmd, row) in all.into_iter().zip(ROWS) {
            let policy = WarrantyPolicy::add(cmd, &stamp());
            assert!(policy.faults().is_empty(), "{}", row.code);
            assert_eq!(policy.main_part_months.len(), row.parts.len(), "{}", row.code);
            assert_eq!(policy.depreciation_rate_per_day.as_str(), row.depreciation);
        }
    }
}
