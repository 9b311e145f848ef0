//! Leaves, and what they take away (EN-1).

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::Scene;

fn days(from: &str, to: &str) -> Value {
    json!({"from": from, "to": to, "kind": "annual"})
}

async fn asked(scene: &Scene, from: &str, to: &str) -> String {
    let path = format!("/v1/engineers/{}/leaves", scene.engineer1);
    let made = scene.e1.post(&path, days(from, to)).await.expect(201);
    format!("/v1/leaves/{}", made.id())
}

async fn shift(scene: &Scene, date: &str) -> String {
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let body = json!({"date": date, "start": "08:30", "end": "17:30", "kind": "day"});
    scene.supervisor.post(&path, body).await.expect(201).id()
}

#[actix_web::test]
async fn ac_065_an_approved_leave_takes_the_shifts_and_lists_the_jobs_not_begun() {
    let scene = Scene::open().await;
    // One job waits for no day yet, one is begun.
    let waiting = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{waiting}/assign"), to.clone())
        .await
        .expect(200);
    let begun = scene.register(json!({})).await;
    scene
        .dispatcher
        .post(&format!("{begun}/assign"), to)
        .await
        .expect(200);
    let order = scene.order(&begun).await;
    for action in ["accept", "arrive"] {
        scene
            .e1
            .post(&format!("{order}/{action}"), json!({}))
            .await
            .expect(200);
    }
    let before = shift(&scene, "2026-11-30").await;
    let within = shift(&scene, "2026-12-01").await;
    let leave = asked(&scene, "2026-12-01", "2026-12-02").await;
    let read = scene.supervisor.get(&leave).await.expect(200);
    assert_eq!(
        (&read.body["status"], &read.body["effect"]),
        (&json!("draft"), &Value::Null)
    );
    let submitted = scene
        .e1
        .post(&format!("{leave}/submit"), json!({}))
        .await
        .expect(200);
    assert_eq!(submitted.body["allowed_actions"], json!(["withdraw"]));
    let fixed = scene
        .e1
        .patch(&leave, json!({"to": "2026-12-03"}))
        .await
        .refused(409, "leave_fixed");
    assert_eq!(fixed.body["current_status"], "submitted");
    scene
        .e1
        .post(&format!("{leave}/approve"), json!({}))
        .await
        .refused(403, "insufficient_scope");
    let approved = scene
        .supervisor
        .post(&format!("{leave}/approve"), json!({}))
        .await
        .expect(200);
    let job = scene.order(&waiting).await;
    let job = job.rsplit('/').next().unwrap();
    let effect = json!({"cancelled_shift_ids": [within], "reassign_order_ids": [job]});
    assert_eq!(approved.body["effect"], effect);
    assert_eq!(scene.e1.get(&leave).await.expect(200).body["effect"], effect);
    let left = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let left = scene.manager.get(&left).await.expect(200);
    assert_eq!(left.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(left.body["data"][0]["id"], json!(before));
    // No shift comes into the leave, new or moved.
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let into = json!({"date": "2026-12-02", "start": "08:30", "end": "17:30", "kind": "day"});
    let refused = scene.supervisor.post(&path, into).await;
    let refused = refused.refused(409, "on_leave");
    assert_eq!(
        refused.body["conflicting_id"],
        json!(leave.rsplit('/').next().unwrap())
    );
    let moved = format!("/v1/shifts/{before}");
    scene
        .supervisor
        .patch(&moved, json!({"date": "2026-12-01"}))
        .await
        .refused(409, "on_leave");
    // A roster approved afterwards spares the days of the leave.
    let rule = json!({"from": "2026-12-01", "to": "2026-12-04", "engineer_ids": [scene.engineer1]});
    let roster = scene
        .supervisor
        .post("/v1/engineers/rosters/generate", rule)
        .await
        .expect(201);
    let roster = format!("/v1/rosters/{}", roster.id());
    for (by, action) in [(&scene.supervisor, "submit"), (&scene.manager, "approve")] {
        by.post(&format!("{roster}/{action}"), json!({}))
            .await
            .expect(200);
    }
    let kept = scene
        .manager
        .get(&format!("{roster}/shifts?sort=date"))
        .await
        .expect(200);
    let kept: Vec<&Value> = kept.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shift| &shift["date"])
        .collect();
    assert_eq!(kept, [&json!("2026-12-03"), &json!("2026-12-04")]);
    let because = json!({"reason": "计划有变"});
    scene.at("2026-12-01T01:00:00Z");
    scene
        .supervisor
        .post(&format!("{leave}/cancel"), because)
        .await
        .refused(409, "already_begun");
}

#[actix_web::test]
async fn nobody_approves_what_is_his_own() {
    let scene = Scene::open().await;
    let leave = asked(&scene, "2026-12-01", "2026-12-02").await;
    scene
        .e1
        .post(&format!("{leave}/submit"), json!({}))
        .await
        .expect(200);
    // The same engineer, who leads others as well.
    let leader = scene.app.acting(aftercare_domain::kernel::Actor {
        name: "leader".to_owned(),
        user_id: Some(aftercare_domain::users::UserId(uuid::Uuid::from_u128(77))),
        roles: aftercare_domain::kernel::RoleSet::of(&[Role::Supervisor]),
        engineer_id: Some(scene.engineer1.parse().unwrap()),
        is_system: false,
        ..aftercare_domain::kernel::Actor::system()
    });
    leader
        .post(&format!("{leave}/approve"), json!({}))
        .await
        .refused(403, "own_leave");
    let own = leader
        .post(
            &format!("/v1/engineers/{}/leaves", scene.engineer2),
            days("2026-12-01", "2026-12-02"),
        )
        .await
        .expect(201);
    let own = format!("/v1/leaves/{}", own.id());
    leader.post(&format!("{own}/submit"), json!({})).await.expect(200);
    leader
        .post(&format!("{own}/approve"), json!({}))
        .await
        .refused(403, "self_approval");
    let waiting = scene.manager.get("/v1/leaves?status=submitted").await.expect(200);
    assert_eq!(waiting.body["data"].as_array().unwrap().len(), 2);
    // Each engineer sees his own only.
    assert_eq!(
        scene.e2.get("/v1/leaves").await.expect(200).body["data"][0]["engineer_id"],
        json!(scene.engineer2)
    );
    scene.e2.get(&leave).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_leave_that_cannot_be_is_refused_where_it_is_wrong() {
    let scene = Scene::open().await;
    let path = format!("/v1/engineers/{}/leaves", scene.engineer1);
    let mut wrong = days("2026-12-02", "2026-12-01");
    wrong["kind"] = json!("moon");
    let refused = scene
        .e1
        .post(&path, wrong)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/to", "#/kind"]);
    scene
        .e1
        .post(&path, days("2026-12-01", "2027-12-02"))
        .await
        .refused(422, "leave_too_long");
}
