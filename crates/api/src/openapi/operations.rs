//! Operations: headers, refusals and permissions that follow from method, path and answer.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::json::{entry, items, members, resolved, set, text};
use super::problem::name_of;

/// How many values a list parameter takes at most.
pub const LIST_VALUES: u64 = 50;
/// Paths whose POST changes nothing: asked twice, they may answer twice (A27).
const QUESTIONS: [&str; 5] = ["/search", "/preview", "/check", "/add-minutes", "/elapsed"];

/// What may be done twice, but must not be remembered: a key would keep a digest of the password, or the secret that
/// is shown once.
const SECRETS: [&str; 2] = ["/set-password", "/v1/api-keys"];

/// Where every part of the body has an identifier of its own, under which its answer is kept.
const KEYED_WITHIN: &str = "/offline-batches";

/// What follows from an operation's method, path and answers.
struct Traits {
    is_public: bool,
    is_write: bool,
    has_body: bool,
    has_version: bool,
    is_action: bool,
    is_upsert: bool,
    takes_key: bool,
    records_key: bool,
}

impl Traits {
    fn of(path: &str, method: &str, operation: &Value) -> Traits {
        let is_public = operation
            .pointer("/security/0")
            .is_some_and(|s| s.as_object().is_some_and(Map::is_empty));
        let apart = ["/v1/auth/", "/v1/sandbox/"].iter().any(|p| path.starts_with(p));
        let is_secret = SECRETS.iter().any(|tail| path.ends_with(tail));
        let asks = QUESTIONS.iter().any(|tail| path.ends_with(tail));
        let creates = operation.pointer("/responses/201").is_some();
        let takes_key = method == "post" && !is_public;
        Traits {
            is_public,
            is_write: matches!(method, "post" | "patch" | "delete" | "put"),
            has_body: operation.get("requestBody").is_some(),
            has_version: (matches!(method, "patch" | "delete") || method == "put" && !apart)
                && path.starts_with("/v1/")
                && !path.contains("/by-external-id/"),
            is_action: method == "post" && path.contains('{') && !creates && !asks,
            is_upsert: method == "patch" && path.contains("/by-external-id/"),
            takes_key,
            records_key: takes_key && !apart && !asks && !is_secret && !path.ends_with(KEYED_WITHIN),
        }
    }
}

/// Adds to one operation what holds for all of its kind.
pub fn finish(path: &str, method: &str, operation: &mut Value, schemas: &Value) {
    let traits = Traits::of(path, method, operation);
    bound_lists(operation);
    add_headers(operation, &traits);
    fix_create_only(operation);
    if let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
        body.entry("description").or_insert("What is asked.".into());
        // An action that needs nothing said may come without a body.
        let schema = body
            .get("content")
            .and_then(|c| c.get("application/json")?.get("schema")?.get("$ref")?.as_str());
        let needs_nothing = schema
            .and_then(|reference| reference.rsplit('/').next())
            .and_then(|name| schemas.get(name))
            .is_some_and(|schema| {
                let required = schema.get("required").and_then(Value::as_array);
                schema.get("type").and_then(Value::as_str) != Some("array")
                    && required.is_none_or(Vec::is_empty)
            });
        if needs_nothing {
            body.insert("required".to_owned(), false.into());
        }
    }
    let mut responses = Map::new();
    for (status, response) in members(operation, "/responses") {
        let mut response = response.clone();
        describe_success(path, method, status, &mut response, &traits, schemas);
        responses.insert(status.clone(), response);
    }
    let is_ranged = responses.contains_key("206");
    if is_ranged {
        add_ranges(operation, &mut responses);
    }
    if method == "get" && (is_ranged || responses.get("200").is_some_and(|r| is_versioned(r, schemas))) {
        parameter(
            operation,
            json!({ "name": "If-None-Match", "in": "header", "required": false,
            "description": "The version the caller has: `\"v7\"`; answered 304 while it is the latest.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~ ]+$" } }),
        );
        let tag = json!({ "description": "The version, `\"v7\"`.", "required": true, "schema": { "type": "string", "maxLength": 80 } });
        let mut headers = Map::from_iter([("ETag".to_owned(), tag)]);
        headers.extend(rate_limit_links());
        responses.insert(
            "304".to_owned(),
            json!({ "description": "Unchanged.", "headers": headers }),
        );
    }
    for status in refusals(path, operation, &traits) {
        responses
            .entry(status.to_string())
            .or_insert(json!({ "$ref": format!("#/components/responses/{}", name_of(status)) }));
    }
    set(operation, "responses", Value::Object(responses));
    say_permission(operation);
}

/// A file is asked for whole or in part, and says how it is to be treated.
fn add_ranges(operation: &mut Value, responses: &mut Map<String, Value>) {
    let asked = [
        (
            "Range",
            "One range of bytes: `bytes=0-1023`; anything else asks for the whole.",
        ),
        (
            "If-Range",
            "The tag the range belongs to; another one asks for the whole.",
        ),
    ];
    for (name, about) in asked {
        parameter(
            operation,
            json!({ "name": name, "in": "header", "required": false, "description": about,
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~ ]+$" } }),
        );
    }
    let said = [
        ("Accept-Ranges", "Always `bytes`.", "both"),
        (
            "Content-Disposition",
            "Always to be saved, under its name.",
            "both",
        ),
        ("Content-Security-Policy", "Always `sandbox`.", "both"),
        ("ETag", "The tag of the bytes.", "both"),
        ("Content-Range", "Which bytes of how many.", "206"),
    ];
    for status in ["200", "206"] {
        let headers = responses
            .get_mut(status)
            .map(|response| entry(response, "headers"));
        let Some(headers) = headers else { continue };
        for (name, about, _) in said.iter().filter(|(_, _, of)| *of == "both" || *of == status) {
            set(
                headers,
                name,
                json!({ "description": about, "required": true, "schema": { "type": "string", "maxLength": 2000 } }),
            );
        }
    }
}

/// `If-None-Match: *` has one value; a set of one says it more plainly than a pattern.
fn fix_create_only(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter.pointer("/schema/pattern").and_then(Value::as_str) == Some(r"^\*$") {
            set(parameter, "schema", json!({ "type": "string", "enum": ["*"] }));
        }
    }
}

/// A list in the query is no longer than a person would type.
fn bound_lists(operation: &mut Value) {
    for parameter in operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let schema = parameter.get_mut("schema").and_then(Value::as_object_mut);
        if let Some(schema) = schema.filter(|s| s.get("type").and_then(Value::as_str) == Some("array")) {
            schema.entry("minItems").or_insert(1.into());
            schema.entry("maxItems").or_insert(LIST_VALUES.into());
        }
    }
}

fn add_headers(operation: &mut Value, traits: &Traits) {
    if traits.takes_key {
        parameter(
            operation,
            json!({ "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes a retry safe: the same key and body are done once and answered alike for 72 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" } }),
        );
    }
    if traits.records_key {
        set(operation, "x-idempotent", true.into());
    }
    if traits.has_version || traits.is_action || traits.is_upsert {
        let about = match traits.is_upsert {
            true => {
                "The version the caller has seen: `\"v7\"`; 412 if the key leads to none or another. `*` asks for nothing."
            }
            false => "The version the caller has seen: `\"v7\"`, or `*` for any.",
        };
        parameter(
            operation,
            json!({ "name": "If-Match", "in": "header", "required": traits.has_version,
            "description": about,
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~ ]+$" },
            "example": "*" }),
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

/// The refusals an operation may answer with, by what it is.
fn refusals(path: &str, operation: &Value, traits: &Traits) -> BTreeSet<u16> {
    let mut refusals = BTreeSet::from([400, 500, 503]);
    let is_list = items(operation, "/parameters").any(|p| text(p, "/name") == Some("limit"));
    let rules: [(bool, &[u16]); 14] = [
        (path.starts_with("/v1/"), &[429]),
        (!traits.is_public, &[401, 403]),
        (path.contains('{') || path.starts_with("/v1/sandbox/"), &[404]),
        (traits.has_body, &[408, 413, 415, 422]),
        (is_list, &[422]),
        (
            path.ends_with("/stats") || path.ends_with("/availability"),
            &[422],
        ),
        (operation.pointer("/responses/206").is_some(), &[416]),
        (members(operation, "/responses/200/content").count() > 1, &[406]),
        (traits.is_write, &[409, 422]),
        (traits.is_write && traits.is_public, &[401]),
        (traits.has_version, &[412, 428]),
        (traits.is_action, &[412]),
        // What a feed no longer keeps is gone (C33).
        (path.ends_with("/changes"), &[410]),
        // An upsert finds a record where none may be, or not the one the caller has seen (C26).
        (traits.is_upsert, &[412]),
    ];
    for (holds, statuses) in rules {
        if holds {
            refusals.extend(statuses);
        }
    }
    refusals
}

fn say_permission(operation: &mut Value) {
    let Some(permission) = text(operation, "/security/0/bearer/0").map(str::to_owned) else {
        return;
    };
    let said = text(operation, "/description").unwrap_or_default();
    let blank = if said.is_empty() { "" } else { "\n\n" };
    let description = format!("{said}{blank}Permission: `{permission}`.");
    set(operation, "description", description.into());
    let grant = aftercare_domain::grants().find(|grant| grant.code == permission);
    let roles: Vec<&str> = grant
        .into_iter()
        .flat_map(|grant| grant.roles.iter())
        .map(aftercare_domain::kernel::Role::as_str)
        .collect();
    set(operation, "x-roles", json!(roles));
}

/// Whether an answer is a resource with a version, the one its `ETag` names.
fn is_versioned(response: &Value, schemas: &Value) -> bool {
    let schema = response.pointer("/content/application~1json/schema");
    schema.is_some_and(|schema| {
        let properties = resolved(schema, schemas).get("properties");
        ["version", "created_at", "updated_at"]
            .iter()
            .all(|name| properties.and_then(|p| p.get(*name)).is_some())
    })
}

fn describe_success(
    path: &str,
    method: &str,
    status: &str,
    response: &mut Value,
    traits: &Traits,
    schemas: &Value,
) {
    if text(response, "/description").unwrap_or_default().is_empty() {
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
    if !traits.is_public {
        headers.extend(rate_limit_links());
    }
    if matches!(status, "201" | "202") {
        headers.insert(
            "Location".to_owned(),
            string("Where the new resource stands.", 500),
        );
    }
    if traits.records_key {
        headers.insert("Idempotent-Replayed".to_owned(), json!({ "description": "`true` when an earlier call with the same key did the work.", "schema": { "type": "string", "enum": ["true"] } }));
    }
    if matches!(status, "200" | "201") && path.starts_with("/v1/") && is_versioned(response, schemas) {
        headers.insert(
            "ETag".to_owned(),
            string("The version of the resource, `\"v7\"`.", 40),
        );
    }
    set(response, "headers", Value::Object(headers));
}

/// The headers every answer to a known caller carries where calls are limited (C30).
pub fn rate_limit() -> Value {
    let header = |about: &str, pattern: &str, example: &str| {
        json!({ "description": about, "example": example,
            "schema": { "type": "string", "maxLength": 100, "pattern": pattern } })
    };
    json!({
        "RateLimit-Policy": header(
            "How many calls each credential has (`q`) in so many seconds (`w`); absent where calls are not limited.",
            "^\"default\";q=[0-9]+;w=[0-9]+$",
            "\"default\";q=600;w=60",
        ),
        "RateLimit": header(
            "How many calls are left (`r`), and in how many seconds all of them are there again (`t`).",
            "^\"default\";r=[0-9]+;t=[0-9]+$",
            "\"default\";r=598;t=1",
        ),
    })
}

/// The same where an answer names them.
pub fn rate_limit_links() -> Map<String, Value> {
    ["RateLimit-Policy", "RateLimit"]
        .into_iter()
        .map(|name| {
            let link = json!({ "$ref": format!("#/components/headers/{name}") });
            (name.to_owned(), link)
        })
        .collect()
}

/// The tags in use, described.
pub fn tags(document: &Value) -> Value {
    let names: BTreeSet<&str> = members(document, "/paths")
        .flat_map(|(_, item)| members(item, ""))
        .filter_map(|(_, operation)| text(operation, "/tags/0"))
        .collect();
    names
        .into_iter()
        .map(|name| json!({ "name": name, "description": format!("Operations on {}.", name.replace('_', " ")) }))
        .collect()
}
