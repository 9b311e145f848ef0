//! Where a record stands, by its kind: read off the document, so that it cannot say what is not served.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::contract::CONTRACT;

/// The paths of single reads, by the kind of what they answer: `getSlaPolicy` answers a `sla_policy`.
static PLACES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    CONTRACT
        .operations()
        .filter(|(method, operation)| **method == Method::GET && operation.path.starts_with("/v1/"))
        .filter_map(|(_, operation)| {
            let kind = operation.id.strip_prefix("get")?;
            Some((snake(kind), operation.path.clone()))
        })
        .collect()
});

fn snake(pascal: &str) -> String {
    let mut text = String::new();
    for c in pascal.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

/// The path of a record. `data` are the facts of its event: `key`, the codes it stands under where that is not its
/// identifier, or `service_request_id`, the request whose part it is where it has no path of its own.
pub fn of(resource: &str, id: Uuid, data: &Value) -> Option<String> {
    let owner = || data.get("service_request_id").and_then(Value::as_str);
    let Some(template) = PLACES.get(resource) else {
        let template = PLACES.get("service_request")?;
        return fill(template, &[owner()?.to_owned()]);
    };
    let codes = data.get("key").and_then(Value::as_array);
    let key: Vec<String> = match codes {
        Some(codes) => codes
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        None => vec![id.to_string()],
    };
    fill(template, &key)
}

/// The path with its placeholders filled in order; none if there are not enough values.
fn fill(template: &str, values: &[String]) -> Option<String> {
    let mut values = values.iter();
    let mut path = String::new();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{') {
            Some(_) => path.push_str(values.next()?),
            None => path.push_str(segment),
        }
    }
    Some(path)
}
