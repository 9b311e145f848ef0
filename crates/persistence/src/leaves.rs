//! Leaves: how they are kept and found.

use aftercare_domain::kernel::{Column as _, Date, Result};
use aftercare_domain::leaves::{Leave, LeaveFilter};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::work_orders::WorkOrder;
use uuid::Uuid;

use crate::db::{ListBy, Table, Tx, Where, among_those, many, record};
use crate::engineers::{OfEngineer, of_visible};

const TABLE: Table = Table::new("leaves", "leave").scoped(of_visible);

record! { Leave: TABLE => id, engineer_id, from, to, kind, remark, approval, effect; meta }

impl ListBy<Leave> for LeaveFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.compare("\"from\"", "<=", self.on);
        w.compare("\"to\"", ">=", self.on);
        w.eq("kind", self.kind.clone());
    }
}

/// The leaves of one engineer, narrowed.
pub struct LeavesOf(pub EngineerId, pub LeaveFilter);

impl ListBy<Leave> for LeavesOf {
    const SORTS: &'static [&'static str] = <LeaveFilter as ListBy<Leave>>::SORTS;

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", Some(self.0));
        ListBy::<Leave>::apply(&self.1, w);
    }
}

/// The approved leaves of these engineers that hold on one of these days.
pub async fn holding(tx: &mut Tx<'_>, ids: &[EngineerId], from: Date, to: Date) -> Result<Vec<Leave>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let days = vec![to.to_raw(), from.to_raw()];
    let hold = "status = 'approved' and \"from\" <= $1 and \"to\" >= $2";
    among_those(tx, hold, days, "engineer_id", &ids, "id").await
}

/// The jobs of an engineer he has not begun.
pub async fn unstarted_orders(tx: &mut Tx<'_>, of: &OfEngineer) -> Result<Vec<WorkOrder>> {
    let unstarted = "engineer_id = $1 and status in ('dispatched', 'accepted') order by id";
    many(tx, unstarted, vec![of.0.to_raw()]).await
}
