//! The document as a text: names, bounds, closed bodies, examples that hold (C01–C09, A38).

use std::collections::{BTreeMap, BTreeSet};

use aftercare_api::http::contract::validator;
use aftercare_api::openapi::kind_of;
use serde_json::Value;

use super::sweep::{Access, Faults, document, example, is_json, items, members, operations, schemas};

fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_camel(name: &str, starts: fn(char) -> bool) -> bool {
    name.starts_with(starts) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Calls back for every schema: components, parameters, inline ones, all the way down, with a place to name.
fn each_schema(visit: &mut dyn FnMut(&str, &'static Value)) {
    for (name, schema) in members(document(), "/components/schemas") {
        walk(name, schema, visit);
    }
    for op in operations() {
        for parameter in items(op.value, "/parameters") {
            walk(
                &format!("{} parameter {}", op.id, parameter["name"]),
                &parameter["schema"],
                visit,
            );
        }
        for (media, body) in members(op.value, "/requestBody/content") {
            walk(&format!("{} {media}", op.id), &body["schema"], visit);
        }
    }
}

fn walk(place: &str, schema: &'static Value, visit: &mut dyn FnMut(&str, &'static Value)) {
    visit(place, schema);
    for (name, property) in members(schema, "/properties") {
        walk(&format!("{place}.{name}"), property, visit);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            walk(&format!("{place}.{key}"), &schema[key], visit);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for (n, branch) in items(schema, &format!("/{key}")).enumerate() {
            walk(&format!("{place}.{key}[{n}]"), branch, visit);
        }
    }
}

#[test]
fn every_operation_has_one_tag_a_summary_and_a_name_of_its_own() {
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    for op in operations() {
        faults.check(seen.insert(op.id), || {
            format!("{op}: the operationId stands twice")
        });
        faults.check(is_camel(op.id, |c| c.is_ascii_lowercase()), || {
            format!("{op}: the operationId is not verbNoun")
        });
        let tags: Vec<&Value> = items(op.value, "/tags").collect();
        faults.check(
            matches!(tags.as_slice(), [Value::String(tag)] if is_snake(tag)),
            || format!("{op}: wants exactly one snake_case tag, has {tags:?}"),
        );
        let summary = op.value["summary"].as_str().unwrap_or_default();
        faults.check(!summary.is_empty() && summary.len() <= 120, || {
            format!("{op}: wants a summary of one line, has {summary:?}")
        });
        faults.check(op.value["security"].is_array(), || {
            format!("{op}: does not say who may")
        });
        if let Access::Granted(_) = op.access {
            let scopes = items(op.value, "/security/0/bearer").count();
            faults.check(scopes == 1, || format!("{op}: asks for {scopes} permissions"));
        }
    }
    faults.none();
}

#[test]
fn paths_are_kebab_members_snake_schemas_pascal() {
    let mut faults = Faults::default();
    for op in operations() {
        for segment in op.path.split('/').skip(1) {
            let is_placeholder = segment.starts_with('{') && segment.ends_with('}');
            let right = match segment {
                "openapi.json" | ".well-known" | "jwks.json" => true,
                _ if is_placeholder => is_snake(segment.trim_matches(['{', '}'])),
                _ => !segment.is_empty() && is_snake(&segment.replace('-', "_")) && !segment.contains('_'),
            };
            faults.check(right, || format!("{op}: segment {segment:?}"));
        }
        for parameter in items(op.value, "/parameters") {
            let name = parameter["name"].as_str().unwrap();
            faults.check(parameter["in"] == "header" || is_snake(name), || {
                format!("{op}: parameter {name}")
            });
            let is_said = !parameter["description"].as_str().unwrap_or_default().is_empty();
            faults.check(parameter["in"] != "query" || is_said, || {
                format!("{op}: parameter {name} is not described")
            });
        }
    }
    for (name, _) in members(document(), "/components/schemas") {
        faults.check(is_camel(name, |c| c.is_ascii_uppercase()), || {
            format!("schema {name}")
        });
    }
    each_schema(&mut |place, schema| {
        for (name, _) in members(schema, "/properties") {
            let is_language_tag = matches!(name.as_str(), "zh" | "en");
            faults.check(is_snake(name) || is_language_tag, || {
                format!("{place}: member {name}")
            });
        }
    });
    faults.none();
}

#[test]
fn every_text_number_and_list_has_an_end() {
    let mut faults = Faults::default();
    each_schema(&mut |place, schema| {
        let has = |key: &str| schema.get(key).is_some();
        let is_fixed = has("enum") || has("const");
        let ends = match kind_of(schema) {
            "string" => {
                let format = matches!(
                    schema["format"].as_str(),
                    Some("uuid" | "date" | "date-time" | "time" | "binary")
                );
                has("maxLength") || format || is_fixed
            }
            "integer" | "number" => has("minimum") && has("maximum") || is_fixed,
            "array" => has("maxItems"),
            _ => true,
        };
        faults.check(ends, || format!("{place}: a {} without an end", kind_of(schema)));
    });
    faults.none();
}

/// The one open bag of a request is a map that names no member: custom fields, attributes, parameters.
#[test]
fn request_bodies_take_no_unknown_member() {
    let mut faults = Faults::default();
    let mut queue: Vec<(String, &'static Value)> = Vec::new();
    for op in operations() {
        if let Some((_, schema, _)) = op.body() {
            queue.push((op.id.to_owned(), schema));
        }
    }
    let mut seen = BTreeSet::new();
    while let Some((place, schema)) = queue.pop() {
        walk(&place, schema, &mut |place, schema| {
            let name = schema["$ref"]
                .as_str()
                .and_then(|r| r.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && seen.insert(name.to_owned())
            {
                queue.push((name.to_owned(), &schemas()[name]));
            }
            let names_members = schema.get("properties").is_some();
            faults.check(!names_members || schema["additionalProperties"] == false, || {
                format!("{place} takes unknown members: deny_unknown_fields")
            });
        });
    }
    faults.none();
}

/// A member of an answer is always there; what may be missing is null (C06).
#[test]
fn every_member_of_an_answer_is_required() {
    // What is there only when it was asked for.
    let by_request = [
        "PageInfo.total",
        "PageInfo.total_capped",
        "ProblemError.pointer",
        "ProblemError.parameter",
        "ProblemError.header",
    ];
    let mut faults = Faults::default();
    let mut queue: Vec<(String, &'static Value)> = operations()
        .iter()
        .filter_map(|op| Some((op.id.to_owned(), op.answer()?)))
        .collect();
    let requests: BTreeSet<&str> = operations()
        .iter()
        .filter_map(|op| op.body()?.1["$ref"].as_str())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some((place, schema)) = queue.pop() {
        walk(&place, schema, &mut |place, schema| {
            if let Some(target) = schema["$ref"].as_str()
                && !requests.contains(target)
                && seen.insert(target)
            {
                let name = target.rsplit('/').next().unwrap();
                queue.push((name.to_owned(), &schemas()[name]));
            }
            let required: Vec<&Value> = items(schema, "/required").collect();
            // A closed object is one callers send too: what is optional there may be absent here.
            if schema["additionalProperties"] == false {
                return;
            }
            for (name, _) in members(schema, "/properties") {
                let place = format!("{place}.{name}");
                faults.check(
                    required.contains(&&Value::from(name.as_str())) || by_request.contains(&place.as_str()),
                    || format!("{place} may be missing: #[schema(required)]"),
                );
            }
        });
    }
    faults.none();
}

#[test]
fn every_body_has_an_example_that_keeps_its_schema() {
    let mut faults = Faults::default();
    for op in operations() {
        let request = op.value.pointer("/requestBody");
        let answers = members(op.value, "/responses").filter(|(status, _)| status.starts_with('2'));
        for (what, holder) in request
            .map(|body| ("request", body))
            .into_iter()
            .chain(answers.map(|(status, answer)| (status.as_str(), answer)))
        {
            for (media, body) in members(holder, "/content").filter(|(media, _)| is_json(media)) {
                let Some(value) = example(body) else {
                    faults.check(false, || format!("{op}: {what} {media} has no example"));
                    continue;
                };
                let Some(keeps) = validator(&body["schema"], schemas()) else {
                    faults.check(false, || format!("{op}: the schema of {what} cannot be compiled"));
                    continue;
                };
                for error in keeps.iter_errors(&value) {
                    faults.check(false, || {
                        format!(
                            "{op}: the example of {what}: {error} at {}",
                            error.instance_path()
                        )
                    });
                }
            }
        }
    }
    faults.none();
}

/// An enum has one meaning and one name; two of the same name would silently become one.
#[test]
fn enum_values_are_stable_words() {
    let mut faults = Faults::default();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    each_schema(&mut |place, schema| {
        for value in items(schema, "/enum").filter_map(Value::as_str) {
            faults.check(!value.is_empty() && value.len() <= 64 && value.is_ascii(), || {
                format!("{place}: value {value:?}")
            });
        }
        if let Some(title) = schema["title"].as_str() {
            let said = schema.to_string();
            let kept = seen.entry(title.to_owned()).or_insert_with(|| said.clone());
            faults.check(*kept == said, || {
                format!("{place}: title {title} has two meanings")
            });
        }
    });
    faults.none();
}

/// Lists take a page and answer `{data, page}`; nothing else does (A5).
#[test]
fn lists_have_one_shape() {
    let mut faults = Faults::default();
    for op in operations().iter().filter(|op| op.is_list()) {
        for name in ["limit", "cursor"] {
            faults.check(op.parameters("query").any(|p| p["name"] == name), || {
                format!("{op}: takes no {name}")
            });
        }
        let answer = op.answer().map(super::sweep::resolved).unwrap();
        let names: Vec<&String> = members(answer, "/properties").map(|(name, _)| name).collect();
        faults.check(names == ["data", "page"], || format!("{op}: answers {names:?}"));
    }
    faults.none();
}
