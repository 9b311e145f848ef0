//! Manuals of a product: files like those of a request, read by whoever sees the product.

use actix_web::http::Method;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use super::attachments::{LIMIT, PNG, form, send};
use crate::support::{Client, Reply, Scene};

async fn manual(client: &Client, product: &str, kind: &str, bytes: &[u8]) -> Reply {
    client
        .request(Method::POST, &format!("{product}/attachments?kind={kind}"))
        .header("content-type", "multipart/form-data; boundary=edge")
        .bytes(form(&[("file", "; filename=\"manual.pdf\"", bytes)]))
        .send()
        .await
}

#[actix_web::test]
async fn manuals_are_kept_with_their_product_and_read_by_whoever_sees_it() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let product = format!("/v1/products/{}", scene.product_id);
    let made = manual(&admin, &product, "service_manual", PNG).await.expect(201);
    assert_eq!(
        [
            &made.body["product_id"],
            &made.body["service_request_id"],
            &made.body["kind"],
            &made.body["media_type"]
        ],
        [
            &json!(scene.product_id),
            &Value::Null,
            &json!("service_manual"),
            &json!("image/png")
        ]
    );
    let place = made.header("location").unwrap().to_owned();
    let other = manual(&scene.manager, &product, "maintenance_manual", b"plain text").await;
    let other = format!("/v1/attachments/{}", other.expect(201).id());

    // Customers, engineers and outlets included, though none of them holds a request about it.
    let customer = scene.app.acting(Actor {
        name: "liu.fang".to_owned(),
        roles: RoleSet::of(&[Role::Customer]),
        customer_id: Some(scene.customer_id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    });
    for reader in [&customer, &scene.e1, &scene.agent, &admin] {
        let list = reader.get(&format!("{product}/attachments")).await.expect(200);
        assert_eq!(list.body["data"].as_array().unwrap().len(), 2);
        assert_eq!(reader.get(&place).await.expect(200).body, made.body);
        let content = reader.get(&format!("{place}/content")).await.expect(200);
        assert!(content.bytes == PNG, "the bytes differ");
    }
    // A file of somebody's request is nobody else's, as before.
    let request = scene.register(json!({})).await;
    let file = send(&scene.agent, &request, "a.txt", b"text").await.expect(201);
    assert_eq!(
        (&file.body["kind"], &file.body["product_id"]),
        (&json!("file"), &Value::Null)
    );
    let file = format!("/v1/attachments/{}", file.id());
    scene.e1.get(&file).await.refused(404, "not_found");
    let of_request = scene
        .agent
        .get(&format!("{request}/attachments"))
        .await
        .expect(200);
    assert_eq!(of_request.body["data"].as_array().unwrap().len(), 1);

    // Only who keeps the products adds and removes.
    for client in [&scene.agent, &scene.e1, &customer] {
        manual(client, &product, "service_manual", PNG)
            .await
            .refused(403, "insufficient_scope");
        client
            .request(Method::DELETE, &place)
            .header("if-match", "\"v1\"")
            .send()
            .await
            .refused(403, "insufficient_scope");
    }
    admin
        .request(Method::DELETE, &file)
        .header("if-match", "\"v1\"")
        .send()
        .await
        .refused(403, "insufficient_scope");
    for (client, path) in [(&admin, &place), (&scene.manager, &other)] {
        client
            .request(Method::DELETE, path)
            .header("if-match", "\"v1\"")
            .send()
            .await
            .expect(204);
        admin
            .get(&format!("{path}/content"))
            .await
            .refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_manual_is_bounded_like_every_file() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let product = format!("/v1/products/{}", scene.product_id);
    manual(&admin, &product, "novel", PNG)
        .await
        .refused(400, "invalid_query_parameter");
    manual(&admin, &product, "service_manual", b"")
        .await
        .refused(422, "file_empty");
    let large = vec![7_u8; LIMIT + 1];
    manual(&admin, &product, "service_manual", &large)
        .await
        .refused(413, "payload_too_large");
    let nowhere = "/v1/products/0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    manual(&admin, nowhere, "service_manual", PNG)
        .await
        .refused(404, "not_found");
    for n in 0..50_u8 {
        manual(&admin, &product, "service_manual", &[n]).await.expect(201);
    }
    manual(&admin, &product, "service_manual", PNG)
        .await
        .refused(409, "too_many_attachments");
}
