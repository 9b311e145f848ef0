//! Drafts of agreements: what they may stand beside, how they are continued, and how they go (AC-109).

use aftercare_api::jobs::clock::sweep;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Reply, Scene};

async fn renew(scene: &Scene, path: &str) -> Reply {
    scene.agent.post(&format!("{path}/renew"), json!({})).await
}

async fn step(by: &Client, path: &str, action: &str, body: Value) {
    by.post(&format!("{path}/{action}"), body).await.expect(200);
}

/// Submitted by the agent and sent back by the manager.
async fn rejected(scene: &Scene, path: &str) {
    step(&scene.agent, path, "submit", json!({})).await;
    step(
        &scene.manager,
        path,
        "reject",
        json!({"reason": "价格与报价不符"}),
    )
    .await;
}

#[actix_web::test]
async fn ac_109_two_of_a_template_may_touch_and_not_overlap_be_they_drafts() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    let first = scene
        .signed(scene.agreement(&template, "2026-01-01", "2026-12-31"))
        .await;
    let touching = scene
        .draft(scene.agreement(&template, "2027-01-01", "2027-12-31"))
        .await;
    for (other, from, to) in [
        (&first, "2026-12-31", "2026-12-31"),
        (&touching, "2027-12-31", "2028-12-30"),
    ] {
        let number = scene.now(other).await.str("number");
        let to = if from == to { "2027-01-01" } else { to };
        let body = scene.agreement(&template, from, to);
        let made = scene.agent.post("/v1/service-agreements", body).await;
        let refused = made.refused(409, "overlapping_agreement");
        assert!(
            refused.text.contains(&number),
            "it names the other: {}",
            refused.text
        );
        assert!(other.ends_with(refused.body["conflicting_id"].as_str().unwrap()));
    }
    let later = scene
        .draft(scene.agreement(&template, "2028-01-01", "2028-12-31"))
        .await;
    let moved = scene
        .agent
        .patch(&later, json!({"starts_on": "2027-12-31"}))
        .await;
    moved.refused(409, "overlapping_agreement");
    let shorter = json!({"ends_on": "2028-06-30", "signed_by": "李建国"});
    scene.agent.patch(&later, shorter).await.expect(200);
    let other = scene.template("STD", "standard", json!({})).await;
    scene
        .draft(scene.agreement(&other, "2026-06-01", "2027-05-31"))
        .await;
    let at_once = || {
        let body = scene.agreement(&template, "2030-01-01", "2030-12-31");
        let agent = &scene.agent;
        async move { agent.post("/v1/service-agreements", body).await.status }
    };
    let mut statuses = join_all([at_once(), at_once(), at_once()]).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409], "of some at once one wins");
}

#[actix_web::test]
async fn ac_109_a_renewal_begins_the_day_after_and_a_rejected_one_can_be_drawn_anew() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    let first = scene
        .signed(scene.agreement(&template, "2026-01-01", "2026-12-31"))
        .await;
    let by_hand = scene
        .draft(scene.agreement(&template, "2027-01-01", "2027-12-31"))
        .await;
    let refused = renew(&scene, &first).await.refused(409, "overlapping_agreement");
    assert!(by_hand.ends_with(refused.body["conflicting_id"].as_str().unwrap()));
    scene.agent.delete(&by_hand).await.expect(204);
    scene.agent.get(&by_hand).await.refused(404, "not_found");
    let renewed = renew(&scene, &first).await.expect(201);
    let id = first.rsplit('/').next().unwrap();
    assert_eq!(
        (
            &renewed.body["starts_on"],
            &renewed.body["ends_on"],
            &renewed.body["renews_id"]
        ),
        (&json!("2027-01-01"), &json!("2027-12-31"), &json!(id))
    );
    let renewal = format!("/v1/service-agreements/{}", renewed.id());
    renew(&scene, &first).await.refused(409, "agreement_renewed");
    rejected(&scene, &renewal).await;
    renew(&scene, &first).await.refused(409, "agreement_renewed");
    // What was rejected is in nobody's way, and finds its place taken when it is handed in again.
    let instead = scene
        .draft(scene.agreement(&template, "2027-01-01", "2027-12-31"))
        .await;
    let again = scene.agent.post(&format!("{renewal}/submit"), json!({})).await;
    again.refused(409, "overlapping_agreement");
    for path in [&instead, &renewal] {
        scene.agent.delete(path).await.expect(204);
    }
    renew(&scene, &first).await.expect(201);
}

#[actix_web::test]
async fn a_draft_taken_back_keeps_its_place_and_what_is_over_has_none() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    let body = scene.agreement(&template, "2026-01-01", "2026-12-31");
    let draft = scene.draft(body.clone()).await;
    rejected(&scene, &draft).await;
    step(&scene.agent, &draft, "submit", json!({})).await;
    step(&scene.agent, &draft, "withdraw", json!({})).await;
    let beside = async || scene.agent.post("/v1/service-agreements", body.clone()).await;
    beside().await.refused(409, "overlapping_agreement");
    step(&scene.agent, &draft, "submit", json!({})).await;
    scene.agent.delete(&draft).await.refused(409, "not_a_draft");
    step(&scene.manager, &draft, "approve", json!({})).await;
    step(&scene.manager, &draft, "terminate", json!({"reason": "客户搬迁"})).await;
    beside().await.expect(201);
}

#[actix_web::test]
async fn the_clock_renews_but_not_where_the_next_term_was_written_by_hand() {
    let scene = Scene::open().await;
    let mut paths = Vec::new();
    for code in ["ALONE", "BY-HAND"] {
        let template = scene.template(code, "standard", json!({})).await;
        let mut body = scene.agreement(&template, "2026-01-01", "2026-12-31");
        body["auto_renew"] = json!(true);
        paths.push(scene.signed(body).await);
        if code == "BY-HAND" {
            scene
                .draft(scene.agreement(&template, "2027-01-01", "2027-06-30"))
                .await;
        }
    }
    scene.at("2026-12-02T01:00:00.000Z");
    sweep(&scene.app.state).await.unwrap();
    let mut counts = Vec::new();
    for path in &paths {
        let id = path.rsplit('/').next().unwrap();
        let found = scene
            .agent
            .get(&format!("/v1/service-agreements?renews_id={id}"))
            .await
            .expect(200);
        counts.push(found.body["data"].as_array().unwrap().len());
        assert_eq!(
            scene.now(path).await.body["next_due_at"],
            "2026-12-31T16:00:00.000Z",
            "its end is next"
        );
    }
    assert_eq!(counts, [1, 0]);
}
