//! What a decision adds to the daily figures goes into the unit's ledger.

use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::requests::{Activity, Dossier};

use crate::db::{Tx, many};

/// Lays aside what the decision changes in the figures; a request that moved to another product or problem type takes
/// its history with it.
pub(super) async fn tell(tx: &mut Tx<'_>, dossier: &mut Dossier) -> Result<()> {
    let zone = tx.zone();
    let earlier: Vec<Activity> = if dossier.is_moved() {
        let written = dossier.activities.first().map_or(i64::MAX, |entry| entry.seq);
        let args = vec![dossier.request.id.to_raw(), written.to_raw()];
        many(tx, "service_request_id = $1 and seq < $2 order by seq", args).await?
    } else {
        Vec::new()
    };
    let changes = dossier.figure_changes(&earlier, zone);
    tx.tell_figures(changes);
    dossier.remember_told(zone);
    Ok(())
}
