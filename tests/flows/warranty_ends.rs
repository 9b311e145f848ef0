//! That a warranty ends is told sixty and seven days before, once for each end, by whichever server looks first (3.2).

use aftercare_api::flows::sequencer::number;
use aftercare_api::jobs::clock::sweep;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::api::installed_products::{policy, registered};
use crate::support::Scene;

/// A unit bought on a day, good for twelve months; its path.
async fn bought(scene: &Scene, serial: &str, on: &str, policy: &str) -> String {
    let facts = json!({"purchased_on": on, "warranty_policy_id": policy});
    registered(scene, serial, facts).await
}

/// What was told of ends: whose, when, which end, how many days before.
async fn told(scene: &Scene) -> Vec<Value> {
    number(&scene.app.state.db).await.unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let changes = admin.get("/v1/changes?limit=500").await.expect(200);
    let all = changes.body["data"].as_array().unwrap().iter();
    all.filter(|change| change["type"] == "warranty.expiring")
        .map(|change| json!([change["resource_id"], change["occurred_at"]]))
        .collect()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Sweeps until nothing is due.
async fn settle(scene: &Scene) {
    while sweep(&scene.app.state).await.unwrap() > 0 {}
}

#[actix_web::test]
async fn an_end_is_told_at_its_own_midnights_once_across_replicas() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    // Good until 2027-03-01: told on 2026-12-31 and on 2027-02-22.
    let path = bought(&scene, "A1", "2026-03-01", &policy).await;
    let replica = scene.app.replica().await;
    let both = async || {
        for _ in 0..3 {
            let (one, other) = (sweep(&scene.app.state), sweep(&replica.state));
            let (one, other) = futures_util::future::join(one, other).await;
            one.unwrap();
            other.unwrap();
        }
    };
    scene.at("2026-12-30T15:59:59.000Z");
    both().await;
    assert_eq!(told(&scene).await, Vec::<Value>::new());
    // Nobody looked for three days: it is told as of its own midnight all the same.
    scene.at("2027-01-03T01:00:00.000Z");
    both().await;
    let first = json!([id(&path), "2026-12-30T16:00:00.000Z"]);
    assert_eq!(told(&scene).await, std::slice::from_ref(&first));
    scene.at("2027-03-05T01:00:00.000Z");
    both().await;
    let second = json!([id(&path), "2027-02-21T16:00:00.000Z"]);
    assert_eq!(told(&scene).await, [first, second]);
    assert_eq!(
        scene.agent.get(&path).await.expect(200).body["version"],
        1,
        "telling changes nothing on the unit"
    );
}

#[actix_web::test]
async fn a_sandbox_that_moves_on_tells_each_end_on_its_way() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    let path = bought(&scene, "A1", "2026-03-01", &policy).await;
    let moved = scene
        .app
        .with_role(Role::Admin)
        .post("/v1/sandbox/clock/advance", json!({"to": "2027-06-01T00:00:00Z"}))
        .await
        .expect(200);
    assert_eq!(moved.body["fired"], 2);
    assert_eq!(
        told(&scene).await,
        [
            json!([id(&path), "2026-12-30T16:00:00.000Z"]),
            json!([id(&path), "2027-02-21T16:00:00.000Z"])
        ]
    );
}

#[actix_web::test]
async fn an_end_that_moves_is_told_anew_and_a_unit_out_of_service_is_told_of_no_more() {
    let scene = Scene::open().await;
    let policy = policy(&scene, "AC-12", "invoice", 12, None).await;
    let repaired = bought(&scene, "A1", "2026-03-01", &policy).await;
    let scrapped = bought(&scene, "A2", "2026-03-01", &policy).await;
    let exchanged = bought(&scene, "A3", "2026-03-01", &policy).await;
    let act = async |path: &str, action: &str, body: Value| {
        let path = format!("{path}/{action}");
        scene.agent.post(&path, body).await.expect(200)
    };
    scene.at("2026-12-25T01:00:00.000Z");
    // In repair over the day it would have been told; ten days put the end off to 2027-03-11.
    act(&repaired, "take-in-repair", json!({"on": "2026-12-25"})).await;
    act(&scrapped, "scrap", json!({"reason": "报废"})).await;
    scene.at("2027-01-03T01:00:00.000Z");
    settle(&scene).await;
    assert_eq!(
        told(&scene).await,
        [json!([id(&exchanged), "2026-12-30T16:00:00.000Z"])]
    );
    act(&repaired, "return-to-use", json!({"on": "2027-01-03"})).await;
    // Another unit in its place: a full term from the day of the exchange.
    let fresh = bought(&scene, "A4", "2026-06-01", &policy).await;
    act(
        &exchanged,
        "replace",
        json!({"replacement_id": id(&fresh), "on": "2027-01-03"}),
    )
    .await;
    scene.at("2027-01-20T01:00:00.000Z");
    settle(&scene).await;
    assert_eq!(
        told(&scene).await[1..],
        [json!([id(&repaired), "2027-01-09T16:00:00.000Z"])]
    );
    scene.at("2027-11-10T01:00:00.000Z");
    settle(&scene).await;
    assert_eq!(
        told(&scene).await[2..],
        [
            json!([id(&repaired), "2027-03-03T16:00:00.000Z"]),
            json!([id(&fresh), "2027-11-03T16:00:00.000Z"])
        ]
    );
}

#[actix_web::test]
async fn a_policy_that_changes_moves_the_ends_of_its_units_and_of_those_that_follow_a_category() {
    let scene = Scene::open().await;
    let own = policy(&scene, "AC-12", "invoice", 12, None).await;
    let path = bought(&scene, "A1", "2026-03-01", &own).await;
    let follower = registered(&scene, "A2", json!({"purchased_on": "2026-03-01"})).await;
    let product = scene
        .manager
        .get(&format!("/v1/products/{}", scene.product_id))
        .await;
    let category = format!(
        "/v1/product-categories/{}",
        product.expect(200).body["category_id"].as_str().unwrap()
    );
    let ends = async |query: &str| {
        let list = format!("/v1/installed-products?sort=serial_no&{query}");
        let found = scene.agent.get(&list).await.expect(200);
        let units = found.body["data"].as_array().unwrap().clone();
        units
            .iter()
            .map(|unit| unit["serial_no"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ends("warranty_ends_before=2027-03-02").await, ["A1"]);
    assert_eq!(
        ends("warranty_ends_before=2027-03-01").await,
        Vec::<String>::new()
    );
    assert_eq!(ends("warranty_ends_from=2027-03-01").await, ["A1"]);
    let admin = scene.app.with_role(Role::Admin);
    admin
        .patch(&category, json!({"warranty_policy_id": own}))
        .await
        .expect(200);
    settle(&scene).await;
    assert_eq!(ends("warranty_ends_before=2027-03-02").await, ["A1", "A2"]);
    scene
        .manager
        .patch(
            &format!("/v1/warranty-policies/{own}"),
            json!({"whole_months": 11}),
        )
        .await
        .expect(200);
    settle(&scene).await;
    assert_eq!(ends("warranty_ends_before=2027-02-02").await, ["A1", "A2"]);
    assert_eq!(told(&scene).await, Vec::<Value>::new());
    scene.at("2026-12-04T01:00:00.000Z");
    settle(&scene).await;
    let mut found = told(&scene).await;
    found.sort_by_key(ToString::to_string);
    let mut wanted = [&path, &follower].map(|path| json!([id(path), "2026-12-02T16:00:00.000Z"]));
    wanted.sort_by_key(ToString::to_string);
    assert_eq!(found, wanted);
}
