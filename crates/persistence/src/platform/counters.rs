//! Counters: raised in the transaction that earns them, never lowered (domain.md 4.6, R-056).

use std::collections::BTreeMap;

use aftercare_domain::kernel::{Column as _, Result};
use uuid::Uuid;

use crate::db::{Counts, Tx, add_or};

/// Adds a unit's increments; always in the same order of keys, so that units never wait for each other in a circle.
pub(crate) async fn keep(
    tx: &mut Tx<'_>,
    counts: &BTreeMap<(&'static str, Uuid, Option<Uuid>), Counts>,
) -> Result<()> {
    let now = tx.now();
    let mut values = Vec::with_capacity(counts.len().saturating_mul(8));
    for ((scope, scope_id, pair_id), add) in counts {
        values.extend([
            tx.stamp().ids.next(now).to_raw(),
            (*scope).to_owned().to_raw(),
            scope_id.to_raw(),
            pair_id.unwrap_or(Uuid::nil()).to_raw(),
            add.occurrences.to_raw(),
            add.reclassified_out.to_raw(),
            add.cancelled.to_raw(),
            now.to_raw(),
        ]);
    }
    let head = "insert into counters (id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled, last_at)";
    add_or(tx, head, 8, values, RAISE).await
}

/// What is there already is raised.
const RAISE: &str = " on conflict (scope, scope_id, pair_id) do update set
   occurrences = counters.occurrences + excluded.occurrences,
   reclassified_out = counters.reclassified_out + excluded.reclassified_out,
   cancelled = counters.cancelled + excluded.cancelled,
   last_at = case when excluded.occurrences > 0 then excluded.last_at else counters.last_at end";
