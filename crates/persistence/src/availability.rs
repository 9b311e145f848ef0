//! What being free and being chosen depend on, of many engineers around an instant, in a handful of statements (EN-2).

use std::collections::HashMap;

use aftercare_domain::engineers::availability::EngineerDay;
use aftercare_domain::engineers::{Engineer, EngineerStatus};
use aftercare_domain::kernel::{Column as _, Csv, Date, Raw, Result, Time};
use aftercare_domain::leaves::Leave;
use aftercare_domain::requests::{EngineerId, OutletId, ServiceRequest, ServiceRequestId};
use aftercare_domain::shifts::Shift;
use aftercare_domain::skills::EngineerSkill;
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::work_orders::{Appointment, WorkOrder};
use uuid::Uuid;

use crate::db::{Sql, Tx, Where, among, among_those, columns, many, marks};
use crate::{leaves, shifts};

/// What holds for an order that is still to be done: the words of `WorkOrderStatus::is_open`.
macro_rules! open {
    () => {
        "status in ('dispatched', 'accepted', 'en_route', 'on_site', 'in_progress', 'waiting_parts', 'waiting_customer')"
    };
}

/// What is known of one engineer around an instant.
#[derive(Clone, Debug)]
pub struct EngineerFacts {
    /// The engineer.
    pub engineer: Engineer,
    /// His shifts in force of the local ISO week and the day before.
    pub shifts: Vec<Shift>,
    /// His approved leaves of that day.
    pub leaves: Vec<Leave>,
    /// What he can do.
    pub skills: Vec<EngineerSkill>,
    /// His open jobs of that local day.
    pub open_jobs: i64,
}

impl EngineerFacts {
    /// His day, for the rules.
    pub fn day(&self) -> EngineerDay<'_> {
        EngineerDay {
            engineer: &self.engineer,
            shifts: &self.shifts,
            leaves: &self.leaves,
            open_jobs: self.open_jobs,
        }
    }
}

/// What is known of these engineers around an instant, in their order.
pub async fn around(tx: &mut Tx<'_>, engineers: Vec<Engineer>, at: Time) -> Result<Vec<EngineerFacts>> {
    let ids: Vec<EngineerId> = engineers.iter().map(|engineer| engineer.id).collect();
    let bare: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let day = at.date_in(tx.zone());
    let (monday, sunday) = week_of(day);
    let shifts = shifts::in_force(tx, &ids, monday.min(day.plus_days(-1)), sunday).await?;
    let leaves = leaves::holding(tx, &ids, day, day).await?;
    let skills: Vec<EngineerSkill> = among(tx, "engineer_id", &bare, "id").await?;
    let open_jobs = open_jobs(tx, &bare, day).await?;
    let mut shifts = by_engineer(shifts, |it| it.engineer_id);
    let mut leaves = by_engineer(leaves, |it| it.engineer_id);
    let mut skills = by_engineer(skills, |it| it.engineer_id);
    let of = |engineer: Engineer| EngineerFacts {
        shifts: shifts.remove(&engineer.id).unwrap_or_default(),
        leaves: leaves.remove(&engineer.id).unwrap_or_default(),
        skills: skills.remove(&engineer.id).unwrap_or_default(),
        open_jobs: open_jobs.get(&engineer.id.0).copied().unwrap_or_default(),
        engineer,
    };
    Ok(engineers.into_iter().map(of).collect())
}

/// What is known of an engineer over the days from one to another: his shifts and leaves of all of them.
#[derive(Clone, Debug)]
pub struct EngineerSpan {
    /// What is known of him; his open jobs are those of no day.
    pub facts: EngineerFacts,
    /// The days his open jobs are booked for; none for those booked for no day yet.
    booked: Vec<Option<Date>>,
}

impl EngineerSpan {
    /// His open jobs of a local day: those booked for it, and those booked for no day yet.
    pub fn open_jobs(&self, day: Date) -> i64 {
        let counts = self
            .booked
            .iter()
            .filter(|booked| booked.is_none_or(|booked| booked == day));
        i64::try_from(counts.count()).unwrap_or(i64::MAX)
    }
}

/// What is known of an engineer over the local days from one to another.
pub async fn over(tx: &mut Tx<'_>, engineer: Engineer, from: Date, to: Date) -> Result<EngineerSpan> {
    let id = engineer.id;
    let (first, last) = (week_of(from), week_of(to));
    let zone = tx.zone();
    let booked = open_windows(tx, &[id.0]).await?.into_iter();
    let booked = booked.map(|(_, window)| window.map(|window| window.from.date_in(zone)));
    Ok(EngineerSpan {
        booked: booked.collect(),
        facts: EngineerFacts {
            shifts: shifts::in_force(tx, &[id], first.0.min(from.plus_days(-1)), last.1).await?,
            leaves: leaves::holding(tx, &[id], from, to).await?,
            skills: Vec::new(),
            open_jobs: 0,
            engineer,
        },
    })
}

/// The first and the last day of the ISO week of a day.
fn week_of(day: Date) -> (Date, Date) {
    let monday = day.plus_days(1_i64.saturating_sub(day.weekday()));
    (monday, monday.plus_days(6))
}

fn by_engineer<T>(rows: Vec<T>, of: impl Fn(&T) -> EngineerId) -> HashMap<EngineerId, Vec<T>> {
    let mut found: HashMap<EngineerId, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(of(&row)).or_default().push(row);
    }
    found
}

/// The engineers a caller sees who have not left, of one outlet or of those named, in order of their identifiers.
pub async fn in_work(
    tx: &mut Tx<'_>,
    outlet: Option<OutletId>,
    ids: &[EngineerId],
    most: i64,
) -> Result<Vec<Engineer>> {
    let mut w = Where::default();
    w.raw("status <> ?", Some(EngineerStatus::Left.to_raw()));
    w.eq("outlet_id", outlet);
    if !ids.is_empty() {
        w.any("id", Some(&Csv(ids.to_vec())));
    }
    w.scope::<Engineer>(&tx.stamp().actor);
    let (clause, args) = w.into_parts();
    let text = format!(
        "select {} from engineers{clause} order by id limit {most}",
        columns::<Engineer>()
    );
    tx.all(Sql::new(text, args)).await
}

/// How many open jobs engineers have on a local day: those booked for it, and those booked for no day yet.
async fn open_jobs(tx: &mut Tx<'_>, ids: &[Uuid], day: Date) -> Result<HashMap<Uuid, i64>> {
    let mut counts = HashMap::new();
    let zone = tx.zone();
    for (id, window) in open_windows(tx, ids).await? {
        if window.is_none_or(|window| window.from.date_in(zone) == day) {
            let count: &mut i64 = counts.entry(id).or_default();
            *count = count.saturating_add(1);
        }
    }
    Ok(counts)
}

/// The open jobs of engineers, each with the window agreed for it.
async fn open_windows(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<Appointment>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = marks(1, ids.len());
    let text = format!(
        "select engineer_id, appointment from work_orders where {} and engineer_id in ({marks})",
        open!()
    );
    let args = ids.iter().map(|id| Raw::Uuid(Some(*id))).collect();
    tx.read(Sql::new(text, args), |row| {
        Ok((row.get("engineer_id")?, row.get("appointment")?))
    })
    .await
}

/// The windows agreed for the open jobs of these engineers.
pub async fn booked(tx: &mut Tx<'_>, ids: &[EngineerId]) -> Result<HashMap<EngineerId, Vec<Appointment>>> {
    let bare: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let open = concat!("appointment is not null and ", open!());
    let orders: Vec<WorkOrder> = among_those(tx, open, Vec::new(), "engineer_id", &bare, "id").await?;
    let mut windows: HashMap<EngineerId, Vec<Appointment>> = HashMap::new();
    for order in orders {
        windows
            .entry(order.engineer_id)
            .or_default()
            .extend(order.appointment);
    }
    Ok(windows)
}

/// The requests that wait for an engineer, the most important first.
pub async fn unassigned(tx: &mut Tx<'_>, most: i64) -> Result<Vec<ServiceRequest>> {
    let args = vec![most.to_raw()];
    many(
        tx,
        "status = 'pending_assignment' order by priority, id limit $1",
        args,
    )
    .await
}

/// Until when somebody must be there, by the promises of these requests that still run.
pub async fn arrivals_due(
    tx: &mut Tx<'_>,
    ids: &[ServiceRequestId],
) -> Result<HashMap<ServiceRequestId, Time>> {
    let bare: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let running = "kind = 'arrival' and status = 'running'";
    let timers: Vec<SlaTimer> =
        among_those(tx, running, Vec::new(), "subject_id", &bare, "due_at, id").await?;
    let due = timers
        .iter()
        .map(|timer| (ServiceRequestId(timer.subject_id), timer.due_at));
    Ok(due.collect())
}

/// The open jobs of an engineer, and those he ended since an instant.
pub async fn jobs_since(tx: &mut Tx<'_>, id: EngineerId, since: Time) -> Result<Vec<WorkOrder>> {
    let wanted = concat!(
        "engineer_id = $1 and (finished_at >= $2 or ",
        open!(),
        ") order by id limit 5000"
    );
    many(tx, wanted, vec![id.to_raw(), since.to_raw()]).await
}

/// The open jobs of an engineer, and those he arrived at between two instants, the second excluded.
pub async fn jobs_between(tx: &mut Tx<'_>, id: EngineerId, from: Time, to: Time) -> Result<Vec<WorkOrder>> {
    let wanted = concat!(
        "engineer_id = $1 and (arrived_at >= $2 and arrived_at < $3 or ",
        open!(),
        ") order by id limit 5000"
    );
    many(tx, wanted, vec![id.to_raw(), from.to_raw(), to.to_raw()]).await
}

/// When the requests of these jobs must be solved.
pub async fn due_dates(
    tx: &mut Tx<'_>,
    orders: &[WorkOrder],
) -> Result<HashMap<ServiceRequestId, Option<Time>>> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let marks = marks(1, orders.len());
    let text = format!(
        "select id, resolve_due_at from service_requests where id in ({})",
        marks
    );
    let args = orders
        .iter()
        .map(|order| order.service_request_id.to_raw())
        .collect();
    let found: Vec<(ServiceRequestId, Option<Time>)> = tx
        .read(Sql::new(text, args), |row| {
            Ok((row.get("id")?, row.get("resolve_due_at")?))
        })
        .await?;
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use aftercare_domain::work_orders::WorkOrderStatus;

    #[test]
    fn open_is_what_the_domain_calls_open() {
        for status in WorkOrderStatus::ALL {
            let word = format!("'{status}'");
            assert_eq!(open!().contains(&word), status.is_open(), "{word}");
        }
    }
}
