//! Counters held against what they count; what is wrong is put right, and never in silence (W10, domain.md 4.6).

use aftercare_domain::kernel::Result;
use aftercare_persistence::platform::counters;
use aftercare_persistence::{Db, Tx, Work};

/// How many counters one unit of work holds; whoever raises one of them waits meanwhile.
const HELD: usize = 100;

/// Compares every counter with its requests; how many had to be put right.
pub async fn reconcile(db: &Db) -> Result<usize> {
    let work = Work::system("counters");
    let suspects = db.read(&work, async |tx| counters::suspects(tx).await).await?;
    let mut count = 0_usize;
    for few in suspects.chunks(HELD) {
        let few = few.to_vec();
        let unit = async move |tx: &mut Tx<'_>| counters::repair(tx, &few).await;
        for repaired in db.write(&work, unit).await? {
            tracing::error!(
                counter.id = %repaired.id,
                counter.scope = repaired.scope,
                "A counter did not say what its requests say; it was put right"
            );
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}
