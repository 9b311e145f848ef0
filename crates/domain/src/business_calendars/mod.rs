//! Business calendars: which time counts towards a promise, as an administrator keeps it (R-036 to R-040, A16).
//!
//! This module is the document; the counting stands in [`crate::sla::calendar`]. A calendar is never deleted.

mod count;
mod holidays;
pub mod preview;
pub mod seed;
#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

pub use crate::sla::calendar::{Frame, Weekly};
pub use crate::sla::policy::CalendarId as BusinessCalendarId;
pub use count::{AddMinutes, DueAt, Elapsed, Span, within};
pub use holidays::{HolidayChange, HolidayDiff, HolidayImport, HolidayRow, HolidayTable};

use crate::kernel::error::{IN_USE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Label200, MasterCode};
use crate::kernel::{Csv, Date, Error, I18n, Meta, Patch, Result, Role, RoleSet, Stamp, Violation};
use crate::sla::calendar::{self, Calendar, CalendarFault, CalendarSpec};
use crate::sla::policy::SlaPolicy;
use crate::{codes, json_columns, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

/// The most exceptions one calendar holds: enough for thirty years of holidays.
pub const MAX_EXCEPTIONS: usize = 2000;

label! {
    /// Whether the clock always runs or only within hours.
    pub enum CalendarMode {
        /// 7×24; week and exceptions are kept, but do not count.
        Always = "always",
        /// Only the frames of the week and of the exceptions count.
        Hours = "hours",
    }
}

label! {
    /// Whether an exceptional date is off or on.
    pub enum ExceptionKind {
        /// 节假日: nothing counts.
        Holiday = "holiday",
        /// 调休, or a date with its own hours.
        Workday = "workday",
    }
}

/// A date that differs from its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarException {
    /// The local date.
    pub date: Date,
    /// Off or on.
    pub kind: ExceptionKind,
    /// Own hours of a workday; a workday without takes Monday's.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 24)]
    pub frames: Option<Vec<Frame>>,
    /// What the day is called, such as 国庆节.
    #[serde(default)]
    pub name: Option<Label64>,
}

/// A business calendar.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BusinessCalendar {
    /// Machine identifier.
    pub id: BusinessCalendarId,
    /// Its code, for example `CN-STD`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// IANA zone in which frames and dates are read.
    pub time_zone: Label64,
    /// Always, or within hours.
    pub mode: CalendarMode,
    /// The ordinary week.
    pub weekly: Weekly,
    /// Dates that differ, each at most once.
    #[schema(max_items = 2000)]
    pub exceptions: Vec<CalendarException>,
    /// Where the exceptions come from.
    #[schema(required)]
    pub source: Option<Label200>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Drawn anew whenever the time that counts changes: compiled calendars are kept by it, and unlike a version it
    /// never comes back with other hours.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: Uuid,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

json_columns!(Weekly);

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to set up a calendar.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "HQ-OFFICE", "name": {"zh": "总部工作时间", "en": "Office hours"}, "time_zone": "Asia/Shanghai", "mode": "hours",
    "weekly": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "tue": [["09:00", "12:00"], ["13:30", "18:00"]]},
    "exceptions": [{"date": "2026-10-01", "kind": "holiday", "name": "国庆节"}]}))]
pub struct BusinessCalendarCreate {
    /// Its code.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// IANA zone, exactly spelt.
    pub time_zone: Label64,
    /// Always, or within hours.
    pub mode: CalendarMode,
    /// The ordinary week; a day without frames is closed.
    #[serde(default)]
    pub weekly: Weekly,
    /// Dates that differ.
    #[serde(default)]
    #[schema(max_items = 2000)]
    pub exceptions: Vec<CalendarException>,
    /// Where the exceptions come from.
    #[serde(default)]
    pub source: Option<Label200>,
}

/// What may change on a calendar; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"weekly": {"sat": [["09:00", "12:00"]], "fri": null}}))]
pub struct BusinessCalendarPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// IANA zone, exactly spelt.
    #[schema(nullable = false)]
    pub time_zone: Option<Label64>,
    /// Always, or within hours.
    #[schema(nullable = false)]
    pub mode: Option<CalendarMode>,
    /// Days of the ordinary week; absent days stay, null closes.
    #[schema(value_type = Option<WeeklyPatch>)]
    pub weekly: Patch<WeeklyPatch>,
    /// Dates that differ; replaces them all.
    #[schema(nullable = false, max_items = 2000)]
    pub exceptions: Option<Vec<CalendarException>>,
    /// Where the exceptions come from.
    #[schema(value_type = Option<Label200>)]
    pub source: Patch<Label200>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Days of the week to change; absent days stay, null closes a day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeeklyPatch {
    /// Monday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub mon: Patch<Vec<Frame>>,
    /// Tuesday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub tue: Patch<Vec<Frame>>,
    /// Wednesday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub wed: Patch<Vec<Frame>>,
    /// Thursday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub thu: Patch<Vec<Frame>>,
    /// Friday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub fri: Patch<Vec<Frame>>,
    /// Saturday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub sat: Patch<Vec<Frame>>,
    /// Sunday.
    #[schema(value_type = Option<Vec<Frame>>, max_items = 24)]
    pub sun: Patch<Vec<Frame>>,
}

impl WeeklyPatch {
    fn onto(self, week: &mut Weekly) {
        let days = [
            (self.mon, &mut week.mon),
            (self.tue, &mut week.tue),
            (self.wed, &mut week.wed),
            (self.thu, &mut week.thu),
            (self.fri, &mut week.fri),
            (self.sat, &mut week.sat),
            (self.sun, &mut week.sun),
        ];
        for (patch, day) in days {
            match patch {
                Patch::Keep => {}
                Patch::Clear => day.clear(),
                Patch::Set(frames) => *day = frames,
            }
        }
    }
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of calendars; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct BusinessCalendarFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// One or more modes, comma-separated.
    #[param(value_type = Option<Vec<CalendarMode>>, style = Form, explode = false, nullable = false)]
    pub mode: Option<Csv<CalendarMode>>,
    /// Active or inactive calendars only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl BusinessCalendar {
    /// A new calendar.
    ///
    /// Errors: `unknown_time_zone`, `overlapping_frames`, `descending_frames`, `calendar_never_open`,
    /// `duplicate_exception`, `contradictory_frames`.
    pub fn establish(cmd: BusinessCalendarCreate, at: &Stamp) -> Result<BusinessCalendar> {
        let calendar = BusinessCalendar {
            id: BusinessCalendarId::next(at),
            code: cmd.code,
            name: cmd.name,
            time_zone: cmd.time_zone,
            mode: cmd.mode,
            weekly: cmd.weekly,
            exceptions: cmd.exceptions,
            source: cmd.source,
            is_active: true,
            revision: at.ids.next(at.now),
            meta: Meta::new(at),
        };
        calendar.check()?;
        calendar.check_order().map(|()| calendar)
    }

    /// Applies a patch; promises already computed stay as they are.
    ///
    /// Errors: as [`BusinessCalendar::establish`].
    pub fn revise(&mut self, patch: BusinessCalendarPatch, at: &Stamp) -> Result<()> {
        let was = self.clone();
        replace(patch.name, &mut self.name);
        replace(patch.time_zone, &mut self.time_zone);
        replace(patch.mode, &mut self.mode);
        match patch.weekly {
            Patch::Keep => {}
            Patch::Clear => self.weekly = Weekly::default(),
            Patch::Set(days) => days.onto(&mut self.weekly),
        }
        replace(patch.exceptions, &mut self.exceptions);
        patch.source.onto(&mut self.source);
        replace(patch.is_active, &mut self.is_active);
        self.renew_after(&was, at);
        self.check()?;
        match self.weekly == was.weekly && self.exceptions == was.exceptions {
            true => Ok(()),
            false => self.check_order(),
        }
    }

    /// Refuses to put it away while an active policy counts by it.
    ///
    /// Errors: `in_use` with `conflicting_id`.
    pub fn may_rest(&self, policies: &[SlaPolicy]) -> Result<()> {
        let counts = |policy: &&SlaPolicy| policy.is_active && policy.calendar_id == self.id;
        match policies.iter().find(counts) {
            None => Ok(()),
            Some(policy) => Err(IN_USE
                .at("#/is_active")
                .because(
                    format!("Policy {} counts by this calendar.", policy.code),
                    format!("策略 {} 正在使用该日历。", policy.code),
                )
                .with("conflicting_id", policy.id.to_string())),
        }
    }

    /// The calendar ready to count.
    ///
    /// Errors: as [`BusinessCalendar::establish`], for a calendar that was never checked.
    pub fn compile(&self) -> Result<Calendar> {
        let zone = self.zone().map_err(|fault| refusal(&fault))?;
        Calendar::new(self.spec(zone)).map_err(|fault| refusal(&fault))
    }

    /// Draws a new revision if the time that counts is another than before.
    fn renew_after(&mut self, was: &BusinessCalendar, at: &Stamp) {
        let is_same = self.time_zone == was.time_zone
            && self.mode == was.mode
            && self.weekly == was.weekly
            && self.exceptions == was.exceptions;
        if !is_same {
            self.revision = at.ids.next(at.now);
        }
    }

    fn zone(&self) -> Result<Tz, CalendarFault> {
        calendar::parse_zone(self.time_zone.as_str())
    }

    fn spec(&self, time_zone: Tz) -> CalendarSpec {
        CalendarSpec {
            time_zone,
            mode: match self.mode {
                CalendarMode::Always => calendar::Mode::Always,
                CalendarMode::Hours => calendar::Mode::Hours,
            },
            weekly: self.weekly.clone(),
            exceptions: self.exceptions.iter().map(CalendarException::day).collect(),
        }
    }

    fn check_order(&self) -> Result<()> {
        // The order does not depend on the zone.
        self.spec(Tz::UTC).check_order().map_err(|fault| refusal(&fault))
    }

    /// The member whose change made another calendar of it, as a JSON pointer.
    pub fn changed_member(&self, was: &BusinessCalendar) -> &'static str {
        if self.weekly != was.weekly {
            "#/weekly"
        } else if self.exceptions != was.exceptions {
            "#/exceptions"
        } else if self.mode != was.mode {
            "#/mode"
        } else {
            "#/time_zone"
        }
    }

    fn check(&self) -> Result<()> {
        let zone = self.zone();
        // The frames are checked whatever the zone is, so that both faults are told at once.
        let spec = self.spec(zone.as_ref().copied().unwrap_or(Tz::UTC)).check();
        let faults = [zone.err(), spec.err()];
        Error::all(faults.iter().flatten().map(violation).collect())
    }
}

impl CalendarException {
    /// The exception as the calendar counts by it.
    fn day(&self) -> calendar::DayException {
        calendar::DayException {
            date: self.date.0,
            kind: match self.kind {
                ExceptionKind::Holiday => calendar::DayKind::Holiday,
                ExceptionKind::Workday => calendar::DayKind::Workday,
            },
            frames: self.frames.clone(),
            name: self.name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }
}

impl From<&calendar::DayException> for CalendarException {
    fn from(day: &calendar::DayException) -> Self {
        CalendarException {
            date: Date(day.date),
            kind: match day.kind {
                calendar::DayKind::Holiday => ExceptionKind::Holiday,
                calendar::DayKind::Workday => ExceptionKind::Workday,
            },
            frames: day.frames.clone(),
            name: day
                .name
                .as_ref()
                .and_then(|name| Label64::new(name.as_str()).ok()),
        }
    }
}

/// What is wrong with a calendar's document, at its member.
fn violation(fault: &CalendarFault) -> Violation {
    let (code, pointer) = match fault {
        CalendarFault::UnknownZone(_) => (&UNKNOWN_TIME_ZONE, "#/time_zone".to_owned()),
        CalendarFault::OverlappingFrames(place) => (&OVERLAPPING_FRAMES, frames_at(*place)),
        CalendarFault::DescendingFrames(place) => (&DESCENDING_FRAMES, frames_at(*place)),
        CalendarFault::ContradictoryFrames(place) => (&CONTRADICTORY_FRAMES, frames_at(*place)),
        CalendarFault::DuplicateException { index, .. } => {
            (&DUPLICATE_EXCEPTION, format!("#/exceptions/{index}/date"))
        }
        CalendarFault::BadFrame(_)
        | CalendarFault::NeverOpen
        | CalendarFault::BeyondHorizon
        | CalendarFault::NegativeTarget
        | CalendarFault::Backwards => (&CALENDAR_NEVER_OPEN, "#/weekly".to_owned()),
    };
    code.violation(Place::Pointer(pointer))
}

fn refusal(fault: &CalendarFault) -> Error {
    Error::from(violation(fault))
}

fn frames_at(place: calendar::Place) -> String {
    let tail = match place {
        calendar::Place::Weekly(_) => "",
        calendar::Place::Exception(_) => "/frames",
    };
    format!("#{}{tail}", place.pointer())
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    OVERLAPPING_FRAMES: Invalid = "overlapping_frames", "Frames of one day overlap", "同一天的时段重叠";
    DESCENDING_FRAMES: Invalid = "descending_frames", "Frames of one day stand in ascending order", "同一天的时段须按时间先后排列";
    CALENDAR_NEVER_OPEN: Invalid = "calendar_never_open", "The calendar has no open time", "日历没有任何工作时间";
    UNKNOWN_TIME_ZONE: Invalid = "unknown_time_zone", "No such time zone", "未知时区";
    DUPLICATE_EXCEPTION: Invalid = "duplicate_exception", "The date is named twice", "日期重复";
    CONTRADICTORY_FRAMES: Invalid = "contradictory_frames", "A holiday has no hours, a workday's own hours are not empty", "节假日不得有时段，工作日的自定时段不得为空";
    TOO_MANY_EXCEPTIONS: Invalid = "too_many_exceptions", "A calendar holds at most 2000 exceptions", "一个日历最多 2000 个例外日期";
    END_BEFORE_START: Invalid = "end_before_start", "The end lies before the start", "结束时间早于开始时间";
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

const WRITERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);

permissions! {
    Read = "business_calendars:read" for RoleSet::ALL;
    Create = "business_calendars:create" for WRITERS;
    Update = "business_calendars:update" for WRITERS;
    ImportHolidays = "business_calendars:import_holidays" for WRITERS;
}
