//! What would be promised: due instants of a calendar or a policy, without a request (A28, AC-018 to AC-025).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MINUTE;
use super::calendar::{Calendar, CalendarFault, Pause};
use super::policy::{CalendarId, SlaPolicy, SlaPolicyId, Target, TargetKind};
use crate::business_calendars::{END_BEFORE_START, beyond, within};
use crate::codes;
use crate::kernel::error::{Place, REQUIRED, VALIDATION_FAILED};
use crate::kernel::{Error, Result, Time};

/// What should be previewed: a bare target on a calendar, or what a policy promises.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar_id": "01990000-0000-7000-8000-000000000001", "start": "2026-09-30T16:00:00+08:00", "target_minutes": 480,
    "pauses": [{"from": "2026-09-30T17:00:00+08:00", "to": "2026-10-08T09:30:00+08:00"}]}))]
pub struct PreviewQuestion {
    /// The calendar to count by; then `target_minutes` is needed.
    #[serde(default)]
    pub calendar_id: Option<CalendarId>,
    /// Or the policy whose targets and calendar count.
    #[serde(default)]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// When counting begins.
    pub start: Time,
    /// Business minutes of the one target asked for; on a policy it takes the place of the policy's targets.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: Option<i64>,
    /// The priority whose targets a policy promises; 3 if absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    pub priority: Option<i64>,
    /// Time that does not count; may overlap. Working days know no pauses.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub pauses: Vec<PreviewPause>,
}

/// Time that does not count, `[from, to)`.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPause {
    /// From.
    pub from: Time,
    /// Until.
    pub to: Time,
}

/// What would be promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// One entry for each promise, in the order of the kinds.
    #[schema(max_items = 50)]
    pub targets: Vec<PreviewTarget>,
}

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewTarget {
    /// What is promised; null for a bare target.
    #[schema(required)]
    pub kind: Option<TargetKind>,
    /// Until when.
    pub due_at: Time,
    /// When people would be warned.
    pub warn_at: Time,
}

/// A member that is missing is a fault of the body's shape (A21).
fn missing(pointer: &str) -> Error {
    Error {
        errors: vec![REQUIRED.violation(Place::Pointer(pointer.to_owned()))],
        ..VALIDATION_FAILED.error()
    }
}

/// Percent of a bare target after which people would be warned (SL-4).
const WARN_PCT: i64 = 80;
/// The priority that is assumed.
const PRIORITY: i64 = 3;

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A bare target on a calendar.
    Calendar(CalendarId),
    /// A policy.
    Policy(SlaPolicyId),
}

impl PreviewQuestion {
    /// Whether a calendar or a policy is meant.
    ///
    /// Errors: `validation_failed` with `required` if neither is, or a calendar without a target; `calendar_or_policy` if both are.
    pub fn subject(&self) -> Result<Subject> {
        match (self.calendar_id, self.sla_policy_id) {
            (Some(_), None) if self.target_minutes.is_none() => Err(missing("#/target_minutes")),
            (Some(id), None) => Ok(Subject::Calendar(id)),
            (None, Some(id)) => Ok(Subject::Policy(id)),
            (None, None) => Err(missing("#/calendar_id")),
            (Some(_), Some(_)) => Err(CALENDAR_OR_POLICY.at("#/sla_policy_id")),
        }
    }

    /// The promises, counted by the calendar of the subject.
    ///
    /// Errors: `end_before_start` for a pause that runs backwards; `calendar_horizon`.
    pub fn answer(&self, policy: Option<&SlaPolicy>, calendar: &Calendar) -> Result<Preview> {
        let pauses = self.pauses(calendar)?;
        within(calendar, self.start, "#/start")?;
        let warn_pct = policy.map_or(WARN_PCT, |policy| policy.warn_pct);
        let promise = |kind, amount| -> Result<PreviewTarget> {
            let at = |amount| self.reached(amount, calendar, &pauses);
            Ok(PreviewTarget {
                kind,
                due_at: at(amount)?,
                warn_at: at(amount.part(warn_pct))?,
            })
        };
        let targets = match (self.target_minutes, policy) {
            (Some(minutes), _) => vec![promise(None, Amount::Minutes(minutes))?],
            (None, Some(policy)) => TargetKind::ALL
                .iter()
                .filter_map(|kind| {
                    let target = policy.target(*kind, self.priority.unwrap_or(PRIORITY))?;
                    Some((*kind, Amount::of(target)?))
                })
                .map(|(kind, amount)| promise(Some(kind), amount))
                .collect::<Result<_>>()?,
            (None, None) => return Err(missing("#/target_minutes")),
        };
        Ok(Preview { targets })
    }

    fn reached(&self, amount: Amount, calendar: &Calendar, pauses: &[Pause]) -> Result<Time> {
        let start = self.start.millis();
        let at = match amount {
            Amount::Minutes(minutes) => {
                calendar.add_with_pauses(start, minutes.saturating_mul(MINUTE), pauses)
            }
            Amount::WorkingDays(days) => u32::try_from(days)
                .map_err(|_| CalendarFault::NegativeTarget)
                .and_then(|days| calendar.working_days(start, days)),
        };
        at.map(Time::from_millis).map_err(|fault| {
            let pointer = if self.target_minutes.is_some() {
                "#/target_minutes"
            } else {
                "#/start"
            };
            beyond(&fault, pointer)
        })
    }

    fn pauses(&self, calendar: &Calendar) -> Result<Vec<Pause>> {
        let mut wrong = Vec::new();
        for (index, pause) in self.pauses.iter().enumerate() {
            if pause.to < pause.from {
                wrong.push(END_BEFORE_START.violation(Place::Pointer(format!("#/pauses/{index}/to"))));
            }
        }
        Error::all(wrong)?;
        for (index, pause) in self.pauses.iter().enumerate() {
            within(calendar, pause.from, &format!("#/pauses/{index}/from"))?;
            within(calendar, pause.to, &format!("#/pauses/{index}/to"))?;
        }
        let span = |pause: &PreviewPause| Pause {
            from: pause.from.millis(),
            to: pause.to.millis(),
        };
        Ok(self.pauses.iter().map(span).collect())
    }
}

/// How much is promised.
#[derive(Clone, Copy)]
enum Amount {
    Minutes(i64),
    WorkingDays(i64),
}

impl Amount {
    fn of(target: &Target) -> Option<Amount> {
        target
            .minutes
            .map(Amount::Minutes)
            .or(target.working_days.map(Amount::WorkingDays))
    }

    /// `ceil(amount × pct / 100)` (SL-4).
    fn part(self, pct: i64) -> Amount {
        let part = |whole: i64| whole.saturating_mul(pct).saturating_add(99) / 100;
        match self {
            Amount::Minutes(minutes) => Amount::Minutes(part(minutes)),
            Amount::WorkingDays(days) => Amount::WorkingDays(part(days)),
        }
    }
}

codes! {
    CALENDAR_OR_POLICY: Invalid = "calendar_or_policy", "Name a calendar or a policy, not both", "日历与策略只能指定其一";
}
