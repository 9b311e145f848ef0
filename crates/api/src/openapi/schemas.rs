//! Schemas: what the collector cannot say — merged metadata, scalars in place, nothing unused.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::json::{each_object, entry, members, reference, set};

/// Repairs what the collector cannot say: merged metadata, no invented defaults.
pub fn tidy(schemas: &mut Value) {
    let written = schemas.clone();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array).cloned() {
            *schema = merged(schema, &parts, &written);
        }
        if name.ends_with("Patch") {
            // An absent member of a patch keeps what is there; there is no default.
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
    // The document does not describe itself member by member.
    if let Some(own) = schemas.get_mut("OpenApiDocument") {
        set(own, "additionalProperties", true.into());
    }
}

/// One object out of `allOf [flattened records, own members, Meta]`.
fn merged(schema: &Value, parts: &[Value], written: &Value) -> Value {
    let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
    for (key, value) in members(schema, "").filter(|(key, _)| *key != "allOf") {
        set(&mut whole, key, value.clone());
    }
    // What a resource is comes first, version and times last.
    let named = |part: &Value| part.as_object().and_then(reference).map(str::to_owned);
    let mut ordered: Vec<&Value> = parts.iter().collect();
    ordered.sort_by_key(|part| match named(part).as_deref() {
        Some("Meta") => 2,
        Some(_) => 0,
        None => 1,
    });
    for part in ordered {
        let found = named(part)
            .and_then(|name| written.get(&name).cloned())
            .unwrap_or_else(|| part.clone());
        let part = match found.get("allOf").and_then(Value::as_array).cloned() {
            Some(inner) => merged(&found, &inner, written),
            None => found,
        };
        for (name, property) in members(&part, "/properties") {
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
pub fn inline_scalars(document: &mut Value) {
    let is_scalar = |schema: &Value| {
        matches!(
            schema.get("type").and_then(Value::as_str),
            Some("string" | "integer" | "boolean")
        ) && schema.get("enum").is_none()
    };
    let scalars: Map<String, Value> = members(document, "/components/schemas")
        .filter(|(_, schema)| is_scalar(schema))
        .map(|(name, schema)| (name.clone(), schema.clone()))
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
            let scalar = reference(object).and_then(|name| scalars.get(name)).cloned();
            if let Some(Value::Object(scalar)) = scalar {
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

/// Removes components nothing refers to.
pub fn drop_unused(document: &mut Value) {
    for kind in ["responses", "schemas", "schemas", "schemas"] {
        let mut used = BTreeSet::new();
        each_object(document, &mut |object| {
            used.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
        });
        let prefix = format!("#/components/{kind}/");
        if let Some(all) = document
            .pointer_mut(&format!("/components/{kind}"))
            .and_then(Value::as_object_mut)
        {
            all.retain(|name, _| used.contains(&format!("{prefix}{name}")));
        }
    }
}
