//! Engineers: how they are kept and found.

use aftercare_domain::engineers::{DUPLICATE_ENGINEER, Engineer, EngineerFilter};
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column as _, Raw, Result, Scope, Violation};
use aftercare_domain::requests::EngineerId;

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record, sql};
use crate::platform::references::{Referable, usable};

const TABLE: Table = Table::new("engineers", "engineer")
    .scoped(visible)
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "engineers_user_key",
    columns: "engineers.user_id",
    code: &DUPLICATE_ENGINEER,
    pointer: "#/user_id",
}];

record! { Engineer: TABLE =>
    id, number, user_id, name, phone, outlet_id, status, max_daily_jobs; meta; search = text_of
}

/// Whatever became of him since: the work he did is his.
impl Referable for Engineer {
    fn is_active(&self) -> bool {
        true
    }
}

impl ListBy<Engineer> for EngineerFilter {
    const SORTS: &'static [&'static str] = &["created_at", "number", "name"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("outlet_id", self.outlet_id);
        w.eq("user_id", self.user_id);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// Own: himself; outlet: its engineers.
fn visible(actor: &Actor, w: &mut Where) {
    let (condition, id) = match actor.scope() {
        Scope::All => return,
        Scope::Outlet => ("outlet_id = ?", actor.outlet_id),
        Scope::Own => ("id = ?", actor.engineer_id),
    };
    match id {
        Some(id) => w.raw(condition, Some(Raw::Uuid(Some(id)))),
        None => w.nothing(),
    }
}

fn text_of(engineer: &Engineer) -> String {
    search_fold(&[
        engineer.name.as_str(),
        engineer.phone.as_str(),
        engineer.number.as_str(),
    ])
}

/// The engineer a member names, a colleague as well; what is wrong with him is added to `wrong`.
pub async fn refer(
    tx: &mut Tx<'_>,
    id: EngineerId,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<Option<Engineer>> {
    let found = many(tx, "id = $1", vec![id.to_raw()]).await?;
    Ok(usable(found.into_iter().next(), pointer, wrong))
}

/// How many open jobs an engineer has (EN-2).
pub async fn open_jobs(tx: &mut Tx<'_>, id: EngineerId) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from work_orders where engineer_id = $1 and status in
         ('dispatched', 'accepted', 'en_route', 'on_site', 'in_progress', 'waiting_parts', 'waiting_customer')",
        id
    ))
    .await
}
