use serde_json::{Value, json};

use super::*;
use crate::kernel::stamp::tests::stamp;

fn field(definition: Value) -> CustomField {
    let mut whole = json!({"target": "service_request", "key": "f", "label": {"zh": "字段"}});
    for (name, value) in definition.as_object().unwrap() {
        whole[name] = value.clone();
    }
    CustomField::define(serde_json::from_value(whole).unwrap(), &stamp()).unwrap()
}

fn refused(definition: Value) -> Vec<(String, &'static str)> {
    let mut whole = json!({"target": "service_request", "key": "f", "label": {"zh": "字段"}});
    for (name, value) in definition.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let refusal = CustomField::define(serde_json::from_value(whole).unwrap(), &stamp()).unwrap_err();
    faults(&refusal)
}

fn faults(refusal: &Error) -> Vec<(String, &'static str)> {
    let place = |violation: &Violation| match &violation.place {
        Place::Pointer(pointer) => pointer.clone(),
        other => panic!("{other:?}"),
    };
    refusal
        .errors
        .iter()
        .map(|violation| (place(violation), violation.code.slug))
        .collect()
}

fn values(members: Value) -> CustomFields {
    serde_json::from_value(members).unwrap()
}

fn fault_of(field: &CustomField, value: Value) -> Option<&'static str> {
    let given = values(json!({"f": value}));
    let outcome = given.check(std::slice::from_ref(field), &Circumstances::default(), None);
    outcome.err().map(|refusal| {
        assert_eq!(refusal.code, &VALIDATION_FAILED);
        faults(&refusal)[0].1
    })
}

#[test]
fn ac_008_a_height_is_required_for_an_installation_and_lies_between_its_bounds() {
    let height = field(json!({
        "key": "indoor_height_m", "type": "number", "required": true, "min": 0, "max": 60,
        "applies_when": {"service_type": "install"}
    }));
    assert_eq!(height.code.as_str(), "service_request.indoor_height_m");
    let install = Circumstances {
        service_type: Some(WordCode::new("install").unwrap()),
        ..Circumstances::default()
    };
    let check =
        |members: Value, at: &Circumstances| values(members).check(std::slice::from_ref(&height), at, None);
    let pointer = || "#/custom_fields/indoor_height_m".to_owned();
    let missing = check(json!({}), &install).unwrap_err();
    assert_eq!(missing.code, &VALIDATION_FAILED);
    assert_eq!(faults(&missing), [(pointer(), "required")]);
    let high = check(json!({"indoor_height_m": 75}), &install).unwrap_err();
    assert_eq!(faults(&high), [(pointer(), "out_of_range")]);
    assert_eq!(high.errors[0].params["max"], 60);
    for good in [json!(12.5), json!(0), json!(60), json!(60.0)] {
        check(json!({"indoor_height_m": good}), &install).unwrap();
    }
    let repair = Circumstances::default();
    check(json!({}), &repair).unwrap();
    let elsewhere = check(json!({"indoor_height_m": 12.5}), &repair).unwrap_err();
    assert_eq!(elsewhere.code, &UNKNOWN_CUSTOM_FIELD);
}

#[test]
fn every_type_takes_its_values_and_refuses_the_rest() {
    let options = json!([{"value": "a", "label": {"zh": "甲"}}, {"value": "b", "label": {"zh": "乙"}}]);
    let cases = [
        (
            json!({"type": "text", "min": 2, "max": 4}),
            json!("安装高"),
            json!("高"),
            "too_short",
        ),
        (
            json!({"type": "text", "max": 4}),
            json!(""),
            json!("12345"),
            "too_long",
        ),
        (
            json!({"type": "text", "pattern": "[A-Z]{2}"}),
            json!("AB"),
            json!("ABC"),
            "invalid_format",
        ),
        (
            json!({"type": "text"}),
            json!("a\nb"),
            json!("a\u{0}b"),
            "invalid_format",
        ),
        (json!({"type": "number"}), json!(-0.1), json!("1"), "invalid_type"),
        (
            json!({"type": "number"}),
            json!(999_999_999_999_999_i64),
            json!(1e15),
            "out_of_range",
        ),
        (
            json!({"type": "number"}),
            json!(1e-7),
            json!(0.123_456_789_012_345_6),
            "out_of_range",
        ),
        (json!({"type": "bool"}), json!(false), json!(0), "invalid_type"),
        (
            json!({"type": "date"}),
            json!("2028-02-29"),
            json!("2027-02-29"),
            "invalid_format",
        ),
        (
            json!({"type": "datetime"}),
            json!("2026-11-23T09:00:00+08:00"),
            json!("2026-11-23"),
            "invalid_format",
        ),
        (
            json!({"type": "select", "options": options}),
            json!("a"),
            json!("c"),
            "not_allowed",
        ),
        (
            json!({"type": "multiselect", "options": options}),
            json!(["b", "a"]),
            json!(["a", "a"]),
            "not_allowed",
        ),
        (
            json!({"type": "multiselect", "options": options}),
            json!([]),
            json!("a"),
            "invalid_type",
        ),
        (json!({"type": "bool"}), json!(true), json!(null), "invalid_type"),
    ];
    for (definition, good, bad, fault) in cases {
        let field = field(definition.clone());
        assert_eq!(fault_of(&field, good.clone()), None, "{definition} {good}");
        assert_eq!(fault_of(&field, bad.clone()), Some(fault), "{definition} {bad}");
    }
}

#[test]
fn unknown_keys_are_named_and_several_faults_told_at_once() {
    let known = [field(json!({"type": "bool"}))];
    let here = Circumstances::default();
    let alone = values(json!({"a/b~": 1})).check(&known, &here, None).unwrap_err();
    assert_eq!(alone.code.slug, "unknown_custom_field");
    assert_eq!(
        faults(&alone),
        [("#/custom_fields/a~1b~0".to_owned(), "unknown_custom_field")]
    );
    let both = values(json!({"f": 1, "g": 2}))
        .check(&known, &here, None)
        .unwrap_err();
    assert_eq!((both.code, both.errors.len()), (&VALIDATION_FAILED, 2));
}

#[test]
fn what_a_record_held_stays_valid() {
    let mut retired = field(json!({"type": "bool"}));
    retired.is_active = false;
    let held = values(json!({"f": true}));
    let here = Circumstances::default();
    held.check(std::slice::from_ref(&retired), &here, Some(&held))
        .unwrap();
    let other = values(json!({"f": false})).check(&[retired], &here, Some(&held));
    assert_eq!(other.unwrap_err().code, &UNKNOWN_CUSTOM_FIELD);
}

#[test]
fn a_definition_makes_sense() {
    let at = |pointer: &str, code| vec![(pointer.to_owned(), code)];
    assert_eq!(refused(json!({"type": "select"})), at("#/options", "required"));
    let choice = json!([{"value": "a", "label": {"zh": "甲"}}]);
    assert_eq!(
        refused(json!({"type": "bool", "options": choice})),
        at("#/options", "invalid_value")
    );
    assert_eq!(
        refused(json!({"type": "number", "min": 2, "max": 1})),
        at("#/max", "bounds_order")
    );
    assert_eq!(
        refused(json!({"type": "date", "min": 2})),
        at("#/min", "invalid_value")
    );
    assert_eq!(
        refused(json!({"type": "number", "pattern": "x"})),
        at("#/pattern", "invalid_value")
    );
    let customer = json!({"type": "bool", "target": "customer", "applies_when": {"service_type": "install"}});
    assert_eq!(refused(customer), at("#/applies_when", "invalid_value"));
    assert!(serde_json::from_value::<ValuePattern>(json!("(")).is_err());
    assert!(serde_json::from_value::<Bound>(json!(1e300)).is_err());
}

#[test]
fn a_type_is_fixed_once_values_exist() {
    let mut number = field(json!({"type": "number"}));
    let to_text = || serde_json::from_value(json!({"type": "text"})).unwrap();
    number.has_values = true;
    assert_eq!(number.revise(to_text()).unwrap_err().code, &IN_USE);
    number.has_values = false;
    number.revise(to_text()).unwrap();
    assert_eq!(number.kind, CustomFieldType::Text);
}
