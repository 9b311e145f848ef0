//! Asking a calendar: until when, and how long (SL-1, SL-2).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::END_BEFORE_START;
use crate::kernel::{Result, Time};
use crate::sla::calendar::Calendar;
use crate::sla::{CALENDAR_HORIZON, MINUTE, outside, unreached};

/// From when, and how much open time.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"start": "2026-11-20T17:40:00+08:00", "minutes": 30}))]
pub struct AddMinutes {
    /// When counting begins; outside open time it begins at the next opening.
    pub start: Time,
    /// Business minutes.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub minutes: i64,
}

/// The instant at which so much open time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueAt {
    /// Due.
    pub due_at: Time,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"start": "2026-09-30T16:00:00+08:00", "end": "2026-10-08T16:00:00+08:00"}))]
pub struct Span {
    /// From.
    pub start: Time,
    /// Until, not counted itself.
    pub end: Time,
}

/// How much open time a stretch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Elapsed {
    /// Business seconds, rounded down.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub seconds: i64,
}

impl AddMinutes {
    /// The instant at which the minutes have passed.
    ///
    /// Errors: `calendar_horizon` at `start` or, if only the answer lies too far, at `minutes`.
    pub fn due(self, calendar: &Calendar) -> Result<DueAt> {
        within(calendar, self.start, "#/start")?;
        let due = calendar.add(self.start.millis(), self.minutes.saturating_mul(MINUTE));
        due.map(|due| DueAt {
            due_at: Time::from_millis(due),
        })
        .map_err(|_| unreached(CALENDAR_HORIZON.at("#/minutes")))
    }
}

impl Span {
    /// The open time of the stretch.
    ///
    /// Errors: `end_before_start`; `calendar_horizon` at the member that lies too far.
    pub fn elapsed(self, calendar: &Calendar) -> Result<Elapsed> {
        if self.end < self.start {
            return Err(END_BEFORE_START.at("#/end"));
        }
        within(calendar, self.start, "#/start")?;
        let millis = calendar.elapsed(self.start.millis(), self.end.millis());
        millis
            .map(|millis| Elapsed {
                seconds: millis / 1000,
            })
            .map_err(|_| outside(CALENDAR_HORIZON.at("#/end")))
    }
}

/// Refuses an instant a calendar cannot answer for, at the member it came from.
pub fn within(calendar: &Calendar, at: Time, pointer: &str) -> Result<()> {
    calendar
        .is_open(at.millis())
        .map(|_| ())
        .map_err(|_| outside(CALENDAR_HORIZON.at(pointer)))
}
