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
use crate::kernel::{Result, Time};

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
        self.add(from.millis(), millis)
            .map(Time::from_millis)
            .map_err(|fault| CALENDAR_HORIZON.because(fault.to_string(), "日期超出日历范围"))
    }

    fn elapsed(&self, from: Time, to: Time) -> Result<i64> {
        if to <= from {
            return Ok(0);
        }
        self.elapsed(from.millis(), to.millis())
            .map_err(|fault| CALENDAR_HORIZON.because(fault.to_string(), "日期超出日历范围"))
    }
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
