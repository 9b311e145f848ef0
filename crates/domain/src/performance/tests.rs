//! Performance: the published form to the hundredth, the bonus to the cent.

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::awards::{AwardKind, Contender, awards};
use super::count::{EvidenceId, bonus};
use super::credit::{CreditEntry, CreditMove, CreditReason, START};
use super::*;
use crate::approvals::tests::by;
use crate::kernel::error::Error;
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::{Label64, WordCode};
use crate::kernel::{Currency, Figure, Money, Period, Role, Stamp};
use crate::requests::EngineerId;

const ENGINEER: EngineerId = EngineerId(Uuid::from_u128(7));

fn figure(text: &str) -> Figure {
    text.parse().unwrap()
}

fn scheme() -> PerformanceScheme {
    let day = "2026-01-01".parse().unwrap();
    PerformanceScheme::add(seed::standard(day).unwrap(), None, &stamp())
}

fn measures(of: &[(&str, &str)]) -> Vec<Measure> {
    let one = |(indicator, actual): &(&str, &str)| Measure {
        indicator: WordCode::new(*indicator).unwrap(),
        actual: Some(figure(actual)),
        resource: None,
        evidence_ids: [2, 1, 2].map(|n| EvidenceId(Uuid::from_u128(n))).to_vec(),
    };
    of.iter().map(one).collect()
}

fn worked() -> Vec<Measure> {
    measures(&[
        ("first_call_resolution", "87.4"),
        ("handling_minutes", "52"),
        ("emergency_minutes", "42"),
        ("second_visit_rate", "12.5"),
        ("solved_satisfaction", "93"),
        ("attitude_score", "4.3"),
        ("complaint_rate", "6.2"),
        ("praises", "2"),
        ("value_added", "65"),
        ("violations", "1"),
        ("product_exam", "88"),
        ("skill_exam", "90"),
        ("learning", "100"),
        ("diagnosis", "90"),
        ("arrival_on_time", "91"),
        ("old_parts_on_time", "93"),
    ])
}

fn yuan(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::Cny,
    }
}

#[test]
fn the_worked_example_gives_its_total_band_and_bonus() {
    let scheme = scheme();
    assert!(scheme.faults().is_empty());
    let count = scheme.count(&worked());
    let scores: Vec<Figure> = count.dimensions.iter().map(|found| found.score).collect();
    assert_eq!(scores, ["74", "83", "94", "90"].map(figure));
    assert_eq!((count.total, count.band), (figure("83.45"), PerformanceBand::C));
    let review = reviewed(&scheme);
    assert_eq!(review.bonus, Some(yuan(200_000)));
}

fn reviewed(scheme: &PerformanceScheme) -> PerformanceReview {
    let who = (ENGINEER, Some(yuan(200_000)));
    let today = "2026-12-01".parse().unwrap();
    let measures = (worked(), Vec::new());
    let digest = |text: &str| Ok(Label64::new(format!("{}", text.len())).unwrap());
    PerformanceReview::generate(
        who,
        &november(),
        scheme,
        (&measures.0, measures.1),
        digest,
        &stamp(),
        today,
    )
    .unwrap()
}

fn november() -> Period {
    Period::new("2026-11").unwrap()
}

#[test]
fn a_bonus_is_rounded_half_up_to_the_cent() {
    assert_eq!(bonus(yuan(3), figure("0.9")), yuan(3));
    assert_eq!(bonus(yuan(5), figure("0.9")), yuan(5));
    assert_eq!(bonus(yuan(4), figure("0.9")), yuan(4));
    assert_eq!(bonus(yuan(200_001), figure("1.2")), yuan(240_001));
}

#[test]
fn deductions_are_capped_and_a_dimension_never_falls_below_nothing() {
    let bad = [
        ("first_call_resolution", "0"),
        ("handling_minutes", "300"),
        ("emergency_minutes", "61"),
        ("praises", "0"),
    ];
    let count = scheme().count(&measures(&bad));
    let lost = |code: &str| {
        let line = count
            .lines
            .iter()
            .find(|line| line.indicator.as_str() == code)
            .unwrap();
        line.deduction
    };
    assert_eq!(lost("handling_minutes"), figure("10"));
    assert_eq!(
        (lost("emergency_minutes"), lost("praises")),
        (figure("10"), figure("15"))
    );
    assert_eq!(count.dimensions[0].score, Figure::ZERO);
    assert_eq!(
        count.weak_dimensions(),
        [&WordCode::new("fault_solving").unwrap()]
    );
}

#[test]
fn what_was_not_measured_costs_nothing() {
    let count = scheme().count(&[]);
    assert_eq!((count.total, count.band), (Figure::HUNDRED, PerformanceBand::A));
    assert!(count.lines.iter().all(|line| line.no_data));
}

#[test]
fn a_scheme_with_wrong_weights_or_half_a_deduction_is_refused() {
    let mut scheme = scheme();
    scheme.dimensions[0].weight = figure("0.3");
    scheme.dimensions[1].indicators[0].deduction.unit = None;
    scheme.dimensions[1].indicators[1].deduction.cap = Some(figure("-1"));
    let codes: Vec<&str> = scheme.faults().iter().map(|fault| fault.code.slug).collect();
    assert_eq!(
        codes,
        ["deduction_incomplete", "out_of_range", "dimension_weights"]
    );
    assert!(Error::all(scheme.faults()).is_err());
}

fn engineer(id: EngineerId) -> Stamp {
    let at = by(9, Role::Engineer);
    let mut actor = (*at.actor).clone();
    actor.engineer_id = Some(id.0);
    Stamp {
        actor: std::sync::Arc::new(actor),
        ..at
    }
}

#[test]
fn a_review_is_appealed_by_the_engineer_within_seven_days_and_then_final() {
    let week = 7 * 86_400_000;
    let scheme = scheme();
    let mut review = reviewed(&scheme);
    review.confirm(&by(1, Role::Supervisor)).unwrap();
    let appeal = serde_json::from_value(json!({"reason": "改期"})).unwrap();
    let other = engineer(EngineerId(Uuid::from_u128(8)));
    assert_eq!(
        review.appeal(&appeal, &other).unwrap_err().code.slug,
        "review_not_yours"
    );
    let own = engineer(ENGINEER);
    let late = own.at(own.now.plus_millis(week + 1));
    assert_eq!(review.appeal(&appeal, &late).unwrap_err().code.slug, "too_late");
    let mut left = review.clone();
    assert!(left.run_out(&own.at(own.now.plus_millis(week))).is_none());
    let event = left.run_out(&late).unwrap();
    assert_eq!(
        (left.status, event.at),
        (ReviewStatus::Final, own.now.plus_millis(week))
    );

    review.appeal(&appeal, &own).unwrap();
    assert!(review.run_out(&late).is_none());
    let digest = |text: &str| Ok(Label64::new(format!("{}", text.len())).unwrap());
    for (indicator, actual) in [
        ("first_call_resolution", "100.01"),
        ("second_visit_rate", "-0.01"),
        ("attitude_score", "0.99"),
        ("attitude_score", "5.01"),
        ("handling_minutes", "-1"),
        ("praises", "-1"),
    ] {
        let wrong = json!({"answer": "属实", "corrections": [
            {"indicator": "emergency_minutes", "actual": "0"}, {"indicator": indicator, "actual": actual}]});
        let wrong = serde_json::from_value(wrong).unwrap();
        let refused = review
            .clone()
            .finalise(&wrong, &scheme, digest, &by(2, Role::ServiceManager))
            .unwrap_err();
        assert_eq!(refused.code.slug, "out_of_range", "{indicator} {actual}");
        assert_eq!(
            refused.errors[0].place,
            crate::kernel::error::Place::Pointer("#/corrections/1/actual".to_owned())
        );
    }
    let answer = serde_json::from_value(json!({"answer": "属实",
        "corrections": [{"indicator": "first_call_resolution", "actual": "100"}]}))
    .unwrap();
    review
        .finalise(&answer, &scheme, digest, &by(2, Role::ServiceManager))
        .unwrap();
    assert_eq!(
        (review.status, review.count.total),
        (ReviewStatus::Final, figure("84.85"))
    );
    assert!(review.allowed_actions(&by(2, Role::ServiceManager)).is_empty());
}

#[test]
fn the_best_tenth_and_whoever_pleases_win_and_ties_share() {
    let contender = |n: u128, total: &str, closed: i64, surveys: i64, satisfied: i64| Contender {
        engineer_id: EngineerId(Uuid::from_u128(n)),
        total: figure(total),
        closed_requests: closed,
        surveys,
        satisfied,
    };
    let all = [
        contender(1, "99", 19, 50, 49),
        contender(2, "95", 20, 19, 19),
        contender(3, "95", 40, 100, 97),
        contender(4, "90", 40, 20, 20),
    ];
    let found = awards(&november(), &all, &stamp());
    let won: Vec<(AwardKind, u128)> = found
        .iter()
        .map(|a| (a.kind, a.engineer_id.0.as_u128()))
        .collect();
    assert_eq!(
        won,
        [
            (AwardKind::Outstanding, 2),
            (AwardKind::Outstanding, 3),
            (AwardKind::Satisfaction, 4),
            (AwardKind::Satisfaction, 1)
        ]
    );
}

#[test]
fn credit_starts_at_eighty_and_keeps_its_bounds() {
    let at = stamp();
    let moved = |reason| CreditMove {
        engineer_id: ENGINEER,
        reason,
        ref_id: Uuid::from_u128(9),
    };
    let first = CreditEntry::next(&moved(CreditReason::Refused), None, &at);
    assert_eq!((first.no, first.delta, first.balance), (1, -5, START - 5));
    let after = |balance, reason| {
        let last = CreditEntry {
            balance,
            ..first.clone()
        };
        let next = CreditEntry::next(&moved(reason), Some(&last), &at);
        (next.no, next.delta, next.balance)
    };
    assert_eq!(after(3, CreditReason::Complaint), (2, -3, 0));
    assert_eq!(after(120, CreditReason::FiveStars), (2, 0, 120));
    let stars: Vec<i64> = (1..=5)
        .map(|n| CreditReason::of_stars(n).unwrap().delta())
        .collect();
    assert_eq!(stars, [-3, -2, -1, 0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_measures_give_the_same_bytes_in_any_order(order in Just(worked()).prop_shuffle()) {
        prop_assert_eq!(scheme().count(&order).canonical(), scheme().count(&worked()).canonical());
    }

    #[test]
    fn a_better_measure_never_costs_more(a in 0_i64..1_000_000, b in 0_i64..1_000_000) {
        let (low, high) = (Figure::of_ten_thousandths(a.min(b)), Figure::of_ten_thousandths(a.max(b)));
        for indicator in scheme().dimensions.iter().flat_map(|dimension| &dimension.indicators) {
            let cost = |measure| indicator.deduction.of(measure, indicator.target, indicator.direction);
            let (better, worse) = match indicator.direction {
                crate::assessments::Direction::Up => (high, low),
                crate::assessments::Direction::Down => (low, high),
            };
            prop_assert!(cost(better) <= cost(worse));
        }
    }
}
