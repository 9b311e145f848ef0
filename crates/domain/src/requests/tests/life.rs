//! The worked life of domain.md 4.8 (AC-050, AC-103).

use super::bench::*;
use crate::follow_ups::FollowUpResult;
use crate::requests::*;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::work_orders::Outcome;

/// The status an activity sequence leads to, checking each step against the table (I11).
pub fn replay(activities: &[Activity]) -> Option<RequestStatus> {
    let mut status = None;
    for (index, activity) in activities.iter().enumerate() {
        assert_eq!(activity.from, status, "{activity:?}");
        assert_eq!(usize::try_from(activity.seq).unwrap(), index + 1);
        let is_row = |row: &&crate::kernel::machine::Transition| {
            let leaves = match status {
                Some(from) => row.from.contains(&from.as_str()),
                None => row.from.is_empty(),
            };
            leaves && row.to.contains(&activity.to.as_str())
        };
        let is_listed = MACHINE.rows_of(&activity.action).find(is_row).is_some();
        assert!(
            is_listed || status == Some(activity.to),
            "{activity:?} is in no row"
        );
        status = Some(activity.to);
    }
    status
}

#[test]
fn the_worked_life_gives_the_written_times_and_results() {
    let mut b = Bench::register(dated("11-23 11:00", "11-23 17:00"), "11-23 09:00");
    assert_eq!(b.timer(TimerKind::Response).due_at, t("11-23 09:30"));
    assert_eq!(b.timer(TimerKind::Arrival).due_at, t("11-23 13:00"));
    assert_eq!(b.timer(TimerKind::Resolution).due_at, t("11-23 17:00"));

    b.assign("11-23 09:20", dispatcher(), E1).unwrap();
    assert_eq!(b.timer(TimerKind::Response).status, TimerStatus::Met);
    b.visit("11-23 10:10", "11-23 11:00", Outcome::Unresolved);
    assert_eq!(b.timer(TimerKind::Arrival).status, TimerStatus::Met);
    assert_eq!(b.status(), RequestStatus::PendingAssignment);
    assert_eq!((b.d.request.unresolved_attempts, b.d.request.cycle_no), (1, 2));
    assert_eq!(b.d.request.assignment_due_at, Some(t("11-23 16:30")));

    b.assign("11-23 11:30", dispatcher(), E2).unwrap();
    b.visit("11-23 12:00", "11-23 15:00", Outcome::Resolved);
    assert_eq!(b.status(), RequestStatus::Processed);
    let resolution = b.timer(TimerKind::Resolution);
    assert_eq!(
        (resolution.status, resolution.elapsed_minutes),
        (TimerStatus::Met, Some(360))
    );

    b.record("11-23 18:00", agent(), FollowUpResult::Dissatisfied)
        .unwrap();
    assert_eq!(b.lock_case(), Some(LockCase::UnresolvedTwice));
    assert_eq!(b.d.request.lock.as_ref().unwrap().at, t("11-23 18:00"));
    let resolution = b.timer(TimerKind::Resolution);
    assert_eq!(
        (resolution.status, resolution.due_at),
        (TimerStatus::Running, t("11-23 20:00"))
    );
    assert_eq!((resolution.epoch, resolution.paused_minutes), (2, 180));

    b.assign("11-23 18:30", manager(), E3).unwrap();
    b.visit("11-23 19:00", "11-23 19:30", Outcome::Resolved);
    let resolution = b.timer(TimerKind::Resolution);
    assert_eq!(
        (resolution.status, resolution.elapsed_minutes),
        (TimerStatus::Met, Some(450))
    );

    b.record("11-23 20:00", agent(), FollowUpResult::Satisfied)
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Closed);
    assert_eq!(b.d.surveys.last().unwrap().send_at, t("11-24 09:00"));

    b.act(t("11-24 10:00"), supervisor(), |d, ctx, at| d.verify(ctx, at))
        .unwrap();
    assert_eq!(b.status(), RequestStatus::Archived);
    assert_eq!(b.d.request.lock_count, 1);
    assert_eq!(replay(&b.d.activities), Some(RequestStatus::Archived));
    let is_gapless = b.d.activities.windows(2).all(|pair| pair[0].at <= pair[1].at);
    assert!(is_gapless);
}
