//! Agreement templates, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

fn premium() -> Value {
    json!({
        "code": "PREMIUM", "name": {"zh": "7×24高级服务", "en": "Premium"}, "agreement_type": "premium",
        "fee_mode": "fixed_annual", "price": {"amount": "12000.00", "currency": "CNY"}
    })
}

#[actix_web::test]
async fn a_template_reads_back_and_changes() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let made = manager
        .post("/v1/agreement-templates", premium())
        .await
        .expect(201);
    let path = format!("/v1/agreement-templates/{}", made.id());
    let read = app.with_role(Role::Engineer).get(&path).await.expect(200);
    assert_eq!(read.body, made.body);
    let changed = manager
        .patch(
            &path,
            json!({"terms": "全年无限次上门", "exchange_after_repairs": 1}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["terms"], &changed.body["exchange_after_repairs"]),
        (&json!("全年无限次上门"), &json!(1))
    );
    let found = manager
        .get("/v1/agreement-templates?q=premium&agreement_type=premium&is_active=true")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["id"], made.body["id"]);
    manager
        .post("/v1/agreement-templates", premium())
        .await
        .refused(409, "duplicate_code");
    app.with_role(Role::CustomerService)
        .post("/v1/agreement-templates", premium())
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_template_names_only_what_is_there_and_each_item_once() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let nobody = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let mut body = premium();
    body["sla_policy_id"] = json!(nobody);
    body["price"] = json!({"amount": "-1.00", "currency": "CNY"});
    let grant = json!({"service_item_id": nobody, "quantity": 4, "period": "year"});
    body["service_items"] = json!([grant, grant]);
    let refused = admin.post("/v1/agreement-templates", body).await;
    assert_eq!(refused.status, 422);
    let mut found = refused.pointers();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "#/price/amount",
            "#/service_items/0/service_item_id",
            "#/service_items/1",
            "#/service_items/1/service_item_id",
            "#/sla_policy_id"
        ]
    );
}
