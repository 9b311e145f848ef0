//! Shifts and rosters, as a caller sees them (EN-1, EN-4).

use aftercare_domain::kernel::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Reply, Scene};

fn hours(date: &str, start: &str, end: &str) -> Value {
    json!({"date": date, "start": start, "end": end, "kind": "day"})
}

async fn in_group(scene: &Scene, engineer: &str, team: &str) {
    let admin = scene.app.with_role(Role::Admin);
    let told = json!({"profile": {"team": team}});
    admin
        .patch(&format!("/v1/engineers/{engineer}"), told)
        .await
        .expect(200);
}

async fn days_of(scene: &Scene, engineer: &str) -> Vec<String> {
    let path = format!("/v1/engineers/{engineer}/shifts?sort=date&limit=200");
    let found = scene.manager.get(&path).await.expect(200);
    let rows = found.body["data"].as_array().unwrap().iter();
    rows.map(|shift| shift["date"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn ac_065_a_shift_that_overlaps_another_is_refused_and_one_that_touches_is_not() {
    let scene = Scene::open().await;
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let night = scene
        .supervisor
        .post(&path, hours("2026-12-01", "22:00", "06:00"))
        .await
        .expect(201);
    let refused = scene
        .supervisor
        .post(&path, hours("2026-12-02", "05:59", "12:00"))
        .await
        .refused(409, "shift_overlap");
    assert_eq!(refused.body["conflicting_id"], json!(night.id()));
    let touching = scene
        .supervisor
        .post(&path, hours("2026-12-02", "06:00", "12:00"))
        .await
        .expect(201);
    // Somebody else works whenever he likes.
    let other = format!("/v1/engineers/{}/shifts", scene.engineer2);
    scene
        .supervisor
        .post(&other, hours("2026-12-01", "22:00", "06:00"))
        .await
        .expect(201);
    let at = format!("/v1/shifts/{}", touching.id());
    scene
        .supervisor
        .patch(&at, json!({"start": "05:00"}))
        .await
        .refused(409, "shift_overlap");
    let moved = scene
        .supervisor
        .patch(
            &at,
            json!({"date": "2026-12-03", "start": "05:00", "kind": "standby"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&moved.body["date"], &moved.body["kind"]),
        (&json!("2026-12-03"), &json!("standby"))
    );
    let narrow = format!("{path}?from=2026-12-02&to=2026-12-31&kind=standby,patrol");
    let found = scene.e1.get(&narrow).await.expect(200);
    assert_eq!(found.body["data"], json!([moved.body]));
    scene.e2.get(&path).await.refused(404, "not_found");
    scene
        .e1
        .post(&path, hours("2026-12-09", "08:00", "12:00"))
        .await
        .refused(403, "insufficient_scope");
    scene.supervisor.delete(&at).await.expect(204);
    assert_eq!(days_of(&scene, &scene.engineer1).await, ["2026-12-01"]);
}

#[actix_web::test]
async fn of_ten_shifts_written_at_once_one_is_kept() {
    let scene = Scene::open().await;
    let path = format!("/v1/engineers/{}/shifts", scene.engineer1);
    let calls = (0..10).map(|n| {
        let body = hours("2026-12-01", &format!("08:0{n}"), "17:00");
        scene.supervisor.post(&path, body)
    });
    let replies: Vec<Reply> = join_all(calls).await;
    let kept = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(kept, 1);
    for reply in replies.into_iter().filter(|reply| reply.status != 201) {
        reply.refused(409, "shift_overlap");
    }
    assert_eq!(days_of(&scene, &scene.engineer1).await.len(), 1);
}

#[actix_web::test]
async fn two_groups_take_turns_by_the_week_once_somebody_else_approved() {
    let scene = Scene::open().await;
    in_group(&scene, &scene.engineer1, "A").await;
    in_group(&scene, &scene.engineer2, "B").await;
    let mut rule = json!({"teams": ["A", "B"], "from": "2026-11-30", "to": "2026-12-13"});
    rule["dry_run"] = json!(true);
    let generate = "/v1/engineers/rosters/generate";
    let shown = scene.supervisor.post(generate, rule.clone()).await.expect(200);
    assert_eq!(shown.body["shifts"].as_array().unwrap().len(), 10);
    assert!(days_of(&scene, &scene.engineer1).await.is_empty());
    rule["dry_run"] = json!(false);
    let made = scene.supervisor.post(generate, rule.clone()).await.expect(201);
    let path = format!("/v1/rosters/{}", made.id());
    // 2026-11-30 begins week 49, which is B's; week 50 is A's.
    let days =
        |from: u32| -> Vec<String> { (from..from + 5).map(|day| format!("2026-12-{day:02}")).collect() };
    assert_eq!(days_of(&scene, &scene.engineer1).await, days(7));
    let mut first_week = vec!["2026-11-30".to_owned()];
    first_week.extend(days(1).into_iter().take(4));
    assert_eq!(days_of(&scene, &scene.engineer2).await, first_week);
    let listed = scene
        .supervisor
        .get(&format!("{path}/shifts?team=A&limit=200"))
        .await
        .expect(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 5);
    // Again it would overlap: nothing of it is kept.
    scene
        .supervisor
        .post(generate, rule)
        .await
        .refused(409, "shift_overlap");
    assert_eq!(days_of(&scene, &scene.engineer1).await.len(), 5);
    let one = listed.body["data"][0]["id"].as_str().unwrap().to_owned();
    let one = format!("/v1/shifts/{one}");
    scene
        .supervisor
        .post(&format!("{path}/submit"), json!({}))
        .await
        .expect(200);
    scene
        .supervisor
        .patch(&one, json!({"start": "09:00"}))
        .await
        .refused(409, "roster_fixed");
    scene
        .supervisor
        .post(&format!("{path}/approve"), json!({}))
        .await
        .refused(403, "self_approval");
    let approved = scene
        .manager
        .post(&format!("{path}/approve"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&approved.body["status"], &approved.body["allowed_actions"]),
        (&json!("approved"), &json!(["cancel"]))
    );
    scene
        .supervisor
        .patch(&one, json!({"start": "09:00"}))
        .await
        .expect(200);
    let because = json!({"reason": "人手不足"});
    scene
        .manager
        .post(&format!("{path}/cancel"), because.clone())
        .await
        .expect(200);
    assert!(days_of(&scene, &scene.engineer1).await.is_empty());
    scene
        .manager
        .post(&format!("{path}/cancel"), because)
        .await
        .refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_roster_that_cannot_be_is_refused_where_it_is_wrong() {
    let scene = Scene::open().await;
    let generate = async |rule: Value| {
        scene
            .supervisor
            .post("/v1/engineers/rosters/generate", rule)
            .await
    };
    let nobody = json!({"from": "2026-12-01", "to": "2026-12-31"});
    generate(nobody).await.refused(422, "roster_empty");
    let past = json!({"from": "2026-11-22", "to": "2026-12-31"});
    generate(past).await.refused(422, "date_in_past");
    let turned = json!({"from": "2026-12-02", "to": "2026-12-01"});
    generate(turned).await.refused(422, "date_order");
    let long = json!({"from": "2026-12-01", "to": "2027-03-03"});
    generate(long).await.refused(422, "roster_too_long");
    let unknown = json!({"from": "2026-12-01", "to": "2026-12-31",
        "engineer_ids": [scene.engineer1, "0192f0b0-0000-7abc-8def-000000000001"]});
    let refused = generate(unknown).await.refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/engineer_ids/1"]);
    // Who is in no group works every week.
    let named = json!({"from": "2026-12-01", "to": "2026-12-31", "engineer_ids": [scene.engineer1]});
    generate(named).await.expect(201);
    assert_eq!(days_of(&scene, &scene.engineer1).await.len(), 23);
}
