//! What a change of a calendar would do: other dates, and other deadlines for what is promised already.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{BusinessCalendar, CalendarException, HolidayChange};
use crate::kernel::text::Number;
use crate::kernel::{Result, Time};
use crate::requests::ServiceRequestId;
use crate::sla::calendar::Calendar;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::sla::{SlaTimer, SlaTimerId};

/// The most promises that are told one by one.
pub const MAX_MOVED: usize = 100;

/// What happens to promises already made when their calendar changes.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CalendarChange {
    /// Whether open promises move to the deadline the changed calendar gives; else they keep the one that was promised.
    #[param(nullable = false, required = false)]
    pub recompute_open: bool,
}

/// How a table of holidays is to be imported.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct HolidayOrder {
    /// Whether it is only asked what would change.
    #[param(nullable = false, required = false)]
    pub dry_run: bool,
    /// Whether open promises move to the deadline the changed calendar gives; else they keep the one that was promised.
    #[param(nullable = false, required = false)]
    pub recompute_open: bool,
}

/// What differs between a calendar and what it would become.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarDiff {
    /// Dates that had no exception.
    #[schema(max_items = 2000)]
    pub added: Vec<CalendarException>,
    /// Dates that lose theirs.
    #[schema(max_items = 2000)]
    pub removed: Vec<CalendarException>,
    /// Dates whose exception differs.
    #[schema(max_items = 2000)]
    pub changed: Vec<HolidayChange>,
    /// Whether the ordinary week, the mode or the zone differs.
    pub has_other_week: bool,
}

/// A promise whose deadline would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedPromise {
    /// The promise.
    pub sla_timer_id: SlaTimerId,
    /// Whose it is.
    pub service_request_id: ServiceRequestId,
    /// The number of the request.
    pub number: Number,
    /// What is promised.
    pub kind: TimerKind,
    /// Until when it is promised.
    pub old_due_at: Time,
    /// Until when it would be.
    pub new_due_at: Time,
    /// Whether it would break at once.
    pub breaks_now: bool,
}

/// The promises whose deadlines would move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedPromises {
    /// The oldest of them.
    #[schema(max_items = 100)]
    pub data: Vec<MovedPromise>,
    /// How many there are.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub count: usize,
    /// Whether every open promise was looked at; else there may be more.
    pub is_complete: bool,
}

/// What a change of a calendar would do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CalendarPreview {
    /// What differs.
    pub diff: CalendarDiff,
    /// The calendar as it would stand.
    pub calendar: BusinessCalendar,
    /// The promises that would move if they are to be recomputed.
    pub promises: MovedPromises,
}

impl BusinessCalendar {
    /// What differs from what it was.
    pub fn diff(&self, was: &BusinessCalendar) -> CalendarDiff {
        let of = |calendar: &BusinessCalendar, day: &CalendarException| {
            calendar
                .exceptions
                .iter()
                .find(|known| known.date == day.date)
                .cloned()
        };
        let mut diff = CalendarDiff {
            has_other_week: self.time_zone != was.time_zone
                || self.mode != was.mode
                || self.weekly != was.weekly,
            ..CalendarDiff::default()
        };
        for day in &self.exceptions {
            match of(was, day) {
                None => diff.added.push(day.clone()),
                Some(before) if before != *day => diff.changed.push(HolidayChange {
                    before,
                    after: day.clone(),
                }),
                Some(_) => {}
            }
        }
        let gone = was.exceptions.iter().filter(|day| of(self, day).is_none());
        diff.removed = gone.cloned().collect();
        diff
    }
}

/// A promise by another calendar, if its deadline moves.
pub fn moved(timer: &SlaTimer, now: Time, calendar: &Calendar) -> Result<Option<SlaTimer>> {
    let mut after = timer.clone();
    after.recount_by(now, calendar)?;
    Ok((after.due_at != timer.due_at).then_some(after))
}

impl MovedPromise {
    /// The promise of a request, before and after.
    pub fn of(before: &SlaTimer, after: &SlaTimer, number: Number, now: Time) -> MovedPromise {
        MovedPromise {
            sla_timer_id: before.id,
            service_request_id: ServiceRequestId(before.subject_id),
            number,
            kind: before.kind,
            old_due_at: before.due_at,
            new_due_at: after.due_at,
            breaks_now: after.status == TimerStatus::Breached
                || (after.status == TimerStatus::Running && after.due_at < now),
        }
    }
}
