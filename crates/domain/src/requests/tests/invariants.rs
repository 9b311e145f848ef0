//! What must hold after every step, whatever happened (domain.md 4.7).

use std::sync::Arc;

use super::bench::*;
use super::model::{MINUTE, Model};
use crate::follow_ups::FollowUpStatus;
use crate::kernel::{Actor, Time};
use crate::requests::*;
use crate::work_orders::{Outcome, WorkOrderStatus};

/// Everything the model knows, told by the rules.
pub fn agree(b: &Bench, m: &Model) {
    let r = &b.d.request;
    assert_eq!(r.status, m.status);
    assert_eq!(
        (
            r.unresolved_attempts,
            r.cycle_no,
            r.lock_count,
            r.missed_count,
            r.reopen_count,
            r.is_overdue
        ),
        (m.unresolved, m.cycle, m.locks, m.missed, m.reopened, m.is_overdue)
    );
    assert_eq!(
        b.d.open_order().map(|order| order.status.as_str()),
        m.job.as_ref().map(|job| job.state)
    );
    let ms = |time: Option<Time>| time.map(Time::millis);
    match r.footing() {
        RequestStatus::PendingAssignment => assert_eq!(ms(r.assignment_due_at), m.assign_due),
        RequestStatus::Assigned => assert_eq!(ms(r.resolve_due_at), m.solve_due),
        _ => {}
    }
    if let Some(hold) = &r.hold {
        assert_eq!(hold.held_from, m.held_from);
    }
}

/// I2 to I8, I10, I13 (I1 is the type, I9 and I11 are checked at the end, I12 beside).
pub fn hold_true(b: &Bench, now: Time) {
    use RequestStatus::{Archived, Assigned, Closed, Locked, OnHold, PendingAssignment, Processed};
    let (d, r) = (&b.d, &b.d.request);
    let open = d.orders.iter().filter(|order| order.status.is_open()).count();
    let is_held = r.footing() == Assigned;
    assert_eq!(open, usize::from(is_held), "I2");
    assert!(!is_held || r.assignment.is_some(), "I2");
    assert_eq!(r.hold.is_some(), r.status == OnHold);
    let uncleared = d.locks.iter().filter(|lock| lock.cleared_at.is_none()).count();
    assert_eq!(uncleared, usize::from(r.status == Locked), "I3");
    assert_eq!(r.lock.is_some(), r.status == Locked, "I3");
    let failed = d
        .attempts
        .iter()
        .filter(|attempt| attempt.is_unresolved())
        .count();
    assert_eq!(usize::try_from(r.unresolved_attempts).unwrap(), failed, "I4");
    if r.footing() == PendingAssignment && r.unresolved_attempts >= 2 {
        assert_eq!(d.locks.last().unwrap().action.as_deref(), Some("release"), "I5");
    }
    if matches!(r.status, Processed | Closed | Archived) {
        assert_eq!(d.attempts.last().unwrap().outcome, Outcome::Resolved, "I6");
    }
    let pending = d
        .follow_ups
        .iter()
        .filter(|call| call.status == FollowUpStatus::Pending)
        .count();
    assert_eq!(pending, usize::from(r.status == Processed), "one open follow-up");
    if matches!(r.status, Closed | Archived) {
        let last = d.follow_ups.last().unwrap();
        assert_eq!(
            (last.cycle_no, last.status),
            (r.cycle_no, FollowUpStatus::Satisfied),
            "I7"
        );
    }
    let is_verified = r
        .verification
        .as_ref()
        .is_some_and(|v| v.status == VerificationStatus::Verified);
    assert!(r.status != Archived || is_verified, "I8");
    for timer in &d.timers {
        assert!(
            timer.paused_minutes * MINUTE <= now.millis_since(timer.started_at),
            "I10"
        );
        assert!(timer.due_at >= timer.started_at, "I10");
    }
    let is_entry = |a: &&Activity| {
        let enters = a.to == PendingAssignment && !matches!(a.from, None | Some(OnHold | PendingAssignment));
        enters || (a.action == "assign" && a.from == Some(Locked))
    };
    let entries = i64::try_from(d.activities.iter().filter(is_entry).count()).unwrap();
    assert_eq!(r.cycle_no, 1 + entries, "I13");
    let mut keys: Vec<_> = d
        .alarms
        .iter()
        .map(|a| (a.subject_id, a.kind, a.cycle_no, a.epoch))
        .collect();
    keys.sort_unstable();
    let all = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), all, "alarms are unique");
    assert_eq!(r.next_due_at, d.next_due());
    assert!(d.next_due().is_none_or(|next| next > now), "nothing due is left");
    let verified = d
        .orders
        .iter()
        .filter(|order| order.status == WorkOrderStatus::Verified);
    assert!(
        verified
            .into_iter()
            .all(|order| order.cycle_no == r.cycle_no && is_verified)
    );
}

/// I12: on a locked request nobody but the manager gets anything done.
pub fn stays_shut(b: &mut Bench, now: Time) {
    let others: Vec<Arc<Actor>> = vec![
        dispatcher(),
        supervisor(),
        desk(),
        agent(),
        customer(),
        engineer(E1, &[]),
        engineer(E2, &[]),
    ];
    for who in others {
        assert!(
            b.d.allowed_actions(&who, now, &b.world.settings).is_empty(),
            "I12"
        );
        for order in &b.d.orders {
            assert!(b.d.order_allowed_actions(order.id, &who).is_empty(), "I12");
        }
        for call in &b.d.follow_ups {
            assert!(b.d.follow_up_allowed_actions(call.id, &who).is_empty(), "I12");
        }
        let comment = b.act(now, who.clone(), |d, c, s| d.comment(&prose(), false, c, s));
        assert_eq!(code(comment), "locked_manager_only");
        assert!(
            b.act(now, who, |d, c, s| d.revise(
                ServiceRequestPatch::default(),
                c.settings,
                s
            ))
            .is_err()
        );
    }
}
