//! The technician's offline log: told late, in order, once, and by the rules of every other call.

use std::sync::Arc;

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{ActingKey, Actor, Role, RoleSet};
use futures_util::future::join;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Reply, Scene, solved};

const BATCHES: &str = "/v1/work-orders/offline-batches";

/// One operation; the number is the device's identifier of it.
fn operation(n: u128, order: &str, base: i64, action: &str, at: &str) -> Value {
    let id = order.rsplit('/').next().unwrap();
    let mut said = json!({"client_id": Uuid::from_u128(n), "work_order_id": id, "base_version": base,
        "action": action, "occurred_at": at});
    match action {
        "complete" | "correct" => said["result"] = solved(),
        "refuse" | "wait_parts" => said["reason"] = json!("缺件"),
        _ => {}
    }
    said
}

async fn tell(by: &Client, operations: Vec<Value>) -> Reply {
    by.post(BATCHES, json!({"operations": operations}))
        .await
        .expect(200)
}

fn outcomes(reply: &Reply) -> Vec<&str> {
    let answers = reply.body["answers"].as_array().unwrap().iter();
    answers
        .map(|a| a["code"].as_str().or(a["outcome"].as_str()).unwrap())
        .collect()
}

/// A visit from accepting to the result, as a device keeps it.
fn visit(order: &str, base: i64) -> Vec<Value> {
    [
        ("accept", "2026-11-23T01:10:00.000Z"),
        ("depart", "2026-11-23T01:20:00.000Z"),
        ("arrive", "2026-11-23T01:50:00.000Z"),
        ("start", "2026-11-23T01:55:00.000Z"),
        ("complete", "2026-11-23T02:40:00.000Z"),
    ]
    .into_iter()
    .zip(1..)
    .map(|((action, at), n)| operation(n, order, base, action, at))
    .collect()
}

async fn dispatched(scene: &Scene) -> (String, String, i64) {
    let request = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{request}/assign"), to)
        .await
        .expect(200);
    let order = scene.order(&request).await;
    let version = scene.now(&order).await.body["version"].as_i64().unwrap();
    (request, order, version)
}

#[actix_web::test]
async fn a_visit_told_late_is_done_in_its_order_at_the_hours_it_was_done() {
    let scene = Scene::open().await;
    let (request, order, base) = dispatched(&scene).await;
    scene.at("2026-11-23T01:25:00Z");
    let batch = visit(&order, base);
    let early = tell(&scene.e1, batch[..1].to_vec()).await;
    assert_eq!(outcomes(&early), ["applied"]);
    scene.at("2026-11-23T03:00:00Z");
    let told = tell(&scene.e1, batch.clone()).await;
    assert_eq!(
        outcomes(&told),
        ["duplicate", "applied", "applied", "applied", "applied"]
    );
    let now = scene.now(&order).await;
    assert_eq!(told.body["answers"][4]["version"], now.body["version"]);
    let hours = [
        "accepted_at",
        "departed_at",
        "arrived_at",
        "started_at",
        "finished_at",
    ];
    for (member, said) in hours.iter().zip(&batch) {
        assert_eq!(now.body[*member], said["occurred_at"], "{member}");
    }
    let request_now = scene.now(&request).await;
    assert_eq!(request_now.body["status"], "processed");
    assert_eq!(request_now.body["processed_at"], "2026-11-23T03:00:00.000Z");

    // Told again: the same answers, and nothing happens twice.
    let again = tell(&scene.e1, batch).await;
    assert_eq!(outcomes(&again), ["duplicate"; 5]);
    for n in 0..5 {
        let version = |reply: &Reply| reply.body["answers"][n]["version"].clone();
        assert_eq!(version(&again), version(&told));
    }
    assert_eq!(scene.now(&order).await.text, now.text);
    assert_eq!(scene.now(&request).await.text, request_now.text);
}

#[actix_web::test]
async fn an_hour_before_the_last_fact_is_that_of_the_fact_and_none_lies_ahead() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    scene.at("2026-11-23T01:25:00Z");
    let batch = vec![
        operation(1, &order, base, "accept", "2026-11-20T00:00:00.000Z"),
        operation(2, &order, base, "arrive", "2026-11-23T01:28:00.000Z"),
        operation(3, &order, base, "start", "2026-11-23T01:31:00.000Z"),
    ];
    let told = tell(&scene.e1, batch).await;
    assert_eq!(outcomes(&told), ["applied", "applied", "date_in_future"]);
    let now = scene.now(&order).await;
    assert_eq!(now.body["accepted_at"], now.body["dispatched_at"]);
    assert_eq!(now.body["arrived_at"], "2026-11-23T01:25:00.000Z");
}

#[actix_web::test]
async fn what_the_desk_changed_meanwhile_is_in_conflict_and_other_orders_go_on() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    scene
        .e1
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    let window = json!({"from": "2026-11-23T06:00:00Z", "to": "2026-11-23T08:00:00Z"});
    scene
        .dispatcher
        .post(&format!("{order}/book"), window)
        .await
        .expect(200);
    let (_, other, other_base) = dispatched(&scene).await;
    let at = "2026-11-23T01:00:00.000Z";
    let batch = vec![
        operation(1, &order, base + 1, "depart", at),
        operation(2, &order, base + 1, "arrive", at),
        operation(3, &other, other_base, "accept", at),
    ];
    let told = tell(&scene.e1, batch).await;
    assert_eq!(
        outcomes(&told),
        ["precondition_failed", "earlier_conflict", "applied"]
    );
    let seen = scene.e1.get(&order).await.expect(200);
    assert_eq!(told.body["answers"][0]["current"], seen.body);
    assert_eq!(told.body["answers"][1]["current"], seen.body);
    assert_eq!(told.body["answers"][2]["current"], Value::Null);
    assert_eq!(seen.body["status"], "accepted");
}

#[actix_web::test]
async fn a_later_operation_of_a_batch_carries_the_first_version_or_one_made_since() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    let at = "2026-11-23T01:00:00.000Z";
    let batch = vec![
        operation(1, &order, base, "accept", at),
        operation(2, &order, base, "depart", at),
        operation(3, &order, base + 2, "arrive", at),
        operation(4, &order, base + 77, "start", at),
    ];
    let told = tell(&scene.e1, batch).await;
    assert_eq!(
        outcomes(&told),
        ["applied", "applied", "applied", "precondition_failed"]
    );
    let seen = scene.e1.get(&order).await.expect(200);
    assert_eq!(told.body["answers"][3]["current"], seen.body);
}

#[actix_web::test]
async fn a_refusal_is_kept_and_a_new_identifier_tries_again() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    let at = "2026-11-23T01:00:00.000Z";
    // Nobody arrives at what he has not accepted.
    let early = operation(1, &order, base, "arrive", at);
    let told = tell(&scene.e1, vec![early.clone()]).await;
    assert_eq!(outcomes(&told), ["invalid_transition"]);
    scene
        .e1
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    let mut now = early.clone();
    now["base_version"] = json!(base + 1);
    let told = tell(&scene.e1, vec![now.clone()]).await;
    assert_eq!(outcomes(&told), ["invalid_transition"]);
    assert_eq!(told.body["answers"][0]["current"]["status"], "accepted");
    now["client_id"] = json!(Uuid::from_u128(2));
    let told = tell(&scene.e1, vec![now]).await;
    assert_eq!(outcomes(&told), ["applied"]);
    // An identifier stays with its operation.
    let told = tell(&scene.e1, vec![operation(1, &order, base + 2, "start", at)]).await;
    assert_eq!(outcomes(&told), ["client_id_reused"]);
}

#[actix_web::test]
async fn two_devices_at_once_do_one_thing_once() {
    let scene = Scene::open().await;
    let at = "2026-11-23T01:00:00.000Z";
    for round in 0..3_u128 {
        let (_, order, base) = dispatched(&scene).await;
        let n = round * 10;
        let tell = |id: u128| tell(&scene.e1, vec![operation(id, &order, base, "accept", at)]);
        let (one, other) = join(tell(n + 1), tell(n + 2)).await;
        let mut found = [outcomes(&one)[0], outcomes(&other)[0]];
        found.sort_unstable();
        assert_eq!(found, ["applied", "precondition_failed"]);
    }
    // One device that lost its patience: the same operation twice at the same time.
    for round in 10..13_u128 {
        let (_, order, base) = dispatched(&scene).await;
        let tell = || tell(&scene.e1, vec![operation(round * 10, &order, base, "accept", at)]);
        let (one, other) = join(tell(), tell()).await;
        let mut found = [outcomes(&one)[0], outcomes(&other)[0]];
        found.sort_unstable();
        assert_eq!(found, ["applied", "duplicate"]);
    }
}

#[actix_web::test]
async fn a_batch_asks_for_every_right_its_operations_need() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    let at = "2026-11-23T01:00:00.000Z";
    let theirs = tell(&scene.e2, vec![operation(1, &order, base, "accept", at)]).await;
    assert_eq!(outcomes(&theirs), ["not_found"]);
    assert_eq!(theirs.body["answers"][0]["current"], Value::Null);
    let engineer: Uuid = scene.engineer1.parse().unwrap();
    let key = ActingKey {
        id: Uuid::from_u128(5),
        scopes: Some(vec!["work_orders:replay_offline".to_owned()]),
    };
    let narrow = scene.app.acting(Actor {
        user_id: Some(UserId(Uuid::from_u128(6))),
        name: "device".to_owned(),
        roles: RoleSet::of(&[Role::Engineer]),
        engineer_id: Some(engineer),
        key: Some(Arc::new(key)),
        is_system: false,
        ..Actor::system()
    });
    let told = tell(&narrow, vec![operation(1, &order, base, "accept", at)]).await;
    assert_eq!(outcomes(&told), ["insufficient_scope"]);
    assert_eq!(scene.now(&order).await.body["status"], "dispatched");
}

#[actix_web::test]
async fn a_batch_is_bounded_and_says_all_it_lacks_before_anything_is_done() {
    let scene = Scene::open().await;
    let (_, order, base) = dispatched(&scene).await;
    let at = "2026-11-23T01:00:00.000Z";
    let accept = operation(1, &order, base, "accept", at);
    let many: Vec<Value> = vec![accept.clone(); 201];
    for operations in [vec![], many] {
        let body = json!({"operations": operations});
        scene.e1.post(BATCHES, body).await.expect(422);
    }
    let mut bare = operation(2, &order, base, "refuse", at);
    bare.as_object_mut().unwrap().remove("reason");
    let mut empty = operation(3, &order, base, "complete", at);
    empty.as_object_mut().unwrap().remove("result");
    let body = json!({"operations": [accept, bare, empty]});
    let refused = scene
        .e1
        .post(BATCHES, body)
        .await
        .refused(422, "validation_failed");
    assert_eq!(
        refused.pointers(),
        ["#/operations/1/reason", "#/operations/2/result"]
    );
    assert_eq!(scene.now(&order).await.body["status"], "dispatched");
}

#[actix_web::test]
async fn the_clock_goes_before_every_operation_of_a_batch() {
    let scene = Scene::open().await;
    let (request, order, base) = dispatched(&scene).await;
    scene
        .e1
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    // The arrival promise was broken hours ago, and nobody has looked since.
    scene.at("2026-11-23T09:30:00Z");
    let batch = vec![operation(
        1,
        &order,
        base + 1,
        "depart",
        "2026-11-23T01:30:00.000Z",
    )];
    assert_eq!(outcomes(&tell(&scene.e1, batch).await), ["applied"]);
    let timers = scene.now(&format!("{request}/timers?limit=50")).await;
    let arrival = timers.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|timer| timer["kind"] == "arrival")
        .unwrap();
    assert_eq!(arrival["status"], "breached");
}
