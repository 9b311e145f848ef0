//! Purchase records of a customer, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

async fn customer(agent: &Client) -> String {
    let body = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
    let id = agent.post("/v1/customers", body).await.expect(201).id();
    format!("/v1/customers/{id}/purchase-records")
}

async fn product(manager: &Client) -> String {
    let category = manager
        .post(
            "/v1/product-categories",
            json!({"code": "AC", "name": {"zh": "空调"}}),
        )
        .await
        .expect(201)
        .id();
    let body =
        json!({"code": "KFR-35", "model": "KFR-35GW/2026", "name": {"zh": "空调"}, "category_id": category});
    manager.post("/v1/products", body).await.expect(201).id()
}

fn purchase(product: &str, on: &str) -> Value {
    json!({"product_id": product, "quantity": 2, "purchased_on": on, "invoice_no": "INV-1001", "source": "crm",
        "invoice_price": {"amount": "2999.00", "currency": "CNY"}, "dealer": "成都电器城", "order_no": "SO-77"})
}

#[actix_web::test]
async fn ac_117_a_purchase_has_a_quantity_and_lies_not_in_the_future() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let (records, product) = (customer(&manager).await, product(&manager).await);
    let mut none = purchase(&product, "2026-11-23");
    none["quantity"] = json!(0);
    let refused = manager
        .post(&records, none)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/quantity");
    let refused = manager
        .post(&records, purchase(&product, "2026-11-24"))
        .await
        .refused(422, "date_in_future");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/purchased_on");
    // 23:59 in China is still today there, though the next day is a second away.
    app.clock.set("2026-11-23T15:59:59.000Z");
    manager
        .post(&records, purchase(&product, "2026-11-24"))
        .await
        .refused(422, "date_in_future");
    app.clock.set("2026-11-23T16:00:00.000Z");
    manager
        .post(&records, purchase(&product, "2026-11-24"))
        .await
        .expect(201);
}

#[actix_web::test]
async fn a_purchase_reads_back_and_changes() {
    let app = App::start().await;
    let manager = app.with_role(Role::CustomerService);
    let records = customer(&manager).await;
    let product = product(&app.with_role(Role::Admin)).await;
    let made = manager
        .post(&records, purchase(&product, "2026-03-01"))
        .await
        .expect(201);
    let path = format!("/v1/purchase-records/{}", made.id());
    assert_eq!(manager.get(&path).await.expect(200).body, made.body);
    assert_eq!(
        (&made.body["model"], &made.body["source"]),
        (&json!("KFR-35GW/2026"), &json!("crm"))
    );
    let brief = json!({"product_id": product, "purchased_on": "2025-01-01"});
    let brief = manager.post(&records, brief).await.expect(201);
    assert_eq!(
        (&brief.body["quantity"], &brief.body["source"]),
        (&json!(1), &json!("manual"))
    );
    let changed = manager
        .patch(&path, json!({"quantity": 3, "dealer": null}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["quantity"], &changed.body["dealer"]),
        (&json!(3), &json!(null))
    );
    let wrong = json!({"purchased_on": "2027-01-01", "invoice_price": {"amount": "-1.00", "currency": "CNY"},
        "product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"});
    let refused = manager
        .patch(&path, wrong)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 3);
    let list = manager
        .get(&format!("{records}?sort=purchased_on&limit=1"))
        .await
        .expect(200);
    assert_eq!(list.body["data"][0]["purchased_on"], "2025-01-01");
    let cursor = list.body["page"]["next_cursor"].as_str().unwrap();
    let rest = manager
        .get(&format!("{records}?sort=purchased_on&limit=1&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(rest.body["data"][0]["purchased_on"], "2026-03-01");
}

#[actix_web::test]
async fn an_inactive_or_unknown_product_is_not_sold() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let (records, product) = (customer(&manager).await, product(&manager).await);
    let unknown = purchase("0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "2026-03-01");
    let refused = manager
        .post(&records, unknown)
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/product_id");
    manager
        .patch(&format!("/v1/products/{product}"), json!({"is_active": false}))
        .await
        .expect(200);
    let refused = manager
        .post(&records, purchase(&product, "2026-03-01"))
        .await
        .refused(422, "inactive_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/product_id");
}

#[actix_web::test]
async fn a_purchase_is_seen_with_its_customer() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let (records, product) = (customer(&manager).await, product(&manager).await);
    let id = manager
        .post(&records, purchase(&product, "2026-03-01"))
        .await
        .expect(201)
        .id();
    for role in Role::ALL {
        let read = app
            .with_role(*role)
            .get(&format!("/v1/purchase-records/{id}"))
            .await;
        let expected = match role {
            Role::Engineer | Role::OutletManager | Role::Customer => 404,
            Role::PartsClerk | Role::KbEditor => 403,
            _ => 200,
        };
        assert_eq!(read.status, expected, "{role}");
    }
}
