//! One text for one value: JSON with sorted names and no blanks, so that two runs can be compared byte by byte.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// The canonical text of a value.
pub fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| sorted(&value))
}

fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, String> = members
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            let parts: Vec<String> = members
                .into_iter()
                .map(|(name, text)| format!("{}:{text}", Value::from(name.as_str())))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(sorted).collect();
            format!("[{}]", parts.join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_and_blanks_left_out() {
        let value = json!({"b": [1, {"d": null, "c": "引\"号"}], "a": true});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"c":"引\"号","d":null}]}"#);
    }
}
