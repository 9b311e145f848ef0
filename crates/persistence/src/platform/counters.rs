//! Counters: raised in the transaction that earns them, never lowered (domain.md 4.6, R-056), and held against what
//! they count (W10).

use std::collections::BTreeMap;

use aftercare_domain::counters::CounterScope;
use aftercare_domain::kernel::{Column as _, Result};
use serde_json::json;
use uuid::Uuid;

use crate::db::{Counts, Tx, add_or, sql};

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

/// What a counter counts: a product or a type, and the type beside a product in a pair.
pub type Counted = (&'static str, Uuid, Uuid);

/// A counter that was put right.
#[derive(Clone, Copy, Debug)]
pub struct Repaired {
    /// The counter.
    pub id: Uuid,
    /// What it counts.
    pub scope: &'static str,
}

/// The counters that do not say what their requests say; one that moved meanwhile may be among them.
pub async fn suspects(tx: &mut Tx<'_>) -> Result<Vec<Counted>> {
    let mut right = recounted(tx).await?;
    let kept = tx
        .read(
            sql!("select scope, scope_id, pair_id, occurrences, reclassified_out, cancelled from counters"),
            |row| {
                let scope: CounterScope = row.get("scope")?;
                let counts = Counts {
                    occurrences: row.get("occurrences")?,
                    reclassified_out: row.get("reclassified_out")?,
                    cancelled: row.get("cancelled")?,
                };
                Ok((
                    (scope.as_str(), row.get("scope_id")?, row.get("pair_id")?),
                    counts,
                ))
            },
        )
        .await?;
    let mut wrong: Vec<Counted> = Vec::new();
    for (counted, counts) in kept {
        if counts != right.remove(&counted).unwrap_or_default() {
            wrong.push(counted);
        }
    }
    // What is left has no counter at all.
    wrong.extend(right.into_keys());
    wrong.sort_unstable();
    Ok(wrong)
}

/// Puts right those of the counters that are wrong, each with a line of the audit trail.
///
/// A counter is held first and its requests are counted then: whoever raises it waits, and whoever raised it is seen.
pub async fn repair(tx: &mut Tx<'_>, suspects: &[Counted]) -> Result<Vec<Repaired>> {
    let mut held = Vec::with_capacity(suspects.len());
    for (scope, scope_id, pair_id) in suspects {
        let id = tx.stamp().ids.next(tx.now());
        let hold = sql!(
            "insert into counters (id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled)
             values ($1, $2, $3, $4, 0, 0, 0)
             on conflict (scope, scope_id, pair_id) do update set occurrences = counters.occurrences
             returning id, occurrences, reclassified_out, cancelled",
            id,
            (*scope).to_owned(),
            *scope_id,
            *pair_id
        );
        let found = tx
            .read(hold, |row| {
                let counts = Counts {
                    occurrences: row.get("occurrences")?,
                    reclassified_out: row.get("reclassified_out")?,
                    cancelled: row.get("cancelled")?,
                };
                Ok((row.get::<Uuid>("id")?, counts))
            })
            .await?;
        held.extend(
            found
                .into_iter()
                .map(|(id, counts)| ((*scope, *scope_id, *pair_id), id, counts)),
        );
    }
    let mut right = recounted(tx).await?;
    let mut repaired = Vec::new();
    for (counted, id, was) in held {
        let is = right.remove(&counted).unwrap_or_default();
        if is == was {
            continue;
        }
        tx.exec(sql!(
            "update counters set occurrences = $1, reclassified_out = $2, cancelled = $3 where id = $4",
            is.occurrences,
            is.reclassified_out,
            is.cancelled,
            id
        ))
        .await?;
        let facts = json!({
            "occurrences": [was.occurrences, is.occurrences],
            "reclassified_out": [was.reclassified_out, is.reclassified_out],
            "cancelled": [was.cancelled, is.cancelled],
        });
        tx.note("repair", "counter", id, facts);
        repaired.push(Repaired { id, scope: counted.0 });
    }
    Ok(repaired)
}

/// What every counter should say, by the requests and their history.
///
/// Whoever was counted somewhere still stands there or was reclassified away: the sum of both is what occurred.
async fn recounted(tx: &mut Tx<'_>) -> Result<BTreeMap<Counted, Counts>> {
    let mut all: BTreeMap<Counted, Counts> = BTreeMap::new();
    let standing = tx
        .read(
            sql!(
                "select product_id, problem_type_id, count(*) as requests,
                        count(*) filter (where status = 'cancelled') as cancelled
                 from service_requests group by product_id, problem_type_id"
            ),
            |row| {
                let place = places(row.get("product_id")?, row.get("problem_type_id")?);
                Ok((place, row.get::<i64>("requests")?, row.get::<i64>("cancelled")?))
            },
        )
        .await?;
    for (places, requests, cancelled) in standing {
        for place in places {
            let counts = all.entry(place).or_default();
            counts.occurrences = counts.occurrences.saturating_add(requests);
            counts.cancelled = counts.cancelled.saturating_add(cancelled);
        }
    }
    let moved = tx
        .read(
            sql!(
                "select data -> 'old' ->> 'product_id' as old_product, data -> 'old' ->> 'problem_type_id' as old_type,
                        data -> 'new' ->> 'product_id' as new_product, data -> 'new' ->> 'problem_type_id' as new_type,
                        count(*) as requests
                 from activities where action = 'reclassify' group by 1, 2, 3, 4"
            ),
            |row| {
                let id = |name: &str| -> Result<Option<Uuid>> {
                    let text: Option<String> = row.get(name)?;
                    Ok(text.and_then(|text| text.parse().ok()))
                };
                let old = places(id("old_product")?, id("old_type")?.unwrap_or_default());
                let new = places(id("new_product")?, id("new_type")?.unwrap_or_default());
                Ok((old, new, row.get::<i64>("requests")?))
            },
        )
        .await?;
    for (old, new, requests) in moved {
        for place in old.into_iter().filter(|place| !new.contains(place)) {
            let counts = all.entry(place).or_default();
            counts.occurrences = counts.occurrences.saturating_add(requests);
            counts.reclassified_out = counts.reclassified_out.saturating_add(requests);
        }
    }
    Ok(all)
}

/// The counters a request stands under; without a product only that of its type.
fn places(product: Option<Uuid>, problem_type: Uuid) -> Vec<Counted> {
    let (nil, of_type) = (Uuid::nil(), CounterScope::ProblemType.as_str());
    let mut places = vec![(of_type, problem_type, nil)];
    if let Some(product) = product {
        places.push((CounterScope::Product.as_str(), product, nil));
        places.push((CounterScope::ProductProblem.as_str(), product, problem_type));
    }
    places
}
