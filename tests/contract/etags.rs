//! Versions: no change without the one that was seen, no body for who has it already (C17, C24, A32).

use actix_web::http::Method;

use super::errors::{is_refusal, said};
use super::rows::{Rows, alike, at, creates};
use super::sweep::{Faults, operations};
use crate::support::App;

#[actix_web::test]
async fn a_change_or_removal_without_a_version_is_refused_before_its_row_is_sought() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let is_change = matches!(op.method.as_str(), "PATCH" | "DELETE");
        if !is_change || !op.path.starts_with("/v1/") || op.path.contains("/by-external-id/") {
            continue;
        }
        let client = op.caller(&app);
        let mut request = client.request(op.method.clone(), &op.uri());
        if let Some((media, _, example)) = op.body() {
            request = request
                .header("content-type", media)
                .bytes(example.to_string().into_bytes());
        }
        let reply = request.send().await;
        faults.check(is_refusal(&reply, 428, "precondition_required"), || {
            said(&op, "no If-Match", &reply)
        });
        faults.check(reply.body["errors"][0]["header"] == "If-Match", || {
            said(&op, "the header is not named", &reply)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn an_upsert_for_whoever_has_seen_a_record_makes_none() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        if op.method.as_str() != "PATCH" || !op.path.contains("/by-external-id/") {
            continue;
        }
        let Some((_, _, example)) = op.body() else {
            continue;
        };
        let reply = op
            .caller(&app)
            .patch_at(&op.uri(), "\"v1\"", example.clone())
            .await;
        faults.check(is_refusal(&reply, 412, "precondition_failed"), || {
            said(&op, "If-Match of a version", &reply)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn who_has_the_version_gets_no_body_and_who_has_another_changes_nothing() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    for create in creates() {
        let Ok(row) = rows.make(&create).await else {
            continue;
        };
        let Some((read, client)) = at(&app, Method::GET, &row.location) else {
            faults.check(false, || format!("{create}: nothing answers at {}", row.location));
            continue;
        };
        let reply = client.get(&row.location).await;
        faults.check(reply.status == 200 && alike(&reply.body, &row.body), || {
            said(&read, "does not read as created", &reply)
        });
        let Some(version) = reply.body["version"].as_i64() else {
            continue;
        };
        let tag = format!("\"v{version}\"");
        faults.check(reply.header("etag") == Some(&tag), || said(&read, "ETag", &reply));
        for (seen, status) in [
            (tag.as_str(), 304),
            (&format!("W/{tag}"), 304),
            (&format!("\"v0\", {tag}"), 304),
            ("*", 304),
            ("\"v0\"", 200),
            ("\"v\"", 200),
            ("v1", 200),
            ("nonsense", 200),
        ] {
            let request = client
                .request(Method::GET, &row.location)
                .header("if-none-match", seen);
            let reply = request.send().await;
            let is_empty = status != 304 || reply.text.is_empty() && reply.header("etag") == Some(&tag);
            faults.check(reply.status == status && is_empty, || said(&read, seen, &reply));
        }
        for method in [Method::PATCH, Method::DELETE] {
            let Some((op, client)) = at(&app, method.clone(), &row.location) else {
                continue;
            };
            for seen in [
                "\"v0\"", "\"v999\"", "v1", "\"v1", "\"1\"", "W/\"v1\"", "\"v1x\"", "\"v-1\"", "nonsense",
            ] {
                let mut request = client
                    .request(method.clone(), &row.location)
                    .header("if-match", seen);
                if let Some((media, _, example)) = op.body() {
                    request = request
                        .header("content-type", media)
                        .bytes(example.to_string().into_bytes());
                }
                let reply = request.send().await;
                faults.check(
                    is_refusal(&reply, 412, "precondition_failed")
                        && reply.body["current_version"] == version,
                    || said(&op, seen, &reply),
                );
            }
            let after = client.get(&row.location).await;
            faults.check(alike(&after.body, &row.body), || {
                said(&op, "changed all the same", &after)
            });
        }
        if let Some((op, client)) = at(&app, Method::PATCH, &row.location) {
            // Nothing to change is no change (C24).
            let reply = client
                .patch_at(&row.location, &format!("\"v999\", {tag}"), serde_json::json!({}))
                .await;
            faults.check(reply.status == 200 && alike(&reply.body, &row.body), || {
                said(&op, "an empty patch", &reply)
            });
        }
        if let Some((op, client)) = at(&app, Method::DELETE, &row.location) {
            let reply = client.delete(&row.location).await;
            let is_done = reply.status == 204 && reply.text.is_empty();
            faults.check(is_done || is_refusal(&reply, 409, "in_use"), || {
                said(&op, "removal", &reply)
            });
            if is_done {
                let again = client.delete(&row.location).await;
                faults.check(is_refusal(&again, 404, "not_found"), || {
                    said(&op, "twice", &again)
                });
                let gone = client.get(&row.location).await;
                faults.check(is_refusal(&gone, 404, "not_found"), || {
                    said(&read, "removed", &gone)
                });
            }
        }
    }
    faults.none();
}
