//! Refused calls reach the audit trail within a second.

use std::time::Duration;

use actix_web::web::Data;

use crate::State;
use crate::flows::refusals::keep;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// Writes what was refused until the process ends.
pub async fn run(state: Data<State>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = keep(&state.db, &state.refusals).await {
            tracing::warn!(%error, "Refused calls could not be told to the audit trail");
        }
    }
}
