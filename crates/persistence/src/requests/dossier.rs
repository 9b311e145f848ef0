//! A dossier as a whole: loaded with everything a decision may need, kept by difference.

use aftercare_domain::follow_ups::{FollowUp, FollowUpStatus};
use aftercare_domain::kernel::error::NOT_FOUND;
use aftercare_domain::kernel::{Column as _, Result, Time};
use aftercare_domain::notifications::Notification;
use aftercare_domain::requests::{
    Activity, Dossier, DuplicateProbe, ServiceRequest, ServiceRequestId, SimilarRequest,
};
use uuid::Uuid;

use super::figures;
use crate::db::{
    FromRow, Id, IfMatch, Record, Row, Tx, among, get_for_update, insert, insert_all, many, remember, sql,
    update,
};

/// Loads a dossier to decide upon; its request stays locked until the unit of work ends.
///
/// Errors: `not_found` if it is absent or not the caller's.
pub async fn load(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Dossier> {
    let request: ServiceRequest = get_for_update(tx, id, &IfMatch::internal()).await?;
    whole(tx, request).await
}

/// Loads a dossier for an action on one of its parts: who may see the part may act on it (A39).
pub async fn load_for_part(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Dossier> {
    let asker = tx.stamp();
    tx.restamp(asker.as_system());
    let request = get_for_update::<ServiceRequest>(tx, id, &IfMatch::internal()).await;
    tx.restamp(asker);
    whole(tx, request?).await
}

async fn whole(tx: &mut Tx<'_>, request: ServiceRequest) -> Result<Dossier> {
    let mut dossier = children(tx, request).await?;
    dossier.timers.iter().for_each(|timer| remember(tx, timer));
    dossier.alarms.iter().for_each(|alarm| remember(tx, alarm));
    dossier.orders.iter().for_each(|order| remember(tx, order));
    dossier.attempts.iter().for_each(|attempt| remember(tx, attempt));
    dossier.follow_ups.iter().for_each(|call| remember(tx, call));
    dossier.surveys.iter().for_each(|survey| remember(tx, survey));
    dossier.locks.iter().for_each(|lock| remember(tx, lock));
    dossier.remember_told(tx.zone());
    Ok(dossier)
}

/// Reads a dossier without locking it.
pub async fn find_dossier(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Dossier> {
    let request: ServiceRequest = crate::db::get(tx, id).await?;
    children(tx, request).await
}

/// Reads of a dossier what its wire form shows: the request, its timers and its orders.
pub async fn glance_one(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Dossier> {
    let request: ServiceRequest = crate::db::get(tx, id).await?;
    let shown = glance(tx, vec![request]).await?;
    shown.into_iter().next().ok_or_else(|| NOT_FOUND.error())
}

async fn children(tx: &mut Tx<'_>, request: ServiceRequest) -> Result<Dossier> {
    let request_id = request.id;
    let id = || vec![request_id.to_raw()];
    let mut dossier = Dossier::open(request);
    dossier.timers = many(tx, "subject_id = $1 order by id", id()).await?;
    dossier.alarms = many(tx, "service_request_id = $1 order by id", id()).await?;
    dossier.orders = many(tx, "service_request_id = $1 order by id", id()).await?;
    dossier.attempts = many(tx, "service_request_id = $1 order by no", id()).await?;
    dossier.follow_ups = many(tx, "service_request_id = $1 order by id", id()).await?;
    dossier.surveys = many(tx, "service_request_id = $1 order by id", id()).await?;
    dossier.locks = many(tx, "service_request_id = $1 order by id", id()).await?;
    Ok(dossier)
}

/// Reads a dossier for one of its parts, whoever holds the request now.
pub async fn find_for_part(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Dossier> {
    let found: Vec<ServiceRequest> = many(tx, "id = $1", vec![id.to_raw()]).await?;
    let request = found.into_iter().next().ok_or_else(|| NOT_FOUND.error())?;
    children(tx, request).await
}

/// The dossiers of parts in a list, whoever holds the requests now; three reads for all of them.
pub async fn glance_parts(tx: &mut Tx<'_>, ids: Vec<ServiceRequestId>) -> Result<Vec<Dossier>> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    let requests = among(tx, "id", &ids, "id").await?;
    let calls: Vec<FollowUp> = among(tx, "service_request_id", &ids, "id").await?;
    let mut dossiers = glance(tx, requests).await?;
    for dossier in &mut dossiers {
        let id = dossier.request.id;
        dossier.follow_ups = calls
            .iter()
            .filter(|call| call.service_request_id == id)
            .cloned()
            .collect();
    }
    Ok(dossiers)
}

/// Requests of a list with what their wire form shows: timers and orders, two reads for all of them.
pub async fn glance(tx: &mut Tx<'_>, requests: Vec<ServiceRequest>) -> Result<Vec<Dossier>> {
    let ids: Vec<Uuid> = requests.iter().map(|request| request.id.0).collect();
    let timers = among(tx, "subject_id", &ids, "id").await?;
    let orders = among(tx, "service_request_id", &ids, "id").await?;
    let mut dossiers: Vec<Dossier> = requests.into_iter().map(Dossier::open).collect();
    for dossier in &mut dossiers {
        let id = dossier.request.id;
        dossier.timers = timers
            .iter()
            .filter(|timer: &&aftercare_domain::sla::SlaTimer| timer.subject_id == id.0)
            .cloned()
            .collect();
        dossier.orders = orders
            .iter()
            .filter(|order: &&aftercare_domain::work_orders::WorkOrder| order.service_request_id == id)
            .cloned()
            .collect();
    }
    Ok(dossiers)
}

/// Keeps a request that was just registered.
pub async fn keep_new(tx: &mut Tx<'_>, dossier: &mut Dossier) -> Result<()> {
    insert(tx, &dossier.request).await?;
    keep_parts(tx, dossier).await
}

/// Keeps what a decision changed. A visible change of a part raises the request's version too (A32).
pub async fn keep(tx: &mut Tx<'_>, dossier: &mut Dossier) -> Result<()> {
    update(tx, &mut dossier.request).await?;
    keep_parts(tx, dossier).await
}

/// Keeps what is certain already of a decision: the parts, of which nobody else waits for a row, before a ledger is locked
/// that others wait for. What follows from the ledger is kept by [`keep`].
pub async fn keep_ahead(tx: &mut Tx<'_>, dossier: &mut Dossier) -> Result<()> {
    part(tx, &mut dossier.timers).await?;
    // Finished orders first: the schema lets one order of a request be open.
    dossier.orders.sort_by_key(|order| order.status.is_open());
    part(tx, &mut dossier.orders).await?;
    part(tx, &mut dossier.attempts).await?;
    dossier
        .follow_ups
        .sort_by_key(|call| call.status == FollowUpStatus::Pending);
    part(tx, &mut dossier.follow_ups).await?;
    part(tx, &mut dossier.surveys).await?;
    dossier.locks.sort_by_key(|lock| lock.cleared_at.is_none());
    part(tx, &mut dossier.locks).await?;
    part(tx, &mut dossier.alarms).await
}

async fn keep_parts(tx: &mut Tx<'_>, dossier: &mut Dossier) -> Result<()> {
    keep_ahead(tx, dossier).await?;
    figures::tell(tx, dossier).await?;
    insert_all(tx, &std::mem::take(&mut dossier.activities)).await?;
    for event in std::mem::take(&mut dossier.events) {
        tx.emit(event);
    }
    for change in std::mem::take(&mut dossier.counts) {
        tx.count(&change);
    }
    let at = tx.stamp();
    for notice in std::mem::take(&mut dossier.notices) {
        tx.notify(Notification::of(dossier.request.id, &notice, &at));
    }
    Ok(())
}

/// Updates the known ones, inserts the new ones.
async fn part<T: Record + Clone>(tx: &mut Tx<'_>, parts: &mut [T]) -> Result<()> {
    let mut fresh = Vec::new();
    for item in parts {
        if tx.knows(T::TABLE.name, item.id()) {
            update(tx, item).await?;
        } else {
            fresh.push(item.clone());
        }
    }
    insert_all(tx, &fresh).await?;
    fresh.iter().for_each(|item| remember(tx, item));
    Ok(())
}

/// Requests in which something is due, the longest waiting first.
pub async fn due(tx: &mut Tx<'_>, now: Time, limit: i64) -> Result<Vec<ServiceRequestId>> {
    let text = sql!(
        "select id from service_requests where next_due_at <= $1 order by next_due_at, id limit $2",
        now,
        limit
    );
    tx.read(text, |row| row.get("id")).await
}

/// The request a part belongs to; `not_found` if the part is absent or not the caller's.
pub async fn owner_of<T: Record>(
    tx: &mut Tx<'_>,
    id: impl Into<Id>,
    owner: impl Fn(&T) -> ServiceRequestId,
) -> Result<ServiceRequestId> {
    crate::db::get::<T>(tx, id).await.map(|part| owner(&part))
}

impl FromRow for SimilarRequest {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(SimilarRequest {
            id: row.get("id")?,
            number: row.get("number")?,
            customer_id: row.get("customer_id")?,
            product_id: row.get("product_id")?,
            problem_type_id: row.get("problem_type_id")?,
            status: row.get("status")?,
            processed_at: row.get("processed_at")?,
            closed_at: row.get("closed_at")?,
        })
    }
}

/// Requests that may be the same report, the newest first, ten at most (SQ-4).
pub async fn duplicates(tx: &mut Tx<'_>, probe: &DuplicateProbe) -> Result<Vec<SimilarRequest>> {
    let text = sql!(
        "select id, number, customer_id, product_id, problem_type_id, status, processed_at, closed_at
         from service_requests
         where customer_id = $1 and problem_type_id = $2 and product_id is not distinct from $3
           and status <> 'cancelled' and coalesce(closed_at, processed_at, $4) >= $4
         order by id desc limit 10",
        probe.customer_id,
        probe.problem_type_id,
        probe.product_id,
        probe.since
    );
    let found: Vec<SimilarRequest> = tx.all(text).await?;
    Ok(found.into_iter().filter(|other| probe.matches(other)).collect())
}

/// Since when nobody had the request at an instant: its last entry into allocation before.
pub async fn unassigned_since(tx: &mut Tx<'_>, id: ServiceRequestId, at: Time) -> Result<Option<Time>> {
    let condition = "service_request_id = $1 and at <= $2 and \"to\" = 'pending_assignment' \
                     and (\"from\" is null or \"from\" not in ('pending_assignment', 'on_hold')) \
                     order by seq desc limit 1";
    let found: Vec<Activity> = many(tx, condition, vec![id.to_raw(), at.to_raw()]).await?;
    Ok(found.into_iter().next().map(|entry| entry.at))
}
