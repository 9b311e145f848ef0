//! A calendar changes: what that would do is told before, and open promises move only if somebody says so (A16, SL-5).

use actix_web::http::Method;
use aftercare_api::jobs;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::Scene;

/// Requests promised by a calendar of our own; its path.
async fn office(scene: &Scene) -> String {
    let hours = json!([["09:00", "17:00"]]);
    let week: serde_json::Map<String, Value> = ["mon", "tue", "wed", "thu", "fri"]
        .iter()
        .map(|day| ((*day).to_owned(), hours.clone()))
        .collect();
    let body = json!({"code": "OFFICE", "name": {"zh": "办公", "en": null}, "time_zone": "Asia/Shanghai", "mode": "hours",
        "weekly": week, "exceptions": [{"date": "2026-12-25", "kind": "holiday", "name": "公司日"}]});
    let calendar = scene
        .manager
        .post("/v1/business-calendars", body)
        .await
        .expect(201)
        .id();
    let policies = scene
        .manager
        .get("/v1/sla-policies?code=SLA-7X24")
        .await
        .expect(200);
    let policy = format!(
        "/v1/sla-policies/{}",
        policies.body["data"][0]["id"].as_str().unwrap()
    );
    scene
        .manager
        .patch(&policy, json!({"calendar_id": calendar}))
        .await
        .expect(200);
    format!("/v1/business-calendars/{calendar}")
}

async fn due(scene: &Scene, path: &str, kind: &str) -> Value {
    let now = scene.now(path).await;
    let timers = now.body["timers"].as_array().unwrap();
    timers.iter().find(|timer| timer["kind"] == kind).unwrap()["due_at"].clone()
}

async fn history(scene: &Scene, path: &str) -> Vec<Value> {
    let list = scene
        .manager
        .get(&format!("{path}/activities?limit=200"))
        .await
        .expect(200);
    list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["action"].clone())
        .collect()
}

/// Dates far enough away not to matter.
fn patient() -> Value {
    json!({"required_by": "2026-12-24", "resolve_required_by": "2026-12-24"})
}

#[actix_web::test]
async fn a_preview_tells_dates_and_promises_and_changes_nothing() {
    let scene = Scene::open().await;
    let calendar = office(&scene).await;
    scene.at("2026-11-23T08:00:00.000Z");
    let path = scene.register(patient()).await;
    let was = scene.manager.get(&calendar).await.expect(200);
    let change = json!({"weekly": {"mon": [["09:00", "16:30"]]},
        "exceptions": [{"date": "2026-11-24", "kind": "holiday"}]});
    let told = scene
        .manager
        .post(&format!("{calendar}/preview"), change.clone())
        .await
        .expect(200);
    let diff = &told.body["diff"];
    assert_eq!(
        (
            &diff["added"][0]["date"],
            &diff["removed"][0]["date"],
            &diff["changed"],
            &diff["has_other_week"]
        ),
        (
            &json!("2026-11-24"),
            &json!("2026-12-25"),
            &json!([]),
            &json!(true)
        )
    );
    let moved: Vec<Value> = told.body["promises"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|promise| {
            json!([
                promise["kind"],
                promise["old_due_at"],
                promise["new_due_at"],
                promise["number"]
            ])
        })
        .collect();
    let number = scene.now(&path).await.body["number"].clone();
    assert_eq!(
        moved,
        [
            // 30 minutes end with the shorter day; 4 and 8 hours come two half days and a holiday later.
            json!([
                "arrival",
                "2026-11-24T04:00:00.000Z",
                "2026-11-25T04:30:00.000Z",
                number
            ]),
            json!([
                "resolution",
                "2026-11-24T08:00:00.000Z",
                "2026-11-25T08:30:00.000Z",
                number
            ]),
        ],
        "{}",
        told.text
    );
    assert_eq!(
        (
            &told.body["promises"]["count"],
            &told.body["promises"]["is_complete"]
        ),
        (&json!(2), &json!(true))
    );
    assert_eq!(scene.manager.get(&calendar).await.expect(200).text, was.text);
    assert_eq!(due(&scene, &path, "arrival").await, "2026-11-24T04:00:00.000Z");
}

#[actix_web::test]
async fn open_promises_keep_their_deadline_unless_they_are_to_be_recomputed() {
    let scene = Scene::open().await;
    let calendar = office(&scene).await;
    let path = scene.register(patient()).await;
    let other = scene.register(patient()).await;
    scene.at("2026-11-23T02:00:00.000Z");
    // What is broken by then stays broken.
    for path in [&path, &other] {
        assert_eq!(due(&scene, path, "response").await, "2026-11-23T01:30:00.000Z");
    }
    let holiday = |date: &str| json!([{"date": date, "name": "临时放假", "is_off_day": true}]);
    let import = format!("{calendar}/import-holidays");

    let dry = scene
        .manager
        .post(&format!("{import}?dry_run=true"), holiday("2026-11-23"))
        .await
        .expect(200);
    assert_eq!(
        (
            &dry.body["diff"]["added"][0]["date"],
            &dry.body["promises"]["count"]
        ),
        (&json!("2026-11-23"), &json!(4))
    );
    assert_eq!(scene.manager.get(&calendar).await.expect(200).body["version"], 1);

    let kept = scene
        .manager
        .post(&import, holiday("2026-11-23"))
        .await
        .expect(200);
    assert_eq!(kept.body["promises"], Value::Null);
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    assert_eq!(
        due(&scene, &path, "resolution").await,
        "2026-11-23T09:00:00.000Z",
        "promised is promised"
    );

    let moved = scene
        .manager
        .post(&format!("{import}?recompute_open=true"), holiday("2026-11-24"))
        .await
        .expect(200);
    assert_eq!(moved.body["diff"]["added"][0]["date"], "2026-11-24");
    while jobs::clock::sweep(&scene.app.state).await.unwrap() > 0 {}
    for path in [&path, &other] {
        assert_eq!(due(&scene, path, "resolution").await, "2026-11-25T09:00:00.000Z");
        assert_eq!(
            due(&scene, path, "response").await,
            "2026-11-23T01:30:00.000Z",
            "what was broken stays so"
        );
        assert_eq!(history(&scene, path).await[0], "recount_sla");
    }
    let lines = history(&scene, &path).await.len();
    let line = scene
        .manager
        .get(&format!("{path}/activities?limit=1"))
        .await
        .expect(200);
    let told = &line.body["data"][0]["data"]["timers"];
    assert_eq!(
        told[1]["old"]["due_at"], "2026-11-23T09:00:00.000Z",
        "{}",
        line.text
    );

    // Asked for again, it finds everything done.
    let source = json!({"source": "国务院", "weekly": {"sat": [["09:00", "10:00"]]}});
    scene
        .manager
        .patch(&format!("{calendar}?recompute_open=true"), source)
        .await
        .expect(200);
    while jobs::clock::sweep(&scene.app.state).await.unwrap() > 0 {}
    assert_eq!(
        history(&scene, &path).await.len(),
        lines,
        "a change that moves nothing is no line"
    );
}

#[actix_web::test]
async fn what_was_asked_for_is_counted_before_a_sandbox_moves_on() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let calendar = office(&scene).await;
    let path = scene.register(patient()).await;
    let holiday = |date: &str| json!([{"date": date, "name": "临时放假", "is_off_day": true}]);
    let import = format!("{calendar}/import-holidays?recompute_open=true");
    scene
        .manager
        .post(&import, holiday("2026-11-23"))
        .await
        .expect(200);
    // Later than every deadline before the change, earlier than every one after it.
    admin
        .post("/v1/sandbox/clock/advance", json!({"to": "2026-11-23T23:00:00Z"}))
        .await
        .expect(200);
    let timers = scene.now(&path).await.body["timers"].clone();
    for timer in timers.as_array().unwrap() {
        assert_eq!(timer["status"], "running", "{timer}");
    }
    assert_eq!(due(&scene, &path, "resolution").await, "2026-11-24T09:00:00.000Z");

    // The same when the clock is stood somewhere.
    scene
        .manager
        .post(&import, holiday("2026-11-24"))
        .await
        .expect(200);
    admin
        .request(Method::PUT, "/v1/sandbox/clock")
        .json(&json!({"now": "2026-11-24T23:00:00Z"}))
        .send()
        .await
        .expect(200);
    assert_eq!(due(&scene, &path, "resolution").await, "2026-11-25T09:00:00.000Z");
    let timers = scene.now(&path).await.body["timers"].clone();
    assert!(
        timers
            .as_array()
            .unwrap()
            .iter()
            .all(|timer| timer["status"] == "running")
    );
}

#[actix_web::test]
async fn a_registration_its_calendar_cannot_reach_names_policy_and_calendar() {
    let scene = Scene::open().await;
    let calendar = office(&scene).await;
    let open = scene.register(patient()).await;
    // Rare hours are refused while somebody counts by them, an open promise included.
    let policies = scene
        .manager
        .get("/v1/sla-policies?code=SLA-7X24")
        .await
        .expect(200);
    let policy = format!(
        "/v1/sla-policies/{}",
        policies.body["data"][0]["id"].as_str().unwrap()
    );
    scene
        .manager
        .patch(&policy, json!({"is_active": false}))
        .await
        .expect(200);
    let once = json!({"weekly": null, "exceptions": [{"date": "2026-12-01", "kind": "workday", "frames": [["09:00", "10:00"]]}]});
    scene
        .manager
        .patch(&calendar, once.clone())
        .await
        .refused(422, "calendar_horizon");
    scene
        .agent
        .post(&format!("{open}/cancel"), json!({"reason": "客户取消"}))
        .await
        .expect(200);
    scene
        .manager
        .patch(
            &policy,
            json!({"is_active": true, "targets": [{"kind": "response", "minutes": 60}]}),
        )
        .await
        .expect(200);
    scene.manager.patch(&calendar, once).await.expect(200);
    // The one hour was good for it until it passed.
    scene.register(json!({})).await;
    scene.at("2026-12-02T00:00:00.000Z");
    let refused = scene
        .agent
        .clone()
        .in_language("en")
        .post("/v1/service-requests", scene.request(json!({})))
        .await
        .refused(422, "calendar_horizon");
    let told = refused.body["detail"].as_str().unwrap();
    assert!(told.contains("SLA-7X24") && told.contains("OFFICE"), "{told}");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/service_type");
}
