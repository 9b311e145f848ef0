//! What is forgotten, and when (A8, A18, C27).

use actix_web::http::Method;
use aftercare_api::flows::first_users::make_sandbox_users;
use aftercare_api::jobs::retention::sweep;
use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn what_nobody_needs_any_more_is_forgotten_in_its_time_and_once() {
    let app = App::start().await;
    make_sandbox_users(&app.db, &app.state.passwords, "Correct-Horse-1")
        .await
        .unwrap();
    let bridge = app.with_role(Role::Integration);
    let rows = "{\"code\": \"E-1\"}\n{\"code\": \"E-2\"}\n".repeat(300);
    let accepted = bridge
        .request(Method::POST, "/v1/imports")
        .header("content-type", "application/x-ndjson")
        .header("idempotency-key", "nightly")
        .bytes(rows.into_bytes())
        .send()
        .await
        .expect(202);
    let path = accepted.header("location").unwrap().to_owned();
    while bridge.get(&path).await.expect(200).body["status"] == "running" {
        tokio::task::yield_now().await;
    }
    let kept = bridge
        .get(&format!("{path}/results?limit=1&with_total=true"))
        .await
        .expect(200);
    assert_eq!(kept.body["page"]["total"], 600);
    let login = |password: &str| {
        let body = json!({"username": "dispatcher", "password": password});
        let anonymous = app.anonymous();
        async move { anonymous.post("/v1/auth/login", body).await }
    };
    login("Correct-Horse-1").await.expect(200);
    login("Wrong-Horse-1").await.expect(401);
    assert_eq!(sweep(&app.db).await.unwrap(), 0, "everything is young");
    app.clock.advance_secs(16 * 60);
    assert_eq!(sweep(&app.db).await.unwrap(), 1, "the failed sign-in");
    app.clock.advance_secs(72 * 3_600);
    assert_eq!(sweep(&app.db).await.unwrap(), 1, "the idempotency key");
    app.clock.advance_secs(14 * 24 * 3_600);
    assert_eq!(sweep(&app.db).await.unwrap(), 1, "the session");
    app.clock.advance_secs(14 * 24 * 3_600);
    assert_eq!(
        sweep(&app.db).await.unwrap(),
        600,
        "the rows of the import, in chunks"
    );
    assert_eq!(sweep(&app.db).await.unwrap(), 0, "once is enough");
    let import = bridge.get(&path).await.expect(200);
    assert_eq!(import.body["total"], 600, "its sums stay");
    let gone = bridge.get(&format!("{path}/results")).await.expect(200);
    assert_eq!(gone.body["data"], json!([]));
}
