//! What would be promised (A28, AC-018 to AC-026).

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::installed_products::registered;
use crate::support::{App, Client, Scene};

async fn id_of(client: &Client, collection: &str, code: &str) -> String {
    let list = client
        .get(&format!("/v1/{collection}?code={code}"))
        .await
        .expect(200);
    list.body["data"][0]["id"].as_str().unwrap().to_owned()
}

async fn preview(client: &Client, body: Value) -> Vec<(Value, String, String)> {
    let reply = client.post("/v1/sla/preview", body).await.expect(200);
    let text = |target: &Value, member: &str| target[member].as_str().unwrap().to_owned();
    let targets = reply.body["targets"].as_array().unwrap().clone();
    targets
        .iter()
        .map(|t| (t["kind"].clone(), text(t, "due_at"), text(t, "warn_at")))
        .collect()
}

/// Due instants alone.
async fn due(client: &Client, body: Value) -> Vec<String> {
    preview(client, body)
        .await
        .into_iter()
        .map(|(_, due, _)| due)
        .collect()
}

#[actix_web::test]
async fn ac_018_around_the_clock() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let policy = id_of(&agent, "sla-policies", "SLA-7X24").await;
    let found = preview(
        &agent,
        json!({"sla_policy_id": policy, "start": "2026-11-21T09:00:00+08:00"}),
    )
    .await;
    let expected = [
        ("response", "2026-11-21T01:30:00.000Z", "2026-11-21T01:24:00.000Z"),
        ("arrival", "2026-11-21T05:00:00.000Z", "2026-11-21T04:12:00.000Z"),
        (
            "resolution",
            "2026-11-21T09:00:00.000Z",
            "2026-11-21T07:24:00.000Z",
        ),
    ];
    assert_eq!(
        found,
        expected.map(|(kind, due, warn)| (json!(kind), due.to_owned(), warn.to_owned()))
    );
}

#[actix_web::test]
async fn ac_019_to_024_examples_a_to_f() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let calendar = id_of(&agent, "business-calendars", "CN-STD").await;
    let pause = json!([{"from": "2026-09-30T17:00:00+08:00", "to": "2026-10-08T09:30:00+08:00"}]);
    for (start, minutes, pauses, expected) in [
        (
            "2026-09-30T16:00:00+08:00",
            480,
            json!([]),
            "2026-10-08T08:00:00.000Z",
        ),
        (
            "2026-09-30T16:00:00+08:00",
            480,
            pause,
            "2026-10-08T10:00:00.000Z",
        ),
        (
            "2026-10-09T17:00:00+08:00",
            240,
            json!([]),
            "2026-10-10T03:30:00.000Z",
        ),
        (
            "2026-11-20T17:40:00+08:00",
            30,
            json!([]),
            "2026-11-23T00:40:00.000Z",
        ),
        (
            "2026-11-23T12:10:00+08:00",
            30,
            json!([]),
            "2026-11-23T06:00:00.000Z",
        ),
        (
            "2026-11-21T10:00:00+08:00",
            30,
            json!([]),
            "2026-11-23T01:00:00.000Z",
        ),
    ] {
        let body =
            json!({"calendar_id": calendar, "start": start, "target_minutes": minutes, "pauses": pauses});
        assert_eq!(due(&agent, body).await, [expected], "{start}");
    }
}

#[actix_web::test]
async fn ac_025_working_days_skip_holidays_and_count_make_up_days() {
    let app = App::start().await;
    let agent = app.with_role(Role::RepairSpecialist);
    let policy = id_of(&agent, "sla-policies", "SLA-DEPOT").await;
    for (start, due, warn) in [
        (
            "2026-09-30T10:00:00+08:00",
            "2026-10-13T16:00:00.000Z",
            "2026-10-12T16:00:00.000Z",
        ),
        (
            "2026-11-20T10:00:00+08:00",
            "2026-11-27T16:00:00.000Z",
            "2026-11-26T16:00:00.000Z",
        ),
    ] {
        let found = preview(&agent, json!({"sla_policy_id": policy, "start": start})).await;
        assert_eq!(found, [(json!("depot_return"), due.to_owned(), warn.to_owned())]);
    }
}

#[actix_web::test]
async fn ac_026_third_party_vectors_with_pauses() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let hours = json!([["09:00", "18:00"]]);
    let week: serde_json::Map<_, _> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .map(|day| (day.to_owned(), hours.clone()))
        .into_iter()
        .collect();
    let body = json!({"code": "DAILY", "name": {"zh": "每日"}, "time_zone": "Europe/Berlin", "mode": "hours", "weekly": week});
    let calendar = manager
        .post("/v1/business-calendars", body)
        .await
        .expect(201)
        .id();
    let pauses = |spans: &[(&str, &str)]| -> Value {
        let at = |time: &str| format!("2013-06-04T{time}:00Z");
        spans
            .iter()
            .map(|(from, to)| json!({"from": at(from), "to": at(to)}))
            .collect()
    };
    let z4 = pauses(&[("10:00", "10:30")]);
    let z5 = pauses(&[("09:30", "09:45"), ("10:00", "10:30")]);
    let z6 = pauses(&[("10:00", "15:00")]);
    let z7 = pauses(&[("11:00", "11:30"), ("09:00", "10:30"), ("09:15", "10:00")]);
    for (pauses, minutes, expected) in [
        (&z4, 120, "11:30"),
        (&z4, 250, "13:40"),
        (&z5, 120, "11:45"),
        (&z6, 120, "16:00"),
        (&z7, 120, "13:00"),
        (&z7, 180, "14:00"),
        (&z7, 240, "15:00"),
    ] {
        let body = json!({"calendar_id": calendar, "start": "2013-06-04T09:00:00Z", "target_minutes": minutes, "pauses": pauses});
        assert_eq!(
            due(&manager, body).await,
            [format!("2013-06-04T{expected}:00.000Z")],
            "{pauses} {minutes}"
        );
    }
}

#[actix_web::test]
async fn a_policy_promises_by_priority() {
    let app = App::start().await;
    let agent = app.with_role(Role::Dispatcher);
    let policy = id_of(&agent, "sla-policies", "SLA-STD").await;
    let ask = |priority: Value| json!({"sla_policy_id": policy, "start": "2026-11-23T09:00:00+08:00", "priority": priority});
    let critical = due(&agent, ask(json!(1))).await;
    assert_eq!(
        critical,
        [
            "2026-11-23T01:30:00.000Z",
            "2026-11-23T06:30:00.000Z",
            "2026-11-24T01:00:00.000Z"
        ]
    );
    assert_eq!(
        due(&agent, ask(json!(null))).await,
        due(&agent, ask(json!(3))).await
    );
    let own = json!({"sla_policy_id": policy, "start": "2026-11-23T09:00:00+08:00", "target_minutes": 60});
    let own = preview(&agent, own).await;
    assert_eq!(
        (own.len(), &own[0].0, own[0].1.as_str()),
        (1, &json!(null), "2026-11-23T02:00:00.000Z")
    );
}

#[actix_web::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let calendar = id_of(&agent, "business-calendars", "CN-STD").await;
    let policy = id_of(&agent, "sla-policies", "SLA-STD").await;
    let nowhere = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let start = "2026-11-23T01:00:00Z";
    for (body, code, pointer) in [
        (json!({"start": start}), "validation_failed", "#/calendar_id"),
        (
            json!({"start": start, "calendar_id": calendar}),
            "validation_failed",
            "#/target_minutes",
        ),
        (
            json!({"start": start, "calendar_id": calendar, "sla_policy_id": policy}),
            "calendar_or_policy",
            "#/sla_policy_id",
        ),
        (
            json!({"start": start, "calendar_id": nowhere, "target_minutes": 1}),
            "unknown_reference",
            "#/calendar_id",
        ),
        (
            json!({"start": start, "sla_policy_id": nowhere}),
            "unknown_reference",
            "#/sla_policy_id",
        ),
        (
            json!({"start": start, "calendar_id": calendar, "target_minutes": -1}),
            "validation_failed",
            "#/target_minutes",
        ),
        (
            json!({"start": start, "calendar_id": calendar, "target_minutes": 10_000_000}),
            "calendar_horizon",
            "#/target_minutes",
        ),
        (
            json!({"start": "2150-01-01T00:00:00Z", "sla_policy_id": policy}),
            "calendar_horizon",
            "#/start",
        ),
        (
            json!({"start": start, "sla_policy_id": policy, "priority": 5}),
            "validation_failed",
            "#/priority",
        ),
        (
            json!({"start": start, "sla_policy_id": policy, "pauses": [{"from": start, "to": "2026-11-22T01:00:00Z"}]}),
            "end_before_start",
            "#/pauses/0/to",
        ),
        (
            json!({"start": "2026-11-23T09:00:00", "sla_policy_id": policy}),
            "validation_failed",
            "#/start",
        ),
    ] {
        let refused = agent.post("/v1/sla/preview", body).await.refused(422, code);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let missing = agent.post("/v1/sla/preview", json!({"start": start})).await;
    assert_eq!(missing.body["errors"][0]["code"], "required");
    let body = json!({"start": start, "sla_policy_id": policy});
    app.with_role(Role::PartsClerk)
        .post("/v1/sla/preview", body)
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn facts_name_a_unit_of_the_customer_they_name() {
    let scene = Scene::open().await;
    let stranger = json!({"kind": "consumer", "name": "李强", "phone": "13800138002"});
    let stranger = scene.agent.post("/v1/customers", stranger).await.expect(201).id();
    let unit = registered(&scene, "A1", json!({"customer_id": stranger})).await;
    let unit = unit.rsplit('/').next().unwrap();
    let ask = |customer: &str| {
        json!({"start": "2026-11-23T01:00:00Z", "facts": {"service_type": "repair", "customer_id": customer,
            "installed_product_id": unit}})
    };
    let refused = scene
        .agent
        .post("/v1/sla/preview", ask(&scene.customer_id))
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/facts/installed_product_id"]);
    scene
        .agent
        .post("/v1/sla/preview", ask(&stranger))
        .await
        .expect(200);
}
