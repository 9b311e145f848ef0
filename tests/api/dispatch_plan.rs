//! The plan of a day: what it answers, what it refuses, what it keeps.

use actix_web::http::Method;
use aftercare_api::flows::dispatch::plan::keep;
use aftercare_domain::dispatch::plan::Stop;
use aftercare_domain::requests::{EngineerId, ServiceRequestId};
use aftercare_persistence::{Tx, Work};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dispatch::{address, engineer, skilled, told};
use crate::support::Scene;

async fn planned(scene: &Scene, more: Value) -> Value {
    let mut asked = json!({"date": "2026-11-24", "seed": 7, "iterations": 20});
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    scene
        .dispatcher
        .post("/v1/dispatch/plan", asked)
        .await
        .expect(200)
        .body
}

#[actix_web::test]
async fn a_day_is_planned_told_with_its_reasons_and_kept_only_when_asked() {
    let scene = Scene::open().await;
    let skill = skilled(&scene).await;
    let near = engineer(&scene, "near", &skill, "1.0", 1_000.0).await;
    let far = engineer(&scene, "far", &skill, "1.0", 20_000.0).await;
    told(&scene, &near, json!({"max_daily_jobs": 2})).await;
    let here = address(&scene).await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(scene.register(json!({"address_id": here})).await);
    }
    let plan = planned(&scene, json!({})).await;
    assert_eq!(
        plan,
        planned(&scene, json!({})).await,
        "the same seed, the same plan"
    );
    assert_eq!((&plan["dry_run"], &plan["undone"]), (&json!(true), &json!([])));
    let stops = plan["stops"].as_array().unwrap();
    let of = |engineer: &String| {
        stops
            .iter()
            .filter(|stop| stop["engineer_id"] == json!(engineer))
            .count()
    };
    assert_eq!((of(&near), of(&far)), (2, 2), "no more than he may");
    assert_eq!(
        stops[0]["start_at"], "2026-11-24T00:02:00.000Z",
        "two minutes away"
    );
    assert_eq!(scene.now(&requests[0]).await.body["status"], "pending_assignment");
    // Whom nobody may serve, and who has no room, is said.
    let nobody = planned(&scene, json!({"engineer_ids": [scene.engineer1]})).await;
    assert_eq!(nobody["undone"][0]["reason"], "nobody_allowed");
    assert_eq!(nobody["undone"][0]["text"], "Nobody keeps every hard rule");
    let one = planned(
        &scene,
        json!({"engineer_ids": [near], "compare_with": {"iterations": 0}}),
    )
    .await;
    assert_eq!(one["undone"][0]["reason"], "no_room");
    assert_eq!(one["comparison"]["is_better"], false);
    let elsewhere = planned(&scene, json!({"region_code": "510107"})).await;
    assert_eq!(elsewhere["stops"], json!([]));

    let kept = planned(&scene, json!({"dry_run": false})).await;
    assert_eq!(kept["stops"], plan["stops"]);
    assert_eq!(
        (kept["assigned"].as_array().unwrap().len(), &kept["refused"]),
        (4, &json!([]))
    );
    let now = scene.now(&requests[0]).await;
    assert_eq!(
        (&now.body["status"], &now.body["assignment"]["mode"]),
        (&json!("assigned"), &json!("auto"))
    );
    let order = scene
        .manager
        .get(&scene.order(&requests[0]).await)
        .await
        .expect(200);
    let stop = stops
        .iter()
        .find(|stop| requests[0].ends_with(stop["service_request_id"].as_str().unwrap()));
    assert_eq!(order.body["appointment"]["from"], stop.unwrap()["start_at"]);
    // What is booked is in the way of the next plan.
    scene.register(json!({"address_id": here})).await;
    let next = planned(&scene, json!({"engineer_ids": [far]})).await;
    let last = stops
        .iter()
        .filter(|stop| stop["engineer_id"] == json!(far))
        .map(|stop| stop["end_at"].as_str().unwrap())
        .max();
    assert!(next["stops"][0]["start_at"].as_str().unwrap() >= last.unwrap());
    let backwards = json!({"date": "2026-11-24", "from": "12:00", "to": "08:00"});
    scene
        .dispatcher
        .post("/v1/dispatch/plan", backwards)
        .await
        .refused(422, "time_order");
}

#[actix_web::test]
async fn what_is_wrong_with_the_question_of_a_plan_is_refused_where_it_stands() {
    let scene = Scene::open().await;
    let here = address(&scene).await;
    let request = scene.register(json!({"address_id": here})).await;
    let id = request.rsplit('/').next().unwrap();
    let given = scene.register(json!({})).await;
    let assign = format!("{given}/assign");
    let to = json!({"engineer_id": scene.engineer1});
    scene.dispatcher.post(&assign, to).await.expect(200);
    let given = given.rsplit('/').next().unwrap();
    let window = |id: &str, from: &str, to: &str| {
        let at = |clock: &str| format!("2026-11-24T{clock}:00Z");
        json!({"service_request_id": id, "from": at(from), "to": at(to)})
    };
    let nobody = "0190a000-0000-7000-8000-000000000001";
    let whole = window(id, "00:00", "08:00");
    for (more, code, pointer) in [
        (
            json!({"windows": [window(id, "08:00", "07:00")]}),
            "time_order",
            "#/windows/0/to",
        ),
        (
            json!({"windows": [window(id, "12:00", "13:00")]}),
            "window_outside",
            "#/windows/0",
        ),
        (
            json!({"windows": [whole, whole]}),
            "planned_twice",
            "#/windows/1/service_request_id",
        ),
        (
            json!({"windows": [whole, window(given, "00:00", "08:00")]}),
            "not_to_be_planned",
            "#/windows/1/service_request_id",
        ),
        (
            json!({"region_code": "510107", "windows": [whole]}),
            "not_to_be_planned",
            "#/windows/0/service_request_id",
        ),
        (
            json!({"engineer_ids": [scene.engineer1, nobody]}),
            "engineer_not_planned",
            "#/engineer_ids/1",
        ),
        (json!({"outlet_id": nobody}), "unknown_reference", "#/outlet_id"),
        (
            json!({"region_code": "999999"}),
            "unknown_reference",
            "#/region_code",
        ),
        (json!({"date": "2026-11-22"}), "date_in_past", "#/date"),
        (json!({"from": "12:00", "to": "08:00"}), "time_order", "#/to"),
    ] {
        let mut asked = json!({"date": "2026-11-24", "iterations": 10});
        for (name, value) in more.as_object().unwrap() {
            asked[name] = value.clone();
        }
        let reply = scene.dispatcher.post("/v1/dispatch/plan", asked).await;
        let reply = reply.refused(422, code);
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{more}");
    }
}

#[actix_web::test]
async fn a_visit_begins_within_the_window_agreed_and_the_limit_of_time_is_told() {
    let scene = Scene::open().await;
    let here = address(&scene).await;
    let request = scene.register(json!({"address_id": here})).await;
    let id = request.rsplit('/').next().unwrap();
    let window =
        json!({"service_request_id": id, "from": "2026-11-24T05:00:00Z", "to": "2026-11-24T05:30:00Z"});
    let more = json!({"windows": [window], "time_limit_seconds": 1});
    let plan = planned(&scene, more).await;
    assert_eq!(plan["stops"][0]["start_at"], "2026-11-24T05:00:00.000Z");
    assert_eq!(
        plan["effort"],
        json!({"seed": 7, "iterations": 20, "time_limit_seconds": 1})
    );
    // An hour's visit that has to begin after nineteen does not end by twenty.
    let window =
        json!({"service_request_id": id, "from": "2026-11-24T11:30:00Z", "to": "2026-11-24T12:00:00Z"});
    let plan = planned(&scene, json!({"windows": [window]})).await;
    assert_eq!(plan["undone"][0]["reason"], "no_room");
    // Unless told otherwise the search is longer the more requests there are.
    let asked = json!({"date": "2026-11-24"});
    let usual = scene
        .dispatcher
        .post("/v1/dispatch/plan", asked)
        .await
        .expect(200);
    assert_eq!(
        usual.body["effort"],
        json!({"seed": 0, "iterations": 200, "time_limit_seconds": 10})
    );
}

#[actix_web::test]
async fn two_who_keep_the_same_plan_at_once_book_nobody_twice() {
    let scene = Scene::open().await;
    let here = address(&scene).await;
    for _ in 0..6 {
        scene.register(json!({"address_id": here})).await;
    }
    let asked = json!({"date": "2026-11-24", "iterations": 10, "dry_run": false});
    let call = || {
        scene
            .dispatcher
            .request(Method::POST, "/v1/dispatch/plan")
            .json(&asked)
            .send()
    };
    let mut answers = join_all([call(), call(), call()]).await;
    // Where plans made a moment apart stand in each other's way a visit is refused, and waits for the next plan.
    answers.push(call().await.expect(200));
    let given: usize = answers
        .iter()
        .map(|reply| reply.body["assigned"].as_array().unwrap().len())
        .sum();
    assert_eq!(given, 6);
    let orders = scene.manager.get("/v1/work-orders?limit=200").await.expect(200);
    let mut windows: Vec<(String, String, String)> = orders.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| {
            let at = |side: &str| order["appointment"][side].as_str().unwrap().to_owned();
            (
                order["engineer_id"].as_str().unwrap().to_owned(),
                at("from"),
                at("to"),
            )
        })
        .collect();
    windows.sort();
    assert_eq!(windows.len(), 6);
    assert!(
        windows
            .windows(2)
            .all(|two| two[0].0 != two[1].0 || two[0].2 <= two[1].1)
    );
}

#[actix_web::test]
async fn a_visit_is_looked_at_again_when_it_is_kept() {
    let scene = Scene::open().await;
    let here = address(&scene).await;
    let taken = scene.register(json!({"address_id": here})).await;
    let order = scene.accepted(&taken).await;
    let window = json!({"from": "2026-11-24T01:00:00Z", "to": "2026-11-24T02:00:00Z"});
    scene
        .dispatcher
        .post(&format!("{order}/book"), window)
        .await
        .expect(200);
    let request = scene.register(json!({"address_id": here})).await;
    let id: Uuid = request.rsplit('/').next().unwrap().parse().unwrap();
    let kept = async |from: &str, to: &str| {
        let stop = Stop {
            service_request_id: ServiceRequestId(id),
            engineer_id: EngineerId(scene.engineer1.parse().unwrap()),
            position: 1,
            travel_m: 0,
            start_at: from.parse().unwrap(),
            end_at: to.parse().unwrap(),
            late_minutes: 0,
            alternatives: 0,
            saves_m: None,
        };
        let unit = async move |tx: &mut Tx<'_>| keep(tx, &stop).await.map(|_| ());
        scene.app.db.write(&Work::system("plan"), unit).await
    };
    let refused = kept("2026-11-24T01:59:00Z", "2026-11-24T02:59:00Z").await;
    assert_eq!(refused.unwrap_err().code.slug, "engineer_booked");
    assert_eq!(scene.now(&request).await.str("status"), "pending_assignment");
    kept("2026-11-24T02:00:00Z", "2026-11-24T03:00:00Z")
        .await
        .unwrap();
    assert_eq!(scene.now(&request).await.str("status"), "assigned");
}
