//! Outlets: tried before trusted, ended only when clear, and no city forgotten.

use serde_json::json;

use super::coverage::{CityCoverage, Lineage, cover, reaches};
use super::*;
use crate::approvals::tests::by;
use crate::kernel::Role;
use crate::kernel::stamp::tests::stamp;
use crate::regions::Region;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn code(text: &str) -> RegionCode {
    RegionCode::new(text).unwrap()
}

fn region(text: &str) -> Region {
    Region::add(
        serde_json::from_value(json!({"code": text, "name": {"zh": "某地"}})).unwrap(),
        &stamp(),
    )
}

fn outlet(regions: &[&str]) -> ServiceOutlet {
    let cmd = json!({"code": "CD01", "name": "成都锦江网点", "level": "A", "region_code": "510104",
        "service_regions": regions, "license_no": "91510104", "bank_account": "6222020200112233",
        "deposit": {"amount": "20000.00", "currency": "CNY"}});
    ServiceOutlet::apply(serde_json::from_value(cmd).unwrap(), &stamp())
}

fn because() -> OutletBecause {
    serde_json::from_value(json!({"reason": "整改"})).unwrap()
}

#[test]
fn only_the_end_of_an_account_is_kept() {
    assert_eq!(outlet(&[]).bank_account.unwrap().as_str(), "****2233");
}

#[test]
fn an_outlet_is_tried_three_months_and_needs_three_stars() {
    let manager = by(1, Role::ServiceManager);
    let mut outlet = outlet(&["510104"]);
    let refused = outlet
        .approve(day("2026-08-31"), &by(2, Role::Supervisor))
        .unwrap_err();
    assert_eq!(refused.code.slug, "insufficient_scope");
    outlet.approve(day("2026-08-31"), &manager).unwrap();
    let proof = |today: &str, last_star| Proof {
        today: day(today),
        last_star,
    };
    for bad in [
        proof("2026-11-29", Some(5)),
        proof("2026-11-30", Some(2)),
        proof("2026-11-30", None),
    ] {
        assert_eq!(
            outlet.confirm(&bad, &manager).unwrap_err().code.slug,
            "trial_not_passed"
        );
    }
    let event = outlet.confirm(&proof("2026-11-30", Some(3)), &manager).unwrap();
    assert_eq!(
        (outlet.status, event.kind),
        (OutletStatus::Active, "outlet.status_changed")
    );
    outlet.suspend(&because(), &manager).unwrap();
    assert!(!outlet.status.takes_work());
    outlet.reinstate(&manager).unwrap();
    assert_eq!(outlet.status, OutletStatus::Active);
}

#[test]
fn who_was_suspended_on_trial_goes_on_with_his_trial() {
    let manager = by(1, Role::ServiceManager);
    let mut outlet = outlet(&[]);
    outlet.approve(day("2026-11-01"), &manager).unwrap();
    outlet.suspend(&because(), &manager).unwrap();
    outlet.reinstate(&manager).unwrap();
    assert_eq!(outlet.status, OutletStatus::Trial);
}

#[test]
fn an_outlet_without_papers_is_not_taken_and_hears_which() {
    let mut outlet = outlet(&[]);
    (outlet.license_no, outlet.deposit) = (None, None);
    let refused = outlet
        .approve(day("2026-11-01"), &by(1, Role::ServiceManager))
        .unwrap_err();
    assert_eq!(refused.errors.len(), 2);
    assert_eq!(outlet.status, OutletStatus::Applying);
}

#[test]
fn an_outlet_ends_only_when_nothing_stands_against_it() {
    let manager = by(1, Role::ServiceManager);
    let mut outlet = outlet(&[]);
    outlet.approve(day("2026-11-01"), &manager).unwrap();
    let open = Clearance {
        open_orders: 2,
        ..Clearance::default()
    };
    let refused = outlet.terminate(&because(), &open, &manager).unwrap_err();
    assert_eq!(
        (refused.code.slug, &refused.extra["open_orders"]),
        ("outlet_not_clear", &json!(2))
    );
    assert_eq!(refused.extra["reasons"], json!(["open_work_orders"]));
    let everything = Clearance {
        open_orders: 1,
        open_parts: 1,
        unpaid_statements: 1,
        is_deposit_held: true,
    };
    assert_eq!(
        everything.reasons(),
        ["open_work_orders", "open_parts", "unpaid_statements", "deposit"]
    );
    outlet
        .terminate(&because(), &Clearance::default(), &manager)
        .unwrap();
    assert!(outlet.allowed_actions(&manager.actor).is_empty());
}

#[test]
fn a_region_is_served_by_its_code_or_one_above() {
    assert!(reaches(&[code("510100")], &code("510104")));
    assert!(reaches(&[code("510000")], &code("510104")));
    assert!(!reaches(&[code("510107")], &code("510104")));
    assert!(!reaches(&[code("510104")], &code("510100")));
}

#[test]
fn the_gap_report_names_cities_nobody_serves() {
    let category = |n: u128| ProductCategoryId(uuid::Uuid::from_u128(n));
    let lines = [
        Lineage {
            line: vec![category(2), category(1)],
        },
        Lineage {
            line: vec![category(3)],
        },
    ];
    let regions = [
        region("510000"),
        region("510100"),
        region("510104"),
        region("510300"),
    ];
    let gaps = |outlets: &[ServiceOutlet]| -> Vec<CityCoverage> {
        let all = cover(&regions, outlets, &lines).into_iter();
        all.filter(|city| !city.missing_category_ids.is_empty()).collect()
    };
    let mut here = outlet(&["510104"]);
    here.category_ids = vec![category(1)];
    let all = gaps(std::slice::from_ref(&here));
    assert_eq!(all.len(), 2, "an applying outlet serves nobody");
    here.status = OutletStatus::Trial;
    let left = gaps(std::slice::from_ref(&here));
    assert_eq!(
        (left[0].region_code.as_str(), &left[0].missing_category_ids),
        ("510100", &vec![category(3)])
    );
    assert_eq!(left[1].missing_category_ids, [category(2), category(3)]);
    let there: Vec<i64> = left.iter().map(|city| city.outlets).collect();
    assert_eq!(there, [1, 0]);
}
