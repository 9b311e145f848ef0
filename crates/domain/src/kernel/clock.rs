//! Instants and local dates as the API speaks them.
//!
//! An instant is UTC with milliseconds (A40), so what is stored equals what is shown on both databases.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Months, NaiveDate, SecondsFormat, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An instant in UTC, whole milliseconds, for example `2026-11-23T01:00:00.000Z` (RFC 3339).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The last instant the API accepts: year 9999 ends.
    pub const MAX: Time = Time(253_402_300_799_999);
    /// The first instant the API accepts: the year 1 begins.
    pub const MIN: Time = Time(-62_135_596_800_000);

    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Time {
        Time(millis)
    }

    /// Milliseconds after 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The same instant for calendar arithmetic.
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0)
            .single()
            .unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// An instant of chrono, truncated to milliseconds.
    pub fn from_utc(at: DateTime<Utc>) -> Time {
        Time(at.timestamp_millis())
    }

    /// So many milliseconds later; stays inside the supported range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Time {
        Time(self.0.saturating_add(millis)).clamp(Time::MIN, Time::MAX)
    }

    /// So many seconds later; stays inside the supported range.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Time {
        self.plus_millis(secs.saturating_mul(1_000))
    }

    /// So many minutes later; stays inside the supported range.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Time {
        self.plus_secs(minutes.saturating_mul(60))
    }

    /// Milliseconds from `earlier` to this instant.
    pub fn millis_since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The civil date of this instant in a zone.
    pub fn date_in(self, zone: chrono_tz::Tz) -> Date {
        Date(self.utc().with_timezone(&zone).date_naive())
    }

    /// Reads RFC 3339 with any offset; an instant without offset is refused (C07).
    pub fn parse(text: &str) -> Option<Time> {
        let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
        let time = Time::from_utc(at);
        (Time::MIN..=Time::MAX).contains(&time).then_some(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Time::parse(text).ok_or_else(|| "expected an RFC 3339 instant with an offset".to_owned())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .max_length(Some(40))
            .examples(["2026-11-23T01:00:00.000Z"])
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "Time".into()
    }
}

/// A civil date without a zone, for example `2026-11-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub NaiveDate);

/// A day of the calendar, in a constant.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

impl Date {
    /// The first day a caller may name.
    pub const FIRST: Date = Date(day(1900, 1, 1));
    /// The last day a caller may name; arithmetic on what lies before it never leaves four digits of a year.
    pub const LAST: Date = Date(day(2099, 12, 31));

    /// The date so many days later (or earlier); stays where it is at the end of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Date {
        Date(self.0.checked_add_signed(TimeDelta::days(days)).unwrap_or(self.0))
    }

    /// The same day so many months later, or the last one where that month is shorter (CU-3); stays where it is at the
    /// end of the calendar and for less than nothing.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Date {
        let later = u32::try_from(months)
            .ok()
            .and_then(|months| self.0.checked_add_months(Months::new(months)));
        Date(later.unwrap_or(self.0))
    }

    /// How many days this date lies after another; less than nothing if before.
    pub fn days_since(self, earlier: Date) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }

    /// The first instant of this day in a zone: midnight, or where the clock skips it, the first hour there is.
    pub fn start_in(self, zone: chrono_tz::Tz) -> Option<Time> {
        (0..=3).find_map(|hour| {
            let local = self.0.and_hms_opt(hour, 0, 0)?;
            let at = zone.from_local_datetime(&local).earliest()?;
            Some(Time::from_utc(at.with_timezone(&Utc)))
        })
    }

    /// The instant so many minutes after midnight of this day in a zone, by the clock on the wall; an hour later where
    /// that clock jumps over it.
    pub fn minute_in(self, minutes: i64, zone: chrono_tz::Tz) -> Time {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN);
        let local = midnight
            .checked_add_signed(TimeDelta::minutes(minutes))
            .unwrap_or(midnight);
        let later = local.checked_add_signed(TimeDelta::hours(1)).unwrap_or(local);
        let found = zone
            .from_local_datetime(&local)
            .earliest()
            .or_else(|| zone.from_local_datetime(&later).earliest());
        found.map_or_else(
            || Time::from_utc(local.and_utc()),
            |at| Time::from_utc(at.with_timezone(&Utc)),
        )
    }

    /// Its ISO week: year and number.
    pub fn iso_week(self) -> (i32, u32) {
        let week = chrono::Datelike::iso_week(&self.0);
        (week.year(), week.week())
    }

    /// The first day of its month.
    pub fn month_start(self) -> Date {
        Date(chrono::Datelike::with_day(&self.0, 1).unwrap_or(self.0))
    }

    /// Its day of the week, 1 for Monday to 7 for Sunday.
    pub fn weekday(self) -> i64 {
        i64::from(chrono::Datelike::weekday(&self.0).number_from_monday())
    }

    /// The last second of this day in a zone, 23:59:59 (A30).
    pub fn end_in(self, zone: chrono_tz::Tz) -> Option<Time> {
        let local = self.0.and_hms_opt(23, 59, 59)?;
        let at = zone.from_local_datetime(&local).earliest()?;
        Some(Time::from_utc(at.with_timezone(&Utc)))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "expected a date YYYY-MM-DD".to_owned();
        if text.len() != 10 {
            return Err(wrong());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Date)
            .map_err(|_| wrong())
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let date: Date = text.parse().map_err(serde::de::Error::custom)?;
        if (Date::FIRST..=Date::LAST).contains(&date) {
            Ok(date)
        } else {
            Err(serde::de::Error::custom("expected a date from 1900 to 2099"))
        }
    }
}

impl PartialSchema for Date {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .max_length(Some(10))
            .examples(["2026-11-23"])
            .into()
    }
}

impl ToSchema for Date {
    fn name() -> Cow<'static, str> {
        "Date".into()
    }
}

/// Where the time comes from; injected, never read from the machine elsewhere (W8).
pub trait Clock: Send + Sync {
    /// Business time: it drives every rule, and in a sandbox it stands where it was put.
    fn now(&self) -> Time;

    /// Real time: tokens, sessions, leases and expiry of keys follow it even in a sandbox (A31).
    fn wall(&self) -> Time;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_later_never_runs_over_the_end_of_the_month() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        assert_eq!(day("2026-08-31").plus_months(6), day("2027-02-28"));
        assert_eq!(day("2023-08-31").plus_months(6), day("2024-02-29"));
        assert_eq!(day("2026-01-15").plus_months(36), day("2029-01-15"));
        assert_eq!(day("2026-01-15").plus_months(-1), day("2026-01-15"));
        assert_eq!(day("2027-03-01").days_since(day("2026-03-01")), 365);
    }

    #[test]
    fn a_day_begins_at_midnight_or_with_the_first_hour_there_is() {
        let begins = |day: &str, zone| day.parse::<Date>().unwrap().start_in(zone).unwrap().to_string();
        let china = chrono_tz::Asia::Shanghai;
        assert_eq!(begins("2026-12-01", china), "2026-11-30T16:00:00.000Z");
        // In 1940 Shanghai's clocks went forward at midnight.
        assert_eq!(begins("1940-06-01", china), "1940-05-31T16:00:00.000Z");
    }
}
