//! Giving a request to an engineer, to another one, or to nobody (T3, T7, T8, T12).

use serde_json::json;

use super::commands::{AssignRequest, BecauseOf, ReassignRequest};
use super::context::Context;
use super::dossier::{Dossier, NoticeKind, Recipient};
use super::enter::Return;
use super::members::{Assignment, AssignmentMode, RequestStatus};
use super::refs::{EngineerId, OutletId};
use super::register::date_of;
use super::{ENGINEER_UNAVAILABLE, SAME_ENGINEER};
use crate::engineers::availability::Unavailable;
use crate::kernel::error::INSUFFICIENT_SCOPE;
use crate::kernel::number::Series;
use crate::kernel::{Error, Meta, Result, Role, RoleSet, Stamp, Time};
use crate::sla::MINUTE;
use crate::sla::timer::TimerKind;
use crate::work_orders::{Appointment, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus};

/// The engineer as the caller looked him up.
#[derive(Clone, Debug)]
pub struct Target {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The engineer's outlet.
    pub outlet_id: Option<OutletId>,
    /// Why he is not available for this request now (EN-2, A29, WO-4); empty if he is.
    pub unavailable: Vec<Unavailable>,
    /// Who chose him.
    pub mode: AssignmentMode,
    /// The window planned for the visit.
    pub appointment: Option<Appointment>,
}

impl Target {
    /// Why the engineer cannot be given a job, with every reason; none if he can.
    pub fn refusal(&self) -> Option<Error> {
        let reasons: Vec<&str> = self.unavailable.iter().map(|why| why.as_str()).collect();
        let error = || ENGINEER_UNAVAILABLE.error().with("reasons", reasons.clone());
        (!reasons.is_empty()).then(error)
    }
}

impl Dossier {
    /// Gives the request to an engineer (T3); a locked one only by the service manager (T12).
    ///
    /// Errors: `engineer_unavailable` with `reasons`, `date_in_past`; `insufficient_scope` for `force` by others
    /// than supervisor and service manager.
    pub fn assign(
        &mut self,
        cmd: &AssignRequest,
        target: &Target,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        const FORCERS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);
        self.gate("assign", ctx, at)?;
        if cmd.force && !at.actor.is_any(FORCERS) {
            return Err(self.explained(INSUFFICIENT_SCOPE.error(), "assign", ctx.settings, at));
        }
        let mut wrong = Vec::new();
        let resolve = date_of(
            cmd.resolve_required_by,
            "#/resolve_required_by",
            ctx,
            at,
            &mut wrong,
        );
        Error::all(wrong)?;
        let from = self.request.status;
        let is_locked = from == RequestStatus::Locked;
        if !is_locked && !cmd.force {
            self.check_available(target, "assign", ctx, at)?;
        }
        if is_locked {
            self.unlock("assign", at);
            self.request.cycle_no += 1;
            self.request.resolve_due_at = None;
        }
        let order = self.place(target, cmd.kind.unwrap_or(WorkOrderKind::OnSite), ctx, at)?;
        self.request.is_overdue = false;
        self.set_resolve_due(resolve, ctx, at)?;
        self.answered(ctx, at)?;
        self.stop_promises(&[TimerKind::Arrangement], ctx, at)?;
        let data = json!({"engineer_id": target.engineer_id, "work_order_id": order, "force": cmd.force});
        self.log("assign", from, None, data, at);
        self.emit("service_request.assigned", at);
        self.settle(ctx, at)
    }

    /// Gives an assigned request to another engineer (T7); not an attempt.
    ///
    /// Errors: `work_in_progress`, `same_engineer`, `engineer_unavailable`.
    pub fn reassign(
        &mut self,
        cmd: &ReassignRequest,
        target: &Target,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.gate("reassign", ctx, at)?;
        if self.request.assignee_id == Some(target.engineer_id) {
            return Err(self.explained(SAME_ENGINEER.error(), "reassign", ctx.settings, at));
        }
        self.check_available(target, "reassign", ctx, at)?;
        let kind = self
            .open_order()
            .map_or(WorkOrderKind::OnSite, |order| order.kind);
        self.cancel_order("reassigned", at);
        let order = self.place(target, kind, ctx, at)?;
        let data = json!({"engineer_id": target.engineer_id, "work_order_id": order});
        self.log(
            "reassign",
            RequestStatus::Assigned,
            Some(cmd.reason.to_string()),
            data,
            at,
        );
        self.emit("service_request.reassigned", at);
        self.settle(ctx, at)
    }

    /// Takes the request from its engineer (T8).
    ///
    /// Errors: `work_in_progress`.
    pub fn unassign(&mut self, cmd: &BecauseOf, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("unassign", ctx, at)?;
        self.cancel_order("unassigned", at);
        self.enter(Return::Unassigned, ctx, at)?;
        self.log(
            "unassign",
            RequestStatus::Assigned,
            Some(cmd.reason.to_string()),
            json!({}),
            at,
        );
        self.settle(ctx, at)
    }

    fn check_available(&self, target: &Target, action: &str, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        match target.refusal() {
            Some(error) => Err(self.explained(error, action, ctx.settings, at)),
            None => Ok(()),
        }
    }

    /// The deadline for the solution in this cycle (domain.md 4.2).
    fn set_resolve_due(&mut self, given: Option<Time>, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let request = &mut self.request;
        if let Some(date) = given {
            request.resolve_required_by = Some(date);
            request.resolve_due_at = Some(date);
        } else if request.resolve_due_at.is_none() {
            request.resolve_due_at = match request.resolve_required_by {
                Some(date) if request.cycle_no > 1 => {
                    let window = ctx.settings.reresolve_window_minutes.saturating_mul(MINUTE);
                    Some(date.max(ctx.default_calendar.add(at.now, window)?))
                }
                date => date,
            };
        }
        Ok(())
    }

    /// Makes the engineer's job and the assignment (3.11 create).
    fn place(
        &mut self,
        target: &Target,
        kind: WorkOrderKind,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<WorkOrderId> {
        let order = self.new_order(target.engineer_id, target.outlet_id, kind, ctx, at)?;
        if let (Some(window), Some(order)) = (target.appointment, self.orders.last_mut()) {
            order.appointment = Some(window);
        }
        self.request.set_assignment(Some(Assignment {
            engineer_id: target.engineer_id,
            outlet_id: target.outlet_id,
            assigned_at: at.now,
            assigned_by: at.actor.user_id,
            mode: target.mode,
        }));
        self.request.status = RequestStatus::Assigned;
        self.tell(
            NoticeKind::Assigned,
            Recipient::Engineer(target.engineer_id),
            order.0,
            at,
        );
        if target.appointment.is_some() {
            self.tell_customer(NoticeKind::Booked, order.0, at);
        }
        Ok(order)
    }

    /// A fresh order in the present cycle, waiting for the engineer's word.
    pub(crate) fn new_order(
        &mut self,
        engineer_id: EngineerId,
        outlet_id: Option<OutletId>,
        kind: WorkOrderKind,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<WorkOrderId> {
        let limit = ctx.settings.accept_limit_minutes.saturating_mul(MINUTE);
        let id = WorkOrderId::next(at);
        self.orders.push(WorkOrder {
            id,
            number: ctx.numbers.draw(Series::WorkOrder)?,
            service_request_id: self.request.id,
            cycle_no: self.request.cycle_no,
            engineer_id,
            outlet_id,
            kind,
            status: WorkOrderStatus::Dispatched,
            successor_of: None,
            team_of: None,
            appointment: None,
            dispatched_at: at.now,
            accept_due_at: Some(ctx.default_calendar.add(at.now, limit)?),
            refuse_due_at: Some(ctx.default_calendar.add(at.now, limit.saturating_mul(2))?),
            accepted_at: None,
            departed_at: None,
            arrived_at: None,
            arrival_geo: None,
            started_at: None,
            finished_at: None,
            geo_mismatch: false,
            labor: Vec::new(),
            parts: Vec::new(),
            expenses: Vec::new(),
            checklist: Vec::new(),
            photos: Vec::new(),
            outcome: None,
            unresolved_reason: None,
            mode_code: None,
            mechanism_code: None,
            cause_code: None,
            remedy_code: None,
            exclusion_cause: None,
            customer_signature: None,
            signature_waiver_reason: None,
            wait_reason: None,
            quote: None,
            end_reason: None,
            result_version: 0,
            verified_by: None,
            verified_at: None,
            meta: Meta::new(at),
        });
        let data = json!({"engineer_id": engineer_id, "kind": kind});
        self.emit_of("work_order.created", "work_order", id.0, data, at);
        Ok(id)
    }
}
