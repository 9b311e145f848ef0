//! Dates in requests: an instant, or a civil date meaning the end of that day (A30).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::kernel::{Date, Time};

/// An RFC 3339 instant, or a date `YYYY-MM-DD` meaning 23:59:59 of that day in the default zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// An instant.
    Instant(Time),
    /// A civil date.
    Day(Date),
}

impl When {
    /// The instant meant, in the organisation's zone.
    pub fn instant(self, zone: chrono_tz::Tz) -> Option<Time> {
        match self {
            When::Instant(at) => Some(at),
            When::Day(day) => day.end_in(zone),
        }
    }
}

impl From<Time> for When {
    fn from(at: Time) -> When {
        When::Instant(at)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Instant(at) => at.fmt(f),
            When::Day(day) => day.fmt(f),
        }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        if let Ok(day) = text.parse() {
            return Ok(When::Day(day));
        }
        Time::parse(&text).map(When::Instant).ok_or_else(|| {
            serde::de::Error::custom("expected an RFC 3339 instant with an offset or a date YYYY-MM-DD")
        })
    }
}

impl PartialSchema for When {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "An RFC 3339 instant, or a date meaning 23:59:59 of that day in the default zone.",
            ))
            .max_length(Some(40))
            .pattern(Some(
                r"^(19[7-9]\d|20\d{2})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))?$",
            ))
            .examples(["2026-11-23T11:00:00+08:00"])
            .into()
    }
}

impl ToSchema for When {
    fn name() -> Cow<'static, str> {
        "When".into()
    }
}
