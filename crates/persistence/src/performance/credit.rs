//! Credit: the ledger of each engineer, and how he stands.

use std::collections::HashMap;

use aftercare_domain::kernel::{Column as _, Raw, Result};
use aftercare_domain::performance::credit::{CreditEntry, CreditFilter, CreditMove, START};
use aftercare_domain::requests::EngineerId;

use crate::db::{ListBy, Sql, Table, Tx, Where, many, marks, record};
use crate::engineers::of_visible;

const TABLE: Table = Table::new("credit_entries", "credit_entry")
    .scoped(of_visible)
    .part()
    .quiet();

record! { CreditEntry: TABLE => id, engineer_id, no, delta, reason, ref_id, balance, at }

/// The ledger of one engineer.
#[derive(Clone, Debug)]
pub struct LedgerOf(pub EngineerId, pub CreditFilter);

impl ListBy<CreditEntry> for LedgerOf {
    const SORTS: &'static [&'static str] = &["no", "at"];

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", Some(self.0));
        w.any("reason", self.1.reason.as_ref());
    }
}

/// The last entry of an engineer; whoever adds one holds his row.
pub async fn last(tx: &mut Tx<'_>, engineer_id: EngineerId) -> Result<Option<CreditEntry>> {
    let condition = "engineer_id = $1 order by no desc limit 1";
    let found = many(tx, condition, vec![engineer_id.to_raw()]).await?;
    Ok(found.into_iter().next())
}

/// Whether the same was counted before.
pub async fn is_counted(tx: &mut Tx<'_>, moved: &CreditMove) -> Result<bool> {
    let args = vec![moved.engineer_id.to_raw(), moved.ref_id.to_raw()];
    let known: Vec<CreditEntry> = many(tx, "engineer_id = $1 and ref_id = $2", args).await?;
    let about = moved.reason.about();
    Ok(known.iter().any(|entry| about.contains(&entry.reason)))
}

/// How these engineers stand; whoever has no entry stands where everybody begins.
pub async fn balances(tx: &mut Tx<'_>, ids: &[EngineerId]) -> Result<HashMap<EngineerId, i64>> {
    let mut found: HashMap<EngineerId, i64> = ids.iter().map(|id| (*id, START)).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let marks = marks(1, ids.len());
    let text = format!(
        "select c.engineer_id, c.balance from credit_entries c
         join (select engineer_id, max(no) as no from credit_entries where engineer_id in ({}) group by engineer_id) l
           on l.engineer_id = c.engineer_id and l.no = c.no",
        marks
    );
    let args: Vec<Raw> = ids.iter().map(|id| id.to_raw()).collect();
    let known: Vec<(EngineerId, i64)> = tx
        .read(Sql::new(text, args), |row| {
            Ok((row.get("engineer_id")?, row.get("balance")?))
        })
        .await?;
    found.extend(known);
    Ok(found)
}
