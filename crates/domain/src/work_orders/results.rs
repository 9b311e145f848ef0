//! How a job ended, and where that leads the request (T10, T11, WO-1).

use serde_json::json;

use super::entity::{CompleteWorkOrder, Outcome, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus};
use super::field::sheet_faults;
use super::{OUTCOME_FIXED, UNRESOLVED_REASON_REQUIRED, WORK_RESULT_INCOMPLETE};
use crate::kernel::error::{OUT_OF_RANGE, Place, VALIDATION_FAILED, Violation};
use crate::kernel::patch::replace;
use crate::kernel::text::Reason;
use crate::kernel::{Actor, Code, Error, Result, Role, Stamp};
use crate::requests::enter::Return;
use crate::requests::finish::Solved;
use crate::requests::{
    BecauseOf, Context, Dossier, EngineerId, LABOR_MISSING, NoticeKind, Recipient, RequestStatus,
    ResolutionType, VerificationStatus,
};
use crate::sla::timer::TimerKind;

/// The longest work of one engineer on one job, in one line or several: a week.
const MAX_LABOR_MINUTES: i64 = 7 * 24 * 60;

impl Dossier {
    /// The job is over. Solved: processed (T10); failed: back to allocation or locked (T11); nobody at home or to
    /// the workshop: another order follows in the same cycle.
    ///
    /// Errors: `work_result_incomplete`, `unresolved_reason_required`; several: `validation_failed`.
    pub fn complete_order(
        &mut self,
        id: WorkOrderId,
        cmd: &CompleteWorkOrder,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "complete", at)?;
        let then = self.fact(id, at)?;
        let outcome = cmd.outcome;
        let mut done = self.order(id)?.clone();
        take_result(&mut done, cmd);
        done.started_at = done.started_at.or(done.arrived_at);
        done.finished_at = Some(then);
        self.check_result(&done)?;
        done.status = WorkOrderStatus::Completed;
        *self.order_mut(id)? = done.clone();
        let data = json!({"outcome": outcome, "engineer_id": done.engineer_id});
        self.emit_of("work_order.completed", "work_order", id.0, data, at);
        let mut facts = self.facts_of(id);
        if let Some(members) = facts.as_object_mut() {
            members.insert("outcome".to_owned(), json!(outcome));
        }
        if !done.leads() {
            self.log("work_order:complete", self.request.status, None, facts, at);
            return self.settle(ctx, at);
        }
        self.end_team(&done, at)?;
        match outcome {
            Outcome::Resolved => {
                let kind = match done.kind {
                    WorkOrderKind::OnSite => ResolutionType::OnSite,
                    WorkOrderKind::Remote => ResolutionType::Remote,
                    WorkOrderKind::Depot => ResolutionType::Depot,
                };
                self.process(
                    Solved {
                        kind,
                        summary: None,
                        order: Some(done),
                    },
                    ctx,
                    at,
                )?;
                self.log("work_order:resolved", RequestStatus::Assigned, None, facts, at);
            }
            Outcome::Unresolved | Outcome::ExchangeRecommended => {
                self.try_once(outcome, Some(&done), at);
                self.enter(Return::Unresolved, ctx, at)?;
                let comment = done.unresolved_reason.map(|reason| reason.to_string());
                self.log(
                    "work_order:unresolved",
                    RequestStatus::Assigned,
                    comment,
                    facts,
                    at,
                );
            }
            Outcome::NoAccess | Outcome::NeedsDepot => {
                self.succeed(&done, outcome, ctx, at)?;
                self.log("work_order:complete", RequestStatus::Assigned, None, facts, at);
            }
        }
        self.settle(ctx, at)
    }

    /// Corrects a result that is not verified yet; verification is pending again.
    ///
    /// Errors: as `complete_order`; `outcome_fixed`.
    pub fn correct_order(
        &mut self,
        id: WorkOrderId,
        cmd: &CompleteWorkOrder,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "correct", at)?;
        if self.order(id)?.outcome != Some(cmd.outcome) {
            return Err(OUTCOME_FIXED.at("#/outcome"));
        }
        let mut corrected = self.order(id)?.clone();
        take_result(&mut corrected, cmd);
        self.check_result(&corrected)?;
        corrected.status = WorkOrderStatus::Completed;
        corrected.end_reason = None;
        let cycle = self.request.cycle_no;
        let order = self.order_mut(id)?;
        *order = corrected;
        let (codes, is_solution) = (
            (
                order.mode_code.clone(),
                order.cause_code.clone(),
                order.remedy_code.clone(),
            ),
            order.outcome == Some(Outcome::Resolved) && order.leads() && order.cycle_no == cycle,
        );
        if let Some(resolution) = self.request.resolution.as_mut().filter(|_| is_solution) {
            (
                resolution.mode_code,
                resolution.cause_code,
                resolution.remedy_code,
            ) = codes;
        }
        let corrected = self.order(id)?.cycle_no;
        self.reopen_verification(corrected);
        self.log_order(id, "correct", None, at);
        self.settle(ctx, at)
    }

    /// Confirms the work of an order, so that it can be settled; the last result together with its request (T20).
    ///
    /// Errors: `self_verification`, `verification_not_pending`, `labor_missing`.
    pub fn verify_order(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "verify", at)?;
        if self.is_judged_with_request(self.order(id)?) {
            return self.verify(ctx, at);
        }
        let order = self.order_mut(id)?;
        if order.lacks_labor() {
            return Err(LABOR_MISSING.error());
        }
        order.verify(at);
        self.emit_of("work_order.verified", "work_order", id.0, json!({}), at);
        self.log_order(id, "verify", None, at);
        self.settle(ctx, at)
    }

    /// Sends an order back to its engineer for correction; the last result together with its request (T21).
    ///
    /// Errors: `verification_not_pending`.
    pub fn reject_order(
        &mut self,
        id: WorkOrderId,
        cmd: &BecauseOf,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "reject", at)?;
        if self.is_judged_with_request(self.order(id)?) {
            return self.reject_verification(cmd, ctx, at);
        }
        self.order_mut(id)?.reject(cmd.reason.clone());
        self.tell_rejected(id, at)?;
        self.log_order(id, "reject", Some(cmd.reason.to_string()), at);
        self.settle(ctx, at)
    }

    /// Tells the engineer, and whoever follows the feed, that an order was sent back.
    pub(crate) fn tell_rejected(&mut self, id: WorkOrderId, at: &Stamp) -> Result<()> {
        let told = Recipient::Engineer(self.order(id)?.engineer_id);
        self.emit_of("work_order.rejected", "work_order", id.0, json!({}), at);
        self.tell(NoticeKind::ResultRejected, told, id.0, at);
        Ok(())
    }

    /// A corrected result waits for verification again once nothing of its cycle is still sent back; what was verified
    /// stays verified.
    pub(super) fn reopen_verification(&mut self, cycle: i64) {
        let is_back =
            |order: &WorkOrder| order.cycle_no == cycle && order.status == WorkOrderStatus::Rejected;
        if cycle != self.request.cycle_no || self.orders.iter().any(is_back) {
            return;
        }
        let unverified = self.request.verification.as_mut();
        if let Some(verification) = unverified.filter(|it| it.status != VerificationStatus::Verified) {
            verification.status = VerificationStatus::Pending;
            verification.by = None;
            verification.at = None;
            verification.reason = None;
        }
    }

    /// The next order of the same cycle, for the same engineer.
    fn succeed(
        &mut self,
        done: &WorkOrder,
        outcome: Outcome,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        let kind = if outcome == Outcome::NeedsDepot {
            self.stop_promises(&[TimerKind::Arrival], ctx, at)?;
            WorkOrderKind::Depot
        } else {
            done.kind
        };
        let next = self.new_order(done.engineer_id, done.outlet_id, kind, ctx, at)?;
        let order = self.order_mut(next)?;
        order.status = WorkOrderStatus::Accepted;
        order.accepted_at = Some(at.now);
        order.accept_due_at = None;
        order.refuse_due_at = None;
        order.successor_of = Some(done.id);
        let cycle = self.request.cycle_no;
        let absences = self
            .orders
            .iter()
            .filter(|order| order.cycle_no == cycle && order.leads())
            .filter(|order| order.outcome == Some(Outcome::NoAccess));
        if outcome == Outcome::NoAccess && absences.count() == 2 {
            self.tell(
                NoticeKind::NoAccessTwice,
                Recipient::Role(Role::Supervisor),
                done.id.0,
                at,
            );
        }
        Ok(())
    }

    /// What the outcome needs, everything missing at once (WO-1, WO-5, A28).
    pub(super) fn check_result(&self, order: &WorkOrder) -> Result<()> {
        let is_solved = order.outcome == Some(Outcome::Resolved);
        let mut wrong: Vec<Violation> = Vec::new();
        let mut refuse = |code: &'static Code, pointer: String| {
            wrong.push(code.violation(Place::Pointer(pointer)));
        };
        for (index, line) in order.labor.iter().enumerate() {
            if !(1..=MAX_LABOR_MINUTES).contains(&line.minutes) {
                refuse(&VALIDATION_FAILED, format!("#/labor/{index}/minutes"));
            }
        }
        let of = |engineer: EngineerId| {
            order
                .labor
                .iter()
                .filter(move |line| line.engineer_id == engineer)
        };
        let minutes = |engineer| of(engineer).fold(0_i64, |sum, line| sum.saturating_add(line.minutes));
        let mut lines = order.labor.iter();
        if lines.any(|line| minutes(line.engineer_id) > MAX_LABOR_MINUTES) {
            refuse(&OUT_OF_RANGE, "#/labor".to_owned());
        }
        match order.outcome {
            Some(Outcome::Resolved) => {
                let is_repair = self.request.service_type.as_str() == "repair";
                let is_signed = order.customer_signature.is_some() || order.signature_waiver_reason.is_some();
                // What was wrong and who signed stands on the leading order.
                let leads = order.leads();
                let missing = [
                    (order.labor.is_empty(), "#/labor"),
                    (leads && is_repair && order.cause_code.is_none(), "#/cause_code"),
                    (leads && is_repair && order.remedy_code.is_none(), "#/remedy_code"),
                    (leads && !is_signed, "#/customer_signature"),
                ];
                for (_, pointer) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
                    refuse(&WORK_RESULT_INCOMPLETE, pointer.to_owned());
                }
            }
            Some(Outcome::Unresolved | Outcome::ExchangeRecommended) if order.unresolved_reason.is_none() => {
                refuse(&UNRESOLVED_REASON_REQUIRED, "#/unresolved_reason".to_owned());
            }
            _ => {}
        }
        wrong.extend(sheet_faults(order, is_solved));
        wrong.extend(self.overlaps_of(order));
        Error::all(wrong)
    }
}

impl WorkOrder {
    /// An attempt that is over and tells no work cannot be verified.
    pub(crate) fn lacks_labor(&self) -> bool {
        self.status == WorkOrderStatus::Completed
            && self.outcome.is_some_and(Outcome::is_attempt)
            && self.labor.is_empty()
    }

    /// Whether a caller is its engineer, or on its labour lines.
    pub(crate) fn is_work_of(&self, actor: &Actor) -> bool {
        let is_he = |engineer: EngineerId| actor.engineer_id == Some(engineer.0);
        is_he(self.engineer_id) || self.labor.iter().any(|line| is_he(line.engineer_id))
    }

    pub(crate) fn verify(&mut self, at: &Stamp) {
        self.status = WorkOrderStatus::Verified;
        self.verified_at = Some(at.now);
        self.verified_by = at.actor.user_id;
    }

    pub(crate) fn reject(&mut self, why: Reason) {
        self.status = WorkOrderStatus::Rejected;
        self.end_reason = Some(why);
    }
}

/// Takes a result over; what it does not say stays as the sheet has it.
fn take_result(order: &mut WorkOrder, cmd: &CompleteWorkOrder) {
    order.outcome = Some(cmd.outcome);
    order.unresolved_reason = cmd.unresolved_reason.clone();
    if !cmd.labor.is_empty() {
        order.labor = order.lines(&cmd.labor);
    }
    replace(cmd.parts.clone(), &mut order.parts);
    replace(cmd.expenses.clone(), &mut order.expenses);
    replace(cmd.checklist.clone(), &mut order.checklist);
    replace(cmd.photos.clone(), &mut order.photos);
    order.mode_code = cmd.mode_code.clone();
    order.mechanism_code = cmd.mechanism_code.clone();
    order.cause_code = cmd.cause_code.clone();
    order.remedy_code = cmd.remedy_code.clone();
    order.exclusion_cause = cmd.exclusion_cause.clone();
    if cmd.customer_signature.is_some() || cmd.signature_waiver_reason.is_some() {
        order.customer_signature = cmd.customer_signature.clone();
        order.signature_waiver_reason = cmd.signature_waiver_reason.clone();
    }
    order.result_version += 1;
}
