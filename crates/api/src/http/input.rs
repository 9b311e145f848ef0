//! What a handler reads: path, query and body, already checked by the guard.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use aftercare_domain::codes;
use aftercare_domain::kernel::error::{
    INTERNAL, INVALID_VALUE, NOT_ALLOWED, PRECONDITION_FAILED, VALIDATION_FAILED,
};
use aftercare_domain::kernel::{Code, Error, Meta};
use aftercare_persistence::{IfMatch, SortKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

use super::Problem;
use super::wording::both;

codes! {
    MALFORMED_JSON: Malformed = "malformed_json", "The body is not JSON", "请求内容不是有效的 JSON";
    INVALID_PATH_PARAMETER: Malformed = "invalid_path_parameter", "A path parameter has the wrong form", "路径参数格式不正确";
    INVALID_QUERY_PARAMETER: Malformed = "invalid_query_parameter", "A query parameter is unknown or has the wrong form", "查询参数未知或格式不正确";
    INVALID_CURSOR: Malformed = "invalid_cursor", "The cursor is damaged or belongs to another list", "游标已损坏或不属于此列表";
    INVALID_HEADER: Malformed = "invalid_header", "A header has the wrong form", "请求头格式不正确";
}

/// The body as the guard read it.
#[derive(Clone)]
pub struct RawBody(pub Bytes);

/// A JSON body, parsed.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let bytes = req
            .extensions()
            .get::<RawBody>()
            .map(|raw| raw.0.clone())
            .unwrap_or_default();
        ready(parse(&bytes).map(Body).map_err(Problem))
    }
}

/// How serde says that a member stands twice.
const DUPLICATE_FIELD: &str = "duplicate field";

/// Parses a body whose shape the guard found right; what is left is what no schema can say.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let strict = serde_path_to_error::deserialize::<_, T>(&mut reader);
    strict.or_else(|fault| {
        // JSON Schema counts 2.0 as an integer, serde does not.
        let whole = serde_json::from_slice::<Value>(bytes).map(whole_numbers);
        if let Ok(value) = whole
            && !fault.inner().to_string().contains(DUPLICATE_FIELD)
            && let Ok(parsed) = serde_json::from_value(value)
        {
            return Ok(parsed);
        }
        Err(unparsed(&fault))
    })
}

fn unparsed(fault: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let mut pointer = String::from("#");
    for segment in fault.path() {
        match segment {
            serde_path_to_error::Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            serde_path_to_error::Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
            }
            _ => {}
        }
    }
    let (en, zh) = both(&fault.inner().to_string());
    let mut error = INVALID_VALUE.at(&pointer).because(en, zh);
    error.code = &VALIDATION_FAILED;
    error
}

/// Integral floats as integers, all the way down.
fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(n) if n.is_f64() => {
            let text = n.to_string();
            text.strip_suffix(".0")
                .and_then(|t| t.parse::<i64>().ok())
                .map_or(Value::Number(n), Value::from)
        }
        Value::Array(items) => items.into_iter().map(whole_numbers).collect(),
        Value::Object(members) => members.into_iter().map(|(k, v)| (k, whole_numbers(v))).collect(),
        other => other,
    }
}

/// One path parameter.
pub struct PathId<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = actix_web::web::Path::<T>::extract(req).into_inner();
        ready(
            path.map(|p| PathId(p.into_inner()))
                .map_err(|_| Problem(INVALID_PATH_PARAMETER.error())),
        )
    }
}

/// Query members that narrow a list.
pub struct Filter<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Filter<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query(req).map(Filter))
    }
}

fn query<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, Problem> {
    serde_urlencoded::from_str(req.query_string()).map_err(|e| {
        let (en, zh) = both(&e.to_string());
        Problem(INVALID_QUERY_PARAMETER.because(en, zh))
    })
}

/// Which page of a list (C11, C12, C15).
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many rows at most.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    pub limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    #[serde(default)]
    #[param(max_length = 2000, pattern = "^[A-Za-z0-9_.-]+$", nullable = false)]
    pub cursor: Option<String>,
    /// Sort keys, comma-separated; a minus in front sorts downwards. Newest first if absent.
    #[serde(default)]
    #[param(max_length = 200, pattern = "^-?[a-z_]+(,-?[a-z_]+){0,3}$", nullable = false)]
    pub sort: Option<String>,
    /// Whether to count all rows, exactly up to 10 000.
    #[serde(default)]
    #[param(default = false, nullable = false)]
    pub with_total: Option<bool>,
}

/// The page asked for, with the whole query for the cursor's seal.
pub struct Paging {
    /// What was asked.
    pub params: PageParams,
    /// The query without `cursor` and `limit`: a cursor belongs to one filter and one order.
    pub subject: String,
}

impl FromRequest for Paging {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut rest: Vec<&str> = req
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("limit="))
            .filter(|pair| !pair.starts_with("with_total="))
            .collect();
        rest.sort_unstable();
        let subject = format!("{}?{}", req.path(), rest.join("&"));
        ready(query(req).map(|params| Paging { params, subject }))
    }
}

impl PageParams {
    /// The sort keys, if all of them are allowed for this list.
    pub fn keys(&self, allowed: &'static [&'static str]) -> Result<Vec<SortKey>, Error> {
        let Some(sort) = &self.sort else {
            return Ok(Vec::new());
        };
        let refused: fn(&'static Code) -> Error = |code| code.parameter("sort");
        sort.split(',')
            .map(|word| {
                let (name, is_descending) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
                allowed
                    .iter()
                    .find(|a| **a == name)
                    .map(|column| SortKey {
                        column,
                        is_descending,
                    })
                    .ok_or_else(|| {
                        let names = allowed.join(", ");
                        let mut error = refused(&NOT_ALLOWED);
                        error = match allowed {
                            [] => error.because("This list has one order.", "此列表不可另行排序。"),
                            _ => error
                                .because(format!("Sortable by {names}."), format!("可排序字段：{names}。")),
                        };
                        error.code = &VALIDATION_FAILED;
                        error
                    })
            })
            .collect()
    }
}

/// The caller's `If-Match`, read by the guard; `*` and absence (on actions) match anything.
pub struct IfMatchHeader(pub IfMatch);

impl FromRequest for IfMatchHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = req.headers().get(actix_web::http::header::IF_MATCH);
        ready(match header.map(|value| value.to_str()) {
            None => Ok(IfMatchHeader(IfMatch::Any)),
            Some(Ok(text)) => Ok(IfMatchHeader(versions(text))),
            Some(Err(_)) => Err(Problem(INVALID_HEADER.error())),
        })
    }
}

/// `"v7"`, `"v7", "v8"` or `*`; anything else matches no version and answers 412.
fn versions(text: &str) -> IfMatch {
    if text.trim() == "*" {
        return IfMatch::Any;
    }
    let version = |tag: &str| tag.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok();
    IfMatch::Versions(text.split(',').filter_map(version).collect())
}

/// What an upsert asks of the record its key leads to: with `If-None-Match: *` that there is none (C26), with a version
/// in `If-Match` that there is one, as the caller has seen it.
#[derive(Clone)]
pub struct Precondition {
    is_create_only: bool,
    seen: Option<IfMatch>,
}

impl Precondition {
    /// The version the caller has seen, if he says.
    pub fn seen(&self) -> &IfMatch {
        self.seen.as_ref().unwrap_or(&IfMatch::Any)
    }

    /// Refuses a record that is there already where none may be, with its version.
    pub fn check(&self, known: &Meta) -> Result<(), Error> {
        if self.is_create_only {
            return Err(PRECONDITION_FAILED.error().with("current_version", known.version));
        }
        Ok(())
    }

    /// Refuses that there is no record where the caller has seen a version of one; `*` asks for nothing.
    pub fn check_absent(&self) -> Result<(), Error> {
        match self.seen {
            Some(IfMatch::Any) | None => Ok(()),
            Some(_) => Err(PRECONDITION_FAILED.error()),
        }
    }
}

impl FromRequest for Precondition {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let header = req.headers().get(actix_web::http::header::IF_NONE_MATCH);
        let is_create_only = match header.map(|value| value.as_bytes().trim_ascii()) {
            None => false,
            Some(b"*") => true,
            Some(_) => {
                let place = aftercare_domain::kernel::error::Place::Header("If-None-Match".to_owned());
                return ready(Err(Problem(INVALID_HEADER.violation(place).into())));
            }
        };
        let is_said = req.headers().contains_key(actix_web::http::header::IF_MATCH);
        let seen = IfMatchHeader::from_request(req, payload).into_inner();
        ready(seen.map(|seen| Precondition {
            is_create_only,
            seen: is_said.then_some(seen.0),
        }))
    }
}

/// A guard promise that did not hold: a handler asked for what its operation does not declare.
pub fn undeclared(what: &str) -> Problem {
    tracing::error!(what, "A handler reads what its operation does not declare");
    Problem(INTERNAL.error())
}
