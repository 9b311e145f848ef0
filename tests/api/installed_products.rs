//! Units at customers', as a caller sees them.

use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use crate::support::{Client, Scene};

/// A unit of the scene's customer and product; members of `more` come on top.
pub fn unit(scene: &Scene, serial_no: &str, more: Value) -> Value {
    let mut body = json!({
        "serial_no": serial_no, "product_id": scene.product_id, "customer_id": scene.customer_id
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Registers a unit; its path.
pub async fn registered(scene: &Scene, serial_no: &str, more: Value) -> String {
    let made = scene
        .agent
        .post("/v1/installed-products", unit(scene, serial_no, more))
        .await
        .expect(201);
    format!("/v1/installed-products/{}", made.id())
}

/// Adds a policy that counts from this day, for so many months; its identifier.
pub async fn policy(scene: &Scene, code: &str, basis: &str, whole: i64, compressor: Option<i64>) -> String {
    let parts: Vec<Value> = compressor
        .into_iter()
        .map(|months| json!({"part_category": "compressor", "months": months}))
        .collect();
    let body = json!({
        "code": code, "name": {"zh": "测试政策"}, "start_basis": basis, "whole_months": whole, "main_part_months": parts
    });
    scene
        .manager
        .post("/v1/warranty-policies", body)
        .await
        .expect(201)
        .id()
}

pub async fn stage(scene: &Scene, path: &str, at: &str) -> String {
    let told = scene
        .agent
        .get(&format!("{path}/warranty?at={at}"))
        .await
        .expect(200);
    told.str("stage")
}

/// Another customer; his identifier.
async fn stranger(scene: &Scene) -> String {
    let body = json!({"kind": "consumer", "name": "李强", "phone": "13800138002"});
    scene.agent.post("/v1/customers", body).await.expect(201).id()
}

/// A customer who looks after himself.
fn self_service(scene: &Scene, name: &str, customer_id: &str) -> Client {
    scene.app.acting(Actor {
        name: name.to_owned(),
        roles: RoleSet::of(&[Role::Customer]),
        customer_id: Some(customer_id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    })
}

#[actix_web::test]
async fn a_registered_unit_reads_back_whole_and_is_found() {
    let scene = Scene::open().await;
    let body = unit(
        &scene,
        "A1",
        json!({"purchased_on": "2026-03-01", "criticality": "core"}),
    );
    let made = scene.agent.post("/v1/installed-products", body).await.expect(201);
    let path = format!("/v1/installed-products/{}", made.id());
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(scene.agent.get(&path).await.expect(200).body, made.body);
    assert_eq!(
        made.body["ownership"],
        json!([{"customer_id": scene.customer_id, "address_id": null, "from_on": "2026-03-01", "until_on": null}])
    );
    registered(&scene, "B2", json!({})).await;
    let customer = &scene.customer_id;
    for query in ["serial_no=A1", "q=a1", "criticality=core&status=in_use,in_repair"] {
        let found = scene
            .agent
            .get(&format!("/v1/installed-products?{query}"))
            .await
            .expect(200);
        let serials: Vec<&Value> = found.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|unit| &unit["serial_no"])
            .collect();
        assert_eq!(serials, ["A1"], "{query}");
    }
    let his = scene
        .agent
        .get(&format!(
            "/v1/customers/{customer}/installed-products?sort=serial_no"
        ))
        .await
        .expect(200);
    assert_eq!(his.body["data"][1]["serial_no"], "B2");
    assert_eq!(
        his.body["data"][0]["allowed_actions"],
        json!([
            "take_in_repair",
            "await_parts",
            "receive_parts",
            "transfer",
            "replace",
            "scrap"
        ])
    );
}

#[actix_web::test]
async fn ac_017_a_serial_number_of_a_product_is_registered_once() {
    let scene = Scene::open().await;
    let first = registered(&scene, "A1", json!({})).await;
    let again = scene
        .agent
        .post("/v1/installed-products", unit(&scene, "A1", json!({})))
        .await
        .refused(409, "duplicate_serial");
    assert_eq!(again.pointers(), ["#/serial_no"]);
    assert!(first.ends_with(again.body["conflicting_id"].as_str().unwrap()));
    let other = registered(&scene, "A2", json!({})).await;
    scene
        .agent
        .patch(&other, json!({"serial_no": "A1"}))
        .await
        .refused(409, "duplicate_serial");
}

#[actix_web::test]
async fn a_unit_names_only_what_is_there_in_use_and_the_customers() {
    let scene = Scene::open().await;
    let stranger = stranger(&scene).await;
    let address = json!({"region_code": "510104", "detail": "红星路三段1号"});
    let others = scene
        .agent
        .post(&format!("/v1/customers/{stranger}/addresses"), address)
        .await
        .expect(201)
        .id();
    let nobody = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let wrong = json!({
        "address_id": others, "purchase_record_id": nobody, "warranty_policy_id": nobody,
        "purchased_on": "2026-11-24"
    });
    let refused = scene
        .agent
        .post("/v1/installed-products", unit(&scene, "A1", wrong))
        .await
        .refused(422, "validation_failed");
    assert_eq!(
        refused.pointers(),
        [
            "#/purchased_on",
            "#/address_id",
            "#/purchase_record_id",
            "#/warranty_policy_id"
        ]
    );
}

#[actix_web::test]
async fn another_system_registers_and_changes_a_unit_by_its_own_key() {
    let scene = Scene::open().await;
    let erp = scene.app.with_role(Role::Integration);
    let path = "/v1/installed-products/by-external-id/sap/000400012345";
    let said = unit(&scene, "A1", json!({"purchased_on": "2026-03-01"}));
    let made = erp.upsert(path, said.clone()).await.expect(201);
    assert_eq!(
        made.body["external_refs"],
        json!([{"system": "sap", "external_id": "000400012345"}])
    );
    let mut later = said.clone();
    later["accepted_on"] = json!("2026-03-05");
    let changed = erp.patch(path, later).await.expect(200);
    assert_eq!(
        (
            changed.id(),
            &changed.body["accepted_on"],
            &changed.body["purchased_on"]
        ),
        (made.id(), &json!("2026-03-05"), &json!("2026-03-01"))
    );
    assert_eq!(erp.get(path).await.expect(200).id(), made.id());
    let mut other = said;
    other["customer_id"] = json!(stranger(&scene).await);
    let refused = erp.patch(path, other).await.refused(422, "unit_fixed");
    assert_eq!(refused.pointers(), ["#/customer_id"]);
}

#[actix_web::test]
async fn an_action_the_state_forbids_says_what_is_open() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let refused = scene
        .agent
        .post(&format!("{path}/return-to-use"), json!({}))
        .await
        .refused(409, "invalid_transition");
    assert_eq!(refused.body["current_status"], "in_use");
    scene
        .agent
        .post(&format!("{path}/take-in-repair"), json!({"on": "2026-11-24"}))
        .await
        .refused(422, "date_in_future");
    scene
        .e1
        .post(&format!("{path}/scrap"), json!({"reason": "坏了"}))
        .await
        .refused(403, "insufficient_scope");
    let scrapped = scene
        .agent
        .post(&format!("{path}/scrap"), json!({"reason": "压缩机损坏"}))
        .await
        .expect(200);
    assert_eq!(
        (&scrapped.body["status"], &scrapped.body["retired_on"]),
        (&json!("scrapped"), &json!("2026-11-23"))
    );
    assert_eq!(scrapped.body["allowed_actions"], json!([]));
    // What is out of service is named by nothing new.
    let id = path.rsplit('/').next().unwrap();
    scene
        .agent
        .post(
            "/v1/service-requests",
            scene.request(json!({"installed_product_id": id})),
        )
        .await
        .refused(422, "inactive_reference");
}

#[actix_web::test]
async fn waiting_for_parts_stands_beside_any_repair() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    for (action, on) in [
        ("await-parts", "2026-06-01"),
        ("take-in-repair", "2026-06-03"),
        ("receive-parts", "2026-06-05"),
        ("return-to-use", "2026-06-06"),
    ] {
        scene
            .app
            .with_role(Role::RepairSpecialist)
            .post(&format!("{path}/{action}"), json!({"on": on}))
            .await
            .expect(200);
    }
    let unit = scene.agent.get(&path).await.expect(200);
    assert_eq!(
        (&unit.body["repair_days_total"], &unit.body["status"]),
        (&json!(6), &json!("in_use")),
        "each date counts once"
    );
}

#[actix_web::test]
async fn a_unit_changes_hands_and_its_new_customer_sees_it() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let stranger = stranger(&scene).await;
    let before = self_service(&scene, "liu.fang", &scene.customer_id);
    before.get(&path).await.expect(200);
    scene
        .agent
        .post(
            &format!("{path}/transfer"),
            json!({"customer_id": stranger, "on": "2026-11-01"}),
        )
        .await
        .expect(200);
    before.get(&path).await.refused(404, "not_found");
    let after = self_service(&scene, "li.qiang", &stranger);
    let unit = after.get(&path).await.expect(200);
    assert_eq!(unit.body["ownership"][0]["until_on"], "2026-10-31");
    assert_eq!(unit.body["ownership"][1]["customer_id"], json!(stranger));
    let seen = after.get("/v1/installed-products").await.expect(200);
    assert_eq!(seen.body["data"].as_array().unwrap().len(), 1);
    let seen = before.get("/v1/installed-products").await.expect(200);
    assert_eq!(seen.body["data"], json!([]));
    scene
        .agent
        .post(
            &format!("{path}/transfer"),
            json!({"customer_id": scene.customer_id, "on": "2026-10-01"}),
        )
        .await
        .refused(422, "date_order");
}

#[actix_web::test]
async fn a_unit_is_not_handed_to_who_has_it_already() {
    let scene = Scene::open().await;
    let address = json!({"region_code": "510104", "detail": "红星路三段1号"});
    let address = scene
        .agent
        .post(&format!("/v1/customers/{}/addresses", scene.customer_id), address)
        .await
        .expect(201)
        .id();
    let path = registered(&scene, "A1", json!({"purchased_on": "2026-03-01"})).await;
    let transfer = format!("{path}/transfer");
    for body in [
        json!({}),
        json!({"customer_id": scene.customer_id, "on": "2026-11-01"}),
    ] {
        let refused = scene.agent.post(&transfer, body).await.refused(422, "same_place");
        assert_eq!(refused.body["errors"][0]["pointer"], "#/customer_id");
    }
    let unit = scene.agent.get(&path).await.expect(200);
    assert_eq!(
        (
            &unit.body["version"],
            unit.body["ownership"].as_array().unwrap().len()
        ),
        (&json!(1), 1)
    );
    // Another place of the same customer is another place.
    let there = json!({"address_id": address, "on": "2026-11-01"});
    let moved = scene.agent.post(&transfer, there.clone()).await.expect(200);
    assert_eq!(moved.body["ownership"].as_array().unwrap().len(), 2);
    let refused = scene
        .agent
        .post(&transfer, there)
        .await
        .refused(422, "same_place");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/address_id");
}

#[actix_web::test]
async fn nothing_is_accepted_or_used_before_it_was_bought() {
    let scene = Scene::open().await;
    for (member, pointer) in [
        ("accepted_on", "#/accepted_on"),
        ("in_service_on", "#/in_service_on"),
    ] {
        let mut body = unit(&scene, "A1", json!({"purchased_on": "2026-03-01"}));
        body[member] = json!("2026-02-28");
        let refused = scene
            .agent
            .post("/v1/installed-products", body)
            .await
            .refused(422, "date_order");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let same_day = json!({"purchased_on": "2026-03-01", "accepted_on": "2026-03-01"});
    let path = registered(&scene, "A1", same_day).await;
    for (patch, pointer) in [
        (json!({"accepted_on": "2026-02-28"}), "#/accepted_on"),
        (json!({"purchased_on": "2026-03-02"}), "#/purchased_on"),
    ] {
        let refused = scene.agent.patch(&path, patch).await.refused(422, "date_order");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    scene
        .agent
        .patch(&path, json!({"purchased_on": "2026-02-01"}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_request_about_a_unit_says_what_it_is_and_where() {
    let scene = Scene::open().await;
    let address = json!({"region_code": "510104", "detail": "红星路三段1号"});
    let address = scene
        .agent
        .post(&format!("/v1/customers/{}/addresses", scene.customer_id), address)
        .await
        .expect(201)
        .id();
    let path = registered(&scene, "A1", json!({"address_id": address})).await;
    let id = path.rsplit('/').next().unwrap();
    let mut body = scene.request(json!({"installed_product_id": id}));
    body.as_object_mut().unwrap().remove("product_id");
    let made = scene.agent.post("/v1/service-requests", body).await.expect(201);
    assert_eq!(
        [
            &made.body["installed_product_id"],
            &made.body["product_id"],
            &made.body["address_id"]
        ],
        [&json!(id), &json!(scene.product_id), &json!(address)]
    );
    scene.register(json!({})).await;
    let found = scene
        .agent
        .get(&format!("/v1/service-requests?installed_product_id={id}"))
        .await
        .expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
    let context = scene
        .agent
        .get("/v1/service-requests/context?phone=13800138001")
        .await
        .expect(200);
    assert_eq!(context.body["installed_products"][0]["serial_no"], "A1");
}

#[actix_web::test]
async fn a_request_is_about_a_unit_of_its_own_customer_and_product() {
    let scene = Scene::open().await;
    let path = registered(&scene, "A1", json!({})).await;
    let id = path.rsplit('/').next().unwrap();
    let category = json!({"code": "TV", "name": {"zh": "电视"}});
    let category = scene
        .manager
        .post("/v1/product-categories", category)
        .await
        .expect(201)
        .id();
    let other = json!({"code": "TV-1", "model": "TV-1", "name": {"zh": "电视"}, "category_id": category});
    let other = scene.manager.post("/v1/products", other).await.expect(201).id();
    let refused = scene
        .agent
        .post(
            "/v1/service-requests",
            scene.request(json!({"installed_product_id": id, "product_id": other})),
        )
        .await
        .refused(422, "product_mismatch");
    assert_eq!(refused.pointers(), ["#/product_id"]);
    let stranger = stranger(&scene).await;
    let refused = scene
        .agent
        .post(
            "/v1/service-requests",
            scene.request(json!({"installed_product_id": id, "customer_id": stranger})),
        )
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/installed_product_id"]);
    // Named later, it has to fit as well; a request found to be about another product is about no unit of this one.
    let request = scene.register(json!({})).await;
    let named = scene
        .agent
        .patch(&request, json!({"installed_product_id": id}))
        .await
        .expect(200);
    assert_eq!(named.body["installed_product_id"], json!(id));
    let moved = scene
        .agent
        .post(
            &format!("{request}/reclassify"),
            json!({"product_id": other, "reason": "型号错误"}),
        )
        .await
        .expect(200);
    assert_eq!(moved.body["installed_product_id"], json!(null));
    scene
        .agent
        .patch(&request, json!({"installed_product_id": id}))
        .await
        .refused(422, "product_mismatch");
}
