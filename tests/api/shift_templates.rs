//! Shift templates, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::{App, Scene};

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

#[actix_web::test]
async fn a_shift_that_ends_when_it_began_lasts_a_whole_day() {
    let scene = Scene::open().await;
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let duty = json!({"date": "2026-11-24", "start": "08:00", "end": "08:00", "kind": "day"});
    scene.supervisor.post(&path, duty).await.expect(201);
    let free = async |at: &str| {
        let path = format!("/v1/engineers/{}/availability?at={at}", scene.engineer1);
        scene.dispatcher.get(&path).await.expect(200).body["is_available"].clone()
    };
    // From eight to eight in China.
    assert_eq!(free("2026-11-23T23:59:59Z").await, false);
    assert_eq!(free("2026-11-24T00:00:00Z").await, true);
    assert_eq!(free("2026-11-24T23:59:59Z").await, true);
    assert_eq!(free("2026-11-25T00:00:00Z").await, false);
    let next = json!({"date": "2026-11-25", "start": "07:59", "end": "12:00", "kind": "day"});
    scene
        .supervisor
        .post(&path, next)
        .await
        .refused(409, "shift_overlap");
}
