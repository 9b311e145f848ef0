//! Rows for sweeps: every collection is filled through its own create operation, from its example alone.
//!
//! References are rows of the collection they name, made first. What cannot be made so stands in `NOT_MADE`.

use std::collections::HashMap;

use actix_web::http::Method;
use aftercare_api::http::contract::{CONTRACT, Found, validator};
use aftercare_api::openapi::kind_of;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use serde_json::{Value, json};

use super::sweep::{
    Op, Unfilled, full_sample, items, members, operations, resolved, schemas, without_example,
};
use crate::support::{App, Client, Reply};

/// Create operations whose example alone makes no row, and why. A new entry is a decision.
pub const NOT_MADE: &[(&str, &str)] = &[
    (
        "createOutletAssessment",
        "only an outlet that was taken is assessed",
    ),
    (
        "renewServiceAgreement",
        "only an agreement in force or over is continued",
    ),
    ("startExamAttempt", "only an engineer sits an exam"),
];

/// References of which every row needs one of its own, as `operation.member`.
const OF_ITS_OWN: &[&str] = &[
    "createEngineerSkill.skill_id",
    "createServiceAgreement.template_id",
    "createPerformanceReview.engineer_id",
    "generateRoster.engineer_ids",
];

/// Members that make one row differ from the next.
const VARIED: [&str; 18] = [
    "body",
    "code",
    "date",
    "detail",
    "dimension",
    "email",
    "external_id",
    "invoice_no",
    "key",
    "model",
    "name",
    "phone",
    "remark",
    "serial_no",
    "signed_by",
    "stem",
    "title",
    "username",
];

/// One row: what was sent, what was answered, where it stands.
#[derive(Clone, Debug)]
pub struct Row {
    pub sent: Value,
    pub body: Value,
    pub location: String,
}

/// Makes rows of any collection.
pub struct Rows<'a> {
    pub app: &'a App,
    ops: Vec<Op>,
    made: HashMap<&'static str, Row>,
    count: usize,
}

/// Every operation that creates a row from a JSON body.
pub fn creates() -> Vec<Op> {
    operations()
        .into_iter()
        .filter(|op| op.method == Method::POST && op.value.pointer("/responses/201").is_some())
        .filter(|op| op.body().is_some() && op.path.starts_with("/v1/") && !op.path.starts_with("/v1/auth/"))
        .collect()
}

impl<'a> Rows<'a> {
    pub fn new(app: &'a App) -> Rows<'a> {
        Rows {
            app,
            ops: operations(),
            made: HashMap::new(),
            count: 0,
        }
    }

    /// The one row of a collection others refer to.
    pub fn first<'s>(&'s mut self, op: &'s Op) -> LocalBoxFuture<'s, Result<Row, String>> {
        async move {
            if let Some(row) = self.made.get(op.path) {
                return Ok(row.clone());
            }
            let row = self.make(op).await?;
            self.made.insert(op.path, row.clone());
            Ok(row)
        }
        .boxed_local()
    }

    /// A new row; else what the server had against it.
    pub async fn make(&mut self, op: &Op) -> Result<Row, String> {
        let (_, _, example) = op.body().unwrap();
        self.make_from(op, &example).await
    }

    /// A new row from a body of this shape.
    pub async fn make_from(&mut self, op: &Op, example: &Value) -> Result<Row, String> {
        let client = op.caller(self.app);
        let uri = self.uri(op).await?;
        let mut refused = String::new();
        // What stands there already, seeded or made before, differs from the next try.
        for _ in 0..4 {
            let sent = self.body(op, example).await?;
            let reply = op.call_at(&client, &uri, Some(sent.clone())).send().await;
            match (reply.status, reply.header("location")) {
                (201, Some(location)) => {
                    return Ok(Row {
                        sent,
                        location: location.to_owned(),
                        body: without_hints(reply.body),
                    });
                }
                (409, _) => refused = text_of(&reply),
                _ => return Err(text_of(&reply)),
            }
        }
        Err(refused)
    }

    /// The body of the next row: references resolved, what must differ varied.
    pub async fn body(&mut self, op: &Op, example: &Value) -> Result<Value, String> {
        self.count += 1;
        let (_, schema, _) = op.body().unwrap();
        let mut body = example.clone();
        self.refer(op, schema, &mut body).await?;
        vary(resolved(schema), &mut body, self.count);
        Ok(body)
    }

    /// Puts rows that exist in the place of identifiers.
    fn refer<'s>(
        &'s mut self,
        op: &'s Op,
        schema: &'static Value,
        body: &'s mut Value,
    ) -> LocalBoxFuture<'s, Result<(), String>> {
        async move {
            let names: Vec<String> = members(body, "").map(|(name, _)| name.clone()).collect();
            for name in names {
                let required = items(resolved(schema), "/required").any(|r| *r == json!(name));
                if name == "parent_id" && !required {
                    body.as_object_mut().unwrap().remove(&name);
                    continue;
                }
                let (base, is_many) = match (name.strip_suffix("_id"), name.strip_suffix("_ids")) {
                    (Some(base), _) => (base, false),
                    (_, Some(base)) => (base, true),
                    _ => continue,
                };
                if body[&name].is_null() {
                    continue;
                }
                let target = self.collection_of(base).filter(|target| target.path != op.path);
                let Some(target) = target else { continue };
                let is_own = OF_ITS_OWN.contains(&format!("{}.{name}", op.id).as_str());
                let row = match is_own {
                    true => self.make(&target).await,
                    false => self.first(&target).await,
                };
                let id = row.map_err(|e| format!("{name}: {e}"))?.body["id"].clone();
                body[&name] = if is_many { json!([id]) } else { id };
            }
            Ok(())
        }
        .boxed_local()
    }

    /// The create operation of the collection a reference names: `category` is a row of `/v1/product-categories`.
    fn collection_of(&self, base: &str) -> Option<Op> {
        let singular = |op: &Op| {
            let path = op.path.strip_suffix("/generate").unwrap_or(op.path);
            let last = path.rsplit('/').next().unwrap().replace('-', "_");
            match last.strip_suffix("ies") {
                Some(stem) => format!("{stem}y"),
                None => last.trim_end_matches('s').to_owned(),
            }
        };
        let all = creates();
        // A collection of its own before one under another record.
        let depth = |op: &&Op| op.path.split('/').count();
        let exact = all.iter().filter(|op| singular(op) == base).min_by_key(depth);
        let ends = || all.iter().find(|op| singular(op).ends_with(&format!("_{base}")));
        exact.or_else(ends).cloned()
    }

    /// The path of an operation, with rows that exist in its placeholders.
    pub async fn uri(&mut self, op: &Op) -> Result<String, Unfilled> {
        let mut uri = String::new();
        let mut template = String::new();
        for segment in op.path.split('/').skip(1) {
            let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else {
                uri.push_str(&format!("/{segment}"));
                template.push_str(&format!("/{segment}"));
                continue;
            };
            let parent = self
                .ops
                .iter()
                .find(|op| op.method == Method::POST && op.path == template && op.body().is_some())
                .cloned()
                .or_else(|| self.collection_of(name.strip_suffix("_id").unwrap_or(name)))
                .ok_or_else(|| format!("{template} has no create operation"))?;
            let row = self.first(&parent).await?;
            let member = ["id", name, name.rsplit('_').next().unwrap()];
            let is_id = name.ends_with("_id");
            let key = member
                .iter()
                .skip(usize::from(!is_id))
                .find_map(|member| row.body[*member].as_str())
                .ok_or_else(|| format!("{} shows no {name}", parent.path))?;
            uri.push_str(&format!("/{key}"));
            template.push_str(&format!("/{segment}"));
        }
        Ok(uri)
    }
}

/// What a refusal said, short.
pub fn text_of(reply: &Reply) -> String {
    let text: String = reply.text.chars().take(300).collect();
    format!("{} {text}", reply.status)
}

/// The operation that answers a method at a row's place, with a caller who may.
pub fn at(app: &App, method: Method, location: &str) -> Option<(Op, Client)> {
    let Found::Operation(found, _) = CONTRACT.find(&method, location) else {
        return None;
    };
    let op = operations().into_iter().find(|op| op.id == found.id)?;
    let client = op.caller(app);
    Some((op, client))
}

/// Whether two callers see the same resource; what each may do with it differs (A32).
pub fn alike(one: &Value, other: &Value) -> bool {
    let resource = |body: &Value| {
        let mut body = body.clone();
        if let Some(members) = body.as_object_mut() {
            members.remove("allowed_actions");
        }
        body
    };
    resource(one) == resource(other)
}

/// The resource alone: a creation may come with hints that no later read repeats (A43).
fn without_hints(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.remove("warnings");
        // A secret is shown once.
        members.retain(|_, value| !value.as_str().is_some_and(|text| text.starts_with("ask_")));
    }
    body
}

/// Makes a body differ from the one before, in the members that identify a row.
fn vary(schema: &'static Value, body: &mut Value, n: usize) {
    for (name, property) in members(schema, "/properties") {
        if !VARIED.contains(&name.as_str()) {
            continue;
        }
        let property = resolved(property);
        match body.get_mut(name) {
            Some(Value::String(text)) => {
                if let Some(other) = another_text(property, text, n) {
                    *text = other;
                }
            }
            // A name in two languages.
            Some(Value::Object(texts)) => {
                for (language, text) in texts.iter_mut() {
                    let property = resolved(&property["properties"][language]);
                    let other = text.as_str().and_then(|text| another_text(property, text, n));
                    if let Some(other) = other {
                        *text = other.into();
                    }
                }
            }
            _ => {}
        }
    }
}

/// Another text that keeps the schema: the same with a number in it.
pub fn another_text(schema: &Value, text: &str, n: usize) -> Option<String> {
    if schema.get("enum").is_some() {
        return None;
    }
    if schema["format"] == "date" {
        let (year, month, day) = (2030 + n / 336 % 60, 1 + n / 28 % 12, 1 + n % 28);
        return Some(format!("{year}-{month:02}-{day:02}"));
    }
    let keeps = validator(schema, schemas())?;
    let digits = format!("{n:03}");
    let cut: String = {
        let chars: Vec<char> = text.chars().collect();
        let left = chars.len().saturating_sub(digits.len());
        chars.into_iter().take(left).collect()
    };
    let (user, host) = text.split_once('@').unwrap_or((text, ""));
    [
        format!("{text}{digits}"),
        format!("{cut}{digits}"),
        format!("{user}{digits}@{host}"),
        format!("{text}_{}", digits.replace('0', "a")),
    ]
    .into_iter()
    .find(|other| other != text && keeps.is_valid(&json!(other)))
}

/// A value of the same schema that differs; none where there is no other.
pub fn another(schema: &'static Value, value: &Value, n: usize) -> Option<Value> {
    let schema = resolved(schema);
    let branch = ["/oneOf", "/anyOf"]
        .iter()
        .flat_map(|key| items(schema, key))
        .find(|branch| branch["type"] != "null");
    if let Some(branch) = branch {
        return another(branch, value, n);
    }
    if let Some(other) = items(schema, "/enum").find(|other| *other != value) {
        return Some(other.clone());
    }
    let sample = || full_sample(&without_example(schema));
    let other = match (kind_of(schema), value) {
        ("boolean", _) => json!(value != &json!(true)),
        ("integer", Value::Number(now)) => {
            let now = now.as_i64()?;
            let most = schema["maximum"].as_i64().unwrap_or(i64::MAX);
            json!(if now < most { now + 1 } else { now - 1 })
        }
        ("number", _) => json!(12.5),
        ("string", Value::String(text)) if schema.get("format").is_none() => {
            json!(another_text(schema, text, n)?)
        }
        // Other rows are for the tests of the module.
        ("string", _) if schema["format"] == "uuid" => return None,
        ("array", _) if resolved(&schema["items"])["format"] == "uuid" => return None,
        _ => sample(),
    };
    let keeps = validator(schema, schemas())?;
    (other != *value && keeps.is_valid(&other)).then_some(other)
}
