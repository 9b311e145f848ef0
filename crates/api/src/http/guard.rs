//! The door: every check that needs no row, in the order of A22, in one place.
//!
//! Route 404/405 → 401 → 429 → 403 → 413/415/400 → 422 shape → 428. What passes here reaches its handler.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage as _, HttpResponse};
use aftercare_domain::auth::{PASSWORD_CHANGE_REQUIRED, UNAUTHENTICATED};
use aftercare_domain::codes;
use aftercare_domain::kernel::error::{
    INTERNAL, NOT_FOUND, OUT_OF_RANGE, PRECONDITION_REQUIRED, Place, UNAVAILABLE, VALIDATION_FAILED,
};
use aftercare_domain::kernel::{Actor, Error};
use aftercare_persistence::platform::digest::sha256_hex;
use aftercare_persistence::platform::idempotency::{INVALID_IDEMPOTENCY_KEY, Key};
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::Value;

use super::auth::Caller;
use super::contract::{CONTRACT, Found, Operation, Parameter};
use super::ctx::{Call, forbidden};
use super::input::{
    INVALID_HEADER, INVALID_PATH_PARAMETER, INVALID_QUERY_PARAMETER, MALFORMED_JSON, RawBody,
};
use super::language::Lang;
use super::problem::{Problem, render};
use super::shape;
use crate::state::State;

codes! {
    METHOD_NOT_ALLOWED: MethodNotAllowed = "method_not_allowed", "The path does not take this method", "该路径不支持此方法";
    PAYLOAD_TOO_LARGE: TooLarge = "payload_too_large", "The body is too large", "请求内容过大";
    NOT_ACCEPTABLE: NotAcceptable = "not_acceptable", "No form of the answer is one the caller takes", "无法提供所要求的格式";
    UNSUPPORTED_MEDIA_TYPE: UnsupportedMedia = "unsupported_media_type", "The media type is not taken here", "不支持该媒体类型";
    REQUEST_TIMEOUT: Timeout = "request_timeout", "The body came too slowly", "请求内容传输过慢";
    RATE_LIMITED: TooMany = "rate_limited", "Too many calls", "请求过于频繁";
}

/// The largest JSON body.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take.
const BODY_DEADLINE: Duration = Duration::from_secs(30);
/// How long an answer may take (A14).
const ANSWER_DEADLINE: Duration = Duration::from_secs(3);

/// Wraps every call.
pub async fn guard(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let lang = Lang::of(req.headers());
    let trace_id = trace_id(&req);
    let instance = req.path().to_owned();
    let if_none_match = req.headers().get(header::IF_NONE_MATCH).cloned();
    if req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    let deadline = if instance.starts_with("/v1/sandbox/") || instance == "/v1/imports" {
        ANSWER_DEADLINE * 20
    } else {
        ANSWER_DEADLINE
    };
    if let Err(refusal) = admit(&mut req, lang, &trace_id).await {
        let response = render(&refusal, lang, &instance, &trace_id);
        return Ok(seal(req.into_response(response).map_into_boxed_body(), &trace_id));
    }
    // The request is gone once it is handed on, so a late or broken answer leaves as an error that carries its response.
    let lost = |refusal: Error| {
        let response = render(&refusal, lang, &instance, &trace_id);
        actix_web::error::InternalError::from_response(Problem(refusal), response).into()
    };
    let answer = AssertUnwindSafe(tokio::time::timeout(deadline, next.call(req)))
        .catch_unwind()
        .await;
    let response = match answer {
        Ok(Ok(response)) => response?.map_into_boxed_body(),
        Ok(Err(_)) => return Err(lost(UNAVAILABLE.error().with("retry_after", 1))),
        Err(_) => return Err(lost(INTERNAL.error())),
    };
    let response = finish(response, lang, &instance, &trace_id);
    Ok(seal(not_modified(response, if_none_match.as_ref()), &trace_id))
}

/// Renders a handler's refusal in the caller's language.
fn finish(
    response: ServiceResponse<BoxBody>,
    lang: Lang,
    instance: &str,
    trace_id: &str,
) -> ServiceResponse<BoxBody> {
    let refusal = match response.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => problem.0.clone(),
            None => {
                tracing::error!(%error, "A handler failed with something that is no refusal");
                INTERNAL.error()
            }
        },
        None => return response,
    };
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, render(&refusal, lang, instance, trace_id))
}

/// 304 when the caller has this version already (C17).
fn not_modified(response: ServiceResponse<BoxBody>, seen: Option<&HeaderValue>) -> ServiceResponse<BoxBody> {
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

/// Headers every answer carries.
fn seal(mut response: ServiceResponse<BoxBody>, trace_id: &str) -> ServiceResponse<BoxBody> {
    let headers = response.headers_mut();
    let set = [
        (
            HeaderName::from_static("x-request-id"),
            HeaderValue::from_str(trace_id).ok(),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            Some(HeaderValue::from_static("nosniff")),
        ),
        (
            header::VARY,
            Some(HeaderValue::from_static("Authorization, Accept-Language")),
        ),
    ];
    for (name, value) in set {
        // An answer in several forms says itself what it depends on.
        let is_said = name == header::VARY && headers.contains_key(&name);
        if let Some(value) = value.filter(|_| !is_said) {
            headers.insert(name, value);
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
    }
    response
}

/// The caller's trace if he sent one (W3C), else a new one.
fn trace_id(req: &ServiceRequest) -> String {
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

async fn admit(req: &mut ServiceRequest, lang: Lang, trace_id: &str) -> Result<(), Error> {
    let contract = &*CONTRACT;
    let (operation, params) = match contract.find(req.method(), req.path()) {
        Found::Operation(operation, params) => (operation, params),
        Found::WrongMethod(allow) => {
            return Err(METHOD_NOT_ALLOWED
                .because(format!("Allowed here: {allow}."), format!("此处允许：{allow}。"))
                .with("allow", allow));
        }
        // Swagger UI is a page for people, not an operation.
        Found::Nothing if req.path().starts_with("/docs/") => return Ok(()),
        Found::Nothing => return Err(NOT_FOUND.error()),
    };
    let state = req
        .app_data::<Data<State>>()
        .cloned()
        .ok_or_else(|| INTERNAL.error())?;
    let address = req.peer_addr().map(|a| a.ip().to_string()).unwrap_or_default();
    if operation.path.starts_with("/v1/sandbox/") && !state.config.is_sandbox() {
        return Err(NOT_FOUND.error());
    }
    let caller = if operation.is_public {
        None
    } else {
        Some(authenticate(req, &state).await?)
    };
    if let Some(caller) = &caller {
        state
            .limits
            .take(&caller.actor)
            .map_err(|wait| RATE_LIMITED.error().with("retry_after", wait))?;
        if caller.must_change_password && !operation.path.starts_with("/v1/auth/") {
            return Err(PASSWORD_CHANGE_REQUIRED.error());
        }
        if let Some(grant) = operation.grant
            && !caller.actor.may(grant)
        {
            return Err(forbidden(grant).0);
        }
    }
    let (actor, session_id) = match caller {
        Some(caller) => (Some(caller.actor), caller.session_id),
        None => (None, None),
    };
    check_path(operation, &params)?;
    check_query(operation, req.query_string())?;
    check_headers(operation, req)?;
    let body = read_body(req, operation).await?;
    let idempotency = idempotency_key(req, operation, actor.as_deref(), &body)?;
    if operation.needs_if_match && !req.headers().contains_key(header::IF_MATCH) {
        return Err(PRECONDITION_REQUIRED
            .violation(Place::Header("If-Match".to_owned()))
            .into());
    }
    let mut extensions = req.extensions_mut();
    extensions.insert(Call {
        actor,
        session_id,
        lang,
        trace_id: trace_id.to_owned(),
        idempotency,
        address,
        permission: &operation.permission,
    });
    extensions.insert(RawBody(body));
    Ok(())
}

async fn authenticate(req: &ServiceRequest, state: &State) -> Result<Caller, Error> {
    let bearer = req
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match bearer {
        Some(token) if !token.is_empty() => state.verifier.caller(&state.db, token).await,
        _ => Err(UNAUTHENTICATED.error()),
    }
}

fn check_path(operation: &Operation, params: &[(String, String)]) -> Result<(), Error> {
    for parameter in &operation.in_path {
        let value = params
            .iter()
            .find(|(name, _)| *name == parameter.name)
            .map(|(_, value)| value.as_str());
        if !value.is_some_and(|value| is_valid(parameter, value)) {
            return Err(INVALID_PATH_PARAMETER.parameter(&parameter.name));
        }
    }
    Ok(())
}

fn check_headers(operation: &Operation, req: &ServiceRequest) -> Result<(), Error> {
    for parameter in &operation.headers {
        let Some(value) = req.headers().get(parameter.name.as_str()) else {
            continue;
        };
        if !value.to_str().is_ok_and(|value| is_valid(parameter, value)) {
            return Err(INVALID_HEADER
                .violation(Place::Header(parameter.name.clone()))
                .into());
        }
    }
    Ok(())
}

fn check_query(operation: &Operation, query: &str) -> Result<(), Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| INVALID_QUERY_PARAMETER.error())?;
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &pairs {
        let Some(parameter) = operation.query.iter().find(|p| p.name == *name) else {
            let known = operation
                .query
                .iter()
                .map(|p| p.name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(INVALID_QUERY_PARAMETER.parameter(name).because(
                format!("Known here: {known}."),
                format!("此处可用的参数：{known}。"),
            ));
        };
        if seen.contains(&name.as_str()) {
            return Err(INVALID_QUERY_PARAMETER
                .parameter(name)
                .because("Given twice.", "重复给出。"));
        }
        seen.push(name);
        let is_right = match parameter.is_list {
            true => {
                value.split(',').count() <= parameter.most
                    && value.split(',').all(|one| is_valid(parameter, one))
            }
            false => is_valid(parameter, value),
        };
        if !is_right {
            // A limit that is a number, but not one we take, parsed and is refused for its content (A20).
            if name == "limit" && value.parse::<i64>().is_ok() {
                let mut error = OUT_OF_RANGE
                    .parameter(name)
                    .because("1 to 200.", "取值范围为 1 到 200。");
                error.code = &VALIDATION_FAILED;
                return Err(error);
            }
            return Err(INVALID_QUERY_PARAMETER.parameter(name));
        }
    }
    match operation
        .query
        .iter()
        .find(|p| p.is_required && !seen.contains(&p.name.as_str()))
    {
        Some(missing) => Err(INVALID_QUERY_PARAMETER
            .parameter(&missing.name)
            .because("Required.", "必须提供。")),
        None => Ok(()),
    }
}

/// Whether one value in text form keeps its parameter's schema.
fn is_valid(parameter: &Parameter, text: &str) -> bool {
    let Some(validator) = CONTRACT.of_parameter(parameter) else {
        return false;
    };
    if validator.is_valid(&Value::String(text.to_owned())) {
        return true;
    }
    let is_plain = text
        .strip_prefix('-')
        .unwrap_or(text)
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.');
    let is_word = matches!(text, "true" | "false");
    (is_plain || is_word) && serde_json::from_str(text).is_ok_and(|value: Value| validator.is_valid(&value))
}

async fn read_body(req: &mut ServiceRequest, operation: &Operation) -> Result<Bytes, Error> {
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
    let bytes = tokio::time::timeout(BODY_DEADLINE, collect(req))
        .await
        .map_err(|_| REQUEST_TIMEOUT.error())??;
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

/// The idempotency key of a call that writes (A27): 1 to 255 characters, quoted or bare.
fn idempotency_key(
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
    if key.is_empty() || key.chars().count() > 255 {
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
