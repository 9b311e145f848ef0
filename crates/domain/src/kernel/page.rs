//! Lists of words in one parameter: `status=closed,archived` means either.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A comma-separated list of values, at least one (C13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csv<T>(pub Vec<T>);

impl<T: FromStr> FromStr for Csv<T>
where
    T::Err: std::fmt::Display,
{
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(|word| word.parse().map_err(|e: T::Err| e.to_string()))
            .collect::<Result<_, _>>()
            .map(Csv)
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Csv<T>
where
    T::Err: std::fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
