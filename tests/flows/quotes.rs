//! The customer is asked on the way: he agrees, declines or does not answer (T5, T6, T30).

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Scene, solved};

/// A request whose order waits for the customer's word.
async fn asked(scene: &Scene, more: Value) -> (String, String) {
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    let mut said = json!({"amount": {"amount": "350.00", "currency": "CNY"}, "text": "更换主板"});
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    scene
        .e1
        .post(&format!("{order}/need-quote"), said)
        .await
        .expect(200);
    (request, order)
}

fn customer(scene: &Scene) -> Client {
    scene.app.acting(Actor {
        user_id: Some(UserId(Uuid::from_u128(9))),
        name: "liu".to_owned(),
        roles: RoleSet::of(&[Role::Customer]),
        customer_id: Some(scene.customer_id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    })
}

async fn states(scene: &Scene, request: &str, order: &str) -> [String; 3] {
    let order = scene.now(order).await;
    let quote = order.body["quote"]["status"].as_str().unwrap().to_owned();
    [scene.now(request).await.str("status"), order.str("status"), quote]
}

#[actix_web::test]
async fn a_customer_who_agrees_lets_the_job_go_on_and_the_wait_did_not_count() {
    let scene = Scene::open().await;
    let (request, order) = asked(&scene, json!({})).await;
    assert_eq!(
        states(&scene, &request, &order).await,
        ["on_hold", "waiting_customer", "sent"]
    );
    let hold = scene.now(&request).await.body["hold"].clone();
    assert_eq!(
        (&hold["reason"], &hold["pauses_sla"]),
        (&json!("awaiting_customer"), &json!(true))
    );
    scene
        .e1
        .post(&format!("{order}/accept-quote"), json!({}))
        .await
        .refused(403, "insufficient_scope");
    scene
        .e1
        .post(&format!("{order}/complete"), solved())
        .await
        .refused(409, "invalid_transition");
    scene.at("2026-11-24T01:00:00Z");
    let customer = customer(&scene);
    customer
        .post(&format!("{order}/accept-quote"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        states(&scene, &request, &order).await,
        ["assigned", "in_progress", "accepted"]
    );
    let timers = scene.now(&format!("{request}/timers?limit=50")).await;
    let resolution = timers.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["kind"] == "resolution");
    assert_eq!(resolution.unwrap()["paused_minutes"], 24 * 60);
    scene
        .e1
        .post(&format!("{order}/complete"), solved())
        .await
        .expect(200);
    assert_eq!(scene.now(&request).await.body["status"], "processed");
}

#[actix_web::test]
async fn a_customer_who_declines_ends_job_and_request() {
    let scene = Scene::open().await;
    let (request, order) = asked(&scene, json!({})).await;
    let why = json!({"reason": "太贵"});
    scene
        .agent
        .post(&format!("{order}/decline-quote"), why)
        .await
        .expect(200);
    assert_eq!(
        states(&scene, &request, &order).await,
        ["cancelled", "cancelled", "declined"]
    );
    let ended = scene.now(&request).await;
    assert_eq!(ended.body["cancel_reason"], "quote_declined");
    assert_eq!(scene.now(&order).await.body["quote"]["decline_reason"], "太贵");
    let counters = scene.manager.get("/v1/counters?limit=200").await.expect(200);
    assert!(
        counters.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["cancelled"] == 1)
    );
}

#[actix_web::test]
async fn a_quotation_nobody_answers_ends_them_after_its_last_moment() {
    let scene = Scene::open().await;
    let until = json!({"valid_until": "2026-11-25T01:00:00Z"});
    let (request, order) = asked(&scene, until.clone()).await;
    scene.at("2026-11-25T01:00:00Z");
    assert_eq!(
        states(&scene, &request, &order).await,
        ["on_hold", "waiting_customer", "sent"]
    );
    scene.at("2026-11-25T09:00:00Z");
    scene
        .agent
        .post(&format!("{order}/accept-quote"), json!({}))
        .await
        .refused(409, "invalid_transition");
    assert_eq!(
        states(&scene, &request, &order).await,
        ["cancelled", "cancelled", "expired"]
    );
    assert_eq!(
        scene.now(&order).await.body["finished_at"],
        "2026-11-25T01:00:00.000Z"
    );

    // The desk goes on without an answer: the last moment is none any more.
    let (request, order) = asked(&scene, json!({"valid_until": "2026-11-26T01:00:00Z"})).await;
    scene
        .agent
        .post(&format!("{request}/resume"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-27T01:00:00Z");
    assert_eq!(
        states(&scene, &request, &order).await,
        ["assigned", "in_progress", "withdrawn"]
    );
}

#[actix_web::test]
async fn a_quotation_asks_for_something_and_leaves_time_to_answer() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    let said = json!({"amount": {"amount": "0.00", "currency": "CNY"}, "text": "更换主板",
        "valid_until": "2026-11-23T01:00:00Z"});
    let refused = scene.e1.post(&format!("{order}/need-quote"), said).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/amount", "#/valid_until"]);
    assert_eq!(scene.now(&request).await.body["status"], "assigned");
}
