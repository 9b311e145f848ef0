//! Business calendars: how they are kept, found and held ready to count.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use aftercare_domain::business_calendars::preview::{MAX_MOVED, MovedPromise, MovedPromises, moved};
use aftercare_domain::business_calendars::{
    BusinessCalendar, BusinessCalendarFilter, BusinessCalendarId, seed,
};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, NOT_FOUND};
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::requests::ServiceRequest;
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::sla::calendar::Calendar;
use uuid::Uuid;

use crate::db::{FromRow, ListBy, Row, Table, Tx, Unique, Where, among, many, record, sql};
use crate::platform::references::referable;

const TABLE: Table = Table::new("business_calendars", "business_calendar").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "business_calendars_code_key",
    columns: "business_calendars.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { BusinessCalendar: TABLE =>
    id, code, name, time_zone, mode, weekly, exceptions, source, is_active, revision; meta
}

referable!(BusinessCalendar);

impl ListBy<BusinessCalendar> for BusinessCalendarFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.any("mode", self.mode.as_ref());
        w.eq("is_active", self.is_active);
    }
}

/// Compiled calendars by revision. A revision never comes back with other hours, so an entry never goes stale: not
/// when a unit of work is undone, not after a reset, not for two databases in one process.
static COMPILED: LazyLock<RwLock<HashMap<Uuid, Arc<Calendar>>>> = LazyLock::new(RwLock::default);
/// How many compiled calendars are held; beyond it the store starts over.
const HELD: usize = 64;

struct Revision(Uuid);

impl FromRow for Revision {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.get("revision").map(Revision)
    }
}

/// The calendar, ready to count: one look at the row's revision, then microseconds.
///
/// Errors: `not_found`.
pub async fn compiled(tx: &mut Tx<'_>, id: BusinessCalendarId) -> Result<Arc<Calendar>> {
    let revision: Revision = tx
        .maybe(sql!("select revision from business_calendars where id = $1", id))
        .await?
        .ok_or_else(|| NOT_FOUND.error())?;
    let held = COMPILED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&revision.0)
        .cloned();
    match held {
        Some(calendar) => Ok(calendar),
        None => Ok(hold(&crate::get::<BusinessCalendar>(tx, id).await?)?),
    }
}

/// The organisation's standard calendar, ready to count.
///
/// Errors: `not_found` in a database without seeds.
pub async fn standard(tx: &mut Tx<'_>) -> Result<Arc<Calendar>> {
    compiled(tx, seed::STANDARD).await
}

fn hold(calendar: &BusinessCalendar) -> Result<Arc<Calendar>> {
    let compiled = Arc::new(calendar.compile()?);
    let mut held = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if held.len() >= HELD {
        held.clear();
    }
    held.insert(calendar.revision, Arc::clone(&compiled));
    Ok(compiled)
}

/// How many open promises one look takes, and how many are looked at altogether.
const LOOK: usize = 500;
const LOOKED_AT: usize = 50_000;

/// The open promises of requests that count by a calendar, after one of them in the order of their identifiers.
const OPEN: &str = "id > $1 and stopped_at is null and status in ('running', 'paused') \
    and exists (select 1 from sla_policy_versions kept where kept.sla_policy_id = sla_timers.policy_id \
    and kept.version = sla_timers.policy_version and kept.calendar_id = $2) order by id limit 500";

/// The open promises whose deadline would move if their calendar were another.
pub async fn moved_promises(
    tx: &mut Tx<'_>,
    id: BusinessCalendarId,
    calendar: &BusinessCalendar,
) -> Result<MovedPromises> {
    let (now, compiled) = (tx.now(), calendar.compile()?);
    let (mut found, mut told, mut seen, mut last) = (0_usize, Vec::new(), 0_usize, Uuid::nil());
    let is_complete = loop {
        let open: Vec<SlaTimer> = many(tx, OPEN, vec![last.to_raw(), id.to_raw()]).await?;
        for timer in &open {
            last = timer.id.0;
            if let Some(after) = moved(timer, now, &compiled)? {
                found = found.saturating_add(1);
                if told.len() < MAX_MOVED {
                    told.push((timer.clone(), after));
                }
            }
        }
        seen = seen.saturating_add(open.len());
        if open.len() < LOOK {
            break true;
        }
        if seen >= LOOKED_AT {
            break false;
        }
    };
    let mut owners: Vec<Uuid> = told.iter().map(|(before, _)| before.subject_id).collect();
    owners.dedup();
    let requests: Vec<ServiceRequest> = among(tx, "id", &owners, "id").await?;
    let mut data = Vec::new();
    for (before, after) in &told {
        let owner = requests.iter().find(|request| request.id.0 == before.subject_id);
        if let Some(request) = owner {
            data.push(MovedPromise::of(before, after, request.number.clone(), now));
        }
    }
    Ok(MovedPromises {
        data,
        count: found,
        is_complete,
    })
}
