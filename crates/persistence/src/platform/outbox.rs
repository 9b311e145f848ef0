//! The outbox: one row per domain event, in the same transaction (A15); numbered by the sequencer (A26).

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Event, Raw, Result};

use crate::db::{Tx, add};

/// Keeps the events of a unit of work.
pub(crate) async fn keep(tx: &mut Tx<'_>, events: Vec<(Option<UserId>, Event)>) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let stamp = tx.stamp();
    let mut args = Vec::new();
    for (actor, event) in events {
        args.extend([
            Raw::Uuid(Some(stamp.ids.next(stamp.now))),
            Raw::Text(Some(event.kind.to_owned())),
            Raw::Text(Some(event.resource.to_owned())),
            Raw::Uuid(Some(event.resource_id)),
            Raw::Time(Some(event.at)),
            Raw::Uuid(actor.map(|id| id.0)),
            Raw::Json(Some(event.data)),
        ]);
    }
    let head = "insert into outbox (id, kind, resource, resource_id, occurred_at, actor_id, data)";
    add(tx, head, 7, args).await
}
