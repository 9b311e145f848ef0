//! Imports: AC-094, rows that are refused alone, and files that are refused whole (A34, C27).

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client, Reply, Scene};

const EXTRACT: &str = include_str!("../data/nyc311.csv");

async fn send(client: &Client, query: &str, media: &str, body: impl Into<Vec<u8>>) -> Reply {
    client
        .request(Method::POST, &format!("/v1/imports{query}"))
        .header("content-type", media)
        .bytes(body)
        .send()
        .await
}

/// The import once its last row is done.
async fn done(client: &Client, accepted: &Reply) -> Value {
    let path = accepted.header("location").unwrap().to_owned();
    for _ in 0..100_000 {
        let import = client.get(&path).await.expect(200);
        if import.body["status"] != "running" {
            return import.body;
        }
        tokio::task::yield_now().await;
    }
    panic!("the import never ends");
}

async fn import(client: &Client, query: &str, media: &str, body: impl Into<Vec<u8>>) -> Value {
    let accepted = send(client, query, media, body).await.expect(202);
    assert_eq!(accepted.body["status"], "running");
    done(client, &accepted).await
}

async fn results(client: &Client, import: &Value, query: &str) -> Vec<Value> {
    let path = format!("/v1/imports/{}/results{query}", import["id"].as_str().unwrap());
    let page = client.get(&path).await.expect(200);
    page.body["data"].as_array().unwrap().clone()
}

fn count(import: &Value, name: &str) -> i64 {
    import["summary"]["problem_types"]
        .as_array()
        .unwrap()
        .iter()
        .find(|problem| problem["name"] == name)
        .map_or(0, |problem| problem["requests"].as_i64().unwrap())
}

/// The counter of a problem type as everybody sees it.
async fn counter(app: &App, name: &str) -> i64 {
    let manager = app.with_role(Role::ServiceManager);
    let types = manager.get("/v1/problem-types?limit=200").await.expect(200);
    let types = types.body["data"].as_array().unwrap().clone();
    let problem = types.iter().find(|one| one["name"]["zh"] == name).unwrap();
    let id = problem["id"].as_str().unwrap();
    let counters = manager
        .get(&format!("/v1/counters?scope=problem_type&problem_type_id={id}"))
        .await
        .expect(200);
    counters.body["data"][0]["occurrences"].as_i64().unwrap()
}

// AC-094
#[actix_web::test]
async fn the_nyc311_extract_is_counted_and_measured_as_it_happened() {
    let app = App::start().await;
    let bridge = app.with_role(Role::Integration);
    let first = import(&bridge, "?mapping=nyc311", "text/csv", EXTRACT).await;
    assert_eq!(first["status"], "done", "{first}");
    let figures = |import: &Value| {
        ["total", "created", "unchanged", "failed", "warnings"].map(|name| import[name].as_i64().unwrap())
    };
    assert_eq!(figures(&first), [40, 40, 0, 0, 1]);
    assert_eq!(count(&first, "HEATING"), 13);
    assert_eq!((count(&first, "PLUMBING"), count(&first, "Plumbing")), (3, 1));
    let sla = &first["summary"];
    assert_eq!((&sla["sla_met"], &sla["sla_breached"]), (&json!(10), &json!(2)));
    assert_eq!(sla["sla_attainment_pct"], "83.33");
    assert_eq!(sla["mean_resolution_hours"], "3.97");
    assert_eq!(counter(&app, "HEATING").await, 13);

    let remarks = results(&bridge, &first, "?is_remarkable=true").await;
    assert_eq!(remarks.len(), 1);
    assert_eq!(
        (&remarks[0]["line"], &remarks[0]["code"]),
        (&json!(41), &json!("closed_before_created"))
    );
    let timers = bridge.get("/v1/sla-timers?limit=200").await.expect(200);
    let timers = timers.body["data"].as_array().unwrap().clone();
    assert_eq!(timers.len(), 12);
    for timer in &timers {
        let at = |name: &str| {
            timer[name]
                .as_str()
                .unwrap()
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
        };
        assert_eq!((at("due_at") - at("started_at")).num_minutes(), 480);
    }
    let open = bridge
        .get("/v1/service-requests?origin=import&status=pending_assignment&limit=200")
        .await
        .expect(200);
    assert_eq!(open.body["data"].as_array().unwrap().len(), 6);
    let line = results(&bridge, &first, "?limit=1").await.remove(0);
    assert_eq!(line["line"], 2);
    let path = format!("/v1/service-requests/{}", line["resource_id"].as_str().unwrap());
    let history = bridge.get(&format!("{path}/activities")).await.expect(200);
    assert_eq!(history.body["data"][0]["action"], "imported");
    assert_eq!(history.body["data"].as_array().unwrap().len(), 1);

    let again = import(&bridge, "?mapping=nyc311", "text/csv", EXTRACT).await;
    assert_eq!(figures(&again), [40, 0, 40, 0, 1]);
    assert_eq!(again["summary"], first["summary"]);
    assert_eq!(counter(&app, "HEATING").await, 13);
    let page = bridge.get("/v1/imports").await.expect(200);
    assert_eq!(page.body["data"].as_array().unwrap().len(), 2);
}

// AC-094, with the whole extract where it stands beside the project
#[actix_web::test]
async fn the_whole_extract_meets_the_published_figures() {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/nyc311-2013-12-25.csv"
    );
    let Ok(file) = std::fs::read(beside) else { return };
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let whole = import(&admin, "?mapping=nyc311", "text/csv", file).await;
    assert_eq!((&whole["created"], &whole["failed"]), (&json!(2386), &json!(0)));
    for (name, requests) in [
        ("HEATING", 1201),
        ("Street Condition", 162),
        ("Blocked Driveway", 155),
        ("PLUMBING", 73),
    ] {
        assert_eq!(count(&whole, name), requests, "{name}");
        assert_eq!(counter(&app, name).await, requests, "{name}");
    }
    let sla = &whole["summary"];
    assert_eq!((&sla["sla_met"], &sla["sla_breached"]), (&json!(289), &json!(9)));
    assert_eq!(sla["sla_attainment_pct"], "96.98");
    assert_eq!(sla["mean_resolution_hours"], "2.43");
}

#[actix_web::test]
async fn a_broken_row_is_reported_with_its_line_and_the_others_go_in() {
    let scene = Scene::open().await;
    let bridge = scene.app.with_role(Role::Integration);
    let row = |key: &str, more: Value| {
        let mut row = scene.request(more);
        row["external_refs"] = json!([{"system": "old_crm", "external_id": key}]);
        row["created_at"]
            .is_null()
            .then(|| row["created_at"] = json!("2026-11-20T02:00:00Z"));
        row.to_string()
    };
    let rows = [
        row("1", json!({"closed_at": "2026-11-20T04:00:00Z"})),
        "{\"channel\": ".to_owned(),
        row("2", json!({"title": ""})),
        row("3", json!({"created_at": "2027-01-01T00:00:00Z"})),
        row("4", json!({"closed_at": "2026-11-19T00:00:00Z"})),
        row(
            "5",
            json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}),
        ),
        String::new(),
        row("6", json!({})),
        row("1", json!({})),
    ]
    .join("\n");
    let checked = import(&bridge, "?dry_run=true", "application/x-ndjson", rows.clone()).await;
    assert_eq!((&checked["created"], &checked["failed"]), (&json!(3), &json!(5)));
    let list = "/v1/service-requests?origin=import";
    assert_eq!(bridge.get(list).await.expect(200).body["data"], json!([]));

    let real = import(&bridge, "", "application/x-ndjson", rows.clone()).await;
    assert_eq!(real["status"], "partly_done");
    let said: Vec<(i64, String, String)> = results(&bridge, &real, "")
        .await
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            (row["line"].as_i64().unwrap(), text("status"), text("code"))
        })
        .collect();
    let is = |line: i64, status: &str, code: &str| (line, status.to_owned(), code.to_owned());
    assert_eq!(
        said,
        [
            is(1, "created", ""),
            is(2, "failed", "malformed_row"),
            is(3, "failed", "too_short"),
            is(4, "failed", "date_in_future"),
            is(5, "failed", "date_order"),
            is(6, "failed", "unknown_reference"),
            is(8, "created", ""),
            is(9, "unchanged", ""),
        ]
    );
    let imported = bridge.get(list).await.expect(200);
    assert_eq!(imported.body["data"].as_array().unwrap().len(), 2);

    let upsert = row("6", json!({"title": "空调完全不制冷"}));
    let changed = import(&bridge, "?mode=upsert", "application/x-ndjson", upsert.clone()).await;
    assert_eq!((&changed["updated"], &changed["created"]), (&json!(1), &json!(0)));
    let same = import(&bridge, "?mode=upsert", "application/x-ndjson", upsert).await;
    assert_eq!((&same["updated"], &same["unchanged"]), (&json!(0), &json!(1)));
}

#[actix_web::test]
async fn files_that_cannot_be_rows_are_refused_whole() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let csv = "text/csv";
    send(&admin, "", csv, "").await.refused(422, "import_empty");
    send(&admin, "?mapping=nyc311", csv, "a,b\n1,2\n")
        .await
        .refused(422, "columns_missing");
    send(&admin, "", csv, vec![0xff, 0xfe, 0x00])
        .await
        .refused(400, "malformed_rows");
    send(&admin, "", "application/x-ndjson", "{}\n".repeat(100_001))
        .await
        .refused(413, "too_many_rows");
    send(&admin, "", csv, vec![b'a'; 8 * 1024 * 1024 + 1])
        .await
        .refused(413, "payload_too_large");
    send(&admin, "", "application/json", "{}")
        .await
        .refused(415, "unsupported_media_type");
    send(&admin, "?mapping=unknown", csv, "a\n1\n")
        .await
        .refused(400, "invalid_query_parameter");
    send(&app.with_role(Role::CustomerService), "", csv, "a\n1\n")
        .await
        .refused(403, "insufficient_scope");
    let short = EXTRACT.lines().take(2).collect::<Vec<_>>().join("\n") + "\n1,2,3\n";
    let import = import(&admin, "?mapping=nyc311", csv, short).await;
    assert_eq!(import["status"], "partly_done");
    let refused = results(&admin, &import, "?status=failed").await;
    assert_eq!(
        (&refused[0]["line"], &refused[0]["code"]),
        (&json!(3), &json!("malformed_row"))
    );
}

#[actix_web::test]
async fn a_key_stands_for_one_file() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    let keyed = |body: String| {
        admin
            .request(Method::POST, "/v1/imports?mapping=nyc311")
            .header("content-type", "text/csv")
            .header("idempotency-key", "night-run")
            .bytes(body)
            .send()
    };
    let first = keyed(EXTRACT.to_owned()).await.expect(202);
    done(&admin, &first).await;
    let again = keyed(EXTRACT.to_owned()).await.expect(202);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body["id"], first.body["id"]);
    keyed(format!("{EXTRACT}\n"))
        .await
        .refused(422, "idempotency_key_reused");
    let page = admin.get("/v1/imports").await.expect(200);
    assert_eq!(page.body["data"].as_array().unwrap().len(), 1);
}
