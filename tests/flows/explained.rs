//! Why it is so: promises explained stretch by stretch, locks with their rule and their proof.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Scene, unsolved};

fn millis(stretch: &Value, member: &str) -> i64 {
    stretch[member].as_i64().unwrap()
}

#[actix_web::test]
async fn a_promise_is_explained_stretch_by_stretch_and_adds_up() {
    let scene = Scene::open().await;
    let policies = scene
        .manager
        .get("/v1/sla-policies?code=SLA-7X24")
        .await
        .expect(200);
    let policy = policies.body["data"][0]["id"].as_str().unwrap().to_owned();
    let calendars = scene
        .manager
        .get("/v1/business-calendars?code=CN-STD")
        .await
        .expect(200);
    let calendar = calendars.body["data"][0]["id"].as_str().unwrap().to_owned();
    scene
        .manager
        .patch(
            &format!("/v1/sla-policies/{policy}"),
            json!({"calendar_id": calendar}),
        )
        .await
        .expect(200);

    scene.at("2026-09-30T08:00:00.000Z");
    let path = scene
        .register(json!({"required_by": "2026-10-20", "resolve_required_by": "2026-10-20"}))
        .await;
    scene.at("2026-09-30T09:00:00.000Z");
    scene
        .agent
        .post(&format!("{path}/hold"), json!({"reason": "awaiting_customer"}))
        .await
        .expect(200);
    scene.at("2026-09-30T09:30:00.000Z");
    scene
        .agent
        .post(&format!("{path}/resume"), json!({}))
        .await
        .expect(200);
    scene.at("2026-10-10T02:00:00.000Z");

    let reply = scene
        .agent
        .clone()
        .in_language("en")
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .expect(200);
    let told = &reply.body;
    let kinds: Vec<&str> = told["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stretch| stretch["kind"].as_str().unwrap())
        .collect();
    let wanted = "counted paused counted outside holiday outside counted outside counted outside counted outside \
                  counted outside make_up";
    assert_eq!(kinds.join(" "), wanted, "{}", reply.text);
    // 60 + 30 minutes before the holiday, two days of 8 hours, 90 minutes of the make-up day.
    assert_eq!(
        (&told["elapsed_minutes"], &told["explained_until"]),
        (&json!(1140), &json!("2026-10-10T02:00:00.000Z"))
    );
    let stretches = told["segments"].as_array().unwrap();
    let mut running = 0;
    for pair in stretches.windows(2) {
        assert_eq!(pair[0]["to"], pair[1]["from"], "no gaps");
    }
    for stretch in stretches {
        running += millis(stretch, "counted_ms");
        assert_eq!(millis(stretch, "running_ms"), running);
    }
    assert_eq!(
        running,
        millis(told, "elapsed_ms"),
        "the stretches add up to the elapsed time"
    );
    assert_eq!(
        (&stretches[1]["name"], &stretches[4]["name"]),
        (&json!("awaiting_customer"), &json!("国庆节"))
    );
    assert_eq!(
        (&told["calendar"]["code"], &told["policy"]["code"]),
        (&json!("CN-STD"), &json!("SLA-7X24"))
    );
    assert_eq!(
        told["policy"]["conditions"],
        json!([{"condition": "service_type", "wanted": "repair", "found": ["repair"], "holds": true}])
    );
    assert!(
        told["policy"]["because"]
            .as_str()
            .unwrap()
            .starts_with("Every condition holds")
    );

    // In the language asked for, and nothing for who may not see the request.
    let told = scene
        .agent
        .clone()
        .in_language("zh")
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .expect(200);
    assert!(
        told.body["policy"]["because"]
            .as_str()
            .unwrap()
            .starts_with("所有条件成立")
    );
    scene
        .e1
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_kept_promise_is_explained_until_it_was_kept() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.at("2026-11-23T01:20:00.000Z");
    scene
        .agent
        .post(&format!("{path}/respond"), json!({"comment": "已致电客户"}))
        .await
        .expect(200);
    scene.at("2026-11-23T02:00:00.000Z");
    let told = scene
        .agent
        .get(&format!("{path}/timers/response/explain"))
        .await
        .expect(200);
    assert_eq!(
        (
            &told.body["status"],
            &told.body["elapsed_minutes"],
            &told.body["explained_until"]
        ),
        (&json!("met"), &json!(20), &json!("2026-11-23T01:20:00.000Z"))
    );
    assert_eq!(told.body["remaining_ms"], json!(10 * 60_000));
}

#[actix_web::test]
async fn a_lock_names_its_rule_and_its_proof() {
    let scene = Scene::open().await;
    let overdue = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    let failed = scene.register(json!({})).await;
    scene
        .visit(&failed, &scene.engineer1, &scene.e1, unsolved())
        .await;
    scene
        .visit(&failed, &scene.engineer2, &scene.e2, unsolved())
        .await;
    scene.at("2026-11-23T04:00:00.000Z");

    let locks = scene
        .manager
        .clone()
        .in_language("zh")
        .get(&format!("{overdue}/locks"))
        .await
        .expect(200);
    let lock = &locks.body["data"][0];
    assert_eq!(lock["case"], "assignment_overdue");
    assert!(
        lock["rule"].as_str().unwrap().contains("超过分配期限"),
        "{}",
        locks.text
    );
    assert_eq!(
        lock["evidence"],
        json!({"assignment_due_at": "2026-11-23T03:00:00.000Z", "required_by": "2026-11-23T03:00:00.000Z",
            "unassigned_since": "2026-11-23T01:00:00.000Z", "attempts": []})
    );

    let english = scene.app.with_role(Role::ServiceManager).in_language("en");
    let locks = english.get(&format!("{failed}/locks")).await.expect(200);
    let lock = &locks.body["data"][0];
    assert_eq!(lock["case"], "unresolved_twice");
    assert!(
        lock["rule"]
            .as_str()
            .unwrap()
            .starts_with("Processed at least twice"),
        "{}",
        locks.text
    );
    let evidence = &lock["evidence"];
    assert_eq!(
        (&evidence["assignment_due_at"], &evidence["unassigned_since"]),
        (&Value::Null, &Value::Null)
    );
    let attempts: Vec<Value> = evidence["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| json!([a["no"], a["outcome"], a["accepted"], a["engineer_id"]]))
        .collect();
    assert_eq!(
        attempts,
        [
            json!([1, "unresolved", null, scene.engineer1]),
            json!([2, "unresolved", null, scene.engineer2])
        ]
    );
}

async fn named(scene: &Scene, code: &str) -> Value {
    let found = scene
        .manager
        .get(&format!("/v1/sla-policies?code={code}"))
        .await
        .expect(200);
    found.body["data"][0]["id"].clone()
}

async fn policy_of(scene: &Scene, path: &str, kind: &str, lang: &'static str) -> Value {
    let client = scene.manager.clone().in_language(lang);
    let told = client
        .get(&format!("{path}/timers/{kind}/explain"))
        .await
        .expect(200);
    told.body["policy"].clone()
}

/// How a policy that was not taken stands.
fn loss(policy: &Value, code: &str) -> Value {
    let others = policy["others"].as_array().unwrap();
    let other = others.iter().find(|other| other["code"] == code);
    other.unwrap_or_else(|| panic!("{code} is missing: {policy}"))["loss"].clone()
}

#[actix_web::test]
async fn a_policy_picked_by_hand_says_who_picked_it_when_and_why() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let before = policy_of(&scene, &path, "resolution", "en").await;
    assert_eq!(
        (&before["chosen_by"], &before["picked"]),
        (&json!("conditions_hold"), &Value::Null)
    );
    scene.at("2026-11-23T01:10:00.000Z");
    let again = json!({"reason": "重新计算"});
    let recompute = format!("{path}/recompute-sla");
    scene.supervisor.post(&recompute, again.clone()).await.expect(200);
    let same = policy_of(&scene, &path, "resolution", "en").await;
    assert_eq!(
        same["chosen_by"], "conditions_hold",
        "promising anew picks nothing"
    );

    let pick = json!({"sla_policy_id": named(&scene, "SLA-STD").await, "reason": "按客户要求"});
    scene.manager.post(&recompute, pick).await.expect(200);
    // What comes later without a policy stays by the one that was picked.
    scene.at("2026-11-23T01:20:00.000Z");
    scene.supervisor.post(&recompute, again).await.expect(200);
    let told = policy_of(&scene, &path, "resolution", "zh").await;
    assert_eq!(
        (&told["code"], &told["chosen_by"]),
        (&json!("SLA-STD"), &json!("picked"))
    );
    assert_eq!(
        (&told["picked"]["at"], &told["picked"]["reason"]),
        (&json!("2026-11-23T01:10:00.000Z"), &json!("按客户要求"))
    );
    let by = told["picked"]["by_name"].as_str().unwrap();
    let because = told["because"].as_str().unwrap();
    assert!(
        because.contains(by) && because.contains("2026-11-23") && because.contains("按客户要求"),
        "{because}"
    );
    assert_eq!(loss(&told, "SLA-7X24"), Value::Null, "it would be taken now");
    assert_eq!(loss(&told, "SLA-DEPOT"), "promises_nothing");
    assert_eq!(loss(&told, "SLA-PROJECT"), "condition_fails");
}

#[actix_web::test]
async fn a_policy_the_agreement_names_says_so() {
    let scene = Scene::open().await;
    let spares = named(&scene, "SLA-SPARES").await;
    let template = scene
        .template("NAMED", "standard", json!({"sla_policy_id": spares}))
        .await;
    scene
        .signed(scene.agreement(&template, "2026-01-01", "2027-12-31"))
        .await;
    let path = scene.register(json!({})).await;
    let told = policy_of(&scene, &path, "arrival", "en").await;
    assert_eq!(
        (&told["code"], &told["chosen_by"]),
        (&json!("SLA-SPARES"), &json!("agreement_names_it"))
    );
    assert_eq!(loss(&told, "SLA-7X24"), "agreement_names_another");
}

#[actix_web::test]
async fn a_preview_by_facts_takes_the_policy_a_registration_would() {
    let scene = Scene::open().await;
    let start = "2026-11-23T01:00:00.000Z";
    let ask = async |facts: Value| {
        let body = json!({"start": start, "facts": facts});
        let told = scene.agent.post("/v1/sla/preview", body).await.expect(200);
        told.body.clone()
    };
    // Nothing known but the service.
    let plain = ask(json!({"service_type": "repair"})).await;
    let policy = &plain["policy"];
    assert_eq!(
        (&policy["code"], &policy["chosen_by"], &policy["agreement_id"]),
        (&json!("SLA-7X24"), &json!("conditions_hold"), &Value::Null)
    );
    assert_eq!(loss(policy, "SLA-STD"), "only_default");
    assert_eq!(loss(policy, "SLA-PROJECT"), "condition_fails");
    let caught = ask(json!({"service_type": "install"})).await;
    assert_eq!(
        (&caught["policy"]["code"], &caught["policy"]["chosen_by"]),
        (&json!("SLA-STD"), &json!("is_default"))
    );
    // An emergency has the first priority: half the time.
    let urgent = ask(json!({"service_type": "install", "emergency": true})).await;
    assert_eq!(
        (&caught["targets"][0]["due_at"], &urgent["targets"][0]["due_at"]),
        (
            &json!("2026-11-23T02:00:00.000Z"),
            &json!("2026-11-23T01:30:00.000Z")
        )
    );

    // A class of customers, given or read from the customer.
    let vip = json!({"code": "SLA-VIP", "name": {"zh": "贵宾"}, "calendar_id": calendar(&scene).await, "rank": 0,
        "targets": [{"kind": "response", "minutes": 5}], "applies_when": {"customer_class": "VIP"}});
    scene.manager.post("/v1/sla-policies", vip).await.expect(201);
    let classed = ask(json!({"service_type": "repair", "customer_class": "VIP"})).await;
    assert_eq!(classed["policy"]["code"], "SLA-VIP");
    assert_eq!(loss(&classed["policy"], "SLA-7X24"), "ranks_lower");
    let customer =
        json!({"service_type": "repair", "customer_id": scene.customer_id, "product_id": scene.product_id});
    assert_eq!(ask(customer.clone()).await["policy"]["code"], "SLA-7X24");

    // The customer's agreement, and what a registration then gets.
    let spares = named(&scene, "SLA-SPARES").await;
    let template = scene
        .template("NAMED", "standard", json!({"sla_policy_id": spares}))
        .await;
    let agreement = scene
        .signed(scene.agreement(&template, "2026-01-01", "2027-12-31"))
        .await;
    let told = ask(customer.clone()).await;
    assert_eq!(
        (&told["policy"]["code"], &told["policy"]["chosen_by"]),
        (&json!("SLA-SPARES"), &json!("agreement_names_it"))
    );
    assert!(agreement.ends_with(told["policy"]["agreement_id"].as_str().unwrap()));
    let path = scene.register(json!({})).await;
    let made = scene.now(&path).await;
    for target in told["targets"].as_array().unwrap() {
        let timers = made.body["timers"].as_array().unwrap();
        let timer = timers.iter().find(|timer| timer["kind"] == target["kind"]);
        assert_eq!(timer.unwrap()["due_at"], target["due_at"]);
    }
    assert_eq!(
        made.body["timers"].as_array().unwrap().len(),
        told["targets"].as_array().unwrap().len()
    );

    // One subject, and only what is there.
    let nowhere = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    for (body, code, pointer) in [
        (
            json!({"start": start, "sla_policy_id": spares, "facts": {"service_type": "repair"}}),
            "calendar_or_policy",
            "#/facts",
        ),
        (
            json!({"start": start, "facts": {"service_type": "repair", "customer_id": nowhere}}),
            "unknown_reference",
            "#/facts/customer_id",
        ),
        (
            json!({"start": start, "facts": {"service_type": "nothing"}}),
            "unknown_reference",
            "#/facts/service_type",
        ),
    ] {
        let refused = scene.agent.post("/v1/sla/preview", body).await.refused(422, code);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

async fn calendar(scene: &Scene) -> Value {
    let found = scene
        .manager
        .get("/v1/business-calendars?code=ALWAYS-OPEN")
        .await
        .expect(200);
    found.body["data"][0]["id"].clone()
}
