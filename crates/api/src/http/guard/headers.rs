//! Headers: what a call brings that is no parameter, and what every answer carries.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use aftercare_domain::kernel::error::Place;
use aftercare_domain::kernel::{Actor, Error};
use aftercare_persistence::platform::digest::sha256_hex;
use aftercare_persistence::platform::idempotency::{INVALID_IDEMPOTENCY_KEY, Key};
use serde_json::Value;

use super::Visit;
use crate::http::contract::Operation;

/// Puts the headers every answer carries on one.
pub(super) fn seal(headers: &mut HeaderMap, visit: &Visit) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(HeaderName::from_static("x-request-id"), &visit.trace_id);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Some(standing) = &visit.standing {
        set(HeaderName::from_static("ratelimit-policy"), &standing.policy());
        set(HeaderName::from_static("ratelimit"), &standing.to_string());
    }
    let defaults = [
        // An answer in several forms says itself what it depends on.
        (header::VARY, "Authorization, Accept-Language"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Some(sharing) = &visit.sharing {
        sharing.tell(headers);
    }
}

/// 304 when the caller has this version already (C17).
pub(super) fn not_modified(
    response: ServiceResponse<BoxBody>,
    seen: Option<&HeaderValue>,
) -> ServiceResponse<BoxBody> {
    let tag = response.headers().get(header::ETAG).cloned();
    let (Some(tag), Some(seen)) = (tag, seen.and_then(|v| v.to_str().ok())) else {
        return response;
    };
    let is_seen = seen
        .split(',')
        .map(|t| t.trim().trim_start_matches("W/"))
        .any(|t| t == "*" || t.as_bytes() == tag.as_bytes());
    if response.request().method() != Method::GET || response.status() != StatusCode::OK || !is_seen {
        return response;
    }
    let (request, _) = response.into_parts();
    ServiceResponse::new(
        request,
        HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .finish(),
    )
}

/// The caller's trace if he sent one (W3C), else a new one.
pub(super) fn trace_id(req: &ServiceRequest) -> String {
    let sent = req
        .headers()
        .get("traceparent")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split('-').nth(1));
    let is_trace =
        |t: &&str| t.len() == 32 && t.chars().all(|c| c.is_ascii_hexdigit()) && t.chars().any(|c| c != '0');
    match sent.filter(is_trace) {
        Some(trace) => trace.to_ascii_lowercase(),
        None => format!("{:032x}", rand::random::<u128>()),
    }
}

/// The idempotency key of a call that writes (A27): 1 to 255 characters, quoted or bare.
pub(super) fn idempotency_key(
    req: &ServiceRequest,
    operation: &Operation,
    actor: Option<&Actor>,
    body: &Bytes,
) -> Result<Option<Key>, Error> {
    let Some(header) = req.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let refused = || {
        INVALID_IDEMPOTENCY_KEY
            .violation(Place::Header("Idempotency-Key".to_owned()))
            .into()
    };
    let text = header.to_str().map_err(|_| refused())?.trim();
    let key = text
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .unwrap_or(text);
    // What the document shows: 1 to 255 visible characters.
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refused());
    }
    let Some(user_id) = actor.and_then(|a| a.user_id).filter(|_| operation.is_idempotent) else {
        return Ok(None);
    };
    // Canonical form: members in order, no blanks; the same content is the same body.
    let canonical = serde_json::from_slice::<Value>(body)
        .map(|mut value| {
            value.sort_all_objects();
            // A digest of a password would outlive its slow hash; a key does not tell passwords apart.
            if let Some(password) = value.get_mut("password") {
                password.take();
            }
            value.to_string()
        })
        .unwrap_or_default();
    Ok(Some(Key {
        user_id,
        operation: format!("POST {}", req.path()),
        key: key.to_owned(),
        body_hash: sha256_hex(canonical.as_bytes()),
    }))
}
