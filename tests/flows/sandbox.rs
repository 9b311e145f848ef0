//! The sandbox clock and reset (A11, A31).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::api::{maintenance_proposals, performance};
use crate::support::{Client, Reply, Scene};

/// Puts the clock at an instant without firing anything.
async fn stand(admin: &Client, now: &str) -> Reply {
    let put = admin.request(Method::PUT, "/v1/sandbox/clock");
    put.json(&json!({"now": now})).send().await
}

#[actix_web::test]
async fn advancing_fires_each_timer_at_its_own_due_instant() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    let moved = admin
        .post("/v1/sandbox/clock/advance", json!({"to": "2026-11-23T12:00:00Z"}))
        .await
        .expect(200);
    assert_eq!(moved.body["now"], "2026-11-23T12:00:00.000Z");
    assert!(moved.body["fired"].as_i64().unwrap() > 0);
    let history = scene
        .manager
        .get(&format!("{path}/activities?limit=200&sort=seq"))
        .await
        .expect(200);
    let lock = history.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["to"] == "locked")
        .unwrap()
        .clone();
    assert_eq!(lock["at"], "2026-11-23T03:00:00.000Z");
}

#[actix_web::test]
async fn the_clock_goes_back_only_right_after_a_reset() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    admin
        .post("/v1/sandbox/reset", json!({"dataset": "empty"}))
        .await
        .expect(200);
    stand(&admin, "2026-11-20T00:00:00Z").await.expect(200);
    stand(&admin, "2026-11-24T00:00:00Z").await.expect(200);
    stand(&admin, "2026-11-23T00:00:00Z")
        .await
        .refused(422, "clock_backwards");
    assert_eq!(
        admin.get("/v1/sandbox/clock").await.expect(200).body["frozen"],
        true
    );
    assert_eq!(
        scene.agent.get("/v1/customers").await.expect(200).body["data"],
        json!([])
    );
}

#[actix_web::test]
async fn only_an_administrator_moves_the_clock() {
    let scene = Scene::open().await;
    scene
        .dispatcher
        .post("/v1/sandbox/clock/advance", json!({"seconds": 1}))
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn the_clock_stays_within_the_years_there_are() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let advance = "/v1/sandbox/clock/advance";
    let far = json!({"to": "2099-12-31T00:00:00.001Z"});
    let refused = admin.post(advance, far).await.refused(422, "out_of_range");
    assert_eq!(refused.pointers(), ["#/to"]);
    let refused = admin
        .post(advance, json!({"seconds": 4_000_000_000_i64}))
        .await
        .refused(422, "out_of_range");
    assert_eq!(refused.pointers(), ["#/seconds"]);
    for now in ["2100-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
        let refused = stand(&admin, now).await.refused(422, "out_of_range");
        assert_eq!(refused.pointers(), ["#/now"]);
    }
    let last = json!({"to": "2099-12-31T00:00:00Z"});
    admin.post(advance, last).await.expect(200);
}

#[test]
fn a_reset_knows_every_table() {
    use aftercare_persistence::platform::sandbox::{EMPTIED, KEPT};
    let schema = include_str!("../../migrations/schema.txt");
    let tables = schema
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(' ') && *line != "indexes");
    let unknown: Vec<&str> = tables
        .filter(|table| !EMPTIED.contains(table) && !KEPT.contains(table))
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

#[actix_web::test]
async fn the_demo_company_has_a_request_in_each_state() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let mut told = Vec::new();
    for _ in 0..2 {
        admin
            .post("/v1/sandbox/reset", json!({"dataset": "demo"}))
            .await
            .expect(200);
        let requests = scene
            .manager
            .get("/v1/service-requests?limit=200&sort=number")
            .await
            .expect(200);
        told.push(requests.body["data"].clone());
    }
    assert_eq!(told[0], told[1], "the same story after every reset");
    let mut states: Vec<&str> = told[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["status"].as_str().unwrap())
        .collect();
    states.sort_unstable();
    assert_eq!(
        states,
        [
            "archived",
            "assigned",
            "assigned",
            "cancelled",
            "closed",
            "locked",
            "on_hold",
            "pending_assignment",
            "processed"
        ]
    );
    let liu_fang = scene
        .agent
        .get("/v1/customers?phone=13800138001")
        .await
        .expect(200);
    let id = liu_fang.body["data"][0]["id"].as_str().unwrap();
    let bought = scene
        .agent
        .get(&format!("/v1/customers/{id}/purchase-records"))
        .await
        .expect(200);
    assert_eq!(bought.body["data"].as_array().unwrap().len(), 2);
    for (list, count) in [
        ("service-outlets?status=active", 9),
        ("service-outlets?status=trial", 1),
        ("exams?open_at=2026-11-23T01:00:00.000Z", 1),
        ("assessment-schemes?code=OUTLET-STD", 1),
    ] {
        let shown = scene.manager.get(&format!("/v1/{list}")).await.expect(200);
        assert_eq!(shown.body["data"].as_array().unwrap().len(), count, "{list}");
    }
}

/// One unit of work: nobody meets a company that is half gone.
#[actix_web::test]
async fn a_reset_happens_at_once() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let reset = admin.post("/v1/sandbox/reset", json!({"dataset": "demo"}));
    let watch = async {
        let mut seen = Vec::new();
        for _ in 0..40 {
            let page = scene.agent.get("/v1/customers?limit=1").await.expect(200);
            seen.push(page.body["data"].as_array().unwrap().len());
            tokio::task::yield_now().await;
        }
        seen
    };
    let (reset, seen) = futures_util::future::join(reset, watch).await;
    reset.expect(200);
    assert!(seen.iter().all(|count| *count == 1), "{seen:?}");
}

#[actix_web::test]
async fn the_demo_company_has_reviews_that_are_final_and_the_awards_of_their_month() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let mut told = Vec::new();
    for _ in 0..2 {
        let demo = json!({"dataset": "demo"});
        admin.post("/v1/sandbox/reset", demo).await.expect(200);
        let reviews = scene
            .supervisor
            .get("/v1/performance-reviews?period=2026-10&status=final&sort=-total")
            .await
            .expect(200);
        let awards = scene
            .supervisor
            .get("/v1/awards?period=2026-10")
            .await
            .expect(200);
        told.push((reviews.body["data"].clone(), awards.body["data"].clone()));
    }
    let (reviews, awards) = &told[0];
    assert_eq!(&told[1].1, awards);
    assert_eq!(told[1].0[0]["id"], reviews[0]["id"]);
    let reviews = reviews.as_array().unwrap();
    assert_eq!(reviews.len(), 4);
    assert_eq!(reviews[0]["finalised_at"], "2026-11-10T01:30:00.000Z");
    let best = |kind: &str| {
        let mut awards = awards.as_array().unwrap().iter();
        awards.find(|award| award["kind"] == kind).unwrap()["figure"].clone()
    };
    assert_eq!(best("outstanding"), reviews[0]["total"]);
    assert_eq!(best("satisfaction"), "100.00");
    let recount = reviews[0]["id"].as_str().unwrap();
    let path = format!("/v1/performance-reviews/{recount}/recount");
    assert_eq!(
        scene.supervisor.get(&path).await.expect(200).body["is_same"],
        true
    );
}

#[actix_web::test]
async fn what_only_days_end_has_ended_after_the_clock_was_moved() {
    let scene = Scene::open().await;
    let admin = scene.app.with_role(Role::Admin);
    let review = performance::standing(&scene, "confirmed").await;
    let proposal = maintenance_proposals::draft(&scene).await;
    scene
        .manager
        .post(&format!("{proposal}/send"), json!({}))
        .await
        .expect(200);
    stand(&admin, "2026-11-29T00:00:00Z").await.expect(200);
    assert_eq!(scene.now(&review).await.body["status"], "confirmed");
    // Whoever reads after the clock was put finds the end, as of its own day.
    stand(&admin, "2027-11-23T00:00:00Z").await.expect(200);
    let done = scene.now(&review).await;
    assert_eq!(done.body["status"], "final");
    assert_eq!(done.body["finalised_at"], "2026-11-30T01:00:00.000Z");
    assert_eq!(scene.now(&proposal).await.body["status"], "expired");

    // Moved on by `advance`, it is among what fired.
    let other = performance::standing(&scene, "draft").await;
    scene
        .supervisor
        .post(&format!("{other}/confirm"), json!({}))
        .await
        .expect(200);
    let moved = admin
        .post("/v1/sandbox/clock/advance", json!({"seconds": 8 * 86_400}))
        .await
        .expect(200);
    assert!(moved.body["fired"].as_i64().unwrap() > 0, "{}", moved.text);
}
