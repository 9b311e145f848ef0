//! Courses and who needs one, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::Scene;

#[actix_web::test]
async fn a_course_takes_whom_it_has_seats_for_until_the_need_is_met() {
    let scene = Scene::open().await;
    let course = json!({"code": "AC-2026-1", "name": {"zh": "变频空调维修", "en": "Inverters"}, "kind": "internal",
        "from": "2026-12-07", "to": "2026-12-08", "seats": 1});
    let made = scene
        .supervisor
        .post("/v1/training-courses", course.clone())
        .await
        .expect(201);
    let path = format!("/v1/training-courses/{}", made.id());
    scene
        .supervisor
        .patch(&path, json!({"to": "2026-12-06"}))
        .await
        .refused(422, "date_order");
    scene
        .supervisor
        .post("/v1/training-courses", course)
        .await
        .refused(409, "duplicate_code");
    let mut needs = Vec::new();
    for engineer in [&scene.engineer1, &scene.engineer2] {
        let need = json!({"engineer_id": engineer, "dimension": "fault_solving"});
        let made = scene
            .supervisor
            .post("/v1/training-needs", need)
            .await
            .expect(201);
        assert_eq!(made.body["status"], "open");
        needs.push(format!("/v1/training-needs/{}", made.id()));
    }
    let to = json!({"course_id": made.id()});
    let plan = |need: &str| format!("{need}/plan");
    let planned = scene
        .supervisor
        .post(&plan(&needs[0]), to.clone())
        .await
        .expect(200);
    assert_eq!(planned.body["status"], "planned");
    // Once more he takes no second seat.
    scene
        .supervisor
        .post(&plan(&needs[0]), to.clone())
        .await
        .expect(200);
    scene
        .supervisor
        .post(&plan(&needs[1]), to.clone())
        .await
        .refused(409, "course_full");
    let met = scene
        .supervisor
        .post(&format!("{}/meet", needs[0]), json!({}))
        .await
        .expect(200);
    assert_eq!(met.body["status"], "met");
    scene
        .supervisor
        .post(&plan(&needs[0]), to)
        .await
        .refused(409, "need_met");
    let open = scene
        .manager
        .get("/v1/training-needs?status=open")
        .await
        .expect(200);
    assert_eq!(open.body["data"][0]["engineer_id"], json!(scene.engineer2));
    let own = scene.e1.get("/v1/training-needs").await.expect(200);
    assert_eq!(own.body["data"].as_array().unwrap().len(), 1);
    scene
        .app
        .with_role(Role::Dispatcher)
        .post("/v1/training-needs", json!({"engineer_id": scene.engineer1}))
        .await
        .refused(403, "insufficient_scope");
}
