//! The document: collected from the routes, then finished by rules that hold for every operation (api.md 2.2).

mod examples;
mod json;
mod operations;
mod problem;
mod routes;
mod schemas;

use actix_web::App;
use aftercare_domain::kernel::Code;
use serde_json::{Value, json};
use utoipa_actix_web::{AppExt as _, scope};

use crate::http;
use json::{entry, members, set, text};

pub use examples::{Extent, Sampler, is_nullable, kind_of};
pub use json::resolved;
pub use routes::Routes;

/// Every refusal code a caller may meet.
pub fn codes() -> Vec<&'static Code> {
    let mut all: Vec<&'static Code> = declared_codes().collect();
    all.sort_by_key(|code| code.slug);
    all.dedup_by_key(|code| code.slug);
    all
}

/// Every refusal code as its module declares it.
pub fn declared_codes() -> impl Iterator<Item = &'static Code> {
    let ours: [&[&Code]; 9] = [
        crate::flows::agreements::CODES,
        crate::flows::requests::CODES,
        http::guard::CODES,
        http::input::CODES,
        http::keyed::CODES,
        http::shape::CODES,
        http::range::CODES,
        http::upload::CODES,
        aftercare_persistence::platform::idempotency::CODES,
    ];
    aftercare_domain::codes().chain(ours.into_iter().flatten().copied())
}

/// The finished document of this release.
pub fn document() -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .configure(|cfg| crate::system::routes(&mut Routes::Describe(cfg)))
        .service(scope::scope("/v1").configure(|cfg| crate::v1::routes(&mut Routes::Describe(cfg))))
        .split_for_parts();
    let mut document = serde_json::to_value(api).unwrap_or_default();
    finish(&mut document);
    document
}

fn finish(document: &mut Value) {
    head(document);
    let schemas = entry(entry(document, "components"), "schemas");
    problem::add_schemas(schemas);
    schemas::tidy(schemas);
    schemas::inline_scalars(document);
    let schemas = document
        .pointer("/components/schemas")
        .cloned()
        .unwrap_or_default();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                operations::finish(path, method, operation, &schemas);
            }
        }
    }
    let responses = problem::responses();
    set(entry(document, "components"), "responses", responses);
    set(entry(document, "components"), "headers", operations::rate_limit());
    set(document, "tags", operations::tags(document));
    schemas::drop_unused(document);
    examples::add(document);
}

/// What the document says about itself, and how callers sign in.
fn head(document: &mut Value) {
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
    let bearer = json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "An access token from `POST /v1/auth/login`, or an API key `ask_<id>_<secret>`; the scope named at an operation is the permission it needs.",
    });
    set(
        entry(document, "components"),
        "securitySchemes",
        json!({ "bearer": bearer }),
    );
}

/// The operations as a table people can read and diff: tag · operationId · METHOD path · permission.
pub fn operations() -> String {
    let document = &http::contract::CONTRACT.document;
    let mut lines = Vec::new();
    for (path, item) in members(document, "/paths") {
        for (method, operation) in members(item, "") {
            let scope = match text(operation, "/security/0/bearer/0") {
                Some(scope) => scope,
                None if operation.pointer("/security/0/bearer").is_some() => "signed in",
                None => "public",
            };
            lines.push(format!(
                "{:<24} {:<40} {:<6} {path:<70} {scope}",
                text(operation, "/tags/0").unwrap_or_default(),
                text(operation, "/operationId").unwrap_or_default(),
                method.to_uppercase()
            ));
        }
    }
    lines.sort();
    lines.join("\n") + "\n"
}
