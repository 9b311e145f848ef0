//! Scenarios AC-027 to AC-040 as far as they are pure: promises, deadlines, failures.

use super::bench::*;
use crate::engineers::availability::Unavailable;
use crate::follow_ups::FollowUpResult;
use crate::kernel::Role;
use crate::requests::*;
use crate::sla::policy::TargetKind;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::work_orders::{Outcome, WorkOrderStatus};

const DATES: (&str, &str) = ("11-23 11:00", "11-23 17:00");

pub fn usual() -> Bench {
    Bench::register(dated(DATES.0, DATES.1), "11-23 09:00")
}

pub fn processed() -> Bench {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.visit("11-23 10:00", "11-23 11:00", Outcome::Resolved);
    b
}

pub fn closed() -> Bench {
    let mut b = processed();
    b.record("11-24 09:00", agent(), FollowUpResult::Satisfied)
        .unwrap();
    b
}

pub fn failed_twice() -> Bench {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.visit("11-23 10:00", "11-23 11:00", Outcome::Unresolved);
    b.assign("11-23 11:30", dispatcher(), E2).unwrap();
    b.visit("11-23 12:00", "11-23 13:00", Outcome::Unresolved);
    b
}

// AC-012, AC-018 are the worked life's first lines; AC-027.
#[test]
fn stopped_at_the_due_instant_is_met_and_a_second_later_broken() {
    for (end, status) in [
        ("11-23 17:00", TimerStatus::Met),
        ("11-23 17:00:01", TimerStatus::Breached),
    ] {
        let mut b = Bench::register(dated("", "11-24 17:00"), "11-23 09:00");
        b.assign("11-23 09:20", dispatcher(), E1).unwrap();
        b.visit("11-23 10:00", end, Outcome::Resolved);
        assert_eq!(b.timer(TimerKind::Resolution).status, status);
    }
}

// AC-028
#[test]
fn people_are_warned_at_four_fifths_and_the_manager_told_of_the_breach() {
    let mut b = Bench::register(dated("", "11-25 17:00"), "11-23 09:00");
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.accept("11-23 09:30").read("11-23 15:23:59");
    assert_eq!(b.timer(TimerKind::Resolution).warned_at, None);
    b.read("11-23 15:24");
    assert_eq!(b.timer(TimerKind::Resolution).warned_at, Some(t("11-23 15:24")));
    b.read("11-23 17:00");
    assert_eq!(b.timer(TimerKind::Resolution).status, TimerStatus::Running);
    b.read("11-23 17:00:01");
    let timer = b.timer(TimerKind::Resolution);
    assert_eq!(
        (timer.status, timer.breached_at),
        (TimerStatus::Breached, Some(t("11-23 17:00")))
    );
    let told = |kind| {
        b.d.notices
            .iter()
            .filter(move |notice| notice.kind == kind && notice.subject_id == timer.id.0)
    };
    let manager = Recipient::Role(Role::ServiceManager);
    assert!(
        told(NoticeKind::SlaBreached).all(|notice| notice.to == manager && notice.at == t("11-23 17:00"))
    );
    assert_eq!(told(NoticeKind::SlaWarned).count(), 2);
}

// SL-8
#[test]
fn three_reminders_follow_a_breach_one_every_hour() {
    let mut b = Bench::register(dated("", "11-27 17:00"), "11-23 09:00");
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.visit("11-23 09:30", "11-23 09:40", Outcome::NoAccess)
        .arrive("11-23 09:50")
        .read("11-24 09:00");
    let reminders: Vec<_> =
        b.d.notices
            .iter()
            .filter(|n| n.kind == NoticeKind::SlaReminder)
            .map(|n| n.at)
            .collect();
    assert_eq!(reminders, [t("11-23 18:00"), t("11-23 19:00"), t("11-23 20:00")]);
}

// AC-030
#[test]
fn only_a_pausing_reason_moves_the_due() {
    for (reason, pauses, due) in [
        ("awaiting_customer", true, "11-23 19:00"),
        ("awaiting_parts", false, "11-23 17:00"),
    ] {
        let mut b = Bench::register(dated("11-24 11:00", ""), "11-23 09:00");
        let cmd = HoldRequest {
            reason: word(reason),
            resume_at: None,
        };
        b.act(t("11-23 10:00"), desk(), |d, ctx, at| {
            d.hold(&cmd, pauses, ctx, at)
        })
        .unwrap();
        b.act(t("11-23 12:00"), desk(), |d, ctx, at| {
            d.resume(&Default::default(), ctx, at)
        })
        .unwrap();
        assert_eq!(b.timer(TimerKind::Resolution).due_at, t(due));
    }
}

// AC-031
#[test]
fn a_broken_project_resolution_allows_a_third_party() {
    let mut world = World::new();
    let mut project = policy(&[(TargetKind::Resolution, 1440)]);
    project.allows_third_party = true;
    world.policy = Some(project);
    let mut b = Bench::register_in(world, dated("11-30 11:00", ""), "11-23 09:00").unwrap();
    assert!(!b.read("11-24 09:00").d.request.third_party_allowed);
    assert!(b.read("11-24 09:00:01").d.request.third_party_allowed);
}

// AC-032
#[test]
fn a_request_begins_pending_or_on_hold_with_a_reason() {
    assert_eq!(usual().status(), RequestStatus::PendingAssignment);
    let begun = |status, reason: Option<&str>| {
        let cmd = ServiceRequestCreate {
            initial_status: Some(status),
            hold_reason: reason.map(word),
            ..dated(DATES.0, DATES.1)
        };
        Bench::register_in(World::new(), cmd, "11-23 09:00")
    };
    let b = begun(RequestStatus::OnHold, Some("awaiting_customer")).unwrap();
    assert_eq!(b.status(), RequestStatus::OnHold);
    assert_eq!(b.timer(TimerKind::Resolution).status, TimerStatus::Paused);
    let refusal = |result: crate::kernel::Result<Bench>| result.err().unwrap().code.slug;
    assert_eq!(
        refusal(begun(RequestStatus::OnHold, None)),
        "hold_reason_required"
    );
    assert_eq!(
        refusal(begun(RequestStatus::Assigned, None)),
        "invalid_initial_status"
    );
}

// AC-033
#[test]
fn assigning_makes_one_order_and_keeps_the_response() {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    assert_eq!(b.status(), RequestStatus::Assigned);
    assert_eq!(b.d.orders.len(), 1);
    assert_eq!(b.last_order().status, WorkOrderStatus::Dispatched);
    assert_eq!(b.timer(TimerKind::Response).status, TimerStatus::Met);
    assert_eq!(b.d.request.first_response_at, Some(t("11-23 09:20")));
}

#[test]
fn an_unavailable_engineer_needs_force() {
    let mut b = usual();
    let away = Target {
        unavailable: vec![Unavailable::NotOnShift],
        ..target(E1)
    };
    let plain = b.act(t("11-23 09:20"), supervisor(), |d, ctx, at| {
        d.assign(&to(E1), &away, ctx, at)
    });
    let error = plain.unwrap_err();
    assert_eq!(error.code.slug, "engineer_unavailable");
    assert_eq!(error.extra["reasons"][0], "not_on_shift");
    let forced = AssignRequest {
        force: true,
        ..to(E1)
    };
    let by_dispatcher = b.act(t("11-23 09:20"), dispatcher(), |d, ctx, at| {
        d.assign(&forced, &away, ctx, at)
    });
    assert_eq!(code(by_dispatcher), "insufficient_scope");
    b.act(t("11-23 09:20"), supervisor(), |d, ctx, at| {
        d.assign(&forced, &away, ctx, at)
    })
    .unwrap();
}

// AC-034, AC-035
#[test]
fn nobody_assigned_at_the_deadline_locks_one_moment_later() {
    let mut b = usual();
    assert_eq!(b.read("11-23 11:00").status(), RequestStatus::PendingAssignment);
    assert_eq!(
        b.read("11-23 11:00:01").lock_case(),
        Some(LockCase::AssignmentOverdue)
    );
    assert_eq!(b.d.request.lock.as_ref().unwrap().at, t("11-23 11:00"));

    let mut b = usual();
    assert_eq!(
        code(b.assign("11-23 11:30", dispatcher(), E1)),
        "locked_manager_only"
    );
    let lock = b.d.request.lock.clone().unwrap();
    assert_eq!((lock.at, lock.recorded_at), (t("11-23 11:00"), t("11-23 11:30")));
    b.assign("11-23 11:31", manager(), E1).unwrap();
    assert_eq!((b.status(), b.d.request.cycle_no), (RequestStatus::Assigned, 2));
    assert_eq!(b.d.locks[0].action.as_deref(), Some("assign"));

    let mut b = usual();
    b.assign("11-23 11:00", dispatcher(), E1).unwrap();
}

// AC-036
#[test]
fn a_missed_date_returns_the_request_without_an_attempt() {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.accept("11-23 09:30").read("11-23 17:00");
    assert_eq!(b.status(), RequestStatus::Assigned);
    b.read("11-23 17:00:01");
    let request = &b.d.request;
    assert_eq!(request.status, RequestStatus::PendingAssignment);
    assert_eq!(
        (
            request.missed_count,
            request.unresolved_attempts,
            request.cycle_no
        ),
        (1, 0, 2)
    );
    assert_eq!(request.assignment_due_at, Some(t("11-24 11:30")));
    assert_eq!(b.last_order().status, WorkOrderStatus::Cancelled);
    assert_eq!(
        b.last_order().end_reason.as_ref().unwrap().as_str(),
        "missed_customer_date"
    );
}

// AC-037
#[test]
fn work_in_progress_at_the_date_is_marked_and_may_end() {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.accept("11-23 09:30")
        .arrive("11-23 16:30")
        .read("11-23 17:00:01");
    assert_eq!(
        (b.status(), b.d.request.is_overdue),
        (RequestStatus::Assigned, true)
    );
    b.complete("11-23 17:20", Outcome::Resolved);
    assert_eq!(b.status(), RequestStatus::Processed);
}

#[test]
fn the_mark_goes_with_a_new_date_or_with_the_cycle() {
    let overdue = || {
        let mut b = usual();
        b.assign("11-23 09:20", dispatcher(), E1).unwrap();
        b.accept("11-23 09:30")
            .arrive("11-23 16:30")
            .read("11-23 17:00:01");
        assert!(b.d.request.is_overdue);
        b
    };
    let mut b = overdue();
    let cmd = RescheduleRequest {
        required_by: None,
        resolve_required_by: Some(t("11-23 18:00").into()),
        consent: reason(),
    };
    b.act(t("11-23 17:10"), desk(), |d, ctx, at| d.reschedule(&cmd, ctx, at))
        .unwrap();
    assert!(!b.d.request.is_overdue);
    assert!(b.read("11-23 18:00:01").d.request.is_overdue);
    let mut b = overdue();
    b.complete("11-23 17:20", Outcome::Unresolved);
    assert!(!b.d.request.is_overdue);
}

// AC-038, AC-039
#[test]
fn the_first_failure_returns_and_the_second_locks() {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.visit("11-23 10:00", "11-23 11:00", Outcome::Unresolved);
    let request = &b.d.request;
    assert_eq!(
        (request.status, request.unresolved_attempts),
        (RequestStatus::PendingAssignment, 1)
    );
    assert_eq!(request.cycle_no, 2);
    let b = failed_twice();
    assert_eq!(b.lock_case(), Some(LockCase::UnresolvedTwice));
    assert_eq!(
        b.d.request.lock.as_ref().unwrap().previous_assignee,
        Some(EngineerId(E2))
    );
}

// AC-040
#[test]
fn a_failed_visit_and_a_dissatisfied_customer_lock_in_either_order() {
    for first in [Outcome::Unresolved, Outcome::Resolved] {
        let mut b = usual();
        b.assign("11-23 09:20", dispatcher(), E1).unwrap();
        b.visit("11-23 10:00", "11-23 11:00", first);
        if first == Outcome::Resolved {
            b.record("11-23 11:10", agent(), FollowUpResult::Dissatisfied)
                .unwrap();
        }
        b.assign("11-23 11:30", dispatcher(), E2).unwrap();
        let second = if first == Outcome::Resolved {
            Outcome::Unresolved
        } else {
            Outcome::Resolved
        };
        b.visit("11-23 13:00", "11-23 14:00", second);
        if second == Outcome::Resolved {
            b.record("11-23 15:00", agent(), FollowUpResult::Dissatisfied)
                .unwrap();
        }
        assert_eq!(b.lock_case(), Some(LockCase::UnresolvedTwice), "{first}");
    }
}
