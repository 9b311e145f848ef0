//! The door: every check that needs no row, in the order of A22, in one place.
//!
//! Route 404/405 → 401 → 429 → 403 → 413/415/400 → 422 shape → 428. What passes here reaches its handler.

mod admission;
mod body;
mod headers;
mod parameters;

pub use body::in_time;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpResponse};
use aftercare_domain::codes;
use aftercare_domain::kernel::error::{INTERNAL, NOT_FOUND, PRECONDITION_REQUIRED, Place, UNAVAILABLE};
use aftercare_domain::kernel::{Actor, Error};

use futures_util::FutureExt as _;

use super::contract::{CONTRACT, Found, Operation};
use super::cors::{self, Sharing};
use super::ctx::Call;
use super::input::RawBody;
use super::language::Lang;
use super::limits::Standing;
use super::problem::{Problem, render};
use super::trace;
use crate::clock::Stopwatch;
use crate::state::State;

codes! {
    METHOD_NOT_ALLOWED: MethodNotAllowed = "method_not_allowed", "The path does not take this method", "该路径不支持此方法";
    PAYLOAD_TOO_LARGE: TooLarge = "payload_too_large", "The body is too large", "请求内容过大";
    NOT_ACCEPTABLE: NotAcceptable = "not_acceptable", "No form of the answer is one the caller takes", "无法提供所要求的格式";
    UNSUPPORTED_MEDIA_TYPE: UnsupportedMedia = "unsupported_media_type", "The media type is not taken here", "不支持该媒体类型";
    REQUEST_TIMEOUT: Timeout = "request_timeout", "The body came too slowly", "请求内容传输过慢";
    RATE_LIMITED: TooMany = "rate_limited", "Too many calls", "请求过于频繁";
}

/// How long an answer may take (A14).
const ANSWER_DEADLINE: Duration = Duration::from_secs(3);
/// What may take a minute instead: a sandbox's clock (A31), and the plan of a day, which is as long as its limit says.
const LONG_DEADLINE: Duration = Duration::from_secs(60);
const LONG_PATHS: [&str; 2] = ["/v1/sandbox/", "/v1/dispatch/plan"];

/// What is known of a call on its way in, for what leaves with its answer and for the log.
pub struct Visit {
    /// The language of texts.
    lang: Lang,
    /// The trace the call belongs to.
    pub trace_id: String,
    /// The path called.
    instance: String,
    /// The method as it was sent.
    pub method: Method,
    /// The operation it leads to.
    pub operation: Option<&'static Operation>,
    /// Who asks.
    pub actor: Option<Arc<Actor>>,
    /// What is left of his calls.
    standing: Option<Standing>,
    /// The page of another origin that may read the answer.
    sharing: Option<Sharing>,
    /// Since when.
    pub since: Stopwatch,
}

impl Visit {
    fn of(req: &ServiceRequest, state: Option<&State>) -> Visit {
        Visit {
            lang: Lang::of(req.headers()),
            trace_id: headers::trace_id(req),
            instance: req.path().to_owned(),
            method: req.method().clone(),
            operation: None,
            actor: None,
            standing: None,
            sharing: state.and_then(|state| Sharing::of(req.headers(), &state.config.cors_origins)),
            since: Stopwatch::start(),
        }
    }

    /// The answer for a refusal.
    fn render(&self, refusal: &Error) -> HttpResponse {
        render(refusal, self.lang, &self.instance, &self.trace_id)
    }

    /// The same, with the headers every answer carries.
    fn refuse(&self, refusal: &Error) -> HttpResponse {
        let mut response = self.render(refusal);
        headers::seal(response.headers_mut(), self);
        response
    }

    /// How long the answer may take; what reads its own body has the time of the body first.
    fn deadline(&self) -> Duration {
        let reads_itself =
            |operation: &Operation| operation.body.as_ref().is_some_and(|body| !body.is_json());
        if LONG_PATHS.iter().any(|path| self.instance.starts_with(path)) {
            LONG_DEADLINE
        } else if self.operation.is_some_and(reads_itself) {
            ANSWER_DEADLINE.saturating_add(body::BODY_DEADLINE)
        } else {
            ANSWER_DEADLINE
        }
    }
}

/// Wraps every call.
pub async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let state = req.app_data::<Data<State>>().cloned();
    let state = state.as_ref().map(|state| state.get_ref());
    let mut visit = Visit::of(&req, state);
    let answer = serve(req, next, &mut visit).await;
    let status = match &answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    trace::record(state, &visit, status.as_u16());
    answer
}

async fn serve(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    visit: &mut Visit,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Some(mut response) = cors::preflight(&req, visit.sharing.as_ref()) {
        headers::seal(response.headers_mut(), visit);
        return Ok(req.into_response(response));
    }
    let if_none_match = req.headers().get(header::IF_NONE_MATCH).cloned();
    if req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    if let Err(refusal) = admit(&mut req, visit).await {
        return Ok(req.into_response(visit.refuse(&refusal)));
    }
    // The request is gone once it is handed on, so a late or broken answer leaves as an error that carries its response.
    let lost = |refusal: Error| {
        let response = visit.refuse(&refusal);
        actix_web::error::InternalError::from_response(Problem(refusal), response).into()
    };
    let answer = AssertUnwindSafe(tokio::time::timeout(visit.deadline(), next.call(req)))
        .catch_unwind()
        .await;
    let response = match answer {
        Ok(Ok(response)) => response?.map_into_boxed_body(),
        Ok(Err(_)) => return Err(lost(UNAVAILABLE.error().with("retry_after", 1))),
        Err(_) => return Err(lost(INTERNAL.error())),
    };
    let mut response = headers::not_modified(finish(response, visit), if_none_match.as_ref());
    headers::seal(response.headers_mut(), visit);
    Ok(response)
}

/// Renders a handler's refusal in the caller's language.
fn finish(response: ServiceResponse<BoxBody>, visit: &Visit) -> ServiceResponse<BoxBody> {
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
    ServiceResponse::new(request, visit.render(&refusal))
}

async fn admit(req: &mut ServiceRequest, visit: &mut Visit) -> Result<(), Error> {
    let (operation, params) = match CONTRACT.find(req.method(), req.path()) {
        Found::Operation(operation, params) => (operation, params),
        Found::WrongMethod(allow) => {
            return Err(METHOD_NOT_ALLOWED
                .because(format!("Allowed here: {allow}."), format!("此处允许：{allow}。"))
                .with("allow", allow));
        }
        // Swagger UI is a page for people, not an operation.
        Found::Nothing if req.path() == "/docs" || req.path().starts_with("/docs/") => return Ok(()),
        Found::Nothing => return Err(NOT_FOUND.error()),
    };
    let state = req
        .app_data::<Data<State>>()
        .cloned()
        .ok_or_else(|| INTERNAL.error())?;
    if operation.path.starts_with("/v1/sandbox/") && !state.config.is_sandbox() {
        return Err(NOT_FOUND.error());
    }
    visit.operation = Some(operation);
    let (actor, session_id) = match admission::caller(req, &state, operation, visit).await? {
        Some(caller) => (Some(caller.actor), caller.session_id),
        None => (None, None),
    };
    parameters::check_path(operation, &params)?;
    parameters::check_query(operation, req.query_string())?;
    parameters::check_headers(operation, req)?;
    let body = body::read_body(req, operation).await?;
    let idempotency = headers::idempotency_key(req, operation, actor.as_deref(), &body)?;
    if operation.needs_if_match && !req.headers().contains_key(header::IF_MATCH) {
        return Err(PRECONDITION_REQUIRED
            .violation(Place::Header("If-Match".to_owned()))
            .into());
    }
    let call = Call {
        actor,
        session_id,
        lang: visit.lang,
        trace_id: visit.trace_id.clone(),
        idempotency,
        address: req.peer_addr().map(|a| a.ip().to_string()).unwrap_or_default(),
        permission: &operation.permission,
    };
    let mut extensions = req.extensions_mut();
    extensions.insert(call);
    extensions.insert(RawBody(body));
    Ok(())
}
