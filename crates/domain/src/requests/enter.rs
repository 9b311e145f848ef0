//! The way back to allocation, and the lock that may stand in it (domain.md 4.2, 4.4).

use serde_json::json;

use super::context::Context;
use super::dossier::{Dossier, LockRecord, LockRecordId, NoticeKind};
use super::members::{Lock, LockCase, RequestStatus};
use crate::kernel::{Result, Role, Stamp, Time};
use crate::sla::MINUTE;
use crate::work_orders::WorkOrderStatus;

/// Attempts after which allocation is the service manager's business.
pub const MAX_UNRESOLVED: i64 = 2;

/// Why a request returns to allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// Taken from the engineer, refused, or the job cancelled (T8).
    Unassigned,
    /// The customer's date passed (T9).
    Missed,
    /// The attempt failed (T11).
    Unresolved,
    /// The customer said no (T18).
    Dissatisfied,
    /// The fault came back (T22).
    Reopened,
    /// The manager put it into the queue (T13): the lock rule is skipped once.
    Released,
}

impl Dossier {
    /// Entry to allocation: locked if it failed twice, else pending in a new cycle.
    pub(crate) fn enter(&mut self, why: Return, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        // Whoever helped an order that is over helps nobody.
        self.cancel_order("team_dissolved", at);
        for order in self
            .orders
            .iter_mut()
            .filter(|o| o.cycle_no == self.request.cycle_no)
        {
            if order.status == WorkOrderStatus::Verified {
                order.status = WorkOrderStatus::Completed;
                order.verified_at = None;
                order.verified_by = None;
            }
        }
        let request = &mut self.request;
        request.verification = None;
        request.resolution = None;
        request.processed_at = None;
        request.closed_at = None;
        request.is_overdue = false;
        request.hold = None;
        request.resolve_due_at = None;
        if request.unresolved_attempts >= MAX_UNRESOLVED && why != Return::Released {
            self.lock(LockCase::UnresolvedTwice, None, at);
            return Ok(());
        }
        request.set_assignment(None);
        request.status = RequestStatus::PendingAssignment;
        request.cycle_no += 1;
        let window = ctx.settings.reassign_window_minutes.saturating_mul(MINUTE);
        let fresh = ctx.default_calendar.add(at.now, window)?;
        request.assignment_due_at = Some(request.required_by.map_or(fresh, |date| date.max(fresh)));
        if !matches!(why, Return::Reopened | Return::Released | Return::Dissatisfied) {
            self.emit("service_request.returned", at);
        }
        Ok(())
    }

    /// Leaves the request to the service manager.
    pub(crate) fn lock(&mut self, case: LockCase, due_at: Option<Time>, at: &Stamp) {
        let last_order = self.orders.iter().rfind(|order| order.leads());
        let last_order = last_order.map(|order| order.engineer_id);
        let request = &mut self.request;
        let lock = Lock {
            case,
            at: at.now,
            recorded_at: at.now,
            attempts: request.unresolved_attempts,
            due_at,
            previous_assignee: request.assignee_id.or(last_order),
        };
        request.set_assignment(None);
        request.status = RequestStatus::Locked;
        request.lock_count += 1;
        self.locks.push(LockRecord {
            id: LockRecordId::next(at),
            service_request_id: request.id,
            case,
            at: lock.at,
            recorded_at: lock.recorded_at,
            attempts: lock.attempts,
            due_at,
            previous_assignee: lock.previous_assignee,
            cleared_by: None,
            cleared_at: None,
            action: None,
        });
        request.lock = Some(lock);
        self.emit("service_request.locked", at);
        self.tell_role(NoticeKind::Locked, Role::ServiceManager, at);
    }

    /// The manager acts: the lock is history.
    pub(crate) fn unlock(&mut self, action: &str, at: &Stamp) {
        if self.request.lock.take().is_none() {
            return;
        }
        if let Some(record) = self
            .locks
            .iter_mut()
            .rev()
            .find(|record| record.cleared_at.is_none())
        {
            record.cleared_at = Some(at.now);
            record.cleared_by = at.actor.user_id;
            record.action = Some(action.to_owned());
        }
        self.emit("service_request.unlocked", at);
    }

    /// Ends the jobs in hand without a result.
    pub(crate) fn cancel_order(&mut self, reason: &str, at: &Stamp) {
        let mut ended = Vec::new();
        for order in self.orders.iter_mut().filter(|order| order.status.is_open()) {
            order.status = WorkOrderStatus::Cancelled;
            order.finished_at = Some(at.now);
            order.end_reason = crate::kernel::text::Reason::new(reason).ok();
            ended.push((order.id, order.engineer_id));
        }
        for (id, engineer) in ended {
            let data = json!({"reason": reason, "engineer_id": engineer});
            self.emit_of("work_order.cancelled", "work_order", id.0, data, at);
        }
    }
}
