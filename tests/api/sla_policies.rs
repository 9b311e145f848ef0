//! SLA policies, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

async fn by_code(client: &Client, collection: &str, code: &str) -> Value {
    let list = client
        .get(&format!("/v1/{collection}?code={code}"))
        .await
        .expect(200);
    list.body["data"][0].clone()
}

async fn gold(client: &Client) -> Value {
    let calendar = by_code(client, "business-calendars", "CN-STD").await["id"].clone();
    json!({
        "code": "SLA-GOLD", "name": {"zh": "金牌", "en": "Gold"}, "calendar_id": calendar,
        "targets": [{"kind": "response", "minutes": 30}, {"kind": "resolution", "minutes": 480, "priority": 1}],
        "applies_when": {"customer_class": "VIP"}, "rank": 50,
    })
}

async fn defaults(client: &Client) -> Vec<String> {
    let list = client.get("/v1/sla-policies?is_default=true").await.expect(200);
    list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["code"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn a_policy_reads_back_whole_and_its_conditions_merge() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let created = manager
        .post("/v1/sla-policies", gold(&manager).await)
        .await
        .expect(201);
    let path = format!("/v1/sla-policies/{}", created.id());
    assert_eq!(created.header("location"), Some(path.as_str()));
    let mut golden = manager.get(&path).await.expect(200).body;
    for varies in ["id", "created_by", "calendar_id"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "code": "SLA-GOLD", "name": {"zh": "金牌", "en": "Gold"},
            "targets": [{"kind": "response", "priority": null, "minutes": 30, "working_days": null},
                        {"kind": "resolution", "priority": 1, "minutes": 480, "working_days": null}],
            "warn_pct": 80, "rank": 50, "is_default": false, "allows_third_party": false, "is_active": true,
            "applies_when": {"service_type": null, "product_category_id": null, "customer_class": "VIP", "emergency": null, "agreement_type": null},
            "version": 1, "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z",
        })
    );
    let changed = manager
        .patch(
            &path,
            json!({"applies_when": {"emergency": true}, "warn_pct": 50}),
        )
        .await
        .expect(200);
    assert_eq!(
        (
            &changed.body["applies_when"]["customer_class"],
            &changed.body["applies_when"]["emergency"]
        ),
        (&json!("VIP"), &json!(true))
    );
    let cleared = manager
        .patch(&path, json!({"applies_when": null}))
        .await
        .expect(200);
    assert_eq!(
        (
            &cleared.body["applies_when"]["emergency"],
            &cleared.body["version"]
        ),
        (&json!(null), &json!(3))
    );
    manager
        .patch_at(&path, "\"v1\"", json!({"rank": 1}))
        .await
        .refused(412, "precondition_failed");
    let found = manager.get("/v1/sla-policies?q=gold&sort=rank").await.expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn six_policies_stand_from_the_start() {
    let app = App::start().await;
    let reader = app.with_role(Role::Finance);
    let list = reader
        .get("/v1/sla-policies?sort=code&with_total=true")
        .await
        .expect(200);
    let codes: Vec<&str> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "SLA-7X24",
            "SLA-COMPLAINT",
            "SLA-DEPOT",
            "SLA-PROJECT",
            "SLA-SPARES",
            "SLA-STD"
        ]
    );
    assert_eq!(defaults(&reader).await, ["SLA-STD"]);
    aftercare_persistence::seed::run(&app.db).await.unwrap();
    assert_eq!(
        reader
            .get("/v1/sla-policies?sort=code&with_total=true")
            .await
            .expect(200)
            .body,
        list.body
    );
}

#[actix_web::test]
async fn exactly_one_policy_is_the_default() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let std = by_code(&manager, "sla-policies", "SLA-STD").await;
    let std = format!("/v1/sla-policies/{}", std["id"].as_str().unwrap());
    for patch in [json!({"is_active": false}), json!({"is_default": false})] {
        manager
            .patch(&std, patch)
            .await
            .refused(409, "default_policy_required");
    }
    manager.delete(&std).await.refused(405, "method_not_allowed");
    let mut heir = gold(&manager).await;
    heir["is_default"] = json!(true);
    let heir = manager.post("/v1/sla-policies", heir).await.expect(201);
    assert_eq!(defaults(&manager).await, ["SLA-GOLD"]);
    manager.patch(&std, json!({"is_active": false})).await.expect(200);
    manager
        .patch(&std, json!({"is_default": true}))
        .await
        .refused(409, "default_policy_required");
    let back = manager
        .patch(&std, json!({"is_default": true, "is_active": true}))
        .await
        .expect(200);
    assert_eq!(back.body["is_default"], true);
    assert_eq!(defaults(&manager).await, ["SLA-STD"]);
    let heir = manager
        .get(&format!("/v1/sla-policies/{}", heir.id()))
        .await
        .expect(200);
    assert_eq!(
        (&heir.body["is_default"], &heir.body["version"]),
        (&json!(false), &json!(2))
    );
    aftercare_persistence::seed::run(&app.db).await.unwrap();
    assert_eq!(defaults(&manager).await, ["SLA-STD"]);
}

#[actix_web::test]
async fn a_policy_that_cannot_be_kept_is_refused_at_its_member() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let nowhere = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let response = json!({"kind": "response", "minutes": 481});
    for (member, value, status, code, pointer) in [
        (
            "targets",
            json!([response, {"kind": "resolution", "minutes": 480}]),
            422,
            "target_order",
            "#/targets",
        ),
        (
            "targets",
            json!([response, response]),
            422,
            "target_twice",
            "#/targets/1",
        ),
        (
            "targets",
            json!([{"kind": "response"}]),
            422,
            "target_form",
            "#/targets/0",
        ),
        (
            "targets",
            json!([{"kind": "resolution", "working_days": 2}]),
            422,
            "target_form",
            "#/targets/0",
        ),
        (
            "targets",
            json!([{"kind": "depot_return", "working_days": 2, "minutes": 1}]),
            422,
            "target_form",
            "#/targets/0",
        ),
        ("targets", json!([]), 422, "validation_failed", "#/targets"),
        (
            "calendar_id",
            json!(nowhere),
            422,
            "unknown_reference",
            "#/calendar_id",
        ),
        (
            "applies_when",
            json!({"product_category_id": nowhere}),
            422,
            "unknown_reference",
            "#/applies_when/product_category_id",
        ),
        ("code", json!("SLA-STD"), 409, "duplicate_code", "#/code"),
        ("warn_pct", json!(101), 422, "validation_failed", "#/warn_pct"),
    ] {
        let mut body = gold(&manager).await;
        body[member] = value;
        let refused = manager.post("/v1/sla-policies", body).await.refused(status, code);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    // Nobody counts by a new calendar yet, so it may close.
    let mut spare = by_code(&manager, "business-calendars", "ALWAYS-OPEN").await;
    let rest: serde_json::Map<_, _> = ["name", "mode", "time_zone", "weekly", "exceptions"]
        .iter()
        .map(|name| ((*name).to_owned(), spare[*name].take()))
        .collect();
    let mut made = Value::Object(rest);
    made["code"] = json!("SPARE");
    let closed = manager
        .post("/v1/business-calendars", made)
        .await
        .expect(201)
        .id();
    let path = format!("/v1/business-calendars/{closed}");
    manager
        .patch(&path, json!({"is_active": false}))
        .await
        .expect(200);
    let mut body = gold(&manager).await;
    body["calendar_id"] = json!(closed);
    manager
        .post("/v1/sla-policies", body)
        .await
        .refused(422, "inactive_reference");
}

#[actix_web::test]
async fn only_administrators_and_service_managers_make_promises() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let body = gold(&manager).await;
    for (n, role) in Role::ALL.iter().enumerate() {
        let client = app.with_role(*role);
        let read = client.get("/v1/sla-policies").await;
        if matches!(role, Role::PartsClerk | Role::KbEditor) {
            read.refused(403, "insufficient_scope");
        } else {
            read.expect(200);
        }
        let mut body = body.clone();
        body["code"] = json!(format!("SLA-{n}"));
        let made = client.post("/v1/sla-policies", body).await;
        if matches!(role, Role::Admin | Role::ServiceManager) {
            made.expect(201);
        } else {
            made.refused(403, "insufficient_scope");
        }
    }
}

#[actix_web::test]
async fn every_change_of_a_policy_keeps_its_former_state() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let id = manager
        .post("/v1/sla-policies", gold(&manager).await)
        .await
        .expect(201)
        .id();
    let path = format!("/v1/sla-policies/{id}");
    app.clock.set("2026-11-24T01:00:00.000Z");
    manager.patch(&path, json!({"warn_pct": 50})).await.expect(200);
    manager.patch(&path, json!({"warn_pct": 50})).await.expect(200);
    let crowned = manager
        .patch(&path, json!({"is_default": true}))
        .await
        .expect(200);
    let list = manager.get(&format!("{path}/versions")).await.expect(200);
    let told: Vec<Value> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kept| {
            json!([
                kept["version"],
                kept["body"]["warn_pct"],
                kept["body"]["is_default"],
                kept["valid_from"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!([3, 50, true, "2026-11-24T01:00:00.000Z"]),
            json!([2, 50, false, "2026-11-24T01:00:00.000Z"]),
            json!([1, 80, false, "2026-11-23T01:00:00.000Z"]),
        ],
        "newest first, and nothing for a change that changes nothing"
    );
    assert_eq!(
        list.body["data"][0]["body"], crowned.body,
        "a version is the policy as it stood"
    );
    // The former default stepped down: that is a change too. What is seeded has its first version.
    let std = by_code(&manager, "sla-policies", "SLA-STD").await;
    let list = manager
        .get(&format!(
            "/v1/sla-policies/{}/versions?sort=version",
            std["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
    let versions: Vec<&Value> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kept| &kept["version"])
        .collect();
    assert_eq!(versions, [1, 2]);
    let page = manager.get(&format!("{path}/versions?limit=2")).await.expect(200);
    assert_eq!(page.body["page"]["has_more"], true);
    let nowhere = format!(
        "/v1/sla-policies/{}/versions",
        std["calendar_id"].as_str().unwrap()
    );
    manager.get(&nowhere).await.refused(404, "not_found");
}

/// A calendar that is open one hour, once.
async fn once(client: &Client) -> String {
    let body = json!({"code": "ONCE", "name": {"zh": "只开一次", "en": null}, "time_zone": "UTC", "mode": "hours",
        "exceptions": [{"date": "2026-12-01", "kind": "workday", "frames": [["09:00", "10:00"]]}]});
    client.post("/v1/business-calendars", body).await.expect(201).id()
}

#[actix_web::test]
async fn a_policy_its_calendar_cannot_reach_is_refused_before_anybody_is_promised_anything() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager).in_language("en");
    let rare = once(&manager).await;
    let mut body = gold(&manager).await;
    body["calendar_id"] = json!(rare);
    let refused = manager
        .post("/v1/sla-policies", body.clone())
        .await
        .refused(422, "calendar_horizon");
    assert_eq!(
        refused.body["errors"].as_array().unwrap().len(),
        1,
        "{}",
        refused.text
    );
    assert_eq!(refused.body["errors"][0]["pointer"], "#/targets/1");
    let told = refused.body["detail"].as_str().unwrap();
    assert!(told.contains("SLA-GOLD") && told.contains("ONCE"), "{told}");

    // Within the one hour it can be kept, and no further.
    body["targets"] = json!([{"kind": "response", "minutes": 60}]);
    let made = manager.post("/v1/sla-policies", body).await.expect(201);
    let path = format!("/v1/sla-policies/{}", made.id());
    let more = json!({"targets": [{"kind": "response", "minutes": 61}]});
    let refused = manager.patch(&path, more).await.refused(422, "calendar_horizon");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/targets/0");
    let standard = by_code(&manager, "sla-policies", "SLA-STD").await["id"].clone();
    let standard = format!("/v1/sla-policies/{}", standard.as_str().unwrap());
    let refused = manager
        .patch(&standard, json!({"calendar_id": rare}))
        .await
        .refused(422, "calendar_horizon");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/calendar_id");
    let days = json!({"targets": [{"kind": "depot_return", "working_days": 2}]});
    manager.patch(&path, days).await.refused(422, "calendar_horizon");

    // Out of use it may stand on any calendar; it does not come back like that.
    let idle = json!({"is_active": false, "targets": [{"kind": "response", "minutes": 61}]});
    manager.patch(&path, idle).await.expect(200);
    let refused = manager
        .patch(&path, json!({"is_active": true}))
        .await
        .refused(422, "calendar_horizon");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/is_active");
}

#[actix_web::test]
async fn a_calendar_does_not_take_the_hours_a_policy_needs() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager).in_language("en");
    let week = json!({"mon": [["09:00", "17:00"]]});
    let body = json!({"code": "WEEKLY", "name": {"zh": "每周", "en": null}, "time_zone": "UTC", "mode": "hours", "weekly": week,
        "exceptions": [{"date": "2026-12-01", "kind": "workday", "frames": [["09:00", "10:00"]]}]});
    let calendar = manager
        .post("/v1/business-calendars", body)
        .await
        .expect(201)
        .id();
    let path = format!("/v1/business-calendars/{calendar}");
    let mut policy = gold(&manager).await;
    policy["calendar_id"] = json!(calendar);
    let made = manager.post("/v1/sla-policies", policy).await.expect(201);
    let rare = json!({"weekly": {"mon": null}});
    for reply in [
        manager.patch(&path, rare.clone()).await,
        manager.post(&format!("{path}/preview"), rare.clone()).await,
    ] {
        let refused = reply.refused(422, "calendar_horizon");
        assert_eq!(refused.body["errors"][0]["pointer"], "#/weekly");
        let told = refused.body["detail"].as_str().unwrap();
        assert!(told.contains("SLA-GOLD") && told.contains("WEEKLY"), "{told}");
    }
    assert_eq!(manager.get(&path).await.expect(200).body["version"], 1);
    let renamed = json!({"name": {"zh": "每周一", "en": null}});
    manager.patch(&path, renamed).await.expect(200);
    let policy = format!("/v1/sla-policies/{}", made.id());
    manager
        .patch(&policy, json!({"is_active": false}))
        .await
        .expect(200);
    manager.patch(&path, rare).await.expect(200);
}
