//! Warranty policies, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::App;

/// The policy of AC-009: a year for the whole unit, three for the compressor.
fn air_conditioners() -> Value {
    json!({
        "code": "AC-12-36", "name": {"zh": "空调三包", "en": "Air conditioners"}, "start_basis": "invoice",
        "whole_months": 12, "main_part_months": [{"part_category": "compressor", "months": 36}]
    })
}

#[actix_web::test]
async fn a_policy_reads_back_with_the_days_of_the_law_and_changes() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let made = admin
        .post("/v1/warranty-policies", air_conditioners())
        .await
        .expect(201);
    let path = format!("/v1/warranty-policies/{}", made.id());
    assert_eq!(
        app.with_role(Role::Customer).get(&path).await.expect(200).body,
        made.body
    );
    for (member, days) in [
        ("refund_days", 7),
        ("exchange_days", 15),
        ("exchange_after_repairs", 2),
    ] {
        assert_eq!(made.body[member], days, "{member}");
    }
    let changed = admin
        .patch(&path, json!({"whole_months": 24, "free_on_site_months": 6}))
        .await
        .expect(200);
    assert_eq!(
        (
            &changed.body["whole_months"],
            &changed.body["free_on_site_months"]
        ),
        (&json!(24), &json!(6))
    );
    let found = admin
        .get("/v1/warranty-policies?start_basis=invoice&q=ac-12")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["code"], "AC-12-36");
    admin
        .post("/v1/warranty-policies", air_conditioners())
        .await
        .refused(409, "duplicate_code");
    app.with_role(Role::CustomerService)
        .post("/v1/warranty-policies", air_conditioners())
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_policy_contradicts_itself_nowhere() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let mut wrong = air_conditioners();
    wrong["main_part_months"] =
        json!([{"part_category": "motor", "months": 12}, {"part_category": "motor", "months": 24}]);
    wrong["exchange_days"] = json!(3);
    let refused = admin
        .post("/v1/warranty-policies", wrong)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/main_part_months/1", "#/exchange_days"]);
}

#[actix_web::test]
async fn every_installation_knows_the_policies_of_the_law() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let all = admin.get("/v1/warranty-policies?sort=code").await.expect(200);
    let codes: Vec<&str> = all.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["APPLIANCE", "COMPUTER", "ONE-REPAIR", "PHONE", "PROJECT-3Y"]
    );
}

#[actix_web::test]
async fn a_category_names_only_a_policy_in_use() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let policy = admin
        .post("/v1/warranty-policies", air_conditioners())
        .await
        .expect(201)
        .id();
    let category = json!({"code": "AC", "name": {"zh": "空调"}, "warranty_policy_id": policy});
    let made = admin
        .post("/v1/product-categories", category.clone())
        .await
        .expect(201);
    assert_eq!(made.body["warranty_policy_id"], json!(policy));
    admin
        .patch(
            &format!("/v1/warranty-policies/{policy}"),
            json!({"is_active": false}),
        )
        .await
        .expect(200);
    // What it named before stays.
    admin
        .patch(
            &format!("/v1/product-categories/{}", made.id()),
            json!({"warranty_policy_id": policy, "life_years": 9}),
        )
        .await
        .expect(200);
    let mut other = category;
    other["code"] = json!("AC-2");
    let refused = admin
        .post("/v1/product-categories", other)
        .await
        .refused(422, "inactive_reference");
    assert_eq!(refused.pointers(), ["#/warranty_policy_id"]);
}
