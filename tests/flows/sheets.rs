//! The field dispatch sheet: written part by part, whole at the end, nobody at two places at once (WO-1, WO-3, WO-5).

use actix_web::http::Method;
use futures_util::future::join;
use serde_json::{Value, json};

use crate::support::{Client, Reply, Scene, solved};

async fn put(by: &Client, path: &str, seen: &str, body: Value) -> Reply {
    by.request(Method::PUT, path)
        .header("if-match", seen)
        .json(&body)
        .send()
        .await
}

/// An order of this engineer, arrived at.
async fn arrived(scene: &Scene, engineer: &str, by: &Client) -> (String, String) {
    let request = scene.register(json!({})).await;
    let to = json!({"engineer_id": engineer});
    scene
        .dispatcher
        .post(&format!("{request}/assign"), to)
        .await
        .expect(200);
    let order = scene.order(&request).await;
    for action in ["accept", "arrive"] {
        by.post(&format!("{order}/{action}"), json!({})).await.expect(200);
    }
    (request, order)
}

fn worked(minutes: i64) -> Value {
    let mut result = solved();
    result["labor"][0]["minutes"] = json!(minutes);
    result
}

#[actix_web::test]
async fn ac_067_everything_a_result_lacks_is_told_at_once() {
    let scene = Scene::open().await;
    let (_, order) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    let bare = json!({"outcome": "resolved", "remedy_code": "board_replaced"});
    let refused = scene.e1.post(&format!("{order}/complete"), bare).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(
        refused.pointers(),
        ["#/labor", "#/cause_code", "#/customer_signature"]
    );
    let mut lines = json!({"outcome": "resolved", "labor": [{"minutes": 30, "item": "检修"}]});
    lines["checklist"] = json!([{"code": "power_off", "text": "断电", "is_required": true}]);
    lines["parts"] = json!([{"part_id": scene.product_id, "quantity": 1, "is_returnable": true}]);
    let refused = scene.e1.post(&format!("{order}/complete"), lines).await;
    assert_eq!(
        refused.refused(422, "validation_failed").pointers(),
        [
            "#/cause_code",
            "#/remedy_code",
            "#/customer_signature",
            "#/checklist/0/is_ok",
            "#/parts/0/serial_out"
        ]
    );
    // A week of one engineer's work on one job, in however many lines.
    let mut long = worked(10_080);
    let more = json!({"minutes": 1, "item": "检修"});
    long["labor"].as_array_mut().unwrap().push(more);
    let refused = scene.e1.post(&format!("{order}/complete"), long).await;
    assert_eq!(refused.refused(422, "out_of_range").pointers(), ["#/labor"]);
    assert_eq!(scene.now(&order).await.body["status"], "on_site");
}

#[actix_web::test]
async fn a_sheet_written_part_by_part_is_the_result() {
    let scene = Scene::open().await;
    let (request, order) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    let point = |is_ok: Value| json!({"checklist": [{"code": "power_off", "text": "断电", "is_required": true, "is_ok": is_ok}]});
    let expense = json!({"expenses": [{"fee_item": "parking", "payer": "company",
        "amount": {"amount": "10.00", "currency": "CNY"}}]});
    let part = json!({"parts": [{"part_id": scene.product_id, "quantity": 2, "serial_in": "N-1",
        "serial_out": "O-1", "is_returnable": true, "is_chargeable": false}]});
    let labor = json!({"labor": [{"minutes": 45, "item": "检修"}]});
    let signature = json!({"customer_signature": "刘芳"});
    for (what, body) in [
        ("checklist", point(Value::Null)),
        ("expenses", expense.clone()),
        ("parts", part.clone()),
        ("labor", labor),
        ("signature", signature),
    ] {
        let path = format!("{order}/{what}");
        scene.e2.get(&path).await.expect(404);
        put(&scene.e2, &path, "*", body.clone()).await.expect(404);
        let seen = scene.e1.get(&path).await.expect(200);
        let tag = seen.header("etag").unwrap().to_owned();
        put(&scene.e1, &path, &tag, body.clone()).await.expect(200);
        put(&scene.e1, &path, &tag, body)
            .await
            .refused(412, "precondition_failed");
    }
    let read = async |what: &str| scene.e1.get(&format!("{order}/{what}")).await.expect(200).body;
    assert_eq!(read("parts").await["parts"], part["parts"]);
    assert_eq!(
        read("expenses").await["expenses"][0]["amount"],
        expense["expenses"][0]["amount"]
    );
    assert_eq!(read("labor").await["labor"][0]["engineer_id"], scene.engineer1);
    let result = json!({"outcome": "resolved", "cause_code": "board_fault", "remedy_code": "board_replaced"});
    let complete = format!("{order}/complete");
    let refused = scene.e1.post(&complete, result.clone()).await;
    refused.refused(422, "checklist_open");
    put(&scene.e1, &format!("{order}/checklist"), "*", point(json!(true)))
        .await
        .expect(200);
    let done = scene.e1.post(&complete, result).await.expect(200);
    assert_eq!(done.body["labor"][0]["minutes"], 45);
    assert_eq!(done.body["customer_signature"], "刘芳");
    assert_eq!(scene.now(&request).await.body["status"], "processed");
}

#[actix_web::test]
async fn a_part_written_after_the_end_is_a_correction_until_it_is_verified() {
    let scene = Scene::open().await;
    let (request, order) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    scene
        .e1
        .post(&format!("{order}/complete"), solved())
        .await
        .expect(200);
    let labor = format!("{order}/labor");
    let lines = |minutes: i64| json!({"labor": [{"minutes": minutes, "item": "检修"}]});
    let corrected = put(&scene.e1, &labor, "*", lines(50)).await.expect(200);
    assert_eq!(corrected.body["result_version"], 2);
    put(&scene.e1, &labor, "*", json!({"labor": []}))
        .await
        .refused(422, "work_result_incomplete");
    let because = json!({"reason": "工时不符"});
    scene
        .supervisor
        .post(&format!("{request}/reject-verification"), because)
        .await
        .expect(200);
    let corrected = put(&scene.e1, &labor, "*", lines(40)).await.expect(200);
    assert_eq!(
        (&corrected.body["status"], &corrected.body["result_version"]),
        (&json!("completed"), &json!(3))
    );
    scene
        .supervisor
        .post(&format!("{request}/verify"), json!({}))
        .await
        .expect(200);
    put(&scene.e1, &labor, "*", lines(30))
        .await
        .refused(409, "invalid_transition");
}

#[actix_web::test]
async fn nobody_works_on_two_jobs_at_one_time() {
    let scene = Scene::open().await;
    let (_, first) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    scene.at("2026-11-23T02:00:00Z");
    scene
        .e1
        .post(&format!("{first}/complete"), worked(60))
        .await
        .expect(200);
    let (_, second) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    let complete = format!("{second}/complete");
    scene.at("2026-11-23T03:00:00Z");
    let refused = scene
        .e1
        .post(&complete, worked(61))
        .await
        .refused(422, "labor_overlap");
    assert_eq!(refused.pointers(), ["#/labor/0/minutes"]);
    scene.e1.post(&complete, worked(60)).await.expect(200);
    // Whose order it is does not matter, but who worked.
    let (_, third) = arrived(&scene, &scene.engineer2, &scene.e2).await;
    scene.at("2026-11-23T03:10:00Z");
    let mut helped = worked(30);
    helped["labor"][0]["engineer_id"] = json!(scene.engineer1);
    let refused = scene.e2.post(&format!("{third}/complete"), helped).await;
    refused.refused(422, "labor_overlap");
    // A correction of itself is none, one into another job is.
    let longer = json!({"labor": [{"minutes": 60, "item": "检修"}]});
    put(&scene.e1, &format!("{second}/labor"), "*", longer)
        .await
        .expect(200);
    let longer = json!({"labor": [{"minutes": 90, "item": "检修"}]});
    put(&scene.e1, &format!("{second}/labor"), "*", longer)
        .await
        .refused(422, "labor_overlap");
}

#[actix_web::test]
async fn two_results_at_once_of_one_engineer_are_not_both_taken() {
    let scene = Scene::open().await;
    for _ in 0..3 {
        let (_, one) = arrived(&scene, &scene.engineer1, &scene.e1).await;
        let (_, other) = arrived(&scene, &scene.engineer1, &scene.e1).await;
        scene.app.clock.advance_secs(1_800);
        let tell = async |order: &str| scene.e1.post(&format!("{order}/complete"), worked(30)).await;
        let (a, b) = join(tell(&one), tell(&other)).await;
        let mut found = [a.status, b.status];
        found.sort_unstable();
        assert_eq!(found, [200, 422], "{} {}", a.text, b.text);
        let left = if a.status == 422 { one } else { other };
        let absent = json!({"outcome": "unresolved", "unresolved_reason": "缺件"});
        scene
            .e1
            .post(&format!("{left}/complete"), absent)
            .await
            .expect(200);
        scene.app.clock.advance_secs(3_600);
    }
}

#[actix_web::test]
async fn who_arrives_far_from_the_address_is_marked() {
    let scene = Scene::open().await;
    let home = json!({"region_code": "510104", "detail": "红星路三段1号", "lat": 30.657, "lng": 104.08});
    let path = format!("/v1/customers/{}/addresses", scene.customer_id);
    let address = scene.agent.post(&path, home).await.expect(201).id();
    let request = scene.register(json!({"address_id": address})).await;
    let order = scene.accepted(&request).await;
    let half = scene
        .e1
        .post(&format!("{order}/arrive"), json!({"lat": 30.6}))
        .await;
    assert_eq!(half.refused(422, "required").pointers(), ["#/lng"]);
    for (place, is_far) in [
        (json!({"lat": 30.6749, "lng": 104.08}), false),
        (json!({"lat": 30.6751, "lng": 104.08}), true),
        (json!({}), false),
    ] {
        let request = scene.register(json!({"address_id": address})).await;
        let order = scene.accepted(&request).await;
        let there = scene.e1.post(&format!("{order}/arrive"), place).await.expect(200);
        assert_eq!(there.body["geo_mismatch"], is_far);
    }
}

#[actix_web::test]
async fn a_picture_is_one_of_the_requests_own() {
    let scene = Scene::open().await;
    let (request, order) = arrived(&scene, &scene.engineer1, &scene.e1).await;
    let elsewhere = scene.register(json!({})).await;
    let upload = async |request: &str| {
        let body =
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n前\r\n--x--\r\n";
        let sent = scene
            .manager
            .request(Method::POST, &format!("{request}/attachments"))
            .header("content-type", "multipart/form-data; boundary=x")
            .bytes(body);
        sent.send().await.expect(201).id()
    };
    let (own, other) = (upload(&request).await, upload(&elsewhere).await);
    let photos = |id: &str| json!({"photos": [{"attachment_id": id, "kind": "before"}]});
    let path = format!("{order}/photos");
    let refused = put(&scene.e1, &path, "*", photos(&other)).await;
    let refused = refused.refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/photos/0/attachment_id"]);
    put(&scene.e1, &path, "*", photos(&own)).await.expect(200);
    let seen = scene.e1.get(&path).await.expect(200);
    assert_eq!(seen.body["photos"][0]["attachment_id"], own);
}
