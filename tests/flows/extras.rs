//! What people add to a request without moving it, and who is calling.

use actix_web::http::Method;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use serde_json::{Value, json};

use crate::support::{Client, Scene, solved};

fn column(reply: &Value, member: &str) -> Vec<Value> {
    reply["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[member].clone())
        .collect()
}

/// The customer of the scene as a caller.
fn customer_of(scene: &Scene) -> Client {
    scene.app.acting(Actor {
        name: "liufang".to_owned(),
        roles: RoleSet::of(&[Role::Customer]),
        customer_id: Some(scene.customer_id.parse().unwrap()),
        is_system: false,
        ..Actor::system()
    })
}

#[actix_web::test]
async fn a_customer_sees_what_was_written_to_him_and_nothing_else() {
    let scene = Scene::open().await;
    let customer = customer_of(&scene);
    let path = scene.register(json!({})).await;
    let comments = format!("{path}/comments");
    scene
        .dispatcher
        .post(&comments, json!({"body": "客户态度急躁"}))
        .await
        .expect(201);
    let before = scene.now(&path).await;
    assert_eq!(
        before.body["first_response_at"],
        Value::Null,
        "an internal remark is no answer"
    );
    scene.at("2026-11-23T01:10:00.000Z");
    let said = scene
        .agent
        .post(&comments, json!({"body": "工程师明天上门", "is_outbound": true}))
        .await
        .expect(201);
    assert_eq!(
        (&said.body["kind"], &said.body["body"]),
        (&json!("reply"), &json!("工程师明天上门"))
    );
    let answered = scene.now(&path).await;
    assert_eq!(answered.body["first_response_at"], "2026-11-23T01:10:00.000Z");
    customer
        .post(&comments, json!({"body": "请上午来"}))
        .await
        .expect(201);
    customer
        .post(&comments, json!({"body": "请上午来", "is_outbound": true}))
        .await
        .refused(422, "not_allowed");

    let all = scene.agent.get(&format!("{comments}?sort=seq")).await.expect(200);
    assert_eq!(
        column(&all.body, "kind"),
        ["comment", "reply", "customer_comment"]
    );
    let his = customer.get(&format!("{comments}?sort=seq")).await.expect(200);
    assert_eq!(column(&his.body, "kind"), ["reply", "customer_comment"]);
    let history = customer.get(&format!("{path}/activities")).await.expect(200);
    assert!(!history.text.contains("急躁"), "{}", history.text);
}

#[actix_web::test]
async fn labels_of_two_people_both_stay_and_a_locked_request_is_the_managers() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00", "labels": ["夏季高峰"]}))
        .await;
    let labels = format!("{path}/labels");
    scene
        .agent
        .post(&labels, json!({"label": "VIP"}))
        .await
        .expect(200);
    let both = scene
        .manager
        .post(&labels, json!({"label": "回头客"}))
        .await
        .expect(200);
    assert_eq!(both.body["labels"], json!(["夏季高峰", "VIP", "回头客"]));
    let again = scene
        .agent
        .post(&labels, json!({"label": "VIP"}))
        .await
        .expect(200);
    assert_eq!(
        (&again.body["labels"], &again.body["version"]),
        (&both.body["labels"], &both.body["version"])
    );
    scene.agent.delete(&format!("{labels}/VIP")).await.expect(204);
    scene
        .agent
        .delete(&format!("{labels}/VIP"))
        .await
        .refused(404, "not_found");
    assert_eq!(
        scene.now(&path).await.body["labels"],
        json!(["夏季高峰", "回头客"])
    );

    scene.at("2026-11-23T04:00:00.000Z");
    scene
        .agent
        .post(&labels, json!({"label": "急"}))
        .await
        .refused(403, "locked_manager_only");
    scene
        .agent
        .post(&format!("{path}/comments"), json!({"body": "催"}))
        .await
        .refused(403, "locked_manager_only");
    scene
        .manager
        .post(&labels, json!({"label": "急"}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn ac_015_the_caller_is_known_before_the_call_is_taken() {
    let scene = Scene::open().await;
    let customer = format!("/v1/customers/{}", scene.customer_id);
    scene
        .agent
        .post(
            &format!("{customer}/contacts"),
            json!({"name": "刘强", "phone": "13800138777"}),
        )
        .await
        .expect(201);
    for day in ["2025-06-01", "2026-03-01"] {
        scene
            .agent
            .post(
                &format!("{customer}/purchase-records"),
                json!({"product_id": scene.product_id, "purchased_on": day}),
            )
            .await
            .expect(201);
    }
    let first = scene.register(json!({})).await;
    scene.at("2026-11-23T01:05:00.000Z");
    let second = scene.register(json!({"title": "异响"})).await;
    scene
        .agent
        .post(&format!("{first}/cancel"), json!({"reason": "重复"}))
        .await
        .expect(200);
    // The customer's own number, and the number of one of his contacts.
    for phone in ["13800138001", "13800138777"] {
        let known = scene
            .agent
            .get(&format!("/v1/service-requests/context?phone={phone}"))
            .await
            .expect(200);
        assert_eq!(known.body["customers"][0]["id"], json!(scene.customer_id));
        assert_eq!(known.body["contacts"][0]["name"], "刘强");
        let bought: Vec<&Value> = known.body["purchase_records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| &record["purchased_on"])
            .collect();
        assert_eq!(bought, ["2026-03-01", "2025-06-01"]);
        let requests: Vec<String> = known.body["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|request| format!("/v1/service-requests/{}", request["id"].as_str().unwrap()))
            .collect();
        assert_eq!(requests, [second.clone(), first.clone()], "newest first");
        assert_eq!(known.body["open_requests"], 1);
    }
    let nobody = scene
        .agent
        .get("/v1/service-requests/context?phone=13900000000")
        .await
        .expect(200);
    assert_eq!(
        nobody.body,
        json!({"customers": [], "contacts": [], "addresses": [], "purchase_records": [], "installed_products": [],
            "requests": [], "open_requests": 0})
    );
}

#[actix_web::test]
async fn a_remark_stands_at_a_place_of_its_own_for_whom_it_is_meant() {
    let scene = Scene::open().await;
    let customer = customer_of(&scene);
    let path = scene.register(json!({})).await;
    let other = scene.register(json!({"title": "另一件"})).await;
    let comments = format!("{path}/comments");
    let mut seen = Vec::new();
    for is_outbound in [false, true] {
        let add = || {
            scene
                .agent
                .request(Method::POST, &comments)
                .header("idempotency-key", if is_outbound { "k2" } else { "k1" })
                .json(&json!({"body": "已联系", "is_outbound": is_outbound}))
                .send()
        };
        let (made, again) = (add().await.expect(201), add().await.expect(201));
        let place = made.header("location").unwrap().to_owned();
        assert_eq!(place, format!("{comments}/{}", made.id()));
        assert_eq!(again.header("location"), Some(place.as_str()));
        assert_eq!(
            (&again.text, again.header("idempotent-replayed")),
            (&made.text, Some("true"))
        );
        assert_eq!(scene.agent.get(&place).await.expect(200).body, made.body);
        scene
            .agent
            .get(&format!("{other}/comments/{}", made.id()))
            .await
            .refused(404, "not_found");
        seen.push(customer.get(&place).await.status);
    }
    assert_eq!(seen, [404, 200], "what we remark among ourselves is not his");
    let history = scene
        .agent
        .get(&format!("{path}/activities?sort=seq"))
        .await
        .expect(200);
    let first = history.body["data"][0]["id"].as_str().unwrap();
    scene
        .agent
        .get(&format!("{comments}/{first}"))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn who_worked_and_what_was_said_are_names_we_know() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let order = scene.accepted(&path).await;
    scene
        .e1
        .post(&format!("{order}/arrive"), json!({}))
        .await
        .expect(200);
    let with = |engineer: &str| {
        let mut said = solved();
        let line = json!({"engineer_id": engineer, "minutes": 30, "item": "协助"});
        said["labor"].as_array_mut().unwrap().push(line);
        said
    };
    let stranger = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
    let complete = format!("{order}/complete");
    let refused = scene
        .e1
        .post(&complete, with(stranger))
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/labor/1/engineer_id"]);
    scene.e1.post(&complete, with(&scene.engineer2)).await.expect(200);
    scene
        .e1
        .post(&format!("{order}/correct"), with(stranger))
        .await
        .refused(422, "unknown_reference");

    let call = scene.follow_up(&path).await;
    let refused = scene
        .caller
        .post(
            &format!("{call}/log-attempt"),
            json!({"channel": "pigeon", "result": "no_answer"}),
        )
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/channel"]);
    let refused = scene
        .caller
        .post(
            &format!("{call}/record"),
            json!({"result": "dissatisfied", "reasons": ["not_solved", "bad_moon"]}),
        )
        .await
        .refused(422, "unknown_reference");
    assert_eq!(refused.pointers(), ["#/reasons/1"]);
    let now = scene.caller.get(&call).await.expect(200);
    assert_eq!(
        (&now.body["status"], &now.body["attempts"]),
        (&json!("pending"), &json!([]))
    );
}
