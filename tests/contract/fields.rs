//! What is sent is what is kept: every member of every create, every member of every patch (peers' mistake 10).

use actix_web::http::Method;
use aftercare_api::openapi::is_nullable;
use serde_json::{Value, json};

use super::errors::said;
use super::rows::{Rows, another, at, creates};
use super::sweep::{Faults, full_sample, members, resolved, skipped_are, without_example};
use crate::support::App;

/// Creates that a rule refuses when every member is filled by its schema alone.
const NOT_FILLED: &[(&str, &str)] = &[];

/// Members of patches whose change a rule refuses, as `operation.member`.
const NOT_CHANGED: &[(&str, &str)] = &[];

/// Whether a value sent stands in what was answered: as it is, or in the answer's own form.
fn is_kept(sent: &Value, kept: &Value) -> bool {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => sent
            .iter()
            .all(|(name, value)| kept.get(name).is_none_or(|kept| is_kept(value, kept))),
        (Value::Array(sent), Value::Array(kept)) => {
            sent.len() == kept.len() && sent.iter().zip(kept).all(|(sent, kept)| is_kept(sent, kept))
        }
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
            Err(why) => {
                not_filled.push((op.id.to_owned(), why));
                continue;
            }
        };
        for (name, sent) in members(&row.sent, "") {
            let Some(kept) = row.body.get(name) else { continue };
            faults.check(is_kept(sent, kept), || {
                format!("{op}: {name} sent as {sent}, kept as {kept}")
            });
        }
        if let Some((read, client)) = at(&app, Method::GET, &row.location) {
            let reply = client.get(&row.location).await;
            faults.check(reply.body == row.body, || {
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
        let (_, schema, _) = create.body().unwrap();
        let whole = full_sample(&without_example(schema));
        let row = match rows.make_from(&create, &whole).await {
            Ok(row) => row,
            Err(_) => match rows.make(&create).await {
                Ok(row) => row,
                Err(_) => continue,
            },
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
            if is_nullable(resolved(property)) && !now.is_null() {
                values.push(Value::Null);
            }
            for value in values {
                let reply = client.patch(&row.location, json!({ name.as_str(): value })).await;
                if matches!(reply.status, 409 | 422) {
                    not_changed.push((format!("{}.{name}", op.id), super::rows::text_of(&reply)));
                    continue;
                }
                faults.check(reply.status == 200 && is_kept(&value, &reply.body[name]), || {
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
        }
    }
    faults.none();
    not_changed.dedup_by(|a, b| a.0 == b.0);
    skipped_are(&not_changed, NOT_CHANGED);
}
