//! Dictionaries and their items, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

const HOLD: &str = "/v1/dictionaries/hold_reason/items";

fn rainstorm() -> Value {
    json!({"code": "rainstorm", "name": {"zh": "暴雨"}})
}

fn codes(list: &Value) -> Vec<&str> {
    let rows = list["data"].as_array().unwrap();
    rows.iter().map(|row| row["code"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_first_start_brings_the_words_of_the_rules() {
    let app = App::start().await;
    let agent = app.with_role(Role::Customer);
    let all = agent
        .get("/v1/dictionaries?sort=code&system=true")
        .await
        .expect(200);
    let expected = [
        "channel",
        "complaint_nature",
        "customer_class",
        "dissatisfaction_reason",
        "hold_reason",
        "incident_level",
        "leave_type",
        "rejection_reason",
        "stock_movement_type",
        "unit",
        "unresolved_reason",
        "warranty_exclusion",
    ];
    assert_eq!(codes(&all.body), expected);
    let reasons = agent.get(HOLD).await.expect(200);
    let pausing: Vec<(&str, bool)> = codes(&reasons.body)
        .into_iter()
        .zip(reasons.body["data"].as_array().unwrap())
        .map(|(code, row)| (code, row["attributes"]["pauses_sla"].as_bool().unwrap()))
        .collect();
    let expected = [
        ("awaiting_customer", true),
        ("customer_requested_delay", true),
        ("force_majeure", true),
        ("awaiting_parts", false),
        ("awaiting_third_party", false),
        ("other", false),
    ];
    assert_eq!(pausing, expected);
    let vip = agent
        .get("/v1/dictionaries/customer_class/items/VIP")
        .await
        .expect(200);
    assert_eq!(vip.body["name"], json!({"zh": "VIP客户", "en": "VIP"}));
}

#[actix_web::test]
async fn seeding_again_keeps_what_people_shaped() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let path = format!("{HOLD}/awaiting_parts");
    let body = json!({"name": {"zh": "等件", "en": null}, "is_active": false});
    let changed = admin.patch(&path, body).await.expect(200);
    aftercare_persistence::seed::run(&app.db).await.unwrap();
    let read = admin.get(&path).await.expect(200);
    assert_eq!(read.body, changed.body);
    let reasons = admin.get(&format!("{HOLD}?with_total=true")).await.expect(200);
    assert_eq!(reasons.body["page"]["total"], 6);
}

#[actix_web::test]
async fn ac_007_a_dispatcher_adds_a_reason_on_the_fly() {
    let app = App::start().await;
    let dispatcher = app.with_role(Role::Dispatcher);
    let added = dispatcher.post(HOLD, rainstorm()).await.expect(201);
    let path = format!("{HOLD}/rainstorm");
    assert_eq!(added.header("location"), Some(path.as_str()));
    assert_eq!(added.header("etag"), Some("\"v1\""));
    let mut golden = dispatcher.get(&path).await.expect(200).body;
    assert_eq!(golden, added.body);
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "dictionary_code": "hold_reason", "code": "rainstorm", "name": {"zh": "暴雨", "en": null}, "sort": 1000,
            "attributes": {}, "is_active": true, "version": 1, "created_at": "2026-11-23T01:00:00.000Z",
            "updated_at": "2026-11-23T01:00:00.000Z"
        })
    );
    let choice = dispatcher
        .get(&format!("{HOLD}?is_active=true"))
        .await
        .expect(200);
    assert_eq!(codes(&choice.body).last(), Some(&"rainstorm"));
    let again = dispatcher
        .post(HOLD, rainstorm())
        .await
        .refused(409, "duplicate_code");
    assert_eq!(again.body["errors"][0]["pointer"], "#/code");
}

#[actix_web::test]
async fn every_member_of_staff_adds_words_and_nobody_else() {
    let app = App::start().await;
    for role in Role::ALL {
        let caller = app.with_role(*role);
        let body = json!({"code": format!("by_{role}"), "name": {"zh": "原因"}});
        let reply = caller.post(HOLD, body).await;
        match role {
            Role::Customer | Role::Integration => reply.refused(403, "insufficient_scope"),
            _ => reply.expect(201),
        };
        caller.get(HOLD).await.expect(200);
        let keeps = matches!(role, Role::Admin | Role::ServiceManager | Role::CustomerService);
        let renamed = caller
            .patch(&format!("{HOLD}/other"), json!({"name": {"zh": "其他"}}))
            .await;
        assert_eq!(renamed.status, if keeps { 200 } else { 403 }, "{role}");
    }
}

#[actix_web::test]
async fn words_the_rules_know_are_neither_added_nor_deleted() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let body = json!({"code": "V", "name": {"zh": "五级"}});
    admin
        .post("/v1/dictionaries/incident_level/items", body)
        .await
        .refused(409, "not_extensible");
    admin
        .delete(&format!("{HOLD}/other"))
        .await
        .refused(409, "system_dictionary");
    admin
        .patch("/v1/dictionaries/incident_level", json!({"extensible": true}))
        .await
        .refused(409, "system_dictionary");
    let retire = json!({"is_active": false});
    app.with_role(Role::CustomerService)
        .patch(&format!("{HOLD}/other"), retire.clone())
        .await
        .refused(403, "insufficient_scope");
    let retired = admin.patch(&format!("{HOLD}/other"), retire).await.expect(200);
    assert_eq!(
        (&retired.body["is_active"], &retired.body["version"]),
        (&json!(false), &json!(2))
    );
}

#[actix_web::test]
async fn a_dictionary_of_ones_own_grows_and_shrinks() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let body = json!({"code": "building_kind", "name": {"zh": "建筑类型", "en": "Kind of building"}, "extensible": true});
    let made = admin.post("/v1/dictionaries", body.clone()).await.expect(201);
    assert_eq!(made.header("location"), Some("/v1/dictionaries/building_kind"));
    admin
        .post("/v1/dictionaries", body)
        .await
        .refused(409, "duplicate_code");
    let items = "/v1/dictionaries/building_kind/items";
    let tower = json!({"code": "tower", "name": {"zh": "高层"}, "attributes": {"floors": 33}});
    let added = admin.post(items, tower).await.expect(201);
    assert_eq!(added.body["attributes"], json!({"floors": 33}));
    admin.delete(&format!("{items}/tower")).await.expect(204);
    admin
        .get(&format!("{items}/tower"))
        .await
        .refused(404, "not_found");
    let changed = admin
        .patch("/v1/dictionaries/building_kind", json!({"extensible": false}))
        .await
        .expect(200);
    assert_eq!(changed.body["version"], 2);
    app.with_role(Role::Dispatcher)
        .post(items, rainstorm())
        .await
        .refused(409, "not_extensible");
}

#[actix_web::test]
async fn wrong_words_are_refused() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let nowhere = "/v1/dictionaries/weather/items";
    admin.get(nowhere).await.refused(404, "not_found");
    admin.post(nowhere, rainstorm()).await.refused(404, "not_found");
    for code in ["Rain", "r", "1st", "rain-storm"] {
        let body = json!({"code": code, "name": {"zh": "雨"}});
        let refused = admin.post(HOLD, body).await.refused(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["pointer"], "#/code", "{code}");
    }
    let body = json!({"code": "rain", "name": {"zh": "雨"}, "attributes": {"pauses_sla": "yes"}});
    let refused = admin.post(HOLD, body).await.refused(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/attributes/pauses_sla");
    let body = json!({"code": "rain", "name": {"zh": "雨"}, "attributes": {"note": "x".repeat(5_000)}});
    let refused = admin.post(HOLD, body).await.refused(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/attributes");
}
