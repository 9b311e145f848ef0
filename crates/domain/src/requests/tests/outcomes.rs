//! Scenarios AC-041 to AC-048, AC-051, AC-068 and AC-072: what comes after the work.

use super::bench::*;
use super::scenarios::{closed, failed_twice, processed, usual};
use crate::follow_ups::FollowUpResult;
use crate::kernel::Role;
use crate::requests::*;
use crate::work_orders::{Outcome, WorkOrderStatus};

// AC-041
#[test]
fn nobody_at_home_twice_is_no_attempt_but_the_supervisor_hears_of_it() {
    let mut b = usual();
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b.visit("11-23 10:00", "11-23 10:10", Outcome::NoAccess);
    assert!(
        !b.d.notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::NoAccessTwice)
    );
    b.visit("11-23 11:00", "11-23 11:10", Outcome::NoAccess);
    assert_eq!(
        (b.status(), b.d.request.unresolved_attempts),
        (RequestStatus::Assigned, 0)
    );
    assert!(
        b.d.notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::NoAccessTwice)
    );
    assert_eq!(b.last_order().status, WorkOrderStatus::Accepted);
    assert_eq!(b.last_order().cycle_no, 1);
}

// AC-042, FU-2
#[test]
fn a_satisfied_customer_closes_and_is_surveyed_outside_the_quiet_hours() {
    let b = closed();
    assert_eq!(b.status(), RequestStatus::Closed);
    assert_eq!(b.d.surveys[0].send_at, t("11-24 10:00"));
    let mut b = processed();
    b.record("11-23 22:10", agent(), FollowUpResult::Satisfied)
        .unwrap();
    assert_eq!(b.d.surveys[0].send_at, t("11-24 09:00"));
}

// AC-043
#[test]
fn a_dissatisfied_customer_needs_a_reason_and_returns_the_request() {
    let mut b = processed();
    let id = b.follow_up_id();
    let mute = crate::follow_ups::RecordFollowUp {
        reasons: Vec::new(),
        ..answer(FollowUpResult::Dissatisfied)
    };
    let refused = b.act(t("11-24 09:00"), agent(), |d, ctx, at| {
        d.record_call(id, &mute, ctx, at)
    });
    assert_eq!(code(refused), "reasons_required");
    b.record("11-24 09:00", agent(), FollowUpResult::Dissatisfied)
        .unwrap();
    assert_eq!(
        (b.status(), b.d.request.unresolved_attempts),
        (RequestStatus::PendingAssignment, 1)
    );
}

// AC-044, AC-045, A41
#[test]
fn nobody_judges_his_own_work() {
    let mut b = processed();
    let two_hats = engineer(E1, &[Role::FollowUpAgent, Role::Supervisor]);
    assert_eq!(
        code(b.record("11-24 09:00", two_hats.clone(), FollowUpResult::Satisfied)),
        "self_follow_up"
    );
    let verify = b.act(t("11-24 09:00"), two_hats, |d, ctx, at| d.verify(ctx, at));
    assert_eq!(code(verify), "self_verification");
    let alone = engineer(E1, &[]);
    assert_eq!(
        code(b.record("11-24 09:00", alone, FollowUpResult::Satisfied)),
        "insufficient_scope"
    );
}

#[test]
fn verification_and_satisfaction_archive_in_either_order() {
    let mut b = processed();
    b.act(t("11-23 12:00"), supervisor(), |d, ctx, at| d.verify(ctx, at))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Processed);
    assert_eq!(b.last_order().status, WorkOrderStatus::Verified);
    b.record("11-24 09:00", agent(), FollowUpResult::Satisfied)
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Archived);

    let mut b = closed();
    b.act(t("11-24 10:00"), supervisor(), |d, ctx, at| d.verify(ctx, at))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Archived);
}

// AC-046
#[test]
fn a_locked_request_is_the_managers_alone_and_locks_again() {
    let mut b = failed_twice();
    assert_eq!(
        code(b.assign("11-23 14:00", dispatcher(), E3)),
        "locked_manager_only"
    );
    let hold = HoldRequest {
        reason: word("other"),
        resume_at: None,
    };
    let at = t("11-23 14:00");
    assert_eq!(
        code(b.act(at, dispatcher(), |d, c, s| d.hold(&hold, false, c, s))),
        "locked_manager_only"
    );
    assert_eq!(
        code(b.act(at, dispatcher(), |d, c, s| d.cancel(&why(), c, s))),
        "insufficient_scope"
    );
    assert_eq!(
        code(b.act(at, desk(), |d, c, s| d.cancel(&why(), c, s))),
        "locked_manager_only"
    );
    let release = |date| ReleaseRequest {
        required_by: When::Instant(t(date)),
    };
    let past = release("11-23 13:59");
    assert_eq!(
        code(b.act(at, manager(), |d, c, s| d.release(&past, c, s))),
        "date_in_past"
    );
    b.act(at, manager(), |d, c, s| d.release(&release("11-24 18:00"), c, s))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::PendingAssignment);
    assert_eq!(b.d.request.assignment_due_at, Some(t("11-24 18:00")));
    assert_eq!(b.d.request.resolve_required_by, Some(t("11-24 18:00")));
    b.assign("11-23 15:00", dispatcher(), E3).unwrap();
    b.visit("11-23 15:30", "11-23 17:00", Outcome::Unresolved);
    assert_eq!((b.status(), b.d.request.lock_count), (RequestStatus::Locked, 2));
    assert_eq!(b.d.request.unresolved_attempts, 3);
}

#[test]
fn after_a_release_any_other_return_locks_too() {
    let mut b = failed_twice();
    let release = ReleaseRequest {
        required_by: When::Instant(t("11-24 18:00")),
    };
    b.act(t("11-23 14:00"), manager(), |d, c, s| d.release(&release, c, s))
        .unwrap();
    b.assign("11-23 15:00", dispatcher(), E3).unwrap();
    b.act(t("11-23 15:10"), dispatcher(), |d, c, s| d.unassign(&why(), c, s))
        .unwrap();
    assert_eq!(b.lock_case(), Some(LockCase::UnresolvedTwice));
}

// AC-047, A45(17)
#[test]
fn a_fault_that_comes_back_within_thirty_days_reopens() {
    let reopen = |b: &mut Bench, at| b.act(at, desk(), |d, ctx, at| d.reopen(&why(), ctx, at));
    let mut b = closed();
    reopen(&mut b, t("12-20 09:00")).unwrap();
    assert_eq!(
        (b.status(), b.d.request.unresolved_attempts),
        (RequestStatus::PendingAssignment, 1)
    );
    assert_eq!((b.d.request.reopen_count, b.d.request.closed_at), (1, None));
    let mut b = closed();
    reopen(&mut b, t("12-24 09:00")).unwrap();
    let mut b = closed();
    assert_eq!(
        code(reopen(&mut b, t("12-24 09:00").plus_millis(1))),
        "reopen_window_passed"
    );
    assert_eq!(code(reopen(&mut b, t("12-26 09:00"))), "reopen_window_passed");
}

// AC-048
#[test]
fn a_date_passed_on_hold_takes_effect_when_the_hold_ends() {
    let held = || {
        let mut b = usual();
        let cmd = HoldRequest {
            reason: word("other"),
            resume_at: None,
        };
        b.act(t("11-23 10:00"), desk(), |d, ctx, at| {
            d.hold(&cmd, false, ctx, at)
        })
        .unwrap();
        b.read("11-23 11:30");
        assert_eq!(b.status(), RequestStatus::OnHold);
        b
    };
    let mut b = held();
    b.act(t("11-23 12:00"), desk(), |d, ctx, at| {
        d.resume(&Default::default(), ctx, at)
    })
    .unwrap();
    assert_eq!(b.lock_case(), Some(LockCase::AssignmentOverdue));
    let lock = b.d.request.lock.as_ref().unwrap();
    assert_eq!((lock.at, lock.due_at), (t("11-23 12:00"), Some(t("11-23 11:00"))));
    let mut b = held();
    let cmd = ResumeRequest {
        required_by: Some(t("11-23 15:00").into()),
        resolve_required_by: None,
    };
    b.act(t("11-23 12:00"), desk(), |d, ctx, at| d.resume(&cmd, ctx, at))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::PendingAssignment);
    assert_eq!(b.d.request.assignment_due_at, Some(t("11-23 15:00")));
}

// AC-051
#[test]
fn the_status_is_not_written_by_a_patch() {
    let mut b = usual();
    let patch: ServiceRequestPatch = serde_json::from_value(serde_json::json!({"status": "closed"})).unwrap();
    let refused = b.act(t("11-23 10:00"), desk(), |d, ctx, at| {
        d.revise(patch, ctx.settings, at)
    });
    assert_eq!(code(refused), "status_read_only");
}

// AC-068
#[test]
fn the_same_report_is_recognised_while_open_and_seven_days_on() {
    let b = processed();
    let r = &b.d.request;
    let same = SimilarRequest::from(r);
    let probe = |now| DuplicateProbe::new(r.customer_id, r.product_id, r.problem_type_id, t(now));
    assert!(probe("11-26 11:00").matches(&same));
    assert!(!probe("11-30 11:00:01").matches(&same));
    assert!(probe("12-30 11:00").matches(&SimilarRequest::from(&usual().d.request)));
}

// AC-072, A45(18), A45(19)
#[test]
fn a_customer_is_unreachable_after_three_calls_on_two_days() {
    let mut b = processed();
    b.no_answer("11-24 10:00");
    assert_eq!(b.d.follow_ups[0].due_at, t("11-24 14:00"));
    b.no_answer("11-24 17:00");
    assert_eq!(b.d.follow_ups[0].due_at, t("11-25 09:00"));
    let refused = b.record("11-24 18:00", agent(), FollowUpResult::Unreachable);
    assert_eq!(code(refused), "too_few_attempts");
    b.no_answer("11-25 10:00");
    b.record("11-25 10:10", agent(), FollowUpResult::Unreachable)
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Closed);
    assert_eq!(b.d.request.satisfaction, Some(Satisfaction::Unknown));
    assert_eq!(b.d.attempts[0].accepted, None);
}
