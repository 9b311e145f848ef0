//! One customer under two records becomes one (CU-8).

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::installed_products::registered;
use crate::support::{Client, Scene};

/// Registers a second record of the scene's customer, with a key of another system; its identifier.
async fn second(scene: &Scene) -> String {
    let body = json!({"kind": "consumer", "name": "刘 芳", "phone": "028-86001234",
        "external_refs": [{"system": "crm", "external_id": "77"}], "credit_blocked": true});
    scene.agent.post("/v1/customers", body).await.expect(201).id()
}

async fn children(agent: &Client, path: &str) -> Vec<Value> {
    agent.get(path).await.expect(200).body["data"]
        .as_array()
        .unwrap()
        .clone()
}

#[actix_web::test]
async fn everything_a_customer_has_moves_to_the_one_he_is_merged_into() {
    let scene = Scene::open().await;
    let (into, from) = (scene.customer_id.clone(), second(&scene).await);
    let (into_path, from_path) = (format!("/v1/customers/{into}"), format!("/v1/customers/{from}"));
    for (path, phone) in [(&into_path, "13800138001"), (&from_path, "13800138009")] {
        let contact = json!({"name": "刘芳", "phone": phone});
        scene
            .agent
            .post(&format!("{path}/contacts"), contact)
            .await
            .expect(201);
    }
    let address = json!({"region_code": "510104", "detail": "红星路三段1号"});
    scene
        .agent
        .post(&format!("{from_path}/addresses"), address)
        .await
        .expect(201);
    let purchase = json!({"product_id": scene.product_id, "quantity": 1, "purchased_on": "2026-03-01"});
    scene
        .agent
        .post(&format!("{from_path}/purchase-records"), purchase)
        .await
        .expect(201);
    let unit = registered(&scene, "A1", json!({"customer_id": from})).await;
    let request = scene.register(json!({"customer_id": from})).await;
    let merged = scene
        .agent
        .post(&format!("{into_path}/merge"), json!({"from_id": from}))
        .await
        .expect(200);
    assert_eq!(
        (&merged.body["external_refs"], &merged.body["credit_blocked"]),
        (&json!([{"system": "crm", "external_id": "77"}]), &json!(true))
    );
    for (kind, count) in [
        ("contacts", 2),
        ("addresses", 1),
        ("purchase-records", 1),
        ("installed-products", 1),
    ] {
        let his = children(&scene.agent, &format!("{into_path}/{kind}")).await;
        assert_eq!(his.len(), count, "{kind}");
        assert_eq!(
            children(&scene.agent, &format!("{from_path}/{kind}")).await,
            Vec::<Value>::new()
        );
    }
    let contacts = children(&scene.agent, &format!("{into_path}/contacts?sort=created_at")).await;
    let primary: Vec<&Value> = contacts.iter().map(|contact| &contact["is_primary"]).collect();
    assert_eq!(primary, [&json!(true), &json!(false)]);
    let addresses = children(&scene.agent, &format!("{into_path}/addresses")).await;
    assert_eq!(
        addresses[0]["is_default"], true,
        "the only one stays the default one"
    );
    for path in [&unit, &request] {
        assert_eq!(scene.now(path).await.body["customer_id"], json!(into), "{path}");
    }
    let owned = scene.agent.get(&unit).await.expect(200);
    assert_eq!(owned.body["ownership"][0]["customer_id"], json!(into));
    let by_key = scene
        .agent
        .get("/v1/customers/by-external-id/crm/77")
        .await
        .expect(200);
    assert_eq!(by_key.id(), into);
}

#[actix_web::test]
async fn who_was_merged_stays_readable_and_is_changed_and_named_no_more() {
    let scene = Scene::open().await;
    let from = second(&scene).await;
    let (into_path, from_path) = (
        format!("/v1/customers/{}", scene.customer_id),
        format!("/v1/customers/{from}"),
    );
    let merge = json!({"from_id": from});
    scene
        .agent
        .post(&format!("{into_path}/merge"), merge.clone())
        .await
        .expect(200);
    let gone = scene.agent.get(&from_path).await.expect(200);
    assert_eq!(
        (&gone.body["merged_into_id"], &gone.body["is_active"]),
        (&json!(scene.customer_id), &json!(false))
    );
    let refused = scene
        .agent
        .patch(&from_path, json!({"is_active": true}))
        .await
        .refused(409, "already_merged");
    assert_eq!(refused.body["conflicting_id"], json!(scene.customer_id));
    scene
        .agent
        .post(
            "/v1/service-requests",
            scene.request(json!({"customer_id": from})),
        )
        .await
        .refused(422, "inactive_reference");
    scene
        .agent
        .post(&format!("{into_path}/merge"), merge)
        .await
        .refused(409, "already_merged");
    let itself = json!({"from_id": scene.customer_id});
    scene
        .agent
        .post(&format!("{into_path}/merge"), itself)
        .await
        .refused(422, "merge_into_itself");
    // An interface does not decide what nothing undoes.
    scene
        .app
        .with_role(Role::Integration)
        .post(&format!("{into_path}/merge"), json!({"from_id": from}))
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn who_was_merged_or_is_inactive_gets_no_contact_address_or_purchase() {
    let scene = Scene::open().await;
    let (merged, resting) = (second(&scene).await, other(&scene).await);
    scene
        .agent
        .patch(&format!("/v1/customers/{resting}"), json!({"is_active": false}))
        .await
        .expect(200);
    scene
        .agent
        .post(
            &format!("/v1/customers/{}/merge", scene.customer_id),
            json!({"from_id": merged}),
        )
        .await
        .expect(200);
    for (kind, body) in [
        ("contacts", json!({"name": "刘芳", "phone": "13800138001"})),
        (
            "addresses",
            json!({"region_code": "510104", "detail": "红星路三段1号"}),
        ),
        (
            "purchase-records",
            json!({"product_id": scene.product_id, "quantity": 1, "purchased_on": "2026-03-01"}),
        ),
    ] {
        let refused = scene
            .agent
            .post(&format!("/v1/customers/{merged}/{kind}"), body.clone())
            .await
            .refused(409, "already_merged");
        assert_eq!(refused.body["conflicting_id"], json!(scene.customer_id), "{kind}");
        let refused = scene
            .agent
            .post(&format!("/v1/customers/{resting}/{kind}"), body)
            .await
            .refused(422, "inactive_reference");
        assert_eq!(refused.body["errors"][0]["parameter"], "customer_id", "{kind}");
    }
}

/// Somebody else; his identifier.
async fn other(scene: &Scene) -> String {
    let body = json!({"kind": "consumer", "name": "李强", "phone": "13800138002"});
    scene.agent.post("/v1/customers", body).await.expect(201).id()
}
