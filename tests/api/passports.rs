//! The passport of a unit: its whole life under one hash.

use serde_json::{Value, json};

use super::installed_products::{policy, registered};
use crate::support::{Scene, solved};

#[actix_web::test]
async fn a_passport_has_the_same_hash_as_long_as_it_says_the_same() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    let bought = json!({"purchased_on": "2026-03-01", "warranty_policy_id": policy});
    let path = registered(&scene, "A1", bought).await;
    let passport = async || scene.agent.get(&format!("{path}/passport")).await.expect(200);
    let first = passport().await;
    assert_eq!(
        (
            &first.body["serial_no"],
            &first.body["warranty_policy"],
            &first.body["sale"]["purchased_on"]
        ),
        (&json!("A1"), &json!("AC-12"), &json!("2026-03-01"))
    );
    scene.at("2026-12-24T01:00:00.000Z");
    assert_eq!(passport().await.str("content_hash"), first.str("content_hash"));
    let id = path.rsplit('/').next().unwrap();
    scene.register(json!({"installed_product_id": id})).await;
    let second = passport().await;
    assert_eq!(second.body["requests"].as_array().unwrap().len(), 1);
    assert_ne!(second.str("content_hash"), first.str("content_hash"));
    let claim = &second.body["claims"][0];
    assert_eq!(
        [
            &claim["number"],
            &claim["coverage"],
            &claim["source"],
            &claim["labour"],
            &claim["frozen_at"]
        ],
        [
            &second.body["requests"][0]["number"],
            &json!("in_warranty"),
            &json!("san_bao"),
            &json!("company"),
            &Value::Null
        ]
    );
    let request = scene.manager.get("/v1/service-requests").await.expect(200);
    let request = request.body["data"][0]["id"].as_str().unwrap().to_owned();
    scene
        .manager
        .post(
            &format!("/v1/service-requests/{request}/override-coverage"),
            json!({"coverage": "goodwill", "reason": "老客户"}),
        )
        .await
        .expect(200);
    let third = passport().await;
    let claim = &third.body["claims"][0];
    assert_eq!(
        (&claim["coverage"], &claim["is_overridden"]),
        (&json!("goodwill"), &json!(true))
    );
    assert_ne!(
        third.str("content_hash"),
        second.str("content_hash"),
        "who pays is sealed too"
    );
}

#[actix_web::test]
async fn a_passport_tells_what_was_put_in_and_taken_out() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({})).await;
    let id = path.rsplit('/').next().unwrap();
    let request = scene.register(json!({"installed_product_id": id})).await;
    let passport = async || scene.agent.get(&format!("{path}/passport")).await.expect(200);
    let before = passport().await;
    assert_eq!(before.body["parts"], json!([]));
    let part = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let mut result = solved();
    result["parts"] = json!([{"part_id": part, "quantity": 1, "serial_in": "N-2", "serial_out": "N-1"}]);
    scene.visit(&request, &scene.engineer1, &scene.e1, result).await;
    let over = passport().await;
    let told = &over.body["parts"][0];
    assert_eq!(
        [&told["part_id"], &told["serial_in"], &told["serial_out"]],
        [&json!(part), &json!("N-2"), &json!("N-1")]
    );
    assert_ne!(over.str("content_hash"), before.str("content_hash"));
}
