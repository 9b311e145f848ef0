//! Which form of an answer a caller takes: the best of the media types on offer (RFC 9110 section 12.5.1).

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;
use aftercare_domain::kernel::Error;

use super::guard::NOT_ACCEPTABLE;

/// The best of the media types on offer; the first of them when the caller does not say or likes several alike.
///
/// Errors: `not_acceptable` when he takes none of them.
pub fn negotiate(req: &HttpRequest, offered: &[&'static str]) -> Result<&'static str, Error> {
    let accepted: Vec<&str> = req
        .headers()
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .collect();
    best(&accepted.join(","), offered).ok_or_else(|| {
        let known = offered.join(", ");
        NOT_ACCEPTABLE.because(
            format!("On offer here: {known}."),
            format!("此处可提供：{known}。"),
        )
    })
}

fn best(accepted: &str, offered: &[&'static str]) -> Option<&'static str> {
    if accepted.trim().is_empty() {
        return offered.first().copied();
    }
    let mut found: Option<(u32, &'static str)> = None;
    for media in offered {
        let quality = quality_of(media, accepted);
        if quality > found.map_or(0, |(best, _)| best) {
            found = Some((quality, media));
        }
    }
    found.map(|(_, media)| media)
}

/// How much a media type is liked, in thousandths: the most exact of the ranges that cover it decides.
fn quality_of(media: &str, accepted: &str) -> u32 {
    let kind = media.split('/').next().unwrap_or_default();
    let mut decisive = (0_u8, 0_u32);
    for range in accepted.split(',') {
        let mut parts = range.split(';');
        let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let exactness = match name.as_str() {
            "*/*" => 1,
            _ if name == format!("{kind}/*") => 2,
            _ if name == media => 3,
            _ => continue,
        };
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q=").map(super::language::thousandths))
            .unwrap_or(1_000);
        if exactness > decisive.0 {
            decisive = (exactness, quality);
        }
    }
    decisive.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_on_offer_wins_and_silence_takes_the_first() {
        let offered = ["application/json", "text/vnd.mermaid", "text/plain"];
        for (accepted, wanted) in [
            ("", Some("application/json")),
            ("*/*", Some("application/json")),
            ("text/*", Some("text/vnd.mermaid")),
            ("text/plain", Some("text/plain")),
            (
                "application/json;q=0.5, text/vnd.mermaid",
                Some("text/vnd.mermaid"),
            ),
            ("text/*, text/vnd.mermaid;q=0", Some("text/plain")),
            ("application/json;q=0, */*;q=0.1", Some("text/vnd.mermaid")),
            ("image/png", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(best(accepted, &offered), wanted, "{accepted}");
        }
    }
}
