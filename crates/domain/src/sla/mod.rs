//! Service levels: what was promised, and the time that counts towards it.

pub mod calendar;
pub mod deadline;
pub mod escalation;
pub mod policy;
pub mod preview;
pub mod priority;
pub mod seed;
pub mod timer;

use crate::codes;
use crate::kernel::{Error, Result, Time};

pub use timer::{SlaTimer, SlaTimerId};

/// Milliseconds in a minute.
pub const MINUTE: i64 = 60_000;

/// The time that counts: a business calendar as the loop uses it (SL-1, SL-2).
pub trait BusinessTime: Send + Sync {
    /// The instant at which so many open milliseconds have passed since `from`.
    fn add(&self, from: Time, millis: i64) -> Result<Time>;

    /// Open milliseconds in `[from, to)`; 0 when `to` is not later.
    fn elapsed(&self, from: Time, to: Time) -> Result<i64>;
}

impl BusinessTime for calendar::Calendar {
    fn add(&self, from: Time, millis: i64) -> Result<Time> {
        let due = self.add(from.millis(), millis).map(Time::from_millis);
        due.map_err(|_| match self.is_open(from.millis()) {
            Ok(_) => unreached(CALENDAR_HORIZON.error()),
            Err(_) => outside(CALENDAR_HORIZON.error()),
        })
    }

    fn elapsed(&self, from: Time, to: Time) -> Result<i64> {
        if to <= from {
            return Ok(0);
        }
        self.elapsed(from.millis(), to.millis())
            .map_err(|_| outside(CALENDAR_HORIZON.error()))
    }
}

/// Says of a refusal that an instant lies outside the years a calendar answers for.
pub fn outside(error: Error) -> Error {
    error.because(
        "The instant lies outside the years a calendar answers for: 1970 to 2099.",
        "时刻超出日历可回答的年份（1970 年至 2099 年）。",
    )
}

/// Says of a refusal that a calendar opens too rarely for what is asked of it.
pub fn unreached(error: Error) -> Error {
    error.because(
        "The calendar opens too rarely: before 2100 it is not open for that long.",
        "日历开放时间过少：2099 年底之前达不到该时长。",
    )
}

codes! {
    CALENDAR_HORIZON: Invalid = "calendar_horizon", "The calendar does not reach that far", "日期超出日历范围";
}

/// The calendar that never closes, 7×24.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOpen;

impl BusinessTime for AlwaysOpen {
    fn add(&self, from: Time, millis: i64) -> Result<Time> {
        Ok(from.plus_millis(millis))
    }

    fn elapsed(&self, from: Time, to: Time) -> Result<i64> {
        Ok(to.millis_since(from).max(0))
    }
}
