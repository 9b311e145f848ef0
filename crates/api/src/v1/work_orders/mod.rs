//! Work orders over HTTP.

mod offline;
mod sheet;

use actix_web::{get, post};
use aftercare_domain::kernel::{Actor, Meta, Permission, Result};
use aftercare_domain::requests::filters::WorkOrderFilter;
use aftercare_domain::requests::{BecauseOf, Dossier, Nothing, ServiceRequestId};
use aftercare_domain::work_orders::quotes::{DeclineQuote, NeedQuote};
use aftercare_domain::work_orders::team::AddHelper;
use aftercare_domain::work_orders::{
    ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, Deed, WorkOrder, WorkOrderId, can,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::{dispatch, field};
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Ctx, Filter, IfMatchHeader, Paging, Part, PathId, Plain, ProblemResult, Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    offline::routes(cfg);
    sheet::routes(cfg);
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
    cfg.service(need_quote);
    cfg.service(accept_quote);
    cfg.service(decline_quote);
    cfg.service(complete);
    cfg.service(correct);
    cfg.service(add_helper);
    cfg.service(cancel);
    cfg.service(verify);
    cfg.service(reject);
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

impl Part for WorkOrder {
    type Id = WorkOrderId;
    type View = WorkOrderView;

    fn of(dossier: &Dossier, id: WorkOrderId) -> Result<&WorkOrder> {
        dossier.order(id)
    }

    fn request_id(&self) -> ServiceRequestId {
        self.service_request_id
    }

    fn version(&self) -> &Meta {
        &self.meta
    }

    fn view(&self, dossier: &Dossier, actor: &Actor) -> WorkOrderView {
        WorkOrderView {
            record: self.clone(),
            allowed_actions: dossier.order_allowed_actions(self.id, actor),
        }
    }
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
    ctx.list_parts::<WorkOrder, _, WorkOrderPage>(&filter.0, &paging)
        .await
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
    ctx.list_parts::<WorkOrder, _, WorkOrderPage>(&filter, &paging)
        .await
}

/// Get a work order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrder", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderView)))]
#[get("/work-orders/{work_order_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    ctx.read_part(id.0, |order: &WorkOrder, dossier, actor| {
        Versioned(order.view(dossier, actor))
    })
    .await
}

/// Say which actions are open on a work order, and why the others are not.
#[utoipa::path(tag = "work_orders", operation_id = "listWorkOrderActions", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/work-orders/{work_order_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_part(id.0, |order: &WorkOrder, dossier, actor| {
        Plain(reasons_of(dossier.order_action_reasons(order.id, actor), lang))
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
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Accept).await
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
    act(ctx, id.0, seen, Deed::Refuse(cmd.0)).await
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
    act(ctx, id.0, seen, Deed::Book(cmd.0)).await
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
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Depart).await
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
    act(ctx, id.0, seen, Deed::Arrive(cmd.0)).await
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
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Start).await
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
    act(ctx, id.0, seen, Deed::WaitParts(cmd.0)).await
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
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Resume).await
}

/// Ask the customer before going on.
///
/// The request goes on hold and its promises wait. Without an answer by `valid_until` job and request are cancelled.
#[utoipa::path(tag = "work_orders", operation_id = "needWorkOrderQuote",
    params(("work_order_id" = WorkOrderId, Path)), request_body = NeedQuote,
    security(("bearer" = ["work_orders:need_quote"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/need-quote")]
async fn need_quote(
    ctx: Ctx<can::NeedQuote>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<NeedQuote>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::NeedQuote(cmd.0)).await
}

/// Agree to what a job will cost.
///
/// By the customer, or by customer service for him. The job goes on.
#[utoipa::path(tag = "work_orders", operation_id = "acceptWorkOrderQuote",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:accept_quote"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/accept-quote")]
async fn accept_quote(
    ctx: Ctx<can::AcceptQuote>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::AcceptQuote).await
}

/// Do not agree to what a job will cost.
///
/// By the customer, or by customer service for him. Job and request are cancelled with `quote_declined`.
#[utoipa::path(tag = "work_orders", operation_id = "declineWorkOrderQuote",
    params(("work_order_id" = WorkOrderId, Path)), request_body = DeclineQuote,
    security(("bearer" = ["work_orders:decline_quote"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/decline-quote")]
async fn decline_quote(
    ctx: Ctx<can::DeclineQuote>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<DeclineQuote>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::DeclineQuote(cmd.0)).await
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
    act(ctx, id.0, seen, Deed::Complete(cmd.0)).await
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
    act(ctx, id.0, seen, Deed::Correct(cmd.0)).await
}

/// Send another engineer along.
///
/// He gets an order of his own (`team_of`), with its own way, sheet and labour; the request follows the leading order
/// alone. When that one is over, helpers at work have completed theirs, and the others need not come.
#[utoipa::path(tag = "work_orders", operation_id = "addWorkOrderHelper",
    params(("work_order_id" = WorkOrderId, Path)), request_body = AddHelper,
    security(("bearer" = ["work_orders:add_helper"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/add-helper")]
async fn add_helper(
    ctx: Ctx<can::AddHelper>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<AddHelper>,
) -> ProblemResult<Answer> {
    ctx.act_on_part::<WorkOrder, _>(
        id.0,
        seen,
        "add_helper",
        cmd.0,
        async |tx, dossier, id, cmd, ctx, at| {
            dossier.order_gate(id, "add_helper", at)?;
            let target = dispatch::target(tx, cmd.engineer_id, "#/engineer_id", &dossier.request).await?;
            dossier.add_helper(id, &target, ctx, at)
        },
    )
    .await
}

/// Withdraw a job.
///
/// The request returns to allocation; a helper's order ends alone.
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
    act(ctx, id.0, seen, Deed::Cancel(cmd.0)).await
}

/// Confirm the work of an order.
///
/// It can be settled then. The last result is verified together with its request and every completed order of its cycle,
/// as `…/service-requests/{id}/verify` does; an order that went before it alone. Nobody verifies his own work.
#[utoipa::path(tag = "work_orders", operation_id = "verifyWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Nothing,
    security(("bearer" = ["work_orders:verify"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/verify")]
async fn verify(
    ctx: Ctx<can::Verify>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Verify).await
}

/// Send an order back to its engineer.
///
/// He corrects the result, then it waits for verification again. The last result is sent back together with its request.
#[utoipa::path(tag = "work_orders", operation_id = "rejectWorkOrder",
    params(("work_order_id" = WorkOrderId, Path)), request_body = BecauseOf,
    security(("bearer" = ["work_orders:reject"])), responses((status = 200, body = WorkOrderView)))]
#[post("/work-orders/{work_order_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<BecauseOf>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Reject(cmd.0)).await
}

/// One deed on one order.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: WorkOrderId,
    seen: IfMatchHeader,
    deed: Deed,
) -> ProblemResult<Answer> {
    ctx.act_on_part::<WorkOrder, _>(
        id,
        seen,
        deed.action(),
        deed,
        async |tx, dossier, id, deed, ctx, at| field::perform(tx, dossier, id, deed, ctx, at).await,
    )
    .await
}
