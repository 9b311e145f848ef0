//! API keys, as an administrator makes them and another system uses them (C36, S044–S046).

use actix_web::http::Method;
use aftercare_api::flows::first_users::{make_sandbox_users, sandbox_user_id};
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client, Reply};

const PASSWORD: &str = "Correct-Horse-1";

/// A server with the sandbox users.
async fn sandbox() -> App {
    let app = App::start().await;
    make_sandbox_users(&app.db, &app.state.passwords, PASSWORD)
        .await
        .unwrap();
    app
}

fn user(name: &str) -> String {
    sandbox_user_id(name).unwrap().to_string()
}

/// A key for the interface's user; members of `more` come on top.
async fn issue(app: &App, more: Value) -> Reply {
    let mut body = json!({"name": "ERP", "user_id": user("integration")});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.with_role(Role::Admin).post("/v1/api-keys", body).await
}

async fn key(app: &App, more: Value) -> (String, Client) {
    let issued = issue(app, more).await.expect(201);
    let path = format!("/v1/api-keys/{}", issued.id());
    (path, app.with_token(&issued.str("key")))
}

fn customer() -> Value {
    json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"})
}

#[actix_web::test]
async fn a_key_is_shown_once_and_reads_back_without_its_secret() {
    let app = sandbox().await;
    let admin = app.with_role(Role::Admin);
    let issued = issue(
        &app,
        json!({"scopes": ["customers:read"], "networks": ["127.0.0.0/8"], "expires_at": "2026-12-24T00:00:00+08:00"}),
    )
    .await
    .expect(201);
    let path = format!("/v1/api-keys/{}", issued.id());
    assert_eq!(issued.header("location"), Some(path.as_str()));
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    let shown = issued.str("key");
    let secret = shown.strip_prefix(&format!("ask_{}_", issued.id())).unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    let read = admin.get(&path).await.expect(200);
    let mut golden = issued.body.clone();
    golden.as_object_mut().unwrap().remove("key");
    assert_eq!(read.body, golden);
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "name": "ERP", "user_id": user("integration"), "scopes": ["customers:read"], "networks": ["127.0.0.0/8"],
            "expires_at": "2026-12-23T16:00:00.000Z", "revoked_at": null, "last_used_at": null, "version": 1,
            "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z"
        })
    );
    let list = admin.get("/v1/api-keys?q=erp&is_revoked=false").await.expect(200);
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
    assert!(!list.text.contains(secret));
    let other = format!("/v1/api-keys?user_id={}", user("analyst"));
    assert_eq!(admin.get(&other).await.expect(200).body["data"], json!([]));
}

#[actix_web::test]
async fn a_retry_makes_another_key_because_no_answer_with_a_secret_is_kept() {
    let app = sandbox().await;
    let body = json!({"name": "ERP", "user_id": user("integration")});
    let call = || {
        app.with_role(Role::Admin)
            .request(Method::POST, "/v1/api-keys")
            .header("idempotency-key", "k1")
            .json(&body)
            .send()
    };
    let (first, second) = (call().await.expect(201), call().await.expect(201));
    assert_ne!(first.id(), second.id());
    assert_ne!(first.str("key"), second.str("key"));
    assert_eq!(second.header("idempotent-replayed"), None);
}

#[actix_web::test]
async fn a_key_calls_as_its_user_within_its_scopes() {
    let app = sandbox().await;
    let (_, whole) = key(&app, json!({})).await;
    let made = whole.post("/v1/customers", customer()).await.expect(201);
    assert_eq!(made.str("created_by"), user("integration"));
    let (_, reader) = key(&app, json!({"scopes": ["customers:read"]})).await;
    reader
        .get(&format!("/v1/customers/{}", made.id()))
        .await
        .expect(200);
    let refused = reader
        .post("/v1/customers", customer())
        .await
        .refused(403, "insufficient_scope");
    assert_eq!(refused.body["required_scope"], "customers:create");
    reader
        .get("/v1/products")
        .await
        .refused(403, "insufficient_scope");
    let me = reader.get("/v1/auth/me").await.expect(200);
    assert_eq!(me.str("username"), "integration");
    assert_eq!(me.body["permissions"], json!(["customers:read"]));
    // What its user loses, the key loses.
    let admin = app.with_role(Role::Admin);
    let role = json!({"roles": ["parts_clerk"]});
    admin
        .patch(&format!("/v1/users/{}", user("integration")), role)
        .await
        .expect(200);
    for caller in [&whole, &reader] {
        caller
            .get("/v1/customers")
            .await
            .refused(403, "insufficient_scope");
    }
}

#[actix_web::test]
async fn what_is_no_key_is_refused_alike() {
    let app = sandbox().await;
    let issued = issue(&app, json!({})).await.expect(201);
    let good = issued.str("key");
    app.with_token(&good).get("/v1/customers").await.expect(200);
    let id = issued.id();
    let wrong = [
        format!("ask_{id}_{}", "a".repeat(43)),
        format!("ask_{id}_"),
        format!("ask_{id}"),
        good[..good.len() - 1].to_owned(),
        format!("{good}a"),
        good.to_uppercase(),
        good.replace(&id, "018f2f6e-0000-7000-8000-000000000001"),
        format!("ask__{}", "a".repeat(43)),
    ];
    for token in wrong {
        app.with_token(&token)
            .get("/v1/customers")
            .await
            .refused(401, "unauthenticated");
    }
    for name in ["api_key", "key", "access_token", "authorization"] {
        let path = format!("/v1/customers?{name}={good}");
        app.anonymous().get(&path).await.refused(401, "unauthenticated");
        app.with_token(&good)
            .get(&path)
            .await
            .refused(400, "invalid_query_parameter");
    }
    let basic = app
        .anonymous()
        .request(Method::GET, "/v1/customers")
        .header("authorization", &format!("Basic {good}"))
        .header("x-api-key", &good);
    basic.send().await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_revoked_an_expired_and_a_disabled_key_end_within_seconds_on_every_replica() {
    let app = sandbox().await;
    let replica = app.replica().await;
    let admin = app.with_role(Role::Admin);
    let issued = issue(&app, json!({"expires_at": "2026-11-23T02:00:00Z"}))
        .await
        .expect(201);
    let path = format!("/v1/api-keys/{}", issued.id());
    let token = issued.str("key");
    let both = [app.with_token(&token), replica.with_token(&token)];
    for caller in &both {
        caller.get("/v1/customers").await.expect(200);
    }
    app.clock.set("2026-11-23T01:59:59.999Z");
    both[1].get("/v1/customers").await.expect(200);
    app.clock.set("2026-11-23T02:00:00.000Z");
    for caller in &both {
        caller.get("/v1/customers").await.refused(401, "unauthenticated");
    }
    admin.patch(&path, json!({"expires_at": null})).await.expect(200);
    app.clock.advance_secs(3);
    for caller in &both {
        caller.get("/v1/customers").await.expect(200);
    }
    let integration = format!("/v1/users/{}", user("integration"));
    for (is_active, status) in [(false, 401), (true, 200)] {
        let state = json!({"is_active": is_active});
        admin.patch(&integration, state).await.expect(200);
        app.clock.advance_secs(3);
        for caller in &both {
            caller.get("/v1/customers").await.expect(status);
        }
    }
    let revoked = admin.post(&format!("{path}/revoke"), json!({})).await.expect(200);
    assert!(revoked.body["revoked_at"].is_string());
    both[0].get("/v1/customers").await.refused(401, "unauthenticated");
    app.clock.advance_secs(3);
    both[1].get("/v1/customers").await.refused(401, "unauthenticated");
    admin
        .post(&format!("{path}/revoke"), json!({}))
        .await
        .refused(409, "api_key_revoked");
    admin
        .patch(&path, json!({"name": "CRM"}))
        .await
        .refused(409, "api_key_revoked");
}

#[actix_web::test]
async fn a_key_is_taken_from_its_networks_only() {
    let app = sandbox().await;
    let admin = app.with_role(Role::Admin);
    let (path, caller) = key(&app, json!({"networks": ["203.0.113.0/24", "2001:db8::/32"]})).await;
    let from = |address: [u8; 4]| {
        caller
            .request(Method::GET, "/v1/customers")
            .header("x-forwarded-for", "203.0.113.9")
            .at_address(address)
            .send()
    };
    from([203, 0, 113, 9]).await.expect(200);
    from([203, 0, 114, 9]).await.refused(401, "unauthenticated");
    from([127, 0, 0, 1]).await.refused(401, "unauthenticated");
    admin
        .patch(&path, json!({"networks": ["127.0.0.1"]}))
        .await
        .expect(200);
    from([127, 0, 0, 1]).await.expect(200);
    from([203, 0, 113, 9]).await.refused(401, "unauthenticated");
    let wrong = admin.patch(&path, json!({"networks": ["10.0.0.0/33"]})).await;
    wrong.refused(422, "validation_failed");
}

#[actix_web::test]
async fn no_key_makes_users_or_keys_or_acts_for_a_person() {
    let app = sandbox().await;
    let (path, caller) = key(&app, json!({"user_id": user("admin")})).await;
    caller.get("/v1/customers").await.expect(200);
    let someone = json!({"username": "x.y", "display_name": "X", "roles": ["admin"], "password": PASSWORD});
    let own = json!({"name": "another", "user_id": user("admin")});
    let analyst = format!("/v1/users/{}", user("analyst"));
    for reply in [
        caller.post("/v1/users", someone).await,
        caller.get("/v1/users").await,
        caller.patch(&analyst, json!({"roles": ["admin"]})).await,
        caller
            .post(&format!("{analyst}/set-password"), json!({"password": PASSWORD}))
            .await,
        caller.post("/v1/api-keys", own).await,
        caller.get("/v1/api-keys").await,
        caller.patch(&path, json!({"networks": []})).await,
        caller.post(&format!("{path}/revoke"), json!({})).await,
        caller.get("/v1/roles").await,
    ] {
        reply.refused(403, "insufficient_scope");
    }
    let change = json!({"current_password": PASSWORD, "new_password": "Another-Horse-2"});
    caller
        .post("/v1/auth/password", change)
        .await
        .refused(401, "unauthenticated");
    caller
        .post("/v1/auth/logout", json!({}))
        .await
        .refused(401, "unauthenticated");
}

#[actix_web::test]
async fn what_is_wrong_with_a_key_is_named() {
    let app = sandbox().await;
    let pointed = |reply: Reply| reply.body["errors"][0]["pointer"].clone();
    for (more, code, pointer) in [
        (
            json!({"user_id": "018f2f6e-0000-7000-8000-000000000001"}),
            "unknown_reference",
            "#/user_id",
        ),
        (
            json!({"scopes": ["customers:read", "users:create"]}),
            "scope_not_held",
            "#/scopes/1",
        ),
        (
            json!({"expires_at": "2026-11-23T01:00:00Z"}),
            "date_in_past",
            "#/expires_at",
        ),
    ] {
        let refused = issue(&app, more).await.refused(422, code);
        assert_eq!(pointed(refused), pointer);
    }
    let disabled = format!("/v1/users/{}", user("integration"));
    let admin = app.with_role(Role::Admin);
    admin
        .patch(&disabled, json!({"is_active": false}))
        .await
        .expect(200);
    let refused = issue(&app, json!({})).await.refused(422, "inactive_reference");
    assert_eq!(pointed(refused), "#/user_id");
    for more in [
        json!({"scopes": ["everything"]}),
        json!({"networks": ["everywhere"]}),
        json!({"secret": "mine"}),
    ] {
        issue(&app, more).await.refused(422, "validation_failed");
    }
}

#[actix_web::test]
async fn its_last_use_is_known_to_a_quarter_of_an_hour() {
    let app = sandbox().await;
    let admin = app.with_role(Role::Admin);
    let (path, caller) = key(&app, json!({})).await;
    let used = async || {
        let read = admin.get(&path).await.expect(200);
        assert_eq!(read.header("etag"), Some("\"v1\""), "a use is no change");
        read.body["last_used_at"].clone()
    };
    caller.get("/v1/customers").await.expect(200);
    assert_eq!(used().await, "2026-11-23T01:00:00.000Z");
    app.clock.advance_secs(14 * 60);
    caller.get("/v1/customers").await.expect(200);
    assert_eq!(used().await, "2026-11-23T01:00:00.000Z");
    app.clock.advance_secs(60);
    caller.get("/v1/customers").await.expect(200);
    assert_eq!(used().await, "2026-11-23T01:15:00.000Z");
}
