//! Who is told about a promise, and when, if nothing happens in between (SL-4, SL-8, SL-9).
//!
//! The clock does it one moment at a time; here the same moments stand side by side, to be shown before they come.

use serde::Serialize;
use utoipa::ToSchema;

use super::policy::SlaPolicy;
use super::timer::{MAX_REMINDERS, REMINDER_MINUTES, TimerKind, TimerStatus, due};
use super::{BusinessTime, MINUTE, SlaTimer, SlaTimerId};
use crate::kernel::{Result, Role, Time};
use crate::label;

label! {
    /// How far a promise has gone.
    pub enum EscalationLevel {
        /// It is near its limit.
        Warn = "warn",
        /// It is broken.
        Breach = "breach",
        /// It is still broken.
        Reminder = "reminder",
    }
}

/// One moment at which people are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Escalation {
    /// Since when.
    pub at: Time,
    /// How far it has gone.
    pub level: EscalationLevel,
    /// Which reminder, from 1; 0 for anything else.
    #[schema(minimum = 0, maximum = 3)]
    pub no: i64,
    /// Whether the assignee is told.
    pub tells_assignee: bool,
    /// Which roles are told.
    #[schema(max_items = 20, value_type = Vec<Role>)]
    pub roles: &'static [Role],
    /// Whether it has been told already.
    pub is_told: bool,
}

impl EscalationLevel {
    /// Whether the assignee is told.
    pub const fn tells_assignee(self) -> bool {
        matches!(self, Self::Warn)
    }

    /// Which roles are told (SL-8).
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Warn => &[Role::Supervisor],
            Self::Breach | Self::Reminder => &[Role::ServiceManager],
        }
    }
}

/// All moments of one promise in order: the warning, the breach and three reminders, an hour of business time apart. A
/// promise that was kept or dropped has only those that came; one that stands still has none to come.
pub fn schedule(timer: &SlaTimer, calendar: &dyn BusinessTime) -> Result<Vec<Escalation>> {
    let is_running = timer.status == TimerStatus::Running;
    let mut all = Vec::new();
    let mut add = |at, level: EscalationLevel, no, is_told| {
        all.push(Escalation {
            at,
            level,
            no,
            tells_assignee: level.tells_assignee(),
            roles: level.roles(),
            is_told,
        });
    };
    match timer.warned_at {
        Some(at) => add(at, EscalationLevel::Warn, 0, true),
        None if is_running => add(timer.warn_at, EscalationLevel::Warn, 0, false),
        None => {}
    }
    let breach = match timer.breached_at {
        Some(at) => {
            add(at, EscalationLevel::Breach, 0, true);
            Some(at)
        }
        None if is_running => {
            add(timer.due_at, EscalationLevel::Breach, 0, false);
            Some(timer.due_at)
        }
        None => None,
    };
    if let Some(since) = breach {
        let is_wanted = timer.is_live() && !timer.is_standing();
        for no in 1..=MAX_REMINDERS {
            let is_told = no <= timer.reminders_sent;
            if is_told || is_wanted {
                let wait = no.saturating_mul(REMINDER_MINUTES).saturating_mul(MINUTE);
                // One the calendar does not reach is not sent.
                if let Ok(at) = due(calendar, since, wait, &timer.pauses) {
                    add(at, EscalationLevel::Reminder, no, is_told);
                }
            }
        }
    }
    Ok(all)
}

/// The right to have somebody else repair it at the company's cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThirdPartyRight {
    /// The broken promise it comes from.
    pub timer_id: SlaTimerId,
    /// Since when.
    pub since: Time,
}

/// The customer's right to a third party: the resolution was broken under a policy that gives it (SL-9, R-037). Once
/// given it stays, also when the work is done late.
pub fn third_party_right(policy: &SlaPolicy, timers: &[SlaTimer]) -> Option<ThirdPartyRight> {
    if !policy.allows_third_party {
        return None;
    }
    timers
        .iter()
        .filter(|timer| timer.kind == TimerKind::Resolution && timer.policy_id == policy.id)
        .filter_map(|timer| {
            Some(ThirdPartyRight {
                timer_id: timer.id,
                since: timer.breached_at?,
            })
        })
        .min_by_key(|right| right.since)
}
