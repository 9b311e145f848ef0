//! Path, query and headers of a call, held against the document.

use actix_web::dev::ServiceRequest;
use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::error::{OUT_OF_RANGE, Place, VALIDATION_FAILED};
use serde_json::Value;

use crate::http::contract::{CONTRACT, Operation, Parameter, is_text};
use crate::http::input::{INVALID_HEADER, INVALID_PATH_PARAMETER, INVALID_QUERY_PARAMETER};

/// Every placeholder of the path keeps its schema.
pub(super) fn check_path(operation: &Operation, params: &[(String, Option<String>)]) -> Result<(), Error> {
    for parameter in &operation.in_path {
        let value = params
            .iter()
            .find(|(name, _)| *name == parameter.name)
            .and_then(|(_, value)| value.as_deref());
        if !value.is_some_and(|value| is_valid(parameter, value)) {
            return Err(INVALID_PATH_PARAMETER.parameter(&parameter.name));
        }
    }
    Ok(())
}

/// Every header the operation names keeps its schema.
pub(super) fn check_headers(operation: &Operation, req: &ServiceRequest) -> Result<(), Error> {
    for parameter in &operation.headers {
        let Some(value) = req.headers().get(parameter.name.as_str()) else {
            continue;
        };
        if !value.to_str().is_ok_and(|value| is_valid(parameter, value)) {
            return Err(INVALID_HEADER
                .violation(Place::Header(parameter.name.clone()))
                .into());
        }
    }
    Ok(())
}

/// Every query parameter is known, given once and right; those that must be there are.
pub(super) fn check_query(operation: &Operation, query: &str) -> Result<(), Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| INVALID_QUERY_PARAMETER.error())?;
    let as_sent = query.split('&').filter(|pair| !pair.is_empty());
    let mut seen: Vec<&str> = Vec::new();
    for ((name, value), as_sent) in pairs.iter().zip(as_sent) {
        if !is_text(as_sent) {
            return Err(INVALID_QUERY_PARAMETER
                .parameter(name)
                .because("Not UTF-8.", "不是 UTF-8 编码。"));
        }
        let Some(parameter) = operation.query.iter().find(|p| p.name == *name) else {
            let known = operation
                .query
                .iter()
                .map(|p| p.name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(INVALID_QUERY_PARAMETER.parameter(name).because(
                format!("Known here: {known}."),
                format!("此处可用的参数：{known}。"),
            ));
        };
        if seen.contains(&name.as_str()) {
            return Err(INVALID_QUERY_PARAMETER
                .parameter(name)
                .because("Given twice.", "重复给出。"));
        }
        seen.push(name);
        let is_right = match parameter.is_list {
            true => {
                value.split(',').count() <= parameter.most
                    && value.split(',').all(|one| is_valid(parameter, one))
            }
            false => is_valid(parameter, value),
        };
        if !is_right {
            // A limit that is a number, but not one we take, parsed and is refused for its content (A20).
            if name == "limit" && value.parse::<i64>().is_ok() {
                let mut error = OUT_OF_RANGE
                    .parameter(name)
                    .because("1 to 200.", "取值范围为 1 到 200。");
                error.code = &VALIDATION_FAILED;
                return Err(error);
            }
            return Err(INVALID_QUERY_PARAMETER.parameter(name));
        }
    }
    match operation
        .query
        .iter()
        .find(|p| p.is_required && !seen.contains(&p.name.as_str()))
    {
        Some(missing) => Err(INVALID_QUERY_PARAMETER
            .parameter(&missing.name)
            .because("Required.", "必须提供。")),
        None => Ok(()),
    }
}

/// Whether one value in text form keeps its parameter's schema.
fn is_valid(parameter: &Parameter, text: &str) -> bool {
    let Some(validator) = CONTRACT.of_parameter(parameter) else {
        return false;
    };
    if validator.is_valid(&Value::String(text.to_owned())) {
        return true;
    }
    // Whole numbers only: 2.0 is one by JSON Schema, and no handler reads it from a text.
    let is_plain = text
        .strip_prefix('-')
        .unwrap_or(text)
        .chars()
        .all(|c| c.is_ascii_digit());
    let is_word = matches!(text, "true" | "false");
    (is_plain || is_word) && serde_json::from_str(text).is_ok_and(|value: Value| validator.is_valid(&value))
}
