//! Credit follows from what happens to jobs, once each and in the same unit of work (EN-9).

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Result;
use aftercare_domain::performance::credit::{CreditEntry, CreditMove, new_moves};
use aftercare_domain::requests::Dossier;
use aftercare_persistence::performance::credit::{is_counted, last};
use aftercare_persistence::{self as persistence, IfMatch, Tx};

/// Enters what moves credit now and did not before.
pub async fn follow(tx: &mut Tx<'_>, dossier: &Dossier, before: &[CreditMove]) -> Result<()> {
    let mut moved = new_moves(before, dossier);
    if moved.is_empty() {
        return Ok(());
    }
    // Always in the same order, so that two units never wait for each other.
    moved.sort_by_key(|it| (it.engineer_id, it.ref_id));
    // The rule writes, not the caller, who may not even see the engineer.
    let system = tx.stamp().as_system();
    let caller = tx.restamp(system);
    let done = enter(tx, &moved).await;
    tx.restamp(caller);
    done
}

async fn enter(tx: &mut Tx<'_>, moved: &[CreditMove]) -> Result<()> {
    for it in moved {
        // Whoever holds the engineer enters after the last entry.
        persistence::get_for_update::<Engineer>(tx, it.engineer_id, &IfMatch::internal()).await?;
        if is_counted(tx, it).await? {
            continue;
        }
        let last = last(tx, it.engineer_id).await?;
        let entry = CreditEntry::next(it, last.as_ref(), &tx.stamp());
        persistence::insert(tx, &entry).await?;
    }
    Ok(())
}
