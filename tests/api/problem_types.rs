//! Problem types, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn a_problem_type_carries_its_defaults() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let category_id = manager
        .post(
            "/v1/product-categories",
            json!({"code": "AC", "name": {"zh": "空调"}}),
        )
        .await
        .expect(201)
        .id();
    let body = json!({"code": "NOT-COOLING", "name": {"zh": "不制冷", "en": "Does not cool"}, "category_ids": [category_id],
        "default_urgency": "high", "default_service_type": "repair", "std_minutes": 60});
    let created = manager.post("/v1/problem-types", body.clone()).await.expect(201);
    let path = format!("/v1/problem-types/{}", created.id());
    let read = app.with_role(Role::Engineer).get(&path).await.expect(200);
    assert_eq!(read.body, created.body);
    assert_eq!(
        (&read.body["default_impact"], &read.body["default_urgency"]),
        (&json!("medium"), &json!("high"))
    );
    manager
        .post("/v1/problem-types", body)
        .await
        .refused(409, "duplicate_code");
    let changed = manager
        .patch(
            &path,
            json!({"category_ids": [], "std_minutes": null, "default_impact": "low"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["category_ids"], &changed.body["std_minutes"]),
        (&json!([]), &json!(null))
    );
    let unknown = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let refused = manager
        .patch(&path, json!({"category_ids": [category_id, unknown]}))
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/category_ids/1");
}

#[actix_web::test]
async fn four_levels_stand_and_nothing_is_below_itself() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let mut line: Vec<String> = Vec::new();
    for level in 1..=4 {
        let body = json!({"code": format!("P{level}"), "name": {"zh": "问题"}, "parent_id": line.last()});
        line.push(manager.post("/v1/problem-types", body).await.expect(201).id());
    }
    let fifth = json!({"code": "P5", "name": {"zh": "问题"}, "parent_id": line[3]});
    manager
        .post("/v1/problem-types", fifth)
        .await
        .refused(422, "tree_too_deep");
    let top = json!({"code": "TOP", "name": {"zh": "问题"}});
    let top = manager.post("/v1/problem-types", top).await.expect(201).id();
    manager
        .patch(
            &format!("/v1/problem-types/{}", line[0]),
            json!({"parent_id": top}),
        )
        .await
        .refused(422, "tree_too_deep");
    manager
        .patch(
            &format!("/v1/problem-types/{}", line[1]),
            json!({"parent_id": line[3]}),
        )
        .await
        .refused(422, "cyclic_parent");
    manager
        .patch(
            &format!("/v1/problem-types/{}", line[1]),
            json!({"parent_id": top}),
        )
        .await
        .expect(200);
}

#[actix_web::test]
async fn keepers_of_base_data_change_problem_types_and_everybody_reads_them() {
    let app = App::start().await;
    let body = json!({"code": "LEAK", "name": {"zh": "漏水"}});
    for role in Role::ALL {
        let caller = app.with_role(*role);
        caller.get("/v1/problem-types").await.expect(200);
        if !matches!(role, Role::Admin | Role::ServiceManager) {
            caller
                .post("/v1/problem-types", body.clone())
                .await
                .refused(403, "insufficient_scope");
        }
    }
}
