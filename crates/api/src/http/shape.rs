//! The shape of a body or parameter, checked against the very schema the document shows (A21).

use aftercare_domain::codes;
use aftercare_domain::kernel::error::{Place, STATUS_READ_ONLY, VALIDATION_FAILED};
use aftercare_domain::kernel::{Code, Error, Violation};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind as Fault;
use serde_json::{Value, json};

codes! {
    REQUIRED: Invalid = "required", "A required member is missing", "缺少必填项";
    UNKNOWN_MEMBER: Invalid = "unknown_member", "Not a member of this resource", "不存在的成员";
    INVALID_TYPE: Invalid = "invalid_type", "The value has the wrong type", "值的类型不正确";
    TOO_SHORT: Invalid = "too_short", "The text is too short", "文本过短";
    TOO_LONG: Invalid = "too_long", "The text is too long", "文本过长";
    TOO_FEW_ITEMS: Invalid = "too_few_items", "The list has too few items", "列表项过少";
    TOO_MANY_ITEMS: Invalid = "too_many_items", "The list has too many items", "列表项过多";
    INVALID_FORMAT: Invalid = "invalid_format", "The text has the wrong form", "格式不正确";
    NOT_ALLOWED: Invalid = "not_allowed", "The value is not one of the allowed ones", "值不在允许范围内";
    OUT_OF_RANGE: Invalid = "out_of_range", "The number is out of range", "数值超出范围";
    INVALID_VALUE: Invalid = "invalid_value", "The value is refused", "值不符合要求";
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
            push(&OUT_OF_RANGE, at(""), "min", limit.clone())
        }
        Fault::Maximum { limit } | Fault::ExclusiveMaximum { limit } => {
            push(&OUT_OF_RANGE, at(""), "max", limit.clone())
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
        format!("{count} members are invalid."),
        format!("有 {count} 处内容不符合要求。"),
    );
    error.errors = violations;
    error
}
