//! The days of a unit stay in order: bought, owned, repaired, given away (R-024, CU-1).

use serde_json::{Value, json};

use super::installed_products::registered;
use crate::support::Scene;

/// Another customer; his identifier.
async fn other(scene: &Scene, phone: &str) -> String {
    let body = json!({"kind": "consumer", "name": "李强", "phone": phone});
    scene.agent.post("/v1/customers", body).await.expect(201).id()
}

/// Whose it was, from when to when.
fn owners(unit: &Value) -> Vec<(Value, Value, Value)> {
    let periods = unit["ownership"].as_array().unwrap().iter();
    let told = |period: &Value| {
        (
            period["customer_id"].clone(),
            period["from_on"].clone(),
            period["until_on"].clone(),
        )
    };
    periods.map(told).collect()
}

#[actix_web::test]
async fn nothing_is_repaired_or_waited_for_before_a_unit_was_there() {
    let scene = Scene::open().await;
    let days = json!({"purchased_on": "2026-03-01", "accepted_on": "2026-03-10"});
    let path = registered(&scene, "A1", days).await;
    for action in ["take-in-repair", "await-parts"] {
        let refused = scene
            .agent
            .post(&format!("{path}/{action}"), json!({"on": "2026-02-28"}))
            .await
            .refused(422, "date_order");
        assert_eq!(refused.pointers(), ["#/on"]);
        scene
            .agent
            .post(&format!("{path}/{action}"), json!({"on": "2026-03-01"}))
            .await
            .expect(200);
    }
}

#[actix_web::test]
async fn the_days_of_a_unit_are_not_moved_beyond_what_happened_to_it() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let moved = scene
        .agent
        .patch(&path, json!({"purchased_on": "2026-02-01"}))
        .await
        .expect(200);
    assert_eq!(
        moved.body["ownership"][0]["from_on"], "2026-02-01",
        "the first ownership moves along"
    );
    for (action, on) in [("take-in-repair", "2026-05-01"), ("return-to-use", "2026-05-05")] {
        scene
            .agent
            .post(&format!("{path}/{action}"), json!({"on": on}))
            .await
            .expect(200);
    }
    let late = json!({"purchased_on": "2026-05-02"});
    let refused = scene.agent.patch(&path, late).await.refused(422, "date_order");
    assert_eq!(refused.pointers(), ["#/purchased_on"]);
    // What was bought may be repaired before it is accepted; what was accepted then was accepted before the repair.
    scene
        .agent
        .patch(&path, json!({"accepted_on": "2026-05-10"}))
        .await
        .expect(200);
    let again = json!({"accepted_on": "2026-05-11"});
    let refused = scene.agent.patch(&path, again).await.refused(422, "date_order");
    assert_eq!(refused.pointers(), ["#/accepted_on"]);
    let next = other(&scene, "13800138002").await;
    scene
        .agent
        .post(
            &format!("{path}/transfer"),
            json!({"customer_id": next, "on": "2026-06-01"}),
        )
        .await
        .expect(200);
    let used = json!({"in_service_on": "2026-06-01"});
    let refused = scene.agent.patch(&path, used).await.refused(422, "date_order");
    assert_eq!(refused.pointers(), ["#/in_service_on"]);
    scene
        .agent
        .patch(&path, json!({"in_service_on": "2026-05-31"}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_second_transfer_on_a_day_corrects_the_first() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let first = scene.customer_id.clone();
    let (wrong, right) = (
        other(&scene, "13800138002").await,
        other(&scene, "13800138003").await,
    );
    let hand = async |to: &str| {
        let body = json!({"customer_id": to, "on": "2026-11-01"});
        let done = scene.agent.post(&format!("{path}/transfer"), body).await;
        owners(&done.expect(200).body)
    };
    hand(&wrong).await;
    assert_eq!(
        hand(&right).await,
        [
            (json!(first), json!("2026-03-01"), json!("2026-10-31")),
            (json!(right), json!("2026-11-01"), Value::Null),
        ]
    );
    assert_eq!(
        hand(&first).await,
        [(json!(first), json!("2026-03-01"), Value::Null)],
        "who gets it back never lost it"
    );
}

#[actix_web::test]
async fn a_warranty_that_has_not_begun_says_so() {
    let scene = Scene::open().await;
    let policy = super::installed_products::policy(&scene, "AC-ACC", "acceptance", 12, None).await;
    let days = json!({"accepted_on": "2026-03-10", "warranty_policy_id": policy});
    let path = registered(&scene, "A1", days).await;
    let told = async |at: &str| {
        let state = scene.agent.clone().in_language("en");
        state
            .get(&format!("{path}/warranty?at={at}"))
            .await
            .expect(200)
            .body
    };
    let early = told("2026-03-09").await;
    assert_eq!(
        (&early["stage"], &early["reasons"]),
        (&json!("in_warranty"), &json!(["not_begun"]))
    );
    let words = early["explanations"][0].as_str().unwrap();
    assert!(words.starts_with("It has not begun by that day"), "{words}");
    assert_eq!(told("2026-03-10").await["reasons"], json!([]));
}
