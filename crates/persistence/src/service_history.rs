//! Service history: how its lines are read off the records they tell of.

use aftercare_domain::installed_products::InstalledProductId;
use aftercare_domain::kernel::{Column as _, Date, Result, Time};
use aftercare_domain::service_history::{HistoryEntry, HistoryOf};

use crate::customers::of_visible;
use crate::db::{ListBy, Table, Tx, Where, record, sql};

/// Several tables, read as if they were one. In the first arm no column is a bare null, so that both engines know the
/// types of all the others.
const LINES: &str = "(\
    select r.id as id, 'request' as kind, r.created_at as at, r.number as number, r.customer_id as customer_id, \
        r.installed_product_id as installed_product_id, case when 1 = 0 then r.id end as replaced_id, \
        r.product_id as product_id, r.id as service_request_id, r.title as title, r.status as outcome \
        from service_requests r \
    union all select o.id, 'work_order', coalesce(o.finished_at, o.dispatched_at), o.number, r.customer_id, \
        r.installed_product_id, null, r.product_id, r.id, r.title, coalesce(o.outcome, o.status) \
        from work_orders o join service_requests r on r.id = o.service_request_id \
    union all select a.id, 'attempt', a.finished_at, null, r.customer_id, r.installed_product_id, null, \
        r.product_id, r.id, r.title, a.outcome \
        from attempts a join service_requests r on r.id = a.service_request_id \
    union all select f.id, 'follow_up', f.recorded_at, f.number, r.customer_id, r.installed_product_id, null, \
        r.product_id, r.id, r.title, f.status \
        from follow_ups f join service_requests r on r.id = f.service_request_id where f.recorded_at is not null \
    union all select s.id, 'survey', coalesce(s.answered_at, s.sent_at), null, r.customer_id, \
        r.installed_product_id, null, r.product_id, r.id, r.title, s.status \
        from surveys s join service_requests r on r.id = s.service_request_id where s.sent_at is not null \
    union all select u.id, 'exchange', u.exchanged_at, null, u.customer_id, u.id, u.replaces_id, u.product_id, \
        null, null, null from installed_products u where u.exchanged_at is not null\
    ) history";

record! { HistoryEntry: Table::new(LINES, "history_entry").quiet().scoped(of_visible) =>
    id, kind, at, number, customer_id, installed_product_id, replaced_id, product_id, service_request_id, title,
    outcome
}

impl ListBy<HistoryEntry> for HistoryOf {
    const SORTS: &'static [&'static str] = &["at"];

    fn apply(&self, w: &mut Where) {
        match self {
            HistoryOf::Customer(id) => w.eq("customer_id", Some(*id)),
            HistoryOf::Unit(id) => w.raw("? in (installed_product_id, replaced_id)", Some(id.to_raw())),
        }
    }
}

/// The days on which jobs of a unit were solved, for one of these service types; the oldest first, with the instants.
pub async fn solved(tx: &mut Tx<'_>, unit: InstalledProductId) -> Result<Vec<(String, Date)>> {
    let zone = tx.zone();
    let sql = sql!(
        "select r.service_type as service_type, o.finished_at as at
           from work_orders o join service_requests r on r.id = o.service_request_id
          where r.installed_product_id = $1 and o.outcome = 'resolved' and o.status <> 'rejected'
            and o.finished_at is not null
          order by o.finished_at desc limit 200",
        unit
    );
    tx.read(sql, |row| {
        let at: Time = row.get("at")?;
        Ok((row.get("service_type")?, at.date_in(zone)))
    })
    .await
}
