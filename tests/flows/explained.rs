//! Why it is so: promises explained stretch by stretch, locks with their rule and their proof.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Scene, unsolved};

fn millis(stretch: &Value, member: &str) -> i64 {
    stretch[member].as_i64().unwrap()
}

#[actix_web::test]
async fn a_promise_is_explained_stretch_by_stretch_and_adds_up() {
    let scene = Scene::open().await;
    let policies = scene
        .manager
        .get("/v1/sla-policies?code=SLA-7X24")
        .await
        .expect(200);
    let policy = policies.body["data"][0]["id"].as_str().unwrap().to_owned();
    let calendars = scene
        .manager
        .get("/v1/business-calendars?code=CN-STD")
        .await
        .expect(200);
    let calendar = calendars.body["data"][0]["id"].as_str().unwrap().to_owned();
    scene
        .manager
        .patch(
            &format!("/v1/sla-policies/{policy}"),
            json!({"calendar_id": calendar}),
        )
        .await
        .expect(200);

    scene.at("2026-09-30T08:00:00.000Z");
    let path = scene
        .register(json!({"required_by": "2026-10-20", "resolve_required_by": "2026-10-20"}))
        .await;
    scene.at("2026-09-30T09:00:00.000Z");
    scene
        .agent
        .post(&format!("{path}/hold"), json!({"reason": "awaiting_customer"}))
        .await
        .expect(200);
    scene.at("2026-09-30T09:30:00.000Z");
    scene
        .agent
        .post(&format!("{path}/resume"), json!({}))
        .await
        .expect(200);
    scene.at("2026-10-10T02:00:00.000Z");

    let reply = scene
        .agent
        .clone()
        .in_language("en")
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .expect(200);
    let told = &reply.body;
    let kinds: Vec<&str> = told["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stretch| stretch["kind"].as_str().unwrap())
        .collect();
    let wanted = "counted paused counted outside holiday outside counted outside counted outside counted outside \
                  counted outside make_up";
    assert_eq!(kinds.join(" "), wanted, "{}", reply.text);
    // 60 + 30 minutes before the holiday, two days of 8 hours, 90 minutes of the make-up day.
    assert_eq!(
        (&told["elapsed_minutes"], &told["explained_until"]),
        (&json!(1140), &json!("2026-10-10T02:00:00.000Z"))
    );
    let stretches = told["segments"].as_array().unwrap();
    let mut running = 0;
    for pair in stretches.windows(2) {
        assert_eq!(pair[0]["to"], pair[1]["from"], "no gaps");
    }
    for stretch in stretches {
        running += millis(stretch, "counted_ms");
        assert_eq!(millis(stretch, "running_ms"), running);
    }
    assert_eq!(
        running,
        millis(told, "elapsed_ms"),
        "the stretches add up to the elapsed time"
    );
    assert_eq!(
        (&stretches[1]["name"], &stretches[4]["name"]),
        (&json!("awaiting_customer"), &json!("国庆节"))
    );
    assert_eq!(
        (&told["calendar"]["code"], &told["policy"]["code"]),
        (&json!("CN-STD"), &json!("SLA-7X24"))
    );
    assert_eq!(
        told["policy"]["conditions"],
        json!([{"condition": "service_type", "wanted": "repair", "found": ["repair"], "holds": true}])
    );
    assert!(
        told["policy"]["because"]
            .as_str()
            .unwrap()
            .starts_with("Every condition holds")
    );

    // In the language asked for, and nothing for who may not see the request.
    let told = scene
        .agent
        .clone()
        .in_language("zh")
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .expect(200);
    assert!(
        told.body["policy"]["because"]
            .as_str()
            .unwrap()
            .starts_with("所有条件成立")
    );
    scene
        .e1
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_kept_promise_is_explained_until_it_was_kept() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.at("2026-11-23T01:20:00.000Z");
    scene
        .agent
        .post(&format!("{path}/respond"), json!({"comment": "已致电客户"}))
        .await
        .expect(200);
    scene.at("2026-11-23T02:00:00.000Z");
    let told = scene
        .agent
        .get(&format!("{path}/timers/response/explain"))
        .await
        .expect(200);
    assert_eq!(
        (
            &told.body["status"],
            &told.body["elapsed_minutes"],
            &told.body["explained_until"]
        ),
        (&json!("met"), &json!(20), &json!("2026-11-23T01:20:00.000Z"))
    );
    assert_eq!(told.body["remaining_ms"], json!(10 * 60_000));
}

#[actix_web::test]
async fn a_lock_names_its_rule_and_its_proof() {
    let scene = Scene::open().await;
    let overdue = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    let failed = scene.register(json!({})).await;
    scene
        .visit(&failed, &scene.engineer1, &scene.e1, unsolved())
        .await;
    scene
        .visit(&failed, &scene.engineer2, &scene.e2, unsolved())
        .await;
    scene.at("2026-11-23T04:00:00.000Z");

    let locks = scene
        .manager
        .clone()
        .in_language("zh")
        .get(&format!("{overdue}/locks"))
        .await
        .expect(200);
    let lock = &locks.body["data"][0];
    assert_eq!(lock["case"], "assignment_overdue");
    assert!(
        lock["rule"].as_str().unwrap().contains("超过分配期限"),
        "{}",
        locks.text
    );
    assert_eq!(
        lock["evidence"],
        json!({"assignment_due_at": "2026-11-23T03:00:00.000Z", "required_by": "2026-11-23T03:00:00.000Z",
            "unassigned_since": "2026-11-23T01:00:00.000Z", "attempts": []})
    );

    let english = scene.app.with_role(Role::ServiceManager).in_language("en");
    let locks = english.get(&format!("{failed}/locks")).await.expect(200);
    let lock = &locks.body["data"][0];
    assert_eq!(lock["case"], "unresolved_twice");
    assert!(
        lock["rule"]
            .as_str()
            .unwrap()
            .starts_with("Processed at least twice"),
        "{}",
        locks.text
    );
    let evidence = &lock["evidence"];
    assert_eq!(
        (&evidence["assignment_due_at"], &evidence["unassigned_since"]),
        (&Value::Null, &Value::Null)
    );
    let attempts: Vec<Value> = evidence["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| json!([a["no"], a["outcome"], a["accepted"], a["engineer_id"]]))
        .collect();
    assert_eq!(
        attempts,
        [
            json!([1, "unresolved", null, scene.engineer1]),
            json!([2, "unresolved", null, scene.engineer2])
        ]
    );
}
