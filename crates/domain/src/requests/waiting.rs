//! Waiting on purpose: on hold with a known reason, and back (T5, T6).

use serde_json::json;

use super::commands::{HoldRequest, ResumeRequest};
use super::context::Context;
use super::dossier::Dossier;
use super::members::{Hold, RequestStatus};
use super::register::{Dates, date_of, dates_of};
use crate::kernel::text::WordCode;
use crate::kernel::{Error, Result, Stamp, Time};
use crate::work_orders::WorkOrderStatus;
use crate::work_orders::quotes::QuoteStatus;

impl Dossier {
    /// Lets the request wait (T5). Whether the SLA clock stands still is the reason's attribute `pauses_sla`.
    ///
    /// Errors: `work_in_progress`, `date_in_past`.
    pub fn hold(
        &mut self,
        cmd: &HoldRequest,
        pauses_sla: bool,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.gate("hold", ctx, at)?;
        let mut wrong = Vec::new();
        let resume_at = date_of(cmd.resume_at, "#/resume_at", ctx, at, &mut wrong);
        Error::all(wrong)?;
        let from = self.request.status;
        let data = json!({"reason": cmd.reason, "resume_at": resume_at});
        self.suspend(cmd.reason.clone(), pauses_sla, resume_at, at);
        self.log("hold", from, None, data, at);
        self.settle(ctx, at)
    }

    /// Continues a request on hold (T6). Passed dates without new ones take effect at once.
    ///
    /// Errors: `date_in_past`, `date_order`.
    pub fn resume(&mut self, cmd: &ResumeRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("resume", ctx, at)?;
        let mut wrong = Vec::new();
        let known = self.request.required_by;
        let dates = dates_of(
            cmd.required_by,
            cmd.resolve_required_by,
            known,
            ctx,
            at,
            &mut wrong,
        );
        Error::all(wrong)?;
        self.take_dates(dates);
        self.proceed(ctx, at)?;
        let data = json!({
            "required_by": dates.required_by,
            "resolve_required_by": dates.resolve_required_by,
        });
        self.log("resume", RequestStatus::OnHold, None, data, at);
        self.settle(ctx, at)
    }

    /// Puts the request on hold, remembering where it stood.
    pub(crate) fn suspend(
        &mut self,
        reason: WordCode,
        pauses_sla: bool,
        resume_at: Option<Time>,
        at: &Stamp,
    ) {
        if pauses_sla {
            self.pause_promises(&reason, at);
        }
        self.request.hold = Some(Hold {
            reason,
            pauses_sla,
            since: at.now,
            resume_at,
            held_from: self.request.status,
        });
        self.request.status = RequestStatus::OnHold;
        self.emit("service_request.held", at);
    }

    /// Ends the hold: back to where it stood; a waiting work order goes on with it.
    pub(crate) fn proceed(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let Some(hold) = self.request.hold.take() else {
            return Ok(());
        };
        self.request.status = hold.held_from;
        self.resume_promises(ctx, at)?;
        if let Some(order) = self.open_order_mut()
            && matches!(
                order.status,
                WorkOrderStatus::WaitingParts | WorkOrderStatus::WaitingCustomer
            )
        {
            order.status = WorkOrderStatus::InProgress;
            order.wait_reason = None;
            if let Some(quote) = order
                .quote
                .as_mut()
                .filter(|quote| quote.status == QuoteStatus::Sent)
            {
                quote.status = QuoteStatus::Withdrawn;
                quote.answered_at = Some(at.now);
            }
        }
        self.emit("service_request.resumed", at);
        Ok(())
    }

    /// Takes new dates over; each is the deadline of the present cycle (domain.md 4.2, A45(1), A45(24)).
    pub(crate) fn take_dates(&mut self, dates: Dates) {
        let footing = self.request.footing();
        let request = &mut self.request;
        let mut resolve = dates.resolve_required_by;
        if let Some(date) = dates.required_by {
            request.required_by = Some(date);
            if resolve.is_none() && request.resolve_required_by.is_some_and(|known| known < date) {
                resolve = Some(date);
            }
        }
        if let Some(date) = resolve {
            request.resolve_required_by = Some(date);
            request.resolve_due_at = Some(date);
            request.is_overdue = false;
        }
        if footing == RequestStatus::PendingAssignment {
            let is_first = request.cycle_no == 1 && request.required_by.is_none();
            if let Some(date) = dates.required_by.or(resolve.filter(|_| is_first)) {
                request.assignment_due_at = Some(date);
            }
        }
    }
}
