//! Service agreements, as a caller sees them.

use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Scene};

async fn premium(scene: &Scene) -> String {
    scene.template("PREMIUM", "premium", json!({})).await
}

fn actions(body: &Value) -> Vec<&str> {
    let all = body["allowed_actions"].as_array().unwrap();
    all.iter().map(|word| word.as_str().unwrap()).collect()
}

#[actix_web::test]
async fn an_agreement_is_drafted_submitted_and_approved_by_two_people() {
    let scene = Scene::open().await;
    let template = premium(&scene).await;
    let body = scene.agreement(&template, "2026-12-01", "2027-11-30");
    let made = scene
        .agent
        .post("/v1/service-agreements", body.clone())
        .await
        .expect(201);
    assert_eq!(
        (
            &made.body["number"],
            &made.body["status"],
            &made.body["price"]["amount"]
        ),
        (&json!("AG-20261123-000001"), &json!("draft"), &json!("365.00"))
    );
    assert_eq!(actions(&made.body), ["submit"]);
    let path = format!("/v1/service-agreements/{}", made.id());
    let act = async |by: &Client, action: &str| by.post(&format!("{path}/{action}"), json!({})).await;
    act(&scene.manager, "submit").await.refused(403, "not_the_author");
    let refused = act(&scene.manager, "approve")
        .await
        .refused(409, "invalid_transition");
    assert_eq!(refused.body["current_status"], "draft");
    act(&scene.agent, "submit").await.expect(200);
    act(&scene.agent, "approve")
        .await
        .refused(403, "insufficient_scope");
    let reason = json!({"reason": "价格与报价不符"});
    let back = scene
        .manager
        .post(&format!("{path}/reject"), reason)
        .await
        .expect(200);
    assert_eq!(
        (&back.body["status"], &back.body["status_reason"]),
        (&json!("draft"), &json!("价格与报价不符"))
    );
    scene
        .agent
        .patch(&path, json!({"price": {"amount": "300.00", "currency": "CNY"}}))
        .await
        .expect(200);
    act(&scene.agent, "submit").await.expect(200);
    act(&scene.agent, "withdraw").await.expect(200);
    act(&scene.agent, "submit").await.expect(200);
    let approved = act(&scene.manager, "approve").await.expect(200);
    assert_eq!(
        (&approved.body["status"], &approved.body["next_due_at"]),
        (&json!("approved"), &json!("2026-11-30T16:00:00.000Z"))
    );
    scene
        .agent
        .patch(&path, json!({"ends_on": "2028-11-30"}))
        .await
        .refused(409, "agreement_fixed");
    let own = scene
        .manager
        .post(
            "/v1/service-agreements",
            scene.agreement(&template, "2028-12-01", "2029-11-30"),
        )
        .await
        .expect(201);
    let own = format!("/v1/service-agreements/{}", own.id());
    scene
        .manager
        .post(&format!("{own}/submit"), json!({}))
        .await
        .expect(200);
    scene
        .manager
        .post(&format!("{own}/approve"), json!({}))
        .await
        .refused(403, "self_approval");
    let found = scene
        .agent
        .get("/v1/service-agreements?status=approved&ends_on_gte=2027-11-30&q=AG-20261123-000001")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["id"], made.body["id"]);
}

#[actix_web::test]
async fn what_was_not_used_is_proposed_to_be_paid_back() {
    let scene = Scene::open().await;
    let template = premium(&scene).await;
    let path = scene
        .signed(scene.agreement(&template, "2026-01-01", "2026-12-31"))
        .await;
    assert_eq!(scene.now(&path).await.body["status"], "active");
    let rest = json!({"reason": "客户逾期未付款"});
    scene
        .manager
        .post(&format!("{path}/suspend"), rest)
        .await
        .expect(200);
    scene
        .manager
        .post(&format!("{path}/resume"), json!({}))
        .await
        .expect(200);
    let end = json!({"reason": "客户搬迁", "on": "2026-11-21"});
    let ended = scene
        .manager
        .post(&format!("{path}/terminate"), end)
        .await
        .expect(200);
    assert_eq!(
        (
            &ended.body["status"],
            &ended.body["refund_proposal"]["amount"],
            &ended.body["terminated_on"]
        ),
        (&json!("terminated"), &json!("40.00"), &json!("2026-11-21"))
    );
    assert_eq!(actions(&ended.body), Vec::<&str>::new());
}

#[actix_web::test]
async fn an_agreement_names_only_what_is_there_all_at_once() {
    let scene = Scene::open().await;
    let nobody = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let template = premium(&scene).await;
    let body = json!({"customer_id": nobody, "template_id": template, "dedicated_engineer_id": nobody,
        "covers": {"scope": "product_categories", "product_category_ids": [nobody]},
        "starts_on": "2026-12-01", "ends_on": "2026-12-01"});
    let refused = scene.agent.post("/v1/service-agreements", body).await;
    assert_eq!(refused.status, 422);
    let mut found = refused.pointers();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "#/covers/product_category_ids/0",
            "#/customer_id",
            "#/dedicated_engineer_id",
            "#/ends_on"
        ]
    );
    let mut named = scene.agreement(&template, "2026-12-01", "2027-11-30");
    named["covers"] = json!({"scope": "product_categories"});
    let path = scene.draft(named).await;
    let refused = scene
        .agent
        .post(&format!("{path}/submit"), json!({}))
        .await
        .refused(422, "covers_incomplete");
    assert_eq!(refused.pointers(), ["#/covers"]);
}

#[actix_web::test]
async fn a_customer_sees_his_own_agreements_only() {
    let scene = Scene::open().await;
    let template = premium(&scene).await;
    let path = scene
        .signed(scene.agreement(&template, "2026-01-01", "2026-12-31"))
        .await;
    let caller = |name: &str, customer: &str| {
        scene.app.acting(Actor {
            name: name.to_owned(),
            roles: RoleSet::of(&[Role::Customer]),
            customer_id: customer.parse().ok(),
            is_system: false,
            ..Actor::system()
        })
    };
    let own = caller("liu.fang", &scene.customer_id);
    own.get(&path).await.expect(200);
    own.get(&format!("{path}/entitlements")).await.expect(200);
    let other = caller("somebody", &Uuid::from_u128(9).to_string());
    other.get(&path).await.refused(404, "not_found");
    other
        .get(&format!("{path}/usages"))
        .await
        .refused(404, "not_found");
    let list = other.get("/v1/service-agreements").await.expect(200);
    assert_eq!(list.body["data"], json!([]));
}

#[actix_web::test]
async fn another_system_drafts_by_its_key_and_an_agent_hands_it_in() {
    let scene = Scene::open().await;
    let template = premium(&scene).await;
    let erp = scene.app.with_role(Role::Integration);
    let path = "/v1/service-agreements/by-external-id/sap/4711";
    let put = |body: Value| erp.upsert(path, body);
    let body = scene.agreement(&template, "2026-12-01", "2027-11-30");
    let made = put(body.clone()).await.expect(201);
    assert_eq!(
        made.body["external_refs"],
        json!([{"system": "sap", "external_id": "4711"}])
    );
    let again = put(body.clone()).await.expect(200);
    assert_eq!(again.body["version"], 1, "nothing changed");
    let own = format!("/v1/service-agreements/{}", made.id());
    scene
        .agent
        .post(&format!("{own}/submit"), json!({}))
        .await
        .expect(200);
    put(body.clone()).await.expect(200);
    let mut longer = body;
    longer["ends_on"] = json!("2028-11-30");
    put(longer).await.refused(409, "agreement_fixed");
    assert_eq!(erp.get(path).await.expect(200).body["status"], "submitted");
}

#[actix_web::test]
async fn a_term_ends_within_the_calendar_and_so_does_the_next() {
    let scene = Scene::open().await;
    let template = scene.template("LONG", "standard", json!({})).await;
    let endless = scene.agreement(&template, "2026-01-01", "9999-12-31");
    let refused = scene.agent.post("/v1/service-agreements", endless).await;
    assert_eq!(refused.expect(422).pointers(), ["#/ends_on"]);
    let longest = scene
        .signed(scene.agreement(&template, "2026-01-01", "2099-12-31"))
        .await;
    let renewed = scene.agent.post(&format!("{longest}/renew"), json!({})).await;
    renewed.refused(422, "date_order");
    scene.agent.get("/v1/service-agreements").await.expect(200);
}
