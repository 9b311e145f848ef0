//! Examples: one for every body a caller sends or gets, made from the schemas where no author wrote one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::json::{entry, items, members, reference, resolved, set, text};
use crate::http::contract::validator;

/// Texts of every common form; the first that keeps a schema's bounds stands as its example.
const TEXTS: [&str; 25] = [
    "Compressor does not start",
    "awaiting_parts",
    "CN-STD",
    "13800138001",
    "510104",
    "SR-20261123-000001",
    "name@example.org",
    "17.00",
    "CNY",
    "09:00",
    "2026-11-23",
    "2026-11-23T01:00:00.000Z",
    "Asia/Shanghai",
    "https://example.org/",
    "wang.jl",
    "v1",
    "zh",
    "a",
    "1",
    "A",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy",
    "customers:read",
    "203.0.113.0/24",
    "2026-10",
];
/// How deep an example follows its schema; a tree of parents must end somewhere.
const DEPTH: u32 = 8;

/// Makes values that keep a schema.
pub struct Sampler<'d> {
    schemas: &'d Value,
    known: BTreeMap<String, Value>,
}

/// Which members an example object has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What must be there.
    Least,
    /// Whatever may be there.
    Full,
}

impl<'d> Sampler<'d> {
    /// For schemas that refer to these components.
    pub fn new(schemas: &'d Value) -> Sampler<'d> {
        Sampler {
            schemas,
            known: BTreeMap::new(),
        }
    }

    /// A value that keeps the schema; its author's example where there is one.
    pub fn sample(&mut self, schema: &Value, extent: Extent) -> Value {
        self.at(schema, extent, 0)
    }

    fn at(&mut self, schema: &Value, extent: Extent, depth: u32) -> Value {
        let schema = resolved(schema, self.schemas);
        let written = schema.get("example").or_else(|| schema.pointer("/examples/0"));
        if let Some(value) = written.or_else(|| schema.get("const")).filter(|v| !v.is_null()) {
            return value.clone();
        }
        if let Some(first) = schema.pointer("/enum/0") {
            return first.clone();
        }
        let is_null = |branch: &&Value| text(branch, "/type") == Some("null");
        for key in ["/oneOf", "/anyOf"] {
            if let Some(branch) = items(schema, key).find(|branch| !is_null(branch)) {
                return self.at(branch, extent, depth);
            }
        }
        if schema.get("allOf").is_some() {
            let mut whole = Map::new();
            for part in items(schema, "/allOf") {
                if let Value::Object(members) = self.at(part, extent, depth) {
                    whole.extend(members);
                }
            }
            return Value::Object(whole);
        }
        match kind_of(schema) {
            "object" => self.object(schema, extent, depth),
            "array" => self.array(schema, extent, depth),
            "string" => self.scalar(schema, string),
            "integer" | "number" => self.scalar(schema, number),
            "boolean" => false.into(),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, extent: Extent, depth: u32) -> Value {
        let required: Vec<&str> = items(schema, "/required").filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, property) in members(schema, "/properties") {
            let wanted = required.contains(&name.as_str()) || extent == Extent::Full;
            if !wanted || depth > DEPTH && is_nullable(property) {
                if wanted {
                    object.insert(name.clone(), Value::Null);
                }
                continue;
            }
            let value = match name.as_str() {
                // A record one looks at is one in use.
                "is_active" => true.into(),
                "time_zone" if text(property, "/example").is_none() => "Asia/Shanghai".into(),
                _ => self.at(property, extent, depth.saturating_add(1)),
            };
            object.insert(name.clone(), value);
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Value, extent: Extent, depth: u32) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let wanted = if extent == Extent::Full && depth <= DEPTH {
            1
        } else {
            0
        };
        let item = schema.get("items").unwrap_or(&Value::Null);
        (0..least.max(wanted))
            .map(|_| self.at(item, extent, depth.saturating_add(1)))
            .collect()
    }

    fn scalar(&mut self, schema: &Value, make: fn(&Value) -> Value) -> Value {
        let key = schema.to_string();
        self.known.entry(key).or_insert_with(|| make(schema)).clone()
    }
}

/// The type of a schema, null aside.
pub fn kind_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

/// Whether null keeps the schema.
pub fn is_nullable(schema: &Value) -> bool {
    let says_null = |s: &Value| match s.get("type") {
        Some(Value::String(kind)) => kind == "null",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
        _ => false,
    };
    says_null(schema)
        || ["/oneOf", "/anyOf"]
            .iter()
            .any(|key| items(schema, key).any(says_null))
}

/// What a description gives: "for example `CN-STD`".
fn told(schema: &Value) -> Option<&str> {
    let (_, rest) = text(schema, "/description")?.split_once("for example `")?;
    rest.split_once('`').map(|(value, _)| value)
}

fn string(schema: &Value) -> Value {
    match text(schema, "/format") {
        Some("uuid") => return "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12".into(),
        Some("date-time") => return "2026-11-23T01:00:00.000Z".into(),
        Some("date") => return "2026-11-23".into(),
        _ => {}
    }
    let keeps = validator(schema, &Value::Null);
    let fits = |candidate: &&str| keeps.as_ref().is_none_or(|v| v.is_valid(&json!(*candidate)));
    let found = told(schema).into_iter().chain(TEXTS).find(fits);
    let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0);
    match found {
        Some(text) => text.into(),
        None => (0..least.max(1)).map(|_| 'a').collect::<String>().into(),
    }
}

fn number(schema: &Value) -> Value {
    let is_whole = kind_of(schema) == "integer";
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    if let Some(told) = told(schema).and_then(|t| serde_json::from_str::<Value>(t).ok())
        && (told.is_i64() || !is_whole && told.is_number())
    {
        return told;
    }
    let least = bound("minimum").unwrap_or(1).max(1);
    least.min(bound("maximum").unwrap_or(i64::MAX)).into()
}

/// Gives every JSON body of the document an example; equal schemas share one.
pub fn add(document: &mut Value) {
    let schemas = document
        .pointer("/components/schemas")
        .cloned()
        .unwrap_or_default();
    let mut sampler = Sampler::new(&schemas);
    let mut shared = BTreeMap::new();
    for (_, item) in document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(body) = operation.get_mut("requestBody") {
                attach(body, &mut sampler, Extent::Least, &mut shared);
            }
            for (status, response) in operation
                .get_mut("responses")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flatten()
            {
                if status.starts_with('2') {
                    attach(response, &mut sampler, Extent::Full, &mut shared);
                }
            }
        }
    }
    if !shared.is_empty() {
        set(entry(document, "components"), "examples", json!(shared));
    }
}

fn attach(
    holder: &mut Value,
    sampler: &mut Sampler<'_>,
    extent: Extent,
    shared: &mut BTreeMap<String, Value>,
) {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    for (media, body) in content.into_iter().flatten() {
        let has_one = body.get("example").is_some() || body.get("examples").is_some();
        let Some(schema) = body.get("schema").cloned() else {
            continue;
        };
        let name = schema.as_object().and_then(reference);
        let Some(name) = name.filter(|_| (media.ends_with("/json") || media.ends_with("+json")) && !has_one)
        else {
            continue;
        };
        shared
            .entry(name.to_owned())
            .or_insert_with(|| json!({ "value": sampler.sample(&schema, extent) }));
        let link = json!({ "example": { "$ref": format!("#/components/examples/{name}") } });
        set(body, "examples", link);
    }
}
