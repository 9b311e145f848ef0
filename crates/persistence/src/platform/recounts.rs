//! Calendars whose change is to move the open promises that count by them: what is asked for, and how far it has come.

use aftercare_domain::business_calendars::BusinessCalendarId;
use aftercare_domain::kernel::{Result, Time};
use aftercare_domain::requests::ServiceRequestId;
use uuid::Uuid;

use crate::db::{FromRow, Row, Tx, sql};

/// Asks for the open promises of a calendar to be counted anew; whoever asks again begins again.
pub async fn ask(tx: &mut Tx<'_>, id: BusinessCalendarId) -> Result<()> {
    let stamp = tx.stamp();
    tx.exec(sql!(
        "insert into calendar_recounts (business_calendar_id, asked_at, asked_by, reached) values ($1, $2, $3, null)
         on conflict (business_calendar_id) do update
         set asked_at = excluded.asked_at, asked_by = excluded.asked_by, reached = excluded.reached",
        id,
        stamp.now,
        stamp.actor.user_id
    ))
    .await
    .map(|_| ())
}

/// A calendar whose promises are being counted anew.
#[derive(Clone, Copy, Debug)]
pub struct Recount {
    /// The calendar.
    pub id: BusinessCalendarId,
    /// When it was asked for.
    pub asked_at: Time,
    /// The last request that was counted.
    reached: Option<Uuid>,
}

impl FromRow for Recount {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Recount {
            id: row.get("business_calendar_id")?,
            asked_at: row.get("asked_at")?,
            reached: row.get("reached")?,
        })
    }
}

/// What was asked for first, and the requests that come next; none when it is done.
pub async fn next(tx: &mut Tx<'_>, limit: i64) -> Result<Option<(Recount, Vec<ServiceRequestId>)>> {
    let asked: Option<Recount> = tx
        .maybe(sql!(
            "select business_calendar_id, asked_at, reached from calendar_recounts
             order by asked_at, business_calendar_id limit 1"
        ))
        .await?;
    let Some(asked) = asked else { return Ok(None) };
    let next = tx
        .read(
            sql!(
                "select distinct subject_id from sla_timers
                 where subject_id > $1 and stopped_at is null and status in ('running', 'paused')
                 and exists (select 1 from sla_policy_versions kept where kept.sla_policy_id = sla_timers.policy_id
                 and kept.version = sla_timers.policy_version and kept.calendar_id = $2)
                 order by subject_id limit $3",
                asked.reached.unwrap_or_default(),
                asked.id,
                limit
            ),
            |row| row.get("subject_id").map(ServiceRequestId),
        )
        .await?;
    Ok(Some((asked, next)))
}

/// Notes how far it has come, or that it is done; one that was asked for again meanwhile begins again.
pub async fn reach(tx: &mut Tx<'_>, asked: &Recount, last: Option<ServiceRequestId>) -> Result<()> {
    let statement = match last {
        Some(last) => sql!(
            "update calendar_recounts set reached = $1 where business_calendar_id = $2 and asked_at = $3",
            last.0,
            asked.id,
            asked.asked_at
        ),
        None => sql!(
            "delete from calendar_recounts where business_calendar_id = $1 and asked_at = $2",
            asked.id,
            asked.asked_at
        ),
    };
    tx.exec(statement).await.map(|_| ())
}
