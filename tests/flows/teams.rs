//! Several engineers on one request: one order leads, the others help (WO-6, R-129).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Client, Reply, Scene, solved};

/// A request two engineers are sent to: its path, the leading order's and the helper's.
async fn team(scene: &Scene) -> [String; 3] {
    let request = scene.register(json!({})).await;
    let lead = scene.accepted(&request).await;
    let add = format!("{lead}/add-helper");
    let helper = json!({"engineer_id": scene.engineer2});
    scene.dispatcher.post(&add, helper.clone()).await.expect(200);
    scene
        .dispatcher
        .post(&add, helper)
        .await
        .refused(409, "same_engineer");
    let id = lead.rsplit('/').next().unwrap();
    let list = format!("/v1/work-orders?team_of={id}");
    let found = scene.manager.get(&list).await.expect(200);
    let helper = format!(
        "/v1/work-orders/{}",
        found.body["data"][0]["id"].as_str().unwrap()
    );
    [request, lead, helper]
}

async fn go(by: &Client, order: &str, actions: &[&str]) {
    for action in actions {
        by.post(&format!("{order}/{action}"), json!({})).await.expect(200);
    }
}

async fn statuses(scene: &Scene, paths: &[String; 3]) -> [String; 3] {
    let mut found = [const { String::new() }; 3];
    for (status, path) in found.iter_mut().zip(paths) {
        *status = scene.now(path).await.str("status");
    }
    found
}

#[actix_web::test]
async fn one_result_is_one_attempt_and_the_labour_of_everybody_counts() {
    let scene = Scene::open().await;
    let paths = team(&scene).await;
    let [request, lead, helper] = &paths;
    go(&scene.e1, lead, &["arrive", "start"]).await;
    go(&scene.e2, helper, &["accept", "arrive", "start"]).await;
    helped(&scene, helper, 30).await.expect(200);
    scene.at("2026-11-23T03:00:00Z");
    scene
        .e1
        .post(&format!("{lead}/complete"), solved())
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "completed", "completed"]
    );
    let helped = scene.now(helper).await;
    assert_eq!(helped.body["outcome"], "resolved");
    assert_eq!(helped.body["labor"][0]["minutes"], 30);
    let attempts = scene.now(&format!("{request}/attempts?limit=50")).await;
    assert_eq!(attempts.body["data"].as_array().unwrap().len(), 1);
    // The helper's half hour is taken: nobody can say he was elsewhere.
    let other = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer2});
    scene
        .dispatcher
        .post(&format!("{other}/assign"), to)
        .await
        .expect(200);
    let order = scene.order(&other).await;
    go(&scene.e2, &order, &["accept", "arrive"]).await;
    scene.at("2026-11-23T03:10:00Z");
    scene
        .e2
        .post(&format!("{order}/complete"), solved())
        .await
        .refused(422, "labor_overlap");
    // Both are verified together.
    scene
        .supervisor
        .post(&format!("{request}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "verified", "verified"]
    );
}

#[actix_web::test]
async fn a_helper_moves_nothing_but_his_own_order() {
    let scene = Scene::open().await;
    let paths = team(&scene).await;
    let because = json!({"reason": "生病"});
    scene
        .e2
        .post(&format!("{}/refuse", paths[2]), because)
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["assigned", "accepted", "refused"]
    );

    let paths = team(&scene).await;
    let [request, _, helper] = &paths;
    go(&scene.e2, helper, &["accept", "arrive", "start"]).await;
    let because = json!({"reason": "缺件"});
    scene
        .e2
        .post(&format!("{helper}/wait-parts"), because)
        .await
        .refused(409, "invalid_transition");
    let again = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{helper}/add-helper"), again)
        .await
        .refused(409, "invalid_transition");
    let done = json!({"outcome": "resolved", "labor": [{"minutes": 5, "item": "搬运"}]});
    scene
        .e2
        .post(&format!("{helper}/complete"), done)
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["assigned", "accepted", "completed"]
    );
    let attempts = scene.now(&format!("{request}/attempts?limit=50")).await;
    assert_eq!(attempts.body["data"], json!([]));
}

#[actix_web::test]
async fn a_team_ends_with_its_leader() {
    let scene = Scene::open().await;
    // Who has not come need not.
    let paths = team(&scene).await;
    go(&scene.e1, &paths[1], &["arrive"]).await;
    scene
        .e1
        .post(&format!("{}/complete", paths[1]), solved())
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "completed", "cancelled"]
    );
    // Taken from the leader it is taken from everybody.
    let paths = team(&scene).await;
    let because = json!({"reason": "改派"});
    scene
        .dispatcher
        .post(&format!("{}/cancel", paths[1]), because)
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["pending_assignment", "cancelled", "cancelled"]
    );
    // A leader who declines leaves no team behind.
    let request = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{request}/assign"), to)
        .await
        .expect(200);
    let lead = scene.order(&request).await;
    let helper = json!({"engineer_id": scene.engineer2});
    scene
        .dispatcher
        .post(&format!("{lead}/add-helper"), helper)
        .await
        .expect(200);
    let because = json!({"reason": "生病"});
    scene
        .e1
        .post(&format!("{lead}/refuse"), because)
        .await
        .expect(200);
    let orders = scene.now(&format!("{request}/work-orders?sort=created_at")).await;
    let ended = |n: usize| orders.body["data"][n]["status"].clone();
    assert_eq!([ended(0), ended(1)], ["refused", "cancelled"]);
    // Nobody at home: the leader comes again, alone.
    let paths = team(&scene).await;
    go(&scene.e1, &paths[1], &["arrive"]).await;
    let absent = json!({"outcome": "no_access"});
    scene
        .e1
        .post(&format!("{}/complete", paths[1]), absent)
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["assigned", "completed", "cancelled"]
    );
    let next = scene.order(&paths[0]).await;
    assert_eq!(scene.now(&next).await.body["team_of"], Value::Null);
    // A helper who does not answer is struck off alone.
    let paths = team(&scene).await;
    scene.at("2026-11-23T09:00:00Z");
    assert_eq!(
        statuses(&scene, &paths).await,
        ["assigned", "accepted", "refused"]
    );
    let admin = scene.app.with_role(Role::Admin);
    admin
        .post(
            &format!("{}/add-helper", paths[1]),
            json!({"engineer_id": scene.engineer2}),
        )
        .await
        .expect(403);
}

/// The helper's labour, written anew.
async fn helped(scene: &Scene, helper: &str, minutes: i64) -> Reply {
    let lines = json!({"labor": [{"minutes": minutes, "item": "搬运"}]});
    let sheet = scene.e2.request(Method::PUT, &format!("{helper}/labor"));
    sheet.header("if-match", "*").json(&lines).send().await
}

/// A team whose leader is done at 11:00, and whose helper tells an hour and a half, of which he worked one elsewhere.
async fn overlapping(scene: &Scene) -> [String; 3] {
    let elsewhere = scene.register(json!({})).await;
    let paths = team(scene).await;
    let [_, lead, helper] = &paths;
    let to = json!({"engineer_id": scene.engineer2});
    scene
        .dispatcher
        .post(&format!("{elsewhere}/assign"), to)
        .await
        .expect(200);
    let other = scene.order(&elsewhere).await;
    go(&scene.e2, &other, &["accept", "arrive"]).await;
    go(&scene.e1, lead, &["arrive", "start"]).await;
    go(&scene.e2, helper, &["accept", "arrive", "start"]).await;
    // He worked elsewhere from 09:30 to 10:30.
    scene.at("2026-11-23T02:30:00Z");
    scene
        .e2
        .post(&format!("{other}/complete"), solved())
        .await
        .expect(200);
    helped(scene, helper, 90).await.expect(200);
    scene.at("2026-11-23T03:00:00Z");
    scene
        .e1
        .post(&format!("{lead}/complete"), solved())
        .await
        .expect(200);
    paths
}

#[actix_web::test]
async fn a_helper_whose_labour_overlaps_is_sent_back_and_the_leader_is_not_stopped() {
    let scene = Scene::open().await;
    let paths = overlapping(&scene).await;
    let [request, _, helper] = &paths;
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "completed", "rejected"]
    );
    assert_eq!(scene.now(helper).await.body["end_reason"], "labor_overlap");
    helped(&scene, helper, 40).await.refused(422, "labor_overlap");
    helped(&scene, helper, 30).await.expect(200);
    let supervisor = &scene.supervisor;
    supervisor
        .post(&format!("{request}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "verified", "verified"]
    );
}

#[actix_web::test]
async fn a_team_that_was_sent_back_is_verified_when_everybody_has_corrected() {
    let scene = Scene::open().await;
    let paths = team(&scene).await;
    let [request, lead, helper] = &paths;
    go(&scene.e1, lead, &["arrive", "start"]).await;
    go(&scene.e2, helper, &["accept", "arrive", "start"]).await;
    scene
        .e1
        .post(&format!("{lead}/complete"), solved())
        .await
        .expect(200);
    let because = json!({"reason": "缺照片"});
    scene
        .supervisor
        .post(&format!("{helper}/reject"), because)
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "rejected", "rejected"]
    );
    let verification = async || scene.now(request).await.body["verification"]["status"].clone();
    scene
        .e2
        .post(&format!("{helper}/correct"), solved())
        .await
        .expect(200);
    // The leader's is still to come: nothing of it can be verified without it.
    assert_eq!(verification().await, "rejected");
    scene
        .supervisor
        .post(&format!("{helper}/verify"), json!({}))
        .await
        .refused(409, "verification_not_pending");
    scene
        .e1
        .post(&format!("{lead}/correct"), solved())
        .await
        .expect(200);
    assert_eq!(verification().await, "pending");
    scene
        .supervisor
        .post(&format!("{lead}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "verified", "verified"]
    );
}

#[actix_web::test]
async fn a_helper_who_corrects_after_the_verification_is_verified_alone() {
    let scene = Scene::open().await;
    let paths = overlapping(&scene).await;
    let [request, _, helper] = &paths;
    let verify = format!("{request}/verify");
    scene.supervisor.post(&verify, json!({})).await.expect(200);
    helped(&scene, helper, 30).await.expect(200);
    assert_eq!(
        scene.now(request).await.body["verification"]["status"],
        "verified"
    );
    scene
        .supervisor
        .post(&format!("{helper}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        statuses(&scene, &paths).await,
        ["processed", "verified", "verified"]
    );
}
