//! Products, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

async fn category(manager: &Client, code: &str) -> String {
    let body = json!({"code": code, "name": {"zh": code}});
    manager
        .post("/v1/product-categories", body)
        .await
        .expect(201)
        .id()
}

fn split_unit(category_id: &str) -> Value {
    json!({"code": "KFR-35GW-2026", "model": "KFR-35GW/2026", "name": {"zh": "1.5匹空调"}, "category_id": category_id,
        "brand": "格力", "list_price": {"amount": "2999.00", "currency": "CNY"}, "released_on": "2026-03-01"})
}

#[actix_web::test]
async fn a_product_reads_back_whole_and_is_found() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let category_id = category(&manager, "AC").await;
    let created = manager
        .post("/v1/products", split_unit(&category_id))
        .await
        .expect(201);
    let read = manager
        .get(&format!("/v1/products/{}", created.id()))
        .await
        .expect(200);
    assert_eq!(read.body, created.body);
    assert_eq!(read.body["list_price"]["amount"], "2999.00");
    assert_eq!(read.body["released_on"], "2026-03-01");
    let found = manager
        .get(&format!(
            "/v1/products?category_id={category_id}&model=KFR-35GW%2F2026&q=kfr&sort=model&with_total=true"
        ))
        .await
        .expect(200);
    assert_eq!(found.body["page"]["total"], 1);
    let patched = manager
        .patch(
            &format!("/v1/products/{}", created.id()),
            json!({"brand": null, "list_price": null}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&patched.body["brand"], &patched.body["list_price"]),
        (&json!(null), &json!(null))
    );
}

#[actix_web::test]
async fn code_and_model_are_unique_and_a_price_is_not_negative() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let category_id = category(&manager, "AC").await;
    manager
        .post("/v1/products", split_unit(&category_id))
        .await
        .expect(201);
    let mut other = split_unit(&category_id);
    other["model"] = json!("KFR-35GW/B");
    manager
        .post("/v1/products", other)
        .await
        .refused(409, "duplicate_code");
    let mut other = split_unit(&category_id);
    other["code"] = json!("KFR-35-B");
    let refused = manager
        .post("/v1/products", other.clone())
        .await
        .refused(409, "duplicate");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/model");
    other["list_price"]["amount"] = json!("-0.01");
    other["category_id"] = json!("0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12");
    let refused = manager
        .post("/v1/products", other.clone())
        .await
        .refused(422, "validation_failed");
    let codes: Vec<&str> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["code"].as_str())
        .collect();
    assert_eq!(codes, ["out_of_range", "unknown_reference"]);
    other["model"] = json!("x".repeat(65));
    manager
        .post("/v1/products", other)
        .await
        .refused(422, "validation_failed");
}

#[actix_web::test]
async fn an_inactive_category_stays_on_old_products_and_is_refused_on_new_ones() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let category_id = category(&manager, "AC").await;
    let product = manager
        .post("/v1/products", split_unit(&category_id))
        .await
        .expect(201)
        .id();
    manager
        .patch(
            &format!("/v1/product-categories/{category_id}"),
            json!({"is_active": false}),
        )
        .await
        .expect(200);
    let path = format!("/v1/products/{product}");
    manager
        .patch(&path, json!({"brand": "美的", "category_id": category_id}))
        .await
        .expect(200);
    let mut other = split_unit(&category_id);
    other["code"] = json!("OTHER");
    let refused = manager
        .post("/v1/products", other)
        .await
        .refused(422, "inactive_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/category_id");
}

#[actix_web::test]
async fn keepers_of_base_data_change_products_and_everybody_reads_them() {
    let app = App::start().await;
    let id = category(&app.with_role(Role::Admin), "AC").await;
    for role in Role::ALL {
        let caller = app.with_role(*role);
        caller.get("/v1/products").await.expect(200);
        if !matches!(role, Role::Admin | Role::ServiceManager) {
            caller
                .post("/v1/products", split_unit(&id))
                .await
                .refused(403, "insufficient_scope");
        }
    }
}
