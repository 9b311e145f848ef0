//! Engineers: how they are kept and found.

use std::collections::BTreeSet;

use aftercare_domain::engineers::{DUPLICATE_ENGINEER, Engineer, EngineerFilter, ServedRegion};
use aftercare_domain::kernel::text::{RegionCode, search_fold};
use aftercare_domain::kernel::{Actor, Column as _, Csv, Raw, Result, Scope, Violation};
use aftercare_domain::requests::EngineerId;

use crate::db::{
    ListBy, Sql, Table, Tx, Unique, Where, columns, delete_all, dialect, insert_all, many, record,
};
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
    id, number, user_id, name, phone, outlet_id, status, max_daily_jobs, profile; meta; search = text_of
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
        if let Some(id) = self.skill_id {
            w.raw(
                "id in (select engineer_id from engineer_skills where skill_id = ?)",
                Some(id.to_raw()),
            );
        }
        if let Some(code) = &self.region_code {
            w.raw(
                "id in (select engineer_id from engineer_regions where region_code = ?)",
                Some(code.to_raw()),
            );
        }
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// Own: himself; outlet: its engineers.
fn visible(actor: &Actor, w: &mut Where) {
    himself("id = ?", "outlet_id = ?", actor, w);
}

/// What belongs to an engineer is seen with him.
pub(crate) fn of_visible(actor: &Actor, w: &mut Where) {
    let of_outlet = "engineer_id in (select id from engineers where outlet_id = ?)";
    himself("engineer_id = ?", of_outlet, actor, w);
}

pub(crate) fn himself(own: &str, outlet: &str, actor: &Actor, w: &mut Where) {
    let (condition, id) = match actor.scope() {
        Scope::All => return,
        Scope::Outlet => (outlet, actor.outlet_id),
        Scope::Own => (own, actor.engineer_id),
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

/// What belongs to one engineer.
pub struct OfEngineer(pub EngineerId);

record! { ServedRegion: Table::new("engineer_regions", "engineer_region").part() => id, engineer_id, region_code }

/// Keeps the index of regions beside the profile; called whenever a profile was kept.
pub async fn index_regions(tx: &mut Tx<'_>, engineer: &Engineer) -> Result<()> {
    let kept: Vec<ServedRegion> = many(
        tx,
        "engineer_id = $1 order by region_code",
        vec![engineer.id.to_raw()],
    )
    .await?;
    let wanted: BTreeSet<&RegionCode> = engineer.profile.service_regions.iter().collect();
    let gone = kept.iter().filter(|kept| !wanted.contains(&kept.region_code));
    let gone: Vec<ServedRegion> = gone.cloned().collect();
    delete_all(tx, &gone).await?;
    let at = tx.stamp();
    let is_new = |code: &&&RegionCode| !kept.iter().any(|kept| kept.region_code == ***code);
    let new = wanted.iter().filter(is_new);
    let new: Vec<ServedRegion> = new.map(|code| engineer.serves_region(code, &at)).collect();
    insert_all(tx, &new).await
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

/// The engineers a roster is made for, as far as the caller sees them: those named, or every one; locked one after the
/// other, so that of two who plan the same people at once the second sees what the first wrote.
pub async fn to_be_planned(tx: &mut Tx<'_>, ids: &[EngineerId]) -> Result<Vec<Engineer>> {
    let mut w = Where::default();
    if !ids.is_empty() {
        w.any("id", Some(&Csv(ids.to_vec())));
    }
    w.scope::<Engineer>(&tx.stamp().actor);
    let (clause, args) = w.into_parts();
    let suffix = dialect::for_update(tx);
    let text = format!(
        "select {} from engineers{clause} order by id{suffix}",
        columns::<Engineer>()
    );
    tx.all(Sql::new(text, args)).await
}
