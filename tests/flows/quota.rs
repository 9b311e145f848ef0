//! What agreements grant: who waits for it, who gets it back, and the manager's word beside it (AG-2, AG-3).

use aftercare_api::flows::sequencer::number;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::agreements::{rows, visits};
use crate::support::{Scene, solved, unsolved};

async fn assign(scene: &Scene, request: &str) {
    let to = json!({"engineer_id": scene.engineer1, "force": true});
    let path = format!("{request}/assign");
    scene.manager.post(&path, to).await.expect(200);
}

async fn cancel(scene: &Scene, request: &str) {
    let because = json!({"reason": "客户取消"});
    let path = format!("{request}/cancel");
    scene.agent.post(&path, because).await.expect(200);
}

async fn coverage(scene: &Scene, request: &str) -> String {
    scene.now(request).await.str("coverage")
}

/// Used and reserved of the one entitlement of an agreement.
async fn taken(scene: &Scene, agreement: &str) -> (i64, i64) {
    let granted = rows(scene, &format!("{agreement}/entitlements")).await;
    let number = |member: &str| granted[0][member].as_i64().unwrap();
    (number("used"), number("reserved"))
}

#[actix_web::test]
async fn what_is_given_back_goes_to_whoever_waits_longest() {
    let scene = Scene::open().await;
    let (agreement, item) = visits(&scene, 1).await;
    let mut requests = Vec::new();
    for minute in 1..=3 {
        scene.at(&format!("2026-11-23T01:0{minute}:00.000Z"));
        let request = scene.register(json!({"service_item_id": item})).await;
        assign(&scene, &request).await;
        requests.push(request);
    }
    let [first, second, third] = [&requests[0], &requests[1], &requests[2]];
    let never = scene.register(json!({"service_item_id": item})).await;
    let all = async || {
        let mut found = Vec::new();
        for request in [second, third, &never] {
            found.push(coverage(&scene, request).await);
        }
        found
    };
    assert_eq!(all().await, ["chargeable", "chargeable", "chargeable"]);
    cancel(&scene, first).await;
    assert_eq!(all().await, ["agreement", "chargeable", "chargeable"]);
    assert_eq!(taken(&scene, &agreement).await, (0, 1));
    let history = rows(&scene, &format!("{second}/activities?limit=200")).await;
    let lines: Vec<&Value> = history.iter().filter(|it| it["action"] == "coverage").collect();
    assert_eq!(
        (
            &lines[0]["data"]["old"],
            &lines[0]["data"]["new"],
            &lines[0]["actor"]["user_id"]
        ),
        (&json!("chargeable"), &json!("agreement"), &json!(null)),
        "{lines:?}"
    );
    cancel(&scene, second).await;
    assert_eq!(all().await, ["agreement", "agreement", "chargeable"]);
    // Nobody is on the last one: it is told what it may count on, and nothing is set aside.
    cancel(&scene, third).await;
    assert_eq!(coverage(&scene, &never).await, "agreement");
    assert_eq!(taken(&scene, &agreement).await, (0, 0));
}

#[actix_web::test]
async fn a_verdict_that_is_settled_waits_for_nothing() {
    let scene = Scene::open().await;
    let (agreement, item) = visits(&scene, 1).await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(scene.register(json!({"service_item_id": item})).await);
    }
    let [first, done, decided, waiting] = [&requests[0], &requests[1], &requests[2], &requests[3]];
    assign(&scene, first).await;
    scene.visit(done, &scene.engineer2, &scene.e2, unsolved()).await;
    for request in [decided, waiting] {
        assign(&scene, request).await;
    }
    let word = json!({"coverage": "chargeable", "reason": "客户同意付费"});
    let path = format!("{decided}/override-coverage");
    scene.manager.post(&path, word).await.expect(200);
    cancel(&scene, first).await;
    let told = scene
        .manager
        .get(&format!("{decided}/coverage"))
        .await
        .expect(200);
    assert_eq!(told.body["verdict"]["coverage"], "chargeable");
    assert_eq!(coverage(&scene, done).await, "chargeable", "its job is done");
    assert_eq!(coverage(&scene, waiting).await, "agreement");
    assert_eq!(taken(&scene, &agreement).await, (0, 1));
}

#[actix_web::test]
async fn a_use_is_taken_back_once_and_stays_in_the_ledger() {
    let scene = Scene::open().await;
    let (agreement, item) = visits(&scene, 1).await;
    let request = scene.register(json!({"service_item_id": item})).await;
    assign(&scene, &request).await;
    let usage = rows(&scene, &format!("{agreement}/usages")).await[0].clone();
    let path = format!("{agreement}/usages/{}/reverse", usage["id"].as_str().unwrap());
    let because = json!({"reason": "故障与上次相同，不计次数"});
    let early = scene.manager.post(&path, because.clone()).await;
    let early = early.refused(409, "usage_not_consumed");
    assert_eq!(early.body["current_status"], "reserved");
    let order = scene.order(&request).await;
    for (action, body) in [
        ("accept", json!({})),
        ("arrive", json!({})),
        ("complete", solved()),
    ] {
        scene
            .e1
            .post(&format!("{order}/{action}"), body)
            .await
            .expect(200);
    }
    scene
        .supervisor
        .post(&format!("{request}/verify"), json!({}))
        .await
        .expect(200);
    assert_eq!(taken(&scene, &agreement).await, (1, 0));
    let waiting = scene.register(json!({"service_item_id": item})).await;
    assert_eq!(coverage(&scene, &waiting).await, "chargeable");
    let agent = scene.agent.post(&path, because.clone()).await;
    agent.refused(403, "insufficient_scope");
    let elsewhere = path.replace(agreement.rsplit('/').next().unwrap(), &scene.customer_id);
    let elsewhere = scene.manager.post(&elsewhere, because.clone()).await;
    elsewhere.refused(404, "not_found");
    let back = scene.manager.post(&path, because.clone()).await.expect(200);
    assert_eq!(
        (
            &back.body["status"],
            &back.body["reverse_reason"],
            back.body["reversed_by"].is_string()
        ),
        (&json!("reversed"), &because["reason"], true)
    );
    assert_eq!(taken(&scene, &agreement).await, (0, 0));
    assert_eq!(coverage(&scene, &waiting).await, "agreement");
    let twice = scene.manager.post(&path, because).await;
    let twice = twice.refused(409, "usage_not_consumed");
    assert_eq!(twice.body["current_status"], "reversed");
    let usages = rows(&scene, &format!("{agreement}/usages")).await;
    assert_eq!((usages.len(), &usages[0]["status"]), (1, &json!("reversed")));
    // The request it was taken back from takes no other.
    scene.follow(&request, "satisfied").await.expect(200);
    let again = json!({"reason": "又坏了"});
    scene
        .agent
        .post(&format!("{request}/reopen"), again)
        .await
        .expect(200);
    assign(&scene, &request).await;
    assert_eq!(taken(&scene, &agreement).await, (0, 0));
    number(&scene.app.db).await.unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let told = admin
        .get("/v1/changes?types=entitlement.usage_reversed")
        .await
        .expect(200);
    assert_eq!(told.body["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_managers_word_says_who_pays_each_kind_of_cost() {
    let scene = Scene::open().await;
    let request = scene.register(json!({})).await;
    let path = format!("{request}/override-coverage");
    let payers = async || {
        let told = scene
            .manager
            .get(&format!("{request}/coverage"))
            .await
            .expect(200);
        let payer = |kind: &str| told.body["payers"][kind]["payer"].as_str().unwrap().to_owned();
        ([payer("labour"), payer("part"), payer("travel")], told)
    };
    let (ruled, told) = payers().await;
    assert_eq!(ruled, ["customer", "customer", "customer"]);
    let because = told.body["because"].as_array().unwrap();
    assert_eq!((because.len(), &because[0]["kind"]), (1, &json!("rule")));
    let word = json!({"coverage": "goodwill", "part": "customer", "reason": "老客户，首次故障"});
    scene.manager.post(&path, word).await.expect(200);
    let (decided, told) = payers().await;
    assert_eq!(decided, ["company", "customer", "company"]);
    assert_eq!(told.body["payers"]["labour"]["rule"], "managers_word");
    assert_eq!(
        told.body["verdict"]["labour"]["payer"], "customer",
        "what the rule says stays"
    );
    let ground = &told.body["because"][0];
    assert_eq!(
        (
            &ground["kind"],
            &ground["reason"],
            &ground["at"],
            ground["by"].is_string()
        ),
        (
            &json!("override"),
            &json!("老客户，首次故障"),
            &json!("2026-11-23T01:00:00.000Z"),
            true
        )
    );
    assert_eq!(told.body["because"][1]["kind"], "rule");
    let word = json!({"coverage": "agreement", "travel": "agreement", "reason": "按协议"});
    let refused = scene.manager.post(&path, word).await.expect(422);
    assert_eq!(refused.pointers(), ["#/coverage", "#/travel"]);
    assert_eq!(coverage(&scene, &request).await, "goodwill");
}
