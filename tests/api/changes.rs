//! The feed of changes: what happened, once, in the order of commits (A26, C33, I21).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use aftercare_api::flows::sequencer::number;
use aftercare_domain::kernel::Role;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{App, Client, Reply, Scene, solved};

/// A reader of the feed who goes on where he stopped.
pub struct Reader {
    pub client: Client,
    pub cursor: String,
}

impl Reader {
    /// From here on.
    pub async fn from_now(app: &App) -> Reader {
        number(&app.db).await.unwrap();
        let client = app.with_role(Role::Integration);
        let start = client.get("/v1/changes?cursor=now").await.expect(200);
        assert_eq!(start.body["data"], json!([]));
        Reader {
            client,
            cursor: next_of(&start),
        }
    }

    pub async fn page(&mut self, more: &str) -> Reply {
        let page = self
            .client
            .get(&format!("/v1/changes?cursor={}{more}", self.cursor))
            .await
            .expect(200);
        self.cursor = next_of(&page);
        page
    }

    /// Everything numbered by now.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let page = self.page("").await;
            rows.extend(page.body["data"].as_array().unwrap().iter().cloned());
            if page.body["page"]["has_more"] == false {
                return rows;
            }
        }
    }
}

pub fn next_of(page: &Reply) -> String {
    page.body["page"]["next_cursor"].as_str().unwrap().to_owned()
}

pub fn types(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["type"].as_str().unwrap()).collect()
}

pub async fn liu_fang(app: &App) -> String {
    let body = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
    let agent = app.with_role(Role::CustomerService);
    agent.post("/v1/customers", body).await.expect(201).id()
}

#[actix_web::test]
async fn a_change_says_what_happened_to_which_record_and_no_more() {
    let scene = Scene::open().await;
    let mut reader = Reader::from_now(&scene.app).await;
    let path = scene.register(json!({})).await;
    let assign = json!({"engineer_id": scene.engineer1});
    let assigned = scene
        .dispatcher
        .post(&format!("{path}/assign"), assign)
        .await
        .expect(200);
    assert_eq!(
        reader.rest().await,
        Vec::<Value>::new(),
        "what has no number is not there"
    );
    number(&scene.app.db).await.unwrap();
    assert!(!reader.rest().await.is_empty());
    let all = scene
        .manager
        .get("/v1/changes?types=service_request.*")
        .await
        .expect(200);
    let [registered, given] = all.body["data"].as_array().unwrap().as_slice() else {
        panic!("two changes of the request: {}", all.text);
    };
    assert_eq!(
        (
            &registered["type"],
            &registered["op"],
            &registered["version"],
            &registered["changed"]
        ),
        (
            &json!("service_request.registered"),
            &json!("created"),
            &json!(1),
            &json!([])
        )
    );
    assert_eq!(
        (
            &given["type"],
            &given["op"],
            &given["resource_type"],
            &given["href"]
        ),
        (
            &json!("service_request.assigned"),
            &json!("updated"),
            &json!("service_request"),
            &json!(path)
        )
    );
    assert_eq!(given["version"], assigned.body["version"]);
    assert_eq!(given["occurred_at"], "2026-11-23T01:00:00.000Z");
    let changed: Vec<&str> = given["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m.as_str().unwrap())
        .collect();
    assert!(
        changed.contains(&"status") && changed.contains(&"assignee_id"),
        "{changed:?}"
    );
    assert!(
        !changed.contains(&"version") && !changed.contains(&"search"),
        "{changed:?}"
    );
    let order = scene
        .manager
        .get("/v1/changes?types=work_order.*,sla.met")
        .await
        .expect(200);
    assert_eq!(
        types(order.body["data"].as_array().unwrap()),
        ["work_order.created", "sla.met"]
    );
    assert_eq!(
        order.body["data"][1]["href"],
        json!(path),
        "a promise is read with its request"
    );
}

#[actix_web::test]
async fn what_no_event_tells_is_told_plainly() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let mut reader = Reader::from_now(&scene.app).await;
    scene
        .agent
        .patch(&path, json!({"title": "空调漏水"}))
        .await
        .expect(200);
    scene
        .agent
        .patch(&path, json!({"title": "空调漏水"}))
        .await
        .expect(200);
    let admin = scene.app.with_role(Role::Admin);
    let colours = json!({"code": "colour", "name": {"zh": "颜色"}, "extensible": true});
    admin.post("/v1/dictionaries", colours).await.expect(201);
    let item = json!({"code": "red", "name": {"zh": "红"}});
    admin
        .post("/v1/dictionaries/colour/items", item)
        .await
        .expect(201);
    admin
        .delete("/v1/dictionaries/colour/items/red")
        .await
        .expect(204);
    let product = format!("/v1/products/{}", scene.product_id);
    admin
        .patch(&product, json!({"name": {"zh": "挂机"}, "brand": "光"}))
        .await
        .expect(200);
    number(&scene.app.db).await.unwrap();
    let rows = reader.rest().await;
    assert_eq!(
        types(&rows),
        [
            "service_request.updated",
            "dictionary.created",
            "dictionary_item.created",
            "dictionary_item.deleted",
            "product.updated"
        ]
    );
    assert_eq!(rows[0]["changed"], json!(["title", "activity_count"]));
    assert_eq!(rows[2]["href"], "/v1/dictionaries/colour/items/red");
    assert_eq!(
        (&rows[3]["op"], &rows[3]["version"]),
        (&json!("deleted"), &json!(2))
    );
    assert_eq!(rows[4]["changed"], json!(["name", "brand"]));
}

#[actix_web::test]
async fn every_href_leads_to_what_can_be_read() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.visit(&path, &scene.engineer1, &scene.e1, solved()).await;
    scene.follow(&path, "satisfied").await.expect(200);
    let admin = scene.app.with_role(Role::Admin);
    let field = json!({"target": "customer", "key": "vat_no", "label": {"zh": "税号"}, "type": "text"});
    admin.post("/v1/custom-fields", field).await.expect(201);
    number(&scene.app.db).await.unwrap();
    let feed = scene.manager.get("/v1/changes?limit=500").await.expect(200);
    let mut kinds = BTreeSet::new();
    for row in feed.body["data"].as_array().unwrap() {
        let href = row["href"].as_str().unwrap_or_else(|| panic!("no place: {row}"));
        let found = admin.get(href).await.expect(200);
        // A promise is read with its request; what there is one of shows no identifier.
        let is_it = found.body["id"] == row["resource_id"]
            || matches!(
                row["resource_type"].as_str(),
                Some("sla_timer" | "priority_matrix")
            );
        assert!(is_it, "{row} leads to {}", found.text);
        kinds.insert(row["resource_type"].as_str().unwrap());
    }
    for kind in [
        "customer",
        "custom_field",
        "engineer",
        "follow_up",
        "survey",
        "sla_timer",
        "work_order",
    ] {
        assert!(kinds.contains(kind), "{kind} is in the feed: {kinds:?}");
    }
}

#[actix_web::test]
async fn types_choose_and_one_cursor_serves_every_choice() {
    let scene = Scene::open().await;
    scene.register(json!({})).await;
    number(&scene.app.db).await.unwrap();
    let get = async |query: &str| scene.manager.get(&format!("/v1/changes?{query}")).await;
    let one = get("types=customer.created").await.expect(200);
    assert_eq!(types(one.body["data"].as_array().unwrap()), ["customer.created"]);
    let none = get("types=customer.deleted,custom.*").await.expect(200);
    assert_eq!(
        (&none.body["data"], &none.body["page"]["has_more"]),
        (&json!([]), &json!(false))
    );
    // A star stands for the last word alone, and an underscore for itself.
    let wild = get("types=engineer.*,sla_policy.updated").await.expect(200);
    assert_eq!(
        types(wild.body["data"].as_array().unwrap()),
        ["engineer.created", "engineer.created", "sla_policy.updated"]
    );
    let first = get("types=engineer.*&limit=1").await.expect(200);
    assert_eq!(first.body["page"]["has_more"], true);
    let second = get(&format!("cursor={}&limit=1", next_of(&first)))
        .await
        .expect(200);
    assert_eq!(
        second.body["data"][0]["seq"],
        json!(first.body["data"][0]["seq"].as_i64().unwrap() + 1)
    );
    for wrong in [
        "types=engineer",
        "types=*",
        "types=engineer.*,",
        "types=Engineer.x",
    ] {
        get(wrong).await.refused(400, "invalid_query_parameter");
    }
}

#[actix_web::test]
async fn a_cursor_is_whole_and_of_this_feed() {
    let app = App::start().await;
    liu_fang(&app).await;
    let reader = Reader::from_now(&app).await;
    let forged = format!("{}A", reader.cursor);
    let agent = app.with_role(Role::CustomerService);
    let second = json!({"kind": "consumer", "name": "王芳", "phone": "13800138002"});
    agent.post("/v1/customers", second).await.expect(201);
    let foreign = next_of(&agent.get("/v1/customers?limit=1").await.expect(200));
    for cursor in ["abc", "nows", "..", &forged, &foreign] {
        let path = format!("/v1/changes?cursor={cursor}");
        reader.client.get(&path).await.refused(400, "invalid_cursor");
    }
    for limit in ["0", "501"] {
        let path = format!("/v1/changes?limit={limit}");
        reader.client.get(&path).await.refused(422, "validation_failed");
    }
}

#[actix_web::test]
async fn what_was_refused_and_what_was_replayed_leave_nothing() {
    let scene = Scene::open().await;
    let key = json!([{"system": "sap", "external_id": "1"}]);
    scene.register(json!({"external_refs": key})).await;
    let mut reader = Reader::from_now(&scene.app).await;
    // Refused after everything but the key was written: the unit of work is rolled back.
    scene
        .agent
        .post(
            "/v1/service-requests",
            scene.request(json!({"external_refs": key})),
        )
        .await
        .refused(409, "duplicate");
    let body = scene.request(json!({}));
    let once = || {
        scene
            .agent
            .request(Method::POST, "/v1/service-requests")
            .header("idempotency-key", "k1")
            .json(&body)
            .send()
    };
    let first = once().await.expect(201);
    let again = once().await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    number(&scene.app.db).await.unwrap();
    let rows = reader.rest().await;
    assert_eq!(types(&rows), ["service_request.registered"]);
    assert_eq!(rows[0]["resource_id"], json!(first.id()));
}

#[actix_web::test]
async fn i21_twenty_writers_at_once_are_seen_once_and_in_the_order_of_versions() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let mut shared = Vec::new();
    for n in 0..3 {
        let body = json!({"kind": "consumer", "name": format!("共享{n}"), "phone": "13800138000"});
        shared.push(agent.post("/v1/customers", body).await.expect(201).id());
    }
    let mut reader = Reader::from_now(&app).await;
    let (is_written, is_numbered) = (Cell::new(false), Cell::new(false));
    let write = async |n: usize| {
        for turn in 0..4 {
            let body =
                json!({"kind": "consumer", "name": format!("客户{n}之{turn}"), "phone": "13900139000"});
            agent.post("/v1/customers", body.clone()).await.expect(201);
            agent
                .post("/v1/customers", body)
                .await
                .refused(409, "duplicate_customer");
            let path = format!("/v1/customers/{}", shared[n % 3]);
            let tags = json!({"tags": [format!("{n}"), format!("{turn}")]});
            agent.patch(&path, tags).await.expect(200);
        }
    };
    let writing = async {
        join_all((0..20).map(&write)).await;
        is_written.set(true);
    };
    let numbering = async {
        while !is_numbered.get() {
            // Only a round that began after the last write has numbered everything.
            let is_last = is_written.get();
            number(&app.db).await.unwrap();
            is_numbered.set(is_last);
            tokio::task::yield_now().await;
        }
    };
    let reading = async {
        let mut rows = Vec::new();
        loop {
            let was_last = is_numbered.get();
            let page = reader.page("&limit=7").await;
            rows.extend(page.body["data"].as_array().unwrap().iter().cloned());
            if was_last && page.body["page"]["has_more"] == false {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    let ((), ((), rows)) = join(writing, join(numbering, reading)).await;
    assert_eq!(rows.len(), 160, "80 registered, 80 changed");
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 160, "each once");
    let places: Vec<i64> = rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    assert!(
        places.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "no gap: {places:?}"
    );
    let mut versions: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        let of = versions.entry(row["resource_id"].as_str().unwrap()).or_default();
        of.push(row["version"].as_i64().unwrap());
    }
    for (id, seen) in &versions {
        let first = if shared.iter().any(|one| one == id) { 2 } else { 1 };
        let right: Vec<i64> = (first..).take(seen.len()).collect();
        assert_eq!(*seen, right, "{id}");
        let now = agent.get(&format!("/v1/customers/{id}")).await.expect(200);
        assert_eq!(now.body["version"], json!(right.last()), "{id}");
    }
}

#[actix_web::test]
async fn moving_the_sandbox_shows_what_happened_and_a_reset_begins_anew() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    let mut reader = Reader::from_now(&scene.app).await;
    let to = json!({"to": "2026-11-23T12:00:00Z"});
    admin.post("/v1/sandbox/clock/advance", to).await.expect(200);
    let rows = reader.rest().await;
    let lock = rows
        .iter()
        .find(|row| row["type"] == "service_request.locked")
        .unwrap();
    assert_eq!(
        lock["occurred_at"], "2026-11-23T03:00:00.000Z",
        "at its own instant"
    );
    let versions: Vec<i64> = rows
        .iter()
        .filter(|row| row["resource_type"] == "service_request")
        .map(|row| row["version"].as_i64().unwrap())
        .collect();
    assert!(versions.is_sorted(), "{versions:?}");
    admin
        .post("/v1/sandbox/reset", json!({"dataset": "demo"}))
        .await
        .expect(200);
    let path = format!("/v1/changes?cursor={}", reader.cursor);
    reader.client.get(&path).await.refused(410, "cursor_expired");
    let anew = admin
        .get("/v1/changes?types=service_request.registered")
        .await
        .expect(200);
    assert!(
        !anew.body["data"].as_array().unwrap().is_empty(),
        "the demo company's own"
    );
    let chain = admin.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!(
        (&chain.body["is_intact"], &chain.body["unsealed"]),
        (&json!(true), &json!(0))
    );
}

#[actix_web::test]
async fn the_feed_is_for_interfaces_and_staff_who_see_every_row() {
    let app = App::start().await;
    for role in Role::ALL.iter().copied() {
        let reply = app.with_role(role).get("/v1/changes").await;
        match role {
            Role::Admin
            | Role::ServiceManager
            | Role::Supervisor
            | Role::Analyst
            | Role::Executive
            | Role::Integration => drop(reply.expect(200)),
            _ => drop(reply.refused(403, "insufficient_scope")),
        }
    }
}
