//! Corrections that do not move the request: dates, classification, priority, first answer, texts (T25 to T29).

use serde_json::json;

use super::commands::{
    ReclassifyRequest, RescheduleRequest, RespondRequest, ServiceRequestPatch, SetPriority,
};
use super::context::{Context, LoopSettings};
use super::dossier::{CommentKind, CounterChange, CounterField, CounterScope, Dossier, NoticeKind};
use super::refs::{ProblemTypeId, ProductId};
use super::register::dates_of;
use super::{DATE_MISSING, NOTHING_CHANGED, PRIORITY_RANGE};
use crate::kernel::error::{DATE_IN_FUTURE, NOT_ALLOWED, NOT_FOUND, Place, STATUS_READ_ONLY, TOO_MANY_ITEMS};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Prose};
use crate::kernel::{Error, Result, Role, RoleSet, Stamp, Time};

/// The most labels one request carries.
const MAX_LABELS: usize = 50;

impl Dossier {
    /// Agrees on new dates with the customer (T25); the SLA timers stay as promised.
    ///
    /// Errors: `date_missing`, `date_in_past`, `date_order`.
    pub fn reschedule(&mut self, cmd: &RescheduleRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("reschedule", ctx, at)?;
        let mut wrong = Vec::new();
        if cmd.required_by.is_none() && cmd.resolve_required_by.is_none() {
            wrong.push(DATE_MISSING.violation(Place::Pointer("#/required_by".to_owned())));
        }
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
        let from = self.request.status;
        self.take_dates(dates);
        let data = json!({
            "required_by": dates.required_by,
            "resolve_required_by": dates.resolve_required_by,
        });
        self.log("reschedule", from, Some(cmd.consent.to_string()), data, at);
        self.emit("service_request.rescheduled", at);
        self.settle(ctx, at)
    }

    /// Corrects product and problem type (T26); counters move with it (domain.md 4.6, A45(21)).
    ///
    /// Errors: `nothing_changed` for the same pair.
    pub fn reclassify(&mut self, cmd: &ReclassifyRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("reclassify", ctx, at)?;
        let old = (self.request.product_id, self.request.problem_type_id);
        let new = (cmd.product_id.or(old.0), cmd.problem_type_id.unwrap_or(old.1));
        if old == new {
            return Err(NOTHING_CHANGED.at("#/problem_type_id"));
        }
        self.recount(old, new, at.now);
        self.request.product_id = new.0;
        if old.0 != new.0 {
            // The unit was one of the product it was taken for.
            self.request.installed_product_id = None;
        }
        self.request.problem_type_id = new.1;
        let from = self.request.status;
        let data = json!({
            "old": {"product_id": old.0, "problem_type_id": old.1},
            "new": {"product_id": new.0, "problem_type_id": new.1},
        });
        self.log("reclassify", from, Some(cmd.reason.to_string()), data, at);
        self.emit("service_request.reclassified", at);
        self.settle(ctx, at)
    }

    /// Weighs the request anew (T27); running promises follow the new priority (SL-5).
    ///
    /// Errors: `nothing_changed` when no member is given, `priority_range`.
    pub fn set_priority(&mut self, cmd: &SetPriority, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("set_priority", ctx, at)?;
        if cmd.impact.is_none() && cmd.urgency.is_none() && cmd.priority.is_none() && cmd.emergency.is_none()
        {
            return Err(NOTHING_CHANGED.at("#/priority"));
        }
        if cmd.priority.is_some_and(|priority| !(1..=4).contains(&priority)) {
            return Err(PRIORITY_RANGE.at("#/priority"));
        }
        let request = &mut self.request;
        let was_emergency = request.emergency;
        replace(cmd.impact, &mut request.impact);
        replace(cmd.urgency, &mut request.urgency);
        replace(cmd.emergency, &mut request.emergency);
        request.priority = match cmd.priority {
            _ if request.emergency => 1,
            Some(priority) => priority,
            None => ctx.matrix.priority(request.impact, request.urgency, false),
        };
        let (from, is_emergency) = (request.status, request.emergency);
        let data = json!({"priority": request.priority, "emergency": is_emergency});
        self.retarget_promises(ctx, at)?;
        self.log("set_priority", from, Some(cmd.reason.to_string()), data, at);
        if is_emergency && !was_emergency {
            self.tell_role(NoticeKind::Emergency, Role::ServiceManager, at);
        }
        self.settle(ctx, at)
    }

    /// Answers the customer for the first time (T29): stops the response promise.
    pub fn respond(&mut self, cmd: &RespondRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.gate("respond", ctx, at)?;
        self.answered(ctx, at)?;
        let from = self.request.status;
        self.log("respond", from, Some(cmd.comment.to_string()), json!({}), at);
        self.settle(ctx, at)
    }

    /// Adds a remark; one the customer receives is an answer (SL-6). Locked: service manager only (A42).
    ///
    /// Errors: `locked_manager_only`; `not_allowed` for a customer's remark to the customer.
    pub fn comment(
        &mut self,
        text: &Prose,
        is_outbound: bool,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.unlocked_for("comment", ctx.settings, at)?;
        let is_customer = at.actor.is_any(RoleSet::of(&[Role::Customer])) && !at.actor.is_any(RoleSet::STAFF);
        if is_customer && is_outbound {
            return Err(NOT_ALLOWED.at("#/is_outbound"));
        }
        let kind = match (is_customer, is_outbound) {
            (true, _) => CommentKind::FromCustomer,
            (false, true) => CommentKind::Reply,
            (false, false) => CommentKind::Internal,
        };
        if is_outbound {
            self.answered(ctx, at)?;
        }
        let from = self.request.status;
        let data = json!({"is_outbound": is_outbound});
        self.log(kind.as_str(), from, Some(text.to_string()), data, at);
        self.settle(ctx, at)
    }

    /// Adds a label; one that is there already changes nothing (C21). Locked: service manager only (A42).
    ///
    /// Errors: `locked_manager_only`, `too_many_items`.
    pub fn add_label(&mut self, label: &Label64, settings: &LoopSettings, at: &Stamp) -> Result<()> {
        self.unlocked_for("update", settings, at)?;
        if self.request.labels.contains(label) {
            return Ok(());
        }
        if self.request.labels.len() >= MAX_LABELS {
            return Err(TOO_MANY_ITEMS.at("#/label"));
        }
        self.request.labels.push(label.clone());
        let from = self.request.status;
        self.log("update", from, None, json!({"label_added": label}), at);
        Ok(())
    }

    /// Removes a label. Locked: service manager only (A42).
    ///
    /// Errors: `locked_manager_only`, `not_found` for one that is not there.
    pub fn remove_label(&mut self, label: &Label64, settings: &LoopSettings, at: &Stamp) -> Result<()> {
        self.unlocked_for("update", settings, at)?;
        if !self.request.labels.contains(label) {
            return Err(NOT_FOUND.error());
        }
        self.request.labels.retain(|known| known != label);
        let from = self.request.status;
        self.log("update", from, None, json!({"label_removed": label}), at);
        Ok(())
    }

    /// Changes texts and references (PATCH). Locked: service manager only.
    ///
    /// Errors: `status_read_only`, `locked_manager_only`, `date_in_future`.
    pub fn revise(&mut self, patch: ServiceRequestPatch, settings: &LoopSettings, at: &Stamp) -> Result<()> {
        if patch.status.is_some() {
            return Err(STATUS_READ_ONLY.at("#/status"));
        }
        self.unlocked_for("update", settings, at)?;
        if patch.fault_occurred_at.set().is_some_and(|fault| *fault > at.now) {
            return Err(DATE_IN_FUTURE.at("#/fault_occurred_at"));
        }
        let before = self.request.clone();
        let request = &mut self.request;
        replace(patch.title, &mut request.title);
        replace(patch.description, &mut request.description);
        replace(patch.related, &mut request.related);
        replace(patch.custom_fields, &mut request.custom_fields);
        replace(patch.labels, &mut request.labels);
        patch.problem_analysis.onto(&mut request.problem_analysis);
        patch.contact_id.onto(&mut request.contact_id);
        patch.address_id.onto(&mut request.address_id);
        patch.installed_product_id.onto(&mut request.installed_product_id);
        patch.fault_occurred_at.onto(&mut request.fault_occurred_at);
        // What changes nothing is no entry of the history and raises no version (C24).
        if *request == before {
            return Ok(());
        }
        let from = request.status;
        self.log("update", from, None, json!({}), at);
        Ok(())
    }

    fn recount(
        &mut self,
        old: (Option<ProductId>, ProblemTypeId),
        new: (Option<ProductId>, ProblemTypeId),
        at: Time,
    ) {
        use CounterField::{Occurrences, ReclassifiedOut};
        let mut change = |scope, field| self.counts.push(CounterChange { scope, field, at });
        if old.1 != new.1 {
            change(CounterScope::ProblemType(old.1), ReclassifiedOut);
            change(CounterScope::ProblemType(new.1), Occurrences);
        }
        if old.0 != new.0 {
            if let Some(product) = old.0 {
                change(CounterScope::Product(product), ReclassifiedOut);
            }
            if let Some(product) = new.0 {
                change(CounterScope::Product(product), Occurrences);
            }
        }
        if let Some(product) = old.0 {
            change(CounterScope::ProductProblem(product, old.1), ReclassifiedOut);
        }
        if let Some(product) = new.0 {
            change(CounterScope::ProductProblem(product, new.1), Occurrences);
        }
    }
}
