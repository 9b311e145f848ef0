//! Service types, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn a_first_start_brings_the_service_types_of_the_rules() {
    let app = App::start().await;
    let agent = app.with_role(Role::Customer);
    let all = agent
        .get("/v1/service-types?sort=code&creates=service_request")
        .await
        .expect(200);
    let rows = all.body["data"].as_array().unwrap();
    let codes: Vec<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    let expected = [
        "consult",
        "inspect",
        "install",
        "maintain",
        "modify",
        "remote_debug",
        "repair",
        "return",
        "suggestion",
        "train",
    ];
    assert_eq!(codes, expected);
    let complaint = agent.get("/v1/service-types?code=complaint").await.expect(200);
    assert_eq!(complaint.body["data"][0]["creates"], "complaint");
}

#[actix_web::test]
async fn a_house_adds_its_own_service_type() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let body =
        json!({"code": "relocate", "name": {"zh": "移机", "en": "Relocation"}, "creates": "service_request"});
    let made = manager.post("/v1/service-types", body.clone()).await.expect(201);
    let path = format!("/v1/service-types/{}", made.id());
    assert_eq!(manager.get(&path).await.expect(200).body, made.body);
    let again = manager
        .post("/v1/service-types", body.clone())
        .await
        .refused(409, "duplicate_code");
    assert_eq!(again.body["errors"][0]["pointer"], "#/code");
    let changed = manager
        .patch(&path, json!({"name": {"zh": "搬机"}, "is_active": false}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["name"], &changed.body["version"]),
        (&json!({"zh": "搬机", "en": null}), &json!(2))
    );
    let refused = manager
        .patch(&path, json!({"code": "other"}))
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["code"], "unknown_member");
    app.with_role(Role::Dispatcher)
        .post("/v1/service-types", body)
        .await
        .refused(403, "insufficient_scope");
}
