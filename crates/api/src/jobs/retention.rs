//! Retention: forgets what nobody needs any more, a little at a time (A8, A18, C27).
//!
//! Each chunk is a unit of work of its own, and forgetting twice is forgetting once: replicas may run side by side.

use std::time::Duration;

use actix_web::web::Data;
use aftercare_domain::kernel::{Result, Time};
use aftercare_persistence::platform::{idempotency, import_rows, outbox, sessions, throttle};
use aftercare_persistence::{Db, Tx, Work};

use crate::State;

/// How often it runs.
const EVERY: Duration = Duration::from_secs(3_600);
/// How many chunks of one kind one run takes at most; the rest is left to the next.
const CHUNKS: usize = 1_000;

/// One run; how many rows were forgotten.
pub async fn sweep(db: &Db) -> Result<u64> {
    let mut gone = 0_u64;
    // One line for each kind of row. They go by real time, but imports end in business time.
    gone = gone.saturating_add(forget(db, async |tx, wall| outbox::forget(tx, wall).await).await?);
    gone = gone.saturating_add(forget(db, async |tx, wall| idempotency::forget(tx, wall).await).await?);
    gone = gone.saturating_add(forget(db, async |tx, wall| sessions::forget(tx, wall).await).await?);
    gone = gone.saturating_add(forget(db, async |tx, wall| throttle::forget(tx, wall).await).await?);
    let imports = async |tx: &mut Tx<'_>, _: Time| {
        let now = tx.now();
        import_rows::forget(tx, now).await
    };
    gone = gone.saturating_add(forget(db, imports).await?);
    Ok(gone)
}

/// Forgets chunk after chunk until nothing is left.
async fn forget<F>(db: &Db, chunk: F) -> Result<u64>
where
    F: AsyncFn(&mut Tx<'_>, Time) -> Result<u64> + Clone + Send + 'static,
{
    let mut gone = 0_u64;
    for _ in 0..CHUNKS {
        let chunk = chunk.clone();
        let unit = async move |tx: &mut Tx<'_>| {
            let wall = tx.wall();
            chunk(tx, wall).await
        };
        match db.write(&Work::system("retention"), unit).await? {
            0 => break,
            count => gone = gone.saturating_add(count),
        }
    }
    Ok(gone)
}

/// Runs every hour until the process ends.
pub async fn run(state: Data<State>) {
    loop {
        match sweep(&state.db).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Forgot what nobody needs any more"),
            Err(error) => tracing::warn!(%error, "Not all could be forgotten; the next run tries again"),
        }
        tokio::time::sleep(EVERY).await;
    }
}
