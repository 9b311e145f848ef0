//! What a decision may look up: calendars, the policy, settings, and where numbers come from.

use crate::kernel::Result;
use crate::kernel::number::Series;
use crate::kernel::text::Number;
use crate::sla::BusinessTime;
use crate::sla::policy::SlaPolicy;
use crate::sla::priority::PriorityMatrix;

/// Where work-order and follow-up numbers come from.
pub trait NumberSource: Send {
    /// The next number of a series.
    fn draw(&mut self, series: Series) -> Result<Number>;
}

/// Numbers drawn beforehand; [`series_needed`](super::series_needed) says which.
#[derive(Clone, Debug, Default)]
pub struct DrawnNumbers(pub Vec<(Series, Number)>);

impl NumberSource for DrawnNumbers {
    fn draw(&mut self, series: Series) -> Result<Number> {
        let at = self.0.iter().position(|(of, _)| *of == series);
        at.map(|index| self.0.remove(index).1)
            .ok_or_else(|| crate::kernel::error::INTERNAL.because("no number was drawn", "未预先取号"))
    }
}

/// The settings the loop reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopSettings {
    /// Business minutes to assign a request without any date; 0 switches the deadline off.
    pub default_assign_minutes: i64,
    /// Business minutes to assign again in a later cycle.
    pub reassign_window_minutes: i64,
    /// Business minutes to solve in a later cycle.
    pub reresolve_window_minutes: i64,
    /// Business minutes for the engineer's word; twice as many until the system refuses.
    pub accept_limit_minutes: i64,
    /// Hours from processed to the follow-up call.
    pub follow_up_due_hours: i64,
    /// Hours from an unanswered call to the next.
    pub follow_up_retry_hours: i64,
    /// Local hours in which customers are called, from and to.
    pub calling_hours: (u32, u32),
    /// Minutes from closed to the survey.
    pub survey_delay_minutes: i64,
    /// Local hours in which no survey is sent, from and to.
    pub quiet_hours: (u32, u32),
    /// Days after closing in which a request may be reopened.
    pub reopen_window_days: i64,
    /// Minutes before the assignment deadline at which the dispatcher is told.
    pub at_risk_minutes: i64,
    /// Days on hold without an end after which the supervisor is told.
    pub long_hold_days: i64,
    /// The organisation's zone.
    pub zone: chrono_tz::Tz,
}

impl Default for LoopSettings {
    fn default() -> Self {
        LoopSettings {
            default_assign_minutes: 480,
            reassign_window_minutes: 240,
            reresolve_window_minutes: 480,
            accept_limit_minutes: 30,
            follow_up_due_hours: 24,
            follow_up_retry_hours: 4,
            calling_hours: (9, 20),
            survey_delay_minutes: 60,
            quiet_hours: (21, 9),
            reopen_window_days: 30,
            at_risk_minutes: 60,
            long_hold_days: 30,
            zone: chrono_tz::Asia::Shanghai,
        }
    }
}

/// What a decision may look up.
pub struct Context<'a> {
    /// The organisation's calendar: windows of domain.md 4.2, accept limits.
    pub default_calendar: &'a dyn BusinessTime,
    /// The calendar of the request's policy.
    pub sla_calendar: &'a dyn BusinessTime,
    /// The request's policy; none if nothing is promised.
    pub policy: Option<&'a SlaPolicy>,
    /// Impact times urgency.
    pub matrix: &'a PriorityMatrix,
    /// The settings.
    pub settings: &'a LoopSettings,
    /// Numbers for work orders and follow-ups.
    pub numbers: &'a mut dyn NumberSource,
}
