//! Counters that went wrong, found and put right (W10).

use aftercare_api::flows::counters::reconcile;
use aftercare_api::flows::sequencer;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::Scene;

async fn counters(scene: &Scene) -> Vec<(String, i64, i64, i64)> {
    let list = scene
        .manager
        .get("/v1/counters?limit=200&sort=occurrences")
        .await
        .expect(200);
    let of = |row: &Value| {
        let number = |name: &str| row[name].as_i64().unwrap();
        (
            format!(
                "{} {} {}",
                row["scope"], row["product_id"], row["problem_type_id"]
            ),
            number("occurrences"),
            number("reclassified_out"),
            number("cancelled"),
        )
    };
    let mut all: Vec<_> = list.body["data"].as_array().unwrap().iter().map(of).collect();
    all.sort();
    all
}

#[actix_web::test]
async fn a_counter_that_is_wrong_is_put_right_and_the_audit_trail_tells_it() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let other = json!({"code": "NOISE", "name": {"zh": "噪音", "en": "Noise"}});
    let other = admin.post("/v1/problem-types", other).await.expect(201).id();
    scene.register(json!({})).await;
    scene
        .register(json!({"service_type": "consult", "product_id": null, "title": "咨询"}))
        .await;
    let moved = scene.register(json!({"title": "噪音大"})).await;
    let reclassified = json!({"problem_type_id": other, "reason": "听诊后更正"});
    scene
        .agent
        .post(&format!("{moved}/reclassify"), reclassified)
        .await
        .expect(200);
    let cancelled = scene.register(json!({"title": "误报"})).await;
    scene
        .agent
        .post(&format!("{cancelled}/cancel"), json!({"reason": "客户撤回"}))
        .await
        .expect(200);
    let right = counters(&scene).await;
    assert_eq!(reconcile(&scene.app.db).await.unwrap(), 0, "{right:?}");

    for by_hand in [
        "update counters set occurrences = occurrences + 5 where scope = 'product'",
        "update counters set cancelled = 0, reclassified_out = 7 where scope = 'problem_type' and cancelled = 1",
        "delete from counters where scope = 'product_problem' and reclassified_out = 1",
    ] {
        scene.app.by_hand(by_hand).await;
    }
    assert_ne!(counters(&scene).await, right);
    assert_eq!(reconcile(&scene.app.db).await.unwrap(), 3);
    assert_eq!(counters(&scene).await, right);
    assert_eq!(reconcile(&scene.app.db).await.unwrap(), 0, "once is enough");
    sequencer::number(&scene.app.db).await.unwrap();
    let told = admin
        .get("/v1/audit-logs?resource=counter&action=repair")
        .await
        .expect(200);
    let told = told.body["data"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    let of_product = json!({"occurrences": [8, 3], "reclassified_out": [0, 0], "cancelled": [1, 1]});
    assert!(told.iter().any(|line| line["diff"] == of_product), "{told:?}");
}
