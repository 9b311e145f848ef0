//! The yearly table of the State Council, imported (A16).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::preview::MovedPromises;
use super::{
    BusinessCalendar, CalendarException, DUPLICATE_EXCEPTION, MAX_EXCEPTIONS, TOO_MANY_EXCEPTIONS, refusal,
};
use crate::kernel::text::Label64;
use crate::kernel::{Date, Result, Stamp};
use crate::sla::calendar::{self, CalendarFault};

/// One row of the table: off days include the weekends inside a holiday, days on are make-up days.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2026-10-10", "name": "国庆节", "is_off_day": false}))]
pub struct HolidayRow {
    /// The local date.
    pub date: Date,
    /// The holiday the row belongs to, such as 国庆节.
    pub name: Label64,
    /// Off (holiday) or on (make-up workday).
    pub is_off_day: bool,
}

/// The table.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct HolidayTable(pub Vec<HolidayRow>);

impl PartialSchema for HolidayTable {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Ref::from_schema_name("HolidayRow"))
            .min_items(Some(1))
            .max_items(Some(400))
            .description(Some("A table of holidays and make-up workdays."))
            .into()
    }
}

impl ToSchema for HolidayTable {
    fn name() -> Cow<'static, str> {
        "HolidayTable".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("HolidayRow".to_owned(), HolidayRow::schema()));
        HolidayRow::schemas(schemas);
    }
}

/// An exception that the table changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HolidayChange {
    /// As it stood.
    pub before: CalendarException,
    /// As it stands now.
    pub after: CalendarException,
}

/// What an import did, by date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HolidayDiff {
    /// Dates that had no exception.
    #[schema(max_items = 2000)]
    pub added: Vec<CalendarException>,
    /// Dates whose kind or name differed.
    #[schema(max_items = 2000)]
    pub changed: Vec<HolidayChange>,
    /// Dates that already stood as in the table.
    #[schema(max_items = 2000)]
    pub unchanged: Vec<CalendarException>,
    /// Dates within the table's years that the table does not name: left alone, they may be the company's own.
    #[schema(max_items = 2000)]
    pub kept: Vec<CalendarException>,
}

/// What an import did, and the calendar as it stands now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HolidayImport {
    /// What changed.
    pub diff: HolidayDiff,
    /// The calendar.
    pub calendar: BusinessCalendar,
    /// The promises that would move; null once the table is imported.
    #[schema(required)]
    pub promises: Option<MovedPromises>,
}

impl BusinessCalendar {
    /// Merges a holiday table into the exceptions; the same table twice changes nothing.
    ///
    /// Errors: `duplicate_exception` if the table names a date twice and differently; `too_many_exceptions`;
    /// `calendar_never_open` if nothing stays open.
    pub fn import_holidays(&mut self, table: &HolidayTable, at: &Stamp) -> Result<HolidayDiff> {
        let existing: Vec<_> = self.exceptions.iter().map(CalendarException::day).collect();
        let rows: Vec<_> = table.0.iter().map(HolidayRow::engine).collect();
        let (merged, diff) = calendar::import_holidays(&existing, &rows).map_err(|fault| match fault {
            CalendarFault::DuplicateException { index, .. } => {
                DUPLICATE_EXCEPTION.at(&format!("#/{index}/date"))
            }
            other => refusal(&other),
        })?;
        if merged.len() > MAX_EXCEPTIONS {
            return Err(TOO_MANY_EXCEPTIONS.at("#"));
        }
        let was = self.clone();
        let all = |days: &[calendar::DayException]| days.iter().map(CalendarException::from).collect();
        // An import that changes nothing does not even reorder.
        if !(diff.added.is_empty() && diff.changed.is_empty()) {
            self.exceptions = all(&merged);
        }
        self.renew_after(&was, at);
        self.check()?;
        Ok(HolidayDiff {
            added: all(&diff.added),
            changed: diff.changed.iter().map(HolidayChange::from).collect(),
            unchanged: all(&diff.unchanged),
            kept: all(&diff.kept),
        })
    }
}

impl HolidayRow {
    fn engine(&self) -> calendar::HolidayRow {
        calendar::HolidayRow {
            date: self.date.0,
            name: self.name.as_str().to_owned(),
            is_off_day: self.is_off_day,
        }
    }
}

impl From<&calendar::HolidayChange> for HolidayChange {
    fn from(change: &calendar::HolidayChange) -> Self {
        HolidayChange {
            before: (&change.before).into(),
            after: (&change.after).into(),
        }
    }
}
