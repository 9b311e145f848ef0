//! Who is told what: every notice the loop leaves, when it happened, and who sees it (3.21 CH-3, domain.md 4.5, SL-8).

use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use crate::support::{Scene, solved};

/// Everything told about a request: when, what, whom.
async fn told(scene: &Scene, path: &str) -> Vec<(String, String, String)> {
    let id = path.rsplit('/').next().unwrap();
    let list = format!("/v1/notifications?service_request_id={id}&sort=at&limit=200");
    let page = scene.manager.get(&list).await.expect(200);
    let rows = page.body["data"].as_array().unwrap();
    rows.iter().map(|row| one(scene, row)).collect()
}

fn one(scene: &Scene, row: &Value) -> (String, String, String) {
    assert_eq!(row["status"], "queued");
    let to = &row["recipient"];
    let whom = match (
        to["role"].as_str(),
        to["engineer_id"].as_str(),
        to["customer_id"].as_str(),
    ) {
        (Some(role), None, None) => role.to_owned(),
        (None, Some(id), None) if id == scene.engineer1 => "engineer1".to_owned(),
        (None, Some(id), None) if id == scene.engineer2 => "engineer2".to_owned(),
        (None, None, Some(id)) if id == scene.customer_id => "customer".to_owned(),
        _ => panic!("nobody, or several, are told: {row}"),
    };
    // Local time of day; the stories of this file stay within a few days.
    let at = row["at"]
        .as_str()
        .unwrap()
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    let local = at.with_timezone(&chrono_tz::Asia::Shanghai);
    let kind = row["kind"].as_str().unwrap().to_owned();
    (local.format("%d %H:%M").to_string(), kind, whom)
}

/// The same without what is told about promises, which run beside every story.
async fn told_of_the_loop(scene: &Scene, path: &str) -> Vec<(String, String, String)> {
    let mut all = told(scene, path).await;
    all.retain(|(_, kind, _)| !kind.starts_with("sla_"));
    all
}

#[track_caller]
fn are(found: &[(String, String, String)], expected: &[(&str, &str, &str)]) {
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(at, kind, whom)| (at.as_str(), kind.as_str(), whom.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[actix_web::test]
async fn a_request_nobody_takes_is_told_to_the_dispatcher_and_then_to_the_manager() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    scene.at("2026-11-23T01:59:00.000Z");
    are(
        &told_of_the_loop(&scene, &path).await,
        &[("23 09:00", "registered", "customer")],
    );
    scene.at("2026-11-23T05:00:00.000Z");
    are(
        &told_of_the_loop(&scene, &path).await,
        &[
            ("23 09:00", "registered", "customer"),
            ("23 10:00", "at_risk", "dispatcher"),
            ("23 11:00", "locked", "service_manager"),
        ],
    );
}

#[actix_web::test]
async fn a_promise_warns_once_breaks_once_and_is_called_to_mind_three_times() {
    let scene = Scene::open().await;
    // 30 min to answer, 4 h to arrive, 8 h to solve; the assignment answers.
    let path = scene
        .register(json!({"required_by": "2026-11-27T17:00:00+08:00"}))
        .await;
    scene.at("2026-11-23T01:10:00.000Z");
    scene.accepted(&path).await;
    scene.at("2026-11-24T04:00:00.000Z");
    let all = told(&scene, &path).await;
    let of = |name: &str| -> Vec<(&str, &str)> {
        let these = all.iter().filter(|(_, kind, _)| kind == name);
        these.map(|(at, _, whom)| (at.as_str(), whom.as_str())).collect()
    };
    assert_eq!(
        of("sla_warned"),
        [
            ("23 12:12", "engineer1"),
            ("23 12:12", "supervisor"),
            ("23 15:24", "engineer1"),
            ("23 15:24", "supervisor")
        ]
    );
    assert_eq!(
        of("sla_breached"),
        [("23 13:00", "service_manager"), ("23 17:00", "service_manager")]
    );
    let hours = ["14:00", "15:00", "16:00", "18:00", "19:00", "20:00"];
    let reminders: Vec<String> = hours.iter().map(|hour| format!("23 {hour}")).collect();
    assert_eq!(
        of("sla_reminder"),
        reminders
            .iter()
            .map(|at| (at.as_str(), "service_manager"))
            .collect::<Vec<_>>()
    );
}

#[actix_web::test]
async fn an_order_nobody_accepts_is_told_to_the_dispatcher_before_it_is_taken_back() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-27T17:00:00+08:00"}))
        .await;
    let engineer = json!({"engineer_id": scene.engineer2});
    scene
        .dispatcher
        .post(&format!("{path}/assign"), engineer)
        .await
        .expect(200);
    scene.at("2026-11-23T02:30:00.000Z");
    are(
        &told_of_the_loop(&scene, &path).await,
        &[
            ("23 09:00", "registered", "customer"),
            ("23 09:00", "assigned", "engineer2"),
            ("23 09:30", "not_accepted", "dispatcher"),
        ],
    );
    assert_eq!(scene.now(&path).await.body["status"], "pending_assignment");
}

#[actix_web::test]
async fn from_the_visit_to_the_survey_everybody_hears_his_part() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-27T17:00:00+08:00"}))
        .await;
    let step = async |at: &str, place: &str, body: Value| {
        scene.at(at);
        let client = if place.contains("/work-orders/") {
            &scene.e1
        } else {
            &scene.dispatcher
        };
        client.post(place, body).await.expect(200);
    };
    let nobody = || json!({"outcome": "no_access"});
    step(
        "2026-11-23T01:05:00.000Z",
        &format!("{path}/assign"),
        json!({"engineer_id": scene.engineer1}),
    )
    .await;
    let order = scene.order(&path).await;
    step("2026-11-23T01:06:00.000Z", &format!("{order}/accept"), json!({})).await;
    let slot = json!({"from": "2026-11-23T10:00:00+08:00", "to": "2026-11-23T12:00:00+08:00"});
    step("2026-11-23T01:10:00.000Z", &format!("{order}/book"), slot).await;
    step("2026-11-23T01:40:00.000Z", &format!("{order}/depart"), json!({})).await;
    step("2026-11-23T02:00:00.000Z", &format!("{order}/arrive"), json!({})).await;
    step("2026-11-23T02:10:00.000Z", &format!("{order}/complete"), nobody()).await;
    let order = scene.order(&path).await;
    step("2026-11-23T02:20:00.000Z", &format!("{order}/arrive"), json!({})).await;
    step("2026-11-23T02:30:00.000Z", &format!("{order}/complete"), nobody()).await;
    let order = scene.order(&path).await;
    step("2026-11-23T02:40:00.000Z", &format!("{order}/arrive"), json!({})).await;
    step("2026-11-23T02:45:00.000Z", &format!("{order}/start"), json!({})).await;
    step(
        "2026-11-23T02:50:00.000Z",
        &format!("{order}/wait-parts"),
        json!({"reason": "缺主板"}),
    )
    .await;
    step("2026-11-23T03:00:00.000Z", &format!("{order}/resume"), json!({})).await;
    step("2026-11-23T03:10:00.000Z", &format!("{order}/complete"), solved()).await;
    // The call is due a day later and nobody makes it in time.
    scene.at("2026-11-24T04:00:00.000Z");
    scene.follow(&path, "satisfied").await.expect(200);
    scene.at("2026-11-24T06:00:00.000Z");
    are(
        &told_of_the_loop(&scene, &path).await,
        &[
            ("23 09:00", "registered", "customer"),
            ("23 09:05", "assigned", "engineer1"),
            ("23 09:10", "booked", "customer"),
            ("23 09:40", "departed", "customer"),
            ("23 10:30", "no_access_twice", "supervisor"),
            ("23 10:50", "waiting_parts", "customer"),
            ("23 11:10", "processed", "customer"),
            ("24 11:10", "follow_up_overdue", "supervisor"),
            ("24 13:00", "survey", "customer"),
        ],
    );
}

#[actix_web::test]
async fn a_hold_without_an_end_is_told_to_the_supervisor_after_thirty_days() {
    let scene = Scene::open().await;
    let held = json!({"initial_status": "on_hold", "hold_reason": "awaiting_customer"});
    let path = scene.register(held).await;
    scene.at("2026-12-23T01:00:00.000Z");
    are(
        &told_of_the_loop(&scene, &path).await,
        &[
            ("23 09:00", "registered", "customer"),
            ("23 09:00", "long_hold", "supervisor"),
        ],
    );
}

#[actix_web::test]
async fn a_notice_is_seen_by_whom_it_is_for_and_by_those_who_see_everything() {
    let scene = Scene::open().await;
    let customer = |name: &str, id: &str| {
        scene.app.acting(Actor {
            name: name.to_owned(),
            roles: RoleSet::of(&[Role::Customer]),
            customer_id: Some(id.parse().unwrap()),
            is_system: false,
            ..Actor::system()
        })
    };
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    scene.at("2026-11-23T02:30:00.000Z");
    let engineer = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{path}/assign"), engineer)
        .await
        .expect(200);
    let list = "/v1/notifications";
    let rows = async |client: &crate::support::Client, query: &str| {
        let page = client.get(&format!("{list}{query}")).await.expect(200);
        page.body["data"].as_array().unwrap().clone()
    };
    let kinds = |rows: &[Value]| -> Vec<String> {
        rows.iter()
            .map(|row| row["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let owner = customer("owner", &scene.customer_id);
    assert_eq!(kinds(&rows(&scene.e1, "").await), ["assigned"]);
    assert_eq!(kinds(&rows(&owner, "").await), ["registered"]);
    assert!(rows(&scene.e2, "").await.is_empty());
    let stranger = customer("stranger", "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12");
    assert!(rows(&stranger, "").await.is_empty());

    let all = rows(&scene.manager, "").await;
    assert_eq!(kinds(&all).last().unwrap(), "registered", "newest first");
    for (query, expected) in [
        ("?kind=at_risk,assigned".to_owned(), vec!["assigned", "at_risk"]),
        ("?role=dispatcher".to_owned(), vec!["at_risk"]),
        (format!("?engineer_id={}", scene.engineer1), vec!["assigned"]),
        (format!("?engineer_id={}", scene.engineer2), vec![]),
    ] {
        assert_eq!(kinds(&rows(&scene.manager, &query).await), expected, "{query}");
    }
    assert_eq!(rows(&scene.manager, "?status=queued").await.len(), all.len());
    for row in &all {
        let place = format!("{list}/{}", row["id"].as_str().unwrap());
        assert_eq!(scene.manager.get(&place).await.expect(200).body, *row);
        let is_his = row["kind"] == "assigned";
        scene.e1.get(&place).await.expect(if is_his { 200 } else { 404 });
        stranger.get(&place).await.refused(404, "not_found");
    }
}
