//! What was done for a customer, what he is worth, and what he may be offered.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::installed_products::{policy, registered};
use crate::support::{Scene, solved};

/// A repair of a unit that was solved at an instant; the request's path.
async fn repaired(scene: &Scene, unit: &str, at: &str, more: Value) -> String {
    scene.at(at);
    let id = unit.rsplit('/').next().unwrap();
    let mut said = json!({"installed_product_id": id});
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    let request = scene.register(said).await;
    scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
    request
}

#[actix_web::test]
async fn ac_016_two_paid_repairs_recommend_another_product_before_a_plan() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    let bought = json!({"purchased_on": "2024-03-01", "warranty_policy_id": policy});
    let unit = registered(&scene, "A1", bought).await;
    let product = scene
        .manager
        .get(&format!("/v1/products/{}", scene.product_id))
        .await
        .expect(200);
    let path = format!("/v1/products/{}", scene.product_id);
    let price = json!({"list_price": {"amount": "3000.00", "currency": "CNY"}});
    scene.manager.patch(&path, price).await.expect(200);
    let newer = json!({
        "code": "KFR-35-NEW", "model": "KFR-35/NEW", "name": {"zh": "新品"}, "category_id": product.str("category_id"),
        "list_price": {"amount": "3500.00", "currency": "CNY"}, "released_on": "2026-06-01"
    });
    let newer = scene.manager.post("/v1/products", newer).await.expect(201).id();
    let asked = format!("/v1/customers/{}/recommendations", scene.customer_id);
    repaired(&scene, &unit, "2026-11-23T01:00:00.000Z", json!({})).await;
    let rules = async || {
        let told = scene.agent.get(&asked).await.expect(200);
        told.body["data"].as_array().unwrap().clone()
    };
    let once = rules().await;
    assert_eq!((once.len(), &once[0]["rule"]), (1, &json!("maintenance_plan")));
    repaired(&scene, &unit, "2026-12-20T01:00:00.000Z", json!({})).await;
    let twice = rules().await;
    let told: Vec<(&Value, &Value)> = twice
        .iter()
        .map(|offer| (&offer["rule"], &offer["score"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("replacement_product"), &json!(80)),
            (&json!("maintenance_plan"), &json!(40))
        ]
    );
    assert_eq!(twice[0]["product_id"], json!(newer));
    assert!(unit.ends_with(twice[0]["installed_product_id"].as_str().unwrap()));
    assert!(!twice[0]["reason"]["zh"].as_str().unwrap().is_empty());
    // What warranty covered, nobody paid for.
    let patch = json!({"purchased_on": "2026-03-01"});
    scene.agent.patch(&unit, patch).await.expect(200);
    assert_eq!(rules().await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_history_tells_what_was_done_the_newest_first_page_by_page() {
    let scene = Scene::open().await;
    let unit = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let request = repaired(&scene, &unit, "2026-11-23T01:00:00.000Z", json!({})).await;
    scene.at("2026-11-23T02:00:00.000Z");
    scene.follow(&request, "satisfied").await.expect(200);
    scene.at("2026-11-24T01:00:00.000Z");
    scene.register(json!({})).await;
    let kinds = async |path: &str| -> Vec<String> {
        let told = scene.agent.get(path).await.expect(200);
        let data = told.body["data"].as_array().unwrap();
        data.iter()
            .map(|line| line["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let history = format!("/v1/customers/{}/history", scene.customer_id);
    let all = kinds(&history).await;
    assert_eq!(all[0], "request", "{all:?}");
    assert!(all.contains(&"follow_up".to_owned()), "{all:?}");
    assert_eq!(all.last().unwrap(), "request", "{all:?}");
    let of_unit = kinds(&format!("{unit}/service-history")).await;
    assert_eq!(of_unit.len(), all.len() - 1, "one request was about no unit");
    // Pages put together are the list.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scene
            .agent
            .get(&format!("{history}?limit=2{cursor}"))
            .await
            .expect(200);
        let data = page.body["data"].as_array().unwrap();
        paged.extend(data.iter().map(|line| line["kind"].as_str().unwrap().to_owned()));
        match page.body["page"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
}

#[actix_web::test]
async fn ac_115_a_dissatisfied_customer_is_won_back_though_he_is_worth_most() {
    let scene = Scene::open().await;
    let bought = async |customer: &str, on: &str, amount: &str| {
        let body = json!({
            "product_id": scene.product_id, "quantity": 1, "purchased_on": on,
            "invoice_price": {"amount": amount, "currency": "CNY"}
        });
        scene
            .agent
            .post(&format!("/v1/customers/{customer}/purchase-records"), body)
            .await
            .expect(201);
    };
    for n in 0..4 {
        let body = json!({"kind": "consumer", "name": format!("顾客{n}"), "phone": format!("1380013801{n}")});
        let id = scene.agent.post("/v1/customers", body).await.expect(201).id();
        bought(&id, "2020-01-01", "100.00").await;
    }
    for on in ["2026-01-01", "2026-11-01"] {
        bought(&scene.customer_id, on, "2999.00").await;
    }
    let value = async || {
        let path = format!("/v1/customers/{}/value", scene.customer_id);
        scene.manager.get(&path).await.expect(200).body
    };
    let best = value().await;
    assert_eq!(
        [&best["recency"], &best["frequency"], &best["monetary"]],
        [&json!(5), &json!(5), &json!(5)]
    );
    assert_eq!(
        (&best["segment"], &best["purchases"], &best["invoiced"]["amount"]),
        (&json!("top"), &json!(2), &json!("5998.00"))
    );
    let request = scene.register(json!({})).await;
    scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
    scene.follow(&request, "dissatisfied").await.expect(200);
    scene.at("2026-12-03T01:00:00.000Z");
    let lost = value().await;
    assert_eq!(
        (&lost["segment"], &lost["dissatisfied_on"]),
        (&json!("win_back"), &json!("2026-11-23"))
    );
    scene
        .app
        .with_role(Role::Customer)
        .get(&format!("/v1/customers/{}/value", scene.customer_id))
        .await
        .refused(403, "insufficient_scope");
}
