//! When engineers worked, so that nobody works twice at a time (WO-5); and where a request's customer is.

use std::collections::HashMap;

use aftercare_domain::addresses::{Address, AddressId, Degrees};
use aftercare_domain::kernel::{Column as _, Raw, Result, Time};
use aftercare_domain::requests::{EngineerId, ServiceRequestId};
use aftercare_domain::work_orders::field::{KeptSpell, Spell, SpellId, spells};
use aftercare_domain::work_orders::{Geo, WorkOrder, WorkOrderId};
use uuid::Uuid;

use crate::db::{Sql, Table, Tx, delete, dialect, insert_all, many, marks, record};

const TABLE: Table = Table::new("labor_spells", "labor_spell").part().quiet();

record! { KeptSpell: TABLE => id, work_order_id, engineer_id, from_at, to_at }

/// When these engineers worked on other jobs between two instants. They are held until the unit of work ends: whoever
/// reports for one of them at the same time waits, and then sees it.
pub async fn work_besides(
    tx: &mut Tx<'_>,
    order: WorkOrderId,
    engineers: &[EngineerId],
    from: Time,
    to: Time,
) -> Result<Vec<Spell>> {
    let mut ids: Vec<Uuid> = engineers.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        let text = format!(
            "select id from engineers where id = $1{}",
            dialect::for_update(tx)
        );
        let held = Sql::new(text, vec![Raw::Uuid(Some(*id))]);
        tx.read(held, |row| row.get::<Uuid>("id")).await?;
    }
    let mut found = Vec::new();
    for id in ids {
        let args = vec![Raw::Uuid(Some(id)), from.to_raw(), to.to_raw()];
        let near: Vec<KeptSpell> = many(
            tx,
            "engineer_id = $1 and to_at > $2 and from_at < $3 order by id",
            args,
        )
        .await?;
        let others = near.iter().filter(|spell| spell.work_order_id != order);
        found.extend(others.map(|spell| Spell {
            order_id: spell.work_order_id,
            engineer_id: spell.engineer_id,
            from: spell.from_at,
            to: spell.to_at,
        }));
    }
    Ok(found)
}

/// Keeps when engineers worked on an order that is over.
pub async fn keep_spells(tx: &mut Tx<'_>, order: &WorkOrder) -> Result<()> {
    if order.finished_at.is_none() {
        return Ok(());
    }
    let before: Vec<KeptSpell> = many(tx, "work_order_id = $1 order by id", vec![order.id.to_raw()]).await?;
    for spell in &before {
        delete(tx, spell).await?;
    }
    let at = tx.stamp();
    let fresh: Vec<KeptSpell> = spells(order)
        .into_iter()
        .map(|spell| KeptSpell {
            id: SpellId::next(&at),
            work_order_id: order.id,
            engineer_id: spell.engineer_id,
            from_at: spell.from,
            to_at: spell.to,
        })
        .collect();
    insert_all(tx, &fresh).await
}

/// Where an address is, for whoever arrives there; it needs no right to read the customer's.
pub async fn place_of(tx: &mut Tx<'_>, id: AddressId) -> Result<Option<Geo>> {
    let found: Vec<Address> = many(tx, "id = $1", vec![id.to_raw()]).await?;
    Ok(found.first().and_then(|address| {
        let (lat, lng) = (address.lat?, address.lng?);
        Some(Geo {
            lat: lat.0,
            lng: lng.0,
        })
    }))
}

/// Where the customers of these orders are, by request; those whose place nobody knows are left out.
pub async fn places_of(tx: &mut Tx<'_>, orders: &[WorkOrder]) -> Result<HashMap<ServiceRequestId, Geo>> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "select r.id, a.lat, a.lng from service_requests r join addresses a on a.id = r.address_id where r.id in ({})",
        marks(1, orders.len())
    );
    let ids = orders.iter().map(|order| order.service_request_id.to_raw());
    let found: Vec<(ServiceRequestId, Option<Degrees>, Option<Degrees>)> = tx
        .read(Sql::new(text, ids.collect()), |row| {
            Ok((row.get("id")?, row.get("lat")?, row.get("lng")?))
        })
        .await?;
    let place = |(id, lat, lng): (ServiceRequestId, Option<Degrees>, Option<Degrees>)| {
        let (lat, lng) = (lat?.0, lng?.0);
        Some((id, Geo { lat, lng }))
    };
    Ok(found.into_iter().filter_map(place).collect())
}
