//! Actions on a service outlet: one operation for each row of its transition table (domain.md 3.23).

use actix_web::{get, post};
use aftercare_domain::kernel::{Event, Permission, Result, Stamp};
use aftercare_domain::outlets::{OutletBecause, Proof, ServiceOutlet, can};
use aftercare_domain::requests::{Nothing, OutletId};
use aftercare_persistence::{self as persistence, Tx};

use super::ServiceOutletView;
use crate::flows::outlets;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers the actions.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_actions);
    cfg.service(approve).service(reject);
    cfg.service(confirm);
    cfg.service(suspend).service(reinstate);
    cfg.service(terminate);
}

/// Say which actions are open on an outlet, and why the others are not.
#[utoipa::path(tag = "service_outlets", operation_id = "listServiceOutletActions",
    params(("service_outlet_id" = OutletId, Path)),
    security(("bearer" = ["service_outlets:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/service-outlets/{service_outlet_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<OutletId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let outlet: ServiceOutlet = persistence::get(tx, id.0).await?;
        let reasons = outlet.action_reasons(&tx.stamp().actor);
        Ok(Plain(reasons_of(reasons, lang)))
    })
    .await
}

/// One action: the outlet is loaded, decided upon, kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: OutletId,
    seen: IfMatchHeader,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut ServiceOutlet, &Stamp) -> Result<Event> + Send + 'static,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut outlet: ServiceOutlet = persistence::get_for_update(tx, id, &seen.0).await?;
        let at = tx.stamp();
        let told = decide(tx, &mut outlet, &at).await?;
        persistence::update(tx, &mut outlet).await?;
        tx.emit(told);
        Ok(Versioned(ServiceOutletView::of(outlet, &at.actor)))
    })
    .await
}

/// Take an outlet on trial.
///
/// Licence, bank account and deposit must be recorded (422 `outlet_papers_missing` for each that is not).
#[utoipa::path(tag = "service_outlets", operation_id = "approveServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = Nothing,
    security(("bearer" = ["service_outlets:approve"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/approve")]
async fn approve(
    ctx: Ctx<can::Approve>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |tx, outlet, at| {
        let today = tx.today();
        outlet.approve(today, at)
    })
    .await
}

/// Turn an outlet down that applies.
#[utoipa::path(tag = "service_outlets", operation_id = "rejectServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = OutletBecause,
    security(("bearer" = ["service_outlets:reject"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    cmd: Body<OutletBecause>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, outlet, at| {
        outlet.reject(&cmd.0, at)
    })
    .await
}

/// End the trial of an outlet for good.
///
/// After three calendar months and with three stars or more in its last assessment (409 `trial_not_passed`).
#[utoipa::path(tag = "service_outlets", operation_id = "confirmServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = Nothing,
    security(("bearer" = ["service_outlets:confirm"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/confirm")]
async fn confirm(
    ctx: Ctx<can::Confirm>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |tx, outlet, at| {
        let proof = Proof {
            today: tx.today(),
            last_star: outlet.star,
        };
        outlet.confirm(&proof, at)
    })
    .await
}

/// Give an outlet no new work.
///
/// Its open jobs stay with its engineers until they are reassigned: `GET /v1/work-orders?outlet_id=…` lists them.
#[utoipa::path(tag = "service_outlets", operation_id = "suspendServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = OutletBecause,
    security(("bearer" = ["service_outlets:suspend"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/suspend")]
async fn suspend(
    ctx: Ctx<can::Suspend>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    cmd: Body<OutletBecause>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, outlet, at| {
        outlet.suspend(&cmd.0, at)
    })
    .await
}

/// Give a suspended outlet work again.
///
/// It goes on where it was, on trial or for good.
#[utoipa::path(tag = "service_outlets", operation_id = "reinstateServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = Nothing,
    security(("bearer" = ["service_outlets:reinstate"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/reinstate")]
async fn reinstate(
    ctx: Ctx<can::Reinstate>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |_, outlet, at| outlet.reinstate(at)).await
}

/// End an outlet.
///
/// Only when nothing stands against it: 409 `outlet_not_clear` names in `reasons` what does (`open_work_orders`,
/// `open_parts`, `unpaid_statements`, `deposit`) and says how many jobs are open and whether its deposit is still held.
#[utoipa::path(tag = "service_outlets", operation_id = "terminateServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)), request_body = OutletBecause,
    security(("bearer" = ["service_outlets:terminate"])), responses((status = 200, body = ServiceOutletView)))]
#[post("/service-outlets/{service_outlet_id}/terminate")]
async fn terminate(
    ctx: Ctx<can::Terminate>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    cmd: Body<OutletBecause>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |tx, outlet, at| {
        let clearance = outlets::clearance(tx, outlet).await?;
        outlet.terminate(&cmd.0, &clearance, at)
    })
    .await
}
