//! Numbering what is committed, so that the feed shows it (A26).

use aftercare_domain::kernel::Result;
use aftercare_persistence::platform::sequencer;
use aftercare_persistence::{Db, Work};

/// Numbers what is committed by now; how many events and audit lines got a number. None, if another replica leads.
pub async fn number(db: &Db) -> Result<usize> {
    let work = Work::system("sequencer");
    let mut numbered = 0_usize;
    while db.read(&work, async |tx| sequencer::is_needed(tx).await).await? {
        let holder = db.replica();
        let round = db
            .write(&work, async move |tx| sequencer::round(tx, holder).await)
            .await?;
        match round {
            Some(count) => numbered = numbered.saturating_add(count),
            None => break,
        }
    }
    Ok(numbered)
}
