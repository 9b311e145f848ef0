//! Refusals in the document: one schema, one shared answer for each status (C28, C29).

use serde_json::{Map, Value, json};

use super::codes;
use super::json::{entry, set};
use crate::http::problem::status as status_of;

/// Every status a refusal may have.
const STATUSES: [u16; 17] = [
    400, 401, 403, 404, 406, 408, 409, 410, 412, 413, 415, 416, 422, 428, 429, 500, 503,
];

/// The name of the shared answer for a status.
pub fn name_of(status: u16) -> &'static str {
    match status {
        400 => "Malformed",
        401 => "Unauthenticated",
        403 => "Forbidden",
        404 => "NotFound",
        406 => "NotAcceptable",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "PreconditionFailed",
        413 => "PayloadTooLarge",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        422 => "ValidationFailed",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        503 => "Unavailable",
        _ => "Internal",
    }
}

fn string(max: u32, about: &str, example: &str) -> Value {
    json!({ "type": "string", "maxLength": max, "description": about, "examples": [example] })
}

fn integer(min: i64, max: i64, about: &str) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max, "description": about })
}

fn words(max: u32, about: &str) -> Value {
    json!({ "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": max }, "description": about })
}

/// Adds the problem document and its entries.
pub fn add_schemas(schemas: &mut Value) {
    set(
        schemas,
        "ProblemError",
        json!({
            "type": "object", "description": "One thing that is wrong.",
            "required": ["code", "detail", "params"],
            "properties": {
                "pointer": string(500, "The member, as a JSON pointer fragment.", "#/phone"),
                "parameter": string(100, "The query or path parameter.", "sort"),
                "header": string(100, "The request header.", "If-Match"),
                "code": string(64, "What is wrong.", "too_long"),
                "detail": string(2000, "The same in words.", "At most 200 characters."),
                "params": { "type": "object", "description": "Values to format a text of one's own.", "additionalProperties": true },
            },
        }),
    );
    let mut problem = json!({
        "type": "object", "description": "A refusal (RFC 9457). Clients switch on `code`.",
        "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
        "properties": {
            "type": string(100, "Where this kind of refusal is explained.", "/problems/not-found"),
            "title": string(200, "The kind of refusal in words, fixed per code.", "Not found"),
            "status": integer(400, 599, "The status of the answer."),
            "detail": string(4000, "What happened this time.", "Not found"),
            "instance": string(2000, "The path that was called.", "/v1/customers/0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"),
            "code": string(64, "What clients switch on.", "not_found"),
            "trace_id": string(32, "Names this call in the server's log.", "4bf92f3577b34da6a3ce929d0e0e4736"),
            "errors": { "type": "array", "maxItems": 100, "items": { "$ref": "#/components/schemas/ProblemError" }, "description": "Each thing that is wrong." },
        },
    });
    let max = 9_007_199_254_740_991_i64;
    let extra = [
        (
            "current_version",
            integer(1, max, "The version the record has now."),
        ),
        (
            "retry_after",
            integer(0, 86_400, "Seconds to wait before another try."),
        ),
        (
            "required_scope",
            string(100, "The permission that is missing.", "customers:read"),
        ),
        ("max_bytes", integer(0, max, "The limit.")),
        (
            "current_status",
            string(40, "The state the record is in.", "closed"),
        ),
        ("action", string(40, "The action that was refused.", "assign")),
        ("allowed_actions", words(40, "What the caller may do instead.")),
        (
            "conflicting_id",
            json!({ "type": "string", "format": "uuid", "description": "The record in the way." }),
        ),
        ("reasons", words(100, "Why, one word each.")),
        ("open_orders", integer(0, max, "Jobs that are not done yet.")),
        (
            "open_parts",
            integer(0, max, "Parts that are not reconciled yet."),
        ),
        (
            "unpaid_statements",
            integer(0, max, "Statements that are not paid yet."),
        ),
        (
            "is_deposit_held",
            json!({ "type": "boolean", "description": "Whether the deposit has not been returned." }),
        ),
    ];
    for (name, schema) in extra {
        set(entry(&mut problem, "properties"), name, schema);
    }
    set(schemas, "Problem", problem);
}

/// The shared answers, each naming the codes that come with its status.
pub fn responses() -> Value {
    let mut all = Map::new();
    for status in STATUSES {
        let known: Vec<&str> = codes()
            .into_iter()
            .filter(|c| status_of(c.kind).as_u16() == status)
            .map(|c| c.slug)
            .collect();
        let mut response = json!({
            "description": format!("Refused: `{}`.", known.join("`, `")),
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" }, "example": example(status) } },
            "headers": { "X-Request-Id": { "description": "Names this call in the server's log.", "required": true, "schema": { "type": "string", "maxLength": 64 } } },
        });
        if let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
            headers.extend(super::operations::rate_limit_links());
        }
        let header = match status {
            401 => Some("WWW-Authenticate"),
            416 => Some("Content-Range"),
            429 | 503 => Some("Retry-After"),
            _ => None,
        };
        if let Some(name) = header {
            set(
                entry(&mut response, "headers"),
                name,
                json!({ "description": "What to do next.", "required": true, "schema": { "type": "string", "maxLength": 100 } }),
            );
        }
        all.insert(name_of(status).to_owned(), response);
    }
    Value::Object(all)
}

fn example(status: u16) -> Value {
    let code = codes().into_iter().find(|c| status_of(c.kind).as_u16() == status);
    let (slug, title) = code.map_or(("internal", "Something went wrong on our side"), |c| {
        (c.slug, c.en)
    });
    json!({
        "type": format!("/problems/{}", slug.replace('_', "-")), "title": title, "status": status, "detail": title,
        "instance": "/v1/customers", "code": slug, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    })
}
