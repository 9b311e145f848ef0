//! Keys of other systems: lookup and upsert (C26).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use aftercare_persistence::Work;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Client, Reply, Scene};

const PATH: &str = "/v1/customers/by-external-id/sap/000400012345";

fn upsert<'c>(caller: &Client, path: &str, body: &Value) -> impl Future<Output = Reply> + use<'c> {
    caller
        .request(Method::PATCH, path)
        .header("content-type", "application/merge-patch+json")
        .bytes(body.to_string())
        .send()
}

fn bright_food() -> Value {
    json!({"kind": "enterprise", "name": "明光食品", "phone": "028-86001234", "class": "A", "email": "it@example.org"})
}

#[actix_web::test]
async fn an_upsert_creates_then_changes_only_what_is_said() {
    let app = App::start().await;
    let erp = app.with_role(Role::Integration);
    erp.get(PATH).await.refused(404, "not_found");
    let made = upsert(&erp, PATH, &bright_food()).await.expect(201);
    assert_eq!(
        made.header("location"),
        Some(format!("/v1/customers/{}", made.id()).as_str())
    );
    assert_eq!(
        made.body["external_refs"],
        json!([{"system": "sap", "external_id": "000400012345"}])
    );
    // What an agent entered here stays when the other system says nothing of it.
    let agent = app.with_role(Role::CustomerService);
    agent
        .patch(&format!("/v1/customers/{}", made.id()), json!({"tags": ["重点"]}))
        .await
        .expect(200);
    let said = json!({"kind": "enterprise", "name": "明光食品集团", "phone": "028-86001234", "email": null});
    let changed = upsert(&erp, PATH, &said).await.expect(200);
    assert_eq!(
        (
            &changed.body["name"],
            &changed.body["email"],
            &changed.body["class"],
            &changed.body["tags"]
        ),
        (
            &json!("明光食品集团"),
            &json!(null),
            &json!("A"),
            &json!(["重点"])
        )
    );
    assert_eq!(changed.header("etag"), Some("\"v3\""));
    assert_eq!(agent.get(PATH).await.expect(200).body, changed.body);
    let again = upsert(&erp, PATH, &said).await.expect(200);
    assert_eq!(again.header("etag"), Some("\"v3\""));
    let other_kind = json!({"kind": "dealer", "name": "明光食品集团", "phone": "028-86001234"});
    let refused = upsert(&erp, PATH, &other_kind).await.refused(422, "kind_fixed");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/kind");
    upsert(&erp, PATH, &json!({"name": "明光食品"}))
        .await
        .refused(422, "validation_failed");
    upsert(&app.with_role(Role::Dispatcher), PATH, &said)
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn create_only_leaves_a_known_record_alone() {
    let app = App::start().await;
    let erp = app.with_role(Role::Integration);
    let create_only = |value: &'static str| {
        erp.request(Method::PATCH, PATH)
            .header("content-type", "application/merge-patch+json")
            .header("if-none-match", value)
            .bytes(bright_food().to_string())
            .send()
    };
    create_only("\"v1\"").await.refused(400, "invalid_header");
    create_only("*").await.expect(201);
    let refused = create_only("*").await.refused(412, "precondition_failed");
    assert_eq!(refused.body["current_version"], 1);
}

#[actix_web::test]
async fn an_upsert_that_names_a_version_changes_that_one_alone() {
    let app = App::start().await;
    let erp = app.with_role(Role::Integration);
    let seen = |value: &'static str, name: &str| {
        erp.request(Method::PATCH, PATH)
            .header("content-type", "application/merge-patch+json")
            .header("if-match", value)
            .bytes(json!({"kind": "enterprise", "name": name, "phone": "028-86001234"}).to_string())
            .send()
    };
    // Whoever has seen a record does not mean to make one.
    let absent = seen("\"v1\"", "明光食品").await;
    absent.refused(412, "precondition_failed");
    erp.get(PATH).await.refused(404, "not_found");
    seen("*", "明光食品").await.expect(201);
    let changed = seen("\"v1\"", "明光食品集团").await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"v2\""));
    let stale = seen("\"v1\"", "明光").await;
    let stale = stale.refused(412, "precondition_failed");
    assert_eq!(stale.body["current_version"], 2);
    seen("*", "明光").await.expect(200);
}

#[actix_web::test]
async fn twenty_upserts_at_once_make_one_customer() {
    let app = App::start().await;
    let erp = app.with_role(Role::Integration);
    let mut calls: Vec<std::pin::Pin<Box<dyn Future<Output = Reply>>>> = (0..20)
        .map(|_| Box::pin(upsert(&erp, PATH, &bright_food())) as _)
        .collect();
    let mut replies: Vec<Reply> = Vec::new();
    // Polls all of them in turns until each has answered.
    std::future::poll_fn(|cx| {
        calls.retain_mut(|call| match call.as_mut().poll(cx) {
            std::task::Poll::Ready(reply) => {
                replies.push(reply);
                false
            }
            std::task::Poll::Pending => true,
        });
        match calls.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    let changed = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!((created, changed), (1, 19));
    let list = erp.get("/v1/customers?with_total=true").await.expect(200);
    assert_eq!(list.body["page"]["total"], 1);
}

#[actix_web::test]
async fn a_key_leads_to_one_record_and_follows_its_changes() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let key = json!({"system": "sap", "external_id": "000400012345"});
    let with_key =
        json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001", "external_refs": [key]});
    let first = agent.post("/v1/customers", with_key).await.expect(201).id();
    assert_eq!(agent.get(PATH).await.expect(200).id(), first);
    let crm = json!({"system": "crm", "external_id": "7"});
    let second =
        json!({"kind": "consumer", "name": "王芳", "phone": "13800138002", "external_refs": [crm, key]});
    let refused = agent
        .post("/v1/customers", second.clone())
        .await
        .refused(409, "duplicate");
    assert_eq!(refused.body["conflicting_id"], json!(first));
    assert_eq!(refused.body["errors"][0]["pointer"], "#/external_refs/1");
    agent
        .get("/v1/customers/by-external-id/crm/7")
        .await
        .refused(404, "not_found");
    agent
        .patch(&format!("/v1/customers/{first}"), json!({"external_refs": []}))
        .await
        .expect(200);
    agent.get(PATH).await.refused(404, "not_found");
    let second = agent.post("/v1/customers", second).await.expect(201).id();
    assert_eq!(agent.get(PATH).await.expect(200).id(), second);
    let stranger = app.with_role(Role::Engineer);
    stranger.get(PATH).await.refused(404, "not_found");
}

#[actix_web::test]
async fn products_have_keys_of_their_own() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let category = json!({"code": "AC", "name": {"zh": "空调"}});
    let category = manager
        .post("/v1/product-categories", category)
        .await
        .expect(201)
        .id();
    let erp = app.with_role(Role::Integration);
    upsert(&erp, PATH, &bright_food()).await.expect(201);
    let path = "/v1/products/by-external-id/sap/000400012345";
    let said = json!({"code": "KFR-35", "model": "KFR-35GW/2026", "name": {"zh": "空调"}, "category_id": category,
        "list_price": {"amount": "2999.00", "currency": "CNY"}});
    let made = upsert(&erp, path, &said).await.expect(201);
    let mut said = said;
    said["list_price"] = json!(null);
    said["name"] = json!({"zh": "分体空调"});
    let changed = upsert(&erp, path, &said).await.expect(200);
    assert_eq!(
        (changed.id(), changed.body["list_price"].clone()),
        (made.id(), json!(null))
    );
    said["category_id"] = json!("0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12");
    upsert(&erp, path, &said).await.refused(422, "unknown_reference");
    said["list_price"] = json!({"amount": "-1.00", "currency": "CNY"});
    upsert(&erp, "/v1/products/by-external-id/sap/2", &said)
        .await
        .refused(422, "validation_failed");
    let read = app.with_role(Role::Customer).get(path).await.expect(200);
    assert_eq!(read.body, changed.body);
    erp.post("/v1/products", json!({}))
        .await
        .refused(403, "insufficient_scope");
}

const REQUEST: &str = "/v1/service-requests/by-external-id/sap/000400012345";

#[actix_web::test]
async fn a_request_is_registered_by_its_key_and_then_changed() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    erp.get(REQUEST).await.refused(404, "not_found");
    let said = scene.request(json!({"labels": ["sap"]}));
    let made = upsert(&erp, REQUEST, &said).await.expect(201);
    assert_eq!(
        made.body["external_refs"],
        json!([{"system": "sap", "external_id": "000400012345"}])
    );
    // Like any other: a number, promises that run, counters.
    assert!(made.str("number").starts_with("SR-20261123-"));
    assert_eq!(made.body["timers"].as_array().unwrap().len(), 3, "{}", made.text);
    let counters = scene.manager.get("/v1/counters").await.expect(200);
    assert_eq!(counters.body["data"].as_array().unwrap().len(), 3);
    // What a person here decided stays, whatever the other system still says of it.
    let path = format!("/v1/service-requests/{}", made.id());
    let weigh = json!({"impact": "high", "reason": "停工"});
    scene
        .manager
        .post(&format!("{path}/set-priority"), weigh)
        .await
        .expect(200);
    let mut said = scene.request(json!({"title": "空调漏水", "problem_analysis": "排水管堵塞"}));
    let changed = upsert(&erp, REQUEST, &said).await.expect(200);
    assert_eq!(
        (
            &changed.body["title"],
            &changed.body["impact"],
            &changed.body["labels"]
        ),
        (&json!("空调漏水"), &json!("high"), &json!(["sap"]))
    );
    let again = upsert(&erp, REQUEST, &said).await.expect(200);
    assert_eq!(again.header("etag"), changed.header("etag"), "nothing changed");
    said["problem_analysis"] = json!(null);
    let cleared = upsert(&erp, REQUEST, &said).await.expect(200);
    assert_eq!(cleared.body["problem_analysis"], json!(null));
    assert_eq!(scene.agent.get(REQUEST).await.expect(200).id(), made.id());
    let counters = scene.manager.get("/v1/counters").await.expect(200);
    assert_eq!(counters.body["data"][0]["occurrences"], 1);
    scene.e1.get(REQUEST).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_request_by_its_key_keeps_the_rules_of_requests() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    let wrong = scene.request(json!({"problem_type_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}));
    upsert(&erp, REQUEST, &wrong)
        .await
        .refused(422, "unknown_reference");
    upsert(&erp, REQUEST, &json!({"title": "空调漏水"}))
        .await
        .refused(422, "validation_failed");
    let said = scene.request(json!({}));
    upsert(&scene.dispatcher, REQUEST, &said)
        .await
        .refused(403, "insufficient_scope");
    upsert(&erp, REQUEST, &said).await.expect(201);
    let other = json!({"kind": "consumer", "name": "王芳", "phone": "13800138002"});
    let other = scene.agent.post("/v1/customers", other).await.expect(201).id();
    let moved = upsert(&erp, REQUEST, &scene.request(json!({"customer_id": other}))).await;
    let refused = moved.refused(422, "customer_fixed");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/customer_id");
    let only = erp
        .request(Method::PATCH, REQUEST)
        .header("content-type", "application/merge-patch+json")
        .header("if-none-match", "*")
        .bytes(said.to_string())
        .send()
        .await
        .refused(412, "precondition_failed");
    assert_eq!(only.body["current_version"], 1);
    let stale = erp.patch_at(REQUEST, "\"v9\"", said.clone()).await;
    stale.refused(412, "precondition_failed");
    // Locked: left to the service manager.
    scene.at("2026-11-25T01:00:00.000Z");
    assert_eq!(
        scene.manager.get(REQUEST).await.expect(200).body["status"],
        "locked"
    );
    let late = scene.request(json!({"title": "空调漏水"}));
    upsert(&erp, REQUEST, &late)
        .await
        .refused(403, "locked_manager_only");
}

#[actix_web::test]
async fn twenty_upserts_at_once_register_one_request() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    let said = scene.request(json!({}));
    // A long unit of work goes first, so that all twenty have looked for the key before one takes it.
    let work = Work::system("test");
    let long = scene.app.db.write(&work, async |tx| {
        (0..5_000).for_each(|n| tx.note("test", "test", Uuid::from_u128(n), json!({})));
        Ok(())
    });
    let calls = join_all((0..20).map(|_| upsert(&erp, REQUEST, &said)));
    let (busy, replies) = join(long, calls).await;
    busy.unwrap();
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    let changed = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!((created, changed), (1, 19));
    let list = scene
        .manager
        .get("/v1/service-requests?with_total=true")
        .await
        .expect(200);
    assert_eq!(list.body["page"]["total"], 1);
    let counters = scene.manager.get("/v1/counters").await.expect(200);
    let counts = counters.body["data"].as_array().unwrap();
    assert!(
        counts.iter().all(|counter| counter["occurrences"] == 1),
        "{}",
        counters.text
    );
}
