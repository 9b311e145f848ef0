//! Texts that cannot be wrong: each type carries its bounds and says them in the contract.

use std::net::IpAddr;

/// Declares bounded text types.
///
/// `text! { /// doc  Name, 1..=100, LINE; }` expands to a newtype over `String` that refuses on reading what is too
/// short, too long (in characters) or contains forbidden characters, and whose schema says the same bounds.
#[macro_export]
macro_rules! text {
    ($($(#[$meta:meta])* $name:ident, $min:literal..=$max:literal, $pattern:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it keeps the bounds; else says what would be right.
            pub fn new(text: impl Into<String>) -> Result<Self, String> {
                let text = text.into();
                $crate::kernel::text::check(&text, $min, $max, $crate::kernel::text::$pattern).map(|()| Self(text))
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::new(text)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)
                    .and_then(|text| Self::new(text).map_err(serde::de::Error::custom))
            }
        }
        impl $crate::kernel::Column for $name {
            const KIND: $crate::kernel::RawKind = $crate::kernel::RawKind::Text;
            fn to_raw(&self) -> $crate::kernel::Raw {
                $crate::kernel::Raw::Text(Some(self.0.clone()))
            }
            fn from_raw(raw: $crate::kernel::Raw) -> Result<Self, String> {
                String::from_raw(raw).map(Self)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::kernel::text::schema($min, $max, $crate::kernel::text::$pattern)
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

/// What a text may be made of: the pattern the contract shows and the test the code runs.
#[derive(Clone, Copy)]
pub struct Pattern {
    /// The regular expression (ECMA 262) in the contract.
    pub regex: &'static str,
    /// The same, as code.
    pub allows: fn(&str) -> bool,
}

/// One line: no control characters, not only blanks.
pub const LINE: Pattern = Pattern {
    regex: r"^[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$",
    allows: |t| !t.chars().any(|c| c < ' ' || c == '\u{7f}') && has_ink(t),
};
/// Several lines: tabs and line ends are allowed, other control characters are not; not only blanks.
pub const PROSE: Pattern = Pattern {
    regex: r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$",
    allows: |t| {
        !t.chars()
            .any(|c| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || c == '\u{7f}')
            && has_ink(t)
    },
};
/// A word in lower snake_case (A37).
pub const WORD: Pattern = Pattern {
    regex: r"^[a-z][a-z0-9_]*$",
    allows: |t| {
        t.starts_with(|c: char| c.is_ascii_lowercase())
            && t.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    },
};
/// A word in lower snake_case, or one in capitals where the trade writes it so: `VIP`, `A`, `III`.
pub const ITEM: Pattern = Pattern {
    regex: r"^([a-z][a-z0-9_]+|[A-Z][A-Z0-9_]*)$",
    allows: |t| {
        let rest = |from: fn(&char) -> bool| {
            t.starts_with(|c: char| from(&c)) && t.chars().all(|c| from(&c) || c.is_ascii_digit() || c == '_')
        };
        (t.len() > 1 && rest(char::is_ascii_lowercase)) || rest(char::is_ascii_uppercase)
    },
};
/// What a custom field is a member of, and its key.
pub const FIELD: Pattern = Pattern {
    regex: r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$",
    allows: |t| {
        t.split_once('.')
            .is_some_and(|(target, key)| (WORD.allows)(target) && (WORD.allows)(key))
    },
};
/// The type of an event, or a star for its last word: `service_request.*`.
pub const EVENT: Pattern = Pattern {
    regex: r"^[a-z][a-z0-9_]*\.([a-z][a-z0-9_]*|\*)$",
    allows: |t| {
        t.split_once('.')
            .is_some_and(|(resource, what)| (WORD.allows)(resource) && (what == "*" || (WORD.allows)(what)))
    },
};
/// A master-data code (A37).
pub const CODE: Pattern = Pattern {
    regex: r"^[A-Z0-9][A-Z0-9_-]*$",
    allows: |t| {
        t.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
            && t.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
    },
};
/// A permission: table and action.
pub const SCOPE: Pattern = Pattern {
    regex: r"^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$",
    allows: |t| {
        t.split_once(':')
            .is_some_and(|(table, action)| (WORD.allows)(table) && (WORD.allows)(action))
    },
};
/// A network in CIDR form, or one address.
pub const NETWORK: Pattern = Pattern {
    regex: r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)(/[0-9]{1,3})?$",
    allows: |t| network(t).is_some(),
};
/// A sign-in name: lower case, so that two people never differ by case alone.
pub const LOGIN: Pattern = Pattern {
    regex: r"^[a-z0-9][a-z0-9._@-]*$",
    allows: |t| {
        t.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && t.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '@' | '-'))
    },
};
/// A telephone number: E.164, a local number of China, or a 400/800 number.
pub const PHONE: Pattern = Pattern {
    regex: r"^(\+[1-9]\d{6,14}|1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4})$",
    allows: is_phone,
};
/// An e-mail address (HTML standard).
pub const EMAIL: Pattern = Pattern {
    regex: r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
    allows: |t| {
        t.is_ascii()
            && validator::ValidateEmail::validate_email(&t)
            && t.rsplit('@').next().is_some_and(|d| d.contains('.'))
    },
};
/// Any text at all but NUL, which no database keeps; the pattern of texts that are nobody's to bound further.
pub const NO_NUL: &str = r"^[^\u0000]*$";
/// A share between nothing and the whole, as a decimal with up to four digits after the point.
pub const SHARE: Pattern = Pattern {
    regex: r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$",
    allows: |t| {
        let (whole, rest) = t.split_once('.').unwrap_or((t, "0"));
        let is_number = (1..=4).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_digit());
        is_number && (whole == "0" || whole == "1" && rest.chars().all(|c| c == '0'))
    },
};
/// A time of day, 00:00 to 23:59.
pub const CLOCK: Pattern = Pattern {
    regex: r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
    allows: |t| minutes_of(t).is_some(),
};
/// A month or a quarter of a year.
pub const PERIOD: Pattern = Pattern {
    regex: r"^[0-9]{4}-(0[1-9]|1[0-2]|Q[1-4])$",
    allows: |t| super::period::months_of(t).is_some(),
};
/// Six digits of GB/T 2260.
pub const DIGITS: Pattern = Pattern {
    regex: r"^[0-9]*$",
    allows: |t| t.chars().all(|c| c.is_ascii_digit()),
};

/// Minutes after midnight of `HH:MM`.
fn minutes_of(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let is_pair = |t: &str| t.len() == 2 && t.chars().all(|c| c.is_ascii_digit());
    let (hours, minutes) = (
        is_pair(hours).then_some(hours)?,
        is_pair(minutes).then_some(minutes)?,
    );
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn has_ink(text: &str) -> bool {
    // The same blanks as ECMA's \s, which also counts the byte order mark.
    text.chars()
        .any(|c| c == '\u{85}' || (!c.is_whitespace() && c != '\u{feff}'))
}

/// The address of a network and how many of its leading bits count.
pub fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) if bits.starts_with('+') => return None,
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= most)?,
        None => most,
    };
    Some((address, bits))
}

fn is_phone(text: &str) -> bool {
    let digits = |t: &str, from: usize, to: usize| {
        (from..=to).contains(&t.len()) && t.chars().all(|c| c.is_ascii_digit())
    };
    if let Some(rest) = text.strip_prefix('+') {
        return digits(rest, 7, 15) && !rest.starts_with('0');
    }
    if let Some(rest) = text.strip_prefix('1') {
        return digits(rest, 10, 10) && rest.starts_with(|c: char| ('3'..='9').contains(&c));
    }
    if text.starts_with('0') {
        return match text.split_once('-') {
            Some((area, number)) => digits(area, 3, 4) && digits(number, 7, 8),
            None => digits(text, 10, 12),
        };
    }
    if text.starts_with("400") || text.starts_with("800") {
        let plain: String = text.chars().filter(|c| *c != '-').collect();
        let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
        let placed = matches!(dashes.as_slice(), [] | [3] | [6] | [3, 7]);
        return placed && digits(&plain, 10, 10);
    }
    false
}

/// Whether a text keeps its bounds; else what would be right.
pub fn check(text: &str, min: usize, max: usize, pattern: Pattern) -> Result<(), String> {
    let length = text.chars().count();
    if length < min || length > max {
        return Err(format!("expected {min} to {max} characters, got {length}"));
    }
    if length > 0 && !(pattern.allows)(text) {
        return Err(format!("expected text matching {}", pattern.regex));
    }
    Ok(())
}

/// The schema that says the same bounds.
pub fn schema(min: usize, max: usize, pattern: Pattern) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
        .pattern(Some(pattern.regex))
        .into()
}

/// The schema of an open object, its names the caller's own: flat values (C10).
pub fn open_object(about: &str) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, Type};
    let text = |max| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(max))
            .pattern(Some(NO_NUL))
    };
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(-999_999_999_999_999_i64))
        .maximum(Some(999_999_999_999_999_i64));
    let value = AnyOfBuilder::new()
        .item(text(5_000))
        .item(number)
        .item(Object::with_type(Type::Boolean))
        .item(ArrayBuilder::new().items(text(5_000)).max_items(Some(100)));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(about))
        .property_names(Some(text(200)))
        .additional_properties(Some(utoipa::openapi::Schema::from(value)))
        .into()
}

/// Folds a text for searching: lower case, full-width forms to ASCII, blanks to one space.
pub fn search_fold(parts: &[&str]) -> String {
    let mut folded = String::new();
    for part in parts.iter().flat_map(|p| p.split_whitespace()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in part.chars() {
            let narrow = match u32::from(c) {
                wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
                _ => c,
            };
            folded.extend(narrow.to_lowercase());
        }
    }
    folded
}

text! {
    /// A dictionary, item, service-type or reason code, for example `awaiting_parts`.
    WordCode, 2..=40, WORD;
    /// A code of a dictionary's item, for example `awaiting_parts` or `VIP`.
    ItemCode, 1..=40, ITEM;
    /// The key of a custom field, for example `indoor_height_m`.
    CustomFieldKey, 1..=40, WORD;
    /// Target and key of a custom field, for example `service_request.indoor_height_m`.
    CustomFieldCode, 5..=60, FIELD;
    /// The type of an event or a star for its last word, for example `service_request.*`.
    EventPattern, 3..=80, EVENT;
    /// A master-data code, for example `CN-STD`.
    MasterCode, 2..=32, CODE;
    /// A short label of up to 200 characters.
    Label200, 1..=200, LINE;
    /// A name of a person or company.
    Name, 1..=100, LINE;
    /// A short label of up to 64 characters.
    Label64, 1..=64, LINE;

    /// A permission, for example `customers:read`.
    ScopeCode, 3..=100, SCOPE;
    /// A network in CIDR form or one address, for example `203.0.113.0/24`.
    Network, 2..=49, NETWORK;
    /// A sign-in name, for example `wang.jl`.
    Username, 2..=64, LOGIN;
    /// A title of 2 to 200 characters.
    Title, 2..=200, LINE;
    /// A reason in a person's words.
    Reason, 1..=500, PROSE;
    /// A longer text of up to 5 000 characters.
    Prose, 1..=5000, PROSE;
    /// A telephone number: E.164, a local number of China, or a 400/800 number.
    Phone, 5..=20, PHONE;
    /// An e-mail address.
    Email, 3..=254, EMAIL;
    /// A division code of GB/T 2260, six digits.
    RegionCode, 6..=6, DIGITS;
    /// A time of day, for example `08:30`.
    DayTime, 5..=5, CLOCK;
    /// A share as a decimal with up to four digits after the point, for example `0.0005`.
    Rate, 1..=6, SHARE;
    /// A document number, for example `SR-20261123-000001`.
    Number, 18..=21, LINE;
}

impl DayTime {
    /// Minutes after midnight.
    pub fn minutes(&self) -> i64 {
        minutes_of(&self.0).unwrap_or_default()
    }
}

impl Default for Rate {
    fn default() -> Rate {
        Rate("0".to_owned())
    }
}

impl Rate {
    /// The share in ten-thousandths: 5 for `0.0005`.
    pub fn ten_thousandths(&self) -> i64 {
        let (whole, rest) = self.0.split_once('.').unwrap_or((&self.0, ""));
        format!("{whole}{rest:0<4}").parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lies_between_nothing_and_the_whole() {
        for (text, share) in [
            ("0", 0),
            ("0.0005", 5),
            ("0.001", 10),
            ("1", 10_000),
            ("1.0000", 10_000),
        ] {
            assert_eq!(Rate::new(text).unwrap().ten_thousandths(), share, "{text}");
        }
        for bad in ["", "0.", ".5", "1.1", "2", "0.00005", "-0.1", "1e-3"] {
            assert!(Rate::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn phone_numbers_of_every_written_form_are_taken() {
        for good in [
            "+8613800138001",
            "13800138001",
            "010-12345678",
            "0757-2345678",
            "01012345678",
            "400-800-2026",
            "4008002026",
        ] {
            assert!(Phone::new(good).is_ok(), "{good}");
        }
        for bad in [
            "12800138001",
            "abc",
            "",
            "+0123456789",
            "138001380011",
            "010-1234",
            "400--8002026",
        ] {
            assert!(Phone::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn searching_ignores_case_width_and_extra_blanks() {
        assert_eq!(search_fold(&["  Ｅ６ Fault", "张伟 "]), "e6 fault 张伟");
    }

    #[test]
    fn a_line_holds_no_control_characters_and_some_ink() {
        for bad in ["", "   ", "a\u{0}b", "a\nb", "\u{7f}"] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
        assert!(Name::new("王 建林 😀").is_ok());
    }
}
