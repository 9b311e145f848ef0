//! Who is free, and why not (EN-2, EN-3, WO-4).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Scene, solved};

async fn shift(scene: &Scene, date: &str, start: &str, end: &str, kind: &str) {
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let body = json!({"date": date, "start": start, "end": end, "kind": kind});
    scene.supervisor.post(&path, body).await.expect(201);
}

async fn asked(scene: &Scene, query: &str) -> Value {
    let path = format!("/v1/engineers/{}/availability?{query}", scene.engineer1);
    scene.dispatcher.get(&path).await.expect(200).body
}

fn codes(answer: &Value) -> Vec<&str> {
    let reasons = answer["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn told(scene: &Scene, more: Value) {
    let admin = scene.app.with_role(Role::Admin);
    admin
        .patch(&format!("/v1/engineers/{}", scene.engineer1), more)
        .await
        .expect(200);
}

#[actix_web::test]
async fn whoever_is_not_free_hears_every_rule_and_every_reason() {
    let scene = Scene::open().await;
    // Without any shift in the week he counts as working (A29).
    let free = asked(&scene, "").await;
    assert_eq!(
        (&free["is_available"], &free["at"]),
        (&json!(true), &json!("2026-11-23T01:00:00.000Z"))
    );
    assert!(
        free["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["passed"] == true)
    );
    shift(&scene, "2026-11-24", "08:30", "17:30", "day").await;
    assert!(asked(&scene, "at=2026-11-24T01:00:00Z").await["is_available"] == true);
    let off = asked(&scene, "at=2026-11-24T12:00:00Z&certificates=work_at_height").await;
    assert_eq!(codes(&off), ["not_on_shift", "certificate_missing"]);
    assert_eq!(off["reasons"][0]["text"], "He is not on shift then");
    let broken: Vec<&Value> = off["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["passed"] == false)
        .map(|check| &check["rule"])
        .collect();
    assert_eq!(broken, [&json!("on_shift"), &json!("certificates")]);
    let held = json!({"profile": {"certificates":
        [{"kind": "work_at_height", "number": "T1", "valid_until": "2026-11-23"}]}, "availability": "suspended"});
    told(&scene, held).await;
    let expired = asked(&scene, "at=2026-11-24T01:00:00Z&certificates=work_at_height").await;
    assert_eq!(codes(&expired), ["status_suspended", "certificate_expired"]);
    // He asks for himself; a colleague does not exist for him.
    let path = format!("/v1/engineers/{}/availability", scene.engineer1);
    scene.e1.get(&path).await.expect(200);
    scene.e2.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_job_that_takes_a_certificate_is_given_to_nobody_without_it() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let skill = json!({"code": "AC", "name": {"zh": "空调"}, "required_certificates": ["work_at_height"]});
    let skill = admin.post("/v1/skills", skill).await.expect(201).id();
    let problem = format!("/v1/problem-types/{}", scene.problem_type_id);
    admin
        .patch(&problem, json!({"skill_ids": [skill]}))
        .await
        .expect(200);
    let request = scene.register(json!({})).await;
    let assign = format!("{request}/assign");
    let to = json!({"engineer_id": scene.engineer1});
    let refused = scene
        .dispatcher
        .post(&assign, to.clone())
        .await
        .refused(409, "engineer_unavailable");
    assert_eq!(refused.body["reasons"], json!(["certificate_missing"]));
    let held = json!({"profile": {"certificates":
        [{"kind": "work_at_height", "number": "T1", "valid_until": "2026-11-23"}]}});
    told(&scene, held).await;
    scene.dispatcher.post(&assign, to).await.expect(200);
}

#[actix_web::test]
async fn ac_066_who_stands_by_takes_an_emergency_beyond_shift_and_limit_and_the_manager_is_called() {
    let scene = Scene::open().await;
    told(&scene, json!({"max_daily_jobs": 1})).await;
    let to = json!({"engineer_id": scene.engineer1});
    let busy = scene.register(json!({})).await;
    scene
        .dispatcher
        .post(&format!("{busy}/assign"), to.clone())
        .await
        .expect(200);
    shift(&scene, "2026-11-28", "18:00", "08:00", "standby").await;
    // Saturday, 23:00 in China.
    scene.at("2026-11-28T15:00:00Z");
    let plain = scene.register(json!({})).await;
    let refused = scene
        .dispatcher
        .post(&format!("{plain}/assign"), to.clone())
        .await
        .refused(409, "engineer_unavailable");
    assert_eq!(
        refused.body["reasons"],
        json!(["not_on_shift", "daily_jobs_full"])
    );
    let urgent = scene.register(json!({"emergency": true})).await;
    scene
        .dispatcher
        .post(&format!("{urgent}/assign"), to.clone())
        .await
        .expect(200);
    let id = urgent.rsplit('/').next().unwrap();
    let called = format!("/v1/notifications?kind=emergency&service_request_id={id}");
    let called = scene.manager.get(&called).await.expect(200);
    assert_eq!(
        (
            &called.body["data"][0]["recipient"]["role"],
            &called.body["data"][0]["channel"]
        ),
        (&json!("service_manager"), &json!("phone"))
    );
    // Standing by excuses shift and limit, nothing else.
    told(&scene, json!({"availability": "suspended"})).await;
    let another = scene.register(json!({"emergency": true})).await;
    let refused = scene
        .dispatcher
        .post(&format!("{another}/assign"), to)
        .await
        .refused(409, "engineer_unavailable");
    assert_eq!(refused.body["reasons"], json!(["status_suspended"]));
    let answer = asked(&scene, "emergency=true").await;
    assert_eq!(
        (&answer["is_standby"], codes(&answer)),
        (&json!(true), vec!["status_suspended"])
    );
}

#[actix_web::test]
async fn of_ten_jobs_given_at_once_no_more_are_kept_than_the_daily_limit() {
    let scene = Scene::open().await;
    told(&scene, json!({"max_daily_jobs": 3})).await;
    let mut requests = Vec::new();
    for _ in 0..10 {
        requests.push(scene.register(json!({})).await);
    }
    let (scene, to) = (&scene, json!({"engineer_id": scene.engineer1}));
    let calls = requests.iter().map(|request| {
        scene
            .dispatcher
            .request(Method::POST, &format!("{request}/assign"))
            .json(&to)
            .send()
    });
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 200).count(), 3);
    assert_eq!(answers.iter().filter(|reply| reply.status == 409).count(), 7);
}

#[actix_web::test]
async fn a_job_booked_for_another_day_leaves_room_today() {
    let scene = Scene::open().await;
    told(&scene, json!({"max_daily_jobs": 1})).await;
    let request = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{request}/assign"), to)
        .await
        .expect(200);
    assert_eq!(codes(&asked(&scene, "").await), ["daily_jobs_full"]);
    let order = scene.order(&request).await;
    scene
        .e1
        .post(&format!("{order}/accept"), json!({}))
        .await
        .expect(200);
    let window = json!({"from": "2026-11-24T01:00:00Z", "to": "2026-11-24T03:00:00Z"});
    scene.e1.post(&format!("{order}/book"), window).await.expect(200);
    assert!(codes(&asked(&scene, "").await).is_empty());
    let then = asked(&scene, "at=2026-11-24T01:00:00Z").await;
    assert_eq!(
        (&then["open_jobs"], codes(&then)),
        (&json!(1), vec!["daily_jobs_full"])
    );
}

#[actix_web::test]
async fn a_workbench_counts_what_is_open_and_what_was_done_this_month() {
    let scene = Scene::open().await;
    let done = scene.register(json!({})).await;
    scene.visit(&done, &scene.engineer1, &scene.e1, solved()).await;
    let dated = json!({"resolve_required_by": "2026-11-23T09:00:00Z"});
    let late = scene.register(dated).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{late}/assign"), to)
        .await
        .expect(200);
    let path = format!("/v1/engineers/{}/workbench", scene.engineer1);
    let shown = scene.e1.get(&path).await.expect(200);
    let figure = |shown: &Value, name: &str| shown[name].as_i64().unwrap();
    let figures = |shown: &Value| {
        [
            "assigned",
            "to_accept",
            "due_today",
            "overdue",
            "waiting_parts",
            "resolved",
        ]
        .map(|name| figure(shown, name))
    };
    assert_eq!(figures(&shown.body), [1, 1, 1, 0, 0, 1]);
    assert_eq!(shown.body["score"], Value::Null);
    assert_eq!(shown.body["jobs"][0]["due_at"], "2026-11-23T09:00:00.000Z");
    scene.at("2026-12-01T01:00:00Z");
    let shown = scene.dispatcher.get(&path).await.expect(200);
    assert_eq!(figures(&shown.body), [1, 1, 0, 1, 0, 0]);
    scene.e2.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn the_way_of_a_day_leads_from_home_to_each_customer() {
    let scene = Scene::open().await;
    told(&scene, json!({"profile": {"home": {"lat": 30.0, "lng": 104.0}}})).await;
    let mut orders = Vec::new();
    for (lat, from) in [(Some(30.02), "02:00"), (None, "01:30"), (Some(30.01), "01:00")] {
        let home = json!({"region_code": "510104", "detail": "红星路三段1号", "lat": lat, "lng": lat.map(|_| 104.0)});
        let path = format!("/v1/customers/{}/addresses", scene.customer_id);
        let address = scene.agent.post(&path, home).await.expect(201).id();
        let request = scene.register(json!({"address_id": address})).await;
        let order = scene.accepted(&request).await;
        let window = json!({"from": format!("2026-11-24T{from}:00Z"), "to": "2026-11-24T04:00:00Z"});
        let booked = scene.dispatcher.post(&format!("{order}/book"), window).await;
        orders.push(booked.expect(200).id());
    }
    // One that is booked for no day is no stop.
    let request = scene.register(json!({})).await;
    scene.accepted(&request).await;
    let path = format!("/v1/engineers/{}/route", scene.engineer1);
    let today = scene.dispatcher.get(&path).await.expect(200);
    assert_eq!(today.body["date"], "2026-11-23");
    assert_eq!(today.body["stops"], json!([]));
    let day = scene.e1.get(&format!("{path}?date=2026-11-24")).await.expect(200);
    let stops = day.body["stops"].as_array().unwrap();
    let way: Vec<_> = stops
        .iter()
        .map(|stop| (stop["work_order_id"].as_str().unwrap(), stop["metres"].as_i64()))
        .collect();
    let [last, unknown, first] = [&orders[0], &orders[1], &orders[2]].map(String::as_str);
    assert_eq!(way, [(first, Some(1_112)), (unknown, None), (last, Some(1_112))]);
    assert_eq!(day.body["total_metres"], 2_224);
    scene.e2.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn over_a_span_he_is_free_and_taken_by_the_rule_of_each_instant() {
    let scene = Scene::open().await;
    shift(&scene, "2026-11-24", "08:30", "17:30", "day").await;
    shift(&scene, "2026-11-25", "18:00", "06:00", "standby").await;
    let held = json!({"profile": {"certificates":
        [{"kind": "work_at_height", "number": "T1", "valid_until": "2026-11-29"}]}});
    told(&scene, held).await;
    let span = "at=2026-11-23T16:00:00Z&to=2026-12-01T16:00:00Z&certificates=work_at_height";
    let answer = asked(&scene, span).await;
    let stretches = answer["stretches"].as_array().unwrap();
    let said: Vec<(&str, &str, bool, bool, &Value)> = stretches
        .iter()
        .map(|it| {
            (
                it["from"].as_str().unwrap(),
                it["to"].as_str().unwrap(),
                it["is_available"].as_bool().unwrap(),
                it["is_standby"].as_bool().unwrap(),
                &it["reasons"],
            )
        })
        .collect();
    let (off, expired) = (json!(["not_on_shift"]), json!(["certificate_expired"]));
    let none = json!([]);
    assert_eq!(
        said,
        [
            (
                "2026-11-23T16:00:00.000Z",
                "2026-11-24T00:30:00.000Z",
                false,
                false,
                &off
            ),
            (
                "2026-11-24T00:30:00.000Z",
                "2026-11-24T09:30:00.000Z",
                true,
                false,
                &none
            ),
            (
                "2026-11-24T09:30:00.000Z",
                "2026-11-25T10:00:00.000Z",
                false,
                false,
                &off
            ),
            (
                "2026-11-25T10:00:00.000Z",
                "2026-11-25T22:00:00.000Z",
                false,
                true,
                &off
            ),
            (
                "2026-11-25T22:00:00.000Z",
                "2026-11-29T16:00:00.000Z",
                false,
                false,
                &off
            ),
            // In the next week nothing is planned: he counts as on shift, but his certificate has run out.
            (
                "2026-11-29T16:00:00.000Z",
                "2026-12-01T16:00:00.000Z",
                false,
                false,
                &expired
            ),
        ]
    );
    let instant = asked(&scene, "at=2026-11-24T01:00:00Z").await;
    assert_eq!(instant["stretches"], json!([]));
    let path = format!("/v1/engineers/{}/availability", scene.engineer1);
    let wrong = async |query: &str, code: &str| {
        let refused = scene.dispatcher.get(&format!("{path}?{query}")).await;
        refused.refused(422, code);
    };
    wrong("at=2026-11-24T00:00:00Z&to=2026-11-24T00:00:00Z", "date_order").await;
    wrong("at=2026-11-24T00:00:00Z&to=2026-12-25T00:00:01Z", "out_of_range").await;
    asked(&scene, "at=2026-11-24T00:00:00Z&to=2026-12-25T00:00:00Z").await;
}

#[actix_web::test]
async fn over_a_span_a_full_day_is_taken_and_the_next_is_free() {
    let scene = Scene::open().await;
    told(&scene, json!({"max_daily_jobs": 1})).await;
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    let window = json!({"from": "2026-11-24T01:00:00Z", "to": "2026-11-24T03:00:00Z"});
    let booked = scene.e1.post(&format!("{order}/book"), window).await;
    booked.expect(200);
    let answer = asked(&scene, "at=2026-11-23T02:00:00Z&to=2026-11-26T02:00:00Z").await;
    let free: Vec<(&Value, &Value)> = answer["stretches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["from"], &it["reasons"]))
        .collect();
    assert_eq!(
        free,
        [
            (&json!("2026-11-23T02:00:00.000Z"), &json!([])),
            (&json!("2026-11-23T16:00:00.000Z"), &json!(["daily_jobs_full"])),
            (&json!("2026-11-24T16:00:00.000Z"), &json!([])),
        ]
    );
}
