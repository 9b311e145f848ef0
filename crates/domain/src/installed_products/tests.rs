//! Units: their table, their days, and what is still promised.

use proptest::prelude::*;
use serde_json::json;

use super::history::{days, spans};
use super::timeline::AgreedDays;
use super::warranty::WarrantyStart;
use super::*;
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::{Reason, WordCode};
use crate::warranty_policies::{StartBasis, WarrantyPolicy};

const ID: &str = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn today() -> Date {
    day("2026-11-23")
}

fn unit(dates: serde_json::Value) -> InstalledProduct {
    let mut cmd = json!({"serial_no": "A1", "product_id": ID, "customer_id": ID});
    for (name, value) in dates.as_object().unwrap() {
        cmd[name] = value.clone();
    }
    InstalledProduct::register(serde_json::from_value(cmd).unwrap(), today(), &stamp())
}

fn policy(basis: &str, months: i64, parts: &[(&str, i64)]) -> WarrantyPolicy {
    let part = |(part, months): &(&str, i64)| json!({"part_category": part, "months": months});
    let parts: Vec<serde_json::Value> = parts.iter().map(part).collect();
    let cmd = json!({"code": "AC", "name": {"zh": "空调三包"}, "start_basis": basis, "whole_months": months,
        "main_part_months": parts});
    WarrantyPolicy::add(serde_json::from_value(cmd).unwrap(), &stamp())
}

fn ask(unit: &InstalledProduct, policy: &WarrantyPolicy, at: &str) -> WarrantyState {
    warranty(unit, &facts(policy, day(at), false))
}

fn facts(policy: &WarrantyPolicy, at: Date, is_under_agreement: bool) -> WarrantyFacts<'_> {
    WarrantyFacts {
        policy: Some(policy),
        is_under_agreement,
        at,
        today: today(),
    }
}

fn period(from: &str, until: &str, kind: RepairKind) -> RepairPeriod {
    RepairPeriod {
        from_on: day(from),
        until_on: Some(day(until)),
        kind,
    }
}

fn on(date: &str) -> RepairDate {
    serde_json::from_value(json!({"on": date})).unwrap()
}

#[test]
fn ten_days_of_repair_put_every_end_off_by_ten_days() {
    let policy = policy("invoice", 12, &[("compressor", 36)]);
    let mut unit = unit(json!({"purchased_on": "2026-03-01"}));
    unit.repair_periods = vec![period("2026-07-01", "2026-07-10", RepairKind::Repair)];
    let last = ask(&unit, &policy, "2027-03-11");
    assert_eq!(last.stage, WarrantyStage::InWarranty);
    assert_eq!(
        (last.suspended_days, last.whole_until),
        (10, Some(day("2027-03-11")))
    );
    assert_eq!(last.main_parts[0].until, day("2029-03-11"));
    assert!(last.is_by_law);
    assert_eq!(
        ask(&unit, &policy, "2027-03-12").stage,
        WarrantyStage::MainPartOnly
    );
    assert_eq!(
        ask(&unit, &policy, "2029-03-11").stage,
        WarrantyStage::MainPartOnly
    );
    assert_eq!(
        ask(&unit, &policy, "2029-03-12").stage,
        WarrantyStage::OutOfWarranty
    );
}

#[test]
fn three_years_from_acceptance_end_on_the_same_day() {
    let policy = policy("acceptance", 36, &[]);
    let unit = unit(json!({"accepted_on": "2026-01-15", "purchased_on": "2025-12-01"}));
    let state = ask(&unit, &policy, "2026-11-23");
    assert_eq!(state.whole_until, Some(day("2029-01-15")));
    assert_eq!(state.start_basis, Some(WarrantyStart::Acceptance));
    assert_eq!(state.free_on_site_until, state.whole_until);
    assert!(!state.is_by_law);
}

#[test]
fn a_missing_day_gives_way_to_acceptance_then_first_use_then_invoice() {
    let policy = policy("acceptance", 6, &[]);
    let started = |dates| start_of_state(&ask(&unit(dates), &policy, "2026-11-23"));
    let (bought, used) = ("2026-08-31", "2026-09-02");
    assert_eq!(
        started(json!({"purchased_on": bought, "in_service_on": used})),
        Some(WarrantyStart::InService)
    );
    let state = ask(&unit(json!({"purchased_on": bought})), &policy, "2026-11-23");
    assert_eq!(state.start_basis, Some(WarrantyStart::Invoice));
    assert_eq!(
        state.whole_until,
        Some(day("2027-02-28")),
        "months end with the month"
    );
    assert_eq!(state.reasons, [WarrantyReason::OtherStartDate]);
    assert_eq!(started(json!({})), None);
    let unknown = ask(&unit(json!({})), &policy, "2026-11-23");
    assert_eq!(unknown.stage, WarrantyStage::Unknown);
    assert_eq!(unknown.reasons, [WarrantyReason::NoStartDate]);
}

fn start_of_state(state: &WarrantyState) -> Option<WarrantyStart> {
    state.start_basis
}

#[test]
fn a_new_contract_covers_what_the_warranty_no_longer_does() {
    let policy = policy("invoice", 12, &[]);
    let unit = unit(json!({"purchased_on": "2024-03-01"}));
    let stage = |agreed| warranty(&unit, &facts(&policy, today(), agreed)).stage;
    assert_eq!(stage(true), WarrantyStage::Agreement);
    assert_eq!(stage(false), WarrantyStage::OutOfWarranty);
}

#[test]
fn a_repair_after_the_end_brings_nothing_back() {
    let policy = policy("invoice", 12, &[]);
    let mut unit = unit(json!({"purchased_on": "2025-03-01"}));
    unit.repair_periods = vec![period("2026-03-02", "2026-06-30", RepairKind::Repair)];
    assert_eq!(
        ask(&unit, &policy, "2026-03-02").stage,
        WarrantyStage::OutOfWarranty
    );
    unit.repair_periods = vec![period("2026-03-01", "2026-03-05", RepairKind::Repair)];
    assert_eq!(
        ask(&unit, &policy, "2026-03-06").whole_until,
        Some(day("2026-03-06"))
    );
}

#[test]
fn an_exchange_begins_a_full_term_and_ends_the_old_units_promises() {
    let policy = policy("invoice", 12, &[]);
    let mut old = unit(json!({"purchased_on": "2026-01-10"}));
    let mut new = unit(json!({"serial_no": "A2", "purchased_on": "2026-01-10"}));
    new.id = InstalledProductId(uuid::Uuid::from_u128(99));
    let cmd: ReplaceUnit =
        serde_json::from_value(json!({"replacement_id": new.id, "on": "2026-11-20"})).unwrap();
    let event = old.replace_with(&mut new, &cmd, today(), &stamp()).unwrap();
    assert_eq!(event.kind, "installed_product.status_changed");
    assert_eq!(
        (old.status, new.replaces_id),
        (UnitStatus::Replaced, Some(old.id))
    );
    let state = ask(&new, &policy, "2027-11-20");
    assert_eq!(
        (state.stage, state.start),
        (WarrantyStage::InWarranty, Some(day("2026-11-20")))
    );
    assert_eq!(ask(&old, &policy, "2026-11-19").stage, WarrantyStage::InWarranty);
    assert_eq!(
        ask(&old, &policy, "2026-11-20").stage,
        WarrantyStage::OutOfWarranty
    );
    let again = unit(json!({})).replace_with(&mut new, &cmd, today(), &stamp());
    assert_eq!(again.unwrap_err().code.slug, "already_replacing");
}

#[test]
fn further_years_of_free_parts_follow_the_whole_term() {
    let mut policy = policy("acceptance", 36, &[]);
    policy.parts_free_years = 5;
    let unit = unit(json!({"accepted_on": "2020-01-15"}));
    let state = ask(&unit, &policy, "2026-11-23");
    assert_eq!(state.parts_free_until, Some(day("2028-01-15")));
    assert!(state.are_parts_free() && !state.is_whole());
}

#[test]
fn each_day_of_repair_and_waiting_counts_once() {
    let mut unit = unit(json!({"purchased_on": "2026-03-01"}));
    let at = stamp();
    unit.take_in_repair(&on("2026-07-01"), today(), &at).unwrap();
    unit.await_parts(&on("2026-07-03"), today(), &at).unwrap();
    unit.receive_parts(&on("2026-07-08"), today(), &at).unwrap();
    unit.return_to_use(&on("2026-07-10"), today(), &at).unwrap();
    assert_eq!((unit.status, unit.repair_days_total), (UnitStatus::InUse, 10));
    unit.take_in_repair(&on("2026-07-10"), today(), &at).unwrap();
    unit.return_to_use(
        &serde_json::from_value(json!({"on": "2026-07-11", "is_same_fault": true})).unwrap(),
        today(),
        &at,
    )
    .unwrap();
    assert_eq!((unit.repair_days_total, unit.same_fault_repairs), (11, 2));
}

#[test]
fn a_unit_does_only_what_its_state_allows() {
    let mut unit = unit(json!({"purchased_on": "2026-03-01"}));
    let at = stamp();
    let wrong = unit.return_to_use(&on("2026-07-01"), today(), &at).unwrap_err();
    assert_eq!(
        (wrong.code.slug, &wrong.extra["current_status"]),
        ("invalid_transition", &json!("in_use"))
    );
    assert_eq!(
        unit.take_in_repair(&on("2026-11-24"), today(), &at)
            .unwrap_err()
            .code
            .slug,
        "date_in_future"
    );
    unit.take_in_repair(&on("2026-07-05"), today(), &at).unwrap();
    assert_eq!(
        unit.return_to_use(&on("2026-07-04"), today(), &at)
            .unwrap_err()
            .code
            .slug,
        "date_order"
    );
    let cmd = RetireUnit {
        reason: Reason::new("报废").unwrap(),
        on: None,
    };
    unit.scrap(&cmd, today(), &at).unwrap();
    assert!(unit.allowed_actions(&at.actor).is_empty());
}

#[test]
fn whose_it_was_is_known_for_every_day() {
    let mut unit = unit(json!({"purchased_on": "2026-03-01"}));
    let other = CustomerId(uuid::Uuid::from_u128(7));
    let first = unit.customer_id;
    let cmd: TransferUnit =
        serde_json::from_value(json!({"customer_id": other, "on": "2026-06-01"})).unwrap();
    unit.transfer(&cmd, today(), &stamp()).unwrap();
    let owner = |on: &str| unit.owner_on(day(on)).map(|owned| owned.customer_id);
    assert_eq!(
        (owner("2026-05-31"), owner("2026-06-01")),
        (Some(first), Some(other))
    );
    assert_eq!((owner("2026-02-28"), unit.customer_id), (None, other));
}

fn dates() -> impl Strategy<Value = Date> {
    (0_i64..4000).prop_map(|offset| day("2022-01-01").plus_days(offset))
}

fn periods() -> impl Strategy<Value = Vec<RepairPeriod>> {
    let kind = prop_oneof![Just(RepairKind::Repair), Just(RepairKind::PartsWait)];
    let one = (dates(), prop::option::of(0_i64..60), kind).prop_map(|(from_on, length, kind)| RepairPeriod {
        from_on,
        until_on: length.map(|days| from_on.plus_days(days)),
        kind,
    });
    prop::collection::vec(one, 0..6)
}

fn any_unit() -> impl Strategy<Value = InstalledProduct> {
    let day = || prop::option::of(dates());
    (day(), day(), day(), day(), periods()).prop_map(|(bought, accepted, used, exchanged, periods)| {
        InstalledProduct {
            purchased_on: bought,
            accepted_on: accepted,
            in_service_on: used,
            exchanged_on: exchanged,
            repair_periods: periods,
            ..unit(json!({}))
        }
    })
}

fn any_policy() -> impl Strategy<Value = WarrantyPolicy> {
    let basis = prop::sample::select(StartBasis::ALL);
    (basis, 0_i64..48, 1_i64..60, prop::option::of(0_i64..48), 0_i64..4).prop_map(
        |(basis, whole, part, on_site, years)| WarrantyPolicy {
            start_basis: basis,
            free_on_site_months: on_site,
            parts_free_years: years,
            ..policy("invoice", whole, &[("compressor", part)])
        },
    )
}

/// The same, date by date: every date of a pause up to the running end puts it off by one.
fn counted_by_hand(unit: &InstalledProduct, start: Date, months: i64) -> Date {
    let mut until = start.plus_months(months);
    let mut date = start;
    while date <= until {
        let is_taken = |period: &RepairPeriod| {
            period.from_on <= date
                && date
                    <= period
                        .until_on
                        .unwrap_or_else(today)
                        .max(period.from_on.plus_days(-1))
        };
        if unit.repair_periods.iter().any(is_taken) {
            until = until.plus_days(1);
        }
        date = date.plus_days(1);
    }
    until
}

proptest! {
    #[test]
    fn every_end_is_the_one_counted_by_hand(unit in any_unit(), policy in any_policy(), at in dates()) {
        let state = warranty(&unit, &facts(&policy, at, false));
        if let (Some(start), Some(until)) = (state.start, state.whole_until) {
            prop_assert_eq!(until, counted_by_hand(&unit, start, policy.whole_months));
        }
        if let (Some(start), Some(part)) = (state.start, state.main_parts.first()) {
            prop_assert_eq!(part.until, counted_by_hand(&unit, start, policy.main_part_months[0].months));
        }
    }

    #[test]
    fn once_out_it_is_never_in_again(unit in any_unit(), policy in any_policy(), at in dates(), later in 0_i64..900) {
        let rank = |stage| match stage {
            WarrantyStage::InWarranty => 2,
            WarrantyStage::MainPartOnly => 1,
            _ => 0,
        };
        let stage = |at| rank(warranty(&unit, &facts(&policy, at, false)).stage);
        prop_assert!(stage(at.plus_days(later)) <= stage(at));
    }

    #[test]
    fn an_agreement_never_makes_it_worse(unit in any_unit(), policy in any_policy(), at in dates()) {
        let stage = |agreed| warranty(&unit, &facts(&policy, at, agreed)).stage;
        if stage(false) == WarrantyStage::InWarranty {
            prop_assert_eq!(stage(true), WarrantyStage::InWarranty);
        } else {
            prop_assert_eq!(stage(true), WarrantyStage::Agreement);
        }
    }

    #[test]
    fn the_days_of_a_unit_are_each_counted_once(periods in periods()) {
        let mut seen = std::collections::BTreeSet::new();
        for period in &periods {
            let mut date = period.from_on;
            while date <= period.until_on.unwrap_or_else(today) {
                seen.insert(date);
                date = date.plus_days(1);
            }
        }
        prop_assert_eq!(days(&periods, today()), i64::try_from(seen.len()).unwrap());
        let joined = spans(&periods, today());
        prop_assert!(joined.windows(2).all(|pair| pair[0].until.plus_days(1) < pair[1].from));
    }

    #[test]
    fn the_lines_of_a_timeline_make_its_end(unit in any_unit(), policy in any_policy(), at in dates()) {
        let facts = facts(&policy, at, false);
        let agreed = [AgreedDays { from: at, until: at.plus_days(30) }];
        let (state, lines) = (warranty(&unit, &facts), timeline(&unit, &facts, &agreed));
        let find = |kind| lines.iter().find(|line| line.kind == kind);
        let paused: i64 = lines.iter().filter(|l| l.kind == TimelineKind::Pause).map(|l| l.days).sum();
        prop_assert_eq!(paused, state.suspended_days);
        let term = find(TimelineKind::WholeTerm).map(|line| line.on.plus_days(paused));
        prop_assert_eq!(term, state.whole_until);
        prop_assert_eq!(find(TimelineKind::WholeEnd).map(|line| line.on), state.whole_until);
        prop_assert_eq!(lines.iter().filter(|l| l.kind == TimelineKind::MainPartEnd).count(), state.main_parts.len());
        prop_assert!(lines.windows(2).all(|pair| pair[0].on <= pair[1].on));
    }
}

#[test]
fn words_of_reasons_are_in_both_languages() {
    for reason in WarrantyReason::ALL {
        let (en, zh) = reason.words();
        assert!(en.is_ascii() && !zh.is_ascii(), "{reason}");
    }
    assert!(WordCode::new("compressor").is_ok());
}
