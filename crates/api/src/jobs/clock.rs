//! The sweep: lets requests and agreements catch up with the clock when nobody looks (W6, W7).
//!
//! A record's own row says when something is next due; each catch-up locks it, looks again and commits effect and
//! completion together, so replicas may sweep side by side and nothing happens twice.

use std::time::Duration;

use actix_web::web::Data;
use aftercare_domain::kernel::Result;
use aftercare_persistence::platform::warranty_ends as ends;
use aftercare_persistence::requests::due;
use aftercare_persistence::{Work, service_agreements};

use crate::State;
use crate::flows::{agreements, exams, performance, promises, proposals, requests, warranty_ends};

/// How many records of each kind one sweep takes.
const BATCH: i64 = 100;
/// How long the sweeper rests when nothing is due.
const REST: Duration = Duration::from_secs(1);

/// One sweep; how many records had something due or were counted anew.
pub async fn sweep(state: &State) -> Result<usize> {
    let (ending, expiring, waiting) = state
        .db
        .read(&Work::system("sweep"), async |tx| {
            let now = tx.now();
            let ending = service_agreements::due(tx, now, BATCH).await?;
            let expiring = ends::due(tx, now, BATCH).await?;
            Ok((ending, expiring, due(tx, now, BATCH).await?))
        })
        .await?;
    for id in &ending {
        if let Err(error) = agreements::catch_up(&state.db, *id).await {
            tracing::warn!(%error, agreement.id = %id, "An agreement could not catch up; the next sweep tries again");
        }
    }
    for id in &expiring {
        if let Err(error) = warranty_ends::catch_up(&state.db, *id).await {
            tracing::warn!(%error, unit.id = %id, "The end of a warranty could not be told; the next sweep tries again");
        }
    }
    for id in &waiting {
        if let Err(error) = requests::catch_up(&state.db, *id).await {
            tracing::warn!(%error, request.id = %id, "A request could not catch up; the next sweep tries again");
        }
    }
    let recounted = match promises::recount_next(&state.db).await {
        Ok(count) => count,
        Err(error) => {
            tracing::warn!(%error, "Promises could not be counted anew; the next sweep tries again");
            0
        }
    };
    if let Err(error) = proposals::expire(&state.db).await {
        tracing::warn!(%error, "Proposals could not be ended; the next sweep tries again");
    }
    if let Err(error) = exams::sweep(&state.db).await {
        tracing::warn!(%error, "Exams could not be handed in; the next sweep tries again");
    }
    if let Err(error) = performance::sweep(&state.db).await {
        tracing::warn!(%error, "Reviews could not become final; the next sweep tries again");
    }
    state.metrics.swept(state.db.clock().wall());
    let due = ending
        .len()
        .saturating_add(expiring.len())
        .saturating_add(waiting.len());
    Ok(due.saturating_add(recounted))
}

/// Sweeps until the process ends; rests while a sandbox's clock stands (A31).
pub async fn run(state: Data<State>) {
    loop {
        let is_frozen = state.sandbox.as_ref().is_some_and(|clock| clock.is_frozen());
        let count = if is_frozen {
            // What somebody asked for waits for no time to pass.
            promises::recount_next(&state.db).await.unwrap_or(0)
        } else {
            sweep(&state).await.unwrap_or(0)
        };
        if count == 0 {
            tokio::time::sleep(REST).await;
        }
    }
}
