//! Service outlets, as a caller sees them.

use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use crate::support::{Client, Scene};

fn outlet(code: &str, more: Value) -> Value {
    let mut body = json!({
        "code": code, "name": "成都锦江网点", "level": "A", "region_code": "510104", "service_regions": ["510104"],
        "phone": "028-86668666", "license_no": "91510104MA61R3K8", "bank_account": "6222020200112233",
        "deposit": {"amount": "20000.00", "currency": "CNY"}
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// An outlet that applies; its path.
pub async fn applied(scene: &Scene, code: &str, more: Value) -> String {
    let made = scene
        .manager
        .post("/v1/service-outlets", outlet(code, more))
        .await;
    format!("/v1/service-outlets/{}", made.expect(201).id())
}

/// An outlet in this state; its path.
pub async fn standing(scene: &Scene, code: &str, state: &str) -> String {
    let path = applied(scene, code, json!({})).await;
    let because = || json!({"reason": "整改"});
    let way: &[&str] = match state {
        "applying" => &[],
        "rejected" => &["reject"],
        "trial" => &["approve"],
        "suspended" => &["approve", "suspend"],
        "terminated" => &["approve", "terminate"],
        // Only time and stars make a trial outlet an active one: here somebody put it there.
        "active" => {
            act(scene, &path, "approve", json!({})).await;
            tried(scene, code, 3).await;
            act(scene, &path, "confirm", json!({})).await;
            &[]
        }
        other => panic!("no story leads to {other}"),
    };
    for action in way {
        if *action == "terminate" {
            scene
                .manager
                .patch(&path, json!({"deposit": null}))
                .await
                .expect(200);
        }
        let body = if *action == "approve" {
            json!({})
        } else {
            because()
        };
        act(scene, &path, action, body).await;
    }
    path
}

/// Lets an outlet be on trial since August, with so many stars.
async fn tried(scene: &Scene, code: &str, stars: i64) {
    let since = format!(
        "update service_outlets set star = {stars}, trial_since = '2026-08-01' where code = '{code}'"
    );
    scene.app.by_hand(&since).await;
}

async fn act(scene: &Scene, path: &str, action: &str, body: Value) -> Value {
    let done = scene.manager.post(&format!("{path}/{action}"), body).await;
    done.expect(200).body
}

/// Whoever runs an outlet.
pub fn runs(scene: &Scene, outlet: &str) -> Client {
    let id = outlet.rsplit('/').next().unwrap();
    scene.app.acting(Actor {
        name: format!("outlet {id}"),
        user_id: Some(aftercare_domain::kernel::meta::UserId(id.parse().unwrap())),
        roles: RoleSet::of(&[Role::OutletManager]),
        outlet_id: Some(id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    })
}

#[actix_web::test]
async fn an_outlet_that_was_rejected_or_has_ended_does_not_change() {
    let scene = Scene::open().await;
    for (code, state) in [("CD01", "rejected"), ("CD02", "terminated")] {
        let path = standing(&scene, code, state).await;
        let patch = json!({"phone": "028-86668667"});
        let refused = scene
            .manager
            .patch(&path, patch)
            .await
            .refused(409, "outlet_ended");
        assert_eq!(refused.body["current_status"], state);
    }
}

#[actix_web::test]
async fn a_customer_sees_active_outlets_with_what_everybody_may_know() {
    let scene = Scene::open().await;
    let trial = standing(&scene, "CD02", "trial").await;
    let active = standing(&scene, "CD01", "active").await;
    let told = json!({"contact": "周经理", "contract_from": "2026-01-01", "contract_to": "2027-12-31",
        "parts_credit_limit": {"amount": "5000.00", "currency": "CNY"},
        "external_refs": [{"system": "sap", "external_id": "V100"}]});
    scene.manager.patch(&active, told).await.expect(200);
    let customer = scene.app.with_role(Role::Customer);
    let listed = customer.get("/v1/service-outlets").await.expect(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
    let seen = customer.get(&active).await.expect(200).body;
    assert_eq!(listed.body["data"][0], seen);
    assert_eq!(
        (
            &seen["name"],
            &seen["code"],
            &seen["phone"],
            &seen["region_code"],
            &seen["star"],
            &seen["service_regions"]
        ),
        (
            &json!("成都锦江网点"),
            &json!("CD01"),
            &json!("028-86668666"),
            &json!("510104"),
            &json!(3),
            &json!(["510104"])
        )
    );
    for member in [
        "contact",
        "license_no",
        "bank_account",
        "contract_from",
        "contract_to",
        "deposit",
        "trial_since",
        "confirmed_on",
        "settlement_coefficient",
        "parts_credit_limit",
        "status_reason",
        "created_by",
    ] {
        assert_eq!(seen[member], Value::Null, "{member}");
    }
    assert_eq!(
        (&seen["external_refs"], &seen["allowed_actions"]),
        (&json!([]), &json!([]))
    );
    let by_key = customer.get("/v1/service-outlets/by-external-id/sap/V100").await;
    assert_eq!(by_key.expect(200).body, seen);
    customer.get(&trial).await.refused(404, "not_found");
    for kept in ["/v1/service-outlets/coverage", "/v1/outlet-assessments"] {
        customer.get(kept).await.refused(403, "insufficient_scope");
    }
    let account = customer.get(&format!("{active}/bank-account")).await;
    account.refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn an_outlet_applies_is_tried_works_rests_and_ends() {
    let scene = Scene::open().await;
    let path = applied(&scene, "CD01", json!({"license_no": null})).await;
    let missing = scene.manager.post(&format!("{path}/approve"), json!({})).await;
    let missing = missing.refused(422, "outlet_papers_missing");
    assert_eq!(missing.pointers(), ["#/license_no"]);
    scene
        .manager
        .patch(&path, json!({"license_no": "91510104MA61R3K8"}))
        .await
        .expect(200);
    let trial = act(&scene, &path, "approve", json!({})).await;
    assert_eq!(
        (&trial["status"], &trial["trial_since"], &trial["allowed_actions"]),
        (
            &json!("trial"),
            &json!("2026-11-23"),
            &json!(["confirm", "suspend", "terminate"])
        )
    );
    let early = scene.manager.post(&format!("{path}/confirm"), json!({})).await;
    let early = early.refused(409, "trial_not_passed");
    assert_eq!(early.body["current_status"], "trial");
    tried(&scene, "CD01", 2).await;
    let weak = scene.manager.post(&format!("{path}/confirm"), json!({})).await;
    weak.refused(409, "trial_not_passed");
    tried(&scene, "CD01", 3).await;
    let active = act(&scene, &path, "confirm", json!({})).await;
    assert_eq!(
        (&active["status"], &active["confirmed_on"]),
        (&json!("active"), &json!("2026-11-23"))
    );
    let resting = act(&scene, &path, "suspend", json!({"reason": "连续两期一星"})).await;
    assert_eq!(resting["status_reason"], "连续两期一星");
    let back = act(&scene, &path, "reinstate", json!({})).await;
    assert_eq!(
        (&back["status"], &back["status_reason"]),
        (&json!("active"), &Value::Null)
    );
    let held = scene
        .manager
        .post(&format!("{path}/terminate"), json!({"reason": "合同到期"}))
        .await
        .refused(409, "outlet_not_clear");
    assert_eq!(
        (&held.body["is_deposit_held"], &held.body["open_orders"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(held.body["reasons"], json!(["deposit"]));
    scene
        .manager
        .patch(&path, json!({"deposit": null}))
        .await
        .expect(200);
    let over = act(&scene, &path, "terminate", json!({"reason": "合同到期"})).await;
    assert_eq!(
        (&over["status"], &over["allowed_actions"]),
        (&json!("terminated"), &json!([]))
    );
    let admin = scene.app.with_role(Role::Admin);
    aftercare_api::flows::sequencer::number(&scene.app.db)
        .await
        .unwrap();
    let told = admin
        .get("/v1/changes?types=outlet.status_changed&limit=50")
        .await
        .expect(200);
    assert_eq!(told.body["data"].as_array().unwrap().len(), 5, "{}", told.text);
    assert_eq!(told.body["data"][0]["href"], json!(path), "{}", told.text);
}

#[actix_web::test]
async fn a_suspended_outlet_gets_no_new_job_and_does_not_end_with_one_open() {
    let scene = Scene::open().await;
    let path = standing(&scene, "CD01", "trial").await;
    let outlet_id = path.rsplit('/').next().unwrap();
    let engineer = format!("/v1/engineers/{}", scene.engineer1);
    scene
        .manager
        .patch(&engineer, json!({"outlet_id": outlet_id}))
        .await
        .expect(200);
    let to = json!({"engineer_id": scene.engineer1});
    let first = scene.register(json!({})).await;
    scene
        .dispatcher
        .post(&format!("{first}/assign"), to.clone())
        .await
        .expect(200);
    act(&scene, &path, "suspend", json!({"reason": "整改"})).await;
    let second = scene.register(json!({})).await;
    let refused = scene
        .dispatcher
        .post(&format!("{second}/assign"), to)
        .await
        .refused(409, "engineer_unavailable");
    assert_eq!(refused.body["reasons"], json!(["outlet_not_in_service"]));
    let open = format!("/v1/work-orders?outlet_id={outlet_id}&status=dispatched");
    let open = scene.manager.get(&open).await.expect(200);
    assert_eq!(open.body["data"].as_array().unwrap().len(), 1);
    scene
        .manager
        .patch(&path, json!({"deposit": null}))
        .await
        .expect(200);
    let stands = scene
        .manager
        .post(&format!("{path}/terminate"), json!({"reason": "x"}))
        .await
        .refused(409, "outlet_not_clear");
    assert_eq!(
        (&stands.body["open_orders"], &stands.body["is_deposit_held"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(stands.body["reasons"], json!(["open_work_orders"]));
}

#[actix_web::test]
async fn a_bank_account_is_shown_in_full_only_to_whoever_may() {
    let scene = Scene::open().await;
    let path = applied(&scene, "CD01", json!({})).await;
    let other = applied(&scene, "CD02", json!({"bank_account": null})).await;
    let whole = format!("{path}/bank-account");
    assert_eq!(
        scene.manager.get(&path).await.expect(200).body["bank_account"],
        "****2233"
    );
    let finance = scene.app.with_role(Role::Finance);
    assert_eq!(
        finance.get(&whole).await.expect(200).body["bank_account"],
        "6222020200112233"
    );
    let own = runs(&scene, &path);
    assert_eq!(
        own.get(&whole).await.expect(200).body["bank_account"],
        "6222020200112233"
    );
    own.get(&format!("{other}/bank-account"))
        .await
        .refused(404, "not_found");
    scene
        .supervisor
        .get(&whole)
        .await
        .refused(403, "insufficient_scope");
    let changed = json!({"bank_account": "6222020200998877"});
    let changed = scene.manager.patch(&path, changed).await.expect(200);
    assert_eq!(changed.body["bank_account"], "****8877");
    assert_eq!(
        finance.get(&whole).await.expect(200).body["bank_account"],
        "6222020200998877"
    );
    scene
        .manager
        .patch(&path, json!({"bank_account": null}))
        .await
        .expect(200);
    assert_eq!(
        finance.get(&whole).await.expect(200).body["bank_account"],
        Value::Null
    );
    let admin = scene.app.with_role(Role::Admin);
    let trail = admin.get("/v1/audit-logs?limit=200").await.expect(200);
    assert!(trail.text.contains("****2233") && !trail.text.contains("6222020200"));
}

#[actix_web::test]
async fn an_outlets_people_see_their_own_alone() {
    let scene = Scene::open().await;
    let (own, other) = (
        applied(&scene, "CD01", json!({})).await,
        applied(&scene, "CD02", json!({})).await,
    );
    let runs = runs(&scene, &own);
    let seen = runs.get("/v1/service-outlets").await.expect(200);
    assert_eq!(seen.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(seen.body["data"][0]["code"], "CD01");
    assert_eq!(seen.body["data"][0]["allowed_actions"], json!([]));
    runs.get(&other).await.refused(404, "not_found");
    scene.e1.get(&own).await.refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn who_serves_a_place_and_a_product_is_found_by_what_is_above_them() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let categories = admin.get("/v1/product-categories?code=AC").await.expect(200);
    let air = categories.body["data"][0]["id"].as_str().unwrap().to_owned();
    let below = json!({"code": "AC-WALL", "name": {"zh": "挂机"}, "parent_id": air});
    let wall = admin.post("/v1/product-categories", below).await.expect(201).id();
    let beside = json!({"code": "TV", "name": {"zh": "电视"}});
    let tv = admin
        .post("/v1/product-categories", beside)
        .await
        .expect(201)
        .id();
    applied(
        &scene,
        "COUNTY",
        json!({"service_regions": ["510104"], "category_ids": [air]}),
    )
    .await;
    applied(
        &scene,
        "CITY",
        json!({"service_regions": ["510100"], "category_ids": [wall]}),
    )
    .await;
    applied(&scene, "ALL", json!({"service_regions": ["510000"]})).await;
    let found = async |query: &str| -> Vec<String> {
        let page = scene
            .manager
            .get(&format!("/v1/service-outlets?sort=code&{query}"))
            .await
            .expect(200);
        let rows = page.body["data"].as_array().unwrap().iter();
        rows.map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        found("serves_region_code=510104").await,
        ["ALL", "CITY", "COUNTY"]
    );
    assert_eq!(found("serves_region_code=510107").await, ["ALL", "CITY"]);
    assert_eq!(found("serves_region_code=110105").await, [""; 0]);
    let served = |id: &str| format!("serves_region_code=510104&product_category_id={id}");
    assert_eq!(found(&served(&wall)).await, ["ALL", "CITY", "COUNTY"]);
    assert_eq!(found(&served(&air)).await, ["ALL", "COUNTY"]);
    assert_eq!(found(&served(&tv)).await, ["ALL"]);
    let all = found("serves_region_code=510107").await;
    let city = scene
        .manager
        .get("/v1/service-outlets?code=CITY")
        .await
        .expect(200);
    let path = format!(
        "/v1/service-outlets/{}",
        city.body["data"][0]["id"].as_str().unwrap()
    );
    scene
        .manager
        .patch(&path, json!({"service_regions": []}))
        .await
        .expect(200);
    assert_eq!(
        (all.len(), found("serves_region_code=510107").await.len()),
        (2, 1)
    );
}

#[actix_web::test]
async fn the_gap_report_names_cities_without_an_outlet_by_category() {
    let scene = Scene::open().await;
    // The cities this test knows: one in Sichuan besides Chengdu, and whatever every test has.
    let admin = scene.app.with_role(Role::Admin);
    let zigong = json!({"code": "510300", "name": {"zh": "自贡市"}});
    admin.post("/v1/regions", zigong).await.expect(201);
    let gaps = async |query: &str| {
        let path = format!("/v1/service-outlets/coverage?limit=200&with_total=true&{query}");
        scene.manager.get(&path).await.expect(200).body
    };
    let all = gaps("").await["page"]["total"].as_i64().unwrap();
    assert!(all >= 2, "{all} cities");
    // Who only applies serves nobody.
    let path = applied(&scene, "CD01", json!({})).await;
    assert_eq!(gaps("").await["page"]["total"], all);
    act(&scene, &path, "approve", json!({})).await;
    let sichuan = gaps("region_code=510000").await;
    let codes: Vec<&str> = sichuan["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|city| city["region_code"].as_str().unwrap())
        .collect();
    assert!(
        !codes.contains(&"510100") && codes.contains(&"510300"),
        "{codes:?}"
    );
    assert_eq!(gaps("").await["page"]["total"], all - 1);
    let told = gaps("region_code=510100&with_served=true").await;
    assert_eq!(
        (
            &told["data"][0]["outlets"],
            &told["data"][0]["missing_category_ids"]
        ),
        (&json!(1), &json!([]))
    );
    act(&scene, &path, "suspend", json!({"reason": "整改"})).await;
    assert_eq!(gaps("").await["page"]["total"], all);
}

#[actix_web::test]
async fn an_outlet_names_only_places_and_categories_that_are_there() {
    let scene = Scene::open().await;
    let nobody = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let wrong = json!({"region_code": "990000", "service_regions": ["510104", "519999"], "category_ids": [nobody],
        "contract_from": "2026-12-31", "contract_to": "2026-01-01"});
    let refused = scene
        .manager
        .post("/v1/service-outlets", outlet("CD01", wrong))
        .await
        .refused(422, "validation_failed");
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "#/category_ids/0",
            "#/contract_to",
            "#/region_code",
            "#/service_regions/1"
        ]
    );
    applied(&scene, "CD01", json!({})).await;
    scene
        .manager
        .post("/v1/service-outlets", outlet("CD01", json!({})))
        .await
        .refused(409, "duplicate_code");
}

#[actix_web::test]
async fn another_system_enters_and_changes_its_outlet_by_its_own_key() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    let key = "/v1/service-outlets/by-external-id/erp/O-1";
    let said = json!({"code": "CD01", "name": "成都锦江网点", "level": "A", "region_code": "510104",
        "service_regions": ["510104"]});
    let made = erp.upsert(key, said.clone()).await.expect(201);
    assert_eq!(made.body["external_refs"][0]["external_id"], "O-1");
    let mut more = said.clone();
    more["contact"] = json!("王强");
    let known = erp.upsert(key, more).await.expect(200);
    assert_eq!((known.id(), &known.body["contact"]), (made.id(), &json!("王强")));
    let mut other = said;
    other["code"] = json!("CD02");
    erp.upsert(key, other).await.refused(422, "outlet_code_fixed");
    let read = scene.manager.get(key).await.expect(200);
    assert_eq!(read.body["service_regions"], json!(["510104"]));
}

#[actix_web::test]
async fn an_engineer_works_for_an_outlet_that_is_there_and_in_business() {
    let scene = Scene::open().await;
    let engineer = format!("/v1/engineers/{}", scene.engineer1);
    let nowhere = json!({"outlet_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"});
    let refused = scene.manager.patch(&engineer, nowhere.clone()).await;
    assert_eq!(
        refused.refused(422, "unknown_reference").pointers(),
        ["#/outlet_id"]
    );
    let mut new = json!({"name": "陈静", "phone": "13900139003"});
    new["outlet_id"] = nowhere["outlet_id"].clone();
    scene
        .manager
        .post("/v1/engineers", new)
        .await
        .refused(422, "unknown_reference");
    let ended = standing(&scene, "CD01", "terminated").await;
    let ended = json!({"outlet_id": ended.rsplit('/').next().unwrap()});
    let refused = scene.manager.patch(&engineer, ended).await;
    assert_eq!(
        refused.refused(422, "inactive_reference").pointers(),
        ["#/outlet_id"]
    );
}
