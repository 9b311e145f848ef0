//! What a reader of JSON or of a query says in English only, as a sentence in both languages (A21).

use aftercare_domain::kernel::error::INVALID_VALUE;

/// What the readers say, `{}` standing for whatever they found, and the same in Chinese.
const PHRASES: &[(&str, &str)] = &[
    ("duplicate field `{}`", "成员“{}”出现了不止一次。"),
    (
        "expected a date from 1900 to 2099",
        "日期须在 1900 年至 2099 年之间。",
    ),
    ("expected a date YYYY-MM-DD", "须为 YYYY-MM-DD 格式的日期。"),
    ("not a date YYYY-MM-DD: {}", "不是 YYYY-MM-DD 格式的日期：{}。"),
    (
        "expected an RFC 3339 instant with an offset or a date YYYY-MM-DD",
        "须为带时区偏移的 RFC 3339 时刻，或 YYYY-MM-DD 格式的日期。",
    ),
    (
        "expected an RFC 3339 instant with an offset",
        "须为带时区偏移的 RFC 3339 时刻。",
    ),
    (
        "a frame needs a start before its end, as HH:MM up to 24:00: {}",
        "时段的开始须早于结束，格式为 HH:MM，最晚 24:00：{}。",
    ),
    ("unknown time zone: {}", "未知时区：{}。"),
    (
        "expected an amount such as 17.00 with two decimals",
        "金额须带两位小数，如 17.00。",
    ),
    ("expected a number of at most 15 digits", "数值最多 15 位。"),
    ("expected a bound, found {}", "须为上下限数值，现为 {}。"),
    ("expected a regular expression: {}", "须为正则表达式：{}。"),
    ("expected a decimal matching {}", "须为符合 {} 的小数。"),
    ("expected degrees, found {}", "须为经纬度，现为 {}。"),
    ("expected text matching {}", "文本须符合 {}。"),
    (
        "expected {} to {} characters, got {}",
        "长度须为 {} 至 {} 个字符，现为 {} 个。",
    ),
    (
        "expected at most {} bytes of JSON, got {}",
        "JSON 最多 {} 字节，现为 {} 字节。",
    ),
    (
        "expected each role once, got \"{}\" twice",
        "每个角色只能出现一次，“{}”出现了两次。",
    ),
    ("expected at least one role", "至少需要一个角色。"),
    ("expected one of {}, got \"{}\"", "须为 {} 之一，现为“{}”。"),
    ("missing field `{}`", "缺少成员“{}”。"),
    ("unknown field `{}`, expected {}", "不存在成员“{}”，可用：{}。"),
    (
        "unknown variant `{}`, expected {}",
        "“{}”不在允许范围内，可用：{}。",
    ),
];

/// A reader's complaint as a sentence: English, Chinese.
pub fn both(why: &str) -> (String, String) {
    let why = why.split(" at line ").next().unwrap_or_default();
    let chinese = PHRASES
        .iter()
        .find_map(|(pattern, phrase)| Some(filled(phrase, &found(pattern, why)?)));
    (
        sentence(why),
        chinese.unwrap_or_else(|| format!("{}。", INVALID_VALUE.zh)),
    )
}

/// What stands in the gaps of a pattern, if the text is of that pattern.
fn found<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut literals = pattern.split("{}");
    let mut rest = text.strip_prefix(literals.next()?)?;
    let mut gaps = Vec::new();
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        // The last gap reaches as far as it can, every other one to where the pattern goes on.
        let (gap, after) = match literals.peek() {
            None => (rest.strip_suffix(literal)?, ""),
            Some(_) => rest.split_once(literal)?,
        };
        gaps.push(gap);
        rest = after;
    }
    rest.is_empty().then_some(gaps)
}

fn filled(phrase: &str, gaps: &[&str]) -> String {
    gaps.iter()
        .fold(phrase.to_owned(), |phrase, gap| phrase.replacen("{}", gap, 1))
}

/// The same with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return INVALID_VALUE.en.to_owned();
    };
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use aftercare_domain::kernel::{Date, Time};

    use super::*;

    #[test]
    fn both_languages_say_the_same() {
        let far = serde_json::from_str::<Date>("\"2150-01-01\"").unwrap_err();
        assert_eq!(
            both(&far.to_string()),
            (
                "Expected a date from 1900 to 2099.".to_owned(),
                "日期须在 1900 年至 2099 年之间。".to_owned()
            )
        );
        let bare = "2026-11-23T09:00:00".parse::<Time>().unwrap_err();
        assert_eq!(both(&bare).1, "须为带时区偏移的 RFC 3339 时刻。");
        assert_eq!(
            both("a frame needs a start before its end, as HH:MM up to 24:00: 12:00-09:00").1,
            "时段的开始须早于结束，格式为 HH:MM，最晚 24:00：12:00-09:00。"
        );
        assert_eq!(
            both("expected 1 to 64 characters, got 65 at line 1 column 9").1,
            "长度须为 1 至 64 个字符，现为 65 个。"
        );
    }

    #[test]
    fn every_phrase_has_as_many_gaps_in_both_languages() {
        for (pattern, phrase) in PHRASES {
            let (there, here) = (pattern.matches("{}").count(), phrase.matches("{}").count());
            assert_eq!(there, here, "{pattern}");
            let (_, said) = both(pattern);
            assert_ne!(said, format!("{}。", INVALID_VALUE.zh), "{pattern}");
        }
    }
}
