//! Whether values of custom fields are what their definitions say; pure, for every target alike.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{CustomField, CustomFieldType, UNKNOWN_CUSTOM_FIELD};
use crate::json_columns;
use crate::kernel::error::{
    INVALID_FORMAT, INVALID_TYPE, NOT_ALLOWED, OUT_OF_RANGE, Place, REQUIRED, TOO_LONG, TOO_MANY_ITEMS,
    TOO_SHORT, VALIDATION_FAILED,
};
use crate::kernel::text::{WordCode, open_object};
use crate::kernel::{Code, Date, Error, Result, Time, Violation};
use crate::product_categories::ProductCategoryId;

/// Values of custom fields by key; the one open object of the API (C10).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomFields(pub Map<String, Value>);

json_columns!(CustomFields);

impl PartialSchema for CustomFields {
    fn schema() -> RefOr<Schema> {
        open_object("Values of custom fields by key, each as its definition under `/v1/custom-fields` says.")
    }
}

impl ToSchema for CustomFields {
    fn name() -> Cow<'static, str> {
        "CustomFields".into()
    }
}

/// What is known of the record a field belongs to, as far as definitions ask.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The service type.
    pub service_type: Option<WordCode>,
    /// The product's category and every one above it.
    pub category_ids: Vec<ProductCategoryId>,
}

/// The most characters a text takes whose definition names no limit.
const TEXT_MAX: usize = 5_000;

impl CustomFields {
    /// Refuses what the definitions of the target do not allow: `unknown_custom_field` for an unknown key alone,
    /// else `validation_failed` with every fault at `#/custom_fields/<key>` (BD-4).
    ///
    /// `before` is what the record held: values that stay as they were are not judged again (BD-2).
    pub fn check(
        &self,
        definitions: &[CustomField],
        circumstances: &Circumstances,
        before: Option<&CustomFields>,
    ) -> Result<()> {
        let valid: Vec<&CustomField> = definitions
            .iter()
            .filter(|field| field.is_active && field.applies_to(circumstances))
            .collect();
        let stays = |key: &str, value: &Value| before.is_some_and(|old| old.0.get(key) == Some(value));
        let mut wrong = Vec::new();
        for (key, value) in self.0.iter().filter(|(key, value)| !stays(key, value)) {
            match valid.iter().find(|field| field.key.as_str() == key) {
                Some(field) => judge(field, value, &mut wrong),
                None => wrong.push(at(&UNKNOWN_CUSTOM_FIELD, key)),
            }
        }
        for field in valid.iter().filter(|field| field.required) {
            if !self.0.contains_key(field.key.as_str()) {
                wrong.push(at(&REQUIRED, field.key.as_str()));
            }
        }
        let Err(mut refusal) = Error::all(wrong) else {
            return Ok(());
        };
        if refusal.code != &UNKNOWN_CUSTOM_FIELD {
            refusal.code = &VALIDATION_FAILED;
        }
        Err(refusal)
    }
}

fn at(code: &'static Code, key: &str) -> Violation {
    let key = key.replace('~', "~0").replace('/', "~1");
    code.violation(Place::Pointer(format!("#/custom_fields/{key}")))
}

fn judge(field: &CustomField, value: &Value, wrong: &mut Vec<Violation>) {
    let mut refuse = |code: &'static Code, param: Option<(&str, Value)>| {
        let mut violation = at(code, field.key.as_str());
        violation
            .params
            .extend(param.map(|(name, value)| (name.to_owned(), value)));
        wrong.push(violation);
    };
    match (field.kind, value) {
        (CustomFieldType::Text, Value::String(text)) => judge_text(field, text, &mut refuse),
        (CustomFieldType::Number, Value::Number(number)) => judge_number(field, number, &mut refuse),
        (CustomFieldType::Bool, Value::Bool(_)) => {}
        (CustomFieldType::Date, Value::String(text)) => {
            if text.parse::<Date>().is_err() {
                refuse(&INVALID_FORMAT, Some(("format", "date".into())));
            }
        }
        (CustomFieldType::Datetime, Value::String(text)) => {
            if text.parse::<Time>().is_err() {
                refuse(&INVALID_FORMAT, Some(("format", "date-time".into())));
            }
        }
        (CustomFieldType::Select, Value::String(choice)) => {
            if !field.offers(choice) {
                refuse(&NOT_ALLOWED, Some(("allowed", field.choices())));
            }
        }
        (CustomFieldType::Multiselect, Value::Array(choices)) => judge_choices(field, choices, &mut refuse),
        _ => refuse(&INVALID_TYPE, Some(("type", field.kind.as_str().into()))),
    }
}

type Refuse<'r> = dyn FnMut(&'static Code, Option<(&str, Value)>) + 'r;

fn judge_text(field: &CustomField, text: &str, refuse: &mut Refuse<'_>) {
    let length = Decimal::from(text.chars().count());
    let limit = field
        .max
        .as_ref()
        .map_or(Decimal::from(TEXT_MAX), |max| max.decimal());
    if field.min.as_ref().is_some_and(|min| length < min.decimal()) {
        refuse(&TOO_SHORT, field.min.as_ref().map(|min| ("min", min.to_json())));
    }
    if length > limit {
        refuse(
            &TOO_LONG,
            Some((
                "max",
                field
                    .max
                    .as_ref()
                    .map_or_else(|| TEXT_MAX.into(), |max| max.to_json()),
            )),
        );
    }
    let is_control = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || c == '\u{7f}';
    let keeps_pattern = field.pattern.as_ref().is_none_or(|pattern| pattern.fits(text));
    if !keeps_pattern || text.contains(is_control) {
        let pattern = field.pattern.as_ref().map(|p| ("pattern", p.as_str().into()));
        refuse(&INVALID_FORMAT, pattern);
    }
}

fn judge_number(field: &CustomField, number: &Number, refuse: &mut Refuse<'_>) {
    let Some(value) = exactly(number) else {
        return refuse(&OUT_OF_RANGE, Some(("digits", DIGITS.into())));
    };
    if let Some(min) = field.min.as_ref().filter(|min| value < min.decimal()) {
        refuse(&OUT_OF_RANGE, Some(("min", min.to_json())));
    }
    if let Some(max) = field.max.as_ref().filter(|max| value > max.decimal()) {
        refuse(&OUT_OF_RANGE, Some(("max", max.to_json())));
    }
}

fn judge_choices(field: &CustomField, choices: &[Value], refuse: &mut Refuse<'_>) {
    if choices.len() > field.options.len() {
        refuse(&TOO_MANY_ITEMS, Some(("max", field.options.len().into())));
    }
    let is_offered = |choice: &Value| choice.as_str().is_some_and(|text| field.offers(text));
    let is_repeated = |(i, choice): (usize, &Value)| choices.iter().take(i).any(|other| other == choice);
    if !choices.iter().all(is_offered) || choices.iter().enumerate().any(is_repeated) {
        refuse(&NOT_ALLOWED, Some(("allowed", field.choices())));
    }
}

/// The most significant digits a number takes: as many as every JSON reader keeps exactly.
pub(super) const DIGITS: usize = 15;

/// The value of a JSON number, if no reader can have changed it on the way: at most 15 significant digits, below 10¹⁵.
pub(super) fn exactly(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    let value = if text.contains(['e', 'E']) {
        Decimal::from_scientific(&text).ok()?
    } else {
        text.parse().ok()?
    };
    let digits = value.normalize().mantissa().unsigned_abs().to_string().len();
    let bound = Decimal::from(1_000_000_000_000_000_i64);
    (digits <= DIGITS && value.abs() < bound).then_some(value)
}
