//! Bounds and patterns of custom fields: checked when they are defined, exact when they are used.

use regex::RegexBuilder;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::values::exactly;
use crate::kernel::text::{LINE, check, schema};
use crate::kernel::{Column, Raw, RawKind};

/// A limit: a JSON number of at most 15 digits, kept exactly as given.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Bound {
    number: Number,
    #[serde(skip)]
    value: Decimal,
}

impl Bound {
    fn new(number: Number) -> Option<Bound> {
        let value = exactly(&number)?;
        Some(Bound { number, value })
    }

    /// The limit as an exact decimal.
    pub fn decimal(&self) -> Decimal {
        self.value
    }

    /// The limit as it was given.
    pub fn to_json(&self) -> Value {
        Value::Number(self.number.clone())
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        Bound::new(number).ok_or_else(|| serde::de::Error::custom("expected a number of at most 15 digits"))
    }
}

impl Column for Bound {
    const KIND: RawKind = RawKind::Text;

    fn to_raw(&self) -> Raw {
        Raw::Text(Some(self.number.to_string()))
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        let text = String::from_raw(raw)?;
        let number = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        Bound::new(number).ok_or_else(|| format!("expected a bound, found {text}"))
    }
}

impl PartialSchema for Bound {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-999_999_999_999_999_i64))
            .maximum(Some(999_999_999_999_999_i64))
            .description(Some("A limit of at most 15 digits."))
            .into()
    }
}

impl ToSchema for Bound {
    fn name() -> std::borrow::Cow<'static, str> {
        "Bound".into()
    }
}

/// A regular expression a whole text must match; without look-around and back-references, so that it is always fast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ValuePattern(String);

/// The longest pattern, in characters.
const PATTERN_MAX: usize = 200;
/// The most memory a compiled pattern may take, in bytes.
const COMPILED_MAX: usize = 256 * 1024;

impl ValuePattern {
    fn new(text: String) -> Result<ValuePattern, String> {
        check(&text, 1, PATTERN_MAX, LINE)?;
        compile(&text).map_err(|e| format!("expected a regular expression: {e}"))?;
        Ok(ValuePattern(text))
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole text matches.
    pub fn fits(&self, text: &str) -> bool {
        compile(&self.0).is_ok_and(|regex| regex.is_match(text))
    }
}

fn compile(pattern: &str) -> Result<regex::Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(COMPILED_MAX)
        .build()
}

impl<'de> Deserialize<'de> for ValuePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValuePattern::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Column for ValuePattern {
    const KIND: RawKind = RawKind::Text;

    fn to_raw(&self) -> Raw {
        Raw::Text(Some(self.0.clone()))
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        String::from_raw(raw).map(ValuePattern)
    }
}

impl PartialSchema for ValuePattern {
    fn schema() -> RefOr<Schema> {
        schema(1, PATTERN_MAX, LINE)
    }
}

impl ToSchema for ValuePattern {
    fn name() -> std::borrow::Cow<'static, str> {
        "ValuePattern".into()
    }
}
