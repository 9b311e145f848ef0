//! Money: whole minor units inside, a decimal string on the wire, never a float between (A6).

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Column, Raw, RawKind, Stored};
use crate::label;

label! {
    /// A currency (ISO 4217).
    pub enum Currency {
        /// 人民币
        Cny = "CNY",
        /// US dollar
        Usd = "USD",
        /// Euro
        Eur = "EUR",
        /// Hong Kong dollar
        Hkd = "HKD",
    }
}

impl Currency {
    /// Digits after the point of one minor unit.
    pub const fn digits(self) -> u32 {
        2
    }
}

/// An amount of money, for example `{"amount": "17.00", "currency": "CNY"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units (fen, cent).
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    amount: Cow<'a, str>,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amount = Decimal::new(self.minor, self.currency.digits())
            .to_string()
            .into();
        Wire {
            amount,
            currency: self.currency,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        minor_of(&wire.amount, wire.currency)
            .map(|minor| Money {
                minor,
                currency: wire.currency,
            })
            .ok_or_else(|| serde::de::Error::custom("expected an amount such as 17.00 with two decimals"))
    }
}

fn minor_of(amount: &str, currency: Currency) -> Option<i64> {
    let (whole, fraction) = amount.split_once('.')?;
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
    let digits_after = usize::try_from(currency.digits()).ok()?;
    if !digits(whole) || whole.len() > 13 || !digits(fraction) || fraction.len() != digits_after {
        return None;
    }
    let mut value: Decimal = amount.parse().ok()?;
    value.rescale(currency.digits());
    value.mantissa().to_i64()
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let amount = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^-?[0-9]{1,13}\.[0-9]{2}$"))
            .max_length(Some(17))
            .description(Some(
                "The amount as a decimal string with two digits after the point.",
            ))
            .examples(["17.00"]);
        ObjectBuilder::new()
            .property("amount", amount)
            .property("currency", Currency::schema())
            .required("amount")
            .required("currency")
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(
                false,
            )))
            .description(Some("An amount of money."))
            .examples([serde_json::json!({"amount": "17.00", "currency": "CNY"})])
            .into()
    }
}

impl ToSchema for Money {
    fn name() -> Cow<'static, str> {
        "Money".into()
    }
}

impl Stored for Money {
    const PARTS: &'static [(&'static str, RawKind)] =
        &[("_minor", RawKind::Int), ("_currency", RawKind::Text)];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.minor.to_raw());
        keep(self.currency.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        Ok(Money {
            minor: i64::from_raw(next("_minor", RawKind::Int)?)?,
            currency: Currency::from_raw(next("_currency", RawKind::Text)?)?,
        })
    }
}

impl Stored for Option<Money> {
    const PARTS: &'static [(&'static str, RawKind)] = Money::PARTS;

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.map(|m| m.minor).to_raw());
        keep(self.map(|m| m.currency).to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        let minor = Option::<i64>::from_raw(next("_minor", RawKind::Int)?)?;
        let currency = Option::<Currency>::from_raw(next("_currency", RawKind::Text)?)?;
        Ok(minor
            .zip(currency)
            .map(|(minor, currency)| Money { minor, currency }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_every_fen_and_refuse_the_rest() {
        let money: Money =
            serde_json::from_value(serde_json::json!({"amount": "-17.05", "currency": "CNY"})).unwrap();
        assert_eq!(money.minor, -1705);
        assert_eq!(serde_json::to_value(money).unwrap()["amount"], "-17.05");
        for bad in ["17", "17.0", "17.005", "1e3", ".50", "12345678901234.00", "NaN"] {
            assert!(minor_of(bad, Currency::Cny).is_none(), "{bad}");
        }
    }
}
