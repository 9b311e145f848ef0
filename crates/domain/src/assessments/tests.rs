//! Assessments: the worked example, the veto, and the same bytes whoever counts.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::document::DecideAppeal;
use super::*;
use crate::approvals::tests::by;
use crate::kernel::error::Error;
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::{Label64, WordCode};
use crate::kernel::{Date, Figure, Period, Role, Stamp};
use crate::requests::OutletId;

const OUTLET: OutletId = OutletId(Uuid::from_u128(5));

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn figure(text: &str) -> Figure {
    text.parse().unwrap()
}

fn scheme() -> AssessmentScheme {
    AssessmentScheme::add(seed::standard(day("2026-01-01")).unwrap(), None, &stamp())
}

fn fact(name: &str, id: u128, amount: &str) -> TallyEvidence {
    TallyEvidence {
        fact: WordCode::new(name).unwrap(),
        resource: EvidenceKind::WorkOrder,
        id: Uuid::from_u128(id),
        amount: figure(amount),
    }
}

/// So many records of a fact.
fn facts(name: &str, count: u128) -> Vec<TallyEvidence> {
    (1..=count).map(|id| fact(name, id, "1")).collect()
}

/// The figures of OU-1's worked example.
fn worked() -> Vec<TallyEvidence> {
    let counts = [
        ("arrived_on_time", 192),
        ("arrival_due", 200),
        ("order_completed", 200),
        ("order_given", 217),
        ("solved_at_once", 176),
        ("customer_satisfied", 48),
        ("customer_asked", 50),
        ("complaint_confirmed", 3),
        ("old_part_returned", 90),
        ("old_part_due", 100),
        ("exam_taken", 2),
    ];
    let mut all: Vec<TallyEvidence> = counts
        .iter()
        .flat_map(|(name, count)| facts(name, *count))
        .collect();
    all.extend([fact("exam_score", 1, "80"), fact("exam_score", 2, "90")]);
    all
}

fn november() -> Period {
    Period::new("2026-11").unwrap()
}

#[test]
fn the_standard_scheme_has_no_fault_and_wrong_weights_are_refused() {
    let mut scheme = scheme();
    assert!(scheme.faults().is_empty());
    scheme.indicators[0].weight = figure("15");
    let refused = Error::all(scheme.faults()).unwrap_err();
    assert_eq!(refused.code.slug, "weights_not_100");
    scheme.indicators[1].limit = figure("95");
    scheme.indicators[2].formula.by = None;
    scheme.indicators[3].code = scheme.indicators[2].code.clone();
    let codes: Vec<&str> = scheme.faults().iter().map(|fault| fault.code.slug).collect();
    assert_eq!(
        codes,
        [
            "target_is_limit",
            "formula_incomplete",
            "indicator_twice",
            "weights_not_100"
        ]
    );
}

#[test]
fn each_indicator_of_the_worked_example_gives_its_points() {
    let scheme = scheme();
    let measures = ["96", "92", "88", "96", "1.5", "90", "85"];
    let points: Vec<String> = scheme
        .indicators
        .iter()
        .zip(measures)
        .map(|(indicator, measure)| indicator.points(figure(measure)).to_string())
        .collect();
    assert_eq!(
        points,
        ["17.78", "17.00", "14.00", "17.78", "8.75", "8.57", "4.17"]
    );
    let sum: Figure = points.iter().map(|points| figure(points)).sum();
    assert_eq!((sum, Band::of(sum).star), (figure("88.05"), Some(4)));
    assert_eq!(Band::of(sum).coefficient, Figure::ONE);
}

#[test]
fn every_point_names_the_records_it_comes_from() {
    let tally = scheme().tally(OUTLET, &november(), &worked());
    let arrival = &tally.lines[0];
    assert_eq!(
        (arrival.measure, arrival.points),
        (Some(figure("96")), figure("17.78"))
    );
    assert_eq!(arrival.evidence_count, 392);
    assert_eq!(tally.lines[6].points, figure("4.17"));
    // 200 of 217 is 92.1659 %: a little more than the example's 92.
    assert_eq!(tally.score, figure("88.22"));
}

#[test]
fn a_confirmed_false_order_leaves_nothing() {
    let mut all = worked();
    all.push(fact("false_work_order", 1, "1"));
    let tally = scheme().tally(OUTLET, &november(), &all);
    assert_eq!((tally.score, tally.band.star), (Figure::ZERO, Some(1)));
    assert!(
        tally
            .lines
            .iter()
            .any(|line| line.is_veto && line.evidence_count == 1)
    );
    assert!(tally.band.proposes_suspension(Some(tally.band)));
}

#[test]
fn what_could_not_be_measured_is_not_held_against_the_outlet() {
    let given = fact("order_given", 1, "1");
    let tally = scheme().tally(OUTLET, &november(), &[given, fact("order_completed", 1, "1")]);
    assert_eq!(
        (tally.score, tally.band.star),
        (Figure::HUNDRED.minus(figure("15")), Some(4))
    );
    assert!(tally.lines[0].no_data && tally.lines[3].no_data);
}

#[test]
fn below_the_least_number_of_finished_jobs_there_are_no_stars_and_no_points_for_nothing() {
    let tally = scheme().tally(OUTLET, &november(), &[]);
    assert!(tally.lines.iter().take(7).all(|line| line.no_data));
    assert_eq!(
        (tally.score, tally.band, tally.unrated, tally.finished_jobs),
        (Figure::ZERO, Band::NONE, Some(Unrated::TooFewJobs), 0)
    );
    let mut strict = scheme();
    strict.min_jobs = 201;
    let told = strict.tally(OUTLET, &november(), &worked());
    assert_eq!((told.finished_jobs, told.band), (200, Band::NONE));
    assert_eq!(told.score, figure("88.22"), "what was measured stays");
    strict.min_jobs = 200;
    let told = strict.tally(OUTLET, &november(), &worked());
    assert_eq!((told.unrated, told.band.star), (None, Some(4)));
    // What vetoes is judged whatever else was done.
    let alone = scheme().tally(OUTLET, &november(), &[fact("false_work_order", 1, "1")]);
    assert_eq!(
        (alone.score, alone.band.star, alone.unrated),
        (Figure::ZERO, Some(1), None)
    );
}

#[test]
fn an_assessment_without_stars_keeps_none_whatever_is_changed_by_hand() {
    let at = by(1, Role::Supervisor);
    let mut found = generated(&november(), &[], "2026-12-01", &at).unwrap();
    let adjust = json!({"indicator": "completion", "points": "20", "reason": "台风"});
    found
        .adjust(&serde_json::from_value(adjust).unwrap(), &at)
        .unwrap();
    assert_eq!((found.score, found.band), (figure("20"), Band::NONE));
    found.submit(&at).unwrap();
    found
        .approve(None, day("2026-12-02"), &by(2, Role::ServiceManager))
        .unwrap();
    assert_eq!((found.valid_from, found.rectification_due), (None, None));
}

#[test]
fn a_scheme_looks_only_at_facts_somebody_counts_or_may_tell() {
    let mut scheme = scheme();
    scheme.indicators[7].formula.of = WordCode::new("false_work_ordr").unwrap();
    scheme.indicators[0].formula.by = Some(WordCode::new("arrivals").unwrap());
    scheme.indicators[1].formula.of = WordCode::new("own_uniform_worn").unwrap();
    let codes: Vec<&str> = scheme.faults().iter().map(|fault| fault.code.slug).collect();
    assert_eq!(codes, ["unknown_fact", "unknown_fact"]);
}

#[test]
fn stars_follow_the_score() {
    let stars = ["95", "94.99", "85", "84.99", "75", "60", "59.99"].map(|score| Band::of(figure(score)).star);
    assert_eq!(stars, [5, 4, 4, 3, 3, 2, 1].map(Some));
}

#[test]
fn a_cap_bounds_the_points() {
    let mut indicator = scheme().indicators.remove(0);
    indicator.cap = Some(figure("12.5"));
    assert_eq!(indicator.points(figure("99")), figure("12.50"));
    assert_eq!(indicator.points(figure("70")), Figure::ZERO);
}

fn generated(
    period: &Period,
    facts: &[TallyEvidence],
    today: &str,
    at: &Stamp,
) -> crate::kernel::Result<OutletAssessment> {
    let digest = |text: &str| Ok(Label64::new(text.len().to_string()).unwrap());
    OutletAssessment::generate(
        OUTLET,
        period,
        &scheme(),
        (facts, Vec::new()),
        digest,
        at,
        day(today),
    )
}

fn draft(at: &Stamp) -> OutletAssessment {
    generated(&november(), &worked(), "2026-12-01", at).unwrap()
}

fn reason(text: &str) -> Value {
    json!({"reason": text})
}

#[test]
fn only_a_period_that_is_over_is_counted() {
    let at = by(1, Role::Supervisor);
    let early = generated(&november(), &[], "2026-11-30", &at);
    assert_eq!(early.unwrap_err().code.slug, "period_open");
    let quarter = Period::new("2026-Q3").unwrap();
    let other = generated(&quarter, &[], "2026-11-30", &at);
    assert_eq!(other.unwrap_err().code.slug, "period_mismatch");
}

#[test]
fn an_assessment_goes_through_two_pairs_of_hands_and_may_be_appealed_once() {
    let supervisor = by(1, Role::Supervisor);
    let manager = by(2, Role::ServiceManager);
    let mut found = draft(&supervisor);
    let adjust = json!({"indicator": "completion", "points": "20", "reason": "台风"});
    found
        .adjust(&serde_json::from_value(adjust).unwrap(), &supervisor)
        .unwrap();
    assert_eq!((found.score, found.adjustments.len()), (figure("91.05"), 1));
    assert_eq!(found.tally.score, figure("88.22"), "what the rules gave stays");
    found.submit(&by(2, Role::ServiceManager)).unwrap();
    let refused = found.approve(None, day("2026-12-02"), &manager).unwrap_err();
    assert_eq!(refused.code.slug, "self_approval");
    found
        .approve(None, day("2026-12-02"), &by(3, Role::ServiceManager))
        .unwrap();
    assert_eq!(found.valid_from, Some(day("2027-01-01")));

    let mut owner = by(4, Role::OutletManager);
    let cmd = serde_json::from_value(reason("时间有误")).unwrap();
    assert_eq!(found.appeal(&cmd, &owner).unwrap_err().code.slug, "not_found");
    let mut actor = (*owner.actor).clone();
    actor.outlet_id = Some(OUTLET.0);
    owner.actor = std::sync::Arc::new(actor);
    let late = owner.at(owner.now.plus_millis(7 * 86_400_000 + 1));
    assert_eq!(found.appeal(&cmd, &late).unwrap_err().code.slug, "too_late");
    found
        .appeal(&cmd, &owner.at(owner.now.plus_millis(7 * 86_400_000)))
        .unwrap();
    let decide: DecideAppeal = serde_json::from_value(json!({"answer": "属实", "changes": [
        {"indicator": "arrival_on_time", "points": "20", "reason": "更正"}]}))
    .unwrap();
    found.decide(&decide, None, day("2026-12-09"), &manager).unwrap();
    assert_eq!((found.revision, found.score), (2, figure("93.27")));
    assert_eq!(found.appeal(&cmd, &owner).unwrap_err().code.slug, "too_late");
}

#[test]
fn an_adjustment_stays_between_nothing_and_the_weight() {
    let supervisor = by(1, Role::Supervisor);
    let mut found = draft(&supervisor);
    for (indicator, points, code) in [
        ("completion", "20.01", "out_of_range"),
        ("nothing", "1", "unknown_line"),
    ] {
        let cmd = json!({"indicator": indicator, "points": points, "reason": "x"});
        let refused = found
            .adjust(&serde_json::from_value(cmd).unwrap(), &supervisor)
            .unwrap_err();
        assert_eq!(refused.code.slug, code);
    }
}

#[test]
fn a_second_star_in_a_row_proposes_a_suspension() {
    let at = by(1, Role::Supervisor);
    let mut facts = worked();
    facts.push(fact("false_work_order", 1, "1"));
    let mut found = generated(&november(), &facts, "2026-12-01", &at).unwrap();
    let evidence = found.take_evidence(&at);
    assert_eq!(evidence.len(), 392 + 417 + 376 + 98 + 203 + 190 + 4 + 1);
    assert!(found.tally.lines.iter().all(|line| line.evidence.is_empty()));
    found.submit(&at).unwrap();
    let manager = by(2, Role::ServiceManager);
    let one = Some(found.band);
    found.approve(one, day("2026-12-02"), &manager).unwrap();
    assert_eq!(found.rectification_due, Some(day("2027-01-01")));
    assert_eq!(
        found.proposal(&manager).unwrap().kind,
        "outlet.suspension_proposed"
    );
}

#[test]
fn what_is_counted_is_not_told() {
    let told = [
        fact("order_given", 1, "1"),
        fact("complaint_confirmed", 2, "-1"),
        fact("false_work_ordr", 3, "1"),
        fact("own_uniform_worn", 4, "1"),
    ];
    let codes: Vec<&str> = TallyEvidence::faults(&told, &scheme())
        .iter()
        .map(|it| it.code.slug)
        .collect();
    assert_eq!(
        codes,
        ["fact_counted", "out_of_range", "unknown_fact", "unknown_fact"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_facts_give_the_same_bytes_in_any_order(order in Just(worked()).prop_shuffle(), again in 0_usize..500) {
        let first = scheme().tally(OUTLET, &november(), &worked());
        let mut told = order.clone();
        told.extend(order.get(again).cloned());
        let second = scheme().tally(OUTLET, &november(), &told);
        prop_assert_eq!(first.canonical(), second.canonical());
    }

    #[test]
    fn points_never_leave_their_bounds(measure in -200_0000_i64..200_0000) {
        for indicator in scheme().indicators {
            let points = indicator.points(Figure::of_ten_thousandths(measure));
            prop_assert!(points >= Figure::ZERO && points <= indicator.weight);
        }
    }
}
