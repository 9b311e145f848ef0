//! The nightly count: every counter against its requests (W10).
//!
//! Counting twice is counting once: replicas may run side by side.

use std::time::Duration;

use actix_web::web::Data;
use chrono::Timelike as _;

use crate::State;
use crate::flows::counters::reconcile;

/// The hour of the night it runs in.
const HOUR: u32 = 3;
/// How often it looks at the clock.
const EVERY: Duration = Duration::from_secs(600);

/// Counts once a night until the process ends.
pub async fn run(state: Data<State>) {
    let zone = state.config.time_zone;
    let mut counted_on = None;
    loop {
        tokio::time::sleep(EVERY).await;
        let now = state.db.clock().wall();
        let today = now.date_in(zone);
        if counted_on == Some(today) || now.utc().with_timezone(&zone).hour() != HOUR {
            continue;
        }
        match reconcile(&state.db).await {
            Ok(_) => counted_on = Some(today),
            Err(error) => {
                tracing::warn!(%error, "The counters could not be counted; the next look tries again");
            }
        }
    }
}
