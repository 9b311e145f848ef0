//! The document: collected from the routes, then finished by rules that hold for every operation (api.md 2.2).

use std::collections::BTreeSet;

use actix_web::App;
use aftercare_domain::kernel::Code;
use serde_json::{Map, Value, json};
use utoipa_actix_web::{AppExt as _, scope};

use crate::http;

/// Every refusal code a caller may meet.
pub fn codes() -> Vec<&'static Code> {
    let ours = [
        http::guard::CODES,
        http::input::CODES,
        http::shape::CODES,
        aftercare_persistence::platform::idempotency::CODES,
    ];
    let mut all: Vec<&'static Code> = aftercare_domain::codes()
        .chain(ours.into_iter().flatten().copied())
        .collect();
    all.sort_by_key(|code| code.slug);
    all.dedup_by_key(|code| code.slug);
    all
}

/// The finished document of this release.
pub fn document() -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .configure(crate::system::routes)
        .service(scope::scope("/v1").configure(crate::v1::routes))
        .split_for_parts();
    let mut document = serde_json::to_value(api).unwrap_or_default();
    finish(&mut document);
    document
}

fn finish(document: &mut Value) {
    set(document, "openapi", "3.1.0".into());
    set(
        document,
        "jsonSchemaDialect",
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    set(
        document,
        "info",
        json!({
            "title": "aftercare",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "After-sales service: the closed loop of the service request.",
            "description": "After-sales service management: requests, promised times, work orders, follow-ups. \
                            Every refusal is a problem document with a stable `code`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "contact": { "name": "aftercare", "url": "https://aftercare.invalid" },
        }),
    );
    set(
        document,
        "servers",
        json!([{ "url": "/", "description": "This server." }]),
    );
    let components = entry(document, "components");
    set(
        components,
        "securitySchemes",
        json!({ "bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "An access token from `POST /v1/auth/login`; the scope named at an operation is the permission it needs.",
    } }),
    );
    let schemas = entry(components, "schemas");
    add_problem(schemas);
    tidy(schemas);
    inline_scalars(document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                finish_operation(path, method, operation);
            }
        }
    }
    let responses = shared_responses();
    set(entry(document, "components"), "responses", responses);
    set(document, "tags", tags(document));
    drop_unused(document);
}

fn set(value: &mut Value, member: &str, new: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(member.to_owned(), new);
    }
}

fn entry<'v>(value: &'v mut Value, member: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(object) => object.entry(member).or_insert_with(|| json!({})),
        _ => unreachable!("it was just made an object"),
    }
}

fn add_problem(schemas: &mut Value) {
    let text = |max: u32, about: &str, example: &str| json!({ "type": "string", "maxLength": max, "description": about, "examples": [example] });
    set(
        schemas,
        "ProblemError",
        json!({
            "type": "object", "description": "One thing that is wrong.",
            "required": ["code", "detail", "params"],
            "properties": {
                "pointer": text(500, "The member, as a JSON pointer fragment.", "#/phone"),
                "parameter": text(100, "The query or path parameter.", "sort"),
                "header": text(100, "The request header.", "If-Match"),
                "code": text(64, "What is wrong.", "too_long"),
                "detail": text(2000, "The same in words.", "At most 200 characters."),
                "params": { "type": "object", "description": "Values to format a text of one's own.", "additionalProperties": true },
            },
        }),
    );
    let mut problem = json!({
        "type": "object", "description": "A refusal (RFC 9457). Clients switch on `code`.",
        "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
        "properties": {
            "type": text(100, "Where this kind of refusal is explained.", "/problems/not-found"),
            "title": text(200, "The kind of refusal in words, fixed per code.", "Not found"),
            "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The status of the answer." },
            "detail": text(4000, "What happened this time.", "Not found"),
            "instance": text(2000, "The path that was called.", "/v1/customers/0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"),
            "code": text(64, "What clients switch on.", "not_found"),
            "trace_id": text(32, "Names this call in the server's log.", "4bf92f3577b34da6a3ce929d0e0e4736"),
            "errors": { "type": "array", "maxItems": 100, "items": { "$ref": "#/components/schemas/ProblemError" }, "description": "Each thing that is wrong." },
        },
    });
    let extra = [
        (
            "current_version",
            json!({ "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64, "description": "The version the record has now." }),
        ),
        (
            "retry_after",
            json!({ "type": "integer", "minimum": 0, "maximum": 86_400, "description": "Seconds to wait before another try." }),
        ),
        (
            "required_scope",
            text(100, "The permission that is missing.", "customers:read"),
        ),
        (
            "max_bytes",
            json!({ "type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_i64, "description": "The limit." }),
        ),
        ("status_now", text(40, "The state the record is in.", "closed")),
        ("action", text(40, "The action that was refused.", "assign")),
        (
            "allowed_actions",
            json!({ "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": 40 }, "description": "What the caller may do instead." }),
        ),
        (
            "conflicting_id",
            json!({ "type": "string", "format": "uuid", "description": "The record in the way." }),
        ),
        (
            "reasons",
            json!({ "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": 100 }, "description": "Why, one word each." }),
        ),
    ];
    for (name, schema) in extra {
        set(entry(&mut problem, "properties"), name, schema);
    }
    set(schemas, "Problem", problem);
}

/// Repairs what the collector cannot say: merged metadata, closed bodies, no invented defaults.
fn tidy(schemas: &mut Value) {
    let names: Vec<String> = schemas
        .as_object()
        .map(|s| s.keys().cloned().collect())
        .unwrap_or_default();
    let meta = schemas.get("Meta").cloned().unwrap_or_default();
    for name in names {
        let Some(schema) = schemas.get_mut(&name) else {
            continue;
        };
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array).cloned() {
            *schema = merged(schema, &parts, &meta);
        }
        if name.ends_with("Patch") {
            for property in schema
                .get_mut("properties")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flatten()
            {
                if let Some(object) = property.1.as_object_mut() {
                    object.remove("default");
                }
            }
        }
    }
    if let Some(object) = schemas.as_object_mut() {
        object.remove("Meta");
    }
}

/// One object out of `allOf [Meta, own members]`.
fn merged(schema: &Value, parts: &[Value], meta: &Value) -> Value {
    let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
    for (key, value) in schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "allOf")
    {
        set(&mut whole, key, value.clone());
    }
    // Own members first, as they stand in the struct; then version and times.
    let is_meta =
        |part: &&Value| part.get("$ref").and_then(Value::as_str) == Some("#/components/schemas/Meta");
    for part in parts
        .iter()
        .filter(|p| !is_meta(p))
        .chain(parts.iter().filter(is_meta).map(|_| meta))
    {
        for (name, property) in part
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            set(entry(&mut whole, "properties"), name, property.clone());
        }
        let more = part
            .get("required")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if let Some(required) = whole.get_mut("required").and_then(Value::as_array_mut) {
            required.extend(more);
        }
        for key in ["description", "example"] {
            if let Some(value) = part.get(key)
                && whole.get(key).is_none()
            {
                set(&mut whole, key, value.clone());
            }
        }
    }
    whole
}

/// Writes bounded texts, identifiers and instants where they are used; clients see strings, not a type for each bound.
fn inline_scalars(document: &mut Value) {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let is_scalar = |schema: &Value| {
        matches!(
            schema.get("type").and_then(Value::as_str),
            Some("string" | "integer" | "boolean")
        ) && schema.get("enum").is_none()
    };
    let scalars: Map<String, Value> = schemas
        .into_iter()
        .filter(|(_, schema)| is_scalar(schema))
        .collect();
    inline(document, &scalars);
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.retain(|name, _| !scalars.contains_key(name));
    }
}

fn inline(value: &mut Value, scalars: &Map<String, Value>) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|member| inline(member, scalars));
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/components/schemas/"));
            if let Some(Value::Object(scalar)) = name.and_then(|name| scalars.get(name)).cloned() {
                object.remove("$ref");
                for (key, member) in scalar {
                    object.entry(key).or_insert(member);
                }
            }
            nullable(object);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, scalars)),
        _ => {}
    }
}

/// `oneOf [null, scalar]` becomes the scalar with `type: [scalar, null]`.
fn nullable(object: &mut Map<String, Value>) {
    let Some([first, second]) = object.get("oneOf").and_then(Value::as_array).map(Vec::as_slice) else {
        return;
    };
    let is_null = |v: &Value| v.get("type").and_then(Value::as_str) == Some("null");
    let inner = if is_null(first) { second } else { first };
    let Some(kind) = inner
        .get("type")
        .and_then(Value::as_str)
        .filter(|k| *k != "null" && *k != "object")
    else {
        return;
    };
    if inner.get("enum").is_some() || !(is_null(first) || is_null(second)) {
        return;
    }
    let kind = json!([kind, "null"]);
    let inner = inner.as_object().cloned().unwrap_or_default();
    object.remove("oneOf");
    for (key, member) in inner {
        object.entry(key).or_insert(member);
    }
    object.insert("type".to_owned(), kind);
}

fn finish_operation(path: &str, method: &str, operation: &mut Value) {
    let is_public = operation
        .pointer("/security/0")
        .is_some_and(|s| s.as_object().is_some_and(Map::is_empty));
    let has_body = operation.get("requestBody").is_some();
    let is_write = matches!(method, "post" | "patch" | "delete" | "put");
    let has_version = matches!(method, "patch" | "delete")
        && path.starts_with("/v1/")
        && !path.contains("/by-external-id/");
    let is_action = method == "post" && path.matches('{').count() > 0;
    let records_key = method == "post"
        && !is_public
        && !["/v1/auth/", "/v1/sandbox/"].iter().any(|p| path.starts_with(p))
        && !["/search", "/preview", "/check", "/add-minutes", "/elapsed"]
            .iter()
            .any(|tail| path.ends_with(tail));
    if method == "post" && !is_public {
        parameter(
            operation,
            json!({ "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes a retry safe: the same key and body are done once and answered alike for 72 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" } }),
        );
    }
    if records_key {
        set(operation, "x-idempotent", true.into());
    }
    if has_version || is_action {
        parameter(
            operation,
            json!({ "name": "If-Match", "in": "header", "required": has_version,
            "description": "The version the caller has seen: `\"v7\"`, or `*` for any.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~ ]+$" },
            "example": "*" }),
        );
    }
    if let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
        body.entry("description").or_insert("What is asked.".into());
    }
    let success = operation
        .pointer("/responses")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut responses = Map::new();
    for (status, mut response) in success {
        describe_success(path, method, &status, &mut response);
        responses.insert(status, response);
    }
    let mut refusals: BTreeSet<u16> = BTreeSet::from([400, 500, 503]);
    if path.starts_with("/v1/") {
        refusals.insert(429);
    }
    if !is_public {
        refusals.extend([401, 403]);
    }
    if path.contains('{') || path.starts_with("/v1/sandbox/") {
        refusals.insert(404);
    }
    if path == "/problems/{slug}" {
        refusals.insert(404);
    }
    if has_body {
        refusals.extend([408, 413, 415, 422]);
    }
    if operation
        .pointer("/parameters")
        .and_then(Value::as_array)
        .is_some_and(|p| {
            p.iter()
                .any(|p| p.get("name").and_then(Value::as_str) == Some("limit"))
        })
    {
        refusals.insert(422);
    }
    if is_write && !is_public {
        refusals.extend([409, 422]);
    }
    if is_public && is_write {
        refusals.extend([401, 409, 422]);
    }
    if has_version {
        refusals.extend([412, 428]);
    }
    if is_action {
        refusals.insert(412);
    }
    for status in refusals {
        responses
            .entry(status.to_string())
            .or_insert(json!({ "$ref": format!("#/components/responses/{}", name_of(status)) }));
    }
    set(operation, "responses", Value::Object(responses));
    let permission = operation
        .pointer("/security/0/bearer/0")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(permission) = permission {
        let said = operation
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let blank = if said.is_empty() { "" } else { "\n\n" };
        set(
            operation,
            "description",
            format!("{said}{blank}Permission: `{permission}`.").into(),
        );
    }
}

fn parameter(operation: &mut Value, parameter: Value) {
    if operation.get("parameters").is_none() {
        set(operation, "parameters", json!([]));
    }
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.push(parameter);
    }
}

fn describe_success(path: &str, method: &str, status: &str, response: &mut Value) {
    let said = response
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if said.is_empty() {
        let about = match (method, status) {
            (_, "201") => "Created.",
            (_, "202") => "Accepted; the work goes on.",
            (_, "204") => "Done.",
            ("get", _) => "Found.",
            _ => "Done; the whole resource as it stands now.",
        };
        set(response, "description", about.into());
    }
    let string = |about: &str, max: u32| json!({ "description": about, "required": true, "schema": { "type": "string", "maxLength": max } });
    let mut headers = response
        .get("headers")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    headers.insert(
        "X-Request-Id".to_owned(),
        string("Names this call in the server's log.", 64),
    );
    if status == "201" || status == "202" {
        headers.insert(
            "Location".to_owned(),
            string("Where the new resource stands.", 500),
        );
    }
    if method == "post" && path.starts_with("/v1/") {
        headers.insert("Idempotent-Replayed".to_owned(), json!({ "description": "`true` when an earlier call with the same key did the work.", "schema": { "type": "string", "enum": ["true"] } }));
    }
    if matches!(status, "200" | "201") && path.starts_with("/v1/") {
        headers.insert("ETag".to_owned(), json!({ "description": "The version, `\"v7\"`, where the resource has one.", "schema": { "type": "string", "maxLength": 40 } }));
    }
    set(response, "headers", Value::Object(headers));
}

fn name_of(status: u16) -> &'static str {
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
        422 => "ValidationFailed",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        503 => "Unavailable",
        _ => "Internal",
    }
}

fn shared_responses() -> Value {
    let mut all = Map::new();
    for status in [
        400, 401, 403, 404, 406, 408, 409, 410, 412, 413, 415, 422, 428, 429, 500, 503_u16,
    ] {
        let known: Vec<&str> = codes()
            .into_iter()
            .filter(|c| http::problem::status(c.kind).as_u16() == status)
            .map(|c| c.slug)
            .collect();
        let example = example_of(status);
        let mut response = json!({
            "description": format!("Refused: `{}`.", known.join("`, `")),
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" }, "example": example } },
            "headers": { "X-Request-Id": { "description": "Names this call in the server's log.", "required": true, "schema": { "type": "string", "maxLength": 64 } } },
        });
        let header = match status {
            401 => Some("WWW-Authenticate"),
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

fn example_of(status: u16) -> Value {
    let code = codes()
        .into_iter()
        .find(|c| http::problem::status(c.kind).as_u16() == status);
    let (slug, title) = code.map_or(("internal", "Something went wrong on our side"), |c| {
        (c.slug, c.en)
    });
    json!({
        "type": format!("/problems/{}", slug.replace('_', "-")), "title": title, "status": status, "detail": title,
        "instance": "/v1/customers", "code": slug, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    })
}

fn tags(document: &Value) -> Value {
    let mut names = BTreeSet::new();
    for item in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (_, operation) in item.1.as_object().into_iter().flatten() {
            names.extend(operation.pointer("/tags/0").and_then(Value::as_str));
        }
    }
    names.into_iter().map(|name| json!({ "name": name, "description": format!("Operations on {}.", name.replace('_', " ")) })).collect()
}

/// Removes components nothing refers to.
fn drop_unused(document: &mut Value) {
    for kind in ["responses", "schemas", "schemas", "schemas"] {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let prefix = format!("#/components/{kind}/");
        if let Some(all) = document
            .pointer_mut(&format!("/components/{kind}"))
            .and_then(Value::as_object_mut)
        {
            all.retain(|name, _| used.contains(&format!("{prefix}{name}")));
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            used.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|member| references(member, used));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        _ => {}
    }
}

/// The operations as a table people can read and diff: tag · operationId · METHOD path · permission.
pub fn operations() -> String {
    let document = &http::contract::CONTRACT.document;
    let mut lines = Vec::new();
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let text = |pointer: &str| {
                operation
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let scope = match text("/security/0/bearer/0") {
                "" if operation.pointer("/security/0/bearer").is_some() => "signed in",
                "" => "public",
                scope => scope,
            };
            lines.push(format!(
                "{:<24} {:<40} {:<6} {path:<70} {scope}",
                text("/tags/0"),
                text("/operationId"),
                method.to_uppercase()
            ));
        }
    }
    lines.sort();
    lines.join("\n") + "\n"
}
