//! Agreements: two people, one clock, days that do not overlap, and no more used than granted.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::entitlements::{granted_again, granted_on, period_of};
use super::*;
use crate::agreement_templates::{FeeMode, GrantPeriod, GrantedItem};
use crate::kernel::stamp::tests::stamp;
use crate::kernel::{Actor, Currency, Role, RoleSet};
use crate::requests::ServiceRequestId;
use crate::service_items::ServiceItemId;

const ID: &str = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn by(user: u128, role: Role) -> Stamp {
    let actor = Actor {
        user_id: Some(UserId(uuid::Uuid::from_u128(user))),
        roles: RoleSet::of(&[role]),
        is_system: false,
        ..Actor::system()
    };
    Stamp {
        actor: Arc::new(actor),
        ..stamp()
    }
}

fn number(n: u32) -> Number {
    Number::new(format!("AG-20261123-{n:06}")).unwrap()
}

fn template() -> AgreementTemplate {
    let cmd = json!({"code": "PREMIUM", "name": {"zh": "高级"}, "agreement_type": "premium", "fee_mode": "fixed_annual",
        "price": {"amount": "365.00", "currency": "CNY"}});
    AgreementTemplate::add(serde_json::from_value(cmd).unwrap(), &stamp())
}

fn agreement(covers: serde_json::Value, from: &str, to: &str, at: &Stamp) -> ServiceAgreement {
    let cmd =
        json!({"customer_id": ID, "template_id": ID, "covers": covers, "starts_on": from, "ends_on": to});
    ServiceAgreement {
        template_id: AgreementTemplateId(uuid::Uuid::nil()),
        ..ServiceAgreement::draft(serde_json::from_value(cmd).unwrap(), &template(), number(1), at)
    }
}

fn whole_year(at: &Stamp) -> ServiceAgreement {
    agreement(json!({"scope": "all"}), "2026-01-01", "2026-12-31", at)
}

fn no_draft() -> Result<Draft> {
    panic!("nothing is renewed here")
}

#[test]
fn whoever_wrote_it_does_not_approve_it() {
    let (writer, manager) = (by(1, Role::CustomerService), by(2, Role::ServiceManager));
    let mut own = whole_year(&manager);
    own.submit(&manager).unwrap();
    let refusal = own.approve(&manager).unwrap_err();
    assert_eq!(
        (refusal.code.slug, &refusal.extra["current_status"]),
        ("self_approval", &json!("submitted"))
    );
    assert!(!own.allowed_actions(&manager.actor).contains(&"approve"));
    let mut other = whole_year(&writer);
    assert_eq!(other.submit(&manager).unwrap_err().code.slug, "not_the_author");
    other.submit(&writer).unwrap();
    assert_eq!(
        other.approve(&writer).unwrap_err().code.slug,
        "insufficient_scope"
    );
    other.approve(&manager).unwrap();
    assert_eq!(other.status, AgreementStatus::Approved);
    assert_eq!(
        other.approve(&manager).unwrap_err().code.slug,
        "invalid_transition"
    );
}

#[test]
fn the_clock_begins_and_ends_it_and_drafts_the_next_thirty_days_before() {
    let at = stamp();
    let mut it = whole_year(&at);
    (it.status, it.auto_renew) = (AgreementStatus::Approved, true);
    assert!(
        it.take_step(false, no_draft, day("2025-12-31"), &at)
            .unwrap()
            .is_none()
    );
    let begun = it
        .take_step(false, no_draft, day("2026-01-01"), &at)
        .unwrap()
        .unwrap();
    assert_eq!(
        (begun.event.kind, it.status),
        ("agreement.activated", AgreementStatus::Active)
    );
    assert_eq!(
        it.next_step(false),
        Some((day("2026-12-01"), AgreementStep::Renew))
    );
    let draft = || {
        Ok(Draft {
            number: number(2),
            price: None,
        })
    };
    let next = it
        .take_step(false, draft, day("2026-12-01"), &at)
        .unwrap()
        .unwrap()
        .next
        .unwrap();
    assert_eq!(
        (next.starts_on, next.ends_on),
        (day("2027-01-01"), day("2027-12-31"))
    );
    assert_eq!(
        (next.renews_id, next.status),
        (Some(it.id), AgreementStatus::Draft)
    );
    assert!(
        it.take_step(true, no_draft, day("2026-12-31"), &at)
            .unwrap()
            .is_none()
    );
    let ended = it
        .take_step(true, no_draft, day("2027-01-01"), &at)
        .unwrap()
        .unwrap();
    assert_eq!(
        (ended.event.kind, it.status),
        ("agreement.expired", AgreementStatus::Expired)
    );
    assert_eq!(it.next_step(true), None);
}

#[test]
fn two_of_a_kind_may_touch_and_not_overlap() {
    let at = stamp();
    let with = |from, to| ServiceAgreement {
        status: AgreementStatus::Active,
        ..agreement(
            json!({"scope": "installed_products", "installed_product_ids": [ID]}),
            from,
            to,
            &at,
        )
    };
    let old = with("2026-01-01", "2026-12-31");
    let refused = |new: &ServiceAgreement| {
        let others = [old.clone()];
        new.stand_beside(&others, &Lineages::default())
            .err()
            .map(|error| error.code.slug)
    };
    assert_eq!(
        refused(&with("2026-12-31", "2027-12-30")),
        Some("overlapping_agreement")
    );
    assert_eq!(refused(&with("2027-01-01", "2027-12-31")), None);
    assert_eq!(refused(&old), None, "an agreement is not in its own way");
    let other_template = ServiceAgreement {
        template_id: AgreementTemplateId(uuid::Uuid::max()),
        ..with("2026-06-01", "2027-05-31")
    };
    assert_eq!(refused(&other_template), None);
}

#[test]
fn a_category_covers_what_stands_under_it() {
    let id = |n: u128| uuid::Uuid::from_u128(n);
    let (air, split, unit) = (id(1), id(2), id(3));
    let lineages: Lineages = Lineages {
        of_category: [(air, vec![air]), (split, vec![split, air])]
            .map(|(key, line)| {
                let line = line
                    .into_iter()
                    .map(crate::product_categories::ProductCategoryId)
                    .collect();
                (crate::product_categories::ProductCategoryId(key), line)
            })
            .into(),
        of_unit: [(
            crate::installed_products::InstalledProductId(unit),
            vec![split, air]
                .into_iter()
                .map(crate::product_categories::ProductCategoryId)
                .collect(),
        )]
        .into(),
    };
    let covers = |value| -> Covers { serde_json::from_value(value).unwrap() };
    let all = Covers::all();
    let airs = covers(json!({"scope": "product_categories", "product_category_ids": [air]}));
    let splits = covers(json!({"scope": "product_categories", "product_category_ids": [split]}));
    let others = covers(json!({"scope": "product_categories", "product_category_ids": [id(9)]}));
    let one = covers(json!({"scope": "installed_products", "installed_product_ids": [unit]}));
    for (a, b, meets) in [
        (&all, &one, true),
        (&airs, &splits, true),
        (&airs, &one, true),
        (&others, &one, false),
        (&others, &airs, false),
        (&one, &one, true),
    ] {
        assert_eq!(a.meets(b, &lineages), meets, "{a:?} {b:?}");
        assert_eq!(b.meets(a, &lineages), meets, "{b:?} {a:?}");
    }
}

#[test]
fn what_was_agreed_changes_only_in_a_draft() {
    let at = stamp();
    let mut it = whole_year(&at);
    it.status = AgreementStatus::Active;
    let patch = |value| serde_json::from_value(value).unwrap();
    it.revise(patch(json!({"auto_renew": true}))).unwrap();
    let refusal = it.revise(patch(json!({"ends_on": "2027-12-31"}))).unwrap_err();
    assert_eq!(refusal.code.slug, "agreement_fixed");
    it.ends_on = it.starts_on;
    assert_eq!(it.faults()[0].code.slug, "date_order");
}

#[test]
fn what_was_not_used_of_a_fixed_price_is_paid_back_by_days() {
    let at = by(2, Role::ServiceManager);
    let mut it = ServiceAgreement {
        status: AgreementStatus::Active,
        ..whole_year(&at)
    };
    let cmd: TerminateAgreement =
        serde_json::from_value(json!({"reason": "搬迁", "on": "2026-11-21"})).unwrap();
    it.terminate(&cmd, FeeMode::FixedAnnual, day("2026-11-23"), &at)
        .unwrap();
    let refund = Money {
        minor: 4000,
        currency: Currency::Cny,
    };
    assert_eq!(
        (it.refund_proposal, it.status),
        (Some(refund), AgreementStatus::Terminated)
    );
    assert_eq!(it.unused_fee(FeeMode::PerVisit, day("2026-11-21")), None);
    assert_eq!(
        it.unused_fee(FeeMode::FixedAnnual, day("2026-12-31"))
            .unwrap()
            .minor,
        0
    );
}

fn granted(quantity: Option<i64>) -> Entitlement {
    let item = GrantedItem {
        service_item_id: ServiceItemId(uuid::Uuid::from_u128(5)),
        quantity,
        period: GrantPeriod::Year,
    };
    let at = stamp();
    let mut all = granted_on(&whole_year(&at), &[item], &[], day("2026-05-05"), &at);
    all.remove(0)
}

#[test]
fn each_year_grants_anew_and_no_year_twice() {
    let at = stamp();
    let it = agreement(json!({"scope": "all"}), "2024-02-29", "2026-06-30", &at);
    let period = |on| period_of(GrantPeriod::Year, it.starts_on, it.ends_on, day(on));
    assert_eq!(period("2024-02-29"), Some((day("2024-02-29"), day("2025-02-27"))));
    assert_eq!(period("2025-02-28"), Some((day("2025-02-28"), day("2026-02-27"))));
    assert_eq!(period("2026-06-30"), Some((day("2026-02-28"), day("2026-06-30"))));
    assert_eq!((period("2024-02-28"), period("2026-07-01")), (None, None));
    let known = granted(Some(4));
    let item = GrantedItem {
        service_item_id: known.service_item_id,
        quantity: Some(4),
        period: GrantPeriod::Year,
    };
    let mut same = whole_year(&at);
    same.id = known.agreement_id;
    assert!(granted_on(&same, &[item], &[known], day("2026-07-07"), &at).is_empty());
}

#[test]
fn a_new_year_grants_what_the_year_before_did_whatever_became_of_the_template() {
    let at = stamp();
    let mut it = agreement(json!({"scope": "all"}), "2026-01-01", "2027-06-30", &at);
    let grant = |n: u128, period| GrantedItem {
        service_item_id: ServiceItemId(uuid::Uuid::from_u128(n)),
        quantity: Some(4),
        period,
    };
    let items = [grant(5, GrantPeriod::Year), grant(6, GrantPeriod::Term)];
    let mut known = granted_on(&it, &items, &[], it.starts_on, &at);
    assert_eq!(it.next_grant(&known), None, "a draft grants nothing");
    it.status = AgreementStatus::Active;
    assert_eq!(it.next_grant(&known), Some(day("2027-01-01")));
    assert_eq!(it.next_day(false, &known), Some(day("2027-01-01")));
    let again = granted_again(&it, &known, day("2027-01-01"), &at);
    let periods: Vec<_> = again
        .iter()
        .map(|it| (it.granted, it.period_start, it.period_end))
        .collect();
    assert_eq!(periods, [(Some(4), day("2027-01-01"), day("2027-06-30"))]);
    known.extend(again);
    assert_eq!(it.next_grant(&known), None);
    assert_eq!(it.next_day(false, &known), Some(day("2027-07-01")));
}

#[test]
fn what_the_clock_has_not_come_to_yet_counts_as_if_it_had() {
    let at = stamp();
    let mut it = whole_year(&at);
    it.status = AgreementStatus::Approved;
    assert!(!it.as_of(day("2025-12-31")).holds_on(day("2025-12-31")));
    assert!(it.as_of(day("2026-01-01")).holds_on(day("2026-01-01")));
    assert_eq!(it.as_of(day("2027-01-01")).status, AgreementStatus::Expired);
    it.status = AgreementStatus::Draft;
    assert_eq!(it.as_of(day("2026-05-05")).status, AgreementStatus::Draft);
}

#[test]
fn whom_another_system_wrote_for_is_handed_in_by_any_writer() {
    let erp = by(7, Role::Integration);
    let mut it = whole_year(&erp);
    let agent = by(1, Role::CustomerService);
    assert_eq!(it.submit(&agent).unwrap_err().code.slug, "not_the_author");
    it.external_refs = serde_json::from_value(json!([{"system": "sap", "external_id": "1"}])).unwrap();
    it.submit(&agent).unwrap();
    let next = it.continued(
        Draft {
            number: number(2),
            price: None,
        },
        &agent,
    );
    assert!(next.0.external_refs.is_empty(), "a key belongs to one record");
}

#[test]
fn four_of_four_leave_nothing_and_refuse_nobody() {
    let at = stamp();
    let request = ServiceRequestId(uuid::Uuid::nil());
    let mut four = granted(Some(4));
    for _ in 0..4 {
        let mut usage = four.reserve(request, 1, &at).unwrap();
        assert!(four.consume(&mut usage, &at) && !four.consume(&mut usage, &at));
    }
    assert_eq!((four.used, four.left()), (4, Some(0)));
    assert!(four.reserve(request, 1, &at).is_none());
    assert_eq!(four.exhausted(&at).unwrap().kind, "entitlement.exhausted");
    assert!(granted(None).reserve(request, 99, &at).is_some());
}

proptest! {
    #[test]
    fn never_more_is_used_than_granted(
        granted_number in prop::option::of(1_i64..8),
        steps in prop::collection::vec((0_u8..4, 0_usize..12, 1_i64..4), 0..60),
    ) {
        let at = stamp();
        let mut entitlement = granted(granted_number);
        let mut usages: Vec<Usage> = Vec::new();
        for (what, which, quantity) in steps {
            match (what, usages.get_mut(which)) {
                (0, _) => usages.extend(entitlement.reserve(ServiceRequestId(uuid::Uuid::nil()), quantity, &at)),
                (1, Some(usage)) => { entitlement.consume(usage, &at); }
                (2, Some(usage)) => { entitlement.release(usage, &at); }
                (3, Some(usage)) => { entitlement.reverse(usage, &at); }
                _ => {}
            }
            let sum = |status| usages.iter().filter(|u| u.status == status).map(|u| u.quantity).sum::<i64>();
            prop_assert_eq!(entitlement.used, sum(UsageStatus::Consumed));
            prop_assert_eq!(entitlement.reserved, sum(UsageStatus::Reserved));
            if let Some(granted) = entitlement.granted {
                prop_assert!(entitlement.used + entitlement.reserved <= granted);
            }
        }
    }

    #[test]
    fn every_day_of_a_term_lies_in_one_period(start in 0_i64..2000, length in 1_i64..2000, pick in 0_i64..2000) {
        let starts_on = day("2023-01-01").plus_days(start);
        let ends_on = starts_on.plus_days(length);
        let on = starts_on.plus_days(pick % (length + 1));
        let (first, last) = period_of(GrantPeriod::Year, starts_on, ends_on, on).unwrap();
        prop_assert!(first <= on && on <= last && starts_on <= first && last <= ends_on);
        let edge = period_of(GrantPeriod::Year, starts_on, ends_on, first).unwrap();
        prop_assert_eq!(edge, (first, last));
        prop_assert_eq!(period_of(GrantPeriod::Year, starts_on, ends_on, last).unwrap(), edge);
    }
}
