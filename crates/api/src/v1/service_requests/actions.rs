//! Actions on a service request: one operation for each row of its transition table (A3, A17, A28).

use actix_web::post;
use aftercare_domain::dispatch::NO_CANDIDATE;
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::kernel::{Permission, Stamp};
use aftercare_domain::problem_types::ProblemType;
use aftercare_domain::products::Product;
use aftercare_domain::requests::{
    AssignRequest, BecauseOf, Context, Dossier, HoldRequest, Nothing, ReassignRequest, ReclassifyRequest,
    RecomputeSla, ReleaseRequest, RescheduleRequest, ResolveOnContact, ResolveRequest, RespondRequest,
    ResumeRequest, ServiceRequestId, SetPriority, can,
};
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references::refer;

use super::ServiceRequestView;
use super::view::SlaRecomputation;
use crate::flows::dispatch::auto;
use crate::flows::{dispatch, intake, promises, requests};
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers the actions.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(assign);
    cfg.service(auto_assign);
    cfg.service(reassign);
    cfg.service(unassign);
    cfg.service(hold);
    cfg.service(resume);
    cfg.service(release);
    cfg.service(resolve);
    cfg.service(resolve_on_contact);
    cfg.service(respond);
    cfg.service(reschedule);
    cfg.service(reclassify);
    cfg.service(set_priority);
    cfg.service(recompute_sla);
    cfg.service(verify);
    cfg.service(reject_verification);
    cfg.service(reopen);
    cfg.service(cancel);
}

/// One action: the dossier is loaded, decided upon, kept, and answered as it stands (C20).
async fn act<P: Permission, C: Clone + Send + 'static>(
    ctx: Ctx<P>,
    id: ServiceRequestId,
    seen: IfMatchHeader,
    action: &'static str,
    cmd: C,
    decide: impl AsyncFn(&mut Tx<'_>, &mut Dossier, &C, &mut Context<'_>, &Stamp) -> Result<()>
    + Clone
    + Send
    + 'static,
) -> ProblemResult<Answer> {
    let seen = seen.0;
    ctx.act(id, async move |tx| {
        let dossier = requests::act(tx, id, &seen, action, async |tx, dossier, ctx, at| {
            dossier.gate(action, ctx, at)?;
            decide(tx, dossier, &cmd, ctx, at).await
        })
        .await?;
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}

/// Give a request to an engineer.
///
/// A work order is dispatched and the promises of arrangement and response are met. An engineer who is not available is refused with
/// `engineer_unavailable` and every reason unless `force` is set by a supervisor or service manager; who stands by takes
/// an emergency beyond shift and daily limit.
#[utoipa::path(tag = "service_requests", operation_id = "assignServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = AssignRequest,
    security(("bearer" = ["service_requests:assign"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/assign")]
async fn assign(
    ctx: Ctx<can::Assign>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<AssignRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "assign",
        cmd.0,
        async |tx, dossier, cmd, ctx, at| {
            let target = dispatch::target(tx, cmd.engineer_id, "#/engineer_id", &dossier.request).await?;
            dossier.assign(cmd, &target, ctx, at)
        },
    )
    .await
}

/// Let the system give a request to the best engineer.
///
/// Whoever keeps every hard rule now, with the best score; the engineer the agreement names before all. Rules of
/// automatic dispatch are not asked. If nobody can be sent: 409 `no_candidate`.
#[utoipa::path(tag = "service_requests", operation_id = "autoAssignServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = Nothing,
    security(("bearer" = ["service_requests:assign"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/auto-assign")]
async fn auto_assign(
    ctx: Ctx<can::Assign>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    let _turn = auto::CHOICES.take().await?;
    act(
        ctx,
        id.0,
        seen,
        "assign",
        cmd.0,
        async |tx, dossier, _, ctx, at| {
            let target = auto::choose(tx, &dossier.request, None).await?;
            let target = target.ok_or_else(|| NO_CANDIDATE.error())?;
            dossier.assign(&auto::to(target.engineer_id), &target, ctx, at)
        },
    )
    .await
}

/// Give an assigned request to another engineer.
#[utoipa::path(tag = "service_requests", operation_id = "reassignServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ReassignRequest,
    security(("bearer" = ["service_requests:reassign"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/reassign")]
async fn reassign(
    ctx: Ctx<can::Reassign>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ReassignRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "reassign",
        cmd.0,
        async |tx, dossier, cmd, ctx, at| {
            let target = dispatch::target(tx, cmd.engineer_id, "#/engineer_id", &dossier.request).await?;
            dossier.reassign(cmd, &target, ctx, at)
        },
    )
    .await
}

/// Take a request back from its engineer.
#[utoipa::path(tag = "service_requests", operation_id = "unassignServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = BecauseOf,
    security(("bearer" = ["service_requests:unassign"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/unassign")]
async fn unassign(
    ctx: Ctx<can::Unassign>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "unassign",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.unassign(cmd, ctx, at),
    )
    .await
}

/// Let a request wait.
///
/// The reason is an item of dictionary `hold_reason`; whether the SLA clock stands still is one of its attributes.
#[utoipa::path(tag = "service_requests", operation_id = "holdServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = HoldRequest,
    security(("bearer" = ["service_requests:hold"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/hold")]
async fn hold(
    ctx: Ctx<can::Hold>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<HoldRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "hold",
        cmd.0,
        async |tx, dossier, cmd, ctx, at| {
            let pauses = intake::pauses(tx, &cmd.reason, "#/reason").await?;
            dossier.hold(cmd, pauses, ctx, at)
        },
    )
    .await
}

/// Continue a request on hold.
///
/// A date that passed meanwhile takes effect at once unless a new one is given.
#[utoipa::path(tag = "service_requests", operation_id = "resumeServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ResumeRequest,
    security(("bearer" = ["service_requests:resume"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/resume")]
async fn resume(
    ctx: Ctx<can::Resume>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ResumeRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "resume",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.resume(cmd, ctx, at),
    )
    .await
}

/// Return a locked request to the dispatcher's queue.
///
/// Service manager only.
#[utoipa::path(tag = "service_requests", operation_id = "releaseServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ReleaseRequest,
    security(("bearer" = ["service_requests:release"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/release")]
async fn release(
    ctx: Ctx<can::Release>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ReleaseRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "release",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.release(cmd, ctx, at),
    )
    .await
}

/// Declare a locked request solved.
///
/// Service manager only; the follow-up call is still needed.
#[utoipa::path(tag = "service_requests", operation_id = "resolveServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ResolveRequest,
    security(("bearer" = ["service_requests:resolve"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/resolve")]
async fn resolve(
    ctx: Ctx<can::Resolve>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ResolveRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "resolve",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.resolve(cmd, ctx, at),
    )
    .await
}

/// Declare a request solved during the first contact.
#[utoipa::path(tag = "service_requests", operation_id = "resolveServiceRequestOnContact",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ResolveOnContact,
    security(("bearer" = ["service_requests:resolve_on_contact"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/resolve-on-contact")]
async fn resolve_on_contact(
    ctx: Ctx<can::ResolveOnContact>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ResolveOnContact>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "resolve_on_contact",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.resolve_on_contact(cmd, ctx, at),
    )
    .await
}

/// Answer the customer; stops the response promise.
#[utoipa::path(tag = "service_requests", operation_id = "respondToServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = RespondRequest,
    security(("bearer" = ["service_requests:respond"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/respond")]
async fn respond(
    ctx: Ctx<can::Respond>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<RespondRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "respond",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.respond(cmd, ctx, at),
    )
    .await
}

/// Agree on new dates with the customer.
#[utoipa::path(tag = "service_requests", operation_id = "rescheduleServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = RescheduleRequest,
    security(("bearer" = ["service_requests:reschedule"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/reschedule")]
async fn reschedule(
    ctx: Ctx<can::Reschedule>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<RescheduleRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "reschedule",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.reschedule(cmd, ctx, at),
    )
    .await
}

/// Correct product or problem type.
///
/// Counters move with it and never decrease.
#[utoipa::path(tag = "service_requests", operation_id = "reclassifyServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = ReclassifyRequest,
    security(("bearer" = ["service_requests:reclassify"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/reclassify")]
async fn reclassify(
    ctx: Ctx<can::Reclassify>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<ReclassifyRequest>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "reclassify",
        cmd.0,
        async |tx, dossier, cmd, ctx, at| {
            let mut wrong = Vec::new();
            if let Some(id) = cmd.product_id {
                refer::<Product>(tx, id, "#/product_id", &mut wrong).await?;
            }
            if let Some(id) = cmd.problem_type_id {
                refer::<ProblemType>(tx, id, "#/problem_type_id", &mut wrong).await?;
            }
            Error::all(wrong)?;
            dossier.reclassify(cmd, ctx, at)
        },
    )
    .await
}

/// Weigh a request anew.
#[utoipa::path(tag = "service_requests", operation_id = "setServiceRequestPriority",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = SetPriority,
    security(("bearer" = ["service_requests:set_priority"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/set-priority")]
async fn set_priority(
    ctx: Ctx<can::SetPriority>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<SetPriority>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "set_priority",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.set_priority(cmd, ctx, at),
    )
    .await
}

/// Promise anew.
///
/// By the newest version of the request's policy, or by another policy, from the original start: what was kept or broken
/// stays so, what the policy does not promise is dropped, and a deadline already past breaks at once. With `dry_run` the
/// same is told of each promise and nothing is changed.
#[utoipa::path(tag = "service_requests", operation_id = "recomputeServiceRequestSla",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = RecomputeSla,
    security(("bearer" = ["service_requests:recompute_sla"])), responses((status = 200, body = SlaRecomputation)))]
#[post("/service-requests/{service_request_id}/recompute-sla")]
async fn recompute_sla(
    ctx: Ctx<can::RecomputeSla>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<RecomputeSla>,
) -> ProblemResult<Answer> {
    let (id, seen, cmd) = (id.0, seen.0, cmd.0);
    ctx.act(id, async move |tx| {
        let (dossier, timers) = promises::recompute(tx, id, &seen, &cmd).await?;
        Ok(Versioned(SlaRecomputation::of(&dossier, cmd.dry_run, timers, tx)))
    })
    .await
}

/// Confirm the result (核销).
///
/// Nobody verifies his own work.
#[utoipa::path(tag = "service_requests", operation_id = "verifyServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = Nothing,
    security(("bearer" = ["service_requests:verify"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/verify")]
async fn verify(
    ctx: Ctx<can::Verify>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "verify",
        cmd.0,
        async |_, dossier, _, ctx, at| dossier.verify(ctx, at),
    )
    .await
}

/// Send the result back for correction.
#[utoipa::path(tag = "service_requests", operation_id = "rejectServiceRequestVerification",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = BecauseOf,
    security(("bearer" = ["service_requests:reject_verification"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/reject-verification")]
async fn reject_verification(
    ctx: Ctx<can::RejectVerification>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "reject_verification",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.reject_verification(cmd, ctx, at),
    )
    .await
}

/// Reopen a closed request whose fault came back.
///
/// Within 30 days of closing.
#[utoipa::path(tag = "service_requests", operation_id = "reopenServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = BecauseOf,
    security(("bearer" = ["service_requests:reopen"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/reopen")]
async fn reopen(
    ctx: Ctx<can::Reopen>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "reopen",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.reopen(cmd, ctx, at),
    )
    .await
}

/// Withdraw a request.
#[utoipa::path(tag = "service_requests", operation_id = "cancelServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = BecauseOf,
    security(("bearer" = ["service_requests:cancel"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/cancel")]
async fn cancel(
    ctx: Ctx<can::Cancel>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        "cancel",
        cmd.0,
        async |_, dossier, cmd, ctx, at| dossier.cancel(cmd, ctx, at),
    )
    .await
}
