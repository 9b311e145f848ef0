//! Business calendars: how they are kept, found and held ready to count.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use aftercare_domain::business_calendars::{
    BusinessCalendar, BusinessCalendarFilter, BusinessCalendarId, seed,
};
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{DUPLICATE_CODE, NOT_FOUND};
use aftercare_domain::sla::calendar::Calendar;
use uuid::Uuid;

use crate::db::{FromRow, ListBy, Row, Table, Tx, Unique, Where, record, sql};
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
