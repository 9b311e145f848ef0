//! How often a caller may call (C30, S034, S036).

use actix_web::http::Method;
use aftercare_api::config::Mode;
use aftercare_domain::kernel::{ActingKey, Actor, Role, RoleSet};
use aftercare_domain::users::UserId;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

use crate::support::{App, Reply};

/// A server where each credential has three calls a minute, and each address two without one.
async fn narrow() -> App {
    App::configured(|config| {
        config.mode = Mode::Production;
        config.rate_limit_per_minute = 3;
        config.anonymous_limit_per_minute = 2;
    })
    .await
}

fn left(reply: &Reply) -> (&str, &str) {
    (
        reply.header("ratelimit-policy").unwrap(),
        reply.header("ratelimit").unwrap(),
    )
}

#[actix_web::test]
async fn every_answer_says_how_many_calls_are_left() {
    let app = narrow().await;
    let admin = app.with_role(Role::Admin);
    let policy = "\"default\";q=3;w=60";
    let first = admin.get("/v1/customers").await.expect(200);
    assert_eq!(left(&first), (policy, "\"default\";r=2;t=20"));
    // Refusals say it too, whatever they are.
    let second = admin.get("/v1/customers?colour=red").await.expect(400);
    assert_eq!(left(&second), (policy, "\"default\";r=1;t=40"));
    let third = admin.post("/v1/customers", json!({})).await.expect(422);
    assert_eq!(left(&third), (policy, "\"default\";r=0;t=60"));
    let over = admin.get("/v1/customers").await.refused(429, "rate_limited");
    assert_eq!(left(&over), (policy, "\"default\";r=0;t=60"));
    assert_eq!(over.header("retry-after"), Some("20"));
    app.clock.advance_secs(19);
    admin.get("/v1/customers").await.refused(429, "rate_limited");
    app.clock.advance_secs(1);
    admin.get("/v1/customers").await.expect(200);
    assert_eq!(app.state.limits.refused(), 2);
}

#[actix_web::test]
async fn each_credential_has_calls_of_its_own() {
    let app = narrow().await;
    let actor = |key: Option<u128>| Actor {
        user_id: Some(UserId(Uuid::from_u128(1))),
        name: format!("{key:?}"),
        roles: RoleSet::of(&[Role::Admin]),
        key: key.map(|id| {
            Arc::new(ActingKey {
                id: Uuid::from_u128(id),
                scopes: None,
            })
        }),
        is_system: false,
        ..Actor::system()
    };
    for credential in [None, Some(2), Some(3)] {
        let caller = app.acting(actor(credential));
        for _ in 0..3 {
            caller.get("/v1/customers").await.expect(200);
        }
        caller.get("/v1/customers").await.refused(429, "rate_limited");
    }
}

#[actix_web::test]
async fn without_a_credential_the_address_counts_whatever_the_headers_say() {
    let app = narrow().await;
    let login = |address: [u8; 4], n: u8| {
        app.anonymous()
            .request(Method::POST, "/v1/auth/login")
            .header("x-forwarded-for", &format!("198.51.100.{n}"))
            .header("forwarded", &format!("for=198.51.100.{n}"))
            .header("x-real-ip", &format!("198.51.100.{n}"))
            .at_address(address)
            .json(&json!({"username": format!("someone{n}"), "password": "Correct-Horse-1"}))
            .send()
    };
    let here = [203, 0, 113, 7];
    for n in 0..2 {
        let refused = login(here, n).await.refused(401, "invalid_credentials");
        assert_eq!(refused.header("ratelimit"), None, "nobody is known yet");
    }
    let over = login(here, 3).await.refused(429, "rate_limited");
    assert_eq!(over.header("retry-after"), Some("30"));
    login([203, 0, 113, 8], 4)
        .await
        .refused(401, "invalid_credentials");
    // A guessed token counts as well; a good one from the same address does not.
    let guess = || {
        app.with_token("ask_nobody")
            .request(Method::GET, "/v1/customers")
            .at_address(here)
            .send()
    };
    guess().await.refused(429, "rate_limited");
    let known = app
        .with_role(Role::Admin)
        .request(Method::GET, "/v1/customers")
        .at_address(here);
    known.send().await.expect(200);
    app.anonymous()
        .request(Method::GET, "/health/live")
        .at_address(here)
        .send()
        .await
        .expect(200);
}

#[actix_web::test]
async fn where_nothing_is_limited_nothing_is_said() {
    let app = App::start().await;
    let reply = app.with_role(Role::Admin).get("/v1/customers").await.expect(200);
    assert_eq!(
        (reply.header("ratelimit"), reply.header("ratelimit-policy")),
        (None, None)
    );
}
