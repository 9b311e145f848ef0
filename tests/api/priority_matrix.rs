//! The priority matrix, as a caller sees it (AC-029).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::json;

use crate::support::App;

const PATH: &str = "/v1/priority-matrix";

#[actix_web::test]
async fn the_seeded_matrix_stands_and_changes_cell_by_cell() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let seeded = manager.get(PATH).await.expect(200);
    assert_eq!(seeded.header("etag"), Some("\"v1\""));
    let cells = json!({
        "high": {"high": 1, "medium": 2, "low": 3},
        "medium": {"high": 2, "medium": 3, "low": 4},
        "low": {"high": 3, "medium": 4, "low": 4}});
    assert_eq!(seeded.body["cells"], cells);
    let changed = manager
        .patch(PATH, json!({"cells": {"low": {"low": 3}}}))
        .await
        .expect(200);
    assert_eq!(
        (
            &changed.body["cells"]["low"]["low"],
            &changed.body["cells"]["low"]["high"]
        ),
        (&json!(3), &json!(3))
    );
    aftercare_persistence::seed::run(&app.db).await.unwrap();
    assert_eq!(
        manager.get(PATH).await.expect(200).body,
        changed.body,
        "seeding leaves what stands"
    );
    let put = |version: Option<&'static str>, body: serde_json::Value| {
        let request = manager.request(Method::PUT, PATH).json(&body);
        version
            .map_or(manager.request(Method::PUT, PATH).json(&body), |v| {
                request.header("if-match", v)
            })
            .send()
    };
    put(None, json!({"cells": cells}))
        .await
        .refused(428, "precondition_required");
    put(Some("\"v1\""), json!({"cells": cells}))
        .await
        .refused(412, "precondition_failed");
    let replaced = put(Some("\"v2\""), json!({"cells": cells})).await.expect(200);
    assert_eq!(
        (&replaced.body["cells"], &replaced.body["version"]),
        (&cells, &json!(3))
    );
}

#[actix_web::test]
async fn a_cell_is_a_priority_and_the_whole_matrix_is_whole() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    for cell in [json!(0), json!(5), json!(null), json!("1")] {
        manager
            .patch(PATH, json!({"cells": {"low": {"low": cell}}}))
            .await
            .refused(422, "validation_failed");
    }
    let put = manager.request(Method::PUT, PATH).header("if-match", "*");
    put.json(&json!({"cells": {"high": {"high": 1}}}))
        .send()
        .await
        .refused(422, "validation_failed");
}

#[actix_web::test]
async fn the_matrix_is_kept_by_those_who_keep_agreements() {
    let app = App::start().await;
    for role in Role::ALL {
        let client = app.with_role(*role);
        let read = client.get(PATH).await;
        let changed = client.patch(PATH, json!({"cells": {"low": {"low": 4}}})).await;
        match role {
            Role::Admin | Role::ServiceManager => {
                read.expect(200);
                changed.expect(200);
            }
            Role::PartsClerk | Role::KbEditor => {
                read.refused(403, "insufficient_scope");
                changed.refused(403, "insufficient_scope");
            }
            _ => {
                read.expect(200);
                changed.refused(403, "insufficient_scope");
            }
        }
    }
}
