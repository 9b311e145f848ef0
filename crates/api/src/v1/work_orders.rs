//! Work orders over HTTP.

use actix_web::{get, post};
use aftercare_domain::kernel::{Meta, Permission, Result, Stamp};
use aftercare_domain::requests::filters::WorkOrderFilter;
use aftercare_domain::requests::{BecauseOf, Nothing};
use aftercare_domain::requests::{Context, Dossier, ServiceRequestId};
use aftercare_domain::work_orders::{
    ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, WorkOrder, WorkOrderId, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::requests::{glance_parts, owner_of};
use aftercare_persistence::{ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::flows::requests;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list)
        .service(list_of_request)
        .service(get)
        .service(list_actions);
    cfg.service(accept);
    cfg.service(refuse);
    cfg.service(book);
    cfg.service(depart);
    cfg.service(arrive);
    cfg.service(start);
    cfg.service(wait_parts);
    cfg.service(resume);
    cfg.service(complete);
    cfg.service(correct);
    cfg.service(cancel);
}

/// A work order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WorkOrder)]
pub struct WorkOrderView {
    /// The record.
    #[serde(flatten)]
    pub record: WorkOrder,
    /// What the caller may do with it now.
    #[schema(max_items = 50, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

impl Resource for WorkOrderView {
    fn path(&self) -> String {
        format!("/v1/work-orders/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

page!(WorkOrderPage, WorkOrderView);

fn view(dossier: &Dossier, id: WorkOrderId, tx: &Tx<'_>) -> Result<WorkOrderView> {
    let allowed_actions = dossier.order_allowed_actions(id, &tx.stamp().actor);
    Ok(WorkOrderView {
        record: dossier.order(id)?.clone(),
        allowed_actions,
    })
}

/// List work orders.
///
/// Newest first. Sortable by `created_at`, `dispatched_at`, `number`.
#[utoipa::path(tag = "work_orders", operation_id = "listWorkOrders", params(WorkOrderFilter, PageParams),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderPage)))]
#[get("/work-orders")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<WorkOrderFilter>, paging: Paging) -> ProblemResult<Answer> {
    // A list about one request shows it as it stands now (A24).
    if let Some(id) = filter.0.service_request_id {
        ctx.catch_up(id).await?;
    }
    listed(&ctx, &filter.0, &paging).await
}

/// List the work orders of a service request.
///
/// Newest first. Sortable by `created_at`, `dispatched_at`, `number`.
#[utoipa::path(tag = "work_orders", operation_id = "listServiceRequestWorkOrders",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderPage)))]
#[get("/service-requests/{service_request_id}/work-orders")]
async fn list_of_request(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    let filter = WorkOrderFilter {
        service_request_id: Some(id.0),
        ..WorkOrderFilter::default()
    };
    listed(&ctx, &filter, &paging).await
}

async fn listed(ctx: &Ctx<can::Read>, filter: &WorkOrderFilter, paging: &Paging) -> ProblemResult<Answer> {
    let page = ctx.page_request(paging, <WorkOrderFilter as ListBy<WorkOrder>>::SORTS)?;
    let (views, next, total) = ctx
        .load(async |tx| {
            let listing = persistence::list::<WorkOrder>(tx, filter, &page).await?;
            let owners = listing.rows.iter().map(|part| part.service_request_id).collect();
            let dossiers = glance_parts(tx, owners).await?;
            let mut views = Vec::new();
            for part in &listing.rows {
                if let Some(dossier) = dossiers.iter().find(|d| d.request.id == part.service_request_id) {
                    views.push(view(dossier, part.id, tx)?);
                }
            }
            Ok((views, listing.next, listing.total))
        })
        .await?;
    let (rows, info) = ctx.page_of(
        persistence::Listing {
            rows: views,
            next,
            total,
        },
        &page,
        paging,
    );
    Ok(Plain(WorkOrderPage::from((rows, info))).into_answer()?)
}

/// Get a work order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrder", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderView)))]
#[get("/work-orders/{work_order_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    ctx.read_part(owner(&ctx, id.0).await?, async |tx, dossier| {
        view(&dossier, id.0, tx).map(Versioned)
    })
    .await
}

/// Say which actions are open on a work order, and why the others are not.
#[utoipa::path(tag = "work_orders", operation_id = "listWorkOrderActions", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/work-orders/{work_order_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_part(owner(&ctx, id.0).await?, async |tx, dossier| {
        Ok(Plain(reasons_of(
            dossier.order_action_reasons(id.0, &tx.stamp().actor),
            lang,
        )))
    })
    .await
}

/// The request it belongs to, if the caller may see it.
async fn owner<P: Permission>(ctx: &Ctx<P>, id: WorkOrderId) -> ProblemResult<ServiceRequestId> {
    ctx.load(async |tx| owner_of::<WorkOrder>(tx, id.0, |part| part.service_request_id).await)
        .await
}

async fn act<P: Permission, C: Clone + Send + 'static>(
    ctx: Ctx<P>,
    id: WorkOrderId,
    seen: IfMatchHeader,
    action: &'static str,
    cmd: C,
    decide: impl AsyncFn(&mut Dossier, &C, &mut Context<'_>, &Stamp) -> Result<()> + Clone + Send + 'static,
) -> ProblemResult<Answer> {
    let request = owner(&ctx, id).await?;
    let seen = seen.0;
    ctx.act(request, async move |tx| {
        let dossier = requests::act_on_part(tx, request, action, async |_, dossier, ctx, at| {
            seen.check(&dossier.order(id)?.meta)?;
            decide(dossier, &cmd, ctx, at).await
        })
        .await?;
        view(&dossier, id, tx).map(Versioned)
    })
    .await
}

/// Take a job.
#[utoipa::path(tag = "work_orders", operation_id = "acceptWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:accept"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/accept")]
async fn accept(
    ctx: Ctx<can::Accept>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "accept",
        cmd.0,
        async move |dossier, _, ctx, at| dossier.accept_order(part, ctx, at),
    )
    .await
}

/// Decline a job.
///
/// The request returns to allocation; it is not an attempt.
#[utoipa::path(tag = "work_orders", operation_id = "refuseWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = BecauseOf,
    security(("bearer" = ["work_orders:refuse"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/refuse")]
async fn refuse(
    ctx: Ctx<can::Refuse>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "refuse",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.refuse_order(part, cmd, ctx, at),
    )
    .await
}

/// Agree on the window of a visit.
#[utoipa::path(tag = "work_orders", operation_id = "bookWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = BookWorkOrder,
    security(("bearer" = ["work_orders:book"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/book")]
async fn book(
    ctx: Ctx<can::Book>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<BookWorkOrder>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "book",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.book_order(part, cmd, ctx, at),
    )
    .await
}

/// Leave for the customer.
#[utoipa::path(tag = "work_orders", operation_id = "departWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:depart"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/depart")]
async fn depart(
    ctx: Ctx<can::Depart>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "depart",
        cmd.0,
        async move |dossier, _, ctx, at| dossier.depart_order(part, ctx, at),
    )
    .await
}

/// Be at the customer's.
///
/// Stops the promise of arrival.
#[utoipa::path(tag = "work_orders", operation_id = "arriveWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = ArriveWorkOrder,
    security(("bearer" = ["work_orders:arrive"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/arrive")]
async fn arrive(
    ctx: Ctx<can::Arrive>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<ArriveWorkOrder>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "arrive",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.arrive_order(part, cmd, ctx, at),
    )
    .await
}

/// Begin to work.
///
/// A remote or depot order starts without arrival.
#[utoipa::path(tag = "work_orders", operation_id = "startWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:start"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/start")]
async fn start(
    ctx: Ctx<can::Start>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "start",
        cmd.0,
        async move |dossier, _, ctx, at| dossier.start_order(part, ctx, at),
    )
    .await
}

/// Wait for parts.
///
/// The request goes on hold; the SLA clock runs on.
#[utoipa::path(tag = "work_orders", operation_id = "waitForWorkOrderParts",
    params(("work_order_id" = WorkOrderId, Path)), request_body = BecauseOf,
    security(("bearer" = ["work_orders:wait_parts"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/wait-parts")]
async fn wait_parts(
    ctx: Ctx<can::WaitParts>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "wait_parts",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.wait_for_parts(part, cmd, ctx, at),
    )
    .await
}

/// Go on after waiting.
#[utoipa::path(tag = "work_orders", operation_id = "resumeWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:resume"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/resume")]
async fn resume(
    ctx: Ctx<can::Resume>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "resume",
        cmd.0,
        async move |dossier, _, ctx, at| dossier.resume_order(part, ctx, at),
    )
    .await
}

/// Report how a job ended.
///
/// `resolved`, `unresolved` and `exchange_recommended` are attempts; `no_access` and `needs_depot` are not.
#[utoipa::path(tag = "work_orders", operation_id = "completeWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = CompleteWorkOrder,
    security(("bearer" = ["work_orders:complete"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/complete")]
async fn complete(
    ctx: Ctx<can::Complete>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<CompleteWorkOrder>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "complete",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.complete_order(part, cmd, ctx, at),
    )
    .await
}

/// Correct a result that is not verified yet.
#[utoipa::path(tag = "work_orders", operation_id = "correctWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = CompleteWorkOrder,
    security(("bearer" = ["work_orders:correct"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/correct")]
async fn correct(
    ctx: Ctx<can::Correct>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<CompleteWorkOrder>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "correct",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.correct_order(part, cmd, ctx, at),
    )
    .await
}

/// Withdraw a job.
///
/// The request returns to allocation.
#[utoipa::path(tag = "work_orders", operation_id = "cancelWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = BecauseOf,
    security(("bearer" = ["work_orders:cancel"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/cancel")]
async fn cancel(
    ctx: Ctx<can::Cancel>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "cancel",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.cancel_work_order(part, cmd, ctx, at),
    )
    .await
}
