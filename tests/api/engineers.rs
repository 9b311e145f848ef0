//! Engineers, and the users they are (A29, A39).

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
