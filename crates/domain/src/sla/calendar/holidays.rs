//! The yearly table of the State Council, merged into a calendar's exceptions (API A16).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::fault::CalendarFault;
use super::spec::{DayException, DayKind, iso_date};

/// One row of the table. Off days include the weekends inside a holiday; days on are make-up days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayRow {
    /// The local date.
    #[serde(with = "iso_date")]
    pub date: NaiveDate,
    /// The holiday the row belongs to, such as 国庆节.
    pub name: String,
    /// Off (holiday) or on (make-up workday). The published table spells the member `isOffDay`.
    #[serde(alias = "isOffDay")]
    pub is_off_day: bool,
}

/// An exception that the table changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolidayChange {
    /// As it stood.
    pub before: DayException,
    /// As it stands now.
    pub after: DayException,
}

/// What an import did, by date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HolidayDiff {
    /// Dates that had no exception.
    pub added: Vec<DayException>,
    /// Dates whose kind or name differed.
    pub changed: Vec<HolidayChange>,
    /// Dates that already stood as in the table.
    pub unchanged: Vec<DayException>,
    /// Dates within the table's years that the table does not name. They are left alone: they may be the
    /// company's own.
    pub kept: Vec<DayException>,
}

/// Merges a holiday table into the exceptions of a calendar and tells what changed.
///
/// Existing exceptions are never removed. A date that stays a workday keeps its own hours; a date that
/// becomes a holiday loses them. Importing the same table twice changes nothing. The result is in date
/// order.
///
/// # Errors
/// [`CalendarFault::DuplicateException`] if the table names a date twice and differently, or if the existing
/// exceptions name a date twice.
pub fn import_holidays(
    existing: &[DayException],
    rows: &[HolidayRow],
) -> Result<(Vec<DayException>, HolidayDiff), CalendarFault> {
    let mut by_date = BTreeMap::new();
    for (index, exception) in existing.iter().enumerate() {
        let date = exception.date;
        if by_date.insert(date, exception.clone()).is_some() {
            return Err(CalendarFault::DuplicateException { date, index });
        }
    }
    let mut table = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if table.insert(row.date, row).is_some_and(|earlier| earlier != row) {
            return Err(CalendarFault::DuplicateException {
                date: row.date,
                index,
            });
        }
    }
    let years: BTreeSet<i32> = table.keys().map(Datelike::year).collect();
    let mut diff = HolidayDiff {
        kept: by_date
            .values()
            .filter(|exception| {
                years.contains(&exception.date.year()) && !table.contains_key(&exception.date)
            })
            .cloned()
            .collect(),
        ..HolidayDiff::default()
    };
    for row in table.into_values() {
        let before = by_date.get(&row.date);
        let kind = if row.is_off_day {
            DayKind::Holiday
        } else {
            DayKind::Workday
        };
        let after = DayException {
            date: row.date,
            kind,
            frames: before
                .filter(|before| before.kind == kind)
                .and_then(|before| before.frames.clone()),
            name: Some(row.name.clone()),
        };
        match before {
            None => diff.added.push(after.clone()),
            Some(before) if *before == after => diff.unchanged.push(after.clone()),
            Some(before) => diff.changed.push(HolidayChange {
                before: before.clone(),
                after: after.clone(),
            }),
        }
        by_date.insert(row.date, after);
    }
    Ok((by_date.into_values().collect(), diff))
}
