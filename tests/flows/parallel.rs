//! Exact under concurrency: counters, numbers, one assignment, one effect per key (AC-004, S092, S095).

use std::collections::BTreeSet;

use actix_web::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Reply, Scene};

async fn occurrences(scene: &Scene) -> Vec<(String, i64)> {
    let counters = scene.manager.get("/v1/counters?limit=200").await.expect(200);
    let mut found: Vec<(String, i64)> = counters.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (
                c["scope"].as_str().unwrap().to_owned(),
                c["occurrences"].as_i64().unwrap(),
            )
        })
        .collect();
    found.sort();
    found
}

#[actix_web::test]
async fn ac_001_002_a_registration_counts_once_and_a_refusal_never() {
    let scene = Scene::open().await;
    let unknown = scene.request(json!({"customer_id": "0192f0b0-0000-7abc-8def-000000000001"}));
    scene
        .agent
        .post("/v1/service-requests", unknown)
        .await
        .refused(422, "unknown_reference");
    let all_wrong = scene.request(json!({
        "channel": "drum", "service_type": "exorcise", "customer_id": "0192f0b0-0000-7abc-8def-000000000001"
    }));
    let refused = scene
        .agent
        .post("/v1/service-requests", all_wrong)
        .await
        .refused(422, "validation_failed");
    assert_eq!(
        refused.pointers(),
        ["#/channel", "#/service_type", "#/customer_id"]
    );
    assert_eq!(occurrences(&scene).await, []);
    scene.register(json!({})).await;
    let one = |scope: &str| (scope.to_owned(), 1);
    assert_eq!(
        occurrences(&scene).await,
        [one("problem_type"), one("product"), one("product_problem")]
    );
}

#[actix_web::test]
async fn ac_004_fifty_at_once_count_fifty_and_have_fifty_numbers() {
    let scene = Scene::open().await;
    let calls = (0..50).map(|_| scene.agent.post("/v1/service-requests", scene.request(json!({}))));
    let replies = join_all(calls).await;
    let numbers: BTreeSet<String> = replies
        .into_iter()
        .map(|reply| reply.expect(201).str("number"))
        .collect();
    assert_eq!(numbers.len(), 50);
    assert!(occurrences(&scene).await.iter().all(|(_, count)| *count == 50));
}

#[actix_web::test]
async fn ac_003_one_key_fifty_times_is_one_request() {
    let scene = Scene::open().await;
    let body = scene.request(json!({}));
    let calls = (0..50).map(|_| {
        scene
            .agent
            .request(Method::POST, "/v1/service-requests")
            .header("idempotency-key", "k1")
            .json(&body)
            .send()
    });
    let replies = join_all(calls).await;
    let texts: BTreeSet<String> = replies
        .into_iter()
        .filter(|r| r.status != 409)
        .map(|reply| reply.expect(201).text)
        .collect();
    assert_eq!(texts.len(), 1);
    assert!(occurrences(&scene).await.iter().all(|(_, count)| *count == 1));
}

/// Bodies of every kind: right, wrong, refused by a rule, refused by the schema of the database.
fn mixed(scene: &Scene) -> Vec<Value> {
    let nobody = "0192f0b0-0000-7abc-8def-000000000001";
    let kinds = [
        json!({}),
        json!({"customer_id": nobody}),
        json!({"product_id": nobody, "problem_type_id": nobody}),
        json!({"required_by": "2020-01-01"}),
        json!({"emergency": true, "labels": ["夏季高峰"]}),
        json!({"initial_status": "on_hold"}),
        json!({"initial_status": "on_hold", "hold_reason": "awaiting_customer"}),
        json!({"service_type": "consult", "product_id": null}),
        json!({"service_type": "unheard_of"}),
        json!({"external_refs": [{"system": "erp", "external_id": "twice"}]}),
        json!({"required_by": "2026-11-23T11:00:00+08:00", "resolve_required_by": "2026-11-23"}),
        json!({"custom_fields": {"unknown": 1}}),
    ];
    kinds
        .iter()
        .cycle()
        .take(48)
        .map(|more| scene.request(more.clone()))
        .collect()
}

/// What stands in an answer that does not depend on who came first.
fn essence(reply: &Reply) -> Value {
    let mut said = json!({"status": reply.status});
    for member in [
        "code",
        "errors",
        "priority",
        "assignment_due_at",
        "resolve_due_at",
        "timers",
        "hold",
        "labels",
        "allowed_actions",
        "version",
    ] {
        said[member] = reply.body[member].clone();
    }
    said
}

fn sorted(replies: &[Reply]) -> Vec<String> {
    let mut said: Vec<String> = replies.iter().map(|reply| essence(reply).to_string()).collect();
    said.sort();
    said
}

#[actix_web::test]
async fn registrations_side_by_side_are_what_they_are_one_by_one() {
    let (alone, beside) = (Scene::open().await, Scene::open().await);
    let mut one_by_one = Vec::new();
    for body in mixed(&alone) {
        one_by_one.push(alone.agent.post("/v1/service-requests", body).await);
    }
    let calls = mixed(&beside)
        .into_iter()
        .map(|body| beside.agent.post("/v1/service-requests", body));
    let side_by_side = join_all(calls).await;
    assert_eq!(sorted(&side_by_side), sorted(&one_by_one));
    assert_eq!(occurrences(&beside).await, occurrences(&alone).await);
    for scene in [&alone, &beside] {
        let made = scene
            .manager
            .get("/v1/service-requests?limit=200")
            .await
            .expect(200);
        let made = made.body["data"].as_array().unwrap();
        assert_eq!(
            made.len(),
            one_by_one.iter().filter(|reply| reply.status == 201).count()
        );
        for request in made {
            let path = format!("/v1/service-requests/{}", request["id"].as_str().unwrap());
            let told = scene.manager.get(&format!("{path}/activities")).await.expect(200);
            assert_eq!(told.body["data"][0]["action"], "register", "{path}");
        }
    }
}

#[actix_web::test]
async fn s092_fifty_assignments_have_one_winner() {
    let scene = Scene::open().await;
    let path = format!("{}/assign", scene.register(json!({})).await);
    let calls = (0..50).map(|_| {
        scene
            .dispatcher
            .post(&path, json!({"engineer_id": scene.engineer1}))
    });
    let replies = join_all(calls).await;
    let won = replies.iter().filter(|reply| reply.status == 200).count();
    let lost = replies
        .iter()
        .filter(|reply| reply.status == 409 && reply.body["code"] == "invalid_transition")
        .count();
    assert_eq!(
        (won, lost),
        (1, 49),
        "{:?}",
        replies.iter().map(|r| r.status).collect::<Vec<_>>()
    );
}
