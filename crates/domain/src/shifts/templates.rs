//! Shift templates: the hours a company works in, written once.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ShiftCreate, ShiftKind};
use crate::engineers::{KEEPERS, READERS};
use crate::kernel::patch::replace;
use crate::kernel::text::{DayTime, Label64, MasterCode};
use crate::kernel::{Date, I18n, Meta, Stamp};
use crate::{id, label, permissions};

id!(ShiftTemplateId);

label! {
    /// A day of the week.
    pub enum Weekday {
        /// 星期一
        Mon = "mon",
        /// 星期二
        Tue = "tue",
        /// 星期三
        Wed = "wed",
        /// 星期四
        Thu = "thu",
        /// 星期五
        Fri = "fri",
        /// 星期六
        Sat = "sat",
        /// 星期日
        Sun = "sun",
    }
}

impl Weekday {
    /// The day of the week of a date.
    pub fn of(date: Date) -> Weekday {
        match date.weekday() {
            1 => Weekday::Mon,
            2 => Weekday::Tue,
            3 => Weekday::Wed,
            4 => Weekday::Thu,
            5 => Weekday::Fri,
            6 => Weekday::Sat,
            _ => Weekday::Sun,
        }
    }
}

/// A template of shifts.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShiftTemplate {
    /// Machine identifier.
    pub id: ShiftTemplateId,
    /// Its code, for example `DAY`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// When a shift begins.
    pub start: DayTime,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    pub end: DayTime,
    /// What it is for.
    pub kind: ShiftKind,
    /// Days of the week it is for.
    #[schema(min_items = 1, max_items = 7)]
    pub weekdays: Vec<Weekday>,
    /// Whether new rosters may use it.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What is needed to add a template.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "DAY", "name": {"zh": "白班", "en": "Day"}, "start": "08:30", "end": "17:30",
    "kind": "day", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}))]
pub struct ShiftTemplateCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// When a shift begins.
    pub start: DayTime,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    pub end: DayTime,
    /// What it is for.
    pub kind: ShiftKind,
    /// Days of the week it is for; every one if absent.
    #[serde(default = "every_day")]
    #[schema(min_items = 1, max_items = 7)]
    pub weekdays: Vec<Weekday>,
}

/// What may change on a template; rosters made before stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"start": "09:00", "end": "18:00"}))]
pub struct ShiftTemplatePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// When a shift begins.
    #[schema(nullable = false)]
    pub start: Option<DayTime>,
    /// When it ends; on the next day unless after the start. The same time as the start is a whole day, 24 hours.
    #[schema(nullable = false)]
    pub end: Option<DayTime>,
    /// Days of the week it is for; replaces them all.
    #[schema(nullable = false, min_items = 1, max_items = 7)]
    pub weekdays: Option<Vec<Weekday>>,
    /// Whether new rosters may use it.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Narrows a list of templates; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ShiftTemplateFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// What they are for.
    #[param(nullable = false)]
    pub kind: Option<ShiftKind>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

fn every_day() -> Vec<Weekday> {
    Weekday::ALL.to_vec()
}

impl ShiftTemplate {
    /// A new, active template.
    pub fn add(cmd: ShiftTemplateCreate, at: &Stamp) -> ShiftTemplate {
        ShiftTemplate {
            id: ShiftTemplateId::next(at),
            code: cmd.code,
            name: cmd.name,
            start: cmd.start,
            end: cmd.end,
            kind: cmd.kind,
            weekdays: cmd.weekdays,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; code and kind never change.
    pub fn revise(&mut self, patch: ShiftTemplatePatch) {
        replace(patch.name, &mut self.name);
        replace(patch.start, &mut self.start);
        replace(patch.end, &mut self.end);
        replace(patch.weekdays, &mut self.weekdays);
        replace(patch.is_active, &mut self.is_active);
    }

    /// The shift of a day, if it is for that day of the week.
    pub fn shift_on(&self, date: Date) -> Option<ShiftCreate> {
        self.weekdays.contains(&Weekday::of(date)).then(|| ShiftCreate {
            date,
            start: self.start.clone(),
            end: self.end.clone(),
            kind: self.kind,
            team: None,
        })
    }
}

permissions! {
    Read = "shift_templates:read" for READERS;
    Create = "shift_templates:create" for KEEPERS;
    Update = "shift_templates:update" for KEEPERS;
}
