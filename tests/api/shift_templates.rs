//! Shift templates, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn a_template_reads_back_and_changes() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let night = json!({"code": "NIGHT", "name": {"zh": "夜班", "en": "Night"}, "start": "22:00", "end": "06:00",
        "kind": "night"});
    let made = admin.post("/v1/shift-templates", night.clone()).await.expect(201);
    assert_eq!(
        made.body["weekdays"],
        json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    );
    let path = format!("/v1/shift-templates/{}", made.id());
    let changed = admin
        .patch(
            &path,
            json!({"end": "07:00", "weekdays": ["sat", "sun"], "is_active": false}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["end"], &changed.body["weekdays"]),
        (&json!("07:00"), &json!(["sat", "sun"]))
    );
    admin
        .post("/v1/shift-templates", night)
        .await
        .refused(409, "duplicate_code");
    let found = admin
        .get("/v1/shift-templates?kind=patrol&is_active=true")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["code"], "PATROL");
}
