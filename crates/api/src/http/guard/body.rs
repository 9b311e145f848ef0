//! The body of a call: its media type, its size, its pace and its shape.

use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::error::Place;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::{PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE};
use crate::http::contract::{CONTRACT, Operation};
use crate::http::input::MALFORMED_JSON;
use crate::http::shape;

/// The largest JSON body.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take.
pub(super) const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// The body as its handler will read it, checked against its schema.
pub(super) async fn read_body(req: &mut ServiceRequest, operation: &Operation) -> Result<Bytes, Error> {
    let Some(rule) = &operation.body else {
        return Ok(Bytes::new());
    };
    let media = req
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let (media, settings) = media.split_once(';').unwrap_or((media, ""));
    let media = media.trim().to_ascii_lowercase();
    let length = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if !rule.is_json() && rule.media_types.contains(&media) {
        return Ok(Bytes::new());
    }
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(PAYLOAD_TOO_LARGE.error().with("max_bytes", MAX_BODY));
    }
    if !media.is_empty() && !rule.media_types.contains(&media)
        || !is_utf8(settings)
        || req.headers().contains_key(header::CONTENT_ENCODING)
    {
        return Err(unsupported(operation, &rule.media_types));
    }
    let bytes = in_time(collect(req)).await?;
    if bytes.is_empty() && rule.is_optional {
        return Ok(bytes);
    }
    if media.is_empty() {
        return Err(unsupported(operation, &rule.media_types));
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| {
        let mut violation = MALFORMED_JSON.violation(Place::Call);
        violation.params.insert("line".to_owned(), e.line().into());
        Error::from(violation).because(e.to_string(), format!("第 {} 行无法解析。", e.line()))
    })?;
    if let Some(validator) = CONTRACT.of_body(rule)
        && !validator.is_valid(&value)
    {
        return Err(shape::refusal(
            shape::violations(validator, &value),
            operation.is_patch,
        ));
    }
    // What no schema says of an open object, and neither engine's JSON can keep.
    match shape::control_character(&value) {
        Some(violation) => Err(shape::refusal(vec![violation], false)),
        None => Ok(bytes),
    }
}

/// Reads a body, wherever that is done, in the time a body has.
///
/// Errors: `request_timeout`, and those of the reading.
pub async fn in_time<T>(reading: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(BODY_DEADLINE, reading)
        .await
        .map_err(|_| REQUEST_TIMEOUT.error())?
}

/// JSON is UTF-8; another character set is another media type.
fn is_utf8(settings: &str) -> bool {
    settings
        .split(';')
        .filter_map(|setting| setting.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, set)| set.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

fn unsupported(operation: &Operation, taken: &[String]) -> Error {
    let list = taken.join(", ");
    let error = UNSUPPORTED_MEDIA_TYPE.because(format!("Send {list}."), format!("请使用 {list}。"));
    if operation.is_patch {
        error.with("accept_patch", list)
    } else {
        error
    }
}

async fn collect(req: &mut ServiceRequest) -> Result<Bytes, Error> {
    let mut payload = req.take_payload();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| {
            tracing::debug!(error = %e, "A body broke off");
            MALFORMED_JSON.because("The body broke off.", "请求内容中断。")
        })?;
        if bytes.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(PAYLOAD_TOO_LARGE.error().with("max_bytes", MAX_BODY));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
