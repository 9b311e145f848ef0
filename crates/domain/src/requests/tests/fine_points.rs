//! The fine points of the loop, A45, one by one.

use serde_json::json;

use super::bench::*;
use crate::requests::*;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::work_orders::{Outcome, WorkOrderKind, WorkOrderStatus};

pub fn assigned() -> Bench {
    let mut b = Bench::register(dated("11-23 11:00", "11-23 17:00"), "11-23 09:00");
    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    b
}

pub fn processed() -> Bench {
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

pub fn hold(b: &mut Bench, at: &str, until: Option<&str>) {
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

pub fn reschedule(
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

pub fn counts(b: &Bench) -> Vec<(CounterScope, CounterField)> {
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
