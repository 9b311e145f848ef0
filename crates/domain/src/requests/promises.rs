//! The request's SLA timers: begun at registration, stopped by what happens, continued when it was not the end.

use serde_json::json;

use super::context::Context;
use super::dossier::Dossier;
use crate::kernel::text::WordCode;
use crate::kernel::{Result, Stamp};
use crate::sla::deadline::{EffectiveDue, effective_due};
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::sla::{SlaTimer, SlaTimerId};

impl Dossier {
    /// Begins every promise of the policy for the request's priority (SQ-1).
    pub(crate) fn begin_promises(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let Some(policy) = ctx.policy else { return Ok(()) };
        for (kind, target_minutes) in policy.targets_for(self.request.priority) {
            let promise = policy.promise(kind, target_minutes);
            let subject = (word("service_request")?, self.request.uuid());
            let timer = SlaTimer::start(SlaTimerId::next(at), subject, promise, at.now, ctx.sla_calendar)?;
            self.timers.push(timer);
        }
        Ok(())
    }

    /// Stops promises of these kinds (SL-6).
    pub(crate) fn stop_promises(&mut self, kinds: &[TimerKind], ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let mut met = Vec::new();
        for timer in self.timers.iter_mut().filter(|timer| kinds.contains(&timer.kind)) {
            if timer.stop(at.now, ctx.sla_calendar)? {
                met.push((timer.id, timer.kind, timer.due_at));
            }
        }
        for (id, kind, due_at) in met {
            let facts = json!({"kind": kind, "due_at": due_at});
            self.emit_of("sla.met", "sla_timer", id.0, facts, at);
        }
        Ok(())
    }

    /// Drops promises of these kinds that are not kept yet.
    pub(crate) fn drop_promises(&mut self, kinds: &[TimerKind], ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        for timer in self.timers.iter_mut().filter(|timer| kinds.contains(&timer.kind)) {
            timer.cancel(at.now, ctx.sla_calendar)?;
        }
        Ok(())
    }

    /// Lets every promise stand still.
    pub(crate) fn pause_promises(&mut self, reason: &WordCode, at: &Stamp) {
        for timer in &mut self.timers {
            timer.pause(at.now, reason);
        }
    }

    /// Lets every promise that stands still run again.
    pub(crate) fn resume_promises(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        for timer in &mut self.timers {
            timer.resume(at.now, ctx.sla_calendar)?;
        }
        Ok(())
    }

    /// Continues the resolution after it turned out not to be the end (SL-3a).
    pub(crate) fn reenter_promises(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let reason = word("processed")?;
        let mut resumed = Vec::new();
        for timer in self
            .timers
            .iter_mut()
            .filter(|timer| timer.kind == TimerKind::Resolution)
        {
            if timer.stopped_at.is_some() && timer.is_judged() {
                timer.reenter(at.now, &reason, ctx.sla_calendar)?;
                resumed.push(timer.id);
            }
        }
        for id in resumed {
            self.emit_of(
                "sla_timer.updated",
                "sla_timer",
                id.0,
                json!({"kind": TimerKind::Resolution}),
                at,
            );
        }
        Ok(())
    }

    /// Measures running promises by the present priority (SL-5).
    pub(crate) fn retarget_promises(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let Some(policy) = ctx.policy else { return Ok(()) };
        for (kind, minutes) in policy.targets_for(self.request.priority) {
            for timer in self.timers.iter_mut().filter(|timer| timer.kind == kind) {
                timer.retarget(minutes, at.now, ctx.sla_calendar)?;
            }
        }
        Ok(())
    }

    /// The deadlines that bind: until when somebody must be there, and until when it must be solved.
    pub fn effective_dues(&self) -> Vec<(TimerKind, EffectiveDue)> {
        let request = &self.request;
        let promised = |kind| {
            let found = self.timers.iter().find(|timer| timer.kind == kind);
            Some(
                found
                    .filter(|timer| timer.status != TimerStatus::Cancelled)?
                    .due_at,
            )
        };
        let dates = [
            (TimerKind::Arrival, request.required_by),
            (TimerKind::Resolution, request.resolve_required_by),
        ];
        let due = dates
            .into_iter()
            .filter_map(|(kind, date)| Some((kind, effective_due(promised(kind), date, None)?)));
        due.collect()
    }

    /// The customer has an answer: the first one counts (SL-6).
    pub(crate) fn answered(&mut self, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        self.request.first_response_at.get_or_insert(at.now);
        self.stop_promises(&[TimerKind::Response], ctx, at)
    }
}

/// A word known to be one.
pub(crate) fn word(text: &str) -> Result<WordCode> {
    WordCode::new(text).map_err(|wrong| crate::kernel::error::INTERNAL.because(wrong, "内部错误"))
}
