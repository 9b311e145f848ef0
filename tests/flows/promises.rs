//! What was promised stays promised: policies by their versions, and promises made anew (SL-5, SL-8, SL-9).

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Reply, Scene};

async fn policy(scene: &Scene, code: &str) -> Value {
    let found = scene
        .manager
        .get(&format!("/v1/sla-policies?code={code}"))
        .await
        .expect(200);
    found.body["data"][0].clone()
}

async fn revise(scene: &Scene, code: &str, patch: Value) -> Reply {
    let id = policy(scene, code).await["id"].as_str().unwrap().to_owned();
    scene
        .manager
        .patch(&format!("/v1/sla-policies/{id}"), patch)
        .await
        .expect(200)
}

/// Twice the time to solve it.
fn slower() -> Value {
    json!({"targets": [{"kind": "response", "minutes": 30}, {"kind": "arrival", "minutes": 240},
        {"kind": "resolution", "minutes": 960}]})
}

fn timer(reply: &Reply, kind: &str) -> Value {
    let timers = reply.body["timers"].as_array().unwrap();
    timers
        .iter()
        .find(|timer| timer["kind"] == kind)
        .cloned()
        .unwrap_or_default()
}

async fn recompute(scene: &Scene, path: &str, body: Value) -> Reply {
    let path = format!("{path}/recompute-sla");
    scene.manager.post(&path, body).await.expect(200)
}

#[actix_web::test]
async fn a_request_keeps_the_version_its_promises_were_made_by() {
    let scene = Scene::open().await;
    let old = scene.register(json!({})).await;
    let version = policy(&scene, "SLA-7X24").await["version"].clone();
    revise(&scene, "SLA-7X24", slower()).await;
    let new = scene.register(json!({})).await;
    let pinned = |reply: &Reply| {
        (
            reply.body["sla_policy_version"].clone(),
            timer(reply, "resolution")["target_minutes"].clone(),
        )
    };
    assert_eq!(pinned(&scene.now(&old).await), (version.clone(), json!(480)));
    assert_eq!(pinned(&scene.now(&new).await).1, 960);

    let weighed = json!({"priority": 1, "reason": "产线停机"});
    let weighed = scene
        .supervisor
        .post(&format!("{old}/set-priority"), weighed)
        .await
        .expect(200);
    assert_eq!(
        pinned(&weighed),
        (version.clone(), json!(480)),
        "another priority is measured by the same version"
    );
    let told = scene
        .agent
        .get(&format!("{old}/timers/resolution/explain"))
        .await
        .expect(200);
    assert_eq!(
        (&told.body["policy"]["version"], &told.body["target_minutes"]),
        (&version, &json!(480))
    );
}

#[actix_web::test]
async fn a_dry_run_says_what_the_real_run_does_and_changes_nothing() {
    let scene = Scene::open().await;
    let path = scene.register(json!({"required_by": "2026-11-24"})).await;
    let project = policy(&scene, "SLA-PROJECT").await["id"].clone();
    scene.at("2026-11-23T03:30:00.000Z");
    // The response is late by now.
    let before = scene.now(&path).await;
    let lists = async || {
        let id = before.id();
        let mut texts = vec![scene.now(&path).await.text];
        for list in [
            format!("{path}/activities"),
            format!("{path}/work-orders"),
            format!("/v1/sla-timers?service_request_id={id}"),
            "/v1/notifications?limit=200".to_owned(),
            "/v1/audit-logs?limit=200".to_owned(),
        ] {
            texts.push(scene.app.with_role(Role::Admin).get(&list).await.expect(200).text);
        }
        texts
    };
    let was = lists().await;
    let ask = |dry_run: bool| json!({"sla_policy_id": project, "dry_run": dry_run, "reason": "协议升级"});
    let dry = recompute(&scene, &path, ask(true)).await;
    assert_eq!(lists().await, was, "a dry run changes nothing");
    assert_eq!(dry.header("etag"), before.header("etag"));
    let real = recompute(&scene, &path, ask(false)).await;
    assert_eq!(
        dry.body["timers"], real.body["timers"],
        "what was told is what was done"
    );
    let told: Vec<Value> = real.body["timers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|due| {
            json!([
                due["kind"],
                due["status"],
                due["old"]["target_minutes"],
                due["new"]["target_minutes"],
                due["breaks_now"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["response", "breached", 30, 30, false]),
            json!(["arrangement", "breached", null, 120, true]),
            json!(["arrival", "running", 240, 240, false]),
            json!(["resolution", "running", 480, 1440, false]),
        ],
        "{}",
        real.text
    );
    assert_eq!(
        real.body["timers"][3]["new"]["due_at"], "2026-11-24T01:00:00.000Z",
        "from the original start"
    );

    let now = scene.now(&path).await;
    assert_eq!(
        (&now.body["sla_policy_id"], &now.body["sla_policy_version"]),
        (&project, &json!(1))
    );
    assert_eq!(
        timer(&now, "arrangement")["breached_at"],
        "2026-11-23T03:30:00.000Z",
        "it breaks now, not in the past"
    );
    let last = scene
        .manager
        .get(&format!("{path}/activities?limit=1"))
        .await
        .expect(200);
    assert_eq!(
        (&last.body["data"][0]["action"], &last.body["data"][0]["comment"]),
        (&json!("recompute_sla"), &json!("协议升级"))
    );
}

#[actix_web::test]
async fn the_newest_version_is_pinned_when_no_other_policy_is_named() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let revised = revise(&scene, "SLA-7X24", slower()).await;
    scene.at("2026-11-23T01:10:00.000Z");
    let done = recompute(&scene, &path, json!({"reason": "按新标准"})).await;
    let now = &done.body["service_request"];
    assert_eq!(now["sla_policy_version"], revised.body["version"]);
    assert_eq!(
        done.body["timers"][2]["new"],
        json!({"target_minutes": 960, "due_at": "2026-11-23T17:00:00.000Z"})
    );

    let shorter = json!({"targets": [{"kind": "resolution", "minutes": 5}], "allows_third_party": true});
    revise(&scene, "SLA-7X24", shorter).await;
    let broken = recompute(&scene, &path, json!({"reason": "更严"})).await;
    let told: Vec<Value> = broken.body["timers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|due| {
            json!([
                due["kind"],
                due["status"],
                due["new"].is_null(),
                due["breaks_now"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["response", "cancelled", true, false]),
            json!(["arrival", "cancelled", true, false]),
            json!(["resolution", "breached", false, true]),
        ]
    );
    assert_eq!(broken.body["service_request"]["third_party_allowed"], true);
    let why = scene
        .agent
        .get(&format!("{path}/timers/resolution/explain"))
        .await
        .expect(200);
    assert_eq!(
        why.body["third_party_right"],
        json!({"kind": "resolution", "since": "2026-11-23T01:10:00.000Z"})
    );

    // And back: what was dropped is promised again.
    revise(&scene, "SLA-7X24", slower()).await;
    let back = recompute(&scene, &path, json!({"reason": "恢复"})).await;
    assert_eq!(
        timer(
            &Reply {
                body: back.body["service_request"].clone(),
                ..back.clone()
            },
            "arrival"
        )["status"],
        "running"
    );
}

#[actix_web::test]
async fn a_hold_counts_for_promises_made_during_it() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    scene.at("2026-11-23T02:00:00.000Z");
    scene
        .agent
        .post(&format!("{path}/hold"), json!({"reason": "awaiting_customer"}))
        .await
        .expect(200);
    scene.at("2026-11-23T08:00:00.000Z");
    let project = policy(&scene, "SLA-PROJECT").await["id"].clone();
    recompute(&scene, &path, json!({"sla_policy_id": project, "reason": "改签"})).await;
    let held = scene.now(&path).await;
    assert_eq!(
        timer(&held, "arrangement")["status"],
        "paused",
        "an hour of two had passed when time stood still"
    );
    scene.at("2026-11-23T10:00:00.000Z");
    scene
        .agent
        .post(&format!("{path}/resume"), json!({}))
        .await
        .expect(200);
    let now = scene.now(&path).await;
    assert_eq!(timer(&now, "arrangement")["due_at"], "2026-11-23T11:00:00.000Z");
}

#[actix_web::test]
async fn only_who_may_weigh_a_request_promises_anew_and_by_a_policy_in_use() {
    let scene = Scene::open().await;
    let path = format!("{}/recompute-sla", scene.register(json!({})).await);
    let body = json!({"reason": "x"});
    scene
        .agent
        .post(&path, body.clone())
        .await
        .refused(403, "insufficient_scope");
    scene.supervisor.post(&path, body).await.expect(200);
    revise(&scene, "SLA-SPARES", json!({"is_active": false})).await;
    let idle = policy(&scene, "SLA-SPARES").await["id"].clone();
    scene
        .manager
        .post(&path, json!({"sla_policy_id": idle, "reason": "x"}))
        .await
        .refused(422, "inactive_reference");
    let nowhere = json!({"sla_policy_id": scene.customer_id, "reason": "x"});
    scene
        .manager
        .post(&path, nowhere)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn whom_a_broken_promise_tells_is_shown_before_it_breaks() {
    let scene = Scene::open().await;
    let path = scene.register(json!({"required_by": "2026-11-30"})).await;
    let explain = format!("{path}/timers/resolution/explain");
    let shown = scene.agent.get(&explain).await.expect(200).body["escalations"].clone();
    let told: Vec<Value> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| {
            json!([
                moment["at"],
                moment["level"],
                moment["no"],
                moment["tells_assignee"],
                moment["roles"],
                moment["is_told"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["2026-11-23T07:24:00.000Z", "warn", 0, true, ["supervisor"], false]),
            json!([
                "2026-11-23T09:00:00.000Z",
                "breach",
                0,
                false,
                ["service_manager"],
                false
            ]),
            json!([
                "2026-11-23T10:00:00.000Z",
                "reminder",
                1,
                false,
                ["service_manager"],
                false
            ]),
            json!([
                "2026-11-23T11:00:00.000Z",
                "reminder",
                2,
                false,
                ["service_manager"],
                false
            ]),
            json!([
                "2026-11-23T12:00:00.000Z",
                "reminder",
                3,
                false,
                ["service_manager"],
                false
            ]),
        ]
    );
    scene.at("2026-11-23T13:00:00.000Z");
    let after = scene.agent.get(&explain).await.expect(200).body["escalations"].clone();
    for (before, after) in shown.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
        assert_eq!((&before["at"], &after["is_told"]), (&after["at"], &json!(true)));
    }
    // The same moments stand in what was told.
    let notices = scene.manager.get("/v1/notifications?limit=200").await.expect(200);
    let mut at: Vec<&str> = notices.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notice| notice["kind"].as_str().unwrap().starts_with("sla_reminder"))
        .filter(|notice| notice["subject_id"] == timer_id(&notices, "2026-11-23T12:00:00.000Z"))
        .map(|notice| notice["at"].as_str().unwrap())
        .collect();
    at.sort_unstable();
    assert_eq!(
        at,
        [
            "2026-11-23T10:00:00.000Z",
            "2026-11-23T11:00:00.000Z",
            "2026-11-23T12:00:00.000Z"
        ]
    );
}

/// The promise of which people were reminded at an instant.
fn timer_id(notices: &Reply, at: &str) -> Value {
    let all = notices.body["data"].as_array().unwrap();
    let found = all
        .iter()
        .find(|notice| notice["kind"] == "sla_reminder" && notice["at"] == at);
    found.unwrap()["subject_id"].clone()
}

#[actix_web::test]
async fn the_earliest_of_promise_and_date_binds_and_says_whose_it_is() {
    let scene = Scene::open().await;
    let dates = json!({"required_by": "2026-11-23T11:00:00+08:00", "resolve_required_by": "2026-11-23T20:00:00+08:00"});
    let both = scene.now(&scene.register(dates).await).await;
    assert_eq!(
        both.body["effective_due"],
        json!([
            {"kind": "arrival", "at": "2026-11-23T03:00:00.000Z", "source": "customer", "given": [
                {"at": "2026-11-23T03:00:00.000Z", "source": "customer"}, {"at": "2026-11-23T05:00:00.000Z", "source": "sla"}]},
            {"kind": "resolution", "at": "2026-11-23T09:00:00.000Z", "source": "sla", "given": [
                {"at": "2026-11-23T09:00:00.000Z", "source": "sla"}, {"at": "2026-11-23T12:00:00.000Z", "source": "customer"}]},
        ])
    );
    let promised = scene.now(&scene.register(json!({})).await).await;
    assert_eq!(promised.body["effective_due"][0]["source"], "sla");
}

#[actix_web::test]
async fn every_policy_that_was_not_taken_says_why() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let told = scene
        .agent
        .get(&format!("{path}/timers/response/explain"))
        .await
        .expect(200);
    let mut losses: Vec<(&str, &str)> = told.body["policy"]["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| (other["code"].as_str().unwrap(), other["loss"].as_str().unwrap()))
        .collect();
    losses.sort_unstable();
    assert_eq!(
        losses,
        [
            ("SLA-COMPLAINT", "condition_fails"),
            ("SLA-DEPOT", "promises_nothing"),
            ("SLA-PROJECT", "condition_fails"),
            ("SLA-SPARES", "condition_fails"),
            ("SLA-STD", "only_default"),
        ]
    );
}

#[actix_web::test]
async fn ac_031_a_project_that_is_not_solved_after_a_day_may_be_repaired_by_somebody_else() {
    let scene = Scene::open().await;
    let named = policy(&scene, "SLA-PROJECT").await["id"].clone();
    let template = scene
        .template("PROJECT", "project", json!({"sla_policy_id": named}))
        .await;
    scene
        .signed(scene.agreement(&template, "2026-01-01", "2027-12-31"))
        .await;
    let dates = json!({"required_by": "2026-12-24", "resolve_required_by": "2026-12-24"});
    let path = scene.register(dates).await;
    scene.at("2026-11-24T01:00:00.000Z");
    assert_eq!(
        scene.now(&path).await.body["third_party_allowed"],
        false,
        "in time"
    );
    scene.at("2026-11-24T01:00:00.001Z");
    assert_eq!(scene.now(&path).await.body["third_party_allowed"], true);
}
