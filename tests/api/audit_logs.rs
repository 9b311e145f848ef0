//! The audit trail: filters, its chain, and what tampering looks like (AD-3, I24, S128).

use aftercare_api::flows::sequencer;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client};

/// A customer who changed twice: three lines of his own among those of his class.
async fn three_lines(app: &App) -> (Client, String) {
    // What every installation has from its first start comes first.
    sequencer::number(&app.db).await.unwrap();
    let agent = app.with_role(Role::CustomerService);
    let body = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
    let customer = agent.post("/v1/customers", body).await.expect(201).id();
    let path = format!("/v1/customers/{customer}");
    app.clock.advance_secs(60);
    for class in ["B", "A"] {
        agent.patch(&path, json!({"class": class})).await.expect(200);
    }
    sequencer::number(&app.db).await.unwrap();
    (app.with_role(Role::Admin), customer)
}

async fn lines(admin: &Client, query: &str) -> Vec<Value> {
    let list = admin
        .get(&format!("/v1/audit-logs?limit=200&{query}"))
        .await
        .expect(200);
    list.body["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn every_write_leaves_one_sealed_line_with_what_changed() {
    let app = App::start().await;
    let (admin, customer) = three_lines(&app).await;
    let found = lines(&admin, &format!("resource_id={customer}")).await;
    assert_eq!(found.len(), 3);
    let newest = &found[0];
    assert_eq!(
        (&newest["action"], &newest["resource"], &newest["diff"]),
        (
            &json!("update"),
            &json!("customer"),
            &json!({"class": ["B", "A"]})
        )
    );
    assert_eq!(newest["actor_name"], "customer_service");
    let seals: Vec<i64> = found.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(seals[0] - seals[2], 2, "a contiguous chain: {seals:?}");
    assert!(
        found
            .iter()
            .all(|line| line["hash"].as_str().unwrap().len() == 64)
    );
}

#[actix_web::test]
async fn lines_are_found_by_record_person_action_and_time() {
    let app = App::start().await;
    let (admin, customer) = three_lines(&app).await;
    let all = lines(&admin, &format!("resource_id={customer}")).await;
    let actor = all[0]["actor_id"].as_str().unwrap();
    let of = |more: &str| format!("resource=customer&resource_id={customer}&{more}");
    for (query, count) in [
        (of(&format!("actor_id={actor}")), 3),
        (of("actor_id=0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"), 0),
        (of("action=create"), 1),
        (of("at_gte=2026-11-23T01:01:00.000Z"), 2),
        (of("at_lt=2026-11-23T01:01:00.000Z"), 1),
        ("resource=product".to_owned(), 0),
    ] {
        assert_eq!(lines(&admin, &query).await.len(), count, "{query}");
    }
}

#[actix_web::test]
async fn s128_a_line_altered_by_hand_is_named() {
    let app = App::start().await;
    let (admin, customer) = three_lines(&app).await;
    let intact = admin.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!(
        (
            &intact.body["is_intact"],
            &intact.body["first_broken"],
            &intact.body["unsealed"]
        ),
        (&json!(true), &json!(null), &json!(0))
    );
    let second = lines(&admin, &format!("resource_id={customer}")).await[1].clone();
    let id = second["id"].as_str().unwrap();
    let seq = second["seq"].as_i64().unwrap();
    app.by_hand(&format!(
        "update audit_logs set actor_name = 'nobody' where seq = {seq}"
    ))
    .await;
    let broken = admin.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!(
        broken.body["first_broken"],
        json!({"seq": second["seq"], "id": id, "reason": "altered"})
    );
    assert_eq!(broken.body["is_intact"], false);
    assert_eq!(broken.body["last_seq"], seq - 1);
    // What comes behind is looked at by itself.
    let behind = admin
        .get(&format!("/v1/audit-logs/verify?after_seq={seq}"))
        .await
        .expect(200);
    assert_eq!(
        (&behind.body["is_intact"], &behind.body["checked"]),
        (&json!(true), &json!(1))
    );
}

#[actix_web::test]
async fn a_line_taken_away_is_missed_also_at_the_end() {
    let app = App::start().await;
    let (admin, _) = three_lines(&app).await;
    let end = admin.get("/v1/audit-logs/verify").await.expect(200).body["last_seq"]
        .as_i64()
        .unwrap();
    for gone in [end, end - 1] {
        app.by_hand(&format!("delete from audit_logs where seq = {gone}"))
            .await;
        let broken = admin.get("/v1/audit-logs/verify").await.expect(200);
        assert_eq!(
            broken.body["first_broken"],
            json!({"seq": gone, "id": null, "reason": "missing"})
        );
    }
}

#[actix_web::test]
async fn what_is_not_sealed_yet_is_counted_and_not_judged() {
    let app = App::start().await;
    let (admin, customer) = three_lines(&app).await;
    let agent = app.with_role(Role::CustomerService);
    let path = format!("/v1/customers/{customer}");
    agent.patch(&path, json!({"class": "C"})).await.expect(200);
    let waiting = lines(&admin, &format!("resource_id={customer}")).await[0].clone();
    assert_eq!((&waiting["seq"], &waiting["hash"]), (&json!(null), &json!(null)));
    let seen = admin.get("/v1/audit-logs/verify").await.expect(200);
    assert_eq!(
        (&seen.body["is_intact"], &seen.body["unsealed"]),
        (&json!(true), &json!(1))
    );
}

#[actix_web::test]
async fn the_trail_is_for_administrators_and_analysts_its_chain_for_administrators() {
    let app = App::start().await;
    for role in [Role::Analyst, Role::Executive] {
        app.with_role(role).get("/v1/audit-logs").await.expect(200);
        app.with_role(role)
            .get("/v1/audit-logs/verify")
            .await
            .refused(403, "insufficient_scope");
    }
    for role in [Role::ServiceManager, Role::Integration, Role::Customer] {
        app.with_role(role)
            .get("/v1/audit-logs")
            .await
            .refused(403, "insufficient_scope");
    }
}
