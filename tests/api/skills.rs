//! Skills, and who has them, as a caller sees it.

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client, Scene};

async fn skill(admin: &Client, code: &str) -> String {
    let body = json!({"code": code, "name": {"zh": "空调维修", "en": "Air conditioners"},
        "required_certificates": ["work_at_height"]});
    admin.post("/v1/skills", body).await.expect(201).id()
}

async fn engineer(admin: &Client, more: Value) -> String {
    let mut body = json!({"name": "张伟", "phone": "13900139001"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    admin.post("/v1/engineers", body).await.expect(201).id()
}

#[actix_web::test]
async fn a_skill_reads_back_and_changes() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let path = format!("/v1/skills/{}", skill(&admin, "AC-REPAIR").await);
    let read = app.with_role(Role::Dispatcher).get(&path).await.expect(200);
    assert_eq!(read.body["required_certificates"], json!(["work_at_height"]));
    let changed = admin
        .patch(&path, json!({"requires_certification": true, "is_active": false}))
        .await
        .expect(200);
    assert_eq!(changed.body["requires_certification"], true);
    let again = json!({"code": "AC-REPAIR", "name": {"zh": "空调"}});
    admin
        .post("/v1/skills", again.clone())
        .await
        .refused(409, "duplicate_code");
    app.with_role(Role::Engineer)
        .post("/v1/skills", again)
        .await
        .refused(403, "insufficient_scope");
    let found = admin.get("/v1/skills?q=conditioners").await.expect(200);
    assert_eq!(found.body["data"][0]["code"], "AC-REPAIR");
}

#[actix_web::test]
async fn an_engineer_is_graded_once_in_a_skill_and_found_by_it() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let (cooling, heating) = (skill(&admin, "AC").await, skill(&admin, "HEATER").await);
    let (zhang, liu) = (
        engineer(&admin, json!({})).await,
        engineer(&admin, json!({"name": "刘洋"})).await,
    );
    let path = format!("/v1/engineers/{zhang}/skills");
    let grade = json!({"skill_id": cooling, "level": "1.0", "certified_until": "2027-12-31"});
    let held = admin.post(&path, grade.clone()).await.expect(201);
    assert_eq!(held.body["certified_until"], "2027-12-31");
    admin
        .post(&path, grade.clone())
        .await
        .refused(409, "duplicate_skill");
    let other = json!({"skill_id": heating, "level": "0.8"});
    admin
        .post(&format!("/v1/engineers/{liu}/skills"), other)
        .await
        .expect(201);
    let found = admin
        .get(&format!("/v1/engineers?skill_id={cooling}"))
        .await
        .expect(200);
    let ids: Vec<&Value> = found.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, [&json!(zhang)]);
    let at = format!("/v1/engineer-skills/{}", held.id());
    let lost = admin
        .patch(&at, json!({"level": "0.4", "certified_until": null}))
        .await
        .expect(200);
    assert_eq!(
        (&lost.body["level"], &lost.body["certified_until"]),
        (&json!("0.4"), &Value::Null)
    );
    // He sees his own only.
    let he = app.engineer("zhang.wei", &zhang);
    assert_eq!(he.get(&path).await.expect(200).body["data"][0]["level"], "0.4");
    he.get(&format!("/v1/engineers/{liu}/skills"))
        .await
        .refused(404, "not_found");
    app.engineer("liu.yang", &liu)
        .get(&at)
        .await
        .refused(404, "not_found");
    admin
        .patch(&format!("/v1/skills/{cooling}"), json!({"is_active": false}))
        .await
        .expect(200);
    admin
        .post(&format!("/v1/engineers/{liu}/skills"), grade)
        .await
        .refused(422, "inactive_reference");
    admin.delete(&at).await.expect(204);
}

#[actix_web::test]
async fn another_system_enters_and_changes_a_skill_by_its_own_key() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    let path = "/v1/skills/by-external-id/sap/SK-100";
    let said = |body: Value| erp.upsert(path, body);
    erp.get(path).await.refused(404, "not_found");
    let made = said(
        json!({"code": "AC-REPAIR", "name": {"zh": "空调维修"}, "required_certificates": ["work_at_height"]}),
    )
    .await
    .expect(201);
    assert_eq!(
        made.header("location"),
        Some(format!("/v1/skills/{}", made.id()).as_str())
    );
    assert_eq!(
        made.body["external_refs"],
        json!([{"system": "sap", "external_id": "SK-100"}])
    );
    let changed = said(json!({"code": "AC-REPAIR", "name": {"zh": "空调检修"}, "is_active": false}))
        .await
        .expect(200);
    assert_eq!(
        (
            &changed.body["id"],
            &changed.body["name"]["zh"],
            &changed.body["required_certificates"],
            &changed.body["is_active"]
        ),
        (
            &made.body["id"],
            &json!("空调检修"),
            &json!(["work_at_height"]),
            &json!(false)
        )
    );
    let fixed = said(json!({"code": "AC", "name": {"zh": "空调"}})).await;
    assert_eq!(fixed.refused(422, "skill_code_fixed").pointers(), ["#/code"]);
    let nowhere = json!({"code": "AC-REPAIR", "name": {"zh": "空调"},
        "category_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"});
    said(nowhere).await.refused(422, "unknown_reference");
    let only = erp
        .request(Method::PATCH, path)
        .header("content-type", "application/merge-patch+json")
        .header("if-none-match", "*")
        .bytes(json!({"code": "AC-REPAIR", "name": {"zh": "空调"}}).to_string())
        .send();
    only.await.expect(412);
    assert_eq!(erp.get(path).await.expect(200).body["id"], made.body["id"]);
    // A key that is taken away leads nowhere.
    let admin = scene.app.with_role(Role::Admin);
    let skill = format!("/v1/skills/{}", made.id());
    admin
        .patch(&skill, json!({"external_refs": []}))
        .await
        .expect(200);
    erp.get(path).await.refused(404, "not_found");
}
