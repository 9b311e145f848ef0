//! History taken over from another system (T0): counted and measured, but without notices, locks and surveys.

use serde_json::json;

use super::commands::ServiceRequestCreate;
use super::context::Context;
use super::dossier::Dossier;
use super::members::{Origin, RequestStatus};
use super::register::blank;
use crate::kernel::error::{DATE_IN_FUTURE, DATE_ORDER, INSUFFICIENT_SCOPE};
use crate::kernel::machine::holders;
use crate::kernel::text::Number;
use crate::kernel::{Result, Stamp, Time};
use crate::sla::timer::{MAX_REMINDERS, TimerKind};

/// One request of another system.
#[derive(Clone, Debug)]
pub struct ImportedRequest {
    /// What it was about; dates and initial status are not looked at.
    pub request: ServiceRequestCreate,
    /// The number drawn for it.
    pub number: Number,
    /// When it was registered there.
    pub created_at: Time,
    /// When it was closed there; none while open.
    pub closed_at: Option<Time>,
}

impl Dossier {
    /// Takes a request over (T0). Promises are measured at the historical instants; nobody is told.
    ///
    /// Errors: `insufficient_scope`, `date_in_future`, `date_order`.
    pub fn import(history: ImportedRequest, ctx: &mut Context<'_>, at: &Stamp) -> Result<Dossier> {
        if !at.actor.is_system && !at.actor.is_any(holders(super::machine::ROWS, "import")) {
            return Err(INSUFFICIENT_SCOPE.error());
        }
        if history.created_at > at.now || history.closed_at.is_some_and(|closed| closed > at.now) {
            return Err(DATE_IN_FUTURE.at("#/created_at"));
        }
        if history
            .closed_at
            .is_some_and(|closed| closed < history.created_at)
        {
            return Err(DATE_ORDER.at("#/closed_at"));
        }
        let then = at.at(history.created_at);
        let mut request = blank(history.request, history.number, ctx, at);
        request.origin = Origin::Import;
        request.meta.created_at = history.created_at;
        if let Some(closed) = history.closed_at {
            request.status = RequestStatus::Closed;
            request.closed_at = Some(closed);
            request.processed_at = Some(closed);
        }
        let mut dossier = Dossier::open(request);
        dossier.begin_promises(ctx, &then)?;
        dossier.measure_history(history.closed_at, ctx, at)?;
        dossier.count_registration(&then);
        dossier.log(
            "import",
            None,
            None,
            json!({"number": dossier.request.number, "closed_at": history.closed_at}),
            &then,
        );
        for activity in &mut dossier.activities {
            activity.action = "imported".to_owned();
            activity.recorded_at = at.now;
        }
        dossier.events.clear();
        dossier.request.next_due_at = dossier.next_due();
        Ok(dossier)
    }

    /// Stops or breaks the promises as it happened then, silently.
    fn measure_history(&mut self, closed_at: Option<Time>, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        if let Some(closed) = closed_at {
            let end = at.at(closed);
            self.stop_promises(&[TimerKind::Resolution], ctx, &end)?;
            self.drop_promises(
                &[TimerKind::Response, TimerKind::Arrangement, TimerKind::Arrival],
                ctx,
                &end,
            )?;
        }
        for timer in self.timers.iter_mut().filter(|timer| timer.is_live()) {
            if timer.warn_at <= at.now {
                timer.warn(timer.warn_at);
            }
            if timer.due_at < at.now {
                timer.reminders_sent = MAX_REMINDERS;
                timer.breach(timer.due_at, ctx.sla_calendar)?;
            }
        }
        Ok(())
    }
}
