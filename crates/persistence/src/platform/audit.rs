//! The audit trail: who changed what, in the same transaction; sealed into a chain later (A26).

use aftercare_domain::kernel::{Raw, Result};

use crate::db::{AuditLine, Tx, add};

/// Keeps the audit lines of a unit of work.
pub(crate) async fn keep(tx: &mut Tx<'_>, lines: Vec<AuditLine>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let stamp = tx.stamp();
    let mut args = Vec::new();
    for line in lines {
        args.extend([
            Raw::Uuid(Some(stamp.ids.next(stamp.now))),
            Raw::Time(Some(line.at)),
            Raw::Uuid(line.actor.user_id.map(|id| id.0)),
            Raw::Text(Some(line.actor.recorded_as())),
            Raw::Text(Some(line.trace_id)),
            Raw::Text(Some(line.action.to_owned())),
            Raw::Text(Some(line.resource.to_owned())),
            Raw::Uuid(Some(line.resource_id)),
            Raw::Json(Some(line.diff)),
        ]);
    }
    let head = "insert into audit_logs (id, at, actor_id, actor_name, trace_id, action, resource, resource_id, diff)";
    add(tx, head, 9, args).await
}
