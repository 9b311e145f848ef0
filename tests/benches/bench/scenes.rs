//! The scenarios: the server under load, and its limits in between.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::kit::http::{Conn, request};
use crate::kit::load;
use crate::kit::seed::Company;
use crate::kit::server::{Server, free_port};
use crate::kit::{new_database, proc};
use crate::limits::{embedded as raw, pgbench};
use crate::report::{Meter, Report};

/// Connections of the load generator.
const CONNECTIONS: usize = 64;

/// A server with a company and the requests made so far.
struct Stage {
    server: Server,
    company: Rc<Company>,
    ids: Rc<Vec<String>>,
    run: u64,
    time: Duration,
}

impl Stage {
    async fn set(binary: &Path, folder: &Path, url: &str, products: usize, seconds: f64) -> Stage {
        let server = Server::start(binary, folder, url, free_port()).await;
        let company = Rc::new(Company::found(&server, products).await);
        let mut conn = Conn::open(server.address).await.unwrap();
        let mut ids = Vec::new();
        for n in 0..200 {
            let made = conn
                .json(
                    201,
                    "POST",
                    "/v1/service-requests",
                    &company.token,
                    Some(&company.body(n, true)),
                )
                .await;
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        Stage {
            server,
            company,
            ids: Rc::new(ids),
            run: 0,
            time: Duration::from_secs_f64(seconds),
        }
    }

    /// One request with a known key: what it leaves is the template of the limits. Its id.
    async fn template(&self) -> String {
        let body = self.company.body(7, true);
        let bytes = request(
            "POST",
            "/v1/service-requests",
            &self.company.token,
            Some("template"),
            Some(&body),
        );
        let mut conn = Conn::open(self.server.address).await.unwrap();
        let (status, answer) = conn.call(&bytes).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn load(&self, report: &mut Report, name: &'static str, make: Rc<dyn Fn(u64) -> Vec<u8>>) {
        let meter = Meter::begin(Some(self.server.pid()));
        let outcome = load::run(self.server.address, CONNECTIONS, self.time, make).await;
        report.keep(name, &meter, &outcome);
        if outcome.refused > 0 {
            println!("bench: the server's log ends with\n{}", self.server.log_end());
        }
    }

    async fn create(&mut self, report: &mut Report, name: &'static str, is_spread: bool) {
        self.run += 1;
        let (company, run) = (Rc::clone(&self.company), self.run);
        let make = move |n: u64| {
            let body = company.body(n, is_spread);
            request(
                "POST",
                "/v1/service-requests",
                &company.token,
                Some(&format!("bench-{run}-{n}")),
                Some(&body),
            )
        };
        self.load(report, name, Rc::new(make)).await;
    }

    async fn get(&self, report: &mut Report, name: &'static str) {
        let (company, ids) = (Rc::clone(&self.company), Rc::clone(&self.ids));
        let make = move |n: u64| {
            let id = &ids[usize::try_from(n).unwrap() % ids.len()];
            request(
                "GET",
                &format!("/v1/service-requests/{id}"),
                &company.token,
                None,
                None,
            )
        };
        self.load(report, name, Rc::new(make)).await;
    }

    async fn same(&self, report: &mut Report, name: &'static str, path: &'static str, token: &str) {
        let bytes = request("GET", path, token, None, None);
        self.load(report, name, Rc::new(move |_| bytes.clone())).await;
    }

    async fn list(&self, report: &mut Report, name: &'static str) {
        let path = "/v1/service-requests?status=pending_assignment&limit=50";
        self.same(report, name, path, &self.company.token).await;
    }
}

/// SQLite beside raw rusqlite and a static answer.
pub async fn embedded(report: &mut Report, binary: &Path, passes: usize, seconds: f64, products: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("aftercare.db");
    let url = format!("sqlite://{}", file.display());
    {
        let idle = Server::start(binary, folder.path(), &url, free_port()).await;
        report.figure("cold start, ms", idle.start.as_secs_f64() * 1_000.0);
        report.figure("idle memory, MiB", proc::memory(idle.pid()));
    }
    std::fs::remove_file(&file).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
    let mut stage = Stage::set(binary, folder.path(), &url, products, seconds).await;
    let id = stage.template().await;
    let mut limit = raw::Limit::copy(&file, &folder.path().join("limit.db"), &id);
    println!(
        "bench: one request leaves {} rows on SQLite besides its counters",
        limit.rows()
    );
    for _ in 0..passes {
        limit.measure(report, "raw rusqlite, 64 per commit", 64, stage.time);
        stage.create(report, "sqlite create", true).await;
        limit.measure(report, "raw rusqlite, 1 per commit", 1, stage.time);
        stage.create(report, "sqlite create, one product", false).await;
        stage
            .same(report, "static (/health/live)", "/health/live", "")
            .await;
        stage.get(report, "sqlite get").await;
        stage.list(report, "sqlite list 50").await;
    }
}

/// PostgreSQL beside pgbench.
pub async fn server(
    report: &mut Report,
    binary: &Path,
    server: &str,
    passes: usize,
    seconds: f64,
    products: usize,
) {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database(server, "aftercare_bench").await;
    let mut stage = Stage::set(binary, folder.path(), &url, products, seconds).await;
    let id = stage.template().await;
    let limit = pgbench::Limit::prepare(&url, folder.path(), &id, &stage.ids).await;
    if limit.is_none() {
        println!("P3, P8, P9 are left out: no pgbench");
    }
    for _ in 0..passes {
        if let Some(limit) = &limit {
            limit.measure(report, "pgbench, one CTE", "create.sql", 8, stage.time);
            limit.measure(report, "pgbench, one row", "get.sql", 8, stage.time);
            limit.measure(report, "pgbench, list 50", "list.sql", 4, stage.time);
        }
        stage.create(report, "postgres create", true).await;
        stage.create(report, "postgres create, one product", false).await;
        stage.get(report, "postgres get").await;
        stage.list(report, "postgres list 50").await;
    }
}
