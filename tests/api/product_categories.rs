//! Product categories, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::{App, Client};

async fn category(manager: &Client, code: &str, parent: Option<&str>) -> String {
    let body = json!({"code": code, "name": {"zh": code}, "parent_id": parent});
    manager
        .post("/v1/product-categories", body)
        .await
        .expect(201)
        .id()
}

#[actix_web::test]
async fn a_category_reads_back_whole() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let body = json!({"code": "AC-SPLIT", "name": {"zh": "分体式空调", "en": "Split air conditioner"}, "life_years": 10});
    let created = manager
        .post("/v1/product-categories", body.clone())
        .await
        .expect(201);
    let path = created.header("location").unwrap().to_owned();
    let read = app.with_role(Role::Customer).get(&path).await.expect(200);
    assert_eq!(read.body, created.body);
    assert_eq!(
        (&read.body["parent_id"], &read.body["life_years"]),
        (&json!(null), &json!(10))
    );
    manager
        .post("/v1/product-categories", body)
        .await
        .refused(409, "duplicate_code");
    manager
        .patch(&path, json!({"is_active": false, "life_years": null}))
        .await
        .expect(200);
    let found = manager
        .get("/v1/product-categories?q=split&is_active=false&sort=code")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["life_years"], json!(null));
}

#[actix_web::test]
async fn the_tree_has_no_circle_and_an_end() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let mut line = vec![category(&manager, "L1", None).await];
    for level in 2..=8 {
        let parent = line.last().cloned();
        line.push(category(&manager, &format!("L{level}"), parent.as_deref()).await);
    }
    let too_deep = json!({"code": "L9", "name": {"zh": "L9"}, "parent_id": line.last()});
    manager
        .post("/v1/product-categories", too_deep)
        .await
        .refused(422, "tree_too_deep");
    for below in [&line[0], &line[3]] {
        let refused = manager
            .patch(
                &format!("/v1/product-categories/{}", line[0]),
                json!({"parent_id": below}),
            )
            .await
            .refused(422, "cyclic_parent");
        assert_eq!(refused.body["errors"][0]["pointer"], "#/parent_id");
    }
    let moved = manager
        .patch(
            &format!("/v1/product-categories/{}", line[4]),
            json!({"parent_id": null}),
        )
        .await
        .expect(200);
    assert_eq!(moved.body["parent_id"], json!(null));
    let children = manager
        .get(&format!("/v1/product-categories?parent_id={}", line[0]))
        .await
        .expect(200);
    assert_eq!(children.body["data"].as_array().unwrap().len(), 1);
    let unknown =
        json!({"code": "X1", "name": {"zh": "X"}, "parent_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"});
    manager
        .post("/v1/product-categories", unknown)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn two_moves_at_once_close_no_circle() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let a = category(&manager, "A1", None).await;
    let b = category(&manager, "B1", None).await;
    let (path_a, path_b) = (
        format!("/v1/product-categories/{a}"),
        format!("/v1/product-categories/{b}"),
    );
    let (one, two) = futures_util::future::join(
        manager.patch(&path_a, json!({"parent_id": b})),
        manager.patch(&path_b, json!({"parent_id": a})),
    )
    .await;
    let done = [&one, &two].iter().filter(|reply| reply.status == 200).count();
    assert!(done <= 1, "{} {}", one.text, two.text);
}

#[actix_web::test]
async fn keepers_of_base_data_change_it_and_everybody_reads_it() {
    let app = App::start().await;
    let body = json!({"code": "AC", "name": {"zh": "空调"}});
    for role in Role::ALL {
        let caller = app.with_role(*role);
        caller.get("/v1/product-categories").await.expect(200);
        if !matches!(role, Role::Admin | Role::ServiceManager) {
            let refused = caller
                .post("/v1/product-categories", body.clone())
                .await
                .refused(403, "insufficient_scope");
            assert_eq!(refused.body["required_scope"], "product_categories:create");
        }
    }
}
