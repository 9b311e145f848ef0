//! Refusals on the wire: RFC 9457, one shape for router, guard, handler and panic (C28, C29).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use aftercare_domain::kernel::error::Place;
use aftercare_domain::kernel::{Code, Error, Kind};
use serde_json::{Map, Value, json};

use super::language::Lang;

/// A refusal on its way out; rendered by the guard, which knows the caller's language.
#[derive(Debug)]
pub struct Problem(pub Error);

/// What a handler answers.
pub type ProblemResult<T> = Result<T, Problem>;

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem(error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.0.code.kind)
    }

    fn error_response(&self) -> HttpResponse {
        render(&self.0, Lang::Zh, "", "")
    }
}

/// The status of a kind of refusal; the one place that knows.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Kind::Timeout => StatusCode::REQUEST_TIMEOUT,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Gone => StatusCode::GONE,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::NoSuchRange => StatusCode::RANGE_NOT_SATISFIABLE,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The path of a code's explanation.
pub fn type_of(code: &Code) -> String {
    format!("/problems/{}", code.slug.replace('_', "-"))
}

fn document(error: &Error, lang: Lang, instance: &str, trace_id: &str) -> Map<String, Value> {
    let said = |detail: &Option<(String, String)>, code: &Code| match detail {
        Some((en, zh)) => lang.pick(en, zh).to_owned(),
        None => lang.pick(code.en, code.zh).to_owned(),
    };
    let mut problem = Map::new();
    problem.insert("type".into(), type_of(error.code).into());
    problem.insert("title".into(), lang.pick(error.code.en, error.code.zh).into());
    problem.insert("status".into(), status(error.code.kind).as_u16().into());
    problem.insert("detail".into(), said(&error.detail, error.code).into());
    problem.insert(
        "instance".into(),
        instance.chars().take(2_000).collect::<String>().into(),
    );
    problem.insert("code".into(), error.code.slug.into());
    problem.insert("trace_id".into(), trace_id.into());
    if !error.errors.is_empty() {
        let each = error.errors.iter().map(|violation| {
            let mut entry = Map::new();
            match &violation.place {
                Place::Call => {}
                Place::Pointer(pointer) => drop(entry.insert("pointer".into(), pointer.as_str().into())),
                Place::Parameter(name) => drop(entry.insert("parameter".into(), name.as_str().into())),
                Place::Header(name) => drop(entry.insert("header".into(), name.as_str().into())),
            }
            entry.insert("code".into(), violation.code.slug.into());
            entry.insert("detail".into(), said(&violation.detail, violation.code).into());
            entry.insert("params".into(), Value::Object(violation.params.clone()));
            Value::Object(entry)
        });
        problem.insert("errors".into(), each.take(100).collect());
    }
    problem.extend(error.extra.clone());
    problem
}

/// The whole answer for a refusal.
pub fn render(error: &Error, lang: Lang, instance: &str, trace_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status(error.code.kind));
    response.insert_header((header::CONTENT_LANGUAGE, lang.as_str()));
    response.insert_header((header::CONTENT_TYPE, "application/problem+json; charset=utf-8"));
    let header = |name: &str| match error.extra.get(name) {
        Some(Value::String(text)) => HeaderValue::from_str(text).ok(),
        Some(Value::Number(number)) => HeaderValue::from_str(&number.to_string()).ok(),
        _ => None,
    };
    let extra: [(&str, HeaderName); 4] = [
        ("allow", header::ALLOW),
        ("retry_after", header::RETRY_AFTER),
        ("accept_patch", HeaderName::from_static("accept-patch")),
        ("content_range", header::CONTENT_RANGE),
    ];
    for (member, name) in extra {
        if let Some(value) = header(member) {
            response.insert_header((name, value));
        }
    }
    match error.code.kind {
        Kind::Unauthenticated => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"aftercare\""));
        }
        Kind::Unavailable if !error.extra.contains_key("retry_after") => {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        _ => {}
    }
    let mut document = document(error, lang, instance, trace_id);
    document.remove("allow");
    document.remove("accept_patch");
    document.remove("content_range");
    response.body(json!(document).to_string())
}
