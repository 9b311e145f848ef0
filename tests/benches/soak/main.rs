//! `make soak-quick`: kill the server, cut its callers off, let its replicas race; nothing acknowledged may be lost
//! and nothing may happen twice (reliability.md §3: F01, F02, F09, F34).
//!
//! - `BENCH_SERVER`: the server to kill, instead of the one built here.
//! - `SOAK_KILLS` (50): how often the server is killed on each engine.
//! - `SOAK_CANCELS` (2000): how many requests are cut off on PostgreSQL.
//! - `SOAK_DEADLINES` (100000): how many deadlines are compared with the oracle; with `--deadlines` nothing else runs,
//!   and a million are compared.
//! - `--plan`: nothing but plans of a day, against the best possible and against the stated limit.
//! - `SOAK_TIMERS` (1000): how many due dates three replicas race for.

#![expect(clippy::disallowed_methods, reason = "it measures real time")]

#[path = "../kit/mod.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod kit;

mod cancels;
mod deadlines;
mod journal;
mod kills;
mod oracles;
mod plan;
mod timers;

use std::process::ExitCode;
use std::time::Instant;

use kit::{block_on, database_server, new_database, server, setting};
use oracles::{Findings, Store};

fn main() -> ExitCode {
    let is_alone = std::env::args().any(|arg| arg == "--deadlines");
    let deadline_count = setting("SOAK_DEADLINES", if is_alone { 1_000_000.0 } else { 100_000.0 }) as u64;
    let start = Instant::now();
    if std::env::args().any(|arg| arg == "--plan") {
        return print(&[plan::run()], start.elapsed().as_secs_f64());
    }
    if is_alone {
        let found = [deadlines::run(deadline_count)];
        return print(&found, start.elapsed().as_secs_f64());
    }
    let binary = server::build();
    let kill_count = setting("SOAK_KILLS", 50.0) as usize;
    let cancel_count = setting("SOAK_CANCELS", 2_000.0) as usize;
    let timer_count = setting("SOAK_TIMERS", 1_000.0) as usize;
    let mut all = vec![deadlines::run(deadline_count)];
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("aftercare.db");
        let store = Store::Embedded(file);
        all.push(kills::run("F01 kill -9, SQLite", &binary, folder.path(), store, kill_count).await);
        let Some(server) = database_server() else {
            println!("PostgreSQL is left out: no AFTERCARE_TEST_DATABASE_URL");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let store = Store::server(new_database(&server, "soak_kills").await).await;
        all.push(
            kills::run(
                "F02 kill -9, PostgreSQL",
                &binary,
                folder.path(),
                store,
                kill_count,
            )
            .await,
        );
        let folder = tempfile::tempdir().unwrap();
        let store = Store::server(new_database(&server, "soak_cancels").await).await;
        all.push(cancels::run(&binary, folder.path(), store, cancel_count).await);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::server(new_database(&server, "soak_timers").await).await;
        all.push(timers::run(&binary, folder.path(), store, timer_count).await);
    });
    print(&all, start.elapsed().as_secs_f64())
}

fn print(all: &[Findings], seconds: f64) -> ExitCode {
    println!(
        "\n{:<34} {:>9} {:>9}  what was seen",
        "experiment", "checks", "violated"
    );
    for findings in all {
        println!(
            "{:<34} {:>9} {:>9}  {}",
            findings.name,
            findings.checks,
            findings.violations.len(),
            findings.facts.join("; ")
        );
        for violation in findings.violations.iter().take(10) {
            println!("  ! {violation}");
        }
    }
    let violated: usize = all.iter().map(|findings| findings.violations.len()).sum();
    println!("\n{violated} violations in {seconds:.0} s");
    if violated > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
