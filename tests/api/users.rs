//! Users, as an administrator sees them.

use aftercare_domain::kernel::Role;
use futures_util::future::join;
use serde_json::{Value, json};

use crate::support::App;

const PASSWORD: &str = "First-Day-2026";

fn qian_fang() -> Value {
    json!({"username": "qian.fang", "display_name": "钱芳", "roles": ["dispatcher"], "password": PASSWORD})
}

async fn login(app: &App, username: &str, password: &str) -> crate::support::Reply {
    let body = json!({"username": username, "password": password});
    app.anonymous().post("/v1/auth/login", body).await
}

#[actix_web::test]
async fn a_user_reads_back_whole_and_without_his_password() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let created = admin.post("/v1/users", qian_fang()).await.expect(201);
    let path = format!("/v1/users/{}", created.id());
    assert_eq!(
        (created.header("etag"), created.header("location")),
        (Some("\"v1\""), Some(path.as_str()))
    );
    let read = admin.get(&path).await.expect(200);
    assert_eq!(read.body, created.body);
    let mut golden = read.body;
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "username": "qian.fang", "display_name": "钱芳", "roles": ["dispatcher"], "engineer_id": null,
            "customer_id": null, "outlet_id": null, "language": "zh", "is_active": true,
            "must_change_password": false, "version": 1,
            "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z"
        })
    );
    login(&app, "qian.fang", PASSWORD).await.expect(200);
}

#[actix_web::test]
async fn only_an_administrator_sees_or_makes_users() {
    let app = App::start().await;
    let made = app
        .with_role(Role::Admin)
        .post("/v1/users", qian_fang())
        .await
        .expect(201);
    let path = format!("/v1/users/{}", made.id());
    for role in Role::ALL.iter().filter(|role| **role != Role::Admin) {
        let caller = app.with_role(*role);
        for reply in [
            caller.get("/v1/users").await,
            caller.get(&path).await,
            caller.get("/v1/roles").await,
            caller.get("/v1/permissions").await,
            caller.post("/v1/users", qian_fang()).await,
            caller.patch(&path, json!({"roles": ["admin"]})).await,
            caller
                .post(&format!("{path}/set-password"), json!({"password": PASSWORD}))
                .await,
        ] {
            reply.refused(403, "insufficient_scope");
        }
    }
}

#[actix_web::test]
async fn what_is_wrong_with_a_user_is_named() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    admin.post("/v1/users", qian_fang()).await.expect(201);
    let taken = admin
        .post("/v1/users", qian_fang())
        .await
        .refused(409, "duplicate_username");
    assert_eq!(taken.body["errors"][0]["pointer"], "#/username");
    let with = |member: &str, value: Value| {
        let mut body = qian_fang();
        body["username"] = json!("other");
        body[member] = value;
        body
    };
    let weak = admin
        .post("/v1/users", with("password", json!("onlylowercase")))
        .await
        .refused(422, "weak_password");
    assert_eq!(weak.body["errors"][0]["pointer"], "#/password");
    for (member, value) in [
        ("roles", json!([])),
        ("roles", json!(["admin", "admin"])),
        ("roles", json!(["emperor"])),
        ("username", json!("Qian Fang")),
        ("token_epoch", json!(7)),
        ("must_change_password", json!(false)),
    ] {
        admin
            .post("/v1/users", with(member, value))
            .await
            .refused(422, "validation_failed");
    }
    let stranger = json!("018f2f6e-0000-7000-8000-000000000001");
    admin
        .post("/v1/users", with("customer_id", stranger))
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn lists_filter_by_role_words_and_state() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    for (username, roles) in [
        ("a.one", json!(["engineer"])),
        ("b.two", json!(["engineer", "follow_up_agent"])),
        ("c.three", json!(["admin"])),
    ] {
        let mut body = qian_fang();
        body["username"] = json!(username);
        body["roles"] = roles;
        admin.post("/v1/users", body).await.expect(201);
    }
    let names = async |query: &str| {
        let page = admin
            .get(&format!("/v1/users?sort=username&{query}"))
            .await
            .expect(200);
        let rows = page.body["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["username"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("role=engineer").await, ["a.one", "b.two"]);
    assert_eq!(names("role=follow_up_agent").await, ["b.two"]);
    assert_eq!(names("q=three").await, ["c.three"]);
    assert_eq!(names("username=a.one").await, ["a.one"]);
    assert!(names("is_active=false").await.is_empty());
}

#[actix_web::test]
async fn the_last_administrator_stays_also_when_two_demote_each_other() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let mut paths = Vec::new();
    for username in ["first", "second"] {
        let mut body = qian_fang();
        body["username"] = json!(username);
        body["roles"] = json!(["admin"]);
        paths.push(format!(
            "/v1/users/{}",
            admin.post("/v1/users", body).await.expect(201).id()
        ));
    }
    let demoted = || json!({"roles": ["analyst"]});
    let (one, two) = join(
        admin.patch(&paths[0], demoted()),
        admin.patch(&paths[1], demoted()),
    )
    .await;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let last = if one.status == 409 { &paths[0] } else { &paths[1] };
    admin.patch(last, demoted()).await.refused(409, "last_admin");
    admin
        .patch(last, json!({"is_active": false}))
        .await
        .refused(409, "last_admin");
    admin
        .patch(last, json!({"roles": ["admin", "analyst"]}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_password_set_by_an_administrator_ends_the_sessions() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let path = format!(
        "/v1/users/{}",
        admin.post("/v1/users", qian_fang()).await.expect(201).id()
    );
    let tokens = login(&app, "qian.fang", PASSWORD).await.expect(200);
    let caller = app.with_token(&tokens.str("access_token"));
    caller.get("/v1/auth/me").await.expect(200);
    let set = format!("{path}/set-password");
    admin
        .post(&set, json!({"password": PASSWORD}))
        .await
        .refused(422, "password_reused");
    admin
        .post(&set, json!({"password": "Second-Day-2026"}))
        .await
        .expect(200);
    caller.get("/v1/auth/me").await.refused(401, "unauthenticated");
    let body = json!({"refresh_token": tokens.str("refresh_token")});
    app.anonymous()
        .post("/v1/auth/refresh", body)
        .await
        .refused(401, "invalid_credentials");
    login(&app, "qian.fang", PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    login(&app, "qian.fang", "Second-Day-2026").await.expect(200);
}

#[actix_web::test]
async fn roles_and_permissions_are_told_as_the_code_has_them() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let roles = admin.get("/v1/roles?limit=200&with_total=true").await.expect(200);
    assert_eq!(roles.body["page"]["total"], json!(Role::ALL.len()));
    let dispatcher = roles.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["code"] == "dispatcher")
        .unwrap();
    assert_eq!(
        (&dispatcher["name"]["zh"], &dispatcher["scope"]),
        (&json!("分配人员"), &json!("all"))
    );
    assert!(
        dispatcher["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("customers:read"))
    );
    let mut seen = Vec::new();
    let mut path = "/v1/permissions?limit=7".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        let rows = page.body["data"].as_array().unwrap().clone();
        seen.extend(rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["page"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/permissions?limit=7&cursor={cursor}");
    }
    assert_eq!(seen.len(), aftercare_domain::grants().count());
    admin
        .get("/v1/roles?sort=code")
        .await
        .refused(422, "validation_failed");
}
