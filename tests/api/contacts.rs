//! Contacts of a customer, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

async fn customer(agent: &Client) -> String {
    let body = json!({"kind": "enterprise", "name": "明光食品", "phone": "028-86001234"});
    let id = agent.post("/v1/customers", body).await.expect(201).id();
    format!("/v1/customers/{id}/contacts")
}

fn primaries(list: &Value) -> Vec<&str> {
    let rows = list["data"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["is_primary"] == true)
        .filter_map(|row| row["name"].as_str())
        .collect()
}

#[actix_web::test]
async fn exactly_one_contact_is_primary_whatever_happens() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let contacts = customer(&agent).await;
    let first = agent
        .post(&contacts, json!({"name": "王建林", "phone": "13800138002"}))
        .await
        .expect(201);
    assert_eq!(first.body["is_primary"], true);
    assert!(first.header("location").unwrap().starts_with("/v1/contacts/"));
    let second = agent
        .post(&contacts, json!({"name": "李红", "email": "li@example.org"}))
        .await
        .expect(201);
    assert_eq!(second.body["is_primary"], false);
    let third = json!({"name": "赵刚", "phone": "13800138003", "is_primary": true});
    agent.post(&contacts, third).await.expect(201);
    assert_eq!(primaries(&agent.get(&contacts).await.expect(200).body), ["赵刚"]);
    let path = format!("/v1/contacts/{}", second.id());
    agent
        .patch(&path, json!({"is_primary": true, "wechat": "lihong"}))
        .await
        .expect(200);
    assert_eq!(primaries(&agent.get(&contacts).await.expect(200).body), ["李红"]);
    let refused = agent
        .patch(&path, json!({"is_primary": false}))
        .await
        .refused(409, "primary_required");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/is_primary");
    agent.delete(&path).await.refused(409, "primary_required");
    agent
        .delete(&format!("/v1/contacts/{}", first.id()))
        .await
        .expect(204);
    agent
        .get(&format!("/v1/contacts/{}", first.id()))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn the_last_contact_may_go_and_the_next_one_is_primary_again() {
    let app = App::start().await;
    let agent = app.with_role(Role::Integration);
    let contacts = customer(&agent).await;
    for name in ["王建林", "李红"] {
        let made = agent
            .post(&contacts, json!({"name": name, "phone": "13800138002"}))
            .await
            .expect(201);
        assert_eq!(made.body["is_primary"], true);
        let path = format!("/v1/contacts/{}", made.id());
        agent
            .request(actix_web::http::Method::DELETE, &path)
            .send()
            .await
            .refused(428, "precondition_required");
        agent.delete(&path).await.expect(204);
    }
}

#[actix_web::test]
async fn many_first_contacts_at_once_leave_one_primary() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let contacts = customer(&agent).await;
    let add = |name: &'static str| {
        agent.post(
            &contacts,
            json!({"name": name, "phone": "13800138002", "is_primary": true}),
        )
    };
    let (a, b, c) = futures_util::future::join3(add("甲"), add("乙"), add("丙")).await;
    for reply in [a, b, c] {
        reply.expect(201);
    }
    let list = agent.get(&contacts).await.expect(200).body;
    assert_eq!(primaries(&list).len(), 1);
}

#[actix_web::test]
async fn a_contact_can_be_reached_and_reads_back() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let contacts = customer(&agent).await;
    let refused = agent
        .post(&contacts, json!({"name": "王建林"}))
        .await
        .refused(422, "reach_required");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/phone");
    let made = agent
        .post(
            &contacts,
            json!({"name": "王建林", "title": "设备主管", "phone": "13800138002"}),
        )
        .await
        .expect(201);
    let path = format!("/v1/contacts/{}", made.id());
    assert_eq!(agent.get(&path).await.expect(200).body, made.body);
    agent
        .patch(&path, json!({"phone": null}))
        .await
        .refused(422, "reach_required");
    agent
        .patch_at(&path, "\"v9\"", json!({"title": null}))
        .await
        .refused(412, "precondition_failed");
    for n in 0..4 {
        let body = json!({"name": format!("张{n}"), "phone": "13800138002"});
        agent.post(&contacts, body).await.expect(201);
    }
    let page = agent
        .get(&format!("{contacts}?limit=2&sort=name&with_total=true"))
        .await
        .expect(200);
    assert_eq!(
        (&page.body["page"]["total"], &page.body["page"]["has_more"]),
        (&json!(5), &json!(true))
    );
    agent
        .get("/v1/customers/0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12/contacts")
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_contact_is_seen_with_its_customer() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let contacts = customer(&agent).await;
    let contact = agent
        .post(&contacts, json!({"name": "王建林", "phone": "13800138002"}))
        .await
        .expect(201)
        .id();
    let path = format!("/v1/contacts/{contact}");
    for role in [Role::Engineer, Role::OutletManager, Role::Customer] {
        let stranger = app.with_role(role);
        stranger.get(&path).await.refused(404, "not_found");
        stranger.get(&contacts).await.refused(404, "not_found");
    }
    for role in [Role::PartsClerk, Role::KbEditor] {
        app.with_role(role)
            .get(&path)
            .await
            .refused(403, "insufficient_scope");
    }
    for role in Role::ALL {
        let keeps = [
            Role::Admin,
            Role::ServiceManager,
            Role::CustomerService,
            Role::Integration,
        ];
        let body = json!({"name": "某人", "phone": "13800138009"});
        let reply = app.with_role(*role).post(&contacts, body).await;
        assert_eq!(
            reply.status,
            if keeps.contains(role) { 201 } else { 403 },
            "{role}"
        );
    }
}
