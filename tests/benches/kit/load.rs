//! Closed-loop load: so many connections, each waiting for its answer before it asks again.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::http::Conn;

/// What came of a run.
#[derive(Default)]
pub struct Outcome {
    /// Requests answered.
    pub count: u64,
    /// Of these, answers other than 2xx.
    pub refused: u64,
    /// One refused answer, to be shown.
    pub example: String,
    /// Seconds it took.
    pub seconds: f64,
    /// Microseconds of each answer, in order.
    pub micros: Vec<u64>,
}

impl Outcome {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.seconds
    }

    /// A percentile in milliseconds.
    pub fn percentile(&self, p: f64) -> f64 {
        let at = (self.micros.len() as f64 * p) as usize;
        self.micros
            .get(at.min(self.micros.len().saturating_sub(1)))
            .map_or(0.0, |micros| *micros as f64 / 1_000.0)
    }
}

/// Runs the load for a time; `make` builds the n-th request.
pub async fn run(
    to: SocketAddr,
    connections: usize,
    time: Duration,
    make: Rc<dyn Fn(u64) -> Vec<u8>>,
) -> Outcome {
    let outcome = Rc::new(RefCell::new(Outcome::default()));
    let next = Rc::new(Cell::new(0_u64));
    let mut conns = Vec::new();
    for _ in 0..connections {
        conns.push(Conn::open(to).await.unwrap());
    }
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for mut conn in conns {
        let (outcome, next, make) = (Rc::clone(&outcome), Rc::clone(&next), Rc::clone(&make));
        tasks.spawn_local(async move {
            while start.elapsed() < time {
                let request = make(next.replace(next.get() + 1));
                let sent = Instant::now();
                let (status, body) = conn.call(&request).await.unwrap();
                let mut outcome = outcome.borrow_mut();
                outcome.count += 1;
                outcome
                    .micros
                    .push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
                if !(200..300).contains(&status) {
                    outcome.refused += 1;
                    outcome.example = format!("{status} {}", String::from_utf8_lossy(&body));
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let mut outcome = outcome.take();
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome.micros.sort_unstable();
    outcome
}
