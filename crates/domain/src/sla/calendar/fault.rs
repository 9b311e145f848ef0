//! Why a calendar is refused or cannot answer.

use std::fmt;

use chrono::NaiveDate;
use thiserror::Error;

/// Where in a calendar's document a fault lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The frames of a weekday.
    Weekly(chrono::Weekday),
    /// The exception at this index.
    Exception(usize),
}

impl Place {
    /// JSON pointer into the calendar's document, such as `/weekly/mon` or `/exceptions/3`.
    #[must_use]
    pub fn pointer(self) -> String {
        match self {
            Self::Weekly(day) => format!("/weekly/{}", day.to_string().to_lowercase()),
            Self::Exception(index) => format!("/exceptions/{index}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pointer())
    }
}

/// Why a calendar is refused, or why it cannot answer a question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarFault {
    /// A frame is not `["HH:MM", "HH:MM"]` with start before end and end at most 24:00.
    #[error("a frame needs a start before its end, as HH:MM up to 24:00: {0}")]
    BadFrame(String),
    /// Two frames of one day share time.
    #[error("frames overlap at {0}")]
    OverlappingFrames(Place),
    /// Frames of one day do not stand in ascending order.
    #[error("frames are not in ascending order at {0}")]
    DescendingFrames(Place),
    /// The calendar has no open time at all.
    #[error("the calendar is never open")]
    NeverOpen,
    /// The zone is not an IANA name.
    #[error("unknown time zone: {0}")]
    UnknownZone(String),
    /// A date is named by two exceptions, or twice and differently by a holiday table.
    #[error("the date {date} occurs more than once (index {index})")]
    DuplicateException {
        /// The date.
        date: NaiveDate,
        /// Index of the second mention.
        index: usize,
    },
    /// A holiday that lists frames, or a workday that lists none while carrying the member.
    #[error("the frames at {0} contradict its kind")]
    ContradictoryFrames(Place),
    /// The question or its answer lies outside the supported years.
    #[error("the instant lies outside the years a calendar can answer for")]
    BeyondHorizon,
    /// A target below zero.
    #[error("a target is not negative")]
    NegativeTarget,
    /// A span whose end lies before its start.
    #[error("the end lies before the start")]
    Backwards,
}

impl CalendarFault {
    /// Stable machine code of the fault, as answered by the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadFrame(_) => "invalid_frame",
            Self::OverlappingFrames(_) => "overlapping_frames",
            Self::DescendingFrames(_) => "descending_frames",
            Self::NeverOpen => "calendar_never_open",
            Self::UnknownZone(_) => "unknown_time_zone",
            Self::DuplicateException { .. } => "duplicate_exception",
            Self::ContradictoryFrames(_) => "contradictory_frames",
            Self::BeyondHorizon => "calendar_horizon",
            Self::NegativeTarget => "negative_target",
            Self::Backwards => "end_before_start",
        }
    }
}
