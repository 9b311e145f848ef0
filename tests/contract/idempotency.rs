//! Retries: the same key and body are done once and answered alike (C25, A27).

use actix_web::http::Method;
use serde_json::{Map, Value};

use super::errors::{is_refusal, said};
use super::rows::{Rows, creates};
use super::sweep::{Access, Faults, Op, operations};
use crate::support::{App, Client, Reply};

async fn call(op: &Op, client: &Client, uri: &str, key: &str, body: Option<&Value>) -> Reply {
    op.call_at(client, uri, body.cloned())
        .header("idempotency-key", key)
        .send()
        .await
}

/// The same members in another order: the same body.
fn reversed(body: &Value) -> Value {
    let members: Vec<(String, Value)> = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(members.into_iter().rev().collect::<Map<String, Value>>())
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused_by_every_post() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        if op.method != Method::POST || matches!(op.access, Access::Public) {
            continue;
        }
        let client = op.caller(&app);
        let body = op.body().map(|(_, _, example)| example);
        let (long, quoted) = ("k".repeat(256), format!("\"{}\"", "k".repeat(256)));
        for key in ["", "\"\"", "two words", &long, &quoted] {
            let reply = call(&op, &client, &op.uri(), key, body.as_ref()).await;
            faults.check(is_refusal(&reply, 400, "invalid_idempotency_key"), || {
                said(&op, &format!("a key of {}", key.len()), &reply)
            });
        }
    }
    faults.none();
}

#[actix_web::test]
async fn a_create_taken_twice_is_done_once_and_answered_alike() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    let mut count = 0;
    for op in creates() {
        if op.value["x-idempotent"] != true || rows.make(&op).await.is_err() {
            continue;
        }
        count += 1;
        let client = op.caller(&app);
        let uri = rows.uri(&op).await.unwrap();
        let (_, _, example) = op.body().unwrap();
        let body = rows.body(&op, &example).await.unwrap();
        let other = rows.body(&op, &example).await.unwrap();

        // A refusal is not stored: the same key serves when the body is right.
        let mut wrong = body.clone();
        wrong["no_such_member"] = 1.into();
        let refused = call(&op, &client, &uri, "k1", Some(&wrong)).await;
        faults.check(is_refusal(&refused, 422, "validation_failed"), || {
            said(&op, "refused", &refused)
        });

        let first = call(&op, &client, &uri, "k1", Some(&body)).await;
        faults.check(
            first.status == 201 && first.header("idempotent-replayed").is_none(),
            || said(&op, "first", &first),
        );
        app.clock.advance_secs(5);
        let tries = [
            ("again", call(&op, &client, &uri, "k1", Some(&body)).await),
            ("quoted", call(&op, &client, &uri, "\"k1\"", Some(&body)).await),
            (
                "members reordered",
                call(&op, &client, &uri, "k1", Some(&reversed(&body))).await,
            ),
        ];
        for (what, again) in tries {
            let same = again.status == first.status
                && again.text == first.text
                && again.header("location") == first.header("location")
                && again.header("etag") == first.header("etag")
                && again.header("idempotent-replayed") == Some("true");
            faults.check(same, || said(&op, what, &again));
        }
        let reused = call(&op, &client, &uri, "k1", Some(&other)).await;
        faults.check(is_refusal(&reused, 422, "idempotency_key_reused"), || {
            said(&op, "other body", &reused)
        });

        // The key is the caller's own.
        let roles = op.roles();
        if let [first, .., last] = roles.as_slice() {
            let somebody = app.with_roles(&[*last, *first]);
            let theirs = call(&op, &somebody, &uri, "k1", Some(&other)).await;
            faults.check(
                theirs.status == 201 && theirs.header("idempotent-replayed").is_none(),
                || said(&op, "another caller", &theirs),
            );
        }
        // Without its permission a replay is refused too (A22).
        if let Access::Granted(grant) = op.access {
            let outsider = aftercare_domain::kernel::Role::ALL
                .iter()
                .find(|role| !grant.roles.has(**role));
            if let Some(role) = outsider {
                let reply = call(&op, &app.with_role(*role), &uri, "k1", Some(&body)).await;
                faults.check(is_refusal(&reply, 403, "insufficient_scope"), || {
                    said(&op, "outsider", &reply)
                });
            }
        }
    }
    assert!(count > 0, "nothing was swept");
    faults.none();
}

/// Actions on a row that succeed as they stand are answered alike too.
#[actix_web::test]
async fn an_action_taken_twice_is_done_once() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    for op in operations() {
        let is_create = op.value.pointer("/responses/201").is_some();
        if op.value["x-idempotent"] != true || is_create {
            continue;
        }
        let Ok(uri) = rows.uri(&op).await else { continue };
        let client = op.caller(&app);
        let body = op.body().map(|(_, _, example)| example);
        let first = call(&op, &client, &uri, "k1", body.as_ref()).await;
        faults.check(first.status < 500, || said(&op, "first", &first));
        if first.status >= 300 {
            continue;
        }
        app.clock.advance_secs(5);
        let again = call(&op, &client, &uri, "k1", body.as_ref()).await;
        let same = again.status == first.status
            && again.text == first.text
            && again.header("idempotent-replayed") == Some("true");
        faults.check(same, || said(&op, "again", &again));
    }
    faults.none();
}
