//! Maintenance proposals, as a caller sees them.

use aftercare_api::flows::sequencer::number;
use aftercare_api::jobs;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use crate::support::Scene;

fn proposal(scene: &Scene) -> Value {
    json!({
        "customer_id": scene.customer_id, "title": "2027年度空调保养",
        "visits": [{"on": "2027-04-15", "content": "清洗"}, {"on": "2027-10-15", "content": "检查"}],
        "emergency_service": "4小时到场", "training": null, "customer_duties": "提供停机窗口",
        "price": {"amount": "4800.00", "currency": "CNY"}, "valid_until": "2026-11-30",
    })
}

/// A proposal as an agent wrote it; its path.
pub async fn draft(scene: &Scene) -> String {
    let made = scene
        .agent
        .post("/v1/maintenance-proposals", proposal(scene))
        .await
        .expect(201);
    format!("/v1/maintenance-proposals/{}", made.id())
}

#[actix_web::test]
async fn a_proposal_is_written_sent_and_accepted() {
    let scene = Scene::open().await;
    let path = draft(&scene).await;
    let read = scene.agent.get(&path).await.expect(200);
    for (member, value) in proposal(&scene).as_object().unwrap() {
        assert_eq!(&read.body[member], value, "{member}");
    }
    assert_eq!(
        (&read.body["status"], &read.body["allowed_actions"]),
        (&json!("draft"), &json!(["send"]))
    );
    let changed = scene
        .agent
        .patch(&path, json!({"training": "操作培训"}))
        .await
        .expect(200);
    assert_eq!(changed.body["training"], "操作培训");
    let customer = scene.app.acting(Actor {
        name: "customer".to_owned(),
        roles: RoleSet::of(&[Role::Customer]),
        customer_id: Some(scene.customer_id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    });
    customer.get(&path).await.refused(404, "not_found");
    let sent = scene
        .agent
        .post(&format!("{path}/send"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&sent.body["status"], &sent.body["sent_at"]),
        (&json!("sent"), &json!("2026-11-23T01:00:00.000Z"))
    );
    let refused = scene
        .agent
        .patch(&path, json!({"title": "x"}))
        .await
        .refused(409, "proposal_fixed");
    assert_eq!(refused.body["current_status"], "sent");
    let seen = customer.get(&path).await.expect(200);
    assert_eq!(seen.body["allowed_actions"], json!(["accept", "decline"]));
    let accepted = customer
        .post(&format!("{path}/accept"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&accepted.body["status"], &accepted.body["allowed_actions"]),
        (&json!("accepted"), &json!([]))
    );
    let late = customer
        .post(&format!("{path}/decline"), json!({"reason": "x"}))
        .await
        .refused(409, "invalid_transition");
    assert_eq!(
        (&late.body["current_status"], &late.body["allowed_actions"]),
        (&json!("accepted"), &json!([]))
    );
}

#[actix_web::test]
async fn a_proposal_nobody_answers_ends_after_its_last_day() {
    let scene = Scene::open().await;
    let (silent, declined) = (draft(&scene).await, draft(&scene).await);
    for path in [&silent, &declined] {
        scene
            .agent
            .post(&format!("{path}/send"), json!({}))
            .await
            .expect(200);
    }
    // The last day is a day in China.
    scene.at("2026-11-30T15:59:00.000Z");
    let no = json!({"reason": "预算不足"});
    let answered = scene
        .agent
        .post(&format!("{declined}/decline"), no.clone())
        .await
        .expect(200);
    assert_eq!(answered.body["decline_reason"], "预算不足");
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    assert_eq!(scene.agent.get(&silent).await.expect(200).body["status"], "sent");
    scene.at("2026-11-30T16:00:00.000Z");
    let refused = scene
        .agent
        .post(&format!("{silent}/accept"), json!({}))
        .await
        .refused(409, "proposal_expired");
    assert_eq!(refused.body["current_status"], "sent");
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    assert_eq!(
        scene.agent.get(&silent).await.expect(200).body["status"],
        "expired"
    );
    assert_eq!(
        scene.agent.get(&declined).await.expect(200).body["status"],
        "declined"
    );
    number(&scene.app.db).await.unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let told = admin
        .get("/v1/changes?types=maintenance_proposal.expired")
        .await
        .expect(200);
    assert_eq!(told.body["data"][0]["href"], json!(silent), "{}", told.text);
}

#[actix_web::test]
async fn a_proposal_that_contradicts_itself_is_refused_at_its_member() {
    let scene = Scene::open().await;
    let mut wrong = proposal(&scene);
    wrong["visits"][1]["on"] = json!("2027-04-15");
    wrong["price"]["amount"] = json!("-1.00");
    let refused = scene
        .agent
        .post("/v1/maintenance-proposals", wrong)
        .await
        .refused(422, "validation_failed");
    let told: Vec<Value> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| json!([fault["code"], fault["pointer"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["visits_order", "#/visits/1/on"]),
            json!(["out_of_range", "#/price/amount"])
        ]
    );
    scene
        .e1
        .post("/v1/maintenance-proposals", proposal(&scene))
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_proposal_names_no_day_that_has_passed() {
    let scene = Scene::open().await;
    let path = draft(&scene).await;
    scene.at("2026-12-01T01:00:00.000Z");
    let mut late = proposal(&scene);
    late["visits"][0]["on"] = json!("2026-11-30");
    let refused = scene.agent.post("/v1/maintenance-proposals", late).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/visits/0/on", "#/valid_until"]);
    let moved = scene
        .agent
        .patch(&path, json!({"valid_until": "2026-11-29"}))
        .await;
    let moved = moved.refused(422, "date_in_past");
    assert_eq!(moved.pointers(), ["#/valid_until"]);
    scene
        .agent
        .patch(&path, json!({"title": "2027年度保养"}))
        .await
        .expect(200);
    let sent = scene.agent.post(&format!("{path}/send"), json!({})).await;
    sent.refused(422, "date_in_past");
    let told = scene.agent.get(&format!("{path}/actions")).await.expect(200);
    let send = &told.body["data"][0];
    assert_eq!(
        (&send["action"], &send["allowed"], &send["code"]),
        (&json!("send"), &json!(false), &json!("date_in_past"))
    );
    let today = json!({"valid_until": "2026-12-01"});
    scene.agent.patch(&path, today).await.expect(200);
    scene
        .agent
        .post(&format!("{path}/send"), json!({}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_draft_goes_and_what_was_sent_stays_and_says_what_is_open() {
    let scene = Scene::open().await;
    let (unsent, sent) = (draft(&scene).await, draft(&scene).await);
    scene.agent.delete(&unsent).await.expect(204);
    scene.agent.get(&unsent).await.refused(404, "not_found");
    scene
        .agent
        .post(&format!("{sent}/send"), json!({}))
        .await
        .expect(200);
    let refused = scene.agent.delete(&sent).await.refused(409, "not_a_draft");
    assert_eq!(refused.body["current_status"], "sent");
    let told = scene.agent.get(&format!("{sent}/actions")).await.expect(200);
    let open: Vec<(&str, bool)> = told.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["action"].as_str().unwrap(), it["allowed"] == true))
        .collect();
    assert_eq!(open, [("send", false), ("accept", true), ("decline", true)]);
}
