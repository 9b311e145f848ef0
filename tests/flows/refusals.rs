//! Refused calls in the audit trail (S079, S128).

use aftercare_api::flows::refusals::keep;
use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::Scene;

#[actix_web::test]
async fn each_call_refused_for_who_calls_is_one_line() {
    let scene = Scene::open().await;
    let app = &scene.app;
    let told = async || keep(&app.db, &app.state.refusals).await.unwrap();
    told().await;
    let path = scene.register(json!({})).await;
    assert_eq!(told().await, 0, "what is allowed is not told");

    app.anonymous().get(&path).await.refused(401, "unauthenticated");
    let engineer = app.with_role(Role::Engineer);
    let release = engineer
        .post(&format!("{path}/release"), json!({"reason": "试试"}))
        .await;
    release.refused(403, "insufficient_scope");
    // Nobody asks for a sign-in here; the sign-in itself tells that it failed.
    let wrong = json!({"username": "nobody", "password": "wrong-password-1"});
    app.anonymous().post("/v1/auth/login", wrong).await.expect(401);
    assert_eq!(told().await, 2);
    assert_eq!(told().await, 0);

    let admin = app.with_role(Role::Admin);
    let lines = admin.get("/v1/audit-logs?action=refused").await.expect(200);
    let lines = lines.body["data"].as_array().unwrap().clone();
    let of = |status: i64| {
        let found = lines.iter().find(|line| line["diff"]["status"] == status);
        found.unwrap_or_else(|| panic!("{lines:?}"))
    };
    assert_eq!(lines.len(), 2);
    let (unknown, known) = (of(401), of(403));
    assert_eq!(unknown["actor_id"], json!(null));
    assert_eq!(unknown["diff"]["operation"], "getServiceRequest");
    assert_eq!(unknown["diff"]["is_anonymous"], true);
    assert_eq!(known["diff"]["operation"], "releaseServiceRequest");
    assert_eq!(known["actor_id"], known["resource_id"]);
    assert!(known["actor_id"].is_string());
}
