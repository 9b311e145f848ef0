//! Engineers, and the users they are (A29, A39).

use aftercare_api::flows::sequencer::number;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

const NOBODY: &str = "0192f0b0-0000-7abc-8def-000000000001";

async fn user(admin: &Client, username: &str, more: Value) -> String {
    let mut body = json!({"username": username, "display_name": "张伟", "roles": ["engineer"],
        "password": "First-Day-2026-xq"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    admin.post("/v1/users", body).await.expect(201).id()
}

async fn engineer(admin: &Client, more: Value) -> String {
    let mut body = json!({"name": "张伟", "phone": "13900139001"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    admin.post("/v1/engineers", body).await.expect(201).id()
}

async fn linked(admin: &Client, user_id: &str, engineer_id: &str) -> (Value, Value) {
    let user = admin.get(&format!("/v1/users/{user_id}")).await.expect(200);
    let engineer = admin
        .get(&format!("/v1/engineers/{engineer_id}"))
        .await
        .expect(200);
    (user.body["engineer_id"].clone(), engineer.body["user_id"].clone())
}

#[actix_web::test]
async fn an_engineer_entered_with_his_user_is_that_user() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let first = user(&admin, "zhang.wei", json!({})).await;
    let id = engineer(&admin, json!({"user_id": first})).await;
    assert_eq!(linked(&admin, &first, &id).await, (json!(id), json!(first)));
    let second = user(&admin, "liu.yang", json!({})).await;
    let path = format!("/v1/engineers/{id}");
    admin.patch(&path, json!({"user_id": second})).await.expect(200);
    assert_eq!(linked(&admin, &second, &id).await, (json!(id), json!(second)));
    assert_eq!(linked(&admin, &first, &id).await.0, Value::Null);
    admin.patch(&path, json!({"user_id": null})).await.expect(200);
    assert_eq!(linked(&admin, &second, &id).await, (Value::Null, Value::Null));
}

#[actix_web::test]
async fn a_user_made_with_his_engineer_is_that_engineer() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let id = engineer(&admin, json!({})).await;
    let first = user(&admin, "zhang.wei", json!({"engineer_id": id})).await;
    assert_eq!(linked(&admin, &first, &id).await, (json!(id), json!(first)));
    let second = user(&admin, "liu.yang", json!({"engineer_id": id})).await;
    assert_eq!(linked(&admin, &second, &id).await, (json!(id), json!(second)));
    assert_eq!(linked(&admin, &first, &id).await.0, Value::Null);
}

#[actix_web::test]
async fn a_link_to_nobody_is_refused() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let nobody = json!({"name": "张伟", "phone": "13900139001", "user_id": NOBODY});
    admin
        .post("/v1/engineers", nobody)
        .await
        .refused(422, "unknown_reference");
    let nobody = json!({"username": "zhang.wei", "display_name": "张伟", "roles": ["engineer"],
        "password": "First-Day-2026-xq", "engineer_id": NOBODY});
    admin
        .post("/v1/users", nobody)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn what_is_told_of_an_engineer_reads_back_and_finds_him_by_region() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let plain = engineer(&admin, json!({})).await;
    let plain = admin
        .get(&format!("/v1/engineers/{plain}"))
        .await
        .expect(200)
        .body;
    let nothing = json!({"level": 1, "hired_on": null, "team": null, "home_region_code": null, "service_regions": [],
        "home": null, "certificates": [], "base_bonus": null});
    assert_eq!(plain["profile"], nothing);
    let told = json!({"level": 3, "hired_on": "2021-03-01", "team": "A", "home_region_code": "510104",
        "service_regions": ["510100", "510104"], "home": {"lat": 30.657, "lng": 104.08},
        "certificates": [{"kind": "work_at_height", "number": "T2026-0815", "valid_until": "2028-06-30"}],
        "base_bonus": {"amount": "2000.00", "currency": "CNY"}});
    let id = engineer(&admin, json!({"profile": told})).await;
    let path = format!("/v1/engineers/{id}");
    assert_eq!(admin.get(&path).await.expect(200).body["profile"], told);
    let serving = async |region: &str| -> Vec<Value> {
        let found = admin
            .get(&format!("/v1/engineers?region_code={region}"))
            .await
            .expect(200);
        let rows = found.body["data"].as_array().unwrap().iter();
        rows.map(|row| row["id"].clone()).collect()
    };
    assert_eq!(serving("510100").await, [json!(id)]);
    let moved = json!({"profile": {"service_regions": ["510104", "510107"]}});
    let moved = admin.patch(&path, moved).await.expect(200);
    assert_eq!(moved.body["profile"]["level"], 3);
    assert!(serving("510100").await.is_empty());
    assert_eq!(serving("510107").await, [json!(id)]);
    let wrong = json!({"profile": {"service_regions": ["999999"], "base_bonus": {"amount": "-1.00", "currency": "CNY"},
        "certificates": [told["certificates"][0], told["certificates"][0]]}});
    let refused = admin.patch(&path, wrong).await.refused(422, "validation_failed");
    assert_eq!(
        refused.pointers(),
        [
            "#/profile/base_bonus/amount",
            "#/profile/certificates/1",
            "#/profile/service_regions/0"
        ]
    );
}

#[actix_web::test]
async fn a_changed_status_is_told() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let id = engineer(&admin, json!({})).await;
    let path = format!("/v1/engineers/{id}");
    admin
        .patch(&path, json!({"availability": "suspended"}))
        .await
        .expect(200);
    admin
        .patch(&path, json!({"availability": "suspended", "max_daily_jobs": 4}))
        .await
        .expect(200);
    number(&app.db).await.unwrap();
    let told = admin
        .get("/v1/changes?types=engineer.status_changed")
        .await
        .expect(200);
    let told = told.body["data"].as_array().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["href"], json!(path));
}
