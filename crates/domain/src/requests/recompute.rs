//! Promising anew: another policy, or the same as it reads today, from the original start (T27, SL-5).

use serde_json::json;

use super::commands::RecomputeSla;
use super::context::Context;
use super::dossier::Dossier;
use super::members::RequestStatus;
use super::promises::word;
use crate::kernel::error::REQUIRED;
use crate::kernel::{Result, Stamp, Time};
use crate::sla::deadline::{DueChange, changes};
use crate::sla::timer::{Promise, TimerKind, TimerPause, TimerStatus};
use crate::sla::{SlaTimer, SlaTimerId};

impl Dossier {
    /// Promises anew by the policy of the context; what became of each promise. What was kept or broken stays so, and
    /// what the policy does not promise is dropped. A dry run does this to a copy.
    ///
    /// Errors: `required` when there is no policy to promise by.
    pub fn recompute_sla(
        &mut self,
        cmd: &RecomputeSla,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<Vec<DueChange>> {
        self.gate("recompute_sla", ctx, at)?;
        let Some(policy) = ctx.policy else {
            return Err(REQUIRED.at("#/sla_policy_id"));
        };
        let (before, from) = (self.timers.clone(), self.request.status);
        let pinned = (self.request.sla_policy_id, self.request.sla_policy_version);
        self.request.sla_policy_id = Some(policy.id);
        self.request.sla_policy_version = Some(policy.meta.version);
        self.renew_promises(ctx, at)?;
        let data = json!({
            "sla_policy_id": [pinned.0, policy.id],
            "sla_policy_version": [pinned.1, policy.meta.version],
            "is_picked": cmd.sla_policy_id.is_some(),
        });
        self.log("recompute_sla", from, Some(cmd.reason.to_string()), data, at);
        self.tell_moved(&before, at);
        self.settle(ctx, at)?;
        Ok(changes(&before, &self.timers))
    }

    /// Counts the open promises by the calendar as it is now, after it was changed. Whether a deadline moved.
    pub fn recount_sla(&mut self, ctx: &mut Context<'_>, at: &Stamp) -> Result<bool> {
        let before = self.timers.clone();
        let mut has_moved = false;
        for timer in &mut self.timers {
            has_moved |= timer.recount_by(at.now, ctx.sla_calendar)?;
        }
        if has_moved {
            let status = self.request.status;
            let dues: Vec<_> = changes(&before, &self.timers)
                .into_iter()
                .filter(|due| due.old != due.new)
                .collect();
            self.log("recount_sla", status, None, json!({"timers": dues}), at);
            self.tell_moved(&before, at);
            self.settle(ctx, at)?;
        }
        Ok(has_moved)
    }

    fn renew_promises(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let Some(policy) = ctx.policy else { return Ok(()) };
        let targets = policy.targets_for(self.request.priority);
        for timer in &mut self.timers {
            match targets.iter().find(|(kind, _)| *kind == timer.kind) {
                Some((kind, minutes)) => {
                    timer.repromise(policy.promise(*kind, *minutes), at.now, ctx.sla_calendar)?;
                }
                None if timer.status == TimerStatus::Breached => {}
                None => timer.cancel(at.now, ctx.sla_calendar)?,
            }
        }
        for (kind, minutes) in targets {
            let known = self.timers.iter().position(|timer| timer.kind == kind);
            let old = known.and_then(|index| self.timers.get(index));
            if old.is_some_and(|timer| !self.is_only_dropped(timer)) {
                continue;
            }
            let id = old.map_or_else(|| SlaTimerId::next(at), |timer| timer.id);
            let epoch = old.map_or(1, |timer| timer.epoch + 1);
            let mut timer = self.belated(id, policy.promise(kind, minutes), ctx, at)?;
            timer.epoch = epoch;
            match known.and_then(|index| self.timers.get_mut(index)) {
                Some(place) => *place = timer,
                None => self.timers.push(timer),
            }
        }
        Ok(())
    }

    /// Whether a promise was dropped only because a policy did not make it, so that another may.
    fn is_only_dropped(&self, timer: &SlaTimer) -> bool {
        timer.status == TimerStatus::Cancelled && self.request.processed_at.is_none()
    }

    /// A promise made late: it counts from the registration, time stood still for it as for its longest companion, and
    /// what happened meanwhile has kept or broken it.
    fn belated(
        &mut self,
        id: SlaTimerId,
        promise: Promise,
        ctx: &Context<'_>,
        at: &Stamp,
    ) -> Result<SlaTimer> {
        let subject = (word("service_request")?, self.request.uuid());
        let start = self.request.meta.created_at;
        let done = self.done_at(promise.kind);
        let mut timer = SlaTimer::start(id, subject, promise, start, ctx.sla_calendar)?;
        timer.share_pauses(self.pauses_until(done), at.now, ctx.sla_calendar)?;
        let Some(done) = done else { return Ok(timer) };
        let is_met = timer.stop(done, ctx.sla_calendar)?;
        let facts = json!({"kind": timer.kind, "due_at": timer.due_at});
        let event = if is_met { "sla.met" } else { "sla.breached" };
        self.emit_of(event, "sla_timer", id.0, facts, at);
        let gives_right = ctx.policy.is_some_and(|policy| policy.allows_third_party);
        if !is_met && gives_right && timer.kind == TimerKind::Resolution {
            self.request.third_party_allowed = true;
        }
        Ok(timer)
    }

    /// When what would be promised has been done, if it has (SL-6).
    fn done_at(&self, kind: TimerKind) -> Option<Time> {
        match kind {
            TimerKind::Response => self.request.first_response_at,
            TimerKind::Arrangement => self.orders.iter().map(|order| order.dispatched_at).min(),
            TimerKind::Arrival => self.orders.iter().filter_map(|order| order.arrived_at).min(),
            TimerKind::Resolution => {
                let is_processed = self.request.status == RequestStatus::Processed;
                self.request.processed_at.filter(|_| is_processed)
            }
        }
    }

    /// The time that did not count so far, or until something was done.
    fn pauses_until(&self, done: Option<Time>) -> Vec<TimerPause> {
        let longest = self.timers.iter().max_by_key(|timer| timer.pauses.len());
        let mut pauses = longest.map(|timer| timer.pauses.clone()).unwrap_or_default();
        if pauses.is_empty()
            && let Some(hold) = self.request.hold.as_ref().filter(|hold| hold.pauses_sla)
        {
            pauses.push(TimerPause {
                from: hold.since,
                to: None,
                reason: hold.reason.clone(),
            });
        }
        if let Some(done) = done {
            pauses.retain(|pause| pause.from < done);
            if let Some(last) = pauses.last_mut() {
                last.to = Some(last.to.map_or(done, |to| to.min(done)));
            }
        }
        pauses
    }

    /// Says of every promise that is another now.
    fn tell_moved(&mut self, before: &[SlaTimer], at: &Stamp) {
        let is_same = |timer: &SlaTimer| before.iter().any(|old| old == timer);
        let moved: Vec<_> = self
            .timers
            .iter()
            .filter(|timer| !is_same(timer))
            .map(|timer| (timer.id, timer.kind, timer.due_at))
            .collect();
        for (id, kind, due_at) in moved {
            let facts = json!({"kind": kind, "due_at": due_at});
            self.emit_of("sla_timer.updated", "sla_timer", id.0, facts, at);
        }
    }
}
