//! Counting: prefix sums over UTC intervals, one table per local year.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::fault::CalendarFault;
use super::spec::{CalendarSpec, DayException, DayKind, Frame, Mode};

/// First local year a calendar answers for.
pub const FIRST_YEAR: i32 = 1970;
/// Last local year a calendar answers for: the compiled zone rules know no summer time after it.
pub const LAST_YEAR: i32 = 2099;

/// Time that does not count, `[from, to)` in epoch milliseconds (SL-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pause {
    /// First instant of the pause.
    pub from: i64,
    /// First instant after the pause.
    pub to: i64,
}

/// Open time of one local year.
#[derive(Debug, Default)]
struct Year {
    /// Starts of the open intervals, ascending.
    start: Vec<i64>,
    /// Their ends; every end lies before the next start.
    end: Vec<i64>,
    /// Open milliseconds of the year before each interval.
    cum: Vec<i64>,
    /// Open milliseconds of the whole year.
    total: i64,
    /// Dates with open time, ascending.
    working: Vec<NaiveDate>,
}

impl Year {
    /// Appends an interval that starts no earlier than the last one ends.
    fn push(&mut self, from: i64, to: i64) {
        self.total += to - from;
        match self.end.last_mut() {
            Some(end) if *end == from => *end = to,
            _ => {
                self.cum.push(self.total - (to - from));
                self.start.push(from);
                self.end.push(to);
            }
        }
    }

    /// The last interval that starts at or before an instant: start, end, open time before it.
    fn interval(&self, ms: i64) -> Option<(i64, i64, i64)> {
        let index = self.start.partition_point(|start| *start <= ms).checked_sub(1)?;
        Some((
            *self.start.get(index)?,
            *self.end.get(index)?,
            *self.cum.get(index)?,
        ))
    }

    /// Open milliseconds of the year before an instant.
    fn worked(&self, ms: i64) -> i64 {
        self.interval(ms)
            .map_or(0, |(start, end, before)| before + ms.min(end) - start)
    }

    /// The first instant before which `worked` milliseconds are open, for 0 < worked ≤ total.
    fn at(&self, worked: i64) -> Option<i64> {
        let index = self
            .cum
            .partition_point(|before| *before < worked)
            .checked_sub(1)?;
        Some(self.start.get(index)? + worked - self.cum.get(index)?)
    }
}

/// A business calendar ready to count. Cheap to share behind an `Arc`; year tables are built when first
/// needed (about 0.1 ms each) and kept.
#[derive(Debug)]
pub struct Calendar {
    pub(super) spec: CalendarSpec,
    /// Index into the exceptions by date.
    by_date: BTreeMap<NaiveDate, usize>,
    /// Instants at which the local years begin, and the one at which the last ends.
    bounds: Vec<i64>,
    years: Vec<OnceLock<Year>>,
}

impl Calendar {
    /// A calendar that counts by the given document.
    ///
    /// # Errors
    /// Whatever [`CalendarSpec::check`] refuses.
    pub fn new(spec: CalendarSpec) -> Result<Self, CalendarFault> {
        spec.check()?;
        let spec = spec.sorted();
        let by_date = spec
            .exceptions
            .iter()
            .enumerate()
            .map(|(index, e)| (e.date, index))
            .collect();
        let bounds = (FIRST_YEAR..=LAST_YEAR + 1)
            .map(|year| new_year(year).and_then(|date| instant_of(spec.time_zone, date, 0)))
            .collect::<Result<Vec<_>, _>>()?;
        let years = (FIRST_YEAR..=LAST_YEAR).map(|_| OnceLock::new()).collect();
        Ok(Self {
            spec,
            by_date,
            bounds,
            years,
        })
    }

    /// The document, frames in ascending order.
    #[must_use]
    pub fn spec(&self) -> &CalendarSpec {
        &self.spec
    }

    /// SL-1: the instant at which `target` milliseconds of open time have passed since `start`.
    ///
    /// A start outside open time counts from the next opening. A target that exactly fills an interval is
    /// due at that interval's end. A target of 0 is due at the start itself.
    ///
    /// # Errors
    /// [`CalendarFault::NegativeTarget`]; [`CalendarFault::BeyondHorizon`] if the start or the answer lies
    /// outside the supported years.
    pub fn add(&self, start: i64, target: i64) -> Result<i64, CalendarFault> {
        let mut index = self.year_of(start)?;
        if target <= 0 {
            return if target == 0 {
                Ok(start)
            } else {
                Err(CalendarFault::NegativeTarget)
            };
        }
        let mut year = self.year(index)?;
        let mut wanted = year
            .worked(start)
            .checked_add(target)
            .ok_or(CalendarFault::BeyondHorizon)?;
        while wanted > year.total {
            wanted -= year.total;
            index += 1;
            year = self.year(index)?;
        }
        // The very end of the horizon is an instant no other question may be asked about.
        let due = year.at(wanted).filter(|due| Some(due) != self.bounds.last());
        due.ok_or(CalendarFault::BeyondHorizon)
    }

    /// SL-2: open milliseconds in `[from, to)`.
    ///
    /// # Errors
    /// [`CalendarFault::Backwards`] if `to` lies before `from`; [`CalendarFault::BeyondHorizon`].
    pub fn elapsed(&self, from: i64, to: i64) -> Result<i64, CalendarFault> {
        if to < from {
            return Err(CalendarFault::Backwards);
        }
        let (first, last) = (self.year_of(from)?, self.year_of(to)?);
        let mut elapsed = self.year(last)?.worked(to) - self.year(first)?.worked(from);
        for index in first..last {
            elapsed += self.year(index)?.total;
        }
        Ok(elapsed)
    }

    /// SL-3: like [`Calendar::add`], with the time inside the pauses not counted. Pauses may overlap and come
    /// in any order; what lies before the start is of no matter.
    ///
    /// # Errors
    /// As [`Calendar::add`]; [`CalendarFault::Backwards`] for a pause that ends before it begins.
    pub fn add_with_pauses(&self, start: i64, target: i64, pauses: &[Pause]) -> Result<i64, CalendarFault> {
        let (mut cursor, mut remaining) = (start, target);
        let mut due = self.add(cursor, remaining)?;
        for pause in merged(pauses)? {
            // Due when the pause begins is due: nothing is left to count.
            if due <= pause.from {
                break;
            }
            if pause.to > cursor && remaining > 0 {
                remaining -= self.elapsed(cursor, pause.from.max(cursor))?;
                cursor = pause.to;
                due = self.add(cursor, remaining)?;
            }
        }
        Ok(due)
    }

    /// SL-2 and SL-3: open milliseconds in `[from, to)` outside the pauses.
    ///
    /// # Errors
    /// As [`Calendar::elapsed`]; [`CalendarFault::Backwards`] for a pause that ends before it begins.
    pub fn elapsed_with_pauses(&self, from: i64, to: i64, pauses: &[Pause]) -> Result<i64, CalendarFault> {
        let mut elapsed = self.elapsed(from, to)?;
        for pause in merged(pauses)? {
            let (begin, end) = (pause.from.max(from), pause.to.min(to));
            if begin < end {
                elapsed -= self.elapsed(begin, end)?;
            }
        }
        Ok(elapsed)
    }

    /// SL-7: the end (24:00 local) of the `count`-th working day after the day of receipt, which is day 0.
    /// A count of 0 is the end of the day of receipt, working or not.
    ///
    /// # Errors
    /// [`CalendarFault::BeyondHorizon`] if the receipt or the answer lies outside the supported years.
    pub fn working_days(&self, receipt: i64, count: u32) -> Result<i64, CalendarFault> {
        let mut index = self.year_of(receipt)?;
        let receipt = self.local_date(receipt)?;
        if count == 0 {
            return self.end_of_day(receipt);
        }
        let mut remaining = usize::try_from(count).map_err(|_| CalendarFault::BeyondHorizon)?;
        loop {
            let working = &self.year(index)?.working;
            let after = working
                .get(working.partition_point(|date| *date <= receipt)..)
                .unwrap_or_default();
            if let Some(date) = after.get(remaining - 1) {
                return self.end_of_day(*date);
            }
            remaining -= after.len();
            index += 1;
        }
    }

    /// Whether a local date has open time. In mode `always` every date has, save one that a zone skipped.
    ///
    /// # Errors
    /// [`CalendarFault::BeyondHorizon`] outside the supported years.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarFault> {
        let index = usize::try_from(date.year() - FIRST_YEAR).map_err(|_| CalendarFault::BeyondHorizon)?;
        Ok(self.year(index)?.working.binary_search(&date).is_ok())
    }

    /// Whether an instant counts.
    ///
    /// # Errors
    /// [`CalendarFault::BeyondHorizon`] outside the supported years.
    pub fn is_open(&self, ms: i64) -> Result<bool, CalendarFault> {
        let year = self.year(self.year_of(ms)?)?;
        Ok(year.interval(ms).is_some_and(|(_, end, _)| ms < end))
    }

    /// The local date of an instant.
    ///
    /// # Errors
    /// [`CalendarFault::BeyondHorizon`] if the instant cannot be expressed.
    pub fn local_date(&self, ms: i64) -> Result<NaiveDate, CalendarFault> {
        let utc = DateTime::from_timestamp_millis(ms).ok_or(CalendarFault::BeyondHorizon)?;
        Ok(utc.with_timezone(&self.spec.time_zone).date_naive())
    }

    /// Frames of a date in ascending order, and the exception that gave them.
    pub(super) fn day(&self, date: NaiveDate) -> (&[Frame], Option<&DayException>) {
        if self.spec.mode == Mode::Always {
            return (&[Frame::WHOLE_DAY], None);
        }
        let exception = self
            .by_date
            .get(&date)
            .and_then(|index| self.spec.exceptions.get(*index));
        let frames = match exception {
            None => self.spec.weekly.on(date.weekday()),
            Some(DayException {
                kind: DayKind::Holiday,
                ..
            }) => &[],
            Some(DayException {
                frames: Some(own), ..
            }) => own,
            Some(_) => self.spec.weekly.make_up_frames(),
        };
        (frames, exception)
    }

    /// The instant of a local date and minute of day (module rule for gaps and folds).
    pub(super) fn instant(&self, date: NaiveDate, minute: u16) -> Result<i64, CalendarFault> {
        instant_of(self.spec.time_zone, date, minute)
    }

    /// 24:00 of a local date, if still inside the horizon.
    fn end_of_day(&self, date: NaiveDate) -> Result<i64, CalendarFault> {
        let end = self.instant(date, Frame::WHOLE_DAY.end())?;
        self.year_of(end).map(|_| end)
    }

    /// Index of the local year that holds an instant.
    fn year_of(&self, ms: i64) -> Result<usize, CalendarFault> {
        let index = self.bounds.partition_point(|bound| *bound <= ms).checked_sub(1);
        index
            .filter(|index| *index < self.years.len())
            .ok_or(CalendarFault::BeyondHorizon)
    }

    /// The table of a year, built if this is the first question about it.
    fn year(&self, index: usize) -> Result<&Year, CalendarFault> {
        let cell = self.years.get(index).ok_or(CalendarFault::BeyondHorizon)?;
        if let Some(year) = cell.get() {
            return Ok(year);
        }
        let built = self.build_year(index)?;
        Ok(cell.get_or_init(|| built))
    }

    fn build_year(&self, index: usize) -> Result<Year, CalendarFault> {
        let number = i32::try_from(index).map_err(|_| CalendarFault::BeyondHorizon)? + FIRST_YEAR;
        let mut year = Year::default();
        for date in new_year(number)?
            .iter_days()
            .take_while(|date| date.year() == number)
        {
            let before = year.total;
            for frame in self.day(date).0 {
                let (from, to) = (
                    self.instant(date, frame.start())?,
                    self.instant(date, frame.end())?,
                );
                if from < to {
                    year.push(from, to);
                }
            }
            if year.total > before {
                year.working.push(date);
            }
        }
        Ok(year)
    }
}

/// Pauses in order, overlapping and touching ones made one, empty ones dropped.
pub(super) fn merged(pauses: &[Pause]) -> Result<Vec<Pause>, CalendarFault> {
    let mut sorted = pauses.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Pause> = Vec::with_capacity(sorted.len());
    for pause in sorted {
        if pause.to < pause.from {
            return Err(CalendarFault::Backwards);
        }
        match merged.last_mut() {
            Some(last) if pause.from <= last.to => last.to = last.to.max(pause.to),
            _ if pause.from == pause.to => {}
            _ => merged.push(pause),
        }
    }
    Ok(merged)
}

fn new_year(year: i32) -> Result<NaiveDate, CalendarFault> {
    NaiveDate::from_ymd_opt(year, 1, 1).ok_or(CalendarFault::BeyondHorizon)
}

/// The first instant at which the wall clock shows the given local time or a later one.
fn instant_of(zone: Tz, date: NaiveDate, minute: u16) -> Result<i64, CalendarFault> {
    let local = date
        .and_time(NaiveTime::MIN)
        .checked_add_signed(TimeDelta::minutes(i64::from(minute)))
        .ok_or(CalendarFault::BeyondHorizon)?;
    Ok(match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => instant.timestamp_millis(),
        LocalResult::Ambiguous(one, other) => one.timestamp_millis().min(other.timestamp_millis()),
        LocalResult::None => after_gap(zone, local)?,
    })
}

/// The first instant after the gap that swallowed a local time.
fn after_gap(zone: Tz, local: NaiveDateTime) -> Result<i64, CalendarFault> {
    // No zone is further than 16 hours from UTC, so the change lies between these two (seconds).
    const REACH: i64 = 16 * 3600;
    let wanted = local.and_utc().timestamp();
    let (mut before, mut after) = (wanted - REACH, wanted + REACH);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let utc = DateTime::from_timestamp(middle, 0)
            .ok_or(CalendarFault::BeyondHorizon)?
            .naive_utc();
        let shown = middle + i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc());
        if shown < wanted {
            before = middle;
        } else {
            after = middle;
        }
    }
    Ok(after * 1000)
}
