//! Parts of a file: one range of bytes in a call (RFC 9110, 14).

use actix_web::http::header::{self, HeaderMap, HeaderName};
use aftercare_domain::codes;
use aftercare_domain::kernel::Result;

codes! {
    RANGE_NOT_SATISFIABLE: NoSuchRange = "range_not_satisfiable", "The file has no such part", "文件没有所请求的范围";
}

/// The bytes asked for, first and last, counted from 0; nothing for the whole.
///
/// Several ranges, or one in a form nobody knows, are not looked at, as the standard allows; so is any range beside a
/// condition that already decides.
///
/// Errors: `range_not_satisfiable`.
pub fn asked(headers: &HeaderMap, size: i64, tag: &str) -> Result<Option<(i64, i64)>> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if headers.contains_key(header::IF_NONE_MATCH) || text(header::IF_RANGE).is_some_and(|seen| seen != tag) {
        return Ok(None);
    }
    match text(header::RANGE).and_then(|range| read(range, size)) {
        None => Ok(None),
        Some((from, to)) if (0..size).contains(&from) && from <= to => Ok(Some((from, to))),
        Some(_) => Err(RANGE_NOT_SATISFIABLE
            .error()
            .with("content_range", format!("bytes */{size}"))),
    }
}

/// One well-formed range; it may lie outside.
fn read(range: &str, size: i64) -> Option<(i64, i64)> {
    let (unit, range) = range.split_once('=')?;
    let (from, to) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    // A number too large to count is larger than any file.
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(i64::MAX))
    };
    let last = size.saturating_sub(1);
    match (from, to) {
        ("", suffix) => {
            let length: i64 = number(suffix)?.min(size);
            Some((size.saturating_sub(length), last))
        }
        (from, "") => Some((number(from)?, last)),
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            // Backwards is no range at all.
            (from <= to).then(|| (from, to.min(last)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_and_anything_else_is_the_whole() {
        let ask = |range: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            asked(&headers, 10, "\"t\"").map_err(|error| error.code.slug)
        };
        for (range, part) in [
            ("bytes=0-3", Some((0, 3))),
            ("bytes=4-", Some((4, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-30", Some((0, 9))),
            ("Bytes = 9-99999999999999999999", Some((9, 9))),
            ("bytes=0-1,4-5", None),
            ("bytes=5-3", None),
            ("bytes=a-b", None),
            ("bytes=--1", None),
            ("bytes=", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(ask(range), Ok(part), "{range}");
        }
        for range in ["bytes=10-", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(ask(range), Err("range_not_satisfiable"), "{range}");
        }
    }
}
