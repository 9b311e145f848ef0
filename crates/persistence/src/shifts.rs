//! Shifts and rosters: how they are kept and found.

use aftercare_domain::kernel::{Actor, Column as _, Date, Raw, Result};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::shifts::rosters::RosterFilter;
use aftercare_domain::shifts::{Roster, RosterId, Shift, ShiftFilter};
use uuid::Uuid;

use crate::db::{ListBy, Table, Tx, Where, among_those, many, record};
use crate::engineers::{OfEngineer, of_visible};

/// A plan is looked up, not followed shift by shift.
const TABLE: Table = Table::new("shifts", "shift").scoped(of_visible).quiet();

record! { Shift: TABLE => id, engineer_id, date, start, end, kind, team, roster_id; meta }

const ROSTERS: Table = Table::new("rosters", "roster").scoped(roster_scope);

record! { Roster: ROSTERS => id, from, to, shift_template_id, approval; meta }

/// A roster is seen by whoever sees one of its engineers.
fn roster_scope(actor: &Actor, w: &mut Where) {
    let held = |by: &str| {
        format!(
            "id in (select roster_id from shifts join engineers on engineers.id = shifts.engineer_id
             where roster_id is not null and engineers.{by} = ?)"
        )
    };
    crate::engineers::himself(&held("id"), &held("outlet_id"), actor, w);
}

/// The shifts of one engineer, narrowed.
pub struct ShiftsOf(pub EngineerId, pub ShiftFilter);

impl ListBy<Shift> for ShiftsOf {
    const SORTS: &'static [&'static str] = &["date", "created_at"];

    fn apply(&self, w: &mut Where) {
        ListBy::<Shift>::apply(&OfEngineer(self.0), w);
        narrow(&self.1, w);
    }
}

impl ListBy<Shift> for OfEngineer {
    const SORTS: &'static [&'static str] = &["date", "created_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", Some(self.0));
    }
}

/// The shifts of one roster, narrowed.
pub struct ShiftsOfRoster(pub RosterId, pub ShiftFilter);

impl ListBy<Shift> for ShiftsOfRoster {
    const SORTS: &'static [&'static str] = &["date", "created_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("roster_id", Some(self.0));
        narrow(&self.1, w);
    }
}

fn narrow(filter: &ShiftFilter, w: &mut Where) {
    w.compare("date", ">=", filter.from);
    w.compare("date", "<=", filter.to);
    w.any("kind", filter.kind.as_ref());
    w.eq("team", filter.team);
}

impl ListBy<Roster> for RosterFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.compare("\"from\"", "<=", self.on);
        w.compare("\"to\"", ">=", self.on);
    }
}

/// Every shift of these engineers that begins on these days, of drafts as well.
pub async fn between(tx: &mut Tx<'_>, ids: &[EngineerId], from: Date, to: Date) -> Result<Vec<Shift>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let days = vec![from.to_raw(), to.to_raw()];
    among_those(
        tx,
        "date between $1 and $2",
        days,
        "engineer_id",
        &ids,
        "date, start, id",
    )
    .await
}

/// The same, as far as they count: what came with a roster counts once that is approved (EN-1).
pub async fn in_force(tx: &mut Tx<'_>, ids: &[EngineerId], from: Date, to: Date) -> Result<Vec<Shift>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let days = vec![from.to_raw(), to.to_raw()];
    let counts = "date between $1 and $2
        and (roster_id is null or roster_id in (select id from rosters where status = 'approved'))";
    among_those(tx, counts, days, "engineer_id", &ids, "date, start, id").await
}

/// The shifts of a roster.
pub async fn of_roster(tx: &mut Tx<'_>, id: RosterId) -> Result<Vec<Shift>> {
    let args: Vec<Raw> = vec![id.to_raw()];
    many(tx, "roster_id = $1 order by date, id", args).await
}
