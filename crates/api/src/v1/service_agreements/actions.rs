//! Actions on a service agreement: one operation for each row of its transition table (domain.md 3.23).

use actix_web::{get, post};
use aftercare_domain::agreement_templates::AgreementTemplate;
use aftercare_domain::kernel::{Event, Permission, Result, Stamp};
use aftercare_domain::requests::Nothing;
use aftercare_domain::service_agreements::{
    RejectAgreement, ServiceAgreement, ServiceAgreementId, SuspendAgreement, TerminateAgreement, can,
};
use aftercare_persistence::{self as persistence, Tx};

use super::ServiceAgreementView;
use crate::flows::agreements;
use crate::http::{Answer, Body, Created, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers the actions.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_actions);
    cfg.service(submit).service(withdraw);
    cfg.service(approve).service(reject);
    cfg.service(suspend).service(resume);
    cfg.service(terminate).service(renew);
}

/// Say which actions are open on an agreement, and why the others are not.
#[utoipa::path(tag = "service_agreements", operation_id = "listServiceAgreementActions",
    params(("service_agreement_id" = ServiceAgreementId, Path)),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/service-agreements/{service_agreement_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<ServiceAgreementId>) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(id.0).await?;
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let agreement: ServiceAgreement = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(
            agreement.action_reasons(&tx.stamp().actor),
            lang,
        )))
    })
    .await
}

/// One action: the agreement catches up with the clock, is decided upon, kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: ServiceAgreementId,
    seen: IfMatchHeader,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut ServiceAgreement, &Stamp) -> Result<Option<Event>> + Send + 'static,
) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(id).await?;
    ctx.write(async move |tx| {
        let mut agreement: ServiceAgreement = persistence::get_for_update(tx, id, &seen.0).await?;
        let at = tx.stamp();
        let told = decide(tx, &mut agreement, &at).await?;
        agreements::keep(tx, &mut agreement, told).await?;
        Ok(Versioned(ServiceAgreementView::of(agreement, &at.actor)))
    })
    .await
}

/// Hand a draft in for approval.
///
/// Its author only. Beside an agreement of the same template that covers the same on the same days it is refused: 409
/// `overlapping_agreement` names the other.
#[utoipa::path(tag = "service_agreements", operation_id = "submitServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = Nothing,
    security(("bearer" = ["service_agreements:submit"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/submit")]
async fn submit(
    ctx: Ctx<can::Submit>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |tx, agreement, at| {
        agreement.submit(at)?;
        agreements::stand_beside(tx, agreement).await?;
        Ok(None)
    })
    .await
}

/// Take a submitted agreement back.
#[utoipa::path(tag = "service_agreements", operation_id = "withdrawServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = Nothing,
    security(("bearer" = ["service_agreements:withdraw"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/withdraw")]
async fn withdraw(
    ctx: Ctx<can::Withdraw>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |_, agreement, at| {
        agreement.withdraw(at)?;
        Ok(None)
    })
    .await
}

/// Approve a submitted agreement.
///
/// Nobody approves what he wrote or submitted. It begins by the clock on its first day, at once if that has come.
#[utoipa::path(tag = "service_agreements", operation_id = "approveServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = Nothing,
    security(("bearer" = ["service_agreements:approve"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/approve")]
async fn approve(
    ctx: Ctx<can::Approve>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |tx, agreement, at| {
        agreement.approve(at)?;
        agreements::stand_beside(tx, agreement).await?;
        Ok(None)
    })
    .await
}

/// Send a submitted agreement back to its author.
#[utoipa::path(tag = "service_agreements", operation_id = "rejectServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = RejectAgreement,
    security(("bearer" = ["service_agreements:reject"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    cmd: Body<RejectAgreement>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, agreement, at| {
        agreement.reject(&cmd.0, at)?;
        Ok(None)
    })
    .await
}

/// Let an agreement rest.
///
/// No new request goes by it; its end stays where it was.
#[utoipa::path(tag = "service_agreements", operation_id = "suspendServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = SuspendAgreement,
    security(("bearer" = ["service_agreements:suspend"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/suspend")]
async fn suspend(
    ctx: Ctx<can::Suspend>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    cmd: Body<SuspendAgreement>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, agreement, at| {
        agreement.suspend(&cmd.0, at).map(Some)
    })
    .await
}

/// Let an agreement hold again.
#[utoipa::path(tag = "service_agreements", operation_id = "resumeServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = Nothing,
    security(("bearer" = ["service_agreements:resume"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/resume")]
async fn resume(
    ctx: Ctx<can::Resume>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |_, agreement, at| {
        agreement.resume(at).map(Some)
    })
    .await
}

/// End an agreement before its time.
///
/// The answer proposes in `refund_proposal` what of a fixed price was not used, pro rata by days.
#[utoipa::path(tag = "service_agreements", operation_id = "terminateServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = TerminateAgreement,
    security(("bearer" = ["service_agreements:terminate"])), responses((status = 200, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/terminate")]
async fn terminate(
    ctx: Ctx<can::Terminate>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    cmd: Body<TerminateAgreement>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |tx, agreement, at| {
        let template: AgreementTemplate = persistence::get(tx, agreement.template_id).await?;
        let today = tx.today();
        let told = agreement.terminate(&cmd.0, template.fee_mode, today, at)?;
        Ok(Some(told))
    })
    .await
}

/// Draft the agreement that continues this one.
///
/// It begins the day after this one ends and lasts as long; `renews_id` links it. An agreement is continued once (409
/// `agreement_renewed`), and not where another of its template covers the same already (409 `overlapping_agreement`).
#[utoipa::path(tag = "service_agreements", operation_id = "renewServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)), request_body = Nothing,
    security(("bearer" = ["service_agreements:renew"])), responses((status = 201, body = ServiceAgreementView)))]
#[post("/service-agreements/{service_agreement_id}/renew")]
async fn renew(
    ctx: Ctx<can::Renew>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(id.0).await?;
    ctx.write(async move |tx| {
        let mut agreement: ServiceAgreement = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let next = agreements::renew(tx, &mut agreement).await?;
        Ok(Created(ServiceAgreementView::of(next, &tx.stamp().actor)))
    })
    .await
}
