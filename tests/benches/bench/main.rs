//! `make bench`: what the server reaches, as ratios to what its databases reach without it (performance.md).
//!
//! Limit and product take turns on the same machine in the same run, so that the ratios hold where the rates do not.
//!
//! - `BENCH_SECONDS` (1.5): how long each measurement takes.
//! - `BENCH_PASSES` (3): how often each is taken; medians are shown.
//! - `BENCH_SERVER`: the server to measure, instead of the one built here.
//! - `BENCH_PRODUCTS` (200): over how many products "spread" spreads.

#![expect(clippy::disallowed_methods, reason = "it measures real time")]

#[path = "../kit/mod.rs"]
#[expect(dead_code, reason = "the soak uses more of it")]
mod kit;

mod deadline;
mod limits;
mod report;
mod scenes;

use std::process::ExitCode;

use kit::{block_on, database_server, proc, server, setting};
use report::{Direction, Report, Target};

fn main() -> ExitCode {
    let binary = server::build();
    let mut report = Report::default();
    let passes = setting("BENCH_PASSES", 3.0) as usize;
    let seconds = setting("BENCH_SECONDS", 1.5);
    let products = setting("BENCH_PRODUCTS", 200.0) as usize;
    println!(
        "bench: {passes} passes of {seconds} s; load average {}",
        proc::load_average()
    );
    report.figure("deadline, ns", deadline::nanoseconds());
    block_on(async {
        scenes::embedded(&mut report, &binary, passes, seconds, products).await;
        match database_server() {
            Some(server) => scenes::server(&mut report, &binary, &server, passes, seconds, products).await,
            None => println!("PostgreSQL is left out: no AFTERCARE_TEST_DATABASE_URL"),
        }
    });
    report.print(TARGETS)
}

const TARGETS: &[Target] = &[
    Target::rate("P1", "sqlite create", "raw rusqlite, 64 per commit", 0.40, 0.70),
    Target::rate("P2", "sqlite create", "raw rusqlite, 1 per commit", 1.8, 2.5),
    Target::rate("P3", "postgres create", "pgbench, one CTE", 1.5, 2.3),
    Target::rate(
        "P5 sqlite",
        "sqlite create, one product",
        "sqlite create",
        0.9,
        1.0,
    ),
    Target::rate(
        "P5 postgres",
        "postgres create, one product",
        "postgres create",
        0.9,
        1.0,
    ),
    Target::cpu("P7", "sqlite get", "static (/health/live)", 5.0, 3.5),
    Target::rate("P8", "postgres get", "pgbench, one row", 0.25, 0.33),
    Target::rate("P9", "postgres list 50", "pgbench, list 50", 0.40, 0.6),
    Target::cpu("P10", "sqlite list 50", "static (/health/live)", 50.0, 35.0),
    Target {
        id: "P13",
        of: "deadline, ns",
        to: None,
        floor: 100.0,
        goal: 40.0,
        direction: Direction::AtMost,
    },
    Target {
        id: "P16 memory",
        of: "idle memory, MiB",
        to: None,
        floor: 48.0,
        goal: 32.0,
        direction: Direction::AtMost,
    },
    Target {
        id: "P16 start",
        of: "cold start, ms",
        to: None,
        floor: 400.0,
        goal: 150.0,
        direction: Direction::AtMost,
    },
];
