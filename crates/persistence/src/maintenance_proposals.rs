//! Maintenance proposals: how they are kept and found.

use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column as _, Date, Result, Role, RoleSet};
use aftercare_domain::maintenance_proposals::{
    MaintenanceProposal, MaintenanceProposalFilter, MaintenanceProposalId, ProposalStatus,
};

use crate::customers::of_visible;
use crate::db::{ListBy, Table, Tx, Where, record, sql};

const TABLE: Table = Table::new("maintenance_proposals", "maintenance_proposal").scoped(visible);

record! { MaintenanceProposal: TABLE =>
    id, number, customer_id, title, visits, emergency_service, training, customer_duties, price, valid_until, status,
    sent_at, answered_at, decline_reason; meta; search = text_of
}

impl ListBy<MaintenanceProposal> for MaintenanceProposalFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "number", "valid_until"];

    fn apply(&self, w: &mut Where) {
        w.eq("customer_id", self.customer_id);
        w.any("status", self.status.as_ref());
        w.eq("number", self.number.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// Seen with its customer; he himself does not see what was not sent.
fn visible(actor: &Actor, w: &mut Where) {
    of_visible(actor, w);
    if !actor.is_system && !actor.is_any(RoleSet::STAFF.with(Role::Integration)) {
        w.raw("status <> ?", Some(ProposalStatus::Draft.to_raw()));
    }
}

/// What the text search looks into.
fn text_of(proposal: &MaintenanceProposal) -> String {
    search_fold(&[proposal.number.as_str(), proposal.title.as_str()])
}

/// Proposals whose last day has passed without an answer.
pub async fn overdue(tx: &mut Tx<'_>, today: Date, limit: i64) -> Result<Vec<MaintenanceProposalId>> {
    tx.read(
        sql!(
            "select id from maintenance_proposals where status = 'sent' and valid_until < $1
             order by valid_until, id limit $2",
            today,
            limit
        ),
        |row| row.get("id"),
    )
    .await
}
