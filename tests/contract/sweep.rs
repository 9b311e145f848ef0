//! What sweeps share: the operations of the document, and calls made from its schemas.

use actix_web::http::Method;
use aftercare_api::http::contract::CONTRACT;
use aftercare_api::openapi::{Extent, Sampler};
use aftercare_domain::kernel::{Grant, Role};
use serde_json::Value;

use crate::support::{App, Client, Request};

/// An identifier no record has.
pub const NOBODY: &str = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";

/// What speaks of the caller's own record or session; the callers of a sweep are tokens without one.
pub const NEEDS_A_USER: &[&str] = &["changePassword", "getCurrentUser", "logout"];

/// Who may call an operation.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    Public,
    SignedIn,
    Granted(&'static Grant),
}

/// One operation of the document.
#[derive(Clone)]
pub struct Op {
    pub method: Method,
    pub path: &'static str,
    pub id: &'static str,
    pub access: Access,
    pub value: &'static Value,
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} {})", self.id, self.method, self.path)
    }
}

pub fn document() -> &'static Value {
    &CONTRACT.document
}

pub fn schemas() -> &'static Value {
    &document()["components"]["schemas"]
}

/// The schema itself, whatever reference leads to it.
pub fn resolved(schema: &'static Value) -> &'static Value {
    aftercare_api::openapi::resolved(schema, schemas())
}

pub fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub fn members<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Every operation, in the document's order.
pub fn operations() -> Vec<Op> {
    let mut all = Vec::new();
    for (path, item) in members(document(), "/paths") {
        for (method, value) in members(item, "") {
            let scope = value.pointer("/security/0/bearer/0").and_then(Value::as_str);
            let access = match scope {
                Some(scope) => Access::Granted(
                    aftercare_domain::grants()
                        .find(|grant| grant.code == scope)
                        .unwrap_or_else(|| panic!("{path}: nobody declares the permission {scope}")),
                ),
                None if value.pointer("/security/0/bearer").is_some() => Access::SignedIn,
                None => Access::Public,
            };
            all.push(Op {
                method: method.to_uppercase().parse().unwrap(),
                path,
                id: value["operationId"].as_str().unwrap_or_default(),
                access,
                value,
            });
        }
    }
    all
}

impl Op {
    /// Its parameters in one place: `query`, `path` or `header`.
    pub fn parameters(&self, place: &'static str) -> impl Iterator<Item = &'static Value> + use<> {
        items(self.value, "/parameters").filter(move |p| p["in"] == place)
    }

    /// The path with every placeholder replaced.
    pub fn path_with(&self, mut fill: impl FnMut(&'static Value) -> String) -> String {
        let mut path = self.path.to_owned();
        for parameter in self.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            path = path.replace(&format!("{{{name}}}"), &fill(parameter));
        }
        path
    }

    /// A call that leads to no row: unknown identifiers, what must stand in the query.
    pub fn uri(&self) -> String {
        let path = self.path_with(|parameter| escaped(&text_of(&sample(&parameter["schema"]))));
        let query: Vec<String> = self
            .parameters("query")
            .filter(|p| p["required"] == true)
            .map(|p| format!("{}={}", p["name"].as_str().unwrap(), query_value(p)))
            .collect();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }

    /// Whether it takes identifiers only, so that an unknown one is a row that does not exist.
    pub fn names_a_row(&self) -> bool {
        self.parameters("path").any(|p| p["schema"]["format"] == "uuid")
    }

    /// A list with pages and an order; the feed of changes has neither an end nor a choice of order (C33).
    pub fn is_list(&self) -> bool {
        let takes = |name: &str| self.parameters("query").any(|p| p["name"] == name);
        self.method == Method::GET && takes("limit") && self.path != "/v1/changes"
    }

    /// The media type, schema and example of its JSON body.
    pub fn body(&self) -> Option<(&'static str, &'static Value, Value)> {
        let (media, body) = members(self.value, "/requestBody/content").find(|(media, _)| is_json(media))?;
        Some((
            media,
            &body["schema"],
            example(body).unwrap_or_else(|| sample(&body["schema"])),
        ))
    }

    /// The schema of its answer.
    pub fn answer(&self) -> Option<&'static Value> {
        ["200", "201", "202"].iter().find_map(|status| {
            self.value
                .pointer(&format!("/responses/{status}/content/application~1json/schema"))
        })
    }

    /// The roles that may.
    pub fn roles(&self) -> Vec<Role> {
        Role::ALL
            .iter()
            .copied()
            .filter(|role| match self.access {
                Access::Granted(grant) => grant.roles.has(*role),
                Access::SignedIn | Access::Public => true,
            })
            .collect()
    }

    /// Somebody who may, with the widest view.
    pub fn caller(&self, app: &App) -> Client {
        if matches!(self.access, Access::Public) {
            return app.anonymous();
        }
        let widest = [Role::Admin, Role::ServiceManager, Role::CustomerService];
        let roles = self.roles();
        let role = widest.into_iter().find(|role| roles.contains(role));
        app.with_role(role.or_else(|| roles.first().copied()).unwrap())
    }

    /// A call nothing is wrong with but that its row does not exist.
    pub fn call(&self, client: &Client) -> Request {
        self.call_at(client, &self.uri(), self.body().map(|(_, _, example)| example))
    }

    /// A call of this operation at a path, with a body.
    pub fn call_at(&self, client: &Client, uri: &str, body: Option<Value>) -> Request {
        let request = self.bare(client, uri);
        match (self.body(), body) {
            (Some((media, ..)), Some(body)) => request
                .header("content-type", media)
                .bytes(body.to_string().into_bytes()),
            _ => request,
        }
    }

    /// A call without a body.
    pub fn bare(&self, client: &Client, uri: &str) -> Request {
        let mut request = client.request(self.method.clone(), uri);
        // A body that is not JSON is announced and left empty.
        let media = members(self.value, "/requestBody/content").next();
        if let Some((media, _)) = media.filter(|(media, _)| !is_json(media)) {
            request = request.header("content-type", media);
        }
        // An upsert that says so changes only what is there.
        let is_upsert = self.path.contains("/by-external-id/");
        if !is_upsert && self.parameters("header").any(|p| p["name"] == "If-Match") {
            return request.header("if-match", "*");
        }
        request
    }
}

/// Whether a media type is one JSON value; rows of JSON are not.
pub fn is_json(media: &str) -> bool {
    media.ends_with("/json") || media.ends_with("+json")
}

/// The example a media type shows.
pub fn example(media: &'static Value) -> Option<Value> {
    if let Some(value) = media.get("example") {
        return Some(value.clone());
    }
    let (_, mut shown) = members(media, "/examples").next()?;
    if let Some(target) = shown["$ref"].as_str() {
        shown = document().pointer(target.trim_start_matches('#'))?;
    }
    shown.get("value").cloned()
}

/// A value that keeps a schema, no larger than it must be.
pub fn sample(schema: &Value) -> Value {
    Sampler::new(schemas()).sample(schema, Extent::Least)
}

/// A value that keeps a schema, with everything that may be there.
pub fn full_sample(schema: &Value) -> Value {
    Sampler::new(schemas()).sample(schema, Extent::Full)
}

/// A value as it stands in a path or query.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A right value for a query parameter, escaped.
pub fn query_value(parameter: &Value) -> String {
    let schema = &parameter["schema"];
    let value = if schema["type"] == "array" {
        sample(&schema["items"])
    } else {
        sample(schema)
    };
    escaped(&text_of(&value))
}

/// A text escaped for a query.
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Collects what is wrong over a whole sweep, so that one run shows everything.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    pub fn check(&mut self, holds: bool, said: impl FnOnce() -> String) {
        if !holds {
            self.0.push(said());
        }
    }

    #[track_caller]
    pub fn none(self) {
        let count = self.0.len();
        let shown: Vec<String> = self.0.into_iter().take(40).collect();
        assert!(count == 0, "{count} faults:\n{}", shown.join("\n"));
    }
}

/// Why a path could not be filled with rows that exist.
pub type Unfilled = String;

/// A schema as if its author had written no example, so that every member is made.
pub fn without_example(schema: &'static Value) -> Value {
    let mut own = resolved(schema).clone();
    if let Some(object) = own.as_object_mut() {
        object.remove("example");
    }
    own
}

/// Compares what was skipped with the list of what may be: neither may grow without the other.
#[track_caller]
pub fn skipped_are(found: &[(String, String)], listed: &[(&str, &str)]) {
    let new: Vec<&(String, String)> = found
        .iter()
        .filter(|(id, _)| !listed.iter().any(|(known, _)| known == id))
        .collect();
    let over: Vec<&str> = listed
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| !found.iter().any(|(known, _)| known == id))
        .collect();
    assert!(
        new.is_empty(),
        "not swept, and not on the list of what is not: {new:#?}"
    );
    assert!(over.is_empty(), "swept by now: take off the list {over:?}");
}
