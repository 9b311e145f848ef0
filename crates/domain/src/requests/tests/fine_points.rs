//! The fine points of the loop, A45, one by one.

use serde_json::json;
use uuid::Uuid;

use super::bench::*;
use crate::follow_ups::FollowUpResult;
use crate::kernel::Time;
use crate::requests::*;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::work_orders::{Outcome, WorkOrderKind, WorkOrderStatus};

fn assigned() -> Bench {
    let mut b = Bench::register(dated("11-23 11:00", "11-23 17:00"), "11-23 09:00");
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b
}

fn processed() -> Bench {
    let mut b = assigned();
    b.visit("11-23 09:30", "11-23 10:00", Outcome::Resolved);
    b
}

fn locked() -> Bench {
    let mut b = assigned();
    b.visit("11-23 09:30", "11-23 10:00", Outcome::Unresolved);
    b.assign("11-23 10:10", dispatcher(), E2).unwrap();
    b.visit("11-23 10:30", "11-23 11:00", Outcome::Unresolved);
    b
}

fn hold(b: &mut Bench, at: &str, until: Option<&str>) {
    let cmd = HoldRequest {
        reason: word("other"),
        resume_at: until.map(|u| t(u).into()),
    };
    b.act(t(at), desk(), |d, c, s| d.hold(&cmd, false, c, s)).unwrap();
}

fn resume(b: &mut Bench, at: &str) {
    b.act(t(at), desk(), |d, c, s| d.resume(&ResumeRequest::default(), c, s))
        .unwrap();
}

fn reschedule(
    b: &mut Bench,
    at: &str,
    required_by: Option<&str>,
    resolve: Option<&str>,
) -> crate::kernel::Result<()> {
    let cmd = RescheduleRequest {
        required_by: required_by.map(|date| t(date).into()),
        resolve_required_by: resolve.map(|date| t(date).into()),
        consent: reason(),
    };
    b.act(t(at), desk(), |d, c, s| d.reschedule(&cmd, c, s))
}

fn counts(b: &Bench) -> Vec<(CounterScope, CounterField)> {
    b.d.counts
        .iter()
        .map(|change| (change.scope, change.field))
        .collect()
}

#[test]
fn n01_a_later_assignment_date_raises_the_solution_date() {
    let mut b = Bench::register(dated("11-23 11:00", "11-23 17:00"), "11-23 09:00");
    reschedule(&mut b, "11-23 09:10", Some("11-24 10:00"), None).unwrap();
    assert_eq!(b.d.request.resolve_required_by, Some(t("11-24 10:00")));
    reschedule(&mut b, "11-23 09:20", Some("11-23 16:00"), None).unwrap();
    assert_eq!(b.d.request.resolve_required_by, Some(t("11-24 10:00")));
}

#[test]
fn n02_classification_and_priority_of_a_locked_request_are_the_managers() {
    let mut b = locked();
    let cmd: SetPriority = serde_json::from_value(json!({"emergency": true, "reason": "vip"})).unwrap();
    let at = t("11-23 12:00");
    let refused = b.act(at, supervisor(), |d, c, s| d.set_priority(&cmd, c, s));
    assert_eq!(code(refused), "locked_manager_only");
    b.act(at, manager(), |d, c, s| d.set_priority(&cmd, c, s))
        .unwrap();
    assert_eq!((b.status(), b.d.request.priority), (RequestStatus::Locked, 1));
}

#[test]
fn n03_a_managers_solution_is_followed_up_and_verified_like_any_other() {
    let mut b = locked();
    let cmd = ResolveRequest {
        resolution: prose(),
        kind: ManagerResolution::Refund,
    };
    b.act(t("11-23 12:00"), manager(), |d, c, s| d.resolve(&cmd, c, s))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Processed);
    assert_eq!(b.d.follow_ups.len(), 1);
    assert_eq!(
        b.d.request.verification.as_ref().unwrap().status,
        VerificationStatus::Pending
    );
    assert_eq!(b.d.attempts.last().unwrap().engineer_id, None);
    assert_eq!(b.timer(TimerKind::Resolution).status, TimerStatus::Met);
}

#[test]
fn n04_a_result_is_judged_once_until_it_is_corrected() {
    let mut b = processed();
    let at = t("11-23 11:00");
    let verify = |b: &mut Bench| b.act(at, supervisor(), |d, c, s| d.verify(c, s));
    b.act(at, supervisor(), |d, c, s| d.reject_verification(&why(), c, s))
        .unwrap();
    assert_eq!(b.last_order().status, WorkOrderStatus::Rejected);
    assert_eq!(code(verify(&mut b)), "verification_not_pending");
    let id = b.last_order().id;
    b.act(at, engineer(E1, &[]), |d, c, s| {
        d.correct_order(id, &result(Outcome::Resolved), c, s)
    })
    .unwrap();
    assert_eq!(b.last_order().result_version, 2);
    verify(&mut b).unwrap();
    assert_eq!(code(verify(&mut b)), "verification_not_pending");
}

#[test]
fn n04_only_orders_that_ended_in_an_attempt_need_labour() {
    let mut b = assigned();
    let mut absent = result(Outcome::NoAccess);
    absent.labor.clear();
    b.accept("11-23 09:25").arrive("11-23 09:30");
    b.on_order("11-23 09:40", |d, id, c, s| d.complete_order(id, &absent, c, s))
        .unwrap();
    b.visit("11-23 09:50", "11-23 10:00", Outcome::Resolved);
    b.act(t("11-23 11:00"), supervisor(), |d, c, s| d.verify(c, s))
        .unwrap();

    let mut b = assigned();
    b.visit("11-23 09:30", "11-23 10:00", Outcome::Unresolved);
    b.assign("11-23 10:10", dispatcher(), E2).unwrap();
    let mut bare = result(Outcome::Unresolved);
    bare.labor.clear();
    b.accept("11-23 10:15").arrive("11-23 10:20");
    b.on_order("11-23 10:30", |d, id, c, s| d.complete_order(id, &bare, c, s))
        .unwrap();
    let cmd = ResolveRequest {
        resolution: prose(),
        kind: ManagerResolution::Refund,
    };
    b.act(t("11-23 12:00"), manager(), |d, c, s| d.resolve(&cmd, c, s))
        .unwrap();
    let refused = b.act(t("11-23 12:10"), supervisor(), |d, c, s| d.verify(c, s));
    assert_eq!(code(refused), "labor_missing");
}

#[test]
fn n05_only_the_last_cycles_result_may_be_corrected() {
    let mut b = assigned();
    b.visit("11-23 09:30", "11-23 10:00", Outcome::Unresolved);
    let early = b.last_order().id;
    let correct = |b: &mut Bench| {
        let cmd = result(Outcome::Unresolved);
        b.act(t("11-23 12:00"), engineer(E1, &[]), |d, c, s| {
            d.correct_order(early, &cmd, c, s)
        })
    };
    assert_eq!(code(correct(&mut b)), "invalid_transition");
    b.assign("11-23 10:10", dispatcher(), E2).unwrap();
    b.visit("11-23 10:30", "11-23 11:00", Outcome::Resolved);
    assert_eq!(code(correct(&mut b)), "invalid_transition");
}

#[test]
fn n06_past_the_date_a_workshop_order_stays_and_another_visit_does_not() {
    for (outcome, status) in [
        (Outcome::NeedsDepot, RequestStatus::Assigned),
        (Outcome::NoAccess, RequestStatus::PendingAssignment),
    ] {
        let mut b = assigned();
        b.visit("11-23 09:40", "11-23 17:30", outcome);
        assert_eq!(b.status(), status, "{outcome}");
        assert_eq!(b.d.request.missed_count, i64::from(outcome == Outcome::NoAccess));
        b.read("11-24 17:30");
        assert_eq!(b.d.request.missed_count, i64::from(outcome == Outcome::NoAccess));
    }
}

#[test]
fn n07_an_accept_limit_on_hold_takes_effect_at_the_resume() {
    let mut b = assigned();
    hold(&mut b, "11-23 09:30", None);
    b.read("11-23 15:00");
    assert_eq!(b.last_order().status, WorkOrderStatus::Dispatched);
    resume(&mut b, "11-23 15:10");
    assert_eq!(b.last_order().status, WorkOrderStatus::Refused);
    assert_eq!(b.status(), RequestStatus::PendingAssignment);
    let told =
        b.d.notices
            .iter()
            .find(|notice| notice.kind == NoticeKind::NotAccepted)
            .unwrap();
    assert_eq!(told.at, t("11-23 15:10"));
}

#[test]
fn n09_on_hold_the_engineer_may_go_there_but_not_end_it() {
    let mut b = assigned();
    hold(&mut b, "11-23 09:30", None);
    let refuse = b.on_order("11-23 09:31", |d, id, c, s| d.refuse_order(id, &why(), c, s));
    assert_eq!(code(refuse), "invalid_transition");
    b.accept("11-23 09:32").arrive("11-23 09:40");
    b.on_order("11-23 09:41", |d, id, c, s| d.start_order(id, c, s))
        .unwrap();
    let complete = b.on_order("11-23 09:50", |d, id, c, s| {
        d.complete_order(id, &result(Outcome::Resolved), c, s)
    });
    assert_eq!(code(complete), "invalid_transition");
    resume(&mut b, "11-23 10:00");
    b.complete("11-23 10:10", Outcome::Resolved);
    assert_eq!(b.status(), RequestStatus::Processed);
}

#[test]
fn n11_n12_engineers_have_their_own_orders_and_only_those() {
    let mut b = assigned();
    let id = b.order_id();
    let at = t("11-23 09:30");
    assert_eq!(
        code(b.act(at, engineer(E2, &[]), |d, c, s| d.accept_order(id, c, s))),
        "not_found"
    );
    assert_eq!(
        code(b.act(at, engineer(E1, &[]), |d, c, s| d.unassign(&why(), c, s))),
        "insufficient_scope"
    );
    b.act(at, engineer(E1, &[]), |d, c, s| d.refuse_order(id, &why(), c, s))
        .unwrap();
    assert_eq!(
        (b.status(), b.d.request.cycle_no),
        (RequestStatus::PendingAssignment, 2)
    );
}

#[test]
fn n13_nobody_is_replaced_by_himself() {
    let mut b = assigned();
    let cmd = |id| ReassignRequest {
        engineer_id: EngineerId(id),
        reason: reason(),
    };
    let at = t("11-23 09:30");
    assert_eq!(
        code(b.act(at, dispatcher(), |d, c, s| d.reassign(
            &cmd(E1),
            &target(E1),
            c,
            s
        ))),
        "same_engineer"
    );
    b.act(at, dispatcher(), |d, c, s| {
        d.reassign(&cmd(E2), &target(E2), c, s)
    })
    .unwrap();
    assert_eq!(b.d.orders[0].end_reason.as_ref().unwrap().as_str(), "reassigned");
    assert_eq!((b.d.orders.len(), b.d.request.cycle_no), (2, 1));
}

#[test]
fn n14_a_solution_date_at_assignment_replaces_the_field() {
    let mut b = Bench::register(dated("11-23 11:00", "11-23 17:00"), "11-23 09:00");
    let cmd = AssignRequest {
        resolve_required_by: Some(t("11-23 10:30").into()),
        ..to(E1)
    };
    b.act(t("11-23 09:20"), dispatcher(), |d, c, s| {
        d.assign(&cmd, &target(E1), c, s)
    })
    .unwrap();
    assert_eq!(b.d.request.resolve_required_by, Some(t("11-23 10:30")));
    assert_eq!(b.d.request.resolve_due_at, Some(t("11-23 10:30")));
    let mut b = Bench::register(fault(), "11-23 09:00");
    let past = AssignRequest {
        resolve_required_by: Some(t("11-23 09:20").into()),
        ..to(E1)
    };
    let refused = b.act(t("11-23 09:20"), dispatcher(), |d, c, s| {
        d.assign(&past, &target(E1), c, s)
    });
    assert_eq!(code(refused), "date_in_past");
}

#[test]
fn n15_cancelling_does_not_mend_a_broken_promise() {
    let mut b = Bench::register(dated("11-30 11:00", ""), "11-23 09:00");
    b.act(t("11-23 10:00"), desk(), |d, c, s| d.cancel(&why(), c, s))
        .unwrap();
    assert_eq!(b.timer(TimerKind::Response).status, TimerStatus::Breached);
    assert_eq!(b.timer(TimerKind::Resolution).status, TimerStatus::Cancelled);
    assert_eq!(b.d.next_due(), None);
    let fields: Vec<_> = counts(&b)
        .into_iter()
        .filter(|(_, f)| *f == CounterField::Cancelled)
        .collect();
    assert_eq!(fields.len(), 3);
}

#[test]
fn n16_the_customer_cancels_only_before_anybody_came() {
    let mut b = assigned();
    b.accept("11-23 09:25").arrive("11-23 09:30");
    let at = t("11-23 09:40");
    assert_eq!(
        code(b.act(at, customer(), |d, c, s| d.cancel(&why(), c, s))),
        "engineer_arrived"
    );
    b.act(at, desk(), |d, c, s| d.cancel(&why(), c, s)).unwrap();
    assert_eq!(
        b.last_order().end_reason.as_ref().unwrap().as_str(),
        "request_cancelled"
    );
    let mut b = assigned();
    b.act(t("11-23 09:40"), customer(), |d, c, s| d.cancel(&why(), c, s))
        .unwrap();
}

#[test]
fn n19_calls_are_made_in_calling_hours() {
    for (solved, due) in [
        ("11-23 20:00", "11-25 09:00"),
        ("11-23 19:59", "11-24 19:59"),
        ("11-23 06:00", "11-24 09:00"),
        ("11-23 09:00", "11-24 09:00"),
    ] {
        let mut b = Bench::register(dated("11-30 11:00", ""), "11-23 05:00");
        let cmd = ResolveOnContact { resolution: prose() };
        b.act(t(solved), desk(), |d, c, s| d.resolve_on_contact(&cmd, c, s))
            .unwrap();
        assert_eq!(b.d.follow_ups[0].due_at, t(due), "{solved}");
        b.read(due);
        assert!(!b.d.follow_ups[0].is_overdue);
        let late = t(due).plus_millis(1);
        b.act(late, agent(), |_, _, _| Ok(())).unwrap();
        assert!(b.d.follow_ups[0].is_overdue);
    }
}

#[test]
fn n20_from_afar_and_in_the_workshop_nobody_arrives() {
    for kind in [WorkOrderKind::Remote, WorkOrderKind::Depot] {
        let mut b = Bench::register(dated("11-30 11:00", ""), "11-23 09:00");
        let cmd = AssignRequest {
            kind: Some(kind),
            ..to(E1)
        };
        b.act(t("11-23 09:20"), dispatcher(), |d, c, s| {
            d.assign(&cmd, &target(E1), c, s)
        })
        .unwrap();
        b.accept("11-23 09:25");
        b.on_order("11-23 09:30", |d, id, c, s| d.start_order(id, c, s))
            .unwrap();
        assert_eq!(b.timer(TimerKind::Arrival).status, TimerStatus::Cancelled);
        b.complete("11-23 10:00", Outcome::Resolved);
    }
    let mut b = assigned();
    b.accept("11-23 09:25");
    let refused = b.on_order("11-23 09:30", |d, id, c, s| d.start_order(id, c, s));
    assert_eq!(code(refused), "invalid_transition");
}

#[test]
fn n21_reclassifying_counts_only_what_changed() {
    let mut b = Bench::register(fault(), "11-23 09:00");
    b.d.counts.clear();
    let (product, old) = (b.d.request.product_id.unwrap(), b.d.request.problem_type_id);
    let new = ProblemTypeId(Uuid::from_u128(9));
    let cmd = |problem_type_id| ReclassifyRequest {
        product_id: None,
        problem_type_id,
        reason: reason(),
    };
    let at = t("11-23 09:10");
    assert_eq!(
        code(b.act(at, desk(), |d, c, s| d.reclassify(&cmd(Some(old)), c, s))),
        "nothing_changed"
    );
    assert_eq!(
        code(b.act(at, desk(), |d, c, s| d.reclassify(&cmd(None), c, s))),
        "nothing_changed"
    );
    b.act(at, desk(), |d, c, s| d.reclassify(&cmd(Some(new)), c, s))
        .unwrap();
    assert_eq!(
        counts(&b),
        [
            (CounterScope::ProblemType(old), CounterField::ReclassifiedOut),
            (CounterScope::ProblemType(new), CounterField::Occurrences),
            (
                CounterScope::ProductProblem(product, old),
                CounterField::ReclassifiedOut
            ),
            (
                CounterScope::ProductProblem(product, new),
                CounterField::Occurrences
            ),
        ]
    );
}

#[test]
fn n23_while_somebody_is_at_work_nothing_is_taken_away() {
    let mut b = assigned();
    b.accept("11-23 09:25").arrive("11-23 09:30");
    let now = t("11-23 09:40");
    let offered = b.d.allowed_actions(&manager(), now, &b.world.settings);
    assert!(
        ["hold", "reassign", "unassign"]
            .iter()
            .all(|action| !offered.contains(action))
    );
    assert_eq!(
        code(b.act(now, dispatcher(), |d, c, s| d.unassign(&why(), c, s))),
        "work_in_progress"
    );
    let shown = b.d.action_reasons(&manager(), now, &b.world.settings);
    let reason = shown.iter().find(|reason| reason.action == "hold").unwrap();
    assert_eq!(reason.code, Some("work_in_progress"));
}

#[test]
fn n24_a_solution_date_alone_leaves_the_assignment_date_empty() {
    let b = Bench::register(dated("", "11-23 17:00"), "11-23 09:00");
    let request = &b.d.request;
    assert_eq!(
        (request.required_by, request.assignment_due_at),
        (None, Some(t("11-23 17:00")))
    );
    let b = Bench::register(dated("11-23 11:00", ""), "11-23 09:00");
    assert_eq!(b.d.request.resolve_required_by, Some(t("11-23 11:00")));
    let b = Bench::register(fault(), "11-23 09:00");
    assert_eq!(
        b.d.request.assignment_due_at,
        Some(t("11-23 18:30").plus_minutes(14 * 60 + 30))
    );
}

#[test]
fn dates_are_checked_and_a_day_means_its_last_second() {
    let refusal = |required: &str, resolve: &str| {
        Bench::register_in(World::new(), dated(required, resolve), "11-23 09:00")
            .err()
            .unwrap()
            .code
            .slug
    };
    assert_eq!(refusal("11-23 09:00", ""), "date_in_past");
    assert_eq!(refusal("11-23 11:00", "11-23 10:59"), "date_order");
    assert_eq!(refusal("11-22 09:00", "11-22 09:00"), "validation_failed");
    let day: ServiceRequestCreate = ServiceRequestCreate {
        required_by: Some(serde_json::from_value(json!("2026-11-23")).unwrap()),
        ..fault()
    };
    let b = Bench::register(day, "11-23 09:00");
    assert_eq!(b.d.request.required_by, Some(t("11-23 23:59:59")));
    let mut b = assigned();
    assert_eq!(
        code(reschedule(&mut b, "11-23 10:00", None, Some("11-23 09:59"))),
        "date_in_past"
    );
    assert_eq!(
        code(reschedule(&mut b, "11-23 09:30", None, None)),
        "date_missing"
    );
}

// SL-5
#[test]
fn a_higher_priority_measures_from_the_start_and_may_break_at_once() {
    use crate::sla::policy::TargetKind;
    let mut world = World::new();
    let mut strict = policy(&[(TargetKind::Resolution, 480)]);
    strict.targets.push(crate::sla::policy::Target {
        kind: TargetKind::Resolution,
        priority: Some(1),
        minutes: Some(60),
        working_days: None,
    });
    world.policy = Some(strict);
    let mut b = Bench::register_in(world, dated("11-30 11:00", ""), "11-23 09:00").unwrap();
    let cmd: SetPriority = serde_json::from_value(json!({"priority": 1, "reason": "vip"})).unwrap();
    b.act(t("11-23 11:00"), manager(), |d, c, s| d.set_priority(&cmd, c, s))
        .unwrap();
    let timer = b.timer(TimerKind::Resolution);
    assert_eq!(
        (timer.due_at, timer.breached_at),
        (t("11-23 10:00"), Some(t("11-23 11:00")))
    );
}

// T6 by the clock, then T4 in the same breath.
#[test]
fn a_planned_resume_past_the_deadline_locks_at_that_instant() {
    let mut b = Bench::register(dated("11-23 11:00", ""), "11-23 09:00");
    hold(&mut b, "11-23 10:00", Some("11-23 12:00"));
    b.read("11-23 15:00");
    let steps: Vec<(String, Time)> =
        b.d.activities
            .iter()
            .skip(2)
            .map(|a| (a.action.clone(), a.at))
            .collect();
    let noon = t("11-23 12:00");
    assert_eq!(
        steps,
        [
            ("timer:resume_at".to_owned(), noon),
            ("timer:assignment_due".to_owned(), noon)
        ]
    );
    assert_eq!(b.d.activities.last().unwrap().recorded_at, t("11-23 15:00"));
}

#[test]
fn parts_are_waited_for_with_the_clock_running_and_work_goes_on() {
    let mut b = assigned();
    b.accept("11-23 09:25").arrive("11-23 09:30");
    b.on_order("11-23 09:31", |d, id, c, s| d.start_order(id, c, s))
        .unwrap();
    b.on_order("11-23 09:40", |d, id, c, s| d.wait_for_parts(id, &why(), c, s))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::OnHold);
    assert_eq!(b.timer(TimerKind::Resolution).status, TimerStatus::Running);
    b.read("11-23 18:00");
    assert_eq!(b.status(), RequestStatus::OnHold);
    b.on_order("11-23 18:10", |d, id, c, s| d.resume_order(id, c, s))
        .unwrap();
    assert_eq!(
        (b.status(), b.d.request.is_overdue),
        (RequestStatus::Assigned, true)
    );
    assert_eq!(b.last_order().status, WorkOrderStatus::InProgress);
    b.complete("11-23 18:30", Outcome::Resolved);
    assert_eq!(b.status(), RequestStatus::Processed);
}

// WO-1
#[test]
fn a_result_that_lacks_something_names_everything() {
    let mut b = assigned();
    b.accept("11-23 09:25").arrive("11-23 09:30");
    let bare = serde_json::from_value(json!({"outcome": "resolved"})).unwrap();
    let error = b
        .on_order("11-23 10:00", |d, id, c, s| d.complete_order(id, &bare, c, s))
        .unwrap_err();
    assert_eq!((error.code.slug, error.errors.len()), ("validation_failed", 4));
    let bare = serde_json::from_value(json!({"outcome": "unresolved"})).unwrap();
    let refused = b.on_order("11-23 10:00", |d, id, c, s| d.complete_order(id, &bare, c, s));
    assert_eq!(code(refused), "unresolved_reason_required");
}

// T0
#[test]
fn imported_history_is_measured_silently() {
    let mut world = World::new();
    let stamp = world.stamp(t("11-23 09:00"), person(&[crate::kernel::Role::Integration]));
    let number = world
        .numbers
        .draw(crate::kernel::number::Series::ServiceRequest)
        .unwrap();
    let history = ImportedRequest {
        request: fault(),
        number,
        created_at: t("11-01 09:00"),
        closed_at: Some(t("11-01 18:00")),
    };
    let d = Dossier::import(history.clone(), &mut world.ctx(), &stamp).unwrap();
    assert_eq!(
        (d.request.status, d.request.next_due_at),
        (RequestStatus::Closed, None)
    );
    assert!(d.events.is_empty() && d.notices.is_empty() && d.surveys.is_empty());
    assert_eq!(d.counts.len(), 3);
    let resolution = d
        .timers
        .iter()
        .find(|timer| timer.kind == TimerKind::Resolution)
        .unwrap();
    assert_eq!(
        (resolution.status, resolution.elapsed_minutes),
        (TimerStatus::Breached, Some(540))
    );
    let open = ImportedRequest {
        closed_at: None,
        ..history
    };
    let mut b = Bench {
        d: Dossier::import(open, &mut world.ctx(), &stamp).unwrap(),
        world,
    };
    b.read("12-30 09:00");
    assert_eq!(b.status(), RequestStatus::PendingAssignment);
    assert!(b.d.notices.is_empty());
    reschedule(&mut b, "12-30 09:00", Some("12-30 12:00"), None).unwrap();
    assert_eq!(
        b.read("12-30 12:01").lock_case(),
        Some(LockCase::AssignmentOverdue)
    );
}

#[test]
fn a_reopened_import_writes_down_the_attempt_that_closed_it() {
    let mut world = World::new();
    let stamp = world.stamp(t("11-23 09:00"), person(&[crate::kernel::Role::Integration]));
    let number = world
        .numbers
        .draw(crate::kernel::number::Series::ServiceRequest)
        .unwrap();
    let history = ImportedRequest {
        request: fault(),
        number,
        created_at: t("11-20 09:00"),
        closed_at: Some(t("11-21 09:00")),
    };
    let mut b = Bench {
        d: Dossier::import(history, &mut world.ctx(), &stamp).unwrap(),
        world,
    };
    b.act(t("11-24 09:00"), desk(), |d, c, s| d.reopen(&why(), c, s))
        .unwrap();
    assert_eq!((b.d.attempts.len(), b.d.request.unresolved_attempts), (1, 1));
    b.assign("11-24 09:10", dispatcher(), E1).unwrap();
    b.visit("11-24 09:30", "11-24 10:00", Outcome::Resolved);
    b.record("11-24 11:00", agent(), FollowUpResult::Dissatisfied)
        .unwrap();
    assert_eq!(b.lock_case(), Some(LockCase::UnresolvedTwice));
}
