//! What an engineer has before him (EN-3), and his way of a day.

use std::collections::HashMap;

use aftercare_domain::engineers::route::{RouteStop, route};
use aftercare_domain::engineers::workbench::{Job, Workbench, workbench};
use aftercare_domain::kernel::{Date, Result, Time};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::work_orders::{Geo, WorkOrder};
use aftercare_persistence::Tx;
use aftercare_persistence::availability::{due_dates, jobs_between, jobs_since};
use aftercare_persistence::performance::credit::balances;
use aftercare_persistence::performance::last_totals;
use aftercare_persistence::requests::places_of;

/// How many open jobs are shown one by one.
const SHOWN: usize = 200;

/// An open job and when its request must be solved.
pub type OpenJob = (WorkOrder, Option<Time>);

/// The figures of an engineer's workbench, and his open jobs, the most urgent first.
pub async fn of(tx: &mut Tx<'_>, id: EngineerId) -> Result<(Workbench, Vec<OpenJob>)> {
    let (now, zone) = (tx.now(), tx.zone());
    let today = now.date_in(zone);
    let since = today.month_start().minute_in(0, zone);
    let orders = jobs_since(tx, id, since).await?;
    let due: HashMap<_, _> = due_dates(tx, &orders).await?;
    let due_of = |order: &WorkOrder| due.get(&order.service_request_id).copied().flatten();
    let jobs: Vec<Job<'_>> = orders
        .iter()
        .map(|order| Job {
            order,
            due_at: due_of(order),
        })
        .collect();
    let mut figures = workbench(&jobs, now, zone);
    figures.score = last_totals(tx, &[id]).await?.get(&id).copied();
    figures.credit = balances(tx, &[id]).await?.get(&id).copied();
    let open = orders.iter().filter(|order| order.status.is_open());
    let mut open: Vec<OpenJob> = open.map(|order| (order.clone(), due_of(order))).collect();
    // What has no date comes last.
    open.sort_by_key(|(order, due)| (due.is_none(), *due, order.id));
    open.truncate(SHOWN);
    Ok((figures, open))
}

/// The visits of an engineer's local day, and the way from one to the next.
pub async fn route_of(
    tx: &mut Tx<'_>,
    id: EngineerId,
    home: Option<Geo>,
    day: Date,
) -> Result<(Vec<RouteStop>, i64)> {
    let zone = tx.zone();
    let (from, to) = (day.minute_in(0, zone), day.plus_days(1).minute_in(0, zone));
    let orders = jobs_between(tx, id, from, to).await?;
    let places = places_of(tx, &orders).await?;
    let place = |order: WorkOrder| {
        let place = places.get(&order.service_request_id).copied();
        (order, place)
    };
    let jobs: Vec<_> = orders.into_iter().map(place).collect();
    let (mut stops, metres) = route(home, &jobs, day, zone);
    stops.truncate(SHOWN);
    Ok((stops, metres))
}
