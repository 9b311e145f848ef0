//! Pages of other origins (C37, S120).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::{App, Client, Reply};

const DESK: &str = "https://desk.example.org";

async fn desk() -> App {
    App::configured(|config| {
        config.cors_origins = serde_json::from_value(json!(format!("{DESK},http://localhost:3000"))).unwrap();
    })
    .await
}

async fn from(client: &Client, origin: &str, path: &str) -> Reply {
    let request = client.request(Method::GET, path).header("origin", origin);
    request.send().await
}

async fn asks(app: &App, origin: &str, method: &str, path: &str) -> Reply {
    let request = app
        .anonymous()
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,if-match");
    request.send().await
}

const ALLOWED: &str = "access-control-allow-origin";

#[actix_web::test]
async fn a_page_on_the_list_may_read_every_answer_refusals_included() {
    let app = desk().await;
    let admin = app.with_role(Role::Admin);
    for (client, path, status) in [
        (&admin, "/v1/customers", 200),
        (&admin, "/v1/customers?colour=red", 400),
        (&admin, "/v1/nothing", 404),
        (&admin, "/v1/customers/018f2f6e-0000-7000-8000-000000000001", 404),
        (&app.anonymous(), "/v1/customers", 401),
        (&app.with_role(Role::KbEditor), "/v1/customers", 403),
        (&app.anonymous(), "/openapi.json", 200),
    ] {
        for origin in [DESK, "http://localhost:3000"] {
            let reply = from(client, origin, path).await.expect(status);
            assert_eq!(reply.header(ALLOWED), Some(origin), "{path}");
            assert_eq!(
                reply.header("access-control-expose-headers"),
                Some(
                    "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Deprecation, Sunset, \
                     Idempotent-Replayed, X-Request-Id"
                )
            );
            assert!(reply.header("vary").unwrap().ends_with(", Origin"), "{path}");
            assert_eq!(reply.header("access-control-allow-credentials"), None);
        }
    }
}

#[actix_web::test]
async fn any_other_page_is_told_nothing() {
    let app = desk().await;
    let admin = app.with_role(Role::Admin);
    for origin in [
        "https://evil.example",
        "null",
        "https://desk.example.org.evil.example",
        "http://desk.example.org",
        "https://desk.example.org:8443",
        "*",
    ] {
        let reply = from(&admin, origin, "/v1/customers").await.expect(200);
        assert_eq!(reply.header(ALLOWED), None, "{origin}");
        let asked = asks(&app, origin, "PATCH", "/v1/customers").await;
        assert_eq!(asked.header(ALLOWED), None, "{origin}");
        assert!(asked.status >= 400);
    }
    // Where nobody is on the list, nothing depends on who asks.
    let closed = App::start().await;
    let reply = from(&closed.with_role(Role::Admin), DESK, "/v1/customers").await;
    assert_eq!(reply.expect(200).header(ALLOWED), None);
    asks(&closed, DESK, "GET", "/v1/customers")
        .await
        .refused(405, "method_not_allowed");
}

#[actix_web::test]
async fn a_browser_that_asks_first_is_told_what_it_may_send() {
    let app = desk().await;
    let told = asks(&app, DESK, "POST", "/v1/customers").await.expect(204);
    assert_eq!(told.header(ALLOWED), Some(DESK));
    assert_eq!(
        told.header("access-control-allow-methods"),
        Some("GET, HEAD, POST")
    );
    let headers = told.header("access-control-allow-headers").unwrap();
    for name in ["Authorization", "If-Match", "Idempotency-Key", "Content-Type"] {
        assert!(headers.contains(name), "{name}");
    }
    assert_eq!(told.header("access-control-max-age"), Some("600"));
    assert!(told.header("vary").unwrap().contains("Origin"));
    let nowhere = asks(&app, DESK, "GET", "/v1/nothing").await;
    assert_eq!(nowhere.refused(404, "not_found").header(ALLOWED), Some(DESK));
    // Without the question it is merely a method no path takes.
    let plain = app
        .anonymous()
        .request(Method::OPTIONS, "/v1/customers")
        .header("origin", DESK);
    plain.send().await.refused(405, "method_not_allowed");
}
