//! Fault codes, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

fn fault(code: &str, kind: &str) -> Value {
    json!({"code": code, "kind": kind, "name": {"zh": "通讯故障", "en": "Communication fault"}, "display_code": "E6"})
}

#[actix_web::test]
async fn a_fault_code_is_unique_within_its_kind() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let made = admin
        .post("/v1/fault-codes", fault("communication", "symptom"))
        .await
        .expect(201);
    let path = format!("/v1/fault-codes/{}", made.id());
    assert_eq!(
        app.with_role(Role::Engineer).get(&path).await.expect(200).body,
        made.body
    );
    admin
        .post("/v1/fault-codes", fault("communication", "symptom"))
        .await
        .refused(409, "duplicate_code");
    admin
        .post("/v1/fault-codes", fault("communication", "mode"))
        .await
        .expect(201);
    let shown = admin
        .get("/v1/fault-codes?display_code=E6&kind=symptom,mode&with_total=true")
        .await
        .expect(200);
    assert_eq!(shown.body["page"]["total"], 2);
    let found = admin.get("/v1/fault-codes?q=e6&kind=mode").await.expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
    let cleared = admin
        .patch(&path, json!({"display_code": null}))
        .await
        .expect(200);
    assert_eq!(cleared.body["display_code"], json!(null));
    app.with_role(Role::Engineer)
        .post("/v1/fault-codes", fault("other", "cause"))
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_fault_code_names_a_category_that_is_there() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let category = admin
        .post(
            "/v1/product-categories",
            json!({"code": "AC", "name": {"zh": "空调"}}),
        )
        .await
        .expect(201)
        .id();
    let mut body = fault("leak", "cause");
    body["category_id"] = json!(category);
    admin.post("/v1/fault-codes", body.clone()).await.expect(201);
    body["category_id"] = json!("0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12");
    let refused = admin
        .post("/v1/fault-codes", body)
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/category_id");
}
