//! Orders confirmed and sent back one by one, windows agreed, words of a result (domain.md 3.11).

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Reply, Scene, solved, unsolved};

async fn act(by: &Client, path: &str, action: &str, body: Value) -> Reply {
    by.post(&format!("{path}/{action}"), body).await
}

fn because() -> Value {
    json!({"reason": "工时与现场不符"})
}

#[actix_web::test]
async fn an_attempt_that_failed_is_verified_alone_and_can_be_sent_back_for_correction() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let order = scene
        .visit(&request, &scene.engineer1, &scene.e1, unsolved())
        .await;
    // It tells no work yet.
    act(&scene.supervisor, &order, "verify", json!({}))
        .await
        .refused(422, "labor_missing");
    act(&scene.e1, &order, "correct", unsolved())
        .await
        .refused(409, "invalid_transition");
    let back = act(&scene.supervisor, &order, "reject", because())
        .await
        .expect(200);
    assert_eq!(
        (back.str("status"), back.str("end_reason")),
        ("rejected".into(), "工时与现场不符".into())
    );
    // The request goes on by itself, and what is corrected later changes nothing of its result.
    let last = scene.visit(&request, &scene.engineer2, &scene.e2, solved()).await;
    act(&scene.supervisor, &last, "verify", json!({}))
        .await
        .expect(200);
    let mut told = unsolved();
    told["labor"] = json!([{"minutes": 20, "item": "检测"}]);
    told["cause_code"] = json!("fan_fault");
    let corrected = act(&scene.e1, &order, "correct", told).await.expect(200);
    assert_eq!(corrected.body["result_version"], 2);
    let verified = act(&scene.supervisor, &order, "verify", json!({}))
        .await
        .expect(200);
    assert_eq!(verified.str("status"), "verified");
    assert!(verified.body["verified_by"].is_string());
    let now = scene.now(&request).await;
    assert_eq!(now.str("status"), "processed");
    assert_eq!(now.body["verification"]["status"], "verified");
    assert_eq!(now.body["resolution"]["cause_code"], "board_fault");
}

#[actix_web::test]
async fn the_last_result_is_judged_together_with_its_request() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let order = scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
    act(&scene.supervisor, &order, "reject", because())
        .await
        .expect(200);
    let verification = async || scene.now(&request).await.body["verification"]["status"].clone();
    assert_eq!(verification().await, "rejected");
    act(&scene.supervisor, &order, "verify", json!({}))
        .await
        .refused(409, "invalid_transition");
    act(&scene.e1, &order, "correct", solved()).await.expect(200);
    assert_eq!(verification().await, "pending");
    scene.follow(&request, "satisfied").await.expect(200);
    act(&scene.manager, &order, "verify", json!({})).await.expect(200);
    assert_eq!(scene.now(&request).await.str("status"), "archived");
    act(&scene.manager, &order, "verify", json!({}))
        .await
        .refused(409, "invalid_transition");
}

#[actix_web::test]
async fn nobody_verifies_an_order_of_a_request_he_worked_on() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let mut told = unsolved();
    told["labor"] = json!([{"minutes": 20, "item": "检测"}]);
    let order = scene.visit(&request, &scene.engineer1, &scene.e1, told).await;
    let both = scene.app.acting(Actor {
        user_id: Some(UserId(Uuid::from_u128(77))),
        name: "leading_engineer".to_owned(),
        roles: RoleSet::of(&[Role::Supervisor, Role::Engineer]),
        engineer_id: Some(scene.engineer1.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    });
    act(&both, &order, "verify", json!({}))
        .await
        .refused(403, "self_verification");
}

#[actix_web::test]
async fn a_window_is_agreed_within_the_shift() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    let shifts = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let day = json!({"date": "2026-11-24", "start": "08:00", "end": "17:00", "kind": "day"});
    scene.manager.post(&shifts, day).await.expect(201);
    let book = async |from: &str, to: &str| {
        act(&scene.dispatcher, &order, "book", json!({"from": from, "to": to})).await
    };
    // 07:00–10:00, 15:00–18:00 and the day after in China.
    for (from, to, wrong) in [
        ("2026-11-23T23:00:00Z", "2026-11-24T02:00:00Z", vec!["#/from"]),
        ("2026-11-24T07:00:00Z", "2026-11-24T10:00:00Z", vec!["#/to"]),
        (
            "2026-11-25T01:00:00Z",
            "2026-11-25T03:00:00Z",
            vec!["#/from", "#/to"],
        ),
    ] {
        let refused = book(from, to).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.pointers(), wrong, "{}", refused.text);
        assert!(refused.text.contains("outside_shift"), "{}", refused.text);
    }
    let long = book("2026-11-24T00:00:00Z", "2026-11-25T00:00:01Z").await;
    assert_eq!(long.refused(422, "out_of_range").pointers(), ["#/to"]);
    let past = book("2026-11-22T01:00:00Z", "2026-11-22T03:00:00Z").await;
    assert_eq!(past.status, 422);
    assert_eq!(past.pointers(), ["#/from", "#/to"]);
    // To the very end of the shift.
    let agreed = book("2026-11-24T07:00:00Z", "2026-11-24T09:00:00Z")
        .await
        .expect(200);
    assert_eq!(agreed.body["appointment"]["to"], "2026-11-24T09:00:00.000Z");
}

#[actix_web::test]
async fn a_fault_code_stands_in_the_place_of_its_kind() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let code =
        |code: &str, kind: &str| json!({"code": code, "kind": kind, "name": {"zh": "主板", "en": "Board"}});
    for (word, kind) in [
        ("board_fault", "cause"),
        ("no_start", "symptom"),
        ("board_old", "cause"),
    ] {
        admin.post("/v1/fault-codes", code(word, kind)).await.expect(201);
    }
    let found = admin.get("/v1/fault-codes?code=board_old").await.expect(200);
    let path = format!(
        "/v1/fault-codes/{}",
        found.body["data"][0]["id"].as_str().unwrap()
    );
    admin.patch(&path, json!({"is_active": false})).await.expect(200);
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    act(&scene.e1, &order, "arrive", json!({})).await.expect(200);
    for (word, refusal) in [
        ("no_start", "wrong_fault_kind"),
        ("board_old", "inactive_reference"),
    ] {
        let mut result = solved();
        result["cause_code"] = json!(word);
        let refused = act(&scene.e1, &order, "complete", result)
            .await
            .refused(422, refusal);
        assert_eq!(refused.pointers(), ["#/cause_code"]);
    }
    // `board_replaced` is no code anywhere: it stays a word.
    act(&scene.e1, &order, "complete", solved()).await.expect(200);
}
