//! Customers, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

fn liu_fang() -> serde_json::Value {
    json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001", "class": "B", "region_code": "510104"})
}

#[actix_web::test]
async fn a_registered_customer_reads_back_whole() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let created = agent.post("/v1/customers", liu_fang()).await.expect(201);
    assert_eq!(created.header("etag"), Some("\"v1\""));
    assert_eq!(
        created.header("location"),
        Some(format!("/v1/customers/{}", created.id()).as_str())
    );
    let read = agent
        .get(&format!("/v1/customers/{}", created.id()))
        .await
        .expect(200);
    assert_eq!(read.body, created.body);
    let mut golden = read.body;
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "number": "CU-20261123-000001", "kind": "consumer", "name": "刘芳", "class": "B", "phone": "13800138001",
            "email": null, "region_code": "510104", "preferred_channel": null, "language": "zh", "tags": [],
            "sms_opt_out": false, "credit_blocked": false, "external_refs": [], "custom_fields": {}, "is_active": true,
            "merged_into_id": null,
            "version": 1, "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z"
        })
    );
}

#[actix_web::test]
async fn the_same_kind_name_and_phone_is_the_same_customer() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    agent.post("/v1/customers", liu_fang()).await.expect(201);
    let again = agent
        .post("/v1/customers", liu_fang())
        .await
        .refused(409, "duplicate_customer");
    assert_eq!(again.body["errors"][0]["pointer"], "#/phone");
}

#[actix_web::test]
async fn every_wrong_member_is_named_at_once_in_the_callers_language() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService).in_language("zh");
    let body = json!({"kind": "alien", "name": "", "phone": "abc", "oops": 1});
    let refused = agent
        .post("/v1/customers", body)
        .await
        .refused(422, "validation_failed");
    let mut found: Vec<(String, String)> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["pointer"].as_str().unwrap().to_owned(),
                e["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    found.sort();
    let expected = [
        ("#/kind", "not_allowed"),
        ("#/name", "invalid_format"),
        ("#/name", "too_short"),
        ("#/oops", "unknown_member"),
        ("#/phone", "invalid_format"),
        ("#/phone", "too_short"),
    ];
    assert_eq!(found, expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    assert_eq!(refused.body["title"], "内容不符合要求");
}

#[actix_web::test]
async fn a_change_needs_the_version_that_was_seen() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let path = format!(
        "/v1/customers/{}",
        agent.post("/v1/customers", liu_fang()).await.expect(201).id()
    );
    app.clock.advance_secs(60);
    let changed = agent
        .patch_at(&path, "\"v1\"", json!({"class": "VIP"}))
        .await
        .expect(200);
    assert_eq!(
        (changed.header("etag"), &changed.body["class"]),
        (Some("\"v2\""), &json!("VIP"))
    );
    assert_eq!(changed.body["updated_at"], "2026-11-23T01:01:00.000Z");
    let stale = agent
        .patch_at(&path, "\"v1\"", json!({"class": "A"}))
        .await
        .refused(412, "precondition_failed");
    assert_eq!(stale.body["current_version"], 2);
    let unchanged = agent.patch(&path, json!({"class": "VIP"})).await.expect(200);
    assert_eq!(
        unchanged.body["version"], 2,
        "nothing changed, so the version stays"
    );
}

#[actix_web::test]
async fn lists_page_filter_sort_and_count() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    for n in 0..7 {
        let class = if n % 2 == 0 { "VIP" } else { "C" };
        let body = json!({"kind": "consumer", "name": format!("Customer {n}"), "phone": format!("1380013800{n}"), "class": class, "region_code": "510104"});
        agent.post("/v1/customers", body).await.expect(201);
    }
    let first = agent
        .get("/v1/customers?class=VIP&region_code=510104&sort=-created_at&limit=3&with_total=true")
        .await
        .expect(200);
    assert_eq!(first.body["data"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&first.body["page"]["total"], &first.body["page"]["has_more"]),
        (&json!(4), &json!(true))
    );
    let cursor = first.body["page"]["next_cursor"].as_str().unwrap();
    let rest = agent
        .get(&format!(
            "/v1/customers?class=VIP&region_code=510104&sort=-created_at&limit=3&cursor={cursor}"
        ))
        .await
        .expect(200);
    assert_eq!(rest.body["data"][0]["name"], "Customer 0");
    assert_eq!(rest.body["page"]["next_cursor"], json!(null));
    agent
        .get(&format!("/v1/customers?class=A&cursor={cursor}"))
        .await
        .refused(400, "invalid_cursor");
    agent
        .get("/v1/customers?sort=phone")
        .await
        .refused(422, "validation_failed");
    agent
        .get("/v1/customers?limit=0")
        .await
        .refused(422, "validation_failed");
    agent
        .get("/v1/customers?colour=red")
        .await
        .refused(400, "invalid_query_parameter");
    let found = agent
        .get("/v1/customers?q=CUSTOMER%2013800138003")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["name"], "Customer 3");
    let pages: usize = agent
        .get("/v1/customers?sort=name&limit=200")
        .await
        .expect(200)
        .body["data"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(pages, 7);
}

#[actix_web::test]
async fn a_key_makes_a_retry_safe() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let call = |body: serde_json::Value| {
        agent
            .request(actix_web::http::Method::POST, "/v1/customers")
            .header("idempotency-key", "k1")
            .json(&body)
            .send()
    };
    let first = call(liu_fang()).await.expect(201);
    let again = call(liu_fang()).await.expect(201);
    assert_eq!(first.text, again.text);
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            again.header("idempotent-replayed")
        ),
        (None, Some("true"))
    );
    assert_eq!(first.header("location"), again.header("location"));
    let other = json!({"kind": "dealer", "name": "x", "phone": "13800138009"});
    call(other).await.refused(422, "idempotency_key_reused");
}

#[actix_web::test]
async fn ac_118_a_list_narrows_sorts_pages_and_counts() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    for (n, class, region) in [
        (1, "VIP", "510104"),
        (2, "VIP", "510107"),
        (3, "C", "510104"),
        (4, "VIP", "510104"),
    ] {
        let body = json!({"kind": "consumer", "name": format!("客户{n}"), "phone": format!("1380013800{n}"), "class": class, "region_code": region});
        agent.post("/v1/customers", body).await.expect(201);
        app.clock.advance_secs(1);
    }
    let path = "/v1/customers?class=VIP&region_code=510104&sort=-created_at&with_total=true";
    let list = agent.get(path).await.expect(200);
    let names: Vec<&str> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(
        (names, &list.body["page"]["total"]),
        (vec!["客户4", "客户1"], &json!(2))
    );
    let refused = agent
        .get("/v1/customers?sort=shoe_size")
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["parameter"], "sort");
}

#[actix_web::test]
async fn a_region_is_one_we_know_and_use_and_the_one_held_before_stays() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let at = |region: &str| {
        let mut body = liu_fang();
        body["region_code"] = json!(region);
        body
    };
    let refused = agent
        .post("/v1/customers", at("510199"))
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/region_code"]);
    let customer = agent.post("/v1/customers", at("510104")).await.expect(201);
    let path = format!("/v1/customers/{}", customer.id());
    let place = json!({"region_code": "510104", "detail": "红星路三段1号"});
    let address = agent.post(&format!("{path}/addresses"), place).await.expect(201);
    let address = format!("/v1/addresses/{}", address.id());
    app.with_role(Role::Admin)
        .patch("/v1/regions/510104", json!({"is_active": false}))
        .await
        .expect(200);
    for record in [&path, &address] {
        let again = json!({"region_code": "510104"});
        agent.patch(record, again).await.expect(200);
        let refused = agent
            .patch(record, json!({"region_code": "519999"}))
            .await
            .refused(422, "unknown_reference");
        assert_eq!(refused.pointers(), ["#/region_code"]);
        agent
            .patch(record, json!({"region_code": "510107"}))
            .await
            .expect(200);
        let refused = agent
            .patch(record, json!({"region_code": "510104"}))
            .await
            .refused(422, "inactive_reference");
        assert_eq!(refused.pointers(), ["#/region_code"]);
    }
    let place = json!({"region_code": "510199", "detail": "红星路三段2号"});
    agent
        .post(&format!("{path}/addresses"), place)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn bytes_that_are_no_text_are_refused_in_query_and_path() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    for query in ["q=%ff", "q=%E5%88", "kind=%80", "limit=1&q=%C0%AF", "%ff=1"] {
        agent
            .get(&format!("/v1/customers?{query}"))
            .await
            .refused(400, "invalid_query_parameter");
    }
    agent.get("/v1/customers?q=%E5%88%98").await.expect(200);
    agent.get("/v1/customers?q=5%25").await.expect(200);
    agent
        .get("/v1/customers/by-external-id/sap/%ff")
        .await
        .refused(400, "invalid_path_parameter");
}
