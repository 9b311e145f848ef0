//! Several engineers on one request (WO-6, R-129): one order leads, the others are his helpers'.
//!
//! The request follows the leading order alone. A helper's order has its own way, its own sheet and its own labour; it
//! ends with the leading one at the latest, and what a helper refuses or completes moves nothing but his own order.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::{WorkOrder, WorkOrderId, WorkOrderStatus};
use super::field::labor_overlaps;
use super::{LABOR_OVERLAP, TEAM_FULL};
use crate::kernel::text::Reason;
use crate::kernel::{Result, Stamp};
use crate::requests::{Context, Dossier, EngineerId, NoticeKind, Recipient, SAME_ENGINEER, Target};

/// How many helpers one order may have at a time.
const MOST_HELPERS: usize = 20;

/// Sends another engineer along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddHelper {
    /// The engineer.
    pub engineer_id: EngineerId,
}

impl WorkOrder {
    /// Whether the request follows it.
    pub fn leads(&self) -> bool {
        self.team_of.is_none()
    }
}

impl Dossier {
    /// Sends another engineer along with the one who leads.
    ///
    /// Errors: `same_engineer`, `engineer_unavailable`, `team_full`.
    pub fn add_helper(
        &mut self,
        id: WorkOrderId,
        target: &Target,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "add_helper", at)?;
        let lead = self.order(id)?.clone();
        let team = self.orders.iter().filter(|order| order.status.is_open());
        let refused = if team.clone().any(|order| order.engineer_id == target.engineer_id) {
            Some(SAME_ENGINEER.error())
        } else if team.count() > MOST_HELPERS {
            Some(TEAM_FULL.error())
        } else {
            target.refusal()
        };
        if let Some(error) = refused {
            return Err(self.order_refusal(error, id, "add_helper", at));
        }
        let helper = self.new_order(target.engineer_id, target.outlet_id, lead.kind, ctx, at)?;
        let order = self.order_mut(helper)?;
        order.team_of = Some(id);
        order.appointment = lead.appointment;
        let told = Recipient::Engineer(target.engineer_id);
        self.tell(NoticeKind::Assigned, told, helper.0, at);
        let data = json!({"work_order_id": id, "helper_order_id": helper, "engineer_id": target.engineer_id});
        self.log("work_order:add_helper", self.request.status, None, data, at);
        self.settle(ctx, at)
    }

    /// The leading order is over: who is at work has worked, with the labour on his sheet; who has not come need not.
    /// Whose labour overlaps another job of his (WO-5) has it sent back: the leader cannot mend it for him.
    ///
    /// Errors: `not_found` for an order that is not the request's.
    pub(super) fn end_team(&mut self, lead: &WorkOrder, at: &Stamp) -> Result<()> {
        let is_helper = |order: &&mut WorkOrder| order.team_of == Some(lead.id) && order.status.is_open();
        let mut ended = Vec::new();
        let mut sent_back = Vec::new();
        for order in self.orders.iter_mut().filter(is_helper) {
            let kind = if order.status.is_working() {
                order.status = WorkOrderStatus::Completed;
                order.outcome = lead.outcome;
                order.unresolved_reason.clone_from(&lead.unresolved_reason);
                order.started_at = order.started_at.or(order.arrived_at);
                order.result_version += 1;
                "work_order.completed"
            } else {
                order.status = WorkOrderStatus::Cancelled;
                order.end_reason = Reason::new("lead_completed").ok();
                "work_order.cancelled"
            };
            order.finished_at = lead.finished_at.map(|end| end.max(order.last_fact()));
            ended.push((kind, order.id, order.engineer_id));
            let is_done = order.status == WorkOrderStatus::Completed;
            if is_done && !labor_overlaps(order, &self.other_work).is_empty() {
                order.status = WorkOrderStatus::Rejected;
                order.end_reason = Reason::new(LABOR_OVERLAP.slug).ok();
                sent_back.push(order.id);
            }
        }
        for (kind, id, engineer) in ended {
            let data = json!({"engineer_id": engineer, "team_of": lead.id});
            self.emit_of(kind, "work_order", id.0, data, at);
        }
        for id in sent_back {
            self.tell_rejected(id, at)?;
        }
        Ok(())
    }
}
