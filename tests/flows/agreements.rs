//! Agreements over time: what begins, is renewed and ends by the clock, what is used of them, and who pays (AG-1 to AG-4).

use std::collections::BTreeSet;

use aftercare_api::flows::sequencer::number;
use aftercare_api::jobs::clock::sweep;
use aftercare_domain::kernel::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{App, Scene, solved, unsolved};

pub async fn rows(scene: &Scene, path: &str) -> Vec<Value> {
    let found = scene.manager.get(path).await.expect(200);
    found.body["data"].as_array().unwrap().clone()
}

/// A template that grants so many visits a year, an agreement in force from it, and the service item.
pub async fn visits(scene: &Scene, quantity: i64) -> (String, String) {
    let item = scene.item("YEARLY-VISIT").await;
    let grant = json!([{"service_item_id": item, "quantity": quantity, "period": "year"}]);
    let template = scene
        .template("PREMIUM", "premium", json!({"service_items": grant}))
        .await;
    let path = scene
        .signed(scene.agreement(&template, "2026-01-01", "2027-12-31"))
        .await;
    (path, item)
}

#[actix_web::test]
async fn the_clock_begins_grants_renews_and_ends_an_agreement_once_across_replicas() {
    let scene = Scene::open().await;
    let item = scene.item("YEARLY-VISIT").await;
    let grant = json!([{"service_item_id": item, "quantity": 4, "period": "year"}]);
    let template = scene
        .template("PREMIUM", "premium", json!({"service_items": grant}))
        .await;
    let mut body = scene.agreement(&template, "2026-12-01", "2028-05-31");
    body["auto_renew"] = json!(true);
    let path = scene.signed(body).await;
    let replica = scene.app.replica().await;
    let sweep_both = async || {
        let (one, other) = (sweep(&scene.app.state), sweep(&replica.state));
        let (one, other) = futures_util::future::join(one, other).await;
        one.unwrap().max(other.unwrap())
    };
    assert_eq!(sweep_both().await, 0, "nothing is due before its day");
    scene.at("2026-11-30T16:00:00.000Z");
    sweep_both().await;
    let now = scene.now(&path).await;
    assert_eq!(
        (&now.body["status"], &now.body["next_due_at"]),
        (&json!("active"), &json!("2027-11-30T16:00:00.000Z"))
    );
    let granted = rows(&scene, &format!("{path}/entitlements")).await;
    assert_eq!(granted.len(), 1);
    assert_eq!(
        (&granted[0]["granted"], &granted[0]["period_end"]),
        (&json!(4), &json!("2027-11-30"))
    );
    scene.at("2027-12-01T01:00:00.000Z");
    sweep_both().await;
    let granted = rows(&scene, &format!("{path}/entitlements?sort=period_start")).await;
    assert_eq!(granted.len(), 2);
    assert_eq!(
        (&granted[1]["period_start"], &granted[1]["created_at"]),
        (&json!("2027-12-01"), &json!("2027-11-30T16:00:00.000Z")),
        "granted as of the day it began"
    );
    scene.at("2028-05-02T01:00:00.000Z");
    sweep_both().await;
    let id = path.rsplit('/').next().unwrap();
    let next = rows(&scene, &format!("/v1/service-agreements?renews_id={id}")).await;
    assert_eq!(next.len(), 1);
    assert_eq!(
        (&next[0]["status"], &next[0]["starts_on"], &next[0]["ends_on"]),
        (&json!("draft"), &json!("2028-06-01"), &json!("2029-11-30"))
    );
    scene.at("2028-06-01T01:00:00.000Z");
    sweep_both().await;
    let now = scene.now(&path).await;
    assert_eq!(
        (&now.body["status"], &now.body["next_due_at"]),
        (&json!("expired"), &json!(null))
    );
    assert_eq!(sweep_both().await, 0);
    assert_eq!(
        rows(&scene, &format!("/v1/service-agreements?renews_id={id}"))
            .await
            .len(),
        1
    );
}

#[actix_web::test]
async fn a_sandbox_that_moves_on_lets_each_step_happen_at_its_own_midnight() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    let path = scene
        .signed(scene.agreement(&template, "2026-12-01", "2026-12-31"))
        .await;
    let admin = scene.app.with_role(Role::Admin);
    let moved = admin
        .post("/v1/sandbox/clock/advance", json!({"to": "2027-02-01T00:00:00Z"}))
        .await
        .expect(200);
    assert_eq!(moved.body["fired"], 2);
    assert_eq!(scene.now(&path).await.body["status"], "expired");
    let id = path.rsplit('/').next().unwrap();
    let changes = admin.get("/v1/changes?limit=500").await.expect(200);
    let told: Vec<(String, String)> = changes.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["resource_id"] == id)
        .map(|change| {
            let text = |member: &str| change[member].as_str().unwrap().to_owned();
            (text("type"), text("occurred_at"))
        })
        .filter(|(kind, _)| kind.starts_with("agreement."))
        .collect();
    let at = |kind: &str, at: &str| (kind.to_owned(), at.to_owned());
    assert_eq!(
        told,
        [
            at("agreement.activated", "2026-11-30T16:00:00.000Z"),
            at("agreement.expired", "2026-12-31T16:00:00.000Z")
        ]
    );
}

#[actix_web::test]
async fn ac_012_the_agreed_promises_go_before_the_standard_ones() {
    let app = App::start().await;
    let (admin, manager) = (app.with_role(Role::Admin), app.with_role(Role::ServiceManager));
    let agent = app.with_role(Role::CustomerService);
    let mut ids = Vec::new();
    for (path, body) in [
        (
            "/v1/customers",
            json!({"kind": "enterprise", "name": "锦江宾馆", "phone": "028-85000001"}),
        ),
        (
            "/v1/customers",
            json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"}),
        ),
    ] {
        ids.push(agent.post(path, body).await.expect(201).id());
    }
    let category = json!({"code": "AC", "name": {"zh": "空调"}});
    let category = admin
        .post("/v1/product-categories", category)
        .await
        .expect(201)
        .id();
    let product = json!({"code": "A1", "model": "A1", "name": {"zh": "空调"}, "category_id": category});
    let product = admin.post("/v1/products", product).await.expect(201).id();
    let problem = json!({"code": "NO-COOL", "name": {"zh": "不制冷"}});
    let problem = admin.post("/v1/problem-types", problem).await.expect(201).id();
    let policies = manager.get("/v1/sla-policies?code=SLA-7X24").await.expect(200);
    let template = json!({"code": "PREMIUM", "name": {"zh": "高级"}, "agreement_type": "premium",
        "fee_mode": "fixed_annual", "price": {"amount": "12000.00", "currency": "CNY"},
        "sla_policy_id": policies.body["data"][0]["id"]});
    let template = manager
        .post("/v1/agreement-templates", template)
        .await
        .expect(201)
        .id();
    let body = json!({"customer_id": ids[0], "template_id": template, "covers": {"scope": "all"},
        "starts_on": "2026-01-01", "ends_on": "2026-12-31"});
    let signed = agent.post("/v1/service-agreements", body).await.expect(201).id();
    for (by, action) in [(&agent, "submit"), (&manager, "approve")] {
        let path = format!("/v1/service-agreements/{signed}/{action}");
        by.post(&path, json!({})).await.expect(200);
    }
    app.clock.set("2026-11-21T02:00:00.000Z");
    let mut due = Vec::new();
    for (customer, agreement, coverage) in [
        (&ids[0], json!(signed), "agreement"),
        (&ids[1], json!(null), "out_of_warranty"),
    ] {
        let body = json!({"channel": "phone", "service_type": "repair", "customer_id": customer, "product_id": product,
            "problem_type_id": problem, "title": "空调不制冷", "description": "停机", "impact": "medium",
            "urgency": "medium"});
        let made = agent.post("/v1/service-requests", body).await.expect(201);
        assert_eq!(
            (&made.body["agreement_id"], &made.body["coverage"]),
            (&agreement, &json!(coverage))
        );
        let timers = made.body["timers"].as_array().unwrap();
        let response = timers.iter().find(|timer| timer["kind"] == "response").unwrap();
        due.push(response["due_at"].as_str().unwrap().to_owned());
    }
    assert_eq!(due, ["2026-11-21T02:30:00.000Z", "2026-11-23T01:30:00.000Z"]);
}

#[actix_web::test]
async fn ac_013_the_fifth_of_four_visits_is_charged_and_never_refused() {
    let scene = Scene::open().await;
    let (path, item) = visits(&scene, 4).await;
    let asked = json!({"service_item_id": item});
    for _ in 0..4 {
        let request = scene.register(asked.clone()).await;
        assert_eq!(scene.now(&request).await.body["coverage"], "agreement");
        scene.visit(&request, &scene.engineer1, &scene.e1, solved()).await;
        scene
            .supervisor
            .post(&format!("{request}/verify"), json!({}))
            .await
            .expect(200);
    }
    let granted = rows(&scene, &format!("{path}/entitlements")).await;
    assert_eq!(
        (
            &granted[0]["granted"],
            &granted[0]["used"],
            &granted[0]["reserved"]
        ),
        (&json!(4), &json!(4), &json!(0))
    );
    let fifth = scene.register(asked).await;
    assert_eq!(scene.now(&fifth).await.body["coverage"], "chargeable");
    let why = scene.manager.get(&format!("{fifth}/coverage")).await.expect(200);
    let reasons = why.body["verdict"]["reasons"].as_array().unwrap();
    assert!(reasons.contains(&json!("quota_exhausted")), "{}", why.body);
    assert!(
        why.body["explanations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|told| told["text"] == "The granted number is used up.")
    );
    assert_eq!(
        why.body["verdict"]["labour"],
        json!({"payer": "customer", "rule": "fee_table"})
    );
}

#[actix_web::test]
async fn fifty_assignments_at_once_reserve_four_of_four() {
    let scene = Scene::open().await;
    let (path, item) = visits(&scene, 4).await;
    let asked = json!({"service_item_id": item});
    let mut requests = Vec::new();
    for _ in 0..50 {
        requests.push(scene.register(asked.clone()).await);
    }
    let assign = json!({"engineer_id": scene.engineer1, "force": true});
    let calls = requests.iter().map(|request| {
        let path = format!("{request}/assign");
        let assign = assign.clone();
        let manager = &scene.manager;
        async move {
            for _ in 0..50 {
                let reply = manager.post(&path, assign.clone()).await;
                // All wait for one row: whoever waits too long is told to come back, and does.
                if reply.status != 503 {
                    return reply.expect(200).str("coverage");
                }
            }
            panic!("the ledger never had time")
        }
    });
    let coverages = join_all(calls).await;
    let covered = coverages.iter().filter(|word| *word == "agreement").count();
    assert_eq!(covered, 4, "{coverages:?}");
    let granted = rows(&scene, &format!("{path}/entitlements")).await;
    assert_eq!(
        (&granted[0]["reserved"], &granted[0]["used"]),
        (&json!(4), &json!(0))
    );
    let usages = rows(&scene, &format!("{path}/usages?limit=200")).await;
    let of: BTreeSet<&str> = usages
        .iter()
        .map(|usage| usage["service_request_id"].as_str().unwrap())
        .collect();
    assert_eq!((usages.len(), of.len()), (4, 4));
    number(&scene.app.db).await.unwrap();
    let changes = scene
        .app
        .with_role(Role::Admin)
        .get("/v1/changes?limit=500&types=entitlement.exhausted")
        .await;
    let told = changes.expect(200);
    assert_eq!(told.body["data"].as_array().unwrap().len(), 1, "it is told once");
}

#[actix_web::test]
async fn what_was_set_aside_is_given_back_when_nobody_comes() {
    let scene = Scene::open().await;
    let (path, item) = visits(&scene, 1).await;
    let request = scene.register(json!({"service_item_id": item})).await;
    let assign = json!({"engineer_id": scene.engineer1});
    let reserved = async || {
        let granted = rows(&scene, &format!("{path}/entitlements")).await;
        granted[0]["reserved"].as_i64().unwrap()
    };
    scene
        .dispatcher
        .post(&format!("{request}/assign"), assign.clone())
        .await
        .expect(200);
    assert_eq!(reserved().await, 1);
    let other = scene.register(json!({"service_item_id": item})).await;
    assert_eq!(scene.now(&other).await.body["coverage"], "chargeable");
    scene
        .dispatcher
        .post(&format!("{request}/unassign"), json!({"reason": "工程师请假"}))
        .await
        .expect(200);
    assert_eq!(reserved().await, 0);
    scene
        .dispatcher
        .post(&format!("{other}/assign"), assign.clone())
        .await
        .expect(200);
    assert_eq!(
        (reserved().await, scene.now(&other).await.body["coverage"].clone()),
        (1, json!("agreement"))
    );
    scene
        .agent
        .post(&format!("{other}/cancel"), json!({"reason": "客户取消"}))
        .await
        .expect(200);
    assert_eq!(reserved().await, 0);
    let usages = rows(&scene, &format!("{path}/usages?sort=at")).await;
    let states: Vec<&str> = usages.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["released", "released"]);
}

#[actix_web::test]
async fn ac_011_what_the_customer_broke_he_pays_and_the_verdict_is_kept() {
    let scene = Scene::open().await;
    let template = scene.template("PREMIUM", "premium", json!({})).await;
    scene
        .signed(scene.agreement(&template, "2026-01-01", "2026-12-31"))
        .await;
    let request = scene.register(json!({})).await;
    let mut broken = unsolved();
    broken["exclusion_cause"] = json!("thunder");
    scene
        .dispatcher
        .post(
            &format!("{request}/assign"),
            json!({"engineer_id": scene.engineer1}),
        )
        .await
        .expect(200);
    let order = scene.order(&request).await;
    for action in ["accept", "arrive"] {
        scene
            .e1
            .post(&format!("{order}/{action}"), json!({}))
            .await
            .expect(200);
    }
    let refused = scene
        .e1
        .post(&format!("{order}/complete"), broken.clone())
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/exclusion_cause"]);
    broken["exclusion_cause"] = json!("misuse");
    scene
        .e1
        .post(&format!("{order}/complete"), broken)
        .await
        .expect(200);
    let told = scene
        .manager
        .get(&format!("{request}/coverage"))
        .await
        .expect(200);
    let verdict = &told.body["verdict"];
    assert_eq!(
        (&told.body["coverage"], &verdict["source"], &verdict["exclusion"]),
        (&json!("chargeable"), &json!("exclusion"), &json!("misuse"))
    );
    let charged = json!({"payer": "customer", "rule": "cost_and_labour"});
    assert_eq!((&verdict["labour"], &verdict["part"]), (&charged, &charged));
    assert!(told.body["frozen_at"].is_string());
    scene.visit(&request, &scene.engineer2, &scene.e2, solved()).await;
    assert_eq!(scene.now(&request).await.body["coverage"], "chargeable");
    let word = json!({"coverage": "goodwill", "reason": "老客户，首次故障"});
    scene
        .supervisor
        .post(&format!("{request}/override-coverage"), word.clone())
        .await
        .refused(403, "insufficient_scope");
    let set = scene
        .manager
        .post(&format!("{request}/override-coverage"), word)
        .await
        .expect(200);
    assert_eq!(set.body["coverage"], "goodwill");
    let told = scene
        .manager
        .get(&format!("{request}/coverage"))
        .await
        .expect(200);
    assert_eq!(
        (
            &told.body["overridden"]["reason"],
            &told.body["verdict"]["coverage"]
        ),
        (&json!("老客户，首次故障"), &json!("chargeable"))
    );
    let history = rows(&scene, &format!("{request}/activities?limit=200")).await;
    let line = history
        .iter()
        .find(|line| line["action"] == "override_coverage")
        .unwrap();
    assert_eq!(
        (&line["comment"], &line["data"]["new"]),
        (&json!("老客户，首次故障"), &json!("goodwill"))
    );
}

#[actix_web::test]
async fn who_would_pay_is_told_before_anything_is_promised() {
    let scene = Scene::open().await;
    let (path, item) = visits(&scene, 1).await;
    let standard = scene.template("STD", "standard", json!({})).await;
    let weaker = scene
        .signed(scene.agreement(&standard, "2026-01-01", "2026-12-31"))
        .await;
    let later = scene
        .signed(scene.agreement(&standard, "2027-01-01", "2027-12-31"))
        .await;
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let ask = |more: Value| {
        let mut body = json!({"customer_id": scene.customer_id});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        scene.agent.post("/v1/entitlements/check", body)
    };
    let told = ask(json!({"service_item_id": item})).await.expect(200);
    let verdict = &told.body["verdict"];
    assert_eq!(
        (&verdict["coverage"], &verdict["agreement_id"], &told.body["at"]),
        (&json!("agreement"), &json!(id(&path)), &json!("2026-11-23"))
    );
    assert_eq!(told.body["entitlement"]["granted"], 1);
    let lost = |agreement: &str| {
        let candidates = verdict["candidates"].as_array().unwrap();
        let found = candidates.iter().find(|it| it["agreement_id"] == id(agreement));
        found.unwrap()["loss"].clone()
    };
    assert_eq!(lost(&weaker), "weaker_kind");
    assert_eq!(lost(&later), "not_begun");
    let chosen: Vec<&Value> = verdict["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["is_chosen"] == true)
        .collect();
    assert_eq!(chosen.len(), 1);
    let past = ask(json!({"at": "2025-06-01"})).await.expect(200);
    assert_eq!(past.body["verdict"]["coverage"], "out_of_warranty");
    let remote = ask(json!({"at": "2025-06-01", "handling": "remote"}))
        .await
        .expect(200);
    assert_eq!(
        (
            &remote.body["verdict"]["labour"]["rule"],
            &remote.body["verdict"]["travel"]["rule"]
        ),
        (&json!("free_for_life"), &json!("no_visit"))
    );
    let broken = ask(json!({"exclusion_cause": "misuse"})).await.expect(200);
    assert_eq!(broken.body["verdict"]["source"], "exclusion");
    let usages = rows(&scene, &format!("{path}/usages")).await;
    assert!(usages.is_empty(), "asking sets nothing aside");
}

#[actix_web::test]
async fn ac_014_a_newly_signed_contract_covers_what_no_warranty_does() {
    let scene = Scene::open().await;
    let before = scene.register(json!({})).await;
    assert_eq!(scene.now(&before).await.body["coverage"], "out_of_warranty");
    let template = scene.template("STD", "standard", json!({})).await;
    let path = scene
        .signed(scene.agreement(&template, "2026-11-23", "2027-11-22"))
        .await;
    let after = scene.register(json!({})).await;
    let id = json!(path.rsplit('/').next().unwrap());
    let now = scene.now(&after).await;
    assert_eq!(
        (&now.body["coverage"], &now.body["agreement_id"]),
        (&json!("agreement"), &id)
    );
    assert_eq!(
        scene.now(&before).await.body["coverage"],
        "out_of_warranty",
        "the choice of an earlier request stays"
    );
    let found = rows(&scene, "/v1/service-requests?coverage=agreement,goodwill").await;
    assert_eq!((found.len(), &found[0]["agreement_id"]), (1, &id));
    scene
        .manager
        .post(&format!("{path}/suspend"), json!({"reason": "客户逾期未付款"}))
        .await
        .expect(200);
    let resting = scene.register(json!({})).await;
    assert_eq!(scene.now(&resting).await.body["agreement_id"], json!(null));
    let why = scene
        .manager
        .get(&format!("{resting}/coverage"))
        .await
        .expect(200);
    let candidates = why.body["verdict"]["candidates"].as_array().unwrap();
    let agreement = candidates.iter().find(|it| it["agreement_id"] == id).unwrap();
    assert_eq!(agreement["loss"], "suspended");
}
