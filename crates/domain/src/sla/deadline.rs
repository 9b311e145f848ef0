//! The deadline that binds: the earliest of all that were given, and what each of them would become (SL-5).

use serde::Serialize;
use utoipa::ToSchema;

use super::SlaTimer;
use super::timer::{TimerKind, TimerStatus};
use crate::kernel::Time;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourcedDue {
    /// Until when.
    pub at: Time,
    /// Who set it.
    pub source: DueSource,
}

/// The deadline that binds, and all that were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EffectiveDue {
    /// The earliest.
    #[serde(flatten)]
    pub binding: SourcedDue,
    /// All of them, the earliest first.
    #[schema(max_items = 3)]
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

/// What is promised: within how many business minutes, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueTerms {
    /// Within how many business minutes.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: i64,
    /// Until when.
    pub due_at: Time,
}

/// What became of one promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueChange {
    /// What is promised.
    pub kind: TimerKind,
    /// How it stands afterwards.
    pub status: TimerStatus,
    /// As it was; null for one that is new.
    #[schema(required)]
    pub old: Option<DueTerms>,
    /// As it is; null for one that is not promised any more.
    #[schema(required)]
    pub new: Option<DueTerms>,
    /// Whether it breaks at once (SL-5).
    pub breaks_now: bool,
}

/// What became of the promises of a request, in the order of their kinds; one that did not change is told too.
pub fn changes(before: &[SlaTimer], after: &[SlaTimer]) -> Vec<DueChange> {
    let told = TimerKind::ALL.iter().filter_map(|kind| {
        let of = |timers: &[SlaTimer]| timers.iter().find(|timer| timer.kind == *kind).cloned();
        let (old, new) = (of(before), of(after)?);
        let is_due = |timer: &&SlaTimer| timer.status != TimerStatus::Cancelled;
        let is_broken = |timer: &SlaTimer| timer.status == TimerStatus::Breached;
        Some(DueChange {
            kind: *kind,
            status: new.status,
            old: old.as_ref().filter(is_due).map(terms),
            new: Some(&new).filter(is_due).map(terms),
            breaks_now: is_broken(&new) && !old.as_ref().is_some_and(is_broken),
        })
    });
    told.collect()
}

fn terms(timer: &SlaTimer) -> DueTerms {
    DueTerms {
        target_minutes: timer.target_minutes,
        due_at: timer.due_at,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::WordCode;
    use crate::sla::AlwaysOpen;
    use crate::sla::SlaTimerId;
    use crate::sla::escalation::{EscalationLevel, schedule, third_party_right};
    use crate::sla::policy::SlaPolicy;
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
            policy_version: policy.meta.version,
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
