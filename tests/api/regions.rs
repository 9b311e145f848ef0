//! Regions, as a caller sees them.

use aftercare_domain::kernel::Role;
use aftercare_persistence::seed;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn the_divisions_of_china_are_loaded_once() {
    let app = App::start().await;
    seed::regions::run(&app.db).await.unwrap();
    let reader = app.with_role(Role::Customer);
    let count = |level: &'static str| {
        let reader = reader.clone();
        async move {
            let list = reader
                .get(&format!(
                    "/v1/regions?level={level}&with_total=true&sort=code&limit=1"
                ))
                .await
                .expect(200);
            list.body["page"]["total"].as_i64().unwrap()
        }
    };
    let counted = (
        count("province").await,
        count("city").await,
        count("county").await,
    );
    assert_eq!(counted, (31, 342, 2975));
    let region = reader.get("/v1/regions/510104").await.expect(200);
    assert_eq!(
        (
            &region.body["name"]["zh"],
            &region.body["parent_code"],
            &region.body["level"]
        ),
        (&json!("锦江区"), &json!("510100"), &json!("county"))
    );
    let manager = app.with_role(Role::ServiceManager);
    manager
        .patch("/v1/regions/510104", json!({"grade": "central_city"}))
        .await
        .expect(200);
    seed::regions::run(&app.db).await.unwrap();
    assert_eq!(count("county").await, 2975);
    let kept = reader.get("/v1/regions/510104").await.expect(200);
    assert_eq!(kept.body["grade"], "central_city");
    let found = reader
        .get("/v1/regions?parent_code=510100&q=%E9%94%A6%E6%B1%9F&grade=central_city")
        .await
        .expect(200);
    assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_new_region_stands_where_its_code_says() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let add = |code: &str| json!({"code": code, "name": {"zh": "新区"}});
    manager
        .post("/v1/regions", add("990100"))
        .await
        .refused(422, "unknown_reference");
    manager
        .post("/v1/regions", add("010000"))
        .await
        .refused(422, "invalid_format");
    let province = manager.post("/v1/regions", add("990000")).await.expect(201);
    assert_eq!(province.header("location"), Some("/v1/regions/990000"));
    manager
        .post("/v1/regions", add("990000"))
        .await
        .refused(409, "duplicate_code");
    let city = manager.post("/v1/regions", add("990100")).await.expect(201);
    assert_eq!(city.body["parent_code"], "990000");
    manager
        .patch("/v1/regions/990000", json!({"is_active": false}))
        .await
        .expect(200);
    manager
        .post("/v1/regions", add("990200"))
        .await
        .refused(422, "inactive_reference");
    manager.get("/v1/regions/123456").await.refused(404, "not_found");
    manager
        .get("/v1/regions/12345x")
        .await
        .refused(400, "invalid_path_parameter");
    app.with_role(Role::CustomerService)
        .post("/v1/regions", add("980000"))
        .await
        .refused(403, "insufficient_scope");
}
