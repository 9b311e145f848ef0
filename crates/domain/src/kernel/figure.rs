//! Exact figures with up to four decimals: percentages, points, coefficients. Whole numbers inside, never a float.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Column, Raw, RawKind};

/// Parts of one.
const ONE: i64 = 10_000;
/// The largest figure: ten digits before the point.
const MOST: i64 = 9_999_999_999 * ONE + (ONE - 1);
/// What the contract says of it.
const REGEX: &str = r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$";

/// A decimal number kept exactly, for example `"83.45"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Figure(i64);

impl Figure {
    /// Nothing.
    pub const ZERO: Figure = Figure(0);
    /// One whole.
    pub const ONE: Figure = Figure(ONE);
    /// A hundred: the best score, all of a percentage.
    pub const HUNDRED: Figure = Figure(100 * ONE);

    /// A whole number.
    pub const fn whole(number: i64) -> Figure {
        Figure(number.saturating_mul(ONE)).bounded()
    }

    /// So many hundredths: 8345 for 83.45.
    pub const fn hundredths(number: i64) -> Figure {
        Figure(number.saturating_mul(ONE / 100)).bounded()
    }

    /// So many ten-thousandths.
    pub const fn of_ten_thousandths(number: i64) -> Figure {
        Figure(number).bounded()
    }

    /// In ten-thousandths.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    const fn bounded(self) -> Figure {
        if self.0 > MOST {
            Figure(MOST)
        } else if self.0 < -MOST {
            Figure(-MOST)
        } else {
            self
        }
    }

    /// The quotient of two numbers, rounded half up to four decimals; nothing where there is nothing to divide by.
    pub fn ratio(of: i64, by: i64) -> Option<Figure> {
        quotient(i128::from(of).checked_mul(i128::from(ONE))?, i128::from(by)).map(kept)
    }

    /// This figure times a fraction, rounded half up to so many decimals; nothing where the fraction has no value.
    pub fn times_fraction(self, of: i64, by: i64, decimals: u32) -> Option<Figure> {
        let step = step_of(decimals);
        let exact = i128::from(self.0).checked_mul(i128::from(of))?;
        let steps = quotient(exact, i128::from(by).checked_mul(i128::from(step))?)?;
        steps.checked_mul(i128::from(step)).map(kept)
    }

    /// The product, rounded half up to four decimals.
    #[must_use]
    pub fn times(self, other: Figure) -> Figure {
        self.times_fraction(other.0, ONE, 4).unwrap_or_default()
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Figure) -> Figure {
        Figure(self.0.saturating_add(other.0)).bounded()
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Figure) -> Figure {
        Figure(self.0.saturating_sub(other.0)).bounded()
    }

    /// Rounded half up to so many decimals.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Figure {
        self.times_fraction(1, 1, decimals).unwrap_or_default()
    }

    /// How many whole times `unit` goes into it; nothing below nothing, and nothing without a unit.
    pub fn whole_units(self, unit: Figure) -> i64 {
        if unit.0 <= 0 || self.0 <= 0 {
            return 0;
        }
        self.0.checked_div(unit.0).unwrap_or(0)
    }
}

/// The distance between two figures of so many decimals, in ten-thousandths.
fn step_of(decimals: u32) -> i64 {
    10_i64.pow(4_u32.saturating_sub(decimals))
}

fn kept(exact: i128) -> Figure {
    let most = i128::from(MOST);
    Figure(i64::try_from(exact.clamp(-most, most)).unwrap_or(MOST))
}

/// A quotient rounded half up; nothing where there is nothing to divide by.
pub fn quotient(of: i128, by: i128) -> Option<i128> {
    let (of, by) = if by < 0 {
        (of.checked_neg()?, by.checked_neg()?)
    } else {
        (of, by)
    };
    let doubled = of.checked_mul(2)?.checked_add(by)?;
    doubled.checked_div_euclid(by.checked_mul(2)?)
}

impl std::iter::Sum for Figure {
    fn sum<I: Iterator<Item = Figure>>(figures: I) -> Figure {
        figures.fold(Figure::ZERO, Figure::plus)
    }
}

impl fmt::Display for Figure {
    /// With two decimals, or as many as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        let (whole, rest) = (size / one, size % one);
        if rest % 100 == 0 {
            write!(f, "{sign}{whole}.{:02}", rest / 100)
        } else if rest % 10 == 0 {
            write!(f, "{sign}{whole}.{:03}", rest / 10)
        } else {
            write!(f, "{sign}{whole}.{rest:04}")
        }
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("expected a decimal matching {REGEX}");
        let (sign, size) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, rest) = size.split_once('.').unwrap_or((size, "0"));
        let is_number =
            |t: &str, most: usize| (1..=most).contains(&t.len()) && t.chars().all(|c| c.is_ascii_digit());
        if !is_number(whole, 10) || !is_number(rest, 4) {
            return Err(wrong());
        }
        let parts: i64 = format!("{whole}{rest:0<4}").parse().map_err(|_| wrong())?;
        Ok(Figure(parts.saturating_mul(sign)))
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Figure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(REGEX))
            .min_length(Some(1))
            .max_length(Some(16))
            .description(Some("An exact decimal with up to four digits after the point."))
            .examples(["83.45"])
            .into()
    }
}

impl ToSchema for Figure {
    fn name() -> Cow<'static, str> {
        "Figure".into()
    }
}

impl Column for Figure {
    const KIND: RawKind = RawKind::Int;

    fn to_raw(&self) -> Raw {
        Raw::Int(Some(self.0))
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        i64::from_raw(raw).map(Figure)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figure(text: &str) -> Figure {
        text.parse().unwrap()
    }

    #[test]
    fn figures_are_written_one_way_and_rounded_half_up() {
        for (text, written) in [
            ("83.45", "83.45"),
            ("0.8", "0.80"),
            ("-3", "-3.00"),
            ("1.2345", "1.2345"),
        ] {
            assert_eq!(figure(text).to_string(), written);
        }
        assert_eq!(figure("2.345").rounded(2), figure("2.35"));
        assert_eq!(figure("-2.345").rounded(2), figure("-2.34"));
        assert_eq!(Figure::ratio(2, 3), Some(figure("0.6667")));
        assert_eq!(Figure::ratio(1, 0), None);
        assert_eq!(Figure::whole(20).times_fraction(16, 18, 2), Some(figure("17.78")));
        assert_eq!(figure("2.6").whole_units(Figure::ONE), 2);
        for bad in ["", ".5", "1.", "1.23456", "1e3", "12345678901", "+1", "--1"] {
            assert!(bad.parse::<Figure>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(parts in -MOST..=MOST) {
            let figure = Figure(parts);
            prop_assert_eq!(figure.to_string().parse::<Figure>(), Ok(figure));
        }

        #[test]
        fn a_rounded_figure_is_never_further_than_half_a_step(parts in -1_000_000_i64..1_000_000, decimals in 0_u32..=4) {
            let rounded = Figure(parts).rounded(decimals);
            prop_assert!((rounded.0 - parts).abs() * 2 <= step_of(decimals));
            prop_assert_eq!(rounded.0 % step_of(decimals), 0);
        }
    }
}
