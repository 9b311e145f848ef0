//! Addresses of a customer, as a caller sees them.

use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::{App, Client};

async fn customer(agent: &Client) -> String {
    let body = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
    let id = agent.post("/v1/customers", body).await.expect(201).id();
    format!("/v1/customers/{id}/addresses")
}

#[actix_web::test]
async fn exactly_one_address_is_the_default() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let addresses = customer(&agent).await;
    let first =
        json!({"region_code": "510104", "detail": "红星路三段1号", "lat": 30.65864218, "lng": 104.0817});
    let first = agent.post(&addresses, first).await.expect(201);
    assert_eq!(first.body["is_default"], true);
    let path = format!("/v1/addresses/{}", first.id());
    assert_eq!(agent.get(&path).await.expect(200).body, first.body);
    assert_eq!(first.body["lat"], 30.65864218);
    let second = json!({"region_code": "510107", "detail": "武侯祠大街231号", "is_default": true});
    let second = agent.post(&addresses, second).await.expect(201).id();
    let before = agent.get(&path).await.expect(200);
    assert_eq!(
        (&before.body["is_default"], before.header("etag")),
        (&json!(false), Some("\"v2\""))
    );
    let second = format!("/v1/addresses/{second}");
    agent.delete(&second).await.refused(409, "default_required");
    agent
        .patch(&second, json!({"is_default": false}))
        .await
        .refused(409, "default_required");
    agent.patch(&path, json!({"is_default": true})).await.expect(200);
    agent.delete(&second).await.expect(204);
    agent.delete(&path).await.expect(204);
    let list = agent
        .get(&format!("{addresses}?sort=region_code"))
        .await
        .expect(200);
    assert_eq!(list.body["data"], json!([]));
}

#[actix_web::test]
async fn a_place_on_earth_has_both_angles_in_range() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    let addresses = customer(&agent).await;
    let half = json!({"region_code": "510104", "detail": "红星路", "lat": 30});
    let refused = agent.post(&addresses, half).await.refused(422, "required");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/lng");
    let off = json!({"region_code": "510104", "detail": "红星路", "lat": 91, "lng": 0});
    agent
        .post(&addresses, off)
        .await
        .refused(422, "validation_failed");
    let whole = json!({"region_code": "510104", "detail": "红星路", "lat": 30, "lng": -180});
    let whole = agent.post(&addresses, whole).await.expect(201);
    assert_eq!(whole.body["lng"], json!(-180.0));
    let path = format!("/v1/addresses/{}", whole.id());
    agent
        .patch(&path, json!({"lat": null, "lng": null}))
        .await
        .expect(200);
    agent
        .patch(&path, json!({"region_code": "51010"}))
        .await
        .refused(422, "validation_failed");
}

#[actix_web::test]
async fn an_address_is_seen_with_its_customer() {
    let app = App::start().await;
    let addresses = customer(&app.with_role(Role::Admin)).await;
    for role in Role::ALL {
        let body = json!({"region_code": "510104", "detail": "红星路"});
        let caller = app.with_role(*role);
        let (read, add) = (
            caller.get(&addresses).await.status,
            caller.post(&addresses, body).await.status,
        );
        let expected = match role {
            Role::Admin | Role::ServiceManager | Role::CustomerService | Role::Integration => (200, 201),
            Role::Engineer | Role::OutletManager | Role::Customer => (404, 403),
            Role::PartsClerk | Role::KbEditor => (403, 403),
            _ => (200, 403),
        };
        assert_eq!((read, add), expected, "{role}");
    }
}
