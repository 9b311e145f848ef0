//! State machines, told from the tables the code runs.

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use aftercare_domain::requests::machine::MACHINE;
use aftercare_domain::state_machines::MachineType;
use serde_json::json;

use crate::support::App;

#[actix_web::test]
async fn the_machine_is_the_very_table_the_code_runs() {
    let app = App::start().await;
    let caller = app.with_role(Role::Customer);
    let all = caller.get("/v1/meta/state-machines").await.expect(200);
    let types: Vec<&str> = all.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| machine["type"].as_str().unwrap())
        .collect();
    let every: Vec<&str> = MachineType::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(types, every);

    let told = caller
        .get("/v1/meta/state-machines/service_request")
        .await
        .expect(200)
        .body;
    assert_eq!(all.body["data"][0], told);
    let rows = told["transitions"].as_array().unwrap();
    assert_eq!(rows.len(), MACHINE.rows.len());
    let assign = rows.iter().find(|row| row["rule"] == "T3").unwrap();
    assert_eq!(
        *assign,
        json!({"rule": "T3", "action": "assign", "trigger": "call", "from": ["pending_assignment"],
            "to": ["assigned"], "actors": ["supervisor", "dispatcher"],
            "guard": "now <= assignment_due_at; engineer available or force", "is_built": true})
    );
    let overdue = rows.iter().find(|row| row["rule"] == "T4").unwrap();
    assert_eq!(
        (&overdue["trigger"], &overdue["actors"]),
        (&json!("clock"), &json!([]))
    );
    assert!(
        rows.iter().any(|row| row["is_built"] == false),
        "what is to come is told too"
    );
    let cancelled = &told["states"][7];
    assert_eq!(
        *cancelled,
        json!({"name": "cancelled", "is_initial": false, "is_final": true})
    );
}

#[actix_web::test]
async fn the_form_is_the_callers_choice() {
    let app = App::start().await;
    let caller = app.with_role(Role::Analyst);
    let path = "/v1/meta/state-machines/follow_up";
    for (accept, media) in [
        ("text/vnd.mermaid", "text/vnd.mermaid; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        (
            "application/json;q=0.1, text/*",
            "text/vnd.mermaid; charset=utf-8",
        ),
    ] {
        let reply = caller
            .request(Method::GET, path)
            .header("accept", accept)
            .send()
            .await
            .expect(200);
        assert_eq!(reply.header("content-type"), Some(media), "{accept}");
        assert!(
            reply.header("vary").unwrap().contains("Accept,"),
            "caches must tell the forms apart"
        );
        assert!(
            reply.text.starts_with("stateDiagram-v2\n    [*] --> pending"),
            "{}",
            reply.text
        );
        assert!(
            reply.text.contains("pending --> satisfied: 3.12 record"),
            "{}",
            reply.text
        );
    }
    caller
        .request(Method::GET, path)
        .header("accept", "image/png")
        .send()
        .await
        .refused(406, "not_acceptable");
    caller
        .get("/v1/meta/state-machines/quotation")
        .await
        .refused(400, "invalid_path_parameter");
}
