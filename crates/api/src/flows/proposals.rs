//! Maintenance proposals end by themselves when nobody answers.

use aftercare_domain::kernel::Result;
use aftercare_domain::maintenance_proposals::MaintenanceProposal;
use aftercare_persistence::{Db, IfMatch, Tx, Work, get_for_update, maintenance_proposals, update};

/// How many one round ends.
const ROUND: i64 = 100;

/// Ends proposals whose last day has passed; how many there were.
pub async fn expire(db: &Db) -> Result<usize> {
    let work = Work::system("proposals");
    let overdue = db
        .read(&work, async |tx| {
            let today = tx.today();
            maintenance_proposals::overdue(tx, today, ROUND).await
        })
        .await?;
    for id in &overdue {
        let id = *id;
        let unit = async move |tx: &mut Tx<'_>| {
            let mut proposal: MaintenanceProposal = get_for_update(tx, id, &IfMatch::internal()).await?;
            let (today, at) = (tx.today(), tx.stamp());
            if let Some(event) = proposal.expire(today, &at) {
                update(tx, &mut proposal).await?;
                tx.emit(event);
            }
            Ok(())
        };
        db.write(&work, unit).await?;
    }
    Ok(overdue.len())
}
