//! What the clock does, whoever looks first (domain.md 4.4, 4.5; A24).

use serde_json::json;

use crate::support::{Scene, solved, unsolved};

#[actix_web::test]
async fn ac_034_035_unassigned_past_the_date_is_locked_at_its_due_instant() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    scene.at("2026-11-23T03:00:00.000Z");
    assert_eq!(scene.now(&path).await.body["status"], "pending_assignment");
    scene.at("2026-11-23T03:30:00.000Z");
    // No sweep ran: the refusal itself finds out, and the lock stays although the call is refused.
    scene
        .dispatcher
        .post(&format!("{path}/assign"), json!({"engineer_id": scene.engineer1}))
        .await
        .refused(403, "locked_manager_only");
    let locked = scene.now(&path).await;
    assert_eq!(
        (&locked.body["lock"]["case"], &locked.body["lock"]["at"]),
        (&json!("assignment_overdue"), &json!("2026-11-23T03:00:00.000Z"))
    );
    let assigned = scene
        .manager
        .post(&format!("{path}/assign"), json!({"engineer_id": scene.engineer1}))
        .await
        .expect(200);
    assert_eq!(
        (&assigned.body["status"], &assigned.body["cycle_no"]),
        (&json!("assigned"), &json!(2))
    );
}

#[actix_web::test]
async fn ac_036_a_missed_date_returns_the_request_and_counts_no_attempt() {
    let scene = Scene::open().await;
    let path = scene.register(json!({"required_by": "2026-11-23T17:00:00+08:00", "resolve_required_by": "2026-11-23T17:00:00+08:00"})).await;
    let order = scene.accepted(&path).await;
    scene.at("2026-11-23T09:00:01.000Z");
    let back = scene.now(&path).await;
    assert_eq!(
        json!([
            back.body["status"],
            back.body["missed_count"],
            back.body["unresolved_attempts"],
            back.body["assignment_due_at"]
        ]),
        json!(["pending_assignment", 1, 0, "2026-11-24T03:30:00.000Z"])
    );
    let old = scene.manager.get(&order).await.expect(200);
    assert_eq!(
        (&old.body["status"], &old.body["end_reason"]),
        (&json!("cancelled"), &json!("missed_customer_date"))
    );
}

#[actix_web::test]
async fn ac_037_at_work_past_the_date_is_overdue_not_returned() {
    let scene = Scene::open().await;
    let path = scene.register(json!({"required_by": "2026-11-23T17:00:00+08:00", "resolve_required_by": "2026-11-23T17:00:00+08:00"})).await;
    let order = scene.accepted(&path).await;
    scene.at("2026-11-23T08:30:00.000Z");
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-23T09:20:00.000Z");
    let late = scene.now(&path).await;
    assert_eq!(
        (&late.body["status"], &late.body["is_overdue"]),
        (&json!("assigned"), &json!(true))
    );
    scene
        .e1
        .post(&format!("{order}/complete"), solved())
        .await
        .expect(200);
    assert_eq!(scene.now(&path).await.body["status"], "processed");
}

#[actix_web::test]
async fn ac_048_a_date_that_passed_on_hold_takes_effect_at_the_resume() {
    let scene = Scene::open().await;
    for (more, status) in [
        (json!({}), "locked"),
        (
            json!({"required_by": "2026-11-23T15:00:00+08:00"}),
            "pending_assignment",
        ),
    ] {
        scene.at("2026-11-23T01:00:00.000Z");
        let path = scene
            .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
            .await;
        scene
            .agent
            .post(&format!("{path}/hold"), json!({"reason": "awaiting_customer"}))
            .await
            .expect(200);
        scene.at("2026-11-23T04:00:00.000Z");
        assert_eq!(scene.now(&path).await.body["status"], "on_hold");
        let resumed = scene
            .agent
            .post(&format!("{path}/resume"), more)
            .await
            .expect(200);
        assert_eq!(resumed.body["status"], status);
    }
}

#[actix_web::test]
async fn ac_047_a_closed_request_reopens_within_thirty_days() {
    let scene = Scene::open().await;
    for (later, expected) in [
        ("2026-12-20T02:00:00.000Z", 200),
        ("2026-12-26T02:00:00.000Z", 409),
    ] {
        scene.at("2026-11-24T01:00:00.000Z");
        let path = scene.register(json!({})).await;
        scene.visit(&path, &scene.engineer1, &scene.e1, solved()).await;
        scene.follow(&path, "satisfied").await.expect(200);
        scene.at(later);
        let reply = scene
            .agent
            .post(&format!("{path}/reopen"), json!({"reason": "又不制冷"}))
            .await
            .expect(expected);
        match expected {
            200 => assert_eq!(
                (&reply.body["status"], &reply.body["unresolved_attempts"]),
                (&json!("pending_assignment"), &json!(1))
            ),
            _ => assert_eq!(reply.body["code"], "reopen_window_passed"),
        }
    }
}

#[actix_web::test]
async fn ac_050_the_worked_life() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00", "resolve_required_by": "2026-11-23T17:00:00+08:00"}))
        .await;
    let due = |reply: &crate::support::Reply, kind: &str| {
        reply.body["timers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|t| t["kind"] == kind)
            .unwrap()
            .clone()
    };
    let first = scene.now(&path).await;
    assert_eq!(due(&first, "response")["due_at"], "2026-11-23T01:30:00.000Z");
    assert_eq!(due(&first, "arrival")["due_at"], "2026-11-23T05:00:00.000Z");
    assert_eq!(due(&first, "resolution")["due_at"], "2026-11-23T09:00:00.000Z");
    scene.at("2026-11-23T01:20:00.000Z");
    let order = scene.accepted(&path).await;
    scene.at("2026-11-23T02:10:00.000Z");
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-23T03:00:00.000Z");
    scene
        .e1
        .post(&format!("{order}/complete"), unsolved())
        .await
        .expect(200);
    let second = scene.now(&path).await;
    assert_eq!(
        json!([
            second.body["status"],
            second.body["cycle_no"],
            second.body["assignment_due_at"]
        ]),
        json!(["pending_assignment", 2, "2026-11-23T08:30:00.000Z"])
    );
    scene.at("2026-11-23T03:30:00.000Z");
    scene
        .dispatcher
        .post(&format!("{path}/assign"), json!({"engineer_id": scene.engineer2}))
        .await
        .expect(200);
    let order = scene.order(&path).await;
    scene
        .e2
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-23T06:00:00.000Z");
    scene
        .e2
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-23T07:00:00.000Z");
    scene
        .e2
        .post(&format!("{order}/complete"), solved())
        .await
        .expect(200);
    let third = scene.now(&path).await;
    assert_eq!(
        json!([
            due(&third, "resolution")["status"],
            due(&third, "resolution")["elapsed_minutes"]
        ]),
        json!(["met", 360])
    );
    scene.at("2026-11-23T10:00:00.000Z");
    scene.follow(&path, "dissatisfied").await.expect(200);
    let locked = scene.now(&path).await;
    assert_eq!(
        json!([
            locked.body["status"],
            locked.body["lock"]["case"],
            locked.body["lock"]["at"]
        ]),
        json!(["locked", "unresolved_twice", "2026-11-23T10:00:00.000Z"])
    );
    assert_eq!(due(&locked, "resolution")["due_at"], "2026-11-23T12:00:00.000Z");
    scene.at("2026-11-23T10:30:00.000Z");
    scene.visit(&path, &scene.engineer1, &scene.e1, unsolved()).await;
    assert_eq!(
        scene.now(&path).await.body["lock_count"],
        2,
        "the third failure locks again"
    );
    scene.at("2026-11-23T11:00:00.000Z");
    scene
        .manager
        .post(&format!("{path}/assign"), json!({"engineer_id": scene.engineer1}))
        .await
        .expect(200);
    let order = scene.order(&path).await;
    scene
        .e1
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-23T11:30:00.000Z");
    scene
        .e1
        .post(&format!("{order}/complete"), solved())
        .await
        .expect(200);
    let fourth = scene.now(&path).await;
    assert_eq!(
        json!([
            due(&fourth, "resolution")["status"],
            due(&fourth, "resolution")["elapsed_minutes"]
        ]),
        json!(["met", 450])
    );
    scene.at("2026-11-23T12:00:00.000Z");
    scene.follow(&path, "satisfied").await.expect(200);
    let closed = scene.now(&path).await;
    let surveys = scene
        .manager
        .get(&format!("/v1/surveys?service_request_id={}", closed.id()))
        .await
        .expect(200);
    assert_eq!(surveys.body["data"][0]["send_at"], "2026-11-24T01:00:00.000Z");
    scene.at("2026-11-24T02:00:00.000Z");
    let archived = scene
        .supervisor
        .post(&format!("{path}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(archived.body["status"], "archived");
}
