//! Promising anew: one request by another policy, many after their calendar changed (SL-5).

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, UNKNOWN_REFERENCE};
use aftercare_domain::requests::{Dossier, RecomputeSla, ServiceRequest, ServiceRequestId};
use aftercare_domain::sla::deadline::DueChange;
use aftercare_domain::sla::policy::SlaPolicy;
use aftercare_persistence::platform::recounts;
use aftercare_persistence::{Db, IfMatch, Tx, Work, sla_policies};

use super::requests::{CATCH_UP_FIRST, Desk, TRIES, act, catch_up};

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
        *slot = if cmd.dry_run {
            // The copy is thrown away, and what is kept is what it was.
            dossier.clone().recompute_sla(cmd, &mut desk.context(), at)?
        } else {
            dossier.recompute_sla(cmd, &mut desk.context(), at)?
        };
        Ok(())
    })
    .await?;
    Ok((dossier, told))
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
