//! Corrections, dates, parts and history taken over: the rest of A45 and what lies around it.

use super::bench::*;
use super::fine_points::{assigned, counts, hold, reschedule};
use crate::follow_ups::FollowUpResult;
use crate::kernel::Time;
use crate::requests::*;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::work_orders::{Outcome, WorkOrderStatus};
use serde_json::json;
use uuid::Uuid;

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
