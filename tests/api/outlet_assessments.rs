//! How outlets did: counted by rules anyone can run again, approved, appealed.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::service_outlets::{runs, standing as outlet_standing};
use crate::support::{Scene, solved};

/// A fact, shown by the record at a path.
fn fact(fact: &str, resource: &str, path: &str, amount: &str) -> Value {
    json!({"fact": fact, "resource": resource, "id": path.rsplit('/').next().unwrap(), "amount": amount})
}

/// One confirmed false order.
fn false_order(order: &str) -> Value {
    json!({"facts": [fact("false_work_order", "work_order", order, "1")]})
}

/// Lets the first engineer work for an outlet.
async fn works_for(scene: &Scene, outlet: &str) {
    let path = format!("/v1/engineers/{}", scene.engineer1);
    let of = json!({"outlet_id": outlet.rsplit('/').next().unwrap()});
    scene.manager.patch(&path, of).await.expect(200);
}

/// A job of the first engineer that solves something at once; its path.
async fn job(scene: &Scene) -> String {
    let request = scene.register(json!({})).await;
    scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await
}

/// OU-1's indicators, measured by facts that are told.
fn scheme(code: &str, first_weight: &str) -> Value {
    let rows = [
        ("arrival_on_time", first_weight, "up", "98", "80"),
        ("completion", "20", "up", "95", "75"),
        ("first_fix", "15", "up", "90", "60"),
        ("satisfaction", "20", "up", "98", "80"),
        ("complaints", "10", "down", "1", "5"),
        ("old_part_return", "10", "up", "95", "60"),
        ("exam_mean", "5", "up", "90", "60"),
    ];
    let indicators = rows.map(|(code, weight, direction, target, limit)| {
        json!({"code": code, "name": {"zh": "指标"}, "weight": weight, "direction": direction, "target": target,
            "limit": limit, "formula": {"kind": "sum", "of": format!("own_{code}")}})
    });
    json!({"code": code, "name": {"zh": "网点考核"}, "period": "month", "effective_from": "2026-01-01",
        "min_jobs": 0, "indicators": indicators})
}

async fn assessed(scene: &Scene, outlet: &str, period: &str, more: Value) -> Value {
    let mut body = json!({"outlet_id": outlet.rsplit('/').next().unwrap(), "period": period});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = scene.supervisor.post("/v1/outlet-assessments", body).await;
    made.expect(201).body
}

fn path_of(assessment: &Value) -> String {
    format!("/v1/outlet-assessments/{}", assessment["id"].as_str().unwrap())
}

/// Submits and approves an assessment; the approved record.
async fn approved(scene: &Scene, assessment: &Value) -> Value {
    let path = path_of(assessment);
    let handed = scene.supervisor.post(&format!("{path}/submit"), json!({})).await;
    handed.expect(200);
    let done = scene.manager.post(&format!("{path}/approve"), json!({})).await;
    done.expect(200).body
}

/// An assessment in this state; its path.
pub async fn standing(scene: &Scene, code: &str, state: &str) -> String {
    let outlet = outlet_standing(scene, code, "trial").await;
    let made = assessed(scene, &outlet, "2026-10", json!({})).await;
    let path = path_of(&made);
    match state {
        "draft" => {}
        "submitted" => {
            let handed = scene.supervisor.post(&format!("{path}/submit"), json!({})).await;
            handed.expect(200);
        }
        "approved" | "appealed" => {
            approved(scene, &made).await;
            if state == "appealed" {
                let appeal = json!({"reason": "记录有误"});
                let own = runs(scene, &outlet);
                own.post(&format!("{path}/appeal"), appeal).await.expect(200);
            }
        }
        other => panic!("no story leads to {other}"),
    }
    path
}

#[actix_web::test]
async fn ac_062_the_worked_example_gives_88_05_and_weights_must_add_up() {
    let scene = Scene::open().await;
    let refused = scene
        .manager
        .post("/v1/assessment-schemes", scheme("OU-1", "15"))
        .await
        .refused(422, "weights_not_100");
    assert_eq!(refused.pointers(), ["#/indicators"]);
    let made = scene
        .manager
        .post("/v1/assessment-schemes", scheme("OU-1", "20"))
        .await;
    assert_eq!(made.expect(201).body["rule_version"], 1);
    let next = scene
        .manager
        .post("/v1/assessment-schemes", scheme("OU-1", "20"))
        .await;
    assert_eq!(next.expect(201).body["rule_version"], 2);
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    works_for(&scene, &outlet).await;
    let facts = [
        ("arrival_on_time", "96"),
        ("completion", "92"),
        ("first_fix", "88"),
        ("satisfaction", "96"),
        ("complaints", "1.5"),
        ("old_part_return", "90"),
        ("exam_mean", "85"),
    ];
    let facts =
        facts.map(|(code, amount)| fact(&format!("own_{code}"), "engineer", &scene.engineer1, amount));
    let found = assessed(
        &scene,
        &outlet,
        "2026-10",
        json!({"scheme_code": "OU-1", "facts": facts}),
    )
    .await;
    let points: Vec<&str> = found["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["points"].as_str().unwrap())
        .collect();
    assert_eq!(
        points,
        ["17.78", "17.00", "14.00", "17.78", "8.75", "8.57", "4.17"]
    );
    assert_eq!(
        (&found["score"], &found["band"]),
        (&json!("88.05"), &json!({"star": 4, "coefficient": "1.00"}))
    );
    assert_eq!(
        (&found["tally"]["scheme_code"], &found["tally"]["rule_version"]),
        (&json!("OU-1"), &json!(2))
    );
    let path = path_of(&found);
    let evidence = scene
        .supervisor
        .get(&format!("{path}/evidence?indicator=complaints"))
        .await
        .expect(200);
    assert_eq!(evidence.body["data"][0]["record_id"], scene.engineer1);
    assert_eq!(evidence.body["data"].as_array().unwrap().len(), 1);
    let unknown = scene
        .supervisor
        .get(&format!("{path}/evidence?indicator=nope"))
        .await
        .refused(422, "unknown_line");
    assert_eq!(unknown.body["errors"][0]["parameter"], "indicator");
}

#[actix_web::test]
async fn what_is_kept_here_is_counted_and_counting_again_gives_the_same_bytes() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    let outlet_id = outlet.rsplit('/').next().unwrap();
    for engineer in [&scene.engineer1, &scene.engineer2] {
        let path = format!("/v1/engineers/{engineer}");
        let of = json!({"outlet_id": outlet_id});
        scene.manager.patch(&path, of).await.expect(200);
    }
    let solved_at_once = scene.register(json!({})).await;
    let done = scene
        .visit(&solved_at_once, &scene.engineer1, &scene.e1, solved())
        .await;
    scene.follow(&solved_at_once, "satisfied").await.expect(200);
    let open = scene.register(json!({})).await;
    let to = json!({"engineer_id": scene.engineer2});
    scene
        .dispatcher
        .post(&format!("{open}/assign"), to)
        .await
        .expect(200);
    let early = json!({"outlet_id": outlet_id, "period": "2026-11"});
    scene
        .supervisor
        .post("/v1/outlet-assessments", early.clone())
        .await
        .refused(422, "period_open");
    scene.at("2026-11-30T16:00:00Z");
    let counted = json!({"facts": [fact("order_given", "work_order", &done, "1")]});
    let mut wrong = early.clone();
    wrong["facts"] = counted["facts"].clone();
    scene
        .supervisor
        .post("/v1/outlet-assessments", wrong)
        .await
        .refused(422, "fact_counted");
    let found = assessed(&scene, &outlet, "2026-11", json!({})).await;
    let measure = |code: &str| {
        let lines = found["lines"].as_array().unwrap().iter();
        let line = lines.clone().find(|line| line["indicator"] == code).unwrap();
        (line["measure"].clone(), line["evidence_count"].clone())
    };
    assert_eq!(measure("completion"), (json!("50.00"), json!(3)));
    assert_eq!(measure("first_fix"), (json!("100.00"), json!(2)));
    assert_eq!(measure("satisfaction"), (json!("100.00"), json!(2)));
    assert_eq!(measure("arrival_on_time"), (json!("50.00"), json!(3)));
    assert_eq!(measure("complaints").1, json!(1));
    let path = path_of(&found);
    let completed = scene
        .supervisor
        .get(&format!(
            "{path}/evidence?fact=order_completed&indicator=completion"
        ))
        .await
        .expect(200);
    let id = done.rsplit('/').next().unwrap();
    assert_eq!(completed.body["data"][0]["record_id"], id);
    // Whoever asks again gets what there is.
    let same = scene
        .supervisor
        .post("/v1/outlet-assessments", early)
        .await
        .expect(200);
    assert_eq!(same.body["id"], found["id"]);
    let recount = async || scene.supervisor.get(&format!("{path}/recount")).await.expect(200);
    let (first, second) = (recount().await, recount().await);
    assert_eq!(first.text, second.text);
    assert_eq!(
        (&first.body["recounted_hash"], &first.body["is_same"]),
        (&found["content_hash"], &json!(true))
    );
    assert_eq!(found["content_hash"].as_str().unwrap().len(), 64);
    scene
        .app
        .by_hand("update work_orders set arrived_at = null")
        .await;
    let other = recount().await;
    assert_eq!(other.body["is_same"], false);
    assert_ne!(other.body["recounted_hash"], found["content_hash"]);
}

#[actix_web::test]
async fn ac_063_a_confirmed_false_order_leaves_nothing_and_twice_proposes_a_suspension() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    works_for(&scene, &outlet).await;
    let order = job(&scene).await;
    scene.at("2026-12-01T01:00:00Z");
    let first = assessed(&scene, &outlet, "2026-11", false_order(&order)).await;
    assert_eq!(
        (&first["score"], &first["band"]["star"]),
        (&json!("0.00"), &json!(1))
    );
    let first = approved(&scene, &first).await;
    assert_eq!(
        (&first["rectification_due"], &first["proposes_suspension"]),
        (&json!("2026-12-31"), &json!(false))
    );
    let order = job(&scene).await;
    scene.at("2027-01-01T01:00:00Z");
    let second = assessed(&scene, &outlet, "2026-12", false_order(&order)).await;
    let second = approved(&scene, &second).await;
    assert_eq!(second["proposes_suspension"], true);
    assert_eq!(scene.manager.get(&outlet).await.expect(200).body["star"], 1);
    aftercare_api::flows::sequencer::number(&scene.app.db)
        .await
        .unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let told = admin
        .get("/v1/changes?types=outlet.suspension_proposed")
        .await
        .expect(200);
    assert_eq!(told.body["data"][0]["href"], json!(outlet), "{}", told.text);
    assert_eq!(told.body["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn an_assessment_is_adjusted_approved_by_another_appealed_once_and_decided() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    works_for(&scene, &outlet).await;
    job(&scene).await;
    scene.at("2026-12-01T01:00:00Z");
    let found = assessed(&scene, &outlet, "2026-11", json!({})).await;
    let path = path_of(&found);
    let own = runs(&scene, &outlet);
    own.get(&path).await.refused(404, "not_found");
    let adjust = json!({"indicator": "completion", "points": "5.00", "reason": "停工三天未报备"});
    let adjusted = scene
        .supervisor
        .post(&format!("{path}/adjust"), adjust.clone())
        .await;
    let adjusted = adjusted.expect(200).body;
    assert_eq!(
        (
            &adjusted["score"],
            &adjusted["lines"][1]["points"],
            &adjusted["tally"]["score"]
        ),
        (&json!("85.00"), &json!("5.00"), &json!("100.00"))
    );
    for (points, code) in [("20.01", "out_of_range"), ("5.001", "validation_failed")] {
        let mut over = adjust.clone();
        over["points"] = json!(points);
        let refused = scene.supervisor.post(&format!("{path}/adjust"), over).await;
        let refused = refused.refused(422, code);
        assert_eq!(refused.pointers(), ["#/points"]);
    }
    scene
        .manager
        .post(&format!("{path}/submit"), json!({}))
        .await
        .expect(200);
    let alone = scene.manager.post(&format!("{path}/approve"), json!({})).await;
    alone.refused(403, "self_approval");
    let back = json!({"reason": "请补充说明"});
    let other = scene.app.with_roles(&[Role::ServiceManager, Role::Supervisor]);
    other.post(&format!("{path}/reject"), back).await.expect(200);
    let done = approved(&scene, &found).await;
    assert_eq!(
        (&done["status"], &done["valid_from"], &done["revision"]),
        (&json!("approved"), &json!("2027-01-01"), &json!(1))
    );
    let rated = scene.manager.get(&outlet).await.expect(200).body;
    assert_eq!(
        (&rated["star"], &rated["settlement_coefficient"]),
        (&json!(4), &json!("1.00"))
    );
    let why = json!({"reason": "停工已报备"});
    let appealed = own.post(&format!("{path}/appeal"), why.clone()).await.expect(200);
    assert_eq!(appealed.body["appeal"]["reason"], "停工已报备");
    let decide = json!({"answer": "属实", "changes": [
        {"indicator": "completion", "points": "20.00", "reason": "已报备"}]});
    let decided = scene
        .manager
        .post(&format!("{path}/decide"), decide)
        .await
        .expect(200)
        .body;
    assert_eq!(
        (
            &decided["revision"],
            &decided["score"],
            &decided["appeal"]["is_granted"]
        ),
        (&json!(2), &json!("100.00"), &json!(true))
    );
    assert_eq!(scene.manager.get(&outlet).await.expect(200).body["star"], 5);
    own.post(&format!("{path}/appeal"), why)
        .await
        .refused(422, "too_late");
}

#[actix_web::test]
async fn a_later_approval_of_an_older_period_leaves_the_newer_stars() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    works_for(&scene, &outlet).await;
    let first = job(&scene).await;
    scene.at("2026-12-05T01:00:00Z");
    job(&scene).await;
    scene.at("2027-01-02T01:00:00Z");
    let newer = assessed(&scene, &outlet, "2026-12", json!({})).await;
    approved(&scene, &newer).await;
    let older = assessed(&scene, &outlet, "2026-11", false_order(&first)).await;
    approved(&scene, &older).await;
    assert_eq!(scene.manager.get(&outlet).await.expect(200).body["star"], 5);
}

#[actix_web::test]
async fn who_finished_nothing_gets_no_stars_and_keeps_those_he_has() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    works_for(&scene, &outlet).await;
    job(&scene).await;
    scene.at("2027-01-02T01:00:00Z");
    let idle = assessed(&scene, &outlet, "2026-12", json!({})).await;
    assert_eq!(
        (
            &idle["score"],
            &idle["band"]["star"],
            &idle["tally"]["unrated"],
            &idle["tally"]["finished_jobs"]
        ),
        (&json!("0.00"), &Value::Null, &json!("too_few_jobs"), &json!(0))
    );
    let idle = approved(&scene, &idle).await;
    assert_eq!(
        (&idle["valid_from"], &idle["rectification_due"]),
        (&Value::Null, &Value::Null)
    );
    let star = async || scene.manager.get(&outlet).await.expect(200).body["star"].clone();
    assert_eq!(star().await, Value::Null);
    // What gives no stars does not stand before an older one that does.
    let busy = assessed(&scene, &outlet, "2026-11", json!({})).await;
    assert_eq!(
        (&busy["tally"]["finished_jobs"], &busy["tally"]["unrated"]),
        (&json!(1), &Value::Null)
    );
    approved(&scene, &busy).await;
    assert_eq!(star().await, 5);
}

#[actix_web::test]
async fn what_is_told_is_a_fact_of_the_scheme_shown_by_a_record_of_the_outlet_and_period() {
    let scene = Scene::open().await;
    let outlet = outlet_standing(&scene, "CD01", "trial").await;
    let elsewhere = job(&scene).await;
    works_for(&scene, &outlet).await;
    let request = scene.register(json!({})).await;
    let order = scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
    let call = scene.follow_up(&request).await;
    scene.follow(&request, "satisfied").await.expect(200);
    scene.at("2026-12-05T01:00:00Z");
    let later = job(&scene).await;
    scene.at("2027-01-02T01:00:00Z");
    let nowhere = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let told = async |facts: Value| {
        let outlet_id = outlet.rsplit('/').next().unwrap();
        let body = json!({"outlet_id": outlet_id, "period": "2026-11", "facts": facts});
        scene.supervisor.post("/v1/outlet-assessments", body).await
    };
    let complaint = |resource, path: &str| fact("complaint_confirmed", resource, path, "1");
    for (wrong, code, member) in [
        (
            fact("false_work_ordr", "work_order", &order, "1"),
            "unknown_fact",
            "fact",
        ),
        (
            fact("own_uniform", "work_order", &order, "1"),
            "unknown_fact",
            "fact",
        ),
        (complaint("work_order", nowhere), "unknown_reference", "id"),
        (complaint("exam_attempt", nowhere), "unknown_reference", "id"),
        (complaint("work_order", &request), "unknown_reference", "id"),
        (
            complaint("engineer", &scene.engineer2),
            "evidence_elsewhere",
            "id",
        ),
        (complaint("work_order", &elsewhere), "evidence_elsewhere", "id"),
        (complaint("work_order", &later), "evidence_outside_period", "id"),
    ] {
        let refused = told(json!([complaint("work_order", &order), wrong])).await;
        let refused = refused.refused(422, code);
        assert_eq!(refused.pointers(), [format!("#/facts/1/{member}")]);
    }
    let unheard = told(json!([complaint("report", &order)])).await.expect(422);
    assert_eq!(unheard.pointers(), ["#/facts/0/resource"]);
    let right = [
        complaint("work_order", &order),
        complaint("service_request", &request),
        complaint("follow_up", &call),
        complaint("engineer", &scene.engineer1),
    ];
    let found = told(json!(right)).await.expect(201).body;
    let complaints = &found["lines"][4];
    assert_eq!(
        (&complaints["indicator"], &complaints["evidence_count"]),
        (&json!("complaints"), &json!(5))
    );
}

#[actix_web::test]
async fn a_scheme_names_only_facts_somebody_counts_or_may_tell() {
    let scene = Scene::open().await;
    let mut wrong = scheme("OWN", "20");
    wrong["indicators"][2]["formula"] =
        json!({"kind": "share", "of": "false_work_ordr", "by": "arrivals_due"});
    let refused = scene
        .manager
        .post("/v1/assessment-schemes", wrong)
        .await
        .expect(422);
    assert_eq!(
        refused.pointers(),
        ["#/indicators/2/formula/of", "#/indicators/2/formula/by"]
    );
    assert_eq!(refused.body["errors"][0]["code"], "unknown_fact");
}
