//! Who is sent: candidates in words and points, the system's own choice, rules, emergencies (WO-2, WO-4, R-083, R-153).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::Scene;

/// How many metres a degree of latitude is.
const DEGREE: f64 = 111_194.926_6;

pub async fn told(scene: &Scene, engineer: &str, more: Value) {
    let admin = scene.app.with_role(Role::Admin);
    let path = format!("/v1/engineers/{engineer}");
    admin.patch(&path, more).await.expect(200);
}

/// A skill the problem takes; its identifier.
pub async fn skilled(scene: &Scene) -> String {
    let admin = scene.app.with_role(Role::Admin);
    let skill = json!({"code": "AC", "name": {"zh": "空调"}});
    let skill = admin.post("/v1/skills", skill).await.expect(201).id();
    let problem = format!("/v1/problem-types/{}", scene.problem_type_id);
    let takes = json!({"skill_ids": [skill]});
    admin.patch(&problem, takes).await.expect(200);
    skill
}

/// An engineer so skilled who lives so far from the equator's Greenwich.
pub async fn engineer(scene: &Scene, name: &str, skill: &str, level: &str, metres: f64) -> String {
    let admin = scene.app.with_role(Role::Admin);
    let home = json!({"lat": metres / DEGREE, "lng": 0.0});
    let said = json!({"name": name, "phone": "13900139009", "profile": {"home": home}});
    let id = admin.post("/v1/engineers", said).await.expect(201).id();
    let path = format!("/v1/engineers/{id}/skills");
    let grade = json!({"skill_id": skill, "level": level});
    scene.supervisor.post(&path, grade).await.expect(201);
    id
}

/// An address of the customer on the equator.
pub async fn address(scene: &Scene) -> String {
    let path = format!("/v1/customers/{}/addresses", scene.customer_id);
    let said = json!({"region_code": "510104", "detail": "红星路三段1号", "lat": 0.0, "lng": 0.0});
    scene.agent.post(&path, said).await.expect(201).id()
}

async fn candidates(scene: &Scene, request: &str) -> Vec<Value> {
    let id = request.rsplit('/').next().unwrap();
    let asked = json!({"service_request_id": id});
    let found = scene
        .dispatcher
        .post("/v1/dispatch/candidates", asked)
        .await
        .expect(200);
    found.body["candidates"].as_array().unwrap().clone()
}

fn names<'a>(found: &'a [Value], member: &str) -> Vec<&'a str> {
    found.iter().map(|one| one[member].as_str().unwrap()).collect()
}

async fn rule(scene: &Scene, more: Value) {
    let mut said = json!({"code": "AUTO", "name": {"zh": "自动派工"}, "sort": 10, "mode": "auto"});
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    scene.manager.post("/v1/dispatch/rules", said).await.expect(201);
}

/// The three of the worked example, their five and one open jobs, and a request to give out.
async fn example(scene: &Scene, more: Value) -> ([String; 3], String) {
    let skill = skilled(scene).await;
    let e1 = engineer(scene, "E1", &skill, "1.0", 6_000.0).await;
    let e2 = engineer(scene, "E2", &skill, "0.8", 2_000.0).await;
    let e3 = engineer(scene, "E3", &skill, "1.0", 25_000.0).await;
    for (engineer, jobs) in [(&e1, 5), (&e2, 1)] {
        for _ in 0..jobs {
            let busy = scene.register(json!({})).await;
            let to = json!({"engineer_id": engineer});
            let given = scene.dispatcher.post(&format!("{busy}/assign"), to).await;
            given.expect(200);
        }
    }
    let mut said = json!({"address_id": address(scene).await});
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    let request = scene.register(said).await;
    ([e1, e2, e3], request)
}

#[actix_web::test]
async fn ac_059_candidates_come_in_the_order_of_the_worked_example_and_the_first_is_sent() {
    let scene = Scene::open().await;
    let ([_, e2, _], request) = example(&scene, json!({})).await;
    let found = candidates(&scene, &request).await;
    assert_eq!(names(&found, "name"), ["E2", "E1", "E3", "张伟", "刘洋"]);
    // Nobody has a review yet: 12.00 for everybody where the example has 13.80, 13.20 and 12.00.
    assert_eq!(names(&found[..3], "score"), ["84.83", "79.50", "76.17"]);
    let terms = found[0]["terms"].as_array().unwrap();
    assert_eq!(names(terms, "term"), ["skill", "nearness", "room", "record"]);
    assert_eq!(names(terms, "points"), ["32.00", "23.33", "17.50", "12.00"]);
    assert_eq!(
        (&found[0]["distance_m"], &found[0]["open_jobs"]),
        (&json!(2000), &json!(1))
    );
    let broken = found[3]["checks"].as_array().unwrap().iter();
    let broken: Vec<&Value> = broken.filter(|check| check["passed"] == false).collect();
    assert_eq!(
        (&found[3]["is_eligible"], &broken[0]["rule"], &broken[0]["text"]),
        (
            &json!(false),
            &json!("skills"),
            &json!("A required skill or its certification is missing")
        )
    );
    let sent = scene
        .dispatcher
        .post(&format!("{request}/auto-assign"), json!({}))
        .await;
    let assignment = &sent.expect(200).body["assignment"];
    assert_eq!(
        (&assignment["engineer_id"], &assignment["mode"]),
        (&json!(e2), &json!("auto"))
    );
    assert!(
        assignment["assigned_by"].is_string(),
        "a dispatcher let the system choose"
    );
    let again = scene
        .dispatcher
        .post(&format!("{request}/auto-assign"), json!({}))
        .await;
    again.refused(409, "invalid_transition");
}

/// The final review of an engineer's October, with this total.
async fn final_review(scene: &Scene, engineer: &str, total: &str) {
    let body = json!({"engineer_id": engineer, "period": "2026-10", "scheme_code": "KPI",
        "measures": [{"indicator": "praises", "actual": total}]});
    let made = scene.supervisor.post("/v1/performance-reviews", body).await;
    let made = made.expect(201);
    assert_eq!(made.body["total"], format!("{total}.00"));
    let path = format!("/v1/performance-reviews/{}", made.id());
    let confirm = scene.supervisor.post(&format!("{path}/confirm"), json!({})).await;
    confirm.expect(200);
    let own = scene.app.engineer("own", engineer);
    let why = json!({"reason": "请复核"});
    own.post(&format!("{path}/appeal"), why).await.expect(200);
    let answer = json!({"answer": "维持原结果"});
    let done = scene.manager.post(&format!("{path}/finalise"), answer).await;
    assert_eq!(done.expect(200).body["status"], "final");
}

#[actix_web::test]
async fn ac_059_with_final_reviews_the_worked_example_gives_86_63_80_70_and_76_17() {
    let scene = Scene::open().await;
    let kpi = json!({"code": "KPI", "name": {"zh": "考核"}, "effective_from": "2026-01-01", "dimensions": [
        {"code": "attitude", "name": {"zh": "态度"}, "weight": "1", "indicators": [
            {"code": "praises", "name": {"zh": "表扬"}, "direction": "up", "target": "100",
                "deduction": {"unit": "1", "points": "1"}}]}]});
    scene
        .manager
        .post("/v1/performance-schemes", kpi)
        .await
        .expect(201);
    let ([e1, e2, e3], request) = example(&scene, json!({})).await;
    for (engineer, total) in [(&e1, "88"), (&e2, "92"), (&e3, "80")] {
        final_review(&scene, engineer, total).await;
    }
    let found = candidates(&scene, &request).await;
    assert_eq!(names(&found[..3], "name"), ["E2", "E1", "E3"]);
    assert_eq!(names(&found[..3], "score"), ["86.63", "80.70", "76.17"]);
    let record = |one: &Value| one["terms"][3]["points"].clone();
    let points: Vec<Value> = found[..3].iter().map(record).collect();
    assert_eq!(points, [json!("13.80"), json!("13.20"), json!("12.00")]);
    let sent = scene
        .dispatcher
        .post(&format!("{request}/auto-assign"), json!({}))
        .await;
    assert_eq!(sent.expect(200).body["assignment"]["engineer_id"], json!(e2));
}

#[actix_web::test]
async fn ac_113_the_engineer_the_agreement_names_comes_first_unless_he_is_on_leave() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    let mut body = scene.agreement(&template, "2026-01-01", "2027-12-31");
    body["dedicated_engineer_id"] = json!(scene.engineer1);
    let agreement = scene.signed(body).await;
    let skill = skilled(&scene).await;
    let better = engineer(&scene, "E2", &skill, "1.0", 2_000.0).await;
    let path = format!("/v1/engineers/{}/skills", scene.engineer1);
    let grade = json!({"skill_id": skill, "level": "0.4"});
    scene.supervisor.post(&path, grade).await.expect(201);
    let request = scene.register(json!({"address_id": address(&scene).await})).await;
    let id = agreement.rsplit('/').next().unwrap();
    assert_eq!(scene.now(&request).await.body["agreement_id"], id);
    let found = candidates(&scene, &request).await;
    assert_eq!(
        (&found[0]["engineer_id"], &found[0]["is_dedicated"]),
        (&json!(scene.engineer1), &json!(true))
    );
    told(&scene, &scene.engineer1, json!({"availability": "on_leave"})).await;
    let found = candidates(&scene, &request).await;
    assert_eq!(found[0]["engineer_id"], json!(better));
    assert!(found.iter().all(|one| one["is_dedicated"] == false));
}

#[actix_web::test]
async fn ac_114_a_request_a_rule_gives_out_is_assigned_in_the_same_call_and_comes_back_when_refused() {
    let scene = Scene::open().await;
    rule(&scene, json!({"service_types": ["repair"], "least_score": "10"})).await;
    let said = scene.request(json!({}));
    let made = scene.agent.post("/v1/service-requests", said).await.expect(201);
    assert_eq!(
        (
            &made.body["status"],
            &made.body["assignment"]["mode"],
            &made.body["assignment"]["assigned_by"]
        ),
        (&json!("assigned"), &json!("auto"), &Value::Null)
    );
    let request = format!("/v1/service-requests/{}", made.id());
    let order = scene.order(&request).await;
    let engineer = if made.body["assignment"]["engineer_id"] == json!(scene.engineer1) {
        &scene.e1
    } else {
        &scene.e2
    };
    let refuse = json!({"reason": "车辆故障"});
    engineer
        .post(&format!("{order}/refuse"), refuse)
        .await
        .expect(200);
    let now = scene.now(&request).await;
    assert_eq!(
        (
            &now.body["status"],
            &now.body["cycle_no"],
            &now.body["unresolved_attempts"]
        ),
        (&json!("pending_assignment"), &json!(2), &json!(0))
    );
    // What waited is given out when it may be.
    let held = scene
        .register(json!({"initial_status": "on_hold", "hold_reason": "awaiting_customer"}))
        .await;
    assert_eq!(scene.now(&held).await.body["status"], "on_hold");
    scene
        .agent
        .post(&format!("{held}/resume"), json!({}))
        .await
        .expect(200);
    assert_eq!(scene.now(&held).await.body["status"], "assigned");
}

#[actix_web::test]
async fn a_rule_reaches_its_regions_and_leaves_the_rest_to_people() {
    let scene = Scene::open().await;
    rule(&scene, json!({"region_codes": ["510000"]})).await;
    let waits = scene.register(json!({})).await;
    assert_eq!(scene.now(&waits).await.body["status"], "pending_assignment");
    let here = address(&scene).await;
    let given = scene.register(json!({"address_id": here})).await;
    assert_eq!(scene.now(&given).await.body["status"], "assigned");
    rule(&scene, json!({"code": "BY-HAND", "sort": 1, "mode": "manual"})).await;
    let waits = scene.register(json!({"address_id": here})).await;
    assert_eq!(scene.now(&waits).await.body["status"], "pending_assignment");
}

#[actix_web::test]
async fn ac_060_if_nobody_can_be_sent_the_request_waits_and_that_is_told() {
    let scene = Scene::open().await;
    rule(&scene, json!({})).await;
    for engineer in [&scene.engineer1, &scene.engineer2] {
        told(&scene, engineer, json!({"availability": "suspended"})).await;
    }
    let request = scene.register(json!({})).await;
    assert_eq!(scene.now(&request).await.body["status"], "pending_assignment");
    aftercare_api::flows::sequencer::number(&scene.app.state.db)
        .await
        .unwrap();
    let feed = scene
        .manager
        .get("/v1/changes?types=dispatch.no_candidate")
        .await
        .expect(200);
    let told = feed.body["data"].as_array().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["resource_id"], request.rsplit('/').next().unwrap());
    let asked = scene
        .dispatcher
        .post(&format!("{request}/auto-assign"), json!({}))
        .await;
    asked.refused(409, "no_candidate");
}

#[actix_web::test]
async fn ac_066_an_emergency_at_night_goes_to_whoever_stands_by_though_he_has_all_he_may() {
    let scene = Scene::open().await;
    told(&scene, &scene.engineer1, json!({"max_daily_jobs": 1})).await;
    told(&scene, &scene.engineer2, json!({"availability": "suspended"})).await;
    let busy = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{busy}/assign"), to)
        .await
        .expect(200);
    let shift = json!({"date": "2026-11-28", "start": "18:00", "end": "08:00", "kind": "standby"});
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    scene.supervisor.post(&path, shift).await.expect(201);
    rule(&scene, json!({"emergencies_only": true})).await;
    // Saturday, 23:00 in China.
    scene.at("2026-11-28T15:00:00Z");
    let plain = scene.register(json!({})).await;
    assert_eq!(scene.now(&plain).await.body["status"], "pending_assignment");
    let urgent = scene.register(json!({"emergency": true})).await;
    let now = scene.now(&urgent).await;
    assert_eq!(now.body["assignment"]["engineer_id"], json!(scene.engineer1));
    let id = urgent.rsplit('/').next().unwrap();
    let called = format!("/v1/notifications?kind=emergency&service_request_id={id}");
    let called = scene.manager.get(&called).await.expect(200);
    assert_eq!(
        (&called.body["data"][0]["channel"], &called.body["data"][0]["at"]),
        (&json!("phone"), &json!("2026-11-28T15:00:00.000Z"))
    );
}

#[actix_web::test]
async fn of_fifty_choices_at_once_nobody_gets_more_than_he_may() {
    let scene = Scene::open().await;
    told(&scene, &scene.engineer1, json!({"max_daily_jobs": 3})).await;
    told(&scene, &scene.engineer2, json!({"max_daily_jobs": 4})).await;
    let mut requests = Vec::new();
    for _ in 0..50 {
        requests.push(scene.register(json!({})).await);
    }
    let calls = requests.iter().map(|request| {
        let path = format!("{request}/auto-assign");
        let dispatcher = &scene.dispatcher;
        async move { dispatcher.post(&path, json!({})).await }
    });
    let answers = join_all(calls).await;
    let count = |status: u16| answers.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(200), count(409)), (7, 43));
    for (engineer, jobs) in [(&scene.engineer1, 3), (&scene.engineer2, 4)] {
        let path = format!("/v1/engineers/{engineer}/availability");
        assert_eq!(
            scene.dispatcher.get(&path).await.expect(200).body["open_jobs"],
            jobs
        );
    }
}

#[actix_web::test]
async fn of_fifty_registrations_at_once_under_a_rule_nobody_gets_more_than_he_may() {
    let scene = Scene::open().await;
    told(&scene, &scene.engineer1, json!({"max_daily_jobs": 3})).await;
    told(&scene, &scene.engineer2, json!({"max_daily_jobs": 4})).await;
    rule(&scene, json!({})).await;
    let said = scene.request(json!({}));
    let calls = (0..50).map(|_| {
        scene
            .agent
            .request(Method::POST, "/v1/service-requests")
            .json(&said)
            .send()
    });
    let answers = join_all(calls).await;
    let given = answers.iter().filter(|reply| reply.body["status"] == "assigned");
    assert_eq!(given.count(), 7);
    assert!(answers.iter().all(|reply| reply.status == 201));
}

#[actix_web::test]
async fn candidates_are_sought_for_no_day_that_is_over_and_none_beyond_the_calendar() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let id = request.rsplit('/').next().unwrap();
    let find = async |at: &str| {
        let asked = json!({"service_request_id": id, "at": at});
        scene.dispatcher.post("/v1/dispatch/candidates", asked).await
    };
    // The local day begins at 16:00 UTC of the day before.
    let over = find("2026-11-22T15:59:59.999Z").await;
    let over = over.refused(422, "date_in_past");
    assert_eq!(over.body["errors"][0]["pointer"], "#/at");
    find("2026-11-22T16:00:00Z").await.expect(200);
    find("1969-12-31T00:00:00Z").await.refused(422, "date_in_past");
    find("9999-12-31T23:59:59Z").await.refused(422, "out_of_range");
}

#[actix_web::test]
async fn a_rule_names_only_what_is_there() {
    let scene = Scene::open().await;
    let said = json!({"code": "AUTO", "name": {"zh": "自动派工"}, "sort": 10, "mode": "auto",
        "service_types": ["repair", "repare"], "region_codes": ["000001"]});
    let refused = scene.manager.post("/v1/dispatch/rules", said).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/service_types/1", "#/region_codes/0"]);
    let fine = json!({"code": "AUTO", "name": {"zh": "自动派工"}, "sort": 10, "mode": "auto",
        "service_types": ["repair"], "region_codes": ["510100"]});
    let made = scene.manager.post("/v1/dispatch/rules", fine).await.expect(201);
    let path = format!("/v1/dispatch/rules/{}", made.id());
    let wrong = json!({"service_types": ["repair", "repare"]});
    let refused = scene.manager.patch(&path, wrong).await;
    assert_eq!(
        refused.refused(422, "unknown_reference").pointers(),
        ["#/service_types/1"]
    );
}
