//! Who pays where a unit has a warranty, an agreement, both, or neither any more (CU-2, AG-3, AC-011, AC-014).

use serde_json::{Value, json};

use crate::api::installed_products::{policy, registered};
use crate::support::{Scene, solved};

async fn bought(scene: &Scene, serial: &str, on: &str) -> String {
    let code = format!("P-{serial}");
    let policy = policy(scene, &code, "invoice", 12, Some(36)).await;
    let unit = registered(
        scene,
        serial,
        json!({"purchased_on": on, "warranty_policy_id": policy}),
    )
    .await;
    unit.rsplit('/').next().unwrap().to_owned()
}

async fn check(scene: &Scene, unit: &str, more: Value) -> Value {
    let mut asked = json!({"customer_id": scene.customer_id, "installed_product_id": unit});
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let told = scene.manager.post("/v1/entitlements/check", asked).await;
    told.expect(200).body["verdict"].clone()
}

async fn stage(scene: &Scene, unit: &str) -> Value {
    let path = format!("/v1/installed-products/{unit}/warranty");
    scene.agent.get(&path).await.expect(200).body["stage"].clone()
}

#[actix_web::test]
async fn ac_011_a_warranty_pays_until_somebody_finds_a_cause_that_is_never_free() {
    let scene = Scene::open().await;
    let unit = bought(&scene, "W1", "2026-03-01").await;
    let verdict = check(&scene, &unit, json!({})).await;
    assert_eq!(verdict["coverage"], "in_warranty");
    for cost in ["labour", "part", "travel"] {
        assert_eq!(verdict[cost]["payer"], "company", "{cost}: {verdict}");
    }
    let request = scene.register(json!({"installed_product_id": unit})).await;
    assert_eq!(scene.now(&request).await.body["coverage"], "in_warranty");

    let mut misused = solved();
    misused["exclusion_cause"] = json!("misuse");
    scene.visit(&request, &scene.engineer1, &scene.e1, misused).await;
    let told = scene
        .manager
        .get(&format!("{request}/coverage"))
        .await
        .expect(200);
    assert_eq!(told.body["coverage"], "chargeable");
    assert_eq!(told.body["verdict"]["labour"]["payer"], "customer");
    assert!(told.body["frozen_at"].is_string());
}

#[actix_web::test]
async fn ac_014_an_agreement_carries_on_where_the_warranty_ended() {
    let scene = Scene::open().await;
    let old = bought(&scene, "W2", "2022-03-01").await;
    assert_eq!(stage(&scene, &old).await, "out_of_warranty");
    assert_eq!(
        check(&scene, &old, json!({})).await["coverage"],
        "out_of_warranty"
    );

    let template = scene.template("STD", "standard", json!({})).await;
    let mut body = scene.agreement(&template, "2026-01-01", "2026-12-31");
    body["covers"] = json!({"scope": "installed_products", "installed_product_ids": [old]});
    scene.signed(body.clone()).await;
    assert_eq!(stage(&scene, &old).await, "agreement");
    let verdict = check(&scene, &old, json!({})).await;
    assert_eq!(
        (&verdict["coverage"], &verdict["source"]),
        (&json!("agreement"), &json!("agreement"))
    );
    let request = scene.register(json!({"installed_product_id": old})).await;
    assert_eq!(scene.now(&request).await.body["coverage"], "agreement");

    // It covers that unit only; a unit it names must be the customer's.
    let other = bought(&scene, "W3", "2022-03-01").await;
    assert_eq!(stage(&scene, &other).await, "out_of_warranty");
    body["covers"]["installed_product_ids"] = json!(["0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"]);
    let refused = scene.agent.post("/v1/service-agreements", body).await;
    let refused = refused.refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/covers/installed_product_ids/0"]);
}

#[actix_web::test]
async fn a_consumable_is_not_free_unless_the_policy_says_so() {
    let scene = Scene::open().await;
    let unit = bought(&scene, "W3", "2026-03-01").await;
    let used = json!({"part_category": "consumable"});
    let mut asked = json!({"customer_id": scene.customer_id, "installed_product_id": unit});
    asked["part_category"] = used["part_category"].clone();
    let english = scene.manager.clone().in_language("en");
    let told = english.post("/v1/entitlements/check", asked).await.expect(200);
    let verdict = &told.body["verdict"];
    assert_eq!(
        (
            &verdict["coverage"],
            &verdict["exclusion"],
            &verdict["part"]["payer"]
        ),
        (&json!("chargeable"), &json!("consumable"), &json!("customer"))
    );
    let words = told.body["explanations"].to_string();
    assert!(words.contains("is a consumable"), "{words}");
    let warranty = verdict["candidates"].as_array().unwrap();
    let warranty = warranty.iter().find(|one| one["source"] == "san_bao").unwrap();
    assert_eq!(warranty["reason"], "excluded_cause");

    // The same found on the spot.
    let request = scene.register(json!({"installed_product_id": unit})).await;
    let mut found = solved();
    found["exclusion_cause"] = json!("consumable");
    scene.visit(&request, &scene.engineer1, &scene.e1, found).await;
    let told = english.get(&format!("{request}/coverage")).await.expect(200);
    assert_eq!(told.body["coverage"], "chargeable");
    assert!(told.body["explanations"].to_string().contains("is a consumable"));

    let list = scene
        .manager
        .get("/v1/warranty-policies?code=P-W3")
        .await
        .expect(200);
    let policy = format!(
        "/v1/warranty-policies/{}",
        list.body["data"][0]["id"].as_str().unwrap()
    );
    scene
        .manager
        .patch(&policy, json!({"excludes_consumables": false}))
        .await
        .expect(200);
    let verdict = check(&scene, &unit, used).await;
    assert_eq!(verdict["coverage"], "in_warranty");
}
