//! How a job ended, and where that leads the request (T10, T11, WO-1).

use serde_json::json;

use super::entity::{
    CompleteWorkOrder, LaborLine, Outcome, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus,
};
use super::{OUTCOME_FIXED, UNRESOLVED_REASON_REQUIRED, WORK_RESULT_INCOMPLETE};
use crate::kernel::error::{Place, VALIDATION_FAILED, Violation};
use crate::kernel::{Code, Error, Result, Role, Stamp};
use crate::requests::enter::Return;
use crate::requests::finish::Solved;
use crate::requests::{
    Context, Dossier, NoticeKind, Recipient, RequestStatus, ResolutionType, VerificationStatus,
};
use crate::sla::timer::TimerKind;

/// The longest line of work: a week.
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
        self.check_result(cmd)?;
        let then = self.fact(id, at)?;
        let outcome = cmd.outcome;
        let order = self.order_mut(id)?;
        take_result(order, cmd);
        order.status = WorkOrderStatus::Completed;
        order.started_at = order.started_at.or(order.arrived_at);
        order.finished_at = Some(then);
        let done = order.clone();
        let data = json!({"outcome": outcome, "engineer_id": done.engineer_id});
        self.emit_of("work_order.completed", "work_order", id.0, data, at);
        let mut facts = self.facts_of(id);
        if let Some(members) = facts.as_object_mut() {
            members.insert("outcome".to_owned(), json!(outcome));
        }
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
        self.check_result(cmd)?;
        let order = self.order_mut(id)?;
        take_result(order, cmd);
        order.status = WorkOrderStatus::Completed;
        order.end_reason = None;
        let (codes, is_solution) = (
            (
                order.mode_code.clone(),
                order.cause_code.clone(),
                order.remedy_code.clone(),
            ),
            order.outcome == Some(Outcome::Resolved),
        );
        if let Some(resolution) = self.request.resolution.as_mut().filter(|_| is_solution) {
            (
                resolution.mode_code,
                resolution.cause_code,
                resolution.remedy_code,
            ) = codes;
        }
        if let Some(verification) = &mut self.request.verification {
            verification.status = VerificationStatus::Pending;
            verification.by = None;
            verification.at = None;
            verification.reason = None;
        }
        self.log_order(id, "correct", None, at);
        self.settle(ctx, at)
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
            .filter(|order| order.cycle_no == cycle && order.outcome == Some(Outcome::NoAccess));
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

    /// What the outcome needs, everything missing at once (WO-1, A28).
    fn check_result(&self, cmd: &CompleteWorkOrder) -> Result<()> {
        let mut wrong: Vec<Violation> = Vec::new();
        let mut refuse = |code: &'static Code, pointer: String| {
            wrong.push(code.violation(Place::Pointer(pointer)));
        };
        for (index, line) in cmd.labor.iter().enumerate() {
            if !(1..=MAX_LABOR_MINUTES).contains(&line.minutes) {
                refuse(&VALIDATION_FAILED, format!("#/labor/{index}/minutes"));
            }
        }
        match cmd.outcome {
            Outcome::Resolved => {
                let is_repair = self.request.service_type.as_str() == "repair";
                let is_signed = cmd.customer_signature.is_some() || cmd.signature_waiver_reason.is_some();
                let missing = [
                    (cmd.labor.is_empty(), "#/labor"),
                    (is_repair && cmd.cause_code.is_none(), "#/cause_code"),
                    (is_repair && cmd.remedy_code.is_none(), "#/remedy_code"),
                    (!is_signed, "#/customer_signature"),
                ];
                for (_, pointer) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
                    refuse(&WORK_RESULT_INCOMPLETE, pointer.to_owned());
                }
            }
            Outcome::Unresolved | Outcome::ExchangeRecommended if cmd.unresolved_reason.is_none() => {
                refuse(&UNRESOLVED_REASON_REQUIRED, "#/unresolved_reason".to_owned());
            }
            _ => {}
        }
        Error::all(wrong)
    }
}

fn take_result(order: &mut WorkOrder, cmd: &CompleteWorkOrder) {
    let own = order.engineer_id;
    order.outcome = Some(cmd.outcome);
    order.unresolved_reason = cmd.unresolved_reason.clone();
    order.labor = cmd
        .labor
        .iter()
        .map(|line| LaborLine {
            engineer_id: line.engineer_id.unwrap_or(own),
            minutes: line.minutes,
            item: line.item.clone(),
        })
        .collect();
    order.mode_code = cmd.mode_code.clone();
    order.mechanism_code = cmd.mechanism_code.clone();
    order.cause_code = cmd.cause_code.clone();
    order.remedy_code = cmd.remedy_code.clone();
    order.exclusion_cause = cmd.exclusion_cause.clone();
    order.customer_signature = cmd.customer_signature.clone();
    order.signature_waiver_reason = cmd.signature_waiver_reason.clone();
    order.result_version += 1;
}
