//! Which language a caller reads (C18).

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use aftercare_domain::label;

label! {
    /// A language of titles, details and labels.
    pub enum Lang {
        /// 中文
        Zh = "zh",
        /// English
        En = "en",
    }
}

impl Lang {
    /// The best of the languages a caller accepts; Chinese when he does not say or accepts neither.
    pub fn of(headers: &HeaderMap) -> Lang {
        let Some(accepted) = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else {
            return Lang::Zh;
        };
        let mut best = (0_u32, Lang::Zh);
        for range in accepted.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts
                .find_map(|p| p.trim().strip_prefix("q=").map(thousandths))
                .unwrap_or(1_000);
            let lang = match tag.split('-').next().unwrap_or_default() {
                "zh" | "*" => Lang::Zh,
                "en" => Lang::En,
                _ => continue,
            };
            if quality > best.0 {
                best = (quality, lang);
            }
        }
        best.1
    }

    /// The text in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A quality such as `0.8` in thousandths; what cannot be read counts as unwanted.
pub fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match whole {
        "1" => 1_000,
        "0" => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_better_quality_wins_and_silence_is_chinese() {
        for (accepted, lang) in [
            ("en", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB;q=0.9, zh;q=0.3", Lang::En),
            ("de", Lang::Zh),
            ("de, en;q=0.1", Lang::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
            assert_eq!(Lang::of(&headers), lang, "{accepted}");
        }
        assert_eq!(Lang::of(&HeaderMap::new()), Lang::Zh);
    }
}
