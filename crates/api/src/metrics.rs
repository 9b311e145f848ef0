//! What an operator watches, in the text form of Prometheus, on an address of its own (A1, C37).
//!
//! Labels are operations and statuses; nothing here says who called, or about whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::HttpResponse;
use actix_web::web::Data;
use aftercare_domain::kernel::Time;
use aftercare_persistence::Work;
use aftercare_persistence::platform::{gauges, sandbox};

use crate::State;

/// Upper bounds of the latency buckets, in microseconds, and the same in seconds.
const BOUNDS: [(u64, &str); 11] = [
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (3_000_000, "3"),
];

/// Counts of this process since its start.
#[derive(Default)]
pub struct Metrics {
    calls: Mutex<Calls>,
    /// When the last sweep ended, in milliseconds; 0 before the first.
    swept_at: AtomicI64,
}

#[derive(Default)]
struct Calls {
    answered: BTreeMap<(&'static str, u16), u64>,
    taken: BTreeMap<&'static str, Latency>,
}

/// How long the calls of one operation took.
#[derive(Clone, Default)]
struct Latency {
    within: [u64; BOUNDS.len()],
    count: u64,
    micros: u64,
}

impl Metrics {
    /// Counts one answered call.
    pub fn count(&self, operation: &'static str, status: u16, micros: u64) {
        let Ok(mut calls) = self.calls.lock() else {
            return;
        };
        let answered = calls.answered.entry((operation, status)).or_default();
        *answered = answered.saturating_add(1);
        let latency = calls.taken.entry(operation).or_default();
        let bounds = BOUNDS.iter().zip(latency.within.iter_mut());
        for (_, within) in bounds.filter(|((bound, _), _)| micros <= *bound) {
            *within = within.saturating_add(1);
        }
        latency.count = latency.count.saturating_add(1);
        latency.micros = latency.micros.saturating_add(micros);
    }

    /// Remembers that a sweep ended.
    pub fn swept(&self, wall: Time) {
        self.swept_at.store(wall.millis(), Ordering::Relaxed);
    }

    fn tell_calls(&self, page: &mut Page) {
        let Ok(calls) = self.calls.lock() else {
            return;
        };
        page.begin("aftercare_requests_total", "counter", "Answered calls.");
        for ((operation, status), count) in &calls.answered {
            page.line(
                "",
                &format!("operation=\"{operation}\",status=\"{status}\""),
                *count,
            );
        }
        page.begin(
            "aftercare_request_duration_seconds",
            "histogram",
            "How long calls took.",
        );
        for (operation, latency) in &calls.taken {
            for ((_, bound), within) in BOUNDS.iter().zip(latency.within) {
                page.line(
                    "_bucket",
                    &format!("operation=\"{operation}\",le=\"{bound}\""),
                    within,
                );
            }
            page.line(
                "_bucket",
                &format!("operation=\"{operation}\",le=\"+Inf\""),
                latency.count,
            );
            let sum = format!(
                "{}.{:06}",
                latency.micros.div_euclid(1_000_000),
                latency.micros.rem_euclid(1_000_000)
            );
            page.line("_sum", &format!("operation=\"{operation}\""), sum);
            page.line("_count", &format!("operation=\"{operation}\""), latency.count);
        }
    }
}

/// A page of metrics in the making.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn begin(&mut self, name: &'static str, kind: &str, about: &str) {
        self.name = name;
        let _ = write!(self.text, "# HELP {name} {about}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, suffix: &str, labels: &str, value: impl std::fmt::Display) {
        let name = self.name;
        let _ = match labels {
            "" => writeln!(self.text, "{name}{suffix} {value}"),
            labels => writeln!(self.text, "{name}{suffix}{{{labels}}} {value}"),
        };
    }

    /// A value without labels.
    fn value(&mut self, name: &'static str, kind: &str, about: &str, value: impl std::fmt::Display) {
        self.begin(name, kind, about);
        self.line("", "", value);
    }
}

/// Tells everything.
pub async fn tell(state: Data<State>) -> HttpResponse {
    let mut page = Page::default();
    state.metrics.tell_calls(&mut page);
    page.value(
        "aftercare_rate_limited_total",
        "counter",
        "Calls refused because their caller had too many.",
        state.limits.refused(),
    );
    page.value(
        "aftercare_open_connections",
        "gauge",
        "Connections of callers.",
        state.connections.open(),
    );
    let database = state.db.gauges();
    page.value(
        "aftercare_database_faults_total",
        "counter",
        "Statements and connections the database failed.",
        database.faults,
    );
    page.value(
        "aftercare_writer_queue_depth",
        "gauge",
        "Units of work that wait for the writer.",
        database.waiting,
    );
    tell_sweeps(&state, &mut page).await;
    if let Some(bytes) = resident_bytes() {
        page.value(
            "process_resident_memory_bytes",
            "gauge",
            "Memory of this process.",
            bytes,
        );
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(page.text)
}

/// How far behind the clock and the feed are; left out while the database does not answer.
async fn tell_sweeps(state: &State, page: &mut Page) {
    let swept_at = state.metrics.swept_at.load(Ordering::Relaxed);
    page.value(
        "aftercare_last_sweep_timestamp_seconds",
        "gauge",
        "When the last sweep ended; 0 before the first.",
        swept_at.div_euclid(1_000),
    );
    let read = state
        .db
        .read(&Work::system("metrics"), async |tx| {
            let (now, due) = (tx.now(), sandbox::first_due(tx).await?);
            let behind = due.map_or(0, |due| now.millis_since(due).max(0));
            Ok((behind, gauges::unnumbered_events(tx).await?))
        })
        .await;
    let Ok((behind, unnumbered)) = read else {
        return;
    };
    page.value(
        "aftercare_sweep_lag_seconds",
        "gauge",
        "For how long the earliest due request has waited.",
        behind.div_euclid(1_000),
    );
    page.value(
        "aftercare_outbox_unsealed",
        "gauge",
        "Events that wait for their number, at most 10000.",
        unnumbered,
    );
}

/// The resident memory of this process, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1_024))
}
