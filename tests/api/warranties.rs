//! How long a unit is under warranty, as a caller sees it (CU-1…CU-4).

use serde_json::json;

use super::installed_products::{policy, registered, stage};
use crate::support::Scene;

#[actix_web::test]
async fn ac_009_days_in_repair_put_the_end_of_a_warranty_off() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12-36", "invoice", 12, Some(36)).await;
    let bought = json!({"purchased_on": "2026-03-01", "warranty_policy_id": policy});
    let path = registered(&scene, "A1", bought).await;
    // Ten days, the first and the last included.
    for (action, on) in [("take-in-repair", "2026-05-01"), ("return-to-use", "2026-05-10")] {
        scene
            .agent
            .post(&format!("{path}/{action}"), json!({"on": on}))
            .await
            .expect(200);
    }
    assert_eq!(
        scene.agent.get(&path).await.expect(200).body["repair_days_total"],
        10
    );
    for (at, expected) in [
        ("2027-03-11", "in_warranty"),
        ("2027-03-12", "main_part_only"),
        ("2029-03-11", "main_part_only"),
        ("2029-03-12", "out_of_warranty"),
    ] {
        assert_eq!(stage(&scene, &path, at).await, expected, "{at}");
    }
    let told = scene
        .agent
        .get(&format!("{path}/warranty?at=2027-03-12"))
        .await
        .expect(200);
    assert_eq!(told.body["whole_until"], "2027-03-11");
    assert_eq!(told.body["suspended_days"], 10);
    assert_eq!(told.body["reasons"], json!(["suspended", "whole_ended"]));
    assert_eq!(
        told.body["explanations"],
        json!([
            "Days in repair put the end off.",
            "The term of the whole unit has ended."
        ])
    );
    let timeline = scene
        .agent
        .get(&format!("{path}/warranty/timeline"))
        .await
        .expect(200);
    let lines: Vec<(&str, &str, i64)> = timeline.body["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["on"].as_str().unwrap(),
                line["kind"].as_str().unwrap(),
                line["days"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("2026-03-01", "start", 0),
            ("2026-05-01", "pause", 10),
            ("2027-03-01", "whole_term", 0),
            ("2027-03-11", "whole_end", 10),
            ("2029-03-11", "main_part_end", 10),
        ]
    );
}

#[actix_web::test]
async fn ac_010_a_project_counts_three_years_from_its_acceptance() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "PROJECT", "acceptance", 36, None).await;
    let sold =
        json!({"purchased_on": "2025-12-01", "accepted_on": "2026-01-15", "warranty_policy_id": policy});
    let path = registered(&scene, "A1", sold).await;
    let told = scene.agent.get(&format!("{path}/warranty")).await.expect(200);
    assert_eq!(
        (
            &told.body["whole_until"],
            &told.body["start_basis"],
            &told.body["at"]
        ),
        (&json!("2029-01-15"), &json!("acceptance"), &json!("2026-11-23"))
    );
}

#[actix_web::test]
async fn a_unit_without_a_policy_follows_the_nearest_category_that_has_one() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    assert_eq!(stage(&scene, &path, "2026-11-23").await, "unknown");
    let policy_id = policy(&scene, "AC-12", "invoice", 12, None).await;
    let product = scene
        .manager
        .get(&format!("/v1/products/{}", scene.product_id))
        .await
        .expect(200);
    let category = product.str("category_id");
    let above = json!({"code": "ELECTRIC", "name": {"zh": "电器"}, "warranty_policy_id": policy_id});
    let above = scene
        .manager
        .post("/v1/product-categories", above)
        .await
        .expect(201)
        .id();
    scene
        .manager
        .patch(
            &format!("/v1/product-categories/{category}"),
            json!({"parent_id": above}),
        )
        .await
        .expect(200);
    let told = scene.agent.get(&format!("{path}/warranty")).await.expect(200);
    assert_eq!(
        (&told.body["stage"], &told.body["warranty_policy_id"]),
        (&json!("in_warranty"), &json!(policy_id))
    );
}

#[actix_web::test]
async fn an_exchange_begins_the_warranty_anew() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    let bought = json!({"purchased_on": "2026-03-01", "warranty_policy_id": policy});
    let old = registered(&scene, "A1", bought.clone()).await;
    let new = registered(&scene, "A2", bought).await;
    let new_id = new.rsplit('/').next().unwrap();
    let replaced = scene
        .agent
        .post(
            &format!("{old}/replace"),
            json!({"replacement_id": new_id, "on": "2026-11-20"}),
        )
        .await
        .expect(200);
    assert_eq!(replaced.body["status"], "replaced");
    assert_eq!(stage(&scene, &old, "2026-11-23").await, "out_of_warranty");
    let told = scene.agent.get(&format!("{new}/warranty")).await.expect(200);
    assert_eq!(
        (&told.body["start"], &told.body["whole_until"]),
        (&json!("2026-11-20"), &json!("2027-11-20"))
    );
    // Both units tell of it.
    for path in [&old, &new] {
        let history = scene
            .agent
            .get(&format!("{path}/service-history"))
            .await
            .expect(200);
        assert_eq!(history.body["data"][0]["kind"], "exchange", "{path}");
        assert_eq!(history.body["data"][0]["id"], json!(new_id));
    }
    scene
        .agent
        .post(&format!("{new}/replace"), json!({"replacement_id": new_id}))
        .await
        .refused(422, "replaces_itself");
}
