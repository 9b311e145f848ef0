//! The ledger of what agreements grant: set aside, used, given back, and offered to whoever waits (AG-2, AG-3).
//!
//! A row is locked only by whoever takes from it or gives back, and as late as can be: what one waits for here, all
//! assignments under the same agreement wait for.

use aftercare_domain::coverage::QuotaState;
use aftercare_domain::kernel::error::NOT_FOUND;
use aftercare_domain::kernel::{Result, Stamp};
use aftercare_domain::requests::{QuotaClaim, ServiceRequest, ServiceRequestId};
use aftercare_domain::service_agreements::{
    Entitlement, EntitlementId, ReverseUsage, ServiceAgreementId, Usage, UsageId, UsageStatus,
};
use aftercare_persistence::requests::{keep, load};
use aftercare_persistence::service_agreements::{entitlement_on, usage_of, waiting_for};
use aftercare_persistence::{IfMatch, Tx, get_for_update, insert, update};

use super::coverage::{Ground, ONE};

/// The request has its share, whatever is left.
const HAS_ITS_SHARE: QuotaState = QuotaState::Left(ONE);

/// Brings the ledger in line with what a request claims; what it may count on then (AG-2).
pub async fn claim(tx: &mut Tx<'_>, request: &ServiceRequest, claim: QuotaClaim) -> Result<QuotaState> {
    let (Some(agreement), Some(item)) = (request.agreement_id, request.service_item_id) else {
        return Ok(QuotaState::Unlimited);
    };
    if let Some(usage) = usage_of(tx, request.id).await? {
        return stand_by(tx, usage, claim).await;
    }
    let registered_on = request.meta.created_at.date_in(tx.zone());
    let Some(seen) = entitlement_on(tx, agreement, item, registered_on).await? else {
        return Ok(QuotaState::Unlimited);
    };
    // Nothing is taken, or nothing was left: nobody needs to wait for that.
    if claim == QuotaClaim::None || !seen.has(ONE) {
        return Ok(left_of(&seen));
    }
    let mut entitlement = locked(tx, seen.id).await?;
    if reserve(tx, &mut entitlement, request.id, claim).await? {
        Ok(HAS_ITS_SHARE)
    } else {
        Ok(left_of(&entitlement))
    }
}

/// What becomes of a share the request has, or had and a manager took back.
async fn stand_by(tx: &mut Tx<'_>, mut usage: Usage, claim: QuotaClaim) -> Result<QuotaState> {
    if usage.status != UsageStatus::Reserved || claim == QuotaClaim::Held {
        return Ok(HAS_ITS_SHARE);
    }
    let mut entitlement = locked(tx, usage.entitlement_id).await?;
    let at = tx.stamp();
    let is_used = claim == QuotaClaim::Used;
    if is_used {
        entitlement.consume(&mut usage, &at);
    } else {
        entitlement.release(&mut usage, &at);
    }
    update(tx, &mut entitlement).await?;
    update(tx, &mut usage).await?;
    if is_used {
        return Ok(HAS_ITS_SHARE);
    }
    offer(tx, &mut entitlement, usage.service_request_id).await?;
    Ok(left_of(&entitlement))
}

/// Takes a use back after it was used: the number is there again, the use stays in the ledger.
///
/// Errors: `not_found` if it is none of the agreement's, `usage_not_consumed`.
pub async fn reverse(
    tx: &mut Tx<'_>,
    agreement_id: ServiceAgreementId,
    id: UsageId,
    cmd: &ReverseUsage,
) -> Result<Usage> {
    let mut usage: Usage = get_for_update(tx, id, &IfMatch::internal()).await?;
    let mut entitlement = locked(tx, usage.entitlement_id).await?;
    if entitlement.agreement_id != agreement_id {
        return Err(NOT_FOUND.error());
    }
    let event = entitlement.take_back(&mut usage, cmd, &tx.stamp())?;
    update(tx, &mut entitlement).await?;
    update(tx, &mut usage).await?;
    tx.emit(event);
    offer(tx, &mut entitlement, usage.service_request_id).await?;
    Ok(usage)
}

async fn locked(tx: &mut Tx<'_>, id: EntitlementId) -> Result<Entitlement> {
    let asker = tx.stamp();
    tx.restamp(asker.as_system());
    let found = get_for_update(tx, id, &IfMatch::internal()).await;
    tx.restamp(asker);
    found
}

/// Sets one aside under the lock, and uses it at once if the work is done. Whether there was one.
async fn reserve(
    tx: &mut Tx<'_>,
    entitlement: &mut Entitlement,
    request: ServiceRequestId,
    claim: QuotaClaim,
) -> Result<bool> {
    let at = tx.stamp();
    let Some(mut usage) = entitlement.reserve(request, ONE, &at) else {
        return Ok(false);
    };
    if claim == QuotaClaim::Used {
        entitlement.consume(&mut usage, &at);
    }
    update(tx, entitlement).await?;
    insert(tx, &usage).await?;
    if let Some(event) = entitlement.exhausted(&at) {
        tx.emit(event);
    }
    Ok(true)
}

/// What became free goes to the request that waits longest for it, as the system and in this unit of work; a request
/// somebody else works on at this instant is passed over, so that nobody waits for the other in a circle.
async fn offer(tx: &mut Tx<'_>, entitlement: &mut Entitlement, giver: ServiceRequestId) -> Result<()> {
    let asker = tx.stamp();
    let at = asker.as_system();
    tx.restamp(at.clone());
    let outcome = judge_next(tx, entitlement, giver, &at).await;
    tx.restamp(asker);
    outcome
}

async fn judge_next(
    tx: &mut Tx<'_>,
    entitlement: &mut Entitlement,
    giver: ServiceRequestId,
    at: &Stamp,
) -> Result<()> {
    if !entitlement.has(ONE) {
        return Ok(());
    }
    let Some(id) = waiting_for(tx, entitlement, giver).await? else {
        return Ok(());
    };
    let mut dossier = load(tx, id).await?;
    let now = dossier.coverage_footing();
    let ground = Ground::of(tx, &dossier.request).await?;
    let has_share = now.claim != QuotaClaim::None && reserve(tx, entitlement, id, now.claim).await?;
    let quota = if has_share {
        HAS_ITS_SHARE
    } else {
        left_of(entitlement)
    };
    ground.judge(&mut dossier, &now, quota, at)?;
    keep(tx, &mut dossier).await
}

fn left_of(entitlement: &Entitlement) -> QuotaState {
    entitlement.left().map_or(QuotaState::Unlimited, QuotaState::Left)
}
