//! Explaining: which stretches of a span counted, and why the others did not.

use serde::Serialize;

use super::engine::{Calendar, Pause, merged};
use super::fault::CalendarFault;
use super::spec::{DayException, DayKind};

/// Most segments a [`Breakdown`] lists: almost two years of a week with lunch breaks.
pub const MAX_SEGMENTS: usize = 2_000;

/// Why a stretch of time counted or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// Ordinary open time.
    Counted,
    /// Closed time of a day that is not a holiday exception.
    Outside,
    /// A holiday exception.
    Holiday,
    /// Open time of a workday exception; counts.
    MakeUp,
    /// Inside a pause, open or not (SL-3).
    Paused,
}

impl SegmentKind {
    /// Whether time of this kind counts.
    #[must_use]
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Counted | Self::MakeUp)
    }
}

/// A stretch of one kind, `[from, to)` in epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// First instant.
    pub from: i64,
    /// First instant after.
    pub to: i64,
    /// Why it counts or does not.
    pub kind: SegmentKind,
    /// Milliseconds of it that count: its length or 0.
    pub counted_ms: i64,
    /// Milliseconds counted up to its end.
    pub running_ms: i64,
    /// Name of the holiday or make-up day.
    pub name: Option<String>,
}

/// An ordered cover of a span without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    /// The stretches, ascending. Neighbours differ in kind or name.
    pub segments: Vec<Segment>,
    /// Milliseconds that count in the whole span, listed or not: SL-2 elapsed time.
    pub counted_ms: i64,
    /// Where the list stops, if it stopped at [`MAX_SEGMENTS`] before the end of the span. Without it the
    /// counted times of the segments add up to `counted_ms`.
    pub truncated_at: Option<i64>,
}

impl Calendar {
    /// Explains `[from, to)`: what counted, what was outside hours, holiday, make-up day or pause.
    ///
    /// # Errors
    /// As [`Calendar::elapsed_with_pauses`].
    pub fn segments(&self, from: i64, to: i64, pauses: &[Pause]) -> Result<Breakdown, CalendarFault> {
        let counted_ms = self.elapsed_with_pauses(from, to, pauses)?;
        let mut list = Listing {
            segments: Vec::new(),
            pauses: merged(pauses)?,
            next_pause: 0,
            cursor: from,
            to,
            is_full: false,
        };
        // A business day may begin before the wall clock shows its date for good: start one day early.
        let first = self
            .local_date(from)?
            .pred_opt()
            .ok_or(CalendarFault::BeyondHorizon)?;
        for date in first.iter_days() {
            if list.is_full || list.cursor >= to {
                break;
            }
            let (frames, exception) = self.day(date);
            let closed = match exception {
                Some(exception) if exception.kind == DayKind::Holiday => SegmentKind::Holiday,
                _ => SegmentKind::Outside,
            };
            let open = if exception.is_some() {
                SegmentKind::MakeUp
            } else {
                SegmentKind::Counted
            };
            for frame in frames {
                list.cover(self.instant(date, frame.start())?, closed, exception);
                list.cover(self.instant(date, frame.end())?, open, exception);
            }
            list.cover(self.instant(date, 24 * 60)?, closed, exception);
        }
        let truncated_at = (list.cursor < to).then_some(list.cursor);
        Ok(Breakdown {
            segments: list.segments,
            counted_ms,
            truncated_at,
        })
    }
}

/// The list under construction; everything before the cursor is covered.
struct Listing {
    segments: Vec<Segment>,
    pauses: Vec<Pause>,
    next_pause: usize,
    cursor: i64,
    to: i64,
    is_full: bool,
}

impl Listing {
    /// Covers the time from the cursor until an instant, pauses set apart.
    fn cover(&mut self, until: i64, kind: SegmentKind, exception: Option<&DayException>) {
        let until = until.min(self.to);
        while self.cursor < until && !self.is_full {
            let pause = self.pauses.get(self.next_pause).copied();
            match pause {
                Some(pause) if pause.to <= self.cursor => self.next_pause += 1,
                Some(pause) if pause.from <= self.cursor => {
                    self.push(until.min(pause.to), SegmentKind::Paused, None);
                }
                _ => {
                    let end = pause.map_or(until, |pause| until.min(pause.from));
                    let named = matches!(kind, SegmentKind::Holiday | SegmentKind::MakeUp);
                    let name = exception
                        .filter(|_| named)
                        .and_then(|exception| exception.name.clone());
                    self.push(end, kind, name);
                }
            }
        }
    }

    /// Appends the time from the cursor to an instant, or lengthens the last segment if it is of the sort.
    fn push(&mut self, to: i64, kind: SegmentKind, name: Option<String>) {
        let counted = if kind.is_counted() { to - self.cursor } else { 0 };
        let is_full = self.segments.len() >= MAX_SEGMENTS;
        match self.segments.last_mut() {
            Some(last) if last.kind == kind && last.name == name => {
                last.to = to;
                last.counted_ms += counted;
                last.running_ms += counted;
            }
            // The cursor stays: it tells where the list stops.
            _ if is_full => {
                self.is_full = true;
                return;
            }
            last => {
                let running_ms = last.map_or(0, |last| last.running_ms) + counted;
                let from = self.cursor;
                self.segments.push(Segment {
                    from,
                    to,
                    kind,
                    counted_ms: counted,
                    running_ms,
                    name,
                });
            }
        }
        self.cursor = to;
    }
}
