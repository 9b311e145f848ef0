//! Refused calls into the audit trail (S079, S128).

use std::sync::Arc;

use aftercare_domain::kernel::{Result, Stamp};
use aftercare_persistence::{Db, Tx, Work};
use serde_json::json;
use uuid::Uuid;

use crate::http::refusals::Refusals;

/// Writes a line for each refused call, and one for those beyond the bound; how many calls there were.
///
/// A failed write loses them: the next look has others.
pub async fn keep(db: &Db, refusals: &Refusals) -> Result<u64> {
    let (refused, more) = refusals.take();
    let count = more.saturating_add(u64::try_from(refused.len()).unwrap_or(u64::MAX));
    if count == 0 {
        return Ok(0);
    }
    let unit = async move |tx: &mut Tx<'_>| {
        let system = tx.stamp();
        for call in refused {
            let by = call.actor.unwrap_or_else(|| Arc::clone(&system.actor));
            let resource_id = by.user_id.map_or(Uuid::nil(), |user| user.0);
            let facts = json!({
                "operation": call.operation, "status": call.status, "request_id": call.trace_id,
                "is_anonymous": by.user_id.is_none(),
            });
            tx.restamp(Stamp {
                now: call.at,
                actor: by,
                ..system.clone()
            });
            tx.note("refused", "call", resource_id, facts);
        }
        tx.restamp(system);
        if more > 0 {
            tx.note("refused", "call", Uuid::nil(), json!({ "more": more }));
        }
        Ok(())
    };
    db.write(&Work::system("refusals"), unit).await?;
    Ok(count)
}
