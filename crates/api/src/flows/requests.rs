//! Acting on a request: load, let the clock catch up, decide, keep (W7, A24, A25).

use std::sync::Arc;

use aftercare_domain::business_calendars::BusinessCalendar;
use aftercare_domain::codes;
use aftercare_domain::kernel::error::Place;
use aftercare_domain::kernel::{Actor, Error, Result, Stamp};
use aftercare_domain::performance::credit::moves;
use aftercare_domain::requests::{
    Context, Dossier, DrawnNumbers, LoopSettings, RequestStatus, ServiceRequest, ServiceRequestId,
    series_needed,
};
use aftercare_domain::sla::policy::{SlaPolicy, too_rare};
use aftercare_domain::sla::priority::PriorityMatrix;
use aftercare_domain::sla::{AlwaysOpen, BusinessTime, CALENDAR_HORIZON};
use aftercare_persistence::requests::{keep, keep_ahead, load, load_for_part};
use aftercare_persistence::{
    Db, IfMatch, Tx, Work, business_calendars, get, numbers, priority_matrix, sla_policies,
};

use super::dispatch::auto;
use super::{coverage, credit};

codes! {
    CATCH_UP_FIRST: Unavailable = "catch_up_first", "Something was due first; the call is made again", "存在到期事项，正在重试";
}

/// How often a call starts over because something fell due before it.
pub const TRIES: usize = 5;

/// What a decision looks up, loaded and owned.
pub struct Desk {
    default_calendar: Arc<dyn BusinessTime>,
    sla_calendar: Arc<dyn BusinessTime>,
    policy: Option<SlaPolicy>,
    matrix: PriorityMatrix,
    /// The settings of the loop.
    pub settings: LoopSettings,
    numbers: DrawnNumbers,
}

impl Desk {
    /// Looks up what decisions about a request under this policy need.
    pub async fn open(tx: &mut Tx<'_>, policy: Option<SlaPolicy>, action: &str) -> Result<Desk> {
        let default_calendar: Arc<dyn BusinessTime> = business_calendars::standard(tx).await?;
        let sla_calendar: Arc<dyn BusinessTime> = match &policy {
            Some(policy) => business_calendars::compiled(tx, policy.calendar_id).await?,
            None => Arc::new(AlwaysOpen),
        };
        let matrix = priority_matrix::current(tx).await?;
        let mut drawn = Vec::new();
        for series in series_needed(action) {
            drawn.push((*series, numbers::next(tx, *series).await?));
        }
        let settings = settings(tx);
        Ok(Desk {
            default_calendar,
            sla_calendar,
            policy,
            matrix,
            settings,
            numbers: DrawnNumbers(drawn),
        })
    }

    /// The desk for a request as it stands.
    pub async fn of(tx: &mut Tx<'_>, request: &ServiceRequest, action: &str) -> Result<Desk> {
        let policy = match request.sla_policy_id.zip(request.sla_policy_version) {
            Some((id, version)) => sla_policies::pinned(tx, id, version).await?,
            None => None,
        };
        Desk::open(tx, policy, action).await
    }

    /// The refusal of what a calendar does not reach, naming the policy and the calendar, at the member that led there.
    pub async fn named(&self, tx: &mut Tx<'_>, error: Error, pointer: Option<&str>) -> Error {
        let is_bare = error.code == &CALENDAR_HORIZON && error.errors.is_empty();
        let Some(policy) = self.policy.as_ref().filter(|_| is_bare) else {
            return error;
        };
        let calendar: BusinessCalendar = match get(tx, policy.calendar_id).await {
            Ok(calendar) => calendar,
            Err(error) => return error,
        };
        let place = pointer.map_or(Place::Call, |pointer| Place::Pointer(pointer.to_owned()));
        Error::from(too_rare(&policy.code, &calendar.code, place))
    }

    /// The same, as the rules take it.
    pub fn context(&mut self) -> Context<'_> {
        Context {
            default_calendar: self.default_calendar.as_ref(),
            sla_calendar: self.sla_calendar.as_ref(),
            policy: self.policy.as_ref(),
            matrix: &self.matrix,
            settings: &self.settings,
            numbers: &mut self.numbers,
        }
    }
}

/// The settings in force.
pub fn settings(tx: &Tx<'_>) -> LoopSettings {
    LoopSettings {
        zone: tx.zone(),
        ..LoopSettings::default()
    }
}

/// Whether the clock has something to do first.
fn is_behind(request: &ServiceRequest, at: &Stamp) -> bool {
    request.next_due_at.is_some_and(|due| due <= at.now)
}

/// One action inside a unit of work: what is due goes first, in a unit of its own.
///
/// Errors: `catch_up_first` when the caller has to let the clock catch up and call again; `precondition_failed` when
/// he saw another version; else the action's own.
pub async fn act(
    tx: &mut Tx<'_>,
    id: ServiceRequestId,
    seen: &IfMatch,
    action: &str,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
) -> Result<Dossier> {
    let dossier = load(tx, id).await?;
    let is_fresh = |dossier: &Dossier| seen.check(&dossier.request.meta);
    decided(tx, dossier, action, is_fresh, decide).await
}

/// One action on a work order or follow-up of the request; `is_fresh` refuses a stale version of the part.
///
/// Errors: as [`act`].
pub async fn act_on_part(
    tx: &mut Tx<'_>,
    id: ServiceRequestId,
    action: &str,
    is_fresh: impl FnOnce(&Dossier) -> Result<()>,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
) -> Result<Dossier> {
    let dossier = load_for_part(tx, id).await?;
    decided(tx, dossier, action, is_fresh, decide).await
}

async fn decided(
    tx: &mut Tx<'_>,
    mut dossier: Dossier,
    action: &str,
    is_fresh: impl FnOnce(&Dossier) -> Result<()>,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
) -> Result<Dossier> {
    if is_behind(&dossier.request, &tx.stamp()) {
        return Err(CATCH_UP_FIRST.error());
    }
    is_fresh(&dossier)?;
    let was = dossier.request.status;
    carry_out(tx, &mut dossier, action, decide).await?;
    assignable(tx, dossier, was).await
}

/// One action of the system on a request this unit of work has made or holds.
///
/// Errors: the action's own.
pub async fn act_alone(
    tx: &mut Tx<'_>,
    id: ServiceRequestId,
    action: &str,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
) -> Result<Dossier> {
    let mut dossier = load(tx, id).await?;
    carry_out(tx, &mut dossier, action, decide).await?;
    Ok(dossier)
}

/// A request that waited and may be given out now is given out by the rules of automatic dispatch; one an engineer gave
/// back waits for a dispatcher.
async fn assignable(tx: &mut Tx<'_>, dossier: Dossier, was: RequestStatus) -> Result<Dossier> {
    if !matches!(was, RequestStatus::OnHold | RequestStatus::Locked) {
        return Ok(dossier);
    }
    match auto::rule_of(tx, &dossier.request).await? {
        Some(rule) => auto::by_rule(tx, dossier, &rule).await,
        None => Ok(dossier),
    }
}

async fn carry_out(
    tx: &mut Tx<'_>,
    dossier: &mut Dossier,
    action: &str,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
) -> Result<()> {
    let at = tx.stamp();
    let mut desk = Desk::of(tx, &dossier.request, action).await?;
    let footing = dossier.coverage_footing();
    let moved = moves(dossier);
    if let Err(error) = decide(tx, dossier, &mut desk.context(), &at).await {
        return Err(desk.named(tx, error, None).await);
    }
    keep_ahead(tx, dossier).await?;
    coverage::follow(tx, dossier, &footing).await?;
    keep(tx, dossier).await?;
    credit::follow(tx, dossier, &moved).await
}

/// Lets everything due in a request happen, in a unit of work of its own. Whether anything did.
pub async fn catch_up(db: &Db, id: ServiceRequestId) -> Result<bool> {
    let work = Work::system("clock");
    db.write(&work, async move |tx: &mut Tx<'_>| {
        let at = tx.stamp();
        let mut dossier = load(tx, id).await?;
        if !is_behind(&dossier.request, &at) {
            return Ok(false);
        }
        let mut desk = Desk::of(tx, &dossier.request, "catch_up").await?;
        let footing = dossier.coverage_footing();
        let moved = moves(&dossier);
        let was = dossier.request.status;
        let did = dossier.catch_up(&mut desk.context(), &at)?;
        coverage::follow(tx, &mut dossier, &footing).await?;
        keep(tx, &mut dossier).await?;
        credit::follow(tx, &dossier, &moved).await?;
        assignable(tx, dossier, was).await?;
        Ok(did)
    })
    .await
}

/// Whether a request as it was read is behind the clock.
pub fn is_due(request: &ServiceRequest, tx: &Tx<'_>) -> bool {
    is_behind(request, &tx.stamp())
}

/// Whether the caller may act on the request at all, for `allowed_actions` on the wire.
pub fn allowed(dossier: &Dossier, actor: &Actor, tx: &Tx<'_>) -> Vec<&'static str> {
    dossier.allowed_actions(actor, tx.now(), &settings(tx))
}
