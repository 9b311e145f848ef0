//! The deadline that binds: the earliest of all that were given, and what each of them would become (SL-5).

use super::policy::SlaPolicy;
use super::timer::{TimerKind, TimerStatus};
use super::{BusinessTime, SlaTimer, SlaTimerId};
use crate::kernel::{Result, Time};
use crate::label;

label! {
    /// Who set a deadline; of equal ones the first counts.
    pub enum DueSource {
        /// The law.
        Legal = "legal",
        /// The customer's date.
        Customer = "customer",
        /// The SLA.
        Sla = "sla",
    }
}

/// A deadline and who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourcedDue {
    /// Until when.
    pub at: Time,
    /// Who set it.
    pub source: DueSource,
}

/// The deadline that binds, and all that were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveDue {
    /// The earliest.
    pub binding: SourcedDue,
    /// All of them, the earliest first.
    pub given: Vec<SourcedDue>,
}

/// The earliest of the deadlines given; none if none was.
pub fn effective_due(sla: Option<Time>, customer: Option<Time>, legal: Option<Time>) -> Option<EffectiveDue> {
    let mut given: Vec<SourcedDue> = [
        (legal, DueSource::Legal),
        (customer, DueSource::Customer),
        (sla, DueSource::Sla),
    ]
    .into_iter()
    .filter_map(|(at, source)| Some(SourcedDue { at: at?, source }))
    .collect();
    given.sort_by_key(|due| (due.at, due.source));
    let binding = *given.first()?;
    Some(EffectiveDue { binding, given })
}

/// What one promise would become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueChange {
    /// The promise; none for one that would be new.
    pub timer_id: Option<SlaTimerId>,
    /// What is promised.
    pub kind: TimerKind,
    /// Its minutes and deadline now.
    pub old: Option<(i64, Time)>,
    /// And then; none for one the policy no longer makes.
    pub new: Option<(i64, Time)>,
    /// Whether it would be broken at once (SL-5).
    pub breaks_now: bool,
}

/// What a policy and a priority would make of the promises of a request, from the original start; nothing is changed.
/// Promises that were kept, broken or dropped stay as they are and are not told; nor are those that would not change.
pub fn dry_run(
    timers: &[SlaTimer],
    policy: &SlaPolicy,
    priority: i64,
    started_at: Time,
    now: Time,
    calendar: &dyn BusinessTime,
) -> Result<Vec<DueChange>> {
    let targets = policy.targets_for(priority);
    let mut changes = Vec::new();
    for timer in timers {
        if !timer.is_live() || timer.status == TimerStatus::Breached {
            continue;
        }
        let old = Some((timer.target_minutes, timer.due_at));
        let wanted = targets.iter().find(|(kind, _)| *kind == timer.kind);
        let Some((_, minutes)) = wanted else {
            changes.push(DueChange {
                timer_id: Some(timer.id),
                kind: timer.kind,
                old,
                new: None,
                breaks_now: false,
            });
            continue;
        };
        let mut after = timer.clone();
        after.retarget(*minutes, now, calendar)?;
        let new = Some((after.target_minutes, after.due_at));
        if new != old {
            changes.push(DueChange {
                timer_id: Some(timer.id),
                kind: timer.kind,
                old,
                new,
                // While time stands still only the moment it stopped counts.
                breaks_now: after.due_at < timer.paused_at.unwrap_or(now),
            });
        }
    }
    for (kind, minutes) in targets {
        if timers.iter().any(|timer| timer.kind == kind) {
            continue;
        }
        let at = calendar.add(started_at, minutes.saturating_mul(super::MINUTE))?;
        changes.push(DueChange {
            timer_id: None,
            kind,
            old: None,
            new: Some((minutes, at)),
            breaks_now: at < now,
        });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::WordCode;
    use crate::sla::AlwaysOpen;
    use crate::sla::escalation::{EscalationLevel, schedule, third_party_right};
    use crate::sla::timer::Promise;

    fn time(text: &str) -> Time {
        format!("2026-11-{text}:00.000Z").parse().unwrap()
    }

    fn policy(code: &str) -> SlaPolicy {
        let all = crate::sla::seed::records(&stamp()).unwrap();
        all.into_iter().find(|p| p.code.as_str() == code).unwrap()
    }

    fn timer(policy: &SlaPolicy, kind: TimerKind, minutes: i64) -> SlaTimer {
        let promise = Promise {
            kind,
            policy_id: policy.id,
            target_minutes: minutes,
            warn_pct: 80,
        };
        let subject = (WordCode::new("service_request").unwrap(), Uuid::nil());
        SlaTimer::start(
            SlaTimerId::next(&stamp()),
            subject,
            promise,
            time("23T01:00"),
            &AlwaysOpen,
        )
        .unwrap()
    }

    #[test]
    fn the_earliest_deadline_binds_and_says_who_set_it() {
        let (early, late) = (time("23T08:00"), time("23T09:00"));
        let found = effective_due(Some(late), Some(early), None).unwrap();
        assert_eq!(
            (found.binding.at, found.binding.source),
            (early, DueSource::Customer)
        );
        assert_eq!(found.given.len(), 2);
        let found = effective_due(Some(early), Some(late), Some(late)).unwrap();
        assert_eq!((found.binding.at, found.binding.source), (early, DueSource::Sla));
        let same = effective_due(Some(early), Some(early), Some(early)).unwrap();
        assert_eq!(same.binding.source, DueSource::Legal);
        assert_eq!(effective_due(None, None, None), None);
    }

    #[test]
    fn a_dry_run_says_what_would_become_of_each_promise_and_changes_nothing() {
        let (old, new) = (policy("SLA-7X24"), policy("SLA-PROJECT"));
        let timers = [
            timer(&old, TimerKind::Response, 30),
            timer(&old, TimerKind::Arrival, 240),
            timer(&old, TimerKind::Resolution, 480),
        ];
        let before = timers.clone();
        let found = dry_run(&timers, &new, 3, time("23T01:00"), time("23T03:30"), &AlwaysOpen).unwrap();
        assert_eq!(timers, before);
        let said: Vec<_> = found
            .iter()
            .map(|c| (c.kind, c.new.map(|(m, _)| m), c.breaks_now))
            .collect();
        assert_eq!(
            said,
            [
                (TimerKind::Response, None, false),
                (TimerKind::Resolution, Some(1440), false),
                (TimerKind::Arrangement, Some(120), true),
            ],
            "the arrival stays as it was"
        );
        assert_eq!(found[1].new.unwrap().1, time("24T01:00"));
    }

    #[test]
    fn the_moments_shown_are_those_the_clock_will_find() {
        let policy = policy("SLA-7X24");
        let mut timer = timer(&policy, TimerKind::Resolution, 480);
        let shown = schedule(&timer, &AlwaysOpen).unwrap();
        let at: Vec<Time> = shown.iter().map(|moment| moment.at).collect();
        let wanted = ["23T07:24", "23T09:00", "23T10:00", "23T11:00", "23T12:00"].map(time);
        assert_eq!(at, wanted);
        assert!(shown[0].tells_assignee && !shown[1].tells_assignee);
        assert!(shown.iter().all(|moment| !moment.is_told));
        // The clock at work.
        timer.warn(timer.warn_at);
        timer.breach(timer.due_at, &AlwaysOpen).unwrap();
        let mut found = vec![timer.warned_at.unwrap(), timer.breached_at.unwrap()];
        while let Some(next) = timer.next_reminder_at {
            found.push(next);
            timer.remind(&AlwaysOpen).unwrap();
        }
        assert_eq!(found, wanted);
        let told = schedule(&timer, &AlwaysOpen).unwrap();
        assert!(told.iter().all(|moment| moment.is_told) && told.len() == 5);
        assert_eq!(told[4].level, EscalationLevel::Reminder);
    }

    #[test]
    fn a_broken_project_resolution_gives_the_right_to_a_third_party_for_good() {
        let (project, other) = (policy("SLA-PROJECT"), policy("SLA-7X24"));
        let mut timer = timer(&project, TimerKind::Resolution, 1440);
        assert_eq!(third_party_right(&project, std::slice::from_ref(&timer)), None);
        timer.stop(time("24T01:01"), &AlwaysOpen).unwrap();
        let right = third_party_right(&project, std::slice::from_ref(&timer)).unwrap();
        assert_eq!((right.timer_id, right.since), (timer.id, time("24T01:00")));
        assert_eq!(third_party_right(&other, &[timer]), None);
    }
}
