//! The published document as the guard reads it: which operation, with which permission, body and parameters.
//!
//! The guard checks calls against the very document it serves, so the document cannot say less or more than is done.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use actix_web::http::Method;
use actix_web::web::Bytes;
use aftercare_domain::kernel::{Grant, Permission as _};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::ctx::{Public, SignedIn};

/// The contract of this release, compiled once per process.
pub static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::compile(crate::openapi::document()));

/// The compiled document.
pub struct Contract {
    /// The document itself.
    pub document: Value,
    /// The same as it is served, written once for all workers.
    pub text: Bytes,
    router: matchit::Router<usize>,
    paths: Vec<HashMap<Method, Operation>>,
}

/// One operation.
pub struct Operation {
    /// Its operationId.
    pub id: String,
    /// Its path template.
    pub path: String,
    /// What the caller must hold; none if public or for whoever is signed in.
    pub grant: Option<&'static Grant>,
    /// What it documents: the permission, `signed_in` or `public`.
    pub permission: String,
    /// Whether it needs no credential.
    pub is_public: bool,
    /// Whether a merge patch is expected.
    pub is_patch: bool,
    /// Whether `If-Match` must be sent.
    pub needs_if_match: bool,
    /// Its query parameters.
    pub query: Vec<Parameter>,
    /// Its path parameters.
    pub in_path: Vec<Parameter>,
    /// Its header parameters; the idempotency key has a check and a code of its own.
    pub headers: Vec<Parameter>,
    /// Its body, if it takes one.
    pub body: Option<BodyRule>,
    /// Whether an `Idempotency-Key` is recorded.
    pub is_idempotent: bool,
}

/// One parameter.
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it must be given.
    pub is_required: bool,
    /// Whether several values are joined by commas.
    pub is_list: bool,
    /// How many values at most.
    pub most: usize,
    schema: Lazy,
}

/// What a body may be.
pub struct BodyRule {
    /// Media types taken.
    pub media_types: Vec<String>,
    /// Whether it may be left out.
    pub is_optional: bool,
    schema: Option<Lazy>,
}

/// A schema compiled when it is first needed.
struct Lazy {
    schema: Value,
    compiled: OnceLock<Option<Validator>>,
}

impl Lazy {
    fn new(schema: Value) -> Lazy {
        Lazy {
            schema,
            compiled: OnceLock::new(),
        }
    }

    fn get(&self, components: &Value) -> Option<&Validator> {
        self.compiled
            .get_or_init(|| validator(&self.schema, components))
            .as_ref()
    }
}

/// A validator for a schema that may refer to components of the document.
pub fn validator(schema: &Value, components: &Value) -> Option<Validator> {
    let mut root = schema.as_object().cloned().unwrap_or_default();
    let mut needed = Map::new();
    gather(schema, components, &mut needed);
    root.insert("components".to_owned(), json!({ "schemas": needed }));
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&Value::Object(root))
        .inspect_err(|error| tracing::error!(%error, "A schema of the document cannot be compiled"))
        .ok()
}

/// Every component a schema refers to, all the way down.
fn gather(schema: &Value, components: &Value, needed: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/components/schemas/"))
                && !needed.contains_key(name)
                && let Some(component) = components.get(name)
            {
                needed.insert(name.to_owned(), component.clone());
                gather(component, components, needed);
            }
            members
                .values()
                .for_each(|value| gather(value, components, needed));
        }
        Value::Array(items) => items.iter().for_each(|value| gather(value, components, needed)),
        _ => {}
    }
}

/// What a path and method lead to.
pub enum Found<'c> {
    /// An operation, and what stands in its path; nothing where that is no text.
    Operation(&'c Operation, Vec<(String, Option<String>)>),
    /// The path exists, with these methods.
    WrongMethod(String),
    /// No such path.
    Nothing,
}

/// A path segment as its handler reads it: bounds are counted in characters, not in escapes.
fn unescaped(segment: &str) -> String {
    let pair = format!("value={}", segment.replace('+', "%2B").replace('&', "%26"));
    serde_urlencoded::from_str::<Vec<(String, String)>>(&pair)
        .ok()
        .and_then(|pairs| pairs.into_iter().next())
        .map_or_else(|| segment.to_owned(), |(_, value)| value)
}

/// Whether the escapes of a text stand for characters; bytes that do not would be read as other characters (S106).
pub fn is_text(escaped: &str) -> bool {
    let mut parts = escaped.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let rest = match byte {
            Some(byte) => {
                bytes.push(byte);
                part.get(2..).unwrap_or_default()
            }
            None => part,
        };
        bytes.extend_from_slice(rest.as_bytes());
    }
    std::str::from_utf8(&bytes).is_ok()
}

/// The methods of a path, in alphabetical order.
fn listed(methods: &HashMap<Method, Operation>) -> String {
    let mut allowed: Vec<&str> = methods.keys().map(Method::as_str).collect();
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.sort_unstable();
    allowed.join(", ")
}

impl Contract {
    fn compile(document: Value) -> Contract {
        let grants: HashMap<&str, &'static Grant> = aftercare_domain::grants()
            .map(|grant| (grant.code, grant))
            .collect();
        let mut router = matchit::Router::new();
        let mut paths = Vec::new();
        let empty = Map::new();
        for (path, item) in document
            .pointer("/paths")
            .and_then(Value::as_object)
            .unwrap_or(&empty)
        {
            let methods = item
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(method, operation)| {
                    let method: Method = method.to_uppercase().parse().ok()?;
                    Some((
                        method.clone(),
                        Operation::compile(path, &method, operation, &grants),
                    ))
                });
            if let Err(error) = router.insert(path.clone(), paths.len()) {
                tracing::error!(path, %error, "Two paths of the document are the same");
            }
            paths.push(methods.collect());
        }
        Contract {
            text: document.to_string().into(),
            document,
            router,
            paths,
        }
    }

    /// What a path and method lead to; an empty segment leads nowhere.
    pub fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let Ok(found) = self.router.at(path) else {
            return Found::Nothing;
        };
        if found.params.iter().any(|(_, value)| value.is_empty()) {
            return Found::Nothing;
        }
        let Some(methods) = self.paths.get(*found.value) else {
            return Found::Nothing;
        };
        match methods.get(method) {
            Some(operation) => {
                let params = found
                    .params
                    .iter()
                    .map(|(name, value)| (name.to_owned(), is_text(value).then(|| unescaped(value))));
                Found::Operation(operation, params.collect())
            }
            None => Found::WrongMethod(listed(methods)),
        }
    }

    /// The methods a path takes; none if there is no such path.
    pub fn methods(&self, path: &str) -> Option<String> {
        let found = self.router.at(path).ok()?;
        self.paths.get(*found.value).map(listed)
    }

    fn components(&self) -> &Value {
        self.document
            .pointer("/components/schemas")
            .unwrap_or(&Value::Null)
    }

    /// The validator of a parameter's single value.
    pub fn of_parameter<'p>(&self, parameter: &'p Parameter) -> Option<&'p Validator> {
        parameter.schema.get(self.components())
    }

    /// The validator of a JSON body.
    pub fn of_body<'p>(&self, body: &'p BodyRule) -> Option<&'p Validator> {
        body.schema.as_ref()?.get(self.components())
    }

    /// Every operation, for sweeps and the operations list.
    pub fn operations(&self) -> impl Iterator<Item = (&Method, &Operation)> {
        self.paths.iter().flatten()
    }
}

impl Operation {
    fn compile(
        path: &str,
        method: &Method,
        operation: &Value,
        grants: &HashMap<&str, &'static Grant>,
    ) -> Operation {
        let text = |pointer: &str| {
            operation
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let scope = text("/security/0/bearer/0");
        let is_public = operation
            .pointer("/security/0")
            .is_some_and(|s| s.as_object().is_some_and(Map::is_empty));
        let parameters: Vec<&Value> = operation
            .pointer("/parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        let place = |place: &str| {
            parameters
                .iter()
                .filter(|p| p.get("in").and_then(Value::as_str) == Some(place))
                .map(|p| Parameter::compile(p))
                .collect()
        };
        Operation {
            id: text("/operationId").unwrap_or_default(),
            path: path.to_owned(),
            grant: scope.as_deref().and_then(|code| grants.get(code).copied()),
            permission: match (&scope, is_public) {
                (Some(scope), _) => scope.clone(),
                (None, false) => SignedIn::GRANT.code.to_owned(),
                (None, true) => Public::GRANT.code.to_owned(),
            },
            is_public,
            is_patch: method == Method::PATCH,
            needs_if_match: parameters.iter().any(|p| {
                p.get("name").and_then(Value::as_str) == Some("If-Match")
                    && p.get("required").and_then(Value::as_bool) == Some(true)
            }),
            query: place("query"),
            in_path: place("path"),
            headers: {
                let mut headers: Vec<Parameter> = place("header");
                headers.retain(|header| header.name != "Idempotency-Key");
                headers
            },
            body: operation.get("requestBody").map(BodyRule::compile),
            is_idempotent: operation.get("x-idempotent").and_then(Value::as_bool) == Some(true),
        }
    }
}

impl Parameter {
    fn compile(parameter: &Value) -> Parameter {
        let schema = parameter.get("schema").cloned().unwrap_or(Value::Null);
        let is_list = schema.get("type").and_then(Value::as_str) == Some("array");
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(1);
        let single = if is_list {
            schema.get("items").cloned().unwrap_or(Value::Null)
        } else {
            schema
        };
        Parameter {
            name: parameter
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            is_required: parameter.get("required").and_then(Value::as_bool) == Some(true),
            is_list,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            schema: Lazy::new(single),
        }
    }
}

impl BodyRule {
    fn compile(body: &Value) -> BodyRule {
        let content = body.get("content").and_then(Value::as_object);
        let json = content
            .into_iter()
            .flatten()
            .find(|(media, _)| media.ends_with("/json") || media.ends_with("+json"));
        BodyRule {
            media_types: content
                .into_iter()
                .flatten()
                .map(|(media, _)| media.clone())
                .collect(),
            is_optional: body.get("required").and_then(Value::as_bool) != Some(true),
            schema: json
                .and_then(|(_, media)| media.get("schema").cloned())
                .map(Lazy::new),
        }
    }

    /// Whether the body is JSON the guard reads and checks itself.
    pub fn is_json(&self) -> bool {
        self.schema.is_some()
    }
}
