//! Shifts: when an engineer works, patrols or stands by (domain.md 3.9).
//!
//! A shift belongs to one local day and may run over midnight. Shifts of one engineer never overlap; they are written
//! one by one, or by a rule as a roster that somebody else approves.

pub mod rosters;
pub mod templates;

#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::engineers::{KEEPERS, READERS};
use crate::kernel::patch::replace;
use crate::kernel::text::DayTime;
use crate::kernel::{Csv, Date, Meta, Result, Stamp, Time};
use crate::requests::EngineerId;
use crate::{codes, id, label, permissions};

pub use rosters::{GenerateRoster, Roster, RosterId};
pub use templates::{ShiftTemplate, ShiftTemplateId};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ShiftId);

label! {
    /// What a shift is for.
    pub enum ShiftKind {
        /// 白班
        Day = "day",
        /// 夜班
        Night = "night",
        /// 待命: counts for emergencies only.
        Standby = "standby",
        /// 巡检
        Patrol = "patrol",
    }
}

label! {
    /// A patrol group.
    pub enum PatrolTeam {
        /// A 组: even ISO weeks.
        A = "A",
        /// B 组: odd ISO weeks.
        B = "B",
    }
}

/// One engineer's shift of one day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Shift {
    /// Machine identifier.
    pub id: ShiftId,
    /// Who works.
    pub engineer_id: EngineerId,
    /// The local day it begins on.
    pub date: Date,
    /// When it begins.
    pub start: DayTime,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    pub end: DayTime,
    /// What it is for.
    pub kind: ShiftKind,
    /// The patrol group it was made for.
    #[schema(required)]
    pub team: Option<PatrolTeam>,
    /// The roster it came with.
    #[schema(required)]
    pub roster_id: Option<RosterId>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands and filter ----------------------------------------------------------------------------------------

/// What is needed to add a shift.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2026-12-01", "start": "08:30", "end": "17:30", "kind": "day"}))]
pub struct ShiftCreate {
    /// The local day it begins on.
    pub date: Date,
    /// When it begins.
    pub start: DayTime,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    pub end: DayTime,
    /// What it is for.
    pub kind: ShiftKind,
    /// The patrol group it is made for.
    #[serde(default)]
    pub team: Option<PatrolTeam>,
}

/// What may change on a shift; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"start": "09:00", "end": "18:00"}))]
pub struct ShiftPatch {
    /// The local day it begins on.
    #[schema(nullable = false)]
    pub date: Option<Date>,
    /// When it begins.
    #[schema(nullable = false)]
    pub start: Option<DayTime>,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    #[schema(nullable = false)]
    pub end: Option<DayTime>,
    /// What it is for.
    #[schema(nullable = false)]
    pub kind: Option<ShiftKind>,
}

/// Narrows a list of shifts; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ShiftFilter {
    /// From this day on.
    #[param(nullable = false)]
    pub from: Option<Date>,
    /// To this day, included.
    #[param(nullable = false)]
    pub to: Option<Date>,
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<ShiftKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<ShiftKind>>,
    /// The patrol group.
    #[param(nullable = false)]
    pub team: Option<PatrolTeam>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Shift {
    /// A new shift that stands beside the engineer's others.
    ///
    /// Errors: `shift_overlap`.
    pub fn add(
        engineer_id: EngineerId,
        cmd: ShiftCreate,
        others: &[Shift],
        zone: Tz,
        at: &Stamp,
    ) -> Result<Shift> {
        let shift = Shift {
            id: ShiftId::next(at),
            engineer_id,
            date: cmd.date,
            start: cmd.start,
            end: cmd.end,
            kind: cmd.kind,
            team: cmd.team,
            roster_id: None,
            meta: Meta::new(at),
        };
        shift.stand_beside(others, zone)?;
        Ok(shift)
    }

    /// Applies a patch; it still stands beside the engineer's others.
    ///
    /// Errors: `shift_overlap`.
    pub fn revise(&mut self, patch: ShiftPatch, others: &[Shift], zone: Tz) -> Result<()> {
        replace(patch.date, &mut self.date);
        replace(patch.start, &mut self.start);
        replace(patch.end, &mut self.end);
        replace(patch.kind, &mut self.kind);
        self.stand_beside(others, zone)
    }

    /// Its first instant and the one after its last.
    pub fn span(&self, zone: Tz) -> (Time, Time) {
        let (start, end) = (self.start.minutes(), self.end.minutes());
        let over_midnight = if end <= start { 24 * 60 } else { 0 };
        (
            self.date.minute_in(start, zone),
            self.date.minute_in(end + over_midnight, zone),
        )
    }

    /// Whether it covers an instant.
    pub fn covers(&self, at: Time, zone: Tz) -> bool {
        let (from, to) = self.span(zone);
        from <= at && at < to
    }

    /// How many minutes it lasts.
    pub fn minutes(&self, zone: Tz) -> i64 {
        let (from, to) = self.span(zone);
        to.millis_since(from) / 60_000
    }

    /// Refuses it beside others of the same engineer that it overlaps; touching is fine (EN-1).
    ///
    /// Errors: `shift_overlap`.
    pub fn stand_beside(&self, others: &[Shift], zone: Tz) -> Result<()> {
        let (from, to) = self.span(zone);
        let is_in_the_way = |other: &&Shift| {
            let (other_from, other_to) = other.span(zone);
            other.id != self.id && other.engineer_id == self.engineer_id && from < other_to && other_from < to
        };
        match others.iter().find(is_in_the_way) {
            None => Ok(()),
            Some(other) => Err(SHIFT_OVERLAP
                .because(
                    format!(
                        "On {} he works from {} to {}.",
                        other.date, other.start, other.end
                    ),
                    format!("{} 已有 {} 至 {} 的班次。", other.date, other.start, other.end),
                )
                .with("conflicting_id", other.id.to_string())),
        }
    }
}

// ---- codes and permissions (domain.md 3.0, row "engineers, schedules") ------------------------------------------

codes! {
    SHIFT_OVERLAP: Conflict = "shift_overlap", "Another shift of this engineer overlaps", "与该工程师的其他班次重叠";
    ROSTER_TOO_LONG: Invalid = "roster_too_long", "A roster spans at most 92 days", "排班最长不超过 92 天";
    ROSTER_TOO_LARGE: Invalid = "roster_too_large", "A roster has at most 5 000 shifts", "一次排班最多 5000 个班次";
    ROSTER_EMPTY: Invalid = "roster_empty", "Nobody of these groups works on these days", "所选班组在这些日期没有可排人员";
    ROSTER_FIXED: Conflict = "roster_fixed", "A roster handed in does not change until it is answered", "已提交的排班表在答复前不能修改";
}

permissions! {
    Read = "shifts:read" for READERS;
    Create = "shifts:create" for KEEPERS;
    Update = "shifts:update" for KEEPERS;
    Delete = "shifts:delete" for KEEPERS;
}
