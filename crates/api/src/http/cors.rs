//! Pages of other origins: those on the list may read answers, every other page may not (C37, S120).
//!
//! No cookie signs anybody in, so credentials are never allowed; a page sends its token itself.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::contract::CONTRACT;
use crate::config::Origins;

/// Headers a page may read besides the few every page may.
const EXPOSED: &str = "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Deprecation, Sunset, \
                       Idempotent-Replayed, X-Request-Id";
/// Headers a page may send.
const TAKEN: &str = "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, \
                     Last-Event-ID, Range, traceparent, tracestate";
/// How long a browser remembers what it was told, in seconds.
const REMEMBERED: &str = "600";

/// What the page that calls may do with the answer.
pub struct Sharing {
    /// The page's origin, if it is on the list.
    origin: Option<HeaderValue>,
}

impl Sharing {
    /// What the page that sent a call may do; nothing is said where no origin is on the list.
    pub fn of(headers: &HeaderMap, allowed: &Origins) -> Option<Sharing> {
        if allowed.is_empty() {
            return None;
        }
        let origin = headers.get(header::ORIGIN).filter(|origin| {
            let text = origin.to_str();
            text.is_ok_and(|text| allowed.has(text))
        });
        Some(Sharing {
            origin: origin.cloned(),
        })
    }

    /// Tells the browser what the page may read.
    pub fn tell(&self, headers: &mut HeaderMap) {
        // Caches must not give one origin's answer to another, whoever asked first.
        let vary = match headers.get(header::VARY).and_then(|vary| vary.to_str().ok()) {
            Some(vary) => HeaderValue::from_str(&format!("{vary}, Origin")).ok(),
            None => Some(HeaderValue::from_static("Origin")),
        };
        if let Some(vary) = vary {
            headers.insert(header::VARY, vary);
        }
        if let Some(origin) = &self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(EXPOSED),
            );
        }
    }
}

/// The answer to a browser that asks before it calls; none if this is no such question or the page is not on the list.
pub fn preflight(req: &ServiceRequest, sharing: Option<&Sharing>) -> Option<HttpResponse> {
    sharing?.origin.as_ref()?;
    let asks = req.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if req.method() != Method::OPTIONS || !asks {
        return None;
    }
    let methods = CONTRACT.methods(req.path())?;
    let mut response = HttpResponse::NoContent();
    response
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, TAKEN))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, REMEMBERED))
        .insert_header((
            header::VARY,
            "Access-Control-Request-Method, Access-Control-Request-Headers",
        ));
    Some(response.finish())
}
