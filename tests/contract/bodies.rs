//! Every member of every body, spoiled in every way its schema names: refused, and the member pointed at.

use aftercare_api::http::contract::validator;
use aftercare_api::openapi::{is_nullable, kind_of};
use serde_json::{Value, json};

use super::sweep::{Faults, Op, full_sample, items, members, operations, resolved, schemas, without_example};
use crate::support::{App, Reply};

/// A body spoiled in one place.
struct Spoiled {
    pointer: String,
    what: &'static str,
    body: Value,
}

/// Everything that can be wrong with a value at a place, by its schema.
fn wrong_values(schema: &'static Value, value: &Value) -> Vec<(&'static str, Value)> {
    let kind = kind_of(schema);
    let mut wrong: Vec<(&'static str, Value)> = Vec::new();
    let of_types = [
        ("string", json!("text")),
        ("integer", json!(7)),
        ("boolean", json!(true)),
        ("array", json!([])),
        ("object", json!({})),
    ];
    for (other, value) in of_types {
        let fits = other == kind || kind.is_empty() || kind == "number" && other == "integer";
        if !fits {
            wrong.push(("another type", value));
        }
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let size = |name: &str| bound(name).and_then(|n| usize::try_from(n).ok());
    match kind {
        "string" => {
            if let Some(longest) = size("maxLength").filter(|n| *n <= 100_000) {
                wrong.push(("too long", "a".repeat(longest + 1).into()));
                wrong.push(("too long in characters", "修".repeat(longest + 1).into()));
            }
            if let Some(shortest) = size("minLength").filter(|n| *n > 0) {
                wrong.push(("too short", "a".repeat(shortest - 1).into()));
            }
            if schema.get("pattern").is_some() {
                wrong.push(("a NUL", "a\u{0}b".into()));
            }
            if schema.get("enum").is_some() {
                wrong.push(("no value of the list", "no_such_value".into()));
            }
            match schema["format"].as_str() {
                Some("uuid") => wrong.push(("no identifier", "1".into())),
                Some("date") => {
                    wrong.push(("no date", "2026-02-30".into()));
                    wrong.push(("no date", "yesterday".into()));
                }
                Some("date-time") => {
                    wrong.push(("no instant", "2026-13-01T00:00:00Z".into()));
                    wrong.push(("an instant without offset", "2026-11-23T01:00:00".into()));
                }
                _ => {}
            }
        }
        "integer" => {
            wrong.push(("a fraction", json!(1.5)));
            wrong.push(("a huge float", json!(1e308)));
            wrong.push((
                "beyond 64 bits",
                serde_json::from_str("99999999999999999999").unwrap(),
            ));
            for extreme in [i64::MIN, i64::MAX] {
                wrong.push(("an extreme", extreme.into()));
            }
            for (name, by) in [("minimum", -1), ("maximum", 1)] {
                if let Some(beyond) = bound(name).and_then(|n| n.checked_add(by)) {
                    wrong.push(("out of range", beyond.into()));
                }
            }
        }
        "array" => {
            let one = full_sample(&schema["items"]);
            if let Some(most) = size("maxItems") {
                wrong.push(("too many items", vec![one; most + 1].into()));
            }
            if let Some(least) = size("minItems").filter(|n| *n > 0) {
                let fewer: Vec<Value> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .take(least - 1)
                    .cloned()
                    .collect();
                wrong.push(("too few items", fewer.into()));
            }
        }
        "object" if schema["additionalProperties"] == false => {
            let mut more = value.clone();
            if let Some(object) = more.as_object_mut() {
                object.insert("no_such_member".to_owned(), json!(1));
                wrong.push(("an unknown member", more));
            }
        }
        _ => {}
    }
    if !is_nullable(schema) && !kind.is_empty() {
        wrong.push(("null", Value::Null));
    }
    // What the schema takes after all is not wrong: a text that is a number is still a text.
    let keeps = validator(schema, schemas()).unwrap();
    wrong.retain(|(_, value)| !keeps.is_valid(value));
    wrong
}

/// Spoils every place of a value, outermost first.
fn spoil(schema: &'static Value, value: &Value, pointer: &str, whole: &Value, found: &mut Vec<Spoiled>) {
    let schema = resolved(schema);
    // "Null or …" is spoiled as the "…"; a choice of shapes as the shape the example has.
    let branch = ["/oneOf", "/anyOf"]
        .iter()
        .flat_map(|key| items(schema, key))
        .find(|branch| validator(branch, schemas()).is_some_and(|v| v.is_valid(value)));
    if let Some(branch) = branch {
        let before = found.len();
        spoil(branch, value, pointer, whole, found);
        let spoiled = found.split_off(before);
        let is_right = |s: &Spoiled| s.what == "null" && s.pointer == pointer && is_nullable(schema);
        found.extend(spoiled.into_iter().filter(|s| !is_right(s)));
        return;
    }
    let mut put = |what, new: Option<Value>| {
        let mut body = whole.clone();
        replace(&mut body, pointer, new);
        found.push(Spoiled {
            pointer: pointer.to_owned(),
            what,
            body,
        });
    };
    for (what, wrong) in wrong_values(schema, value) {
        put(what, Some(wrong));
    }
    let required: Vec<&str> = items(schema, "/required").filter_map(Value::as_str).collect();
    for (name, property) in members(schema, "/properties") {
        let inner = format!("{pointer}/{name}");
        let Some(value) = value.get(name) else { continue };
        if required.contains(&name.as_str()) {
            let mut body = whole.clone();
            replace(&mut body, &inner, None);
            found.push(Spoiled {
                pointer: inner.clone(),
                what: "missing",
                body,
            });
        }
        spoil(property, value, &inner, whole, found);
    }
    if let Some(first) = value.as_array().and_then(|items| items.first()) {
        spoil(&schema["items"], first, &format!("{pointer}/0"), whole, found);
    }
}

/// Sets or removes what a pointer leads to.
fn replace(body: &mut Value, pointer: &str, new: Option<Value>) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        *body = new.unwrap_or_default();
        return;
    };
    match (body.pointer_mut(parent), new) {
        (Some(Value::Object(object)), Some(new)) => {
            object.insert(name.to_owned(), new);
        }
        (Some(Value::Object(object)), None) => {
            object.remove(name);
        }
        (Some(Value::Array(items)), Some(new)) => items[name.parse::<usize>().unwrap()] = new,
        _ => {}
    }
}

/// Whether the refusal is one of shape and points at the place, or into it.
fn points_at(reply: &Reply, pointer: &str) -> bool {
    let place = format!("#{pointer}");
    reply.body["code"] == "status_read_only"
        || items(&reply.body, "/errors")
            .filter_map(|error| error["pointer"].as_str())
            .any(|named| named.starts_with(&place))
}

fn said(op: &Op, spoiled: &Spoiled, reply: &Reply) -> String {
    let text: String = reply.text.chars().take(300).collect();
    format!(
        "{op}, {} at #{}: {} {text}",
        spoiled.what, spoiled.pointer, reply.status
    )
}

#[actix_web::test]
async fn every_spoiled_member_of_every_body_is_refused_and_pointed_at() {
    let app = App::start().await;
    let mut faults = Faults::default();
    let mut count = 0;
    for op in operations() {
        let Some((_, schema, example)) = op.body() else {
            continue;
        };
        let client = op.caller(&app);
        let mut spoiled = Vec::new();
        spoil(schema, &example, "", &example, &mut spoiled);
        let whole = full_sample(&without_example(schema));
        spoil(schema, &whole, "", &whole, &mut spoiled);
        count += spoiled.len();
        for spoiled in spoiled {
            let reply = op
                .call_at(&client, &op.uri(), Some(spoiled.body.clone()))
                .send()
                .await;
            let right = reply.status == 422
                && matches!(
                    reply.body["code"].as_str(),
                    Some("validation_failed" | "status_read_only")
                );
            faults.check(right, || said(&op, &spoiled, &reply));
            faults.check(!right || points_at(&reply, &spoiled.pointer), || {
                said(&op, &spoiled, &reply)
            });
        }
    }
    assert!(count > 100, "only {count} bodies were spoiled");
    faults.none();
}

/// What no schema can say about an open object: a NUL is kept by neither engine's JSON.
#[actix_web::test]
async fn a_nul_in_any_text_or_name_is_refused() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let Some((_, schema, _)) = op.body() else { continue };
        let client = op.caller(&app);
        let whole = full_sample(&without_example(schema));
        for (name, property) in members(resolved(schema), "/properties") {
            let property = resolved(property);
            let is_open = kind_of(property) == "object" && property["additionalProperties"] != false;
            if !is_open || property.get("properties").is_some() {
                continue;
            }
            for bag in [
                json!({"key": "a\u{0}b"}),
                json!({"k\u{0}": 1}),
                json!({"key": [{"in": ["\u{0}"]}]}),
            ] {
                let mut body = whole.clone();
                body[name] = bag;
                let reply = op.call_at(&client, &op.uri(), Some(body)).send().await;
                faults.check(reply.status == 422, || {
                    format!("{op}: {name} with a NUL: {} {}", reply.status, reply.text)
                });
            }
        }
    }
    faults.none();
}

/// A refused value is not given back: it may be a password (S056).
#[actix_web::test]
async fn a_refusal_does_not_repeat_what_it_refuses() {
    let app = App::start().await;
    let mut faults = Faults::default();
    let canary = "Canary-7f3e9";
    for op in operations() {
        let Some((_, schema, example)) = op.body() else {
            continue;
        };
        for (name, _) in
            members(resolved(schema), "/properties").filter(|(name, _)| name.contains("password"))
        {
            let mut body = example.clone();
            body[name] = json!([canary]);
            let reply = op.call_at(&op.caller(&app), &op.uri(), Some(body)).send().await;
            faults.check(reply.status == 422 && !reply.text.contains(canary), || {
                format!("{op}: {name}: {} {}", reply.status, reply.text)
            });
        }
    }
    faults.none();
}
