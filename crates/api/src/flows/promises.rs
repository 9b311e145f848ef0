//! Promising anew: one request by another policy, many after their calendar changed (SL-5).

use aftercare_domain::business_calendars::BusinessCalendar;
use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::requests::{Dossier, RecomputeSla, ServiceRequest, ServiceRequestId};
use aftercare_domain::sla::deadline::DueChange;
use aftercare_domain::sla::policy::{SlaPolicy, too_rare};
use aftercare_persistence::platform::recounts;
use aftercare_persistence::{Db, IfMatch, Tx, Work, business_calendars, get, sla_policies};

use super::requests::{CATCH_UP_FIRST, Desk, TRIES, act, catch_up};

/// The most policies one refusal names.
const NAMED: usize = 20;
/// How many requests one round counts anew.
const ROUND: i64 = 100;

/// Promises anew, or says what that would do; what became of each promise.
///
/// Errors: as [`act`]; `unknown_reference`, `inactive_reference` for the policy; `required` without any.
pub async fn recompute(
    tx: &mut Tx<'_>,
    id: ServiceRequestId,
    seen: &IfMatch,
    cmd: &RecomputeSla,
) -> Result<(Dossier, Vec<DueChange>)> {
    const ACTION: &str = "recompute_sla";
    let mut told = Vec::new();
    let slot = &mut told;
    let dossier = act(tx, id, seen, ACTION, async |tx, dossier, ctx, at| {
        dossier.gate(ACTION, ctx, at)?;
        let policy = policy_of(tx, &dossier.request, cmd).await?;
        let mut desk = Desk::open(tx, policy, ACTION).await?;
        let outcome = if cmd.dry_run {
            // The copy is thrown away, and what is kept is what it was.
            dossier.clone().recompute_sla(cmd, &mut desk.context(), at)
        } else {
            dossier.recompute_sla(cmd, &mut desk.context(), at)
        };
        match outcome {
            Ok(changes) => *slot = changes,
            Err(error) => return Err(desk.named(tx, error, Some("#/sla_policy_id")).await),
        }
        Ok(())
    })
    .await?;
    Ok((dossier, told))
}

/// Refuses a policy that is to be used on a calendar that does not reach its targets.
///
/// Errors: `calendar_horizon` at the member that was changed.
pub async fn check_reach(tx: &mut Tx<'_>, policy: &SlaPolicy, was: Option<&SlaPolicy>) -> Result<()> {
    let compiled = business_calendars::compiled(tx, policy.calendar_id).await?;
    let calendar: BusinessCalendar = get(tx, policy.calendar_id).await?;
    Error::all(policy.unreached(was, (&compiled, &calendar.code), tx.now()))
}

/// Refuses a changed calendar by which a policy in use, or one that promised something still open, is out of reach.
///
/// Errors: `calendar_horizon`, once for each such policy.
pub async fn check_kept(tx: &mut Tx<'_>, calendar: &BusinessCalendar, pointer: &str) -> Result<()> {
    let (compiled, now) = (calendar.compile()?, tx.now());
    let mut lost: Vec<SlaPolicy> = sla_policies::counting_by(tx, calendar.id).await?;
    lost.retain(|policy| !policy.out_of_reach(&compiled, now).is_empty());
    lost.sort_by(|one, other| one.code.as_str().cmp(other.code.as_str()));
    lost.dedup_by_key(|policy| policy.id);
    let place = || Place::Pointer(pointer.to_owned());
    let wrong = lost
        .iter()
        .take(NAMED)
        .map(|policy| too_rare(&policy.code, &calendar.code, place()));
    Error::all(wrong.collect())
}

/// The policy to promise by, as it reads today.
async fn policy_of(
    tx: &mut Tx<'_>,
    request: &ServiceRequest,
    cmd: &RecomputeSla,
) -> Result<Option<SlaPolicy>> {
    let Some(named) = cmd.sla_policy_id else {
        return match request.sla_policy_id {
            Some(id) => sla_policies::known(tx, id).await,
            None => Ok(None),
        };
    };
    match sla_policies::known(tx, named).await? {
        None => Err(UNKNOWN_REFERENCE.at("#/sla_policy_id")),
        Some(policy) if !policy.is_active => Err(INACTIVE_REFERENCE.at("#/sla_policy_id")),
        found => Ok(found),
    }
}

/// Counts the next open promises anew whose calendar changed; how many requests were looked at.
///
/// Each request is a unit of its own and counting twice is counting once: replicas may count side by side, and whoever
/// stops in between goes on where the last round was.
pub async fn recount_next(db: &Db) -> Result<usize> {
    let work = Work::system("recount");
    let next = db.read(&work, async |tx| recounts::next(tx, ROUND).await).await?;
    let Some((asked, requests)) = next else {
        return Ok(0);
    };
    for id in &requests {
        // One that cannot be counted must not hold up all others.
        if let Err(error) = recount(db, *id).await {
            tracing::warn!(%error, request.id = %id, "The promises of a request could not be counted anew");
        }
    }
    let last = requests.last().copied();
    let unit = async move |tx: &mut Tx<'_>| recounts::reach(tx, &asked, last).await;
    db.write(&work, unit).await?;
    Ok(requests.len())
}

/// Counts anew until nothing asked for is left: what a caller asked for before a sandbox's time moves is done before.
pub async fn recount_all(db: &Db) -> Result<()> {
    while recount_next(db).await? > 0 {}
    Ok(())
}

async fn recount(db: &Db, id: ServiceRequestId) -> Result<()> {
    let work = Work::system("recount");
    for _ in 0..TRIES {
        let unit = async move |tx: &mut Tx<'_>| {
            let seen = IfMatch::internal();
            act(tx, id, &seen, "recount_sla", async |_, dossier, ctx, at| {
                dossier.recount_sla(ctx, at).map(|_| ())
            })
            .await
        };
        match db.write(&work, unit).await {
            Err(error) if error.code == &CATCH_UP_FIRST => catch_up(db, id).await.map(|_| ())?,
            outcome => return outcome.map(|_| ()),
        }
    }
    Err(CATCH_UP_FIRST.error())
}
