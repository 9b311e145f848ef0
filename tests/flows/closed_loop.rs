//! The life of a service request over HTTP (domain.md section 4).

use serde_json::json;

use crate::support::{Scene, solved, unsolved};

#[actix_web::test]
async fn ac_032_a_request_begins_pending_or_on_hold() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    assert_eq!(scene.now(&path).await.body["status"], "pending_assignment");
    let held = scene
        .register(json!({"initial_status": "on_hold", "hold_reason": "awaiting_customer"}))
        .await;
    assert_eq!(scene.now(&held).await.body["status"], "on_hold");
    let wrong = scene.request(json!({"initial_status": "assigned"}));
    scene
        .agent
        .post("/v1/service-requests", wrong)
        .await
        .refused(422, "invalid_initial_status");
    let silent = scene.request(json!({"initial_status": "on_hold"}));
    scene.agent.post("/v1/service-requests", silent).await.expect(422);
}

#[actix_web::test]
async fn ac_033_an_assignment_dispatches_one_order_and_meets_the_response() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let assigned = scene
        .dispatcher
        .post(&format!("{path}/assign"), json!({"engineer_id": scene.engineer1}))
        .await
        .expect(200);
    assert_eq!(assigned.body["status"], "assigned");
    let timers = assigned.body["timers"].as_array().unwrap();
    assert!(
        timers
            .iter()
            .any(|t| t["kind"] == "response" && t["status"] == "met"),
        "{}",
        assigned.text
    );
    let order = scene.e1.get(&scene.order(&path).await).await.expect(200);
    assert_eq!(order.body["status"], "dispatched");
    assert!(
        order.body["allowed_actions"]
            .as_array()
            .unwrap()
            .contains(&json!("accept"))
    );
}

#[actix_web::test]
async fn ac_042_solved_and_satisfied_is_the_end_of_service() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.visit(&path, &scene.engineer1, &scene.e1, solved()).await;
    assert_eq!(scene.now(&path).await.body["status"], "processed");
    scene.follow(&path, "satisfied").await.expect(200);
    let closed = scene.now(&path).await;
    assert_eq!(
        (&closed.body["status"], &closed.body["satisfaction"]),
        (&json!("closed"), &json!("satisfied"))
    );
    let id = closed.id();
    let surveys = scene
        .manager
        .get(&format!("/v1/surveys?service_request_id={id}"))
        .await
        .expect(200);
    assert_eq!(surveys.body["data"][0]["send_at"], "2026-11-23T02:00:00.000Z");
    let archived = scene
        .supervisor
        .post(&format!("{path}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(archived.body["status"], "archived");
}

#[actix_web::test]
async fn ac_038_039_the_second_failure_locks_whoever_failed() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.visit(&path, &scene.engineer1, &scene.e1, unsolved()).await;
    let back = scene.now(&path).await;
    assert_eq!(
        (
            &back.body["status"],
            &back.body["unresolved_attempts"],
            &back.body["cycle_no"]
        ),
        (&json!("pending_assignment"), &json!(1), &json!(2))
    );
    scene.visit(&path, &scene.engineer2, &scene.e2, unsolved()).await;
    let locked = scene.now(&path).await;
    assert_eq!(
        (&locked.body["status"], &locked.body["lock"]["case"]),
        (&json!("locked"), &json!("unresolved_twice"))
    );
    for (action, body) in [
        ("assign", json!({"engineer_id": scene.engineer1})),
        ("hold", json!({"reason": "other"})),
        ("reassign", json!({"engineer_id": scene.engineer1, "reason": "x"})),
    ] {
        scene
            .dispatcher
            .post(&format!("{path}/{action}"), body)
            .await
            .refused(403, "locked_manager_only");
    }
    scene
        .manager
        .post(&format!("{path}/release"), json!({"required_by": "2026-11-20"}))
        .await
        .refused(422, "date_in_past");
    let released = scene
        .manager
        .post(
            &format!("{path}/release"),
            json!({"required_by": "2026-11-24T18:00:00+08:00"}),
        )
        .await
        .expect(200);
    assert_eq!(released.body["status"], "pending_assignment");
    scene.visit(&path, &scene.engineer1, &scene.e1, unsolved()).await;
    let again = scene.now(&path).await;
    assert_eq!(
        (&again.body["status"], &again.body["lock_count"]),
        (&json!("locked"), &json!(2))
    );
    let locks = scene
        .manager
        .get(&format!("{path}/locks?limit=200"))
        .await
        .expect(200);
    assert_eq!(locks.body["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn ac_043_dissatisfied_needs_a_reason_and_returns_to_allocation() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.visit(&path, &scene.engineer1, &scene.e1, solved()).await;
    let call = scene.follow_up(&path).await;
    scene
        .caller
        .post(
            &format!("{call}/record"),
            json!({"result": "dissatisfied", "reasons": []}),
        )
        .await
        .expect(422);
    scene.follow(&path, "dissatisfied").await.expect(200);
    let back = scene.now(&path).await;
    assert_eq!(
        (&back.body["status"], &back.body["unresolved_attempts"]),
        (&json!("pending_assignment"), &json!(1))
    );
}

#[actix_web::test]
async fn ac_051_the_status_is_not_patched() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene
        .agent
        .patch(&path, json!({"status": "closed"}))
        .await
        .refused(422, "status_read_only");
    scene
        .agent
        .patch_at(&path, "\"v99\"", json!({"title": "空调仍不制冷"}))
        .await
        .refused(412, "precondition_failed");
    let changed = scene
        .agent
        .patch_at(&path, "\"v1\"", json!({"title": "空调仍不制冷"}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["title"], &changed.body["version"]),
        (&json!("空调仍不制冷"), &json!(2))
    );
}

#[actix_web::test]
async fn ac_068_the_same_report_is_hinted_at() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let number = scene.now(&path).await.str("number");
    let second = scene
        .agent
        .post("/v1/service-requests", scene.request(json!({})))
        .await
        .expect(201);
    assert_eq!(
        (
            &second.body["warnings"][0]["code"],
            &second.body["warnings"][0]["number"]
        ),
        (&json!("possible_duplicate"), &json!(number))
    );
}

#[actix_web::test]
async fn ac_103_the_history_replays_to_the_status() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.visit(&path, &scene.engineer1, &scene.e1, solved()).await;
    scene.follow(&path, "satisfied").await.expect(200);
    let history = scene
        .manager
        .get(&format!("{path}/activities?limit=200&sort=seq"))
        .await
        .expect(200);
    let mut status = json!(null);
    for entry in history.body["data"].as_array().unwrap() {
        assert_eq!(entry["from"], status, "{entry}");
        status = entry["to"].clone();
    }
    assert_eq!(status, scene.now(&path).await.body["status"]);
    scene
        .manager
        .delete(&format!("{path}/activities"))
        .await
        .refused(405, "method_not_allowed");
}

#[actix_web::test]
async fn an_action_that_needs_nothing_said_comes_without_a_body() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let assign = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{path}/assign"), assign)
        .await
        .expect(200);
    let order = scene.order(&path).await;
    let accept = scene
        .e1
        .request(actix_web::http::Method::POST, &format!("{order}/accept"));
    assert_eq!(accept.send().await.expect(200).body["status"], "accepted");
}
