//! Engineers' months: measured from records, counted by a scheme, confirmed, appealed and final.

use aftercare_api::flows::sequencer::number;
use aftercare_api::jobs::clock::sweep;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Scene, solved, unsolved};

/// EN-5's form with every measure told: indicator, direction, target, unit, points, cap, and what is told.
type Row = (&'static str, &'static str, &'static str, Value, &'static str);

fn each(unit: &str, points: &str, cap: Option<&str>) -> Value {
    json!({"unit": unit, "points": points, "cap": cap})
}

fn form() -> Vec<(&'static str, &'static str, Vec<Row>)> {
    let urgent = json!({"steps": [{"from": "31", "points": "5"}, {"from": "61", "points": "10"}]});
    let praised = json!({"steps": [{"from": "2", "points": "5"}, {"from": "1", "points": "10"}]});
    let fault = vec![
        ("told_first", "up", "90", each("1", "2", None), "87.4"),
        ("told_handling", "down", "45", each("1", "1", Some("10")), "52"),
        ("told_emergency", "down", "30", urgent, "42"),
        ("told_second", "down", "10", each("1", "3", Some("15")), "12.5"),
        ("told_solved", "up", "95", each("1", "2", None), "93"),
    ];
    let attitude = vec![
        ("told_attitude", "up", "4.5", each("0.1", "2", Some("10")), "4.3"),
        ("told_complaints", "down", "5", each("1", "3", Some("15")), "6.2"),
        ("told_praises", "up", "3", praised, "2"),
        ("told_value", "up", "80", each("10", "3", Some("15")), "65"),
        ("told_norms", "down", "0", each("1", "2", Some("10")), "1"),
    ];
    let knowledge = vec![
        ("told_product", "up", "90", each("5", "2", Some("10")), "88"),
        ("told_skill", "up", "95", each("5", "2", Some("10")), "90"),
        ("told_learning", "up", "100", each("10", "3", Some("15")), "100"),
        ("told_diagnosis", "up", "92", each("1", "2", Some("10")), "90"),
    ];
    let delivery = vec![
        ("told_arrival", "up", "95", each("1", "2", Some("20")), "91"),
        ("told_old_parts", "up", "95", each("1", "1", Some("10")), "93"),
    ];
    vec![
        ("fault_solving", "0.35", fault),
        ("attitude", "0.25", attitude),
        ("knowledge", "0.20", knowledge),
        ("delivery", "0.20", delivery),
    ]
}

fn scheme(code: &str) -> Value {
    let name = || json!({"zh": "指标"});
    let indicator = |(code, direction, target, deduction, _): Row| {
        json!({"code": code, "name": name(),
        "direction": direction, "target": target, "deduction": deduction})
    };
    let dimension = |(code, weight, rows): (&str, &str, Vec<Row>)| {
        let indicators: Vec<Value> = rows.into_iter().map(indicator).collect();
        json!({"code": code, "name": name(), "weight": weight, "indicators": indicators})
    };
    let dimensions: Vec<Value> = form().into_iter().map(dimension).collect();
    json!({"code": code, "name": {"zh": "考核"}, "effective_from": "2026-01-01", "dimensions": dimensions})
}

fn told() -> Vec<Value> {
    let rows = form().into_iter().flat_map(|(_, _, rows)| rows);
    rows.map(|(code, _, _, _, actual)| json!({"indicator": code, "actual": actual}))
        .collect()
}

async fn reviewed(scene: &Scene, period: &str, more: Value) -> Value {
    let mut body = json!({"engineer_id": scene.engineer1, "period": period});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = scene.supervisor.post("/v1/performance-reviews", body).await;
    made.expect(201).body
}

fn path_of(review: &Value) -> String {
    format!("/v1/performance-reviews/{}", review["id"].as_str().unwrap())
}

/// A scheme that looks at one told measure alone.
async fn lone_scheme(scene: &Scene, code: &str) {
    let body = json!({"code": code, "name": {"zh": "考核"}, "effective_from": "2026-01-01", "dimensions": [
        {"code": "attitude", "name": {"zh": "态度"}, "weight": "1", "indicators": [
            {"code": "praises", "name": {"zh": "表扬"}, "direction": "up", "target": "10",
                "deduction": {"unit": "1", "points": "10"}}]}]});
    let made = scene.manager.post("/v1/performance-schemes", body).await;
    made.expect(201);
}

fn praises(code: &str, number: &str) -> Value {
    json!({"scheme_code": code, "measures": [{"indicator": "praises", "actual": number}]})
}

/// A review in this state, of a month of its own; its path.
pub async fn standing(scene: &Scene, state: &str) -> String {
    let period = match state {
        "draft" => "2026-10",
        "confirmed" => "2026-09",
        "appealed" => "2026-08",
        _ => "2026-07",
    };
    let path = path_of(&reviewed(scene, period, json!({})).await);
    if state != "draft" {
        let done = scene.supervisor.post(&format!("{path}/confirm"), json!({})).await;
        done.expect(200);
    }
    if matches!(state, "appealed" | "final") {
        let why = json!({"reason": "客户改期"});
        scene.e1.post(&format!("{path}/appeal"), why).await.expect(200);
    }
    if state == "final" {
        let answer = json!({"answer": "维持原结果"});
        let done = scene.manager.post(&format!("{path}/finalise"), answer).await;
        done.expect(200);
    }
    path
}

/// What the feed tells under a name.
async fn told_of(scene: &Scene, kind: &str) -> Vec<Value> {
    number(&scene.app.db).await.unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let told = admin.get(&format!("/v1/changes?types={kind}")).await.expect(200);
    told.body["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn ac_061_the_worked_example_gives_83_45_band_c_and_the_bonus() {
    let scene = Scene::open().await;
    let path = format!("/v1/engineers/{}", scene.engineer1);
    let base = json!({"profile": {"base_bonus": {"amount": "2000.00", "currency": "CNY"}}});
    scene.manager.patch(&path, base).await.expect(200);
    let made = scene
        .manager
        .post("/v1/performance-schemes", scheme("EN-5"))
        .await;
    assert_eq!(made.expect(201).body["rule_version"], 1);
    let next = scene
        .manager
        .post("/v1/performance-schemes", scheme("EN-5"))
        .await;
    assert_eq!(next.expect(201).body["rule_version"], 2);
    let mut wrong = scheme("EN-5");
    wrong["dimensions"][0]["weight"] = json!("0.30");
    let refused = scene.manager.post("/v1/performance-schemes", wrong).await;
    refused.refused(422, "dimension_weights");
    let found = reviewed(
        &scene,
        "2026-10",
        json!({"scheme_code": "EN-5", "measures": told()}),
    )
    .await;
    let scores: Vec<&str> = found["count"]["dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dimension| dimension["score"].as_str().unwrap())
        .collect();
    assert_eq!(scores, ["74.00", "83.00", "94.00", "90.00"]);
    assert_eq!(
        (
            &found["total"],
            &found["band"],
            &found["coefficient"],
            &found["bonus"]
        ),
        (
            &json!("83.45"),
            &json!("C"),
            &json!("1.00"),
            &json!({"amount": "2000.00", "currency": "CNY"})
        )
    );
    assert_eq!(found["count"]["rule_version"], 2);
}

#[actix_web::test]
async fn what_is_kept_here_is_measured_and_counting_again_gives_the_same_bytes() {
    let scene = Scene::open().await;
    let once = scene.register(json!({})).await;
    let job = scene.visit(&once, &scene.engineer1, &scene.e1, solved()).await;
    scene.follow(&once, "satisfied").await.expect(200);
    let twice = scene.register(json!({"emergency": true})).await;
    scene.visit(&twice, &scene.engineer1, &scene.e1, unsolved()).await;
    scene.visit(&twice, &scene.engineer1, &scene.e1, solved()).await;
    let body = json!({"engineer_id": scene.engineer1, "period": "2026-11"});
    let early = scene
        .supervisor
        .post("/v1/performance-reviews", body.clone())
        .await;
    early.refused(422, "period_open");
    scene.at("2026-11-30T16:00:00Z");
    for (measure, code) in [("arrival_on_time", "fact_counted"), ("smiles", "unknown_line")] {
        let mut wrong = body.clone();
        wrong["measures"] = json!([{"indicator": measure, "actual": "1"}]);
        let refused = scene.supervisor.post("/v1/performance-reviews", wrong).await;
        let refused = refused.refused(422, code);
        assert_eq!(refused.pointers(), ["#/measures/0/indicator"]);
    }
    let found = reviewed(&scene, "2026-11", json!({})).await;
    let line = |code: &str| {
        let lines = found["count"]["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| line["indicator"] == code).unwrap();
        (
            line["actual"].as_str().map(str::to_owned),
            line["evidence_count"].as_i64().unwrap(),
        )
    };
    let measured = |text: &str, count| (Some(text.to_owned()), count);
    assert_eq!(line("first_call_resolution"), measured("50.00", 2));
    assert_eq!(line("second_visit_rate"), measured("50.00", 2));
    assert_eq!(line("handling_minutes"), measured("0.00", 3));
    assert_eq!(line("emergency_minutes"), measured("0.00", 2));
    assert_eq!(line("solved_satisfaction"), measured("100.00", 1));
    assert_eq!(line("arrival_on_time"), measured("100.00", 3));
    assert_eq!(line("skill_exam"), (None, 0));
    assert_eq!(line("praises"), (None, 0));
    let lines = found["count"]["lines"].as_array().unwrap();
    assert_eq!(lines[1]["resource"], "work_order");
    let named = lines[1]["evidence_ids"].as_array().unwrap();
    assert!(named.contains(&json!(job.rsplit('/').next().unwrap())));
    assert!(
        lines
            .iter()
            .all(|line| line["no_data"] == line["actual"].is_null())
    );
    // Whoever asks again gets what there is.
    let same = scene.supervisor.post("/v1/performance-reviews", body).await;
    assert_eq!(same.expect(200).body["id"], found["id"]);
    let path = path_of(&found);
    let recount = async || {
        let found = scene.supervisor.get(&format!("{path}/recount")).await;
        found.expect(200)
    };
    let (first, second) = (recount().await, recount().await);
    assert_eq!(first.text, second.text);
    assert_eq!(
        (&first.body["recounted_hash"], &first.body["is_same"]),
        (&found["content_hash"], &json!(true))
    );
    scene
        .app
        .by_hand("update work_orders set arrived_at = null")
        .await;
    assert_eq!(recount().await.body["is_same"], false);
}

#[actix_web::test]
async fn the_engineer_sees_his_own_once_confirmed_and_appeals_within_seven_days() {
    let scene = Scene::open().await;
    lone_scheme(&scene, "LONE").await;
    let path = path_of(&reviewed(&scene, "2026-10", praises("LONE", "6")).await);
    scene.e1.get(&path).await.refused(404, "not_found");
    let confirm = format!("{path}/confirm");
    scene
        .e1
        .post(&confirm, json!({}))
        .await
        .refused(403, "insufficient_scope");
    scene.supervisor.post(&confirm, json!({})).await.expect(200);
    assert_eq!(scene.e1.get(&path).await.expect(200).body["total"], "60.00");
    scene.e2.get(&path).await.refused(404, "not_found");
    let why = || json!({"reason": "表扬漏记"});
    let appeal = format!("{path}/appeal");
    scene
        .manager
        .post(&appeal, why())
        .await
        .refused(403, "review_not_yours");
    let silent = path_of(&reviewed(&scene, "2026-09", praises("LONE", "6")).await);
    scene
        .supervisor
        .post(&format!("{silent}/confirm"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-30T01:00:00Z");
    scene.e1.post(&appeal, why()).await.expect(200);
    let finalise = format!("{path}/finalise");
    scene
        .manager
        .post(&finalise, json!({}))
        .await
        .refused(422, "required");
    let unknown = json!({"answer": "属实", "corrections": [{"indicator": "smiles", "actual": "1"}]});
    scene
        .manager
        .post(&finalise, unknown)
        .await
        .refused(422, "unknown_line");
    let impossible = json!({"answer": "属实", "corrections": [{"indicator": "praises", "actual": "-1"}]});
    let refused = scene.manager.post(&finalise, impossible).await;
    let refused = refused.refused(422, "out_of_range");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/corrections/0/actual");
    let answer = json!({"answer": "属实", "corrections": [{"indicator": "praises", "actual": "9"}]});
    let done = scene.manager.post(&finalise, answer).await.expect(200).body;
    assert_eq!(
        (
            &done["status"],
            &done["total"],
            &done["band"],
            &done["coefficient"]
        ),
        (&json!("final"), &json!("90.00"), &json!("B"), &json!("1.10"))
    );
    let again = scene.manager.get(&format!("{path}/recount")).await.expect(200);
    assert_eq!(again.body["is_same"], true, "{}", again.text);
    assert_eq!(told_of(&scene, "performance.finalised").await.len(), 1);
    assert_eq!(told_of(&scene, "training.needed").await.len(), 0);
    scene.at("2026-11-30T01:00:01Z");
    scene
        .e1
        .post(&format!("{silent}/appeal"), why())
        .await
        .refused(422, "too_late");
    assert_eq!(scene.now(&silent).await.body["status"], "final");
}

#[actix_web::test]
async fn a_measure_is_told_within_what_its_indicator_can_come_to() {
    let scene = Scene::open().await;
    for (indicator, actual) in [
        ("complaint_rate", "100.01"),
        ("diagnosis", "-1"),
        ("violations", "-1"),
    ] {
        let body = json!({"engineer_id": scene.engineer1, "period": "2026-10",
            "measures": [{"indicator": indicator, "actual": actual}]});
        let refused = scene.supervisor.post("/v1/performance-reviews", body).await;
        let refused = refused.refused(422, "out_of_range");
        assert_eq!(refused.body["errors"][0]["pointer"], "#/measures/0/actual");
    }
}

#[actix_web::test]
async fn a_review_nobody_appeals_is_final_by_the_clock_and_a_weak_one_asks_for_training() {
    let scene = Scene::open().await;
    lone_scheme(&scene, "LONE").await;
    let path = path_of(&reviewed(&scene, "2026-10", praises("LONE", "5")).await);
    scene
        .supervisor
        .post(&format!("{path}/confirm"), json!({}))
        .await
        .expect(200);
    scene.at("2026-11-30T01:00:00Z");
    sweep(&scene.app.state).await.unwrap();
    assert_eq!(scene.now(&path).await.body["status"], "confirmed");
    scene.at("2026-12-02T01:00:00Z");
    sweep(&scene.app.state).await.unwrap();
    sweep(&scene.app.state).await.unwrap();
    let found = scene.now(&path).await.body;
    assert_eq!(
        (&found["status"], &found["finalised_at"]),
        (&json!("final"), &json!("2026-11-30T01:00:00.000Z"))
    );
    assert_eq!(told_of(&scene, "performance.finalised").await.len(), 1);
    assert_eq!(told_of(&scene, "training.needed").await.len(), 2);
    let needs = scene.supervisor.get("/v1/training-needs").await.expect(200);
    let mut reasons: Vec<&str> = needs.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|need| need["reason"].as_str().unwrap())
        .collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["band_f", "weak_dimension"]);
    assert_eq!(needs.body["data"][0]["evidence_id"], found["id"]);
}

#[actix_web::test]
async fn one_call_reviews_everybody_who_was_there_and_a_second_nobody() {
    let scene = Scene::open().await;
    scene.at("2026-12-01T01:00:00Z");
    let admin = scene.app.with_role(Role::Admin);
    let late = json!({"name": "陈勇", "phone": "13900139009"});
    admin.post("/v1/engineers", late).await.expect(201);
    reviewed(&scene, "2026-11", json!({})).await;
    let all = async || {
        let path = "/v1/performance-reviews/generate";
        scene
            .supervisor
            .post(path, json!({"period": "2026-11"}))
            .await
            .expect(200)
    };
    let first = all().await.body;
    assert_eq!(first["review_ids"].as_array().unwrap().len(), 1);
    assert_eq!(first["is_complete"], true);
    assert_eq!(all().await.body["review_ids"], json!([]));
    let quarter = json!({"period": "2026-Q3"});
    scene
        .supervisor
        .post("/v1/performance-reviews/generate", quarter)
        .await
        .refused(422, "period_mismatch");
    let ranked = scene
        .supervisor
        .get("/v1/performance-reviews?period=2026-11&sort=-total")
        .await;
    assert_eq!(ranked.expect(200).body["data"].as_array().unwrap().len(), 2);
}

/// The ledger of an engineer, the oldest entry first: reason, delta, balance.
async fn ledger(scene: &Scene, engineer: &str) -> Vec<(String, i64, i64)> {
    let path = format!("/v1/engineers/{engineer}/credit?sort=no");
    let found = scene.supervisor.get(&path).await.expect(200);
    let entry = |it: &Value| {
        let number = |name: &str| it[name].as_i64().unwrap();
        let reason = it["reason"].as_str().unwrap().to_owned();
        (reason, number("delta"), number("balance"))
    };
    found.body["data"].as_array().unwrap().iter().map(entry).collect()
}

fn entry(reason: &str, delta: i64, balance: i64) -> (String, i64, i64) {
    (reason.to_owned(), delta, balance)
}

#[actix_web::test]
async fn credit_follows_from_what_happens_to_jobs_once_each() {
    let scene = Scene::open().await;
    let standing = async |engineer: &str| {
        let path = format!("/v1/engineers/{engineer}/performance");
        scene.supervisor.get(&path).await.expect(200).body["credit"].clone()
    };
    assert_eq!(standing(&scene.engineer1).await, 80);
    let request = scene.register(json!({})).await;
    let done = scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
    let call = scene.follow_up(&request).await;
    let word = json!({"result": "satisfied", "scores": {"speed": 5, "quality": 5, "attitude": 4, "price": 5, "overall": 5}});
    scene
        .caller
        .post(&format!("{call}/record"), word)
        .await
        .expect(200);
    // Telling the result anew counts nothing.
    let again = scene.e1.post(&format!("{done}/correct"), solved()).await;
    again.expect(200);
    assert_eq!(
        ledger(&scene, &scene.engineer1).await,
        [
            entry("accepted_in_time", 1, 81),
            entry("arrived_as_agreed", 1, 82),
            entry("five_stars", 1, 83)
        ]
    );
    // A refused job, and one that could not be finished.
    let other = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer2});
    let assign = scene.dispatcher.post(&format!("{other}/assign"), to).await;
    assign.expect(200);
    let order = scene.order(&other).await;
    let because = json!({"reason": "路程太远"});
    scene
        .e2
        .post(&format!("{order}/refuse"), because)
        .await
        .expect(200);
    scene.visit(&other, &scene.engineer1, &scene.e1, unsolved()).await;
    assert_eq!(ledger(&scene, &scene.engineer2).await, [entry("refused", -5, 75)]);
    let first = ledger(&scene, &scene.engineer1).await;
    assert_eq!(first.len(), 6, "{first:?}");
    assert_eq!(first[5], entry("unfinished", -5, 80));
    assert_eq!(standing(&scene.engineer1).await, 80);
    let own = format!("/v1/engineers/{}/credit", scene.engineer1);
    scene.e1.get(&own).await.expect(200);
    scene.e2.get(&own).await.refused(404, "not_found");
    let bench = format!("/v1/engineers/{}/workbench", scene.engineer2);
    assert_eq!(scene.e2.get(&bench).await.expect(200).body["credit"], 75);
}

#[actix_web::test]
async fn who_comes_after_the_promise_is_late() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let order = scene.accepted(&request).await;
    scene.at("2026-11-23T05:00:01Z");
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        ledger(&scene, &scene.engineer1).await,
        [entry("accepted_in_time", 1, 81), entry("arrived_late", -5, 76)]
    );
}

#[actix_web::test]
async fn two_jobs_that_end_together_both_count() {
    let scene = Scene::open().await;
    let mut orders = Vec::new();
    for _ in 0..6 {
        let request = scene.register(json!({})).await;
        orders.push(scene.accepted(&request).await);
    }
    let arrive = async |order: String| {
        let done = scene.e1.post(&format!("{order}/arrive"), json!({})).await;
        done.expect(200);
    };
    futures_util::future::join_all(orders.into_iter().map(arrive)).await;
    let found = ledger(&scene, &scene.engineer1).await;
    let balances: Vec<i64> = found.iter().map(|(_, _, balance)| *balance).collect();
    assert_eq!(balances, (81..=92).collect::<Vec<i64>>());
}

#[actix_web::test]
async fn awards_are_made_once_when_every_review_is_final() {
    let scene = Scene::open().await;
    for _ in 0..20 {
        let request = scene.register(json!({})).await;
        scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
        scene.follow(&request, "satisfied").await.expect(200);
    }
    scene.at("2026-12-01T01:00:00Z");
    let month = || json!({"period": "2026-11"});
    let awards = async || scene.supervisor.post("/v1/awards/generate", month()).await;
    awards().await.refused(409, "reviews_open");
    let made = scene
        .supervisor
        .post("/v1/performance-reviews/generate", month())
        .await;
    for id in made.expect(200).body["review_ids"].as_array().unwrap() {
        let confirm = format!("/v1/performance-reviews/{}/confirm", id.as_str().unwrap());
        scene.supervisor.post(&confirm, json!({})).await.expect(200);
    }
    awards().await.refused(409, "reviews_open");
    scene.at("2026-12-10T01:00:00Z");
    sweep(&scene.app.state).await.unwrap();
    let first = awards().await.expect(200);
    let won: Vec<(&str, &str)> = first.body["awards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["kind"].as_str().unwrap(), it["engineer_id"].as_str().unwrap()))
        .collect();
    let winner = scene.engineer1.as_str();
    assert_eq!(won, [("outstanding", winner), ("satisfaction", winner)]);
    assert_eq!(first.body["awards"][1]["figure"], "100.00");
    assert_eq!(awards().await.expect(200).text, first.text);
    let list = format!("/v1/awards?engineer_id={winner}&period=2026-11");
    let listed = scene.e1.get(&list).await.expect(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 2);
    let shown = scene
        .e1
        .get(&format!("/v1/engineers/{winner}/performance"))
        .await
        .expect(200);
    assert_eq!(shown.body["months"][0]["status"], "final");
}
