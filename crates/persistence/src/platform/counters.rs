//! Counters: raised in the transaction that earns them, never lowered (domain.md 4.6, R-056).

use std::collections::BTreeMap;

use aftercare_domain::kernel::Result;
use uuid::Uuid;

use crate::db::{Counts, Tx, sql};

/// Adds a unit's increments; always in the same order of keys, so that units never wait for each other in a circle.
pub(crate) async fn keep(
    tx: &mut Tx<'_>,
    counts: &BTreeMap<(&'static str, Uuid, Option<Uuid>), Counts>,
) -> Result<()> {
    let now = tx.now();
    for ((scope, scope_id, pair_id), add) in counts {
        let id = tx.stamp().ids.next(now);
        tx.exec(sql!(
            "insert into counters (id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled, last_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (scope, scope_id, pair_id) do update set
               occurrences = counters.occurrences + excluded.occurrences,
               reclassified_out = counters.reclassified_out + excluded.reclassified_out,
               cancelled = counters.cancelled + excluded.cancelled,
               last_at = case when excluded.occurrences > 0 then excluded.last_at else counters.last_at end",
            id,
            (*scope).to_owned(),
            *scope_id,
            pair_id.unwrap_or(Uuid::nil()),
            add.occurrences,
            add.reclassified_out,
            add.cancelled,
            now
        ))
        .await?;
    }
    Ok(())
}
