//! Sign-in, as a caller sees it.

use actix_web::http::Method;
use aftercare_api::State;
use aftercare_api::config::Config;
use aftercare_api::flows::first_users::{make_sandbox_users, prepare_bootstrap, sandbox_user_id};
use aftercare_domain::kernel::Role;
use aftercare_domain::users::User;
use aftercare_persistence::{IfMatch, Work};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{App, Reply};

const PASSWORD: &str = "Correct-Horse-1";

/// A server with the sandbox users.
async fn sandbox() -> App {
    let app = App::start().await;
    make_sandbox_users(&app.db, &app.state.passwords, PASSWORD)
        .await
        .unwrap();
    app
}

async fn login(app: &App, username: &str, password: &str) -> Reply {
    let body = json!({"username": username, "password": password});
    app.anonymous().post("/v1/auth/login", body).await
}

async fn sign_in(app: &App, username: &str) -> Reply {
    login(app, username, PASSWORD).await.expect(200)
}

async fn refresh(app: &App, token: &str) -> Reply {
    app.anonymous()
        .post("/v1/auth/refresh", json!({"refresh_token": token}))
        .await
}

async fn me(app: &App, tokens: &Reply) -> Reply {
    app.with_token(&tokens.str("access_token"))
        .get("/v1/auth/me")
        .await
}

fn user_path(username: &str) -> String {
    format!("/v1/users/{}", sandbox_user_id(username).unwrap())
}

#[actix_web::test]
async fn a_session_is_begun_renewed_and_ended() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "Dispatcher ").await;
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    assert_eq!(
        (&tokens.body["token_type"], &tokens.body["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    let who = me(&app, &tokens).await.expect(200);
    assert_eq!(
        (who.str("username"), who.str("display_name"), who.str("scope")),
        ("dispatcher".to_owned(), "钱芳".to_owned(), "all".to_owned())
    );
    let may = who.body["permissions"].as_array().unwrap();
    assert!(may.contains(&json!("customers:read")) && !may.contains(&json!("users:read")));
    app.clock.advance_secs(60);
    let next = refresh(&app, &tokens.str("refresh_token")).await.expect(200);
    me(&app, &next).await.expect(200);
    let caller = app.with_token(&next.str("access_token"));
    caller.post("/v1/auth/logout", json!({})).await.expect(204);
    caller.get("/v1/auth/me").await.refused(401, "unauthenticated");
    me(&app, &tokens).await.refused(401, "unauthenticated");
    refresh(&app, &next.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
}

#[actix_web::test]
async fn an_access_token_expires_after_a_quarter_of_an_hour() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "analyst").await;
    app.clock.advance_secs(890);
    me(&app, &tokens).await.expect(200);
    app.clock.advance_secs(60);
    let refused = me(&app, &tokens).await.refused(401, "token_expired");
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
    refresh(&app, &tokens.str("refresh_token")).await.expect(200);
    app.clock.advance_secs(15 * 24 * 3_600);
    let tokens = sign_in(&app, "analyst").await;
    app.clock.advance_secs(15 * 24 * 3_600);
    refresh(&app, &tokens.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
}

#[actix_web::test]
async fn nothing_tells_an_unknown_user_a_wrong_password_and_a_disabled_user_apart() {
    let app = sandbox().await;
    let admin = app.with_role(Role::Admin);
    admin
        .patch(&user_path("analyst"), json!({"is_active": false}))
        .await
        .expect(200);
    let mut seen: Vec<(Value, Vec<(String, String)>)> = Vec::new();
    for (username, password) in [
        ("nobody", PASSWORD),
        ("dispatcher", "Wrong-Horse-1"),
        ("analyst", PASSWORD),
    ] {
        let refused = login(&app, username, password)
            .await
            .refused(401, "invalid_credentials");
        let mut body = refused.body.clone();
        body.as_object_mut().unwrap().remove("trace_id");
        let mut headers: Vec<(String, String)> = refused
            .headers
            .into_iter()
            .filter(|(name, _)| name != "x-request-id")
            .collect();
        headers.sort();
        seen.push((body, headers));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
}

#[actix_web::test]
async fn no_credential_works_on_a_fresh_installation() {
    let app = App::start().await;
    for name in ["admin", "root", "administrator", "aftercare"] {
        login(&app, name, name).await.refused(401, "invalid_credentials");
    }
    for (name, value) in [
        ("x-remote-user", "admin"),
        ("x-forwarded-user", "admin"),
        ("authorization", "Basic YTph"),
    ] {
        let request = app
            .anonymous()
            .request(Method::GET, "/v1/auth/me")
            .header(name, value);
        request.send().await.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn five_failures_stop_that_account_from_that_address_only() {
    let app = sandbox().await;
    let attempt = async |address: [u8; 4], username: &str, password: &str, forwarded: &str| {
        app.anonymous()
            .request(Method::POST, "/v1/auth/login")
            .json(&json!({"username": username, "password": password}))
            .header("x-forwarded-for", forwarded)
            .header("forwarded", &format!("for={forwarded}"))
            .at_address(address)
            .send()
            .await
    };
    let thief = [203, 0, 113, 7];
    for n in 0..5 {
        let forwarded = format!("198.51.100.{n}");
        attempt(thief, "engineer", "Wrong-Horse-1", &forwarded)
            .await
            .refused(401, "invalid_credentials");
        attempt(thief, "no-such-one", "Wrong-Horse-1", &forwarded)
            .await
            .refused(401, "invalid_credentials");
        app.clock.advance_secs(60);
    }
    for username in ["engineer", "ENGINEER", "no-such-one"] {
        let refused = attempt(thief, username, PASSWORD, "198.51.100.9")
            .await
            .refused(429, "too_many_attempts");
        assert_eq!(
            (refused.header("retry-after"), &refused.body["retry_after"]),
            (Some("600"), &json!(600))
        );
    }
    attempt([198, 51, 100, 1], "engineer", PASSWORD, "203.0.113.7")
        .await
        .expect(200);
    attempt(thief, "engineer2", PASSWORD, "203.0.113.7")
        .await
        .expect(200);
    app.clock.advance_secs(601);
    attempt(thief, "engineer", PASSWORD, "203.0.113.7")
        .await
        .expect(200);
    for _ in 0..4 {
        attempt(thief, "engineer", "Wrong-Horse-1", "")
            .await
            .refused(401, "invalid_credentials");
    }
    attempt(thief, "engineer", PASSWORD, "").await.expect(200);
}

#[actix_web::test]
async fn parallel_guesses_are_counted_too() {
    let app = sandbox().await;
    let guesses = (0..12).map(|_| login(&app, "finance", "Wrong-Horse-1"));
    let statuses: Vec<u16> = join_all(guesses).await.iter().map(|reply| reply.status).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 401).count(),
        5,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 429).count(),
        7,
        "{statuses:?}"
    );
}

#[actix_web::test]
async fn of_twenty_parallel_refreshes_exactly_one_succeeds() {
    let app = sandbox().await;
    let token = sign_in(&app, "supervisor").await.str("refresh_token");
    let replies = join_all((0..20).map(|_| refresh(&app, &token))).await;
    let (good, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(good.len(), 1);
    for reply in refused {
        reply.refused(401, "invalid_credentials");
    }
    me(&app, &good[0]).await.expect(200);
    refresh(&app, &good[0].str("refresh_token")).await.expect(200);
}

#[actix_web::test]
async fn a_used_refresh_token_that_comes_back_later_ends_the_session() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "supervisor").await;
    let other = sign_in(&app, "supervisor").await;
    let next = refresh(&app, &tokens.str("refresh_token")).await.expect(200);
    app.clock.advance_secs(10);
    refresh(&app, &tokens.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    me(&app, &next).await.expect(200);
    app.clock.advance_secs(1);
    refresh(&app, &tokens.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    app.clock.advance_secs(5);
    me(&app, &next).await.refused(401, "unauthenticated");
    refresh(&app, &next.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    me(&app, &other).await.expect(200);
}

#[actix_web::test]
async fn other_tokens_are_no_access_tokens() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "supervisor").await;
    for wrong in [
        tokens.str("refresh_token"),
        "abt_x".to_owned(),
        "ask_1_x".to_owned(),
    ] {
        app.with_token(&wrong)
            .get("/v1/auth/me")
            .await
            .refused(401, "unauthenticated");
    }
    app.anonymous()
        .get(&format!(
            "/v1/auth/me?access_token={}",
            tokens.str("access_token")
        ))
        .await
        .refused(401, "unauthenticated");
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let key = &keys.body["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("EC"), &json!("P-256"), &json!("ES256"), &json!("sig"))
    );
    assert!(key.get("d").is_none());
}

#[actix_web::test]
async fn a_disabled_user_is_refused_everywhere() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "dispatcher").await;
    me(&app, &tokens).await.expect(200);
    let replica = State::new(app.db.clone(), Config::default(), app.db.clock().clone(), None);
    let access = tokens.str("access_token");
    replica.verifier.caller(&app.db, &access, None).await.unwrap();
    let admin = app.with_role(Role::Admin);
    admin
        .patch(&user_path("dispatcher"), json!({"is_active": false}))
        .await
        .expect(200);
    me(&app, &tokens).await.refused(401, "unauthenticated");
    app.clock.advance_secs(3);
    assert!(
        replica.verifier.caller(&app.db, &access, None).await.is_err(),
        "within 5 s on every replica"
    );
    refresh(&app, &tokens.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    login(&app, "dispatcher", PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    admin
        .patch(&user_path("dispatcher"), json!({"is_active": true}))
        .await
        .expect(200);
    me(&app, &tokens).await.refused(401, "unauthenticated");
    sign_in(&app, "dispatcher").await;
}

#[actix_web::test]
async fn a_lost_role_is_lost_within_seconds_and_the_session_goes_on() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "admin").await;
    let caller = app.with_token(&tokens.str("access_token"));
    caller.get("/v1/users").await.expect(200);
    let admin = app.with_role(Role::Admin);
    let both = json!({"roles": ["admin", "analyst"]});
    admin.patch(&user_path("supervisor"), both).await.expect(200);
    admin
        .patch(&user_path("admin"), json!({"roles": ["analyst"]}))
        .await
        .expect(200);
    caller.get("/v1/users").await.refused(403, "insufficient_scope");
    me(&app, &tokens).await.expect(200);
}

#[actix_web::test]
async fn a_changed_password_ends_every_other_session() {
    let app = sandbox().await;
    let here = sign_in(&app, "kb_editor").await;
    let there = sign_in(&app, "kb_editor").await;
    me(&app, &there).await.expect(200);
    let caller = app.with_token(&here.str("access_token"));
    let change = async |current: &str, new: &str| {
        caller
            .post(
                "/v1/auth/password",
                json!({"current_password": current, "new_password": new}),
            )
            .await
    };
    let wrong = change("Wrong-Horse-1", "Better-Horse-2")
        .await
        .refused(422, "wrong_password");
    assert_eq!(wrong.body["errors"][0]["pointer"], "#/current_password");
    change(PASSWORD, "onlylowercase")
        .await
        .refused(422, "weak_password");
    change(PASSWORD, "Short-1")
        .await
        .refused(422, "validation_failed");
    change(PASSWORD, PASSWORD).await.refused(422, "password_reused");
    let tokens = change(PASSWORD, "Better-Horse-2").await.expect(200);
    me(&app, &there).await.refused(401, "unauthenticated");
    refresh(&app, &there.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    refresh(&app, &here.str("refresh_token"))
        .await
        .refused(401, "invalid_credentials");
    me(&app, &here).await.expect(200);
    me(&app, &tokens).await.expect(200);
    refresh(&app, &tokens.str("refresh_token")).await.expect(200);
    login(&app, "kb_editor", PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    login(&app, "kb_editor", "Better-Horse-2").await.expect(200);
}

#[actix_web::test]
async fn the_last_five_passwords_do_not_come_back() {
    let app = sandbox().await;
    let caller = app.with_token(&sign_in(&app, "finance").await.str("access_token"));
    let mut current = PASSWORD.to_owned();
    for n in 2..=6 {
        app.clock.advance_secs(1);
        let first = json!({"current_password": current, "new_password": PASSWORD});
        caller
            .post("/v1/auth/password", first)
            .await
            .refused(422, "password_reused");
        let new = format!("Correct-Horse-{n}");
        let body = json!({"current_password": current, "new_password": new});
        caller.post("/v1/auth/password", body).await.expect(200);
        current = new;
    }
    let body = json!({"current_password": current, "new_password": PASSWORD});
    caller.post("/v1/auth/password", body).await.expect(200);
}

#[actix_web::test]
async fn who_must_change_his_password_can_do_nothing_else() {
    let app = sandbox().await;
    let id = sandbox_user_id("supervisor").unwrap();
    app.db
        .write(&Work::system("test"), async move |tx| {
            let mut user: User = aftercare_persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
            user.must_change_password = true;
            aftercare_persistence::update(tx, &mut user).await
        })
        .await
        .unwrap();
    let tokens = sign_in(&app, "supervisor").await;
    let caller = app.with_token(&tokens.str("access_token"));
    caller
        .get("/v1/customers")
        .await
        .refused(403, "password_change_required");
    assert_eq!(
        me(&app, &tokens).await.expect(200).body["must_change_password"],
        true
    );
    let body = json!({"current_password": PASSWORD, "new_password": "Better-Horse-2"});
    caller.post("/v1/auth/password", body).await.expect(200);
    caller.get("/v1/customers").await.expect(200);
}

#[actix_web::test]
async fn the_first_administrator_is_made_once() {
    let app = App::start().await;
    let token = prepare_bootstrap(&app.db).await.unwrap().unwrap();
    let ask = async |token: &str, username: &str, password: &str| {
        let body = json!({"token": token, "username": username, "password": password});
        app.anonymous().post("/v1/auth/bootstrap", body).await
    };
    ask("abt_guess", "boss", PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    ask(&token, "boss", "onlylowercase")
        .await
        .refused(422, "weak_password");
    let replies = join_all((0..4).map(|_| ask(&token, "boss", PASSWORD))).await;
    let (made, late): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!(made.len(), 1);
    for reply in late {
        reply.refused(409, "already_bootstrapped");
    }
    assert_eq!(
        (&made[0].body["roles"], &made[0].body["must_change_password"]),
        (&json!(["admin"]), &json!(false))
    );
    ask(&token, "other", PASSWORD)
        .await
        .refused(409, "already_bootstrapped");
    assert_eq!(prepare_bootstrap(&app.db).await.unwrap(), None);
    let tokens = login(&app, "boss", PASSWORD).await.expect(200);
    app.with_token(&tokens.str("access_token"))
        .get("/v1/users")
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_bootstrap_token_is_good_for_a_day() {
    let app = App::start().await;
    let token = prepare_bootstrap(&app.db).await.unwrap().unwrap();
    app.clock.advance_secs(24 * 3_600);
    let body = json!({"token": token, "username": "boss", "password": PASSWORD});
    app.anonymous()
        .post("/v1/auth/bootstrap", body)
        .await
        .refused(401, "invalid_credentials");
}

#[actix_web::test]
async fn sandbox_users_keep_their_sessions_when_made_again() {
    let app = sandbox().await;
    let tokens = sign_in(&app, "engineer2").await;
    make_sandbox_users(&app.db, &app.state.passwords, PASSWORD)
        .await
        .unwrap();
    app.clock.advance_secs(5);
    let who = me(&app, &tokens).await.expect(200);
    assert_eq!(
        (who.str("scope"), &who.body["roles"]),
        ("own".to_owned(), &json!(["engineer"]))
    );
    make_sandbox_users(&app.db, &app.state.passwords, "Another-Horse-1")
        .await
        .unwrap();
    login(&app, "engineer2", PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    login(&app, "engineer2", "Another-Horse-1").await.expect(200);
}

#[actix_web::test]
async fn a_member_of_a_sign_in_is_never_guessed_at() {
    let app = sandbox().await;
    let caller = app.anonymous();
    for body in [
        json!({"username": "admin"}),
        json!({"username": "admin", "password": ["a"]}),
        json!({"username": "admin", "password": PASSWORD, "role": "admin"}),
        json!({"username": "admin", "password": "a".repeat(129)}),
    ] {
        let refused = caller
            .post("/v1/auth/login", body)
            .await
            .refused(422, "validation_failed");
        assert!(
            !refused.text.contains(PASSWORD),
            "a refusal repeats a secret: {}",
            refused.text
        );
    }
    let huge = json!({"username": "admin", "password": "a".repeat(2_000_000)});
    caller
        .post("/v1/auth/login", huge)
        .await
        .refused(413, "payload_too_large");
}
