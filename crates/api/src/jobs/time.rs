//! Goes by the time of the database, so that replicas agree about what is due (A31, W8).

use std::sync::Arc;
use std::time::Duration;

use aftercare_persistence::Db;

use crate::clock::SharedClock;

/// How often it is asked for.
const EVERY: Duration = Duration::from_secs(5);

/// Asks until the process ends; while there is no answer, the machine's clock goes on from the last one.
pub async fn run(clock: Arc<SharedClock>, db: Db) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = clock.set_by(&db).await {
            tracing::warn!(%error, "The database does not tell its time; the next try is in five seconds");
        }
    }
}
