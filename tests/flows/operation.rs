//! What an operator sees: metrics on an address of their own, one line of log for each call (S115, S116, S124).

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_and_read_body, init_service};
use aftercare_api::config::{LogFormat, Mode};
use aftercare_api::{jobs, log, metrics_app};
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::support::App;

async fn metrics(app: &App) -> String {
    let service = init_service(metrics_app(app.state.clone())).await;
    let call = TestRequest::get().uri("/metrics").to_request();
    String::from_utf8(call_and_read_body(&service, call).await.to_vec()).unwrap()
}

#[actix_web::test]
async fn metrics_count_calls_by_operation_and_status_and_name_nobody() {
    let app = App::configured(|config| {
        config.mode = Mode::Production;
        config.rate_limit_per_minute = 3;
    })
    .await;
    let admin = app.with_role(Role::Admin);
    let body = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
    let made = admin.post("/v1/customers", body).await.expect(201);
    admin.get("/v1/customers?phone=13800138001").await.expect(200);
    admin.get("/v1/customers").await.expect(200);
    admin.get("/v1/customers").await.expect(429);
    app.anonymous().get("/v1/nobody/13800138001").await.expect(404);
    app.anonymous().get("/metrics").await.expect(404);
    jobs::clock::sweep(&app.state).await.unwrap();
    let page = metrics(&app).await;
    for line in [
        "aftercare_requests_total{operation=\"createCustomer\",status=\"201\"} 1",
        "aftercare_requests_total{operation=\"listCustomers\",status=\"200\"} 2",
        "aftercare_requests_total{operation=\"listCustomers\",status=\"429\"} 1",
        "aftercare_requests_total{operation=\"none\",status=\"404\"} 2",
        "aftercare_request_duration_seconds_count{operation=\"listCustomers\"} 3",
        "aftercare_request_duration_seconds_bucket{operation=\"listCustomers\",le=\"+Inf\"} 3",
        "aftercare_rate_limited_total 1",
        "aftercare_writer_queue_depth 0",
        "aftercare_last_sweep_timestamp_seconds 1795395600",
        "aftercare_sweep_lag_seconds 0",
        "# TYPE aftercare_database_faults_total counter",
        "# TYPE aftercare_outbox_unsealed gauge",
        "# TYPE process_resident_memory_bytes gauge",
    ] {
        assert!(
            page.lines().any(|found| found == line),
            "{line} is not in\n{page}"
        );
    }
    for secret in ["13800138001", "刘芳", &made.id(), "admin"] {
        assert!(!page.contains(secret), "{secret}");
    }
    // Every line is a comment, or a name with labels and a number.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok() && !name.is_empty(), "{line}");
    }
}

/// Where a test's log goes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn of_calls(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .filter(|line| line.contains("http::trace"))
            .map(str::to_owned)
            .collect()
    }
}

/// The log of some calls that carry secrets and line breaks wherever they can.
async fn logged(format: LogFormat) -> Vec<String> {
    let app = App::start().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let filter = EnvFilter::new("info");
    let subscriber = log::subscriber(format, filter, false, move || writer.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    let admin = app.with_role(Role::Admin);
    admin
        .get("/v1/customers?phone=13800138001&q=Canary-Name")
        .await
        .expect(200);
    let hostile = app
        .with_token("Canary-Token-1")
        .request(Method::GET, "/v1/nowhere/%0A%1B%5B31mforged%22,%7B/13800138001")
        .header("user-agent", "x\",}{\"level\":\"ERROR\"");
    hostile.send().await.refused(404, "not_found");
    let body = json!({"username": "dispatcher", "password": "Canary-Password-1"});
    app.anonymous().post("/v1/auth/login", body).await.expect(401);
    drop(guard);
    let calls = lines.of_calls();
    assert_eq!(calls.len(), 3, "one line for each call: {calls:#?}");
    for secret in ["Canary", "13800138001", "forged", "\u{1b}", "dispatcher"] {
        assert!(
            !calls.iter().any(|line| line.contains(secret)),
            "{secret}: {calls:#?}"
        );
    }
    calls
}

#[actix_web::test]
async fn each_call_is_one_line_that_tells_no_secret() {
    let calls = logged(LogFormat::Text).await;
    assert!(calls[0].contains("INFO") && calls[0].contains("GET listCustomers answered 200 in "));
    assert!(calls[0].contains("trace_id=") && calls[0].contains("user_id="));
    assert!(calls[1].contains("GET none answered 404 in "));
}

#[actix_web::test]
async fn for_machines_each_line_is_one_object() {
    let calls = logged(LogFormat::Json).await;
    let first: Value = serde_json::from_str(&calls[0]).unwrap();
    assert_eq!(
        (&first["method"], &first["operation"], &first["status"]),
        (&json!("GET"), &json!("listCustomers"), &json!(200))
    );
    assert_eq!(first["trace_id"].as_str().unwrap().len(), 32);
    assert!(first["user_id"].is_string() && first["ms"].is_u64() && first["message"].is_string());
    for line in &calls {
        serde_json::from_str::<Value>(line).unwrap();
    }
}
