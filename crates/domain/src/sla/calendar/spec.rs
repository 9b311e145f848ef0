//! What an administrator writes: the calendar as a document.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::fault::{CalendarFault, Place};

/// Minutes in a day; the latest end of a frame.
const DAY_MINUTES: u16 = 1440;

/// Whether the clock always runs or only within hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 7×24: every instant counts; week and exceptions are ignored.
    Always,
    /// Only the frames of the week and of the exceptions count.
    Hours,
}

/// Whether an exceptional date is off or on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// 节假日: nothing counts.
    Holiday,
    /// 调休 or a date with its own hours.
    Workday,
}

/// A stretch of local time within one day, `[start, end)` in minutes after midnight.
///
/// Written as `["08:30", "12:00"]`; the end may be `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct Frame {
    start: u16,
    end: u16,
}

impl Frame {
    /// The whole day.
    pub const WHOLE_DAY: Self = Self {
        start: 0,
        end: DAY_MINUTES,
    };

    /// A frame from minutes after midnight.
    ///
    /// # Errors
    /// [`CalendarFault::BadFrame`] unless start < end ≤ 1440.
    pub fn new(start: u16, end: u16) -> Result<Self, CalendarFault> {
        let frame = Self { start, end };
        if start < end && end <= DAY_MINUTES {
            Ok(frame)
        } else {
            Err(CalendarFault::BadFrame(frame.to_string()))
        }
    }

    /// A frame from two `HH:MM` texts.
    ///
    /// # Errors
    /// [`CalendarFault::BadFrame`] if a text is not `HH:MM` up to `24:00`, or the start is not before the end.
    pub fn parse(start: &str, end: &str) -> Result<Self, CalendarFault> {
        let minutes =
            |text| minutes_of(text).ok_or_else(|| CalendarFault::BadFrame(format!("{start}-{end}")));
        Self::new(minutes(start)?, minutes(end)?)
    }

    /// First minute of the day inside the frame.
    #[must_use]
    pub fn start(self) -> u16 {
        self.start
    }

    /// First minute of the day after the frame, at most 1440.
    #[must_use]
    pub fn end(self) -> u16 {
        self.end
    }
}

/// Minutes after midnight of a strict `HH:MM`, `24:00` included.
fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY_MINUTES).then_some(total)
}

/// `HH:MM` of minutes after midnight.
fn hh_mm(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", hh_mm(self.start), hh_mm(self.end))
    }
}

impl TryFrom<(String, String)> for Frame {
    type Error = CalendarFault;

    fn try_from((start, end): (String, String)) -> Result<Self, Self::Error> {
        Self::parse(&start, &end)
    }
}

impl From<Frame> for (String, String) {
    fn from(frame: Frame) -> Self {
        (hh_mm(frame.start), hh_mm(frame.end))
    }
}

impl PartialSchema for Frame {
    fn schema() -> RefOr<Schema> {
        let time = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(5))
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"));
        ArrayBuilder::new()
            .items(RefOr::T(time.build().into()))
            .min_items(Some(2))
            .max_items(Some(2))
            .description(Some(
                "Start and end of open time within a day, in local time; the end may be 24:00.",
            ))
            .examples([["08:30", "12:00"]])
            .into()
    }
}

impl ToSchema for Frame {
    fn name() -> Cow<'static, str> {
        "Frame".into()
    }
}

/// The ordinary week. A day without frames is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Weekly {
    /// Monday.
    #[schema(max_items = 24)]
    pub mon: Vec<Frame>,
    /// Tuesday.
    #[schema(max_items = 24)]
    pub tue: Vec<Frame>,
    /// Wednesday.
    #[schema(max_items = 24)]
    pub wed: Vec<Frame>,
    /// Thursday.
    #[schema(max_items = 24)]
    pub thu: Vec<Frame>,
    /// Friday.
    #[schema(max_items = 24)]
    pub fri: Vec<Frame>,
    /// Saturday.
    #[schema(max_items = 24)]
    pub sat: Vec<Frame>,
    /// Sunday.
    #[schema(max_items = 24)]
    pub sun: Vec<Frame>,
}

impl Weekly {
    /// Frames of a weekday.
    #[must_use]
    pub fn on(&self, day: Weekday) -> &[Frame] {
        match day {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }

    /// The seven days, Monday first.
    fn days(&self) -> impl Iterator<Item = (Weekday, &[Frame])> {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
            .into_iter()
            .map(|day| (day, self.on(day)))
    }

    /// Hours of a make-up day that lists none: Monday's, else those of the first weekday that has any.
    pub(super) fn make_up_frames(&self) -> &[Frame] {
        self.days()
            .map(|(_, frames)| frames)
            .find(|frames| !frames.is_empty())
            .unwrap_or_default()
    }

    /// Frames of each day in ascending order.
    fn sorted(mut self) -> Self {
        let Self {
            mon,
            tue,
            wed,
            thu,
            fri,
            sat,
            sun,
        } = &mut self;
        for frames in [mon, tue, wed, thu, fri, sat, sun] {
            frames.sort_unstable();
        }
        self
    }
}

/// A date that differs from its weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayException {
    /// The local date.
    #[serde(with = "iso_date")]
    pub date: NaiveDate,
    /// Off or on.
    pub kind: DayKind,
    /// Own hours of a workday. A workday without takes Monday's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Vec<Frame>>,
    /// What the day is called, such as 国庆节.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A business calendar as written (API A16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// IANA zone in which frames and dates are read.
    #[serde(with = "zone_name")]
    pub time_zone: Tz,
    /// Always, or within hours.
    pub mode: Mode,
    /// The ordinary week.
    #[serde(default)]
    pub weekly: Weekly,
    /// Dates that differ. Each date at most once.
    #[serde(default)]
    pub exceptions: Vec<DayException>,
}

impl CalendarSpec {
    /// The 7×24 calendar of a zone.
    #[must_use]
    pub fn always(time_zone: Tz) -> Self {
        Self {
            time_zone,
            mode: Mode::Always,
            weekly: Weekly::default(),
            exceptions: Vec::new(),
        }
    }

    /// Whether the calendar can be used. Mode `always` ignores week and exceptions, faulty or not.
    ///
    /// # Errors
    /// [`CalendarFault::OverlappingFrames`], [`CalendarFault::DuplicateException`],
    /// [`CalendarFault::ContradictoryFrames`] (a holiday with frames, a workday with an empty list), or
    /// [`CalendarFault::NeverOpen`] if neither the week nor a workday exception has open time.
    pub fn check(&self) -> Result<(), CalendarFault> {
        if self.mode == Mode::Always {
            return Ok(());
        }
        for (day, frames) in self.weekly.days() {
            disjoint(frames, Place::Weekly(day))?;
        }
        let mut dates = BTreeSet::new();
        for (index, exception) in self.exceptions.iter().enumerate() {
            if !dates.insert(exception.date) {
                return Err(CalendarFault::DuplicateException {
                    date: exception.date,
                    index,
                });
            }
            let Some(frames) = &exception.frames else { continue };
            if frames.is_empty() == (exception.kind == DayKind::Workday) {
                return Err(CalendarFault::ContradictoryFrames(Place::Exception(index)));
            }
            disjoint(frames, Place::Exception(index))?;
        }
        let has_own_hours =
            |exception: &DayException| exception.kind == DayKind::Workday && exception.frames.is_some();
        let is_open = !self.weekly.make_up_frames().is_empty() || self.exceptions.iter().any(has_own_hours);
        if is_open {
            Ok(())
        } else {
            Err(CalendarFault::NeverOpen)
        }
    }

    /// Whether the frames of every day are written in ascending order, as whoever reads them expects. Counting does not
    /// need it, so calendars from before this was asked for still count. Mode `always` ignores them.
    ///
    /// # Errors
    /// [`CalendarFault::DescendingFrames`].
    pub fn check_order(&self) -> Result<(), CalendarFault> {
        if self.mode == Mode::Always {
            return Ok(());
        }
        let days = self
            .weekly
            .days()
            .map(|(day, frames)| (frames, Place::Weekly(day)));
        let dates = self
            .exceptions
            .iter()
            .enumerate()
            .filter_map(|(index, exception)| Some((exception.frames.as_deref()?, Place::Exception(index))));
        match days.chain(dates).find(|(frames, _)| !frames.is_sorted()) {
            Some((_, place)) => Err(CalendarFault::DescendingFrames(place)),
            None => Ok(()),
        }
    }

    /// The same calendar with the frames of every day in ascending order.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.weekly = self.weekly.sorted();
        for exception in &mut self.exceptions {
            if let Some(frames) = &mut exception.frames {
                frames.sort_unstable();
            }
        }
        self
    }
}

/// Refuses frames of one day that share time, in whatever order they are listed. Touching frames are fine.
fn disjoint(frames: &[Frame], place: Place) -> Result<(), CalendarFault> {
    let mut sorted = frames.to_vec();
    sorted.sort_unstable();
    let mut last_end = 0;
    for frame in sorted {
        if frame.start < last_end {
            return Err(CalendarFault::OverlappingFrames(place));
        }
        last_end = frame.end;
    }
    Ok(())
}

/// The zone of an IANA name, exactly spelt.
///
/// # Errors
/// [`CalendarFault::UnknownZone`] if no such zone is known.
pub fn parse_zone(name: &str) -> Result<Tz, CalendarFault> {
    name.parse()
        .map_err(|_| CalendarFault::UnknownZone(name.to_owned()))
}

/// A zone as its IANA name.
mod zone_name {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        super::parse_zone(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A date as strict `YYYY-MM-DD`.
pub(super) mod iso_date {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in super::super) fn serialize<S: Serializer>(
        date: &NaiveDate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveDate, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The parser alone would also take blanks, signs and missing zeros.
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|date| date.to_string() == text);
        date.ok_or_else(|| D::Error::custom(format!("not a date YYYY-MM-DD: {text}")))
    }
}
