//! What ends or overrules: the manager's ways out of a lock, cancelling, reopening, verification (T13 to T28).

use serde_json::json;

use super::commands::{BecauseOf, ReleaseRequest, ResolveOnContact, ResolveRequest};
use super::context::Context;
use super::dossier::{CounterField, Dossier};
use super::enter::Return;
use super::finish::Solved;
use super::members::{RequestStatus, ResolutionType, Verification, VerificationStatus};
use super::register::date_of;
use super::{Attempt, AttemptId, LABOR_MISSING};
use crate::kernel::text::Reason;
use crate::kernel::{Error, Result, Stamp};
use crate::sla::timer::TimerKind;
use crate::surveys::SurveyStatus;
use crate::work_orders::{Outcome, WorkOrderStatus};

/// All four promises.
const ALL: &[TimerKind] = TimerKind::ALL;

impl Dossier {
    /// Returns a locked request to the queue once, with a new date (T13).
    ///
    /// Errors: `date_in_past`.
    pub fn release(&mut self, cmd: &ReleaseRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("release", ctx, at)?;
        let mut wrong = Vec::new();
        let date = date_of(Some(cmd.required_by), "#/required_by", ctx, at, &mut wrong);
        Error::all(wrong)?;
        self.unlock("release", at);
        self.enter(Return::Released, ctx, at)?;
        let request = &mut self.request;
        request.required_by = date;
        request.assignment_due_at = date;
        if request
            .resolve_required_by
            .zip(date)
            .is_some_and(|(known, new)| known < new)
        {
            request.resolve_required_by = date;
        }
        self.log(
            "release",
            RequestStatus::Locked,
            None,
            json!({"required_by": date}),
            at,
        );
        self.settle(ctx, at)
    }

    /// Declares a locked request solved (T14); the customer is still asked.
    pub fn resolve(&mut self, cmd: &ResolveRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("resolve", ctx, at)?;
        self.unlock("resolve", at);
        let summary = Some(cmd.resolution.clone());
        self.process(
            Solved {
                kind: cmd.kind.into(),
                summary,
                order: None,
            },
            ctx,
            at,
        )?;
        self.log(
            "resolve",
            RequestStatus::Locked,
            None,
            json!({"type": cmd.kind}),
            at,
        );
        self.settle(ctx, at)
    }

    /// Declares a request solved during the first contact (T28, SQ-5).
    pub fn resolve_on_contact(
        &mut self,
        cmd: &ResolveOnContact,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.gate("resolve_on_contact", ctx, at)?;
        self.request.first_response_at.get_or_insert(at.now);
        let summary = Some(cmd.resolution.clone());
        self.process(
            Solved {
                kind: ResolutionType::Contact,
                summary,
                order: None,
            },
            ctx,
            at,
        )?;
        self.log(
            "resolve_on_contact",
            RequestStatus::PendingAssignment,
            None,
            json!({}),
            at,
        );
        self.settle(ctx, at)
    }

    /// Withdraws the request (T23, T24).
    ///
    /// Errors: `engineer_arrived` for the customer himself.
    pub fn cancel(&mut self, cmd: &BecauseOf, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("cancel", ctx, at)?;
        let from = self.request.status;
        self.call_off(Some(cmd.reason.clone()), "request_cancelled", ctx, at)?;
        self.log("cancel", from, Some(cmd.reason.to_string()), json!({}), at);
        self.emit("service_request.cancelled", at);
        self.settle(ctx, at)
    }

    /// Ends a request without a result, and whatever was under way for it.
    pub(crate) fn call_off(
        &mut self,
        reason: Option<Reason>,
        order_reason: &str,
        ctx: &Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.cancel_order(order_reason, at);
        self.unlock("cancel", at);
        self.drop_promises(ALL, ctx, at)?;
        let request = &mut self.request;
        request.status = RequestStatus::Cancelled;
        request.hold = None;
        request.is_overdue = false;
        request.set_assignment(None);
        request.cancel_reason = reason;
        let (product, problem_type) = (request.product_id, request.problem_type_id);
        self.count(CounterField::Cancelled, product, problem_type, at.now);
        Ok(())
    }

    /// The fault came back (T22): the last attempt counts as unresolved.
    ///
    /// Errors: `reopen_window_passed`.
    pub fn reopen(&mut self, cmd: &BecauseOf, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("reopen", ctx, at)?;
        let from = self.request.status;
        if self.attempts.is_empty() {
            // An imported request brings no attempts; the one that closed it is written down now (T0, I4).
            self.attempts.push(Attempt {
                id: AttemptId::next(at),
                service_request_id: self.request.id,
                no: 1,
                cycle_no: self.request.cycle_no,
                engineer_id: None,
                work_order_id: None,
                started_at: None,
                finished_at: self.request.closed_at.unwrap_or(at.now),
                outcome: Outcome::Resolved,
                accepted: None,
            });
        }
        self.reject_last_attempt();
        self.request.reopen_count += 1;
        self.request.satisfaction = None;
        for survey in self
            .surveys
            .iter_mut()
            .filter(|s| s.status == SurveyStatus::Scheduled)
        {
            survey.status = SurveyStatus::Cancelled;
        }
        self.reenter_promises(ctx, at)?;
        self.emit("service_request.reopened", at);
        self.enter(Return::Reopened, ctx, at)?;
        self.log("reopen", from, Some(cmd.reason.to_string()), json!({}), at);
        self.settle(ctx, at)
    }

    /// Confirms the result (T20): the request and all completed orders of the last cycle together.
    ///
    /// Errors: `self_verification`, `verification_not_pending`, `labor_missing`.
    pub fn verify(&mut self, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("verify", ctx, at)?;
        let cycle = self.request.cycle_no;
        let mut orders = self.orders.iter();
        if orders.any(|order| order.cycle_no == cycle && order.lacks_labor()) {
            return Err(LABOR_MISSING.error());
        }
        let from = self.request.status;
        let mut verified = Vec::new();
        for order in self.last_results(cycle) {
            order.verify(at);
            verified.push(order.id);
        }
        self.judge(VerificationStatus::Verified, None, at);
        if from == RequestStatus::Closed {
            self.request.status = RequestStatus::Archived;
        }
        for id in verified {
            self.emit_of("work_order.verified", "work_order", id.0, json!({}), at);
        }
        self.log("verify", from, None, json!({}), at);
        self.emit("service_request.verified", at);
        if self.request.status == RequestStatus::Archived {
            self.emit("service_request.archived", at);
        }
        self.settle(ctx, at)
    }

    /// Sends the result back for correction (T21).
    ///
    /// Errors: `verification_not_pending`.
    pub fn reject_verification(&mut self, cmd: &BecauseOf, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("reject_verification", ctx, at)?;
        let from = self.request.status;
        let mut rejected = Vec::new();
        for order in self.last_results(self.request.cycle_no) {
            order.reject(cmd.reason.clone());
            rejected.push(order.id);
        }
        self.judge(VerificationStatus::Rejected, Some(cmd.reason.clone()), at);
        for id in rejected {
            self.tell_rejected(id, at)?;
        }
        self.log(
            "reject_verification",
            from,
            Some(cmd.reason.to_string()),
            json!({}),
            at,
        );
        self.emit("service_request.verification_rejected", at);
        self.settle(ctx, at)
    }

    fn judge(&mut self, status: VerificationStatus, reason: Option<Reason>, at: &Stamp) {
        self.request.verification = Some(Verification {
            status,
            by: at.actor.user_id,
            at: Some(at.now),
            reason,
        });
    }

    fn last_results(&mut self, cycle: i64) -> impl Iterator<Item = &mut crate::work_orders::WorkOrder> {
        self.orders
            .iter_mut()
            .filter(move |order| order.cycle_no == cycle && order.status == WorkOrderStatus::Completed)
    }
}
