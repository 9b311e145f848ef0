//! F34: three replicas on one database, many dates due at once; each takes effect once.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::kills::{body, post};
use crate::kit::http::Conn;
use crate::kit::seed::Company;
use crate::kit::server::{Server, free_port};
use crate::oracles::{Findings, Store};

/// How far ahead the date is, so that everything is registered before.
const AHEAD: i64 = 20;
/// How long the replicas may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Registers so many requests that are due at the same instant.
pub async fn run(binary: &Path, folder: &Path, mut store: Store, count: usize) -> Findings {
    let mut findings = Findings::of("F34 three replicas, due at once");
    let first = Server::start(binary, folder, &store.url(), free_port()).await;
    let company = Rc::new(Company::found(&first, 5).await);
    let second = Server::start(binary, folder, &store.url(), free_port()).await;
    let third = Server::start(binary, folder, &store.url(), free_port()).await;
    let addresses = [first.address, second.address, third.address];
    let due = chrono::Utc::now() + chrono::TimeDelta::seconds(AHEAD);
    let required_by = due.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..24 {
        let (company, required_by) = (Rc::clone(&company), required_by.clone());
        clients.spawn_local(async move {
            let mut conn = Conn::open(addresses[client % 3]).await.unwrap();
            let mut refused = Vec::new();
            for n in (client..count).step_by(24) {
                let key = format!("due-{n}");
                let mut body = body(&company, &key, u64::try_from(n).unwrap());
                body["required_by"] = json!(required_by);
                match post(&mut conn, &company.token, &key, &body).await {
                    Ok((201, _)) => {}
                    other => refused.push(format!(
                        "{key}: {:?}",
                        other.map(|(_, body)| String::from_utf8_lossy(&body).into_owned())
                    )),
                }
            }
            refused
        });
    }
    while let Some(refused) = clients.join_next().await {
        let refused = refused.unwrap();
        findings.check(refused.is_empty(), || refused.join(", "));
    }
    let spare = (due - chrono::Utc::now()).num_milliseconds();
    findings.check(spare > 0, || {
        "the requests were not registered in time".to_owned()
    });
    let early = store.number("select count(*) from lock_records").await;
    findings.check(early == 0 || spare <= 0, || format!("{early} took effect early"));
    tokio::time::sleep(Duration::from_millis(u64::try_from(spare).unwrap_or(0))).await;
    let begin = Instant::now();
    let wanted = i64::try_from(count).unwrap();
    while begin.elapsed() < PATIENCE
        && store
            .number("select count(distinct service_request_id) from lock_records")
            .await
            < wanted
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begin.elapsed();
    // Whoever would do it a second time gets the chance.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let figures = [
        (
            "locked requests",
            "select count(*) from service_requests where status = 'locked' and lock_count = 1",
        ),
        ("lock records", "select count(*) from lock_records"),
        (
            "requests with a lock record",
            "select count(distinct service_request_id) from lock_records",
        ),
        (
            "lock activities",
            "select count(*) from activities where action = 'timer:assignment_due'",
        ),
        (
            "requests with a lock activity",
            "select count(distinct service_request_id) from activities where action = 'timer:assignment_due'",
        ),
    ];
    for (what, sql) in figures {
        let found = store.number(sql).await;
        findings.check(found == wanted, || {
            format!("{found} {what} for {count} due dates")
        });
    }
    findings.facts = vec![
        format!("{count} due at once"),
        format!("registered {:.1} s before", spare as f64 / 1_000.0),
        format!("all in effect after {:.1} s", took.as_secs_f64()),
    ];
    findings
}
