//! Business calendars: which time counts towards a promise (SL-1, SL-2, SL-3, SL-7; ).
//!
//! A [`CalendarSpec`] is what an administrator writes: a zone, a week, and the days that differ. A
//! [`Calendar`] is the same thing ready to answer: per calendar year a table of sorted, disjoint UTC
//! intervals with prefix sums, built when a question first touches that year.
//!
//! Instants are milliseconds since the Unix epoch in UTC; durations are milliseconds.
//!
//! # How local hours become instants
//!
//! Both ends of a local frame are converted alike: the instant of a local time is the *first* instant at
//! which the wall clock shows that time or a later one. A time skipped by a clock change is therefore the
//! first instant after the gap, a time shown twice is the earlier of the two. A frame 01:30–03:30 in New
//! York lasts one hour in spring and three in autumn. A business day runs from the instant of its 00:00 to
//! the instant of the next day's 00:00 by the same rule.
//!
//! # Horizon
//!
//! The compiled time-zone rules end with the year 2099: later years would silently lack summer time. So
//! every question that touches an instant outside [`FIRST_YEAR`]..=[`LAST_YEAR`] (in the calendar's zone) is
//! refused with [`CalendarFault::BeyondHorizon`], never clamped.

mod engine;
mod fault;
mod holidays;
mod segments;
mod spec;
#[cfg(test)]
mod tests;

pub use engine::{Calendar, FIRST_YEAR, LAST_YEAR, Pause};
pub use fault::{CalendarFault, Place};
pub use holidays::{HolidayChange, HolidayDiff, HolidayRow, import_holidays};
pub use segments::{Breakdown, MAX_SEGMENTS, Segment, SegmentKind};
pub use spec::{CalendarSpec, DayException, DayKind, Frame, Mode, Weekly, parse_zone};
