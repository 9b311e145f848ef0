//! The sequencer's beat: what is committed shows in the feed within 200 ms (A26).
//!
//! It follows real time: a sandbox whose clock stands has a feed that does not.

use std::time::Duration;

use actix_web::web::Data;

use crate::State;
use crate::flows::sequencer::number;

/// How long the sequencer rests between two looks.
const REST: Duration = Duration::from_millis(100);
/// How long it rests after a failure, so that a database in trouble is not asked ten times a second.
const PAUSE: Duration = Duration::from_secs(1);

/// Numbers until the process ends.
pub async fn run(state: Data<State>) {
    loop {
        let rest = match number(&state.db).await {
            Ok(_) => REST,
            Err(error) => {
                tracing::warn!(%error, "A round of the sequencer failed; the next one tries again");
                PAUSE
            }
        };
        tokio::time::sleep(rest).await;
    }
}
