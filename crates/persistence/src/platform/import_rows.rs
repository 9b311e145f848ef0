//! What became of the rows of an import: kept for thirty days after its end (C27).

use aftercare_domain::kernel::{Result, Time};

use crate::db::{Tx, sql};

/// How long they are kept.
const KEPT_DAYS: i64 = 30;

/// Forgets rows of imports that ended long ago, five hundred at a time; the imports and their sums stay.
pub async fn forget(tx: &mut Tx<'_>, now: Time) -> Result<u64> {
    tx.exec(sql!(
        "delete from import_rows where id in (
           select r.id from imports i join import_rows r on r.import_id = i.id
           where i.finished_at <= $1 order by r.id limit 500)",
        now.plus_minutes(KEPT_DAYS.saturating_mul(-24 * 60))
    ))
    .await
}
