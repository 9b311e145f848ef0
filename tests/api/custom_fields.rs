//! Custom fields, as a caller sees them; their values on customers.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

fn height() -> Value {
    json!({
        "target": "service_request", "key": "indoor_height_m", "label": {"zh": "室内高度"}, "type": "number",
        "required": true, "min": 0, "max": 60, "applies_when": {"service_type": "install"}
    })
}

fn discount(more: &Value) -> Value {
    let mut field =
        json!({"target": "customer", "key": "discount", "label": {"zh": "折扣"}, "type": "number"});
    for (name, value) in more.as_object().unwrap() {
        field[name] = value.clone();
    }
    field
}

fn liu_fang(custom_fields: &Value) -> Value {
    json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001", "custom_fields": custom_fields})
}

#[actix_web::test]
async fn a_definition_reads_back_whole() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let made = admin.post("/v1/custom-fields", height()).await.expect(201);
    let path = "/v1/custom-fields/service_request.indoor_height_m";
    assert_eq!(made.header("location"), Some(path));
    let mut golden = app.with_role(Role::Engineer).get(path).await.expect(200).body;
    assert_eq!(golden, made.body);
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "code": "service_request.indoor_height_m", "target": "service_request", "key": "indoor_height_m",
            "label": {"zh": "室内高度", "en": null}, "type": "number", "required": true, "options": [], "min": 0,
            "max": 60, "pattern": null, "visible_to": [],
            "applies_when": {"service_type": "install", "product_category_id": null}, "is_active": true,
            "has_values": false, "version": 1, "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z"
        })
    );
    let again = admin
        .post("/v1/custom-fields", height())
        .await
        .refused(409, "duplicate_code");
    assert_eq!(again.body["errors"][0]["pointer"], "#/key");
    let changed = admin
        .patch(path, json!({"max": 12.5, "min": null}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["max"], &changed.body["min"]),
        (&json!(12.5), &json!(null))
    );
    app.with_role(Role::ServiceManager)
        .post("/v1/custom-fields", height())
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_definition_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let cases = [
        (json!({"type": "select"}), "#/options", "required"),
        (json!({"min": 2, "max": 1}), "#/max", "bounds_order"),
        (json!({"pattern": "x"}), "#/pattern", "invalid_value"),
        (
            json!({"type": "text", "pattern": "("}),
            "#/pattern",
            "invalid_value",
        ),
        (json!({"min": 1e300}), "#/min", "out_of_range"),
        (json!({"type": "attachment"}), "#/type", "not_allowed"),
        (json!({"key": "Discount"}), "#/key", "invalid_format"),
    ];
    for (more, pointer, code) in cases {
        let refused = admin
            .post("/v1/custom-fields", discount(&more))
            .await
            .refused(422, "validation_failed");
        let fault = &refused.body["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!(pointer), &json!(code)),
            "{more}"
        );
    }
    let mut elsewhere = height();
    elsewhere["applies_when"] = json!({"service_type": "exorcise"});
    admin
        .post("/v1/custom-fields", elsewhere)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn ac_008_values_are_held_against_their_definition_and_kept_as_given() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let bounds = json!({"required": true, "min": 0, "max": 60});
    admin
        .post("/v1/custom-fields", discount(&bounds))
        .await
        .expect(201);
    let agent = app.with_role(Role::CustomerService);
    let cases = [
        (json!({}), "required"),
        (json!({"discount": 75}), "out_of_range"),
        (json!({"discount": "12.5"}), "invalid_type"),
    ];
    for (values, code) in cases {
        let refused = agent
            .post("/v1/customers", liu_fang(&values))
            .await
            .refused(422, "validation_failed");
        let fault = &refused.body["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!("#/custom_fields/discount"), &json!(code))
        );
    }
    let unknown = json!({"discount": 12.5, "colour": "red"});
    let refused = agent
        .post("/v1/customers", liu_fang(&unknown))
        .await
        .refused(422, "unknown_custom_field");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/custom_fields/colour");
    let made = agent
        .post("/v1/customers", liu_fang(&json!({"discount": 12.5})))
        .await
        .expect(201);
    let path = format!("/v1/customers/{}", made.id());
    let read = agent.get(&path).await.expect(200);
    assert_eq!(read.body["custom_fields"], json!({"discount": 12.5}));
    for exact in ["0.1", "59.99999999999", "17", "0.0000001"] {
        let value: Value = serde_json::from_str(exact).unwrap();
        agent
            .patch(&path, json!({"custom_fields": {"discount": value}}))
            .await
            .expect(200);
        let read = agent.get(&path).await.expect(200);
        assert_eq!(read.body["custom_fields"]["discount"], value);
    }
}

#[actix_web::test]
async fn a_type_is_fixed_once_values_exist_and_old_values_stay() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    admin
        .post("/v1/custom-fields", discount(&json!({})))
        .await
        .expect(201);
    let field = "/v1/custom-fields/customer.discount";
    admin.patch(field, json!({"type": "text"})).await.expect(200);
    admin.patch(field, json!({"type": "number"})).await.expect(200);
    let agent = app.with_role(Role::CustomerService);
    let made = agent
        .post("/v1/customers", liu_fang(&json!({"discount": 5})))
        .await
        .expect(201);
    let refused = admin
        .patch(field, json!({"type": "text"}))
        .await
        .refused(409, "in_use");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/type");
    let retired = admin.patch(field, json!({"is_active": false})).await.expect(200);
    assert_eq!(
        (&retired.body["has_values"], &retired.body["version"]),
        (&json!(true), &json!(5))
    );
    let path = format!("/v1/customers/{}", made.id());
    agent
        .patch(&path, json!({"class": "A", "custom_fields": {"discount": 5}}))
        .await
        .expect(200);
    agent
        .patch(&path, json!({"custom_fields": {"discount": 6}}))
        .await
        .refused(422, "unknown_custom_field");
}

#[actix_web::test]
async fn a_customers_channel_is_a_word_of_the_dictionary() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let mut body = liu_fang(&json!({}));
    body["preferred_channel"] = json!("pigeon");
    let refused = agent
        .post("/v1/customers", body.clone())
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/preferred_channel");
    body["preferred_channel"] = json!("wechat");
    let path = format!(
        "/v1/customers/{}",
        agent.post("/v1/customers", body).await.expect(201).id()
    );
    app.with_role(Role::Admin)
        .patch(
            "/v1/dictionaries/channel/items/wechat",
            json!({"is_active": false}),
        )
        .await
        .expect(200);
    let kept = json!({"preferred_channel": "wechat", "class": "A"});
    agent.patch(&path, kept).await.expect(200);
    agent
        .patch(&path, json!({"preferred_channel": "phone"}))
        .await
        .expect(200);
    agent
        .patch(&path, json!({"preferred_channel": "wechat"}))
        .await
        .refused(422, "inactive_reference");
}
