//! What is sent is what is kept: every member of every create, every member of every patch (peers' mistake 10).

use actix_web::http::Method;
use aftercare_api::openapi::is_nullable;
use serde_json::{Value, json};

use super::errors::said;
use super::rows::{NOT_MADE, Rows, alike, another, at, creates};
use super::sweep::{Faults, full_sample, members, resolved, skipped_are, without_example};
use crate::support::App;

/// Creates that a rule refuses when every member is filled by its schema alone.
const NOT_FILLED: &[(&str, &str)] = &[
    ("createAgreementTemplate", "a granted service must exist"),
    ("createApiKey", "an end lies in the future"),
    ("createAssessmentScheme", "the weights add up to 100"),
    (
        "createExam",
        "questions are named or drawn, and the end comes last",
    ),
    ("createExamQuestion", "the answer fits the kind of question"),
    ("createCustomField", "choices stand only where one chooses"),
    ("createLeave", "its kind must be a word of the dictionary"),
    (
        "createPerformanceReview",
        "a measure belongs to an indicator of the scheme",
    ),
    ("createPerformanceScheme", "the weights add up to 1"),
    ("createDispatchRule", "service types must exist"),
    (
        "createServiceAgreement",
        "the scope says which list is filled, and the end comes last",
    ),
    (
        "createInstalledProduct",
        "address and purchase must be the customer's",
    ),
    (
        "createServiceRequest",
        "contact, address and channel must be the customer's and known",
    ),
    (
        "createSlaPolicy",
        "a target says minutes or working days, never both",
    ),
];

/// Members of patches whose every other value a rule refuses, as `operation.member`.
const NOT_CHANGED: &[(&str, &str)] = &[
    ("updateAddress.is_default", "one address stays the default"),
    (
        "updateAgreementTemplate.service_items",
        "a granted service must exist",
    ),
    ("updateApiKey.expires_at", "an end lies in the future"),
    ("updateBusinessCalendar.exceptions", "a holiday has no frames"),
    ("updateBusinessCalendar.time_zone", "no other text is a zone"),
    ("updateContact.is_primary", "one contact stays the primary one"),
    (
        "updateCustomField.applies_when",
        "no category has the identifier of an example",
    ),
    (
        "updateCustomField.options",
        "choices stand only where one chooses",
    ),
    ("updateCustomField.pattern", "a pattern is for texts"),
    ("updateLeave.kind", "no other text is a word of the dictionary"),
    (
        "updateServiceAgreement.covers",
        "the scope says which list is filled",
    ),
    (
        "updateServiceAgreement.ends_on",
        "the day of an example lies before the first",
    ),
    (
        "updateServiceItem.unit",
        "no other text is a word of the dictionary",
    ),
    ("updateDispatchRule.service_types", "a service type must exist"),
    ("updateServiceOutlet.region_code", "a region must exist"),
    ("updateServiceRequest.related", "a related request must exist"),
    ("updateSlaPolicy.is_default", "one policy stays the default"),
    (
        "updateSlaPolicy.targets",
        "a target says minutes or working days, never both",
    ),
];

/// Members whose value a rule decides, as `operation.member`.
const DECIDED: &[&str] = &[
    // Points are told with two decimals.
    "updateDispatchRule.least_score",
    // The first of a customer's is his main one, whatever is sent.
    "createAddress.is_default",
    "createContact.is_primary",
    // An account is shown by its end.
    "createServiceOutlet.bank_account",
    "updateServiceOutlet.bank_account",
    // A week cleared is a week without frames.
    "updateBusinessCalendar.weekly",
    // Conditions cleared are no conditions.
    "updateSlaPolicy.applies_when",
];

/// Whether a value sent stands in what was answered: as it is, or in the answer's own form.
fn is_kept(sent: &Value, kept: &Value) -> bool {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => sent
            .iter()
            .all(|(name, value)| kept.get(name).is_none_or(|kept| is_kept(value, kept))),
        (Value::Array(sent), Value::Array(kept)) => {
            sent.len() == kept.len() && sent.iter().zip(kept).all(|(sent, kept)| is_kept(sent, kept))
        }
        (Value::Number(sent), Value::Number(kept)) => sent.as_f64() == kept.as_f64(),
        _ => sent == kept,
    }
}

#[actix_web::test]
async fn every_member_sent_at_creation_is_shown() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    let mut not_filled = Vec::new();
    for op in creates() {
        let (_, schema, _) = op.body().unwrap();
        let row = match rows.make_from(&op, &full_sample(&without_example(schema))).await {
            Ok(row) => row,
            Err(_) if NOT_MADE.iter().any(|(id, _)| *id == op.id) => continue,
            Err(why) => {
                not_filled.push((op.id.to_owned(), why));
                continue;
            }
        };
        for (name, sent) in members(&row.sent, "") {
            let Some(kept) = row.body.get(name) else { continue };
            let is_decided = DECIDED.contains(&format!("{}.{name}", op.id).as_str());
            faults.check(is_kept(sent, kept) || is_decided, || {
                format!("{op}: {name} sent as {sent}, kept as {kept}")
            });
        }
        if let Some((read, client)) = at(&app, Method::GET, &row.location) {
            let reply = client.get(&row.location).await;
            faults.check(alike(&reply.body, &row.body), || {
                said(&read, "does not read as created", &reply)
            });
        }
    }
    faults.none();
    skipped_are(&not_filled, NOT_FILLED);
}

#[actix_web::test]
async fn every_member_of_a_patch_really_changes() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    let mut not_changed = Vec::new();
    for create in creates() {
        let Ok(row) = rows.make(&create).await else {
            continue;
        };
        let Some((op, client)) = at(&app, Method::PATCH, &row.location) else {
            continue;
        };
        let (_, patch, _) = op.body().unwrap();
        for (n, (name, property)) in members(resolved(patch), "/properties").enumerate() {
            let before = client.get(&row.location).await.body;
            let Some(now) = before.get(name) else {
                continue;
            };
            let mut values: Vec<Value> = another(property, now, n + 100).into_iter().collect();
            if is_nullable(resolved(property)) && !(now.is_null() && values.is_empty()) {
                values.push(Value::Null);
            }
            let mut refused = None;
            let mut is_changed = values.is_empty();
            for value in values {
                // After a refused value, clearing what is empty changes nothing.
                if value.is_null() && now.is_null() && refused.is_some() {
                    continue;
                }
                let reply = client.patch(&row.location, json!({ name.as_str(): value })).await;
                if matches!(reply.status, 409 | 422) {
                    refused = Some(super::rows::text_of(&reply));
                    continue;
                }
                is_changed = true;
                let is_decided = DECIDED.contains(&format!("{}.{name}", op.id).as_str());
                let is_done = is_kept(&value, &reply.body[name]) || is_decided;
                faults.check(reply.status == 200 && is_done, || {
                    said(&op, &format!("{name} sent as {value}"), &reply)
                });
                let version = |body: &Value| body["version"].as_i64().unwrap_or_default();
                faults.check(version(&reply.body) > version(&before), || {
                    said(&op, &format!("{name}: the version stands still"), &reply)
                });
                let after = client.get(&row.location).await;
                faults.check(after.body == reply.body, || {
                    said(&op, "does not read as changed", &after)
                });
            }
            if let (Some(why), false) = (refused, is_changed) {
                not_changed.push((format!("{}.{name}", op.id), why));
            }
        }
    }
    faults.none();
    skipped_are(&not_changed, NOT_CHANGED);
}
