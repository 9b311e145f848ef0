//! Reaching into the document as a JSON value.

use serde_json::{Map, Value, json};

/// Sets a member of an object; nothing else has members.
pub fn set(value: &mut Value, member: &str, new: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(member.to_owned(), new);
    }
}

/// A member of an object, made when it is missing.
pub fn entry<'v>(value: &'v mut Value, member: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(object) => object.entry(member).or_insert_with(|| json!({})),
        _ => unreachable!("it was just made an object"),
    }
}

/// The members of what a pointer leads to.
pub fn members<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The items of what a pointer leads to.
pub fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The text a pointer leads to.
pub fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// The name of the schema a `$ref` points to.
pub fn reference(schema: &Map<String, Value>) -> Option<&str> {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.strip_prefix("#/components/schemas/"))
}

/// The schema itself, whatever chain of references leads to it.
pub fn resolved<'v>(schema: &'v Value, schemas: &'v Value) -> &'v Value {
    let mut at = schema;
    while let Some(next) = at
        .as_object()
        .and_then(reference)
        .and_then(|name| schemas.get(name))
    {
        at = next;
    }
    at
}

/// Every schema in a value, outermost first: objects below a `schema` and components, all the way down.
pub fn each_object(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|member| each_object(member, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}
