//! The shape of a body or parameter, checked against the very schema the document shows (A21).

use aftercare_domain::codes;
use aftercare_domain::kernel::error::{
    INVALID_FORMAT, INVALID_TYPE, INVALID_VALUE, NOT_ALLOWED, OUT_OF_RANGE, Place, REQUIRED,
    STATUS_READ_ONLY, TOO_LONG, TOO_MANY_ITEMS, TOO_SHORT, VALIDATION_FAILED,
};
use aftercare_domain::kernel::{Code, Error, Violation};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind as Fault;
use serde_json::{Value, json};

codes! {
    UNKNOWN_MEMBER: Invalid = "unknown_member", "Not a member of this resource", "不存在的成员";
    TOO_FEW_ITEMS: Invalid = "too_few_items", "The list has too few items", "列表项过少";
}

/// Everything that is wrong with a value; nothing if it keeps its schema.
pub fn violations(validator: &Validator, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for error in validator.iter_errors(value).take(100) {
        collect(&error, &mut found);
    }
    found
}

fn collect(error: &jsonschema::ValidationError<'_>, found: &mut Vec<Violation>) {
    let at = |tail: &str| {
        let base = error.instance_path().as_str();
        let tail = tail.replace('~', "~0").replace('/', "~1");
        Place::Pointer(if tail.is_empty() {
            format!("#{base}")
        } else {
            format!("#{base}/{tail}")
        })
    };
    let mut push = |code: &'static Code, place: Place, name: &str, param: Value| {
        let mut violation = code.violation(place);
        if !param.is_null() {
            violation.params.insert(name.to_owned(), param);
        }
        found.push(violation);
    };
    match error.kind() {
        Fault::Required { property } => push(
            &REQUIRED,
            at(property.as_str().unwrap_or_default()),
            "",
            Value::Null,
        ),
        Fault::AdditionalProperties { unexpected } | Fault::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                push(&UNKNOWN_MEMBER, at(name), "", Value::Null);
            }
        }
        Fault::Type { .. } => push(&INVALID_TYPE, at(""), "", Value::Null),
        Fault::MinLength { limit } => push(&TOO_SHORT, at(""), "min", json!(limit)),
        Fault::MaxLength { limit } => push(&TOO_LONG, at(""), "max", json!(limit)),
        Fault::MinItems { limit } => push(&TOO_FEW_ITEMS, at(""), "min", json!(limit)),
        Fault::MaxItems { limit } => push(&TOO_MANY_ITEMS, at(""), "max", json!(limit)),
        Fault::Pattern { pattern } => push(&INVALID_FORMAT, at(""), "pattern", json!(pattern)),
        Fault::Format { format } => push(&INVALID_FORMAT, at(""), "format", json!(format)),
        Fault::Enum { options } => push(&NOT_ALLOWED, at(""), "allowed", (**options).clone()),
        Fault::Minimum { limit } | Fault::ExclusiveMinimum { limit } => {
            push(&OUT_OF_RANGE, at(""), "min", limit.clone());
        }
        Fault::Maximum { limit } | Fault::ExclusiveMaximum { limit } => {
            push(&OUT_OF_RANGE, at(""), "max", limit.clone());
        }
        // "Null or …": what is wrong with the value itself says more than "neither".
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } if !error.instance().is_null() => {
            let branch = context.iter().find(|branch| !branch.iter().all(is_null_branch));
            match branch {
                Some(branch) => branch.iter().for_each(|inner| collect(inner, found)),
                None => push(&INVALID_VALUE, at(""), "", Value::Null),
            }
        }
        _ => push(&INVALID_VALUE, at(""), "", Value::Null),
    }
}

fn is_null_branch(error: &jsonschema::ValidationError<'_>) -> bool {
    matches!(error.kind(), Fault::Type { kind } if format!("{kind:?}").contains("Null"))
}

/// A NUL in a text or a member's name, wherever it stands.
pub fn control_character(value: &Value) -> Option<Violation> {
    fn find(value: &Value, pointer: &str) -> Option<String> {
        match value {
            Value::String(text) => text.contains('\0').then(|| pointer.to_owned()),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| find(item, &format!("{pointer}/{index}"))),
            Value::Object(members) => members.iter().find_map(|(name, member)| {
                if name.contains('\0') {
                    return Some(pointer.to_owned());
                }
                let name = name.replace('~', "~0").replace('/', "~1");
                find(member, &format!("{pointer}/{name}"))
            }),
            _ => None,
        }
    }
    find(value, "#").map(|pointer| {
        let mut violation = INVALID_FORMAT.violation(Place::Pointer(pointer));
        violation.detail = Some((
            "A text cannot hold a NUL character.".to_owned(),
            "文本不能包含空字符（NUL）。".to_owned(),
        ));
        violation
    })
}

/// The refusal for a body of the wrong shape.
pub fn refusal(violations: Vec<Violation>, is_patch: bool) -> Error {
    let names_status = violations
        .iter()
        .any(|v| v.code == &UNKNOWN_MEMBER && v.place == Place::Pointer("#/status".to_owned()));
    if is_patch && names_status {
        return STATUS_READ_ONLY.at("#/status");
    }
    let count = violations.len();
    let mut error = VALIDATION_FAILED.because(
        match count {
            1 => "1 member is invalid.".to_owned(),
            _ => format!("{count} members are invalid."),
        },
        format!("有 {count} 处内容不符合要求。"),
    );
    error.errors = violations;
    error
}
