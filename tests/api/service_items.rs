//! Service items, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

fn cleaning() -> Value {
    json!({
        "code": "AC-CLEAN", "name": {"zh": "空调清洗", "en": "Cleaning"}, "unit": "piece", "std_minutes": 45,
        "service_type": "maintain"
    })
}

#[actix_web::test]
async fn a_service_item_reads_back_and_changes() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let made = admin.post("/v1/service-items", cleaning()).await.expect(201);
    let path = format!("/v1/service-items/{}", made.id());
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(
        app.with_role(Role::Engineer).get(&path).await.expect(200).body,
        made.body
    );
    let changed = admin
        .patch(&path, json!({"service_type": null, "std_minutes": 60}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["service_type"], &changed.body["std_minutes"]),
        (&json!(null), &json!(60))
    );
    let found = admin
        .get("/v1/service-items?q=%E6%B8%85%E6%B4%97&is_active=true")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["code"], "AC-CLEAN");
    admin
        .post("/v1/service-items", cleaning())
        .await
        .refused(409, "duplicate_code");
    app.with_role(Role::Engineer)
        .post("/v1/service-items", cleaning())
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_service_item_names_only_what_is_there_and_in_use() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let with = |member: &str, value: &str| {
        let mut body = cleaning();
        body[member] = json!(value);
        body
    };
    for (member, value) in [("unit", "furlong"), ("service_type", "exorcise")] {
        let refused = admin
            .post("/v1/service-items", with(member, value))
            .await
            .refused(422, "unknown_reference");
        assert_eq!(refused.body["errors"][0]["pointer"], format!("#/{member}"));
    }
    let mut both = with("unit", "furlong");
    both["service_type"] = json!("exorcise");
    let refused = admin
        .post("/v1/service-items", both)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/unit", "#/service_type"]);
    let made = admin.post("/v1/service-items", cleaning()).await.expect(201);
    admin
        .patch("/v1/dictionaries/unit/items/piece", json!({"is_active": false}))
        .await
        .expect(200);
    admin
        .post("/v1/service-items", with("code", "AC-FILL"))
        .await
        .refused(422, "inactive_reference");
    let kept = json!({"unit": "piece", "std_minutes": 50});
    admin
        .patch(&format!("/v1/service-items/{}", made.id()), kept)
        .await
        .expect(200);
}
