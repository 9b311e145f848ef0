//! The field dispatch sheet over HTTP: one part of it at a time, always whole.

use actix_web::{get, put};
use aftercare_domain::kernel::Meta;
use aftercare_domain::kernel::text::{Label200, Reason};
use aftercare_domain::work_orders::field::{ChecklistItem, Expense, PartLine, Photo};
use aftercare_domain::work_orders::sheet::{
    Checklist, ExpenseSheet, LaborSheet, PartsSheet, PhotoSheet, SheetEntry, SignatureSheet,
};
use aftercare_domain::work_orders::{Deed, LaborLine, WorkOrder, WorkOrderId, can};
use serde::Serialize;
use utoipa::ToSchema;

use super::{WorkOrderView, act};
use crate::http::reply::Resource;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_labor).service(write_labor);
    cfg.service(get_parts).service(write_parts);
    cfg.service(get_expenses).service(write_expenses);
    cfg.service(get_checklist).service(write_checklist);
    cfg.service(get_photos).service(write_photos);
    cfg.service(get_signature).service(write_signature);
}

/// Parts of the sheet as they stand: the members of the order, and its version.
macro_rules! parts {
    ($($(#[doc = $doc:literal])* $view:ident, $path:literal { $($(#[$meta:meta])* $member:ident: $type:ty,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $view {
            /// The order.
            pub work_order_id: WorkOrderId,
            $($(#[$meta])* pub $member: $type,)*
            /// Grows with each correction of the result, from 1 at completion.
            #[schema(minimum = 0, maximum = 100_000_000)]
            pub result_version: i64,
            /// Version and times of the order.
            #[serde(flatten)]
            pub meta: Meta,
        }

        impl From<&WorkOrder> for $view {
            fn from(order: &WorkOrder) -> Self {
                Self {
                    work_order_id: order.id,
                    $($member: order.$member.clone(),)*
                    result_version: order.result_version,
                    meta: order.meta.clone(),
                }
            }
        }

        impl Resource for $view {
            fn path(&self) -> String {
                format!(concat!("/v1/work-orders/{}/", $path), self.work_order_id)
            }

            fn meta(&self) -> &Meta {
                &self.meta
            }
        }
    )*};
}

parts! {
    /// Work done on an order.
    WorkOrderLabor, "labor" {
        /// The lines.
        #[schema(max_items = 50)]
        labor: Vec<LaborLine>,
    }
    /// Parts put in on an order.
    WorkOrderParts, "parts" {
        /// The lines.
        #[schema(max_items = 50)]
        parts: Vec<PartLine>,
    }
    /// Expenses on an order.
    WorkOrderExpenses, "expenses" {
        /// The lines.
        #[schema(max_items = 50)]
        expenses: Vec<Expense>,
    }
    /// Points to be looked at on an order.
    WorkOrderChecklist, "checklist" {
        /// The lines.
        #[schema(max_items = 50)]
        checklist: Vec<ChecklistItem>,
    }
    /// Pictures taken on an order.
    WorkOrderPhotos, "photos" {
        /// The lines.
        #[schema(max_items = 50)]
        photos: Vec<Photo>,
    }
    /// The customer's signature on an order, or why there is none.
    WorkOrderSignature, "signature" {
        /// A name or a reference to the picture.
        #[schema(required)]
        customer_signature: Option<Label200>,
        /// Why there is none.
        #[schema(required)]
        signature_waiver_reason: Option<Reason>,
    }
}

async fn show<V>(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer>
where
    V: for<'a> From<&'a WorkOrder> + Resource,
{
    ctx.read_part(id.0, |order: &WorkOrder, _, _| Versioned(V::from(order)))
        .await
}

/// Get the work done on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderLabor", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderLabor)))]
#[get("/work-orders/{work_order_id}/labor")]
async fn get_labor(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderLabor>(ctx, id).await
}

/// Write the work done on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderLabor",
    params(("work_order_id" = WorkOrderId, Path)), request_body = LaborSheet,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/labor")]
async fn write_labor(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<LaborSheet>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Write(SheetEntry::Labor(cmd.0.labor))).await
}

/// Get the parts put in on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderParts", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderParts)))]
#[get("/work-orders/{work_order_id}/parts")]
async fn get_parts(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderParts>(ctx, id).await
}

/// Write the parts put in on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderParts",
    params(("work_order_id" = WorkOrderId, Path)), request_body = PartsSheet,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/parts")]
async fn write_parts(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<PartsSheet>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Write(SheetEntry::Parts(cmd.0.parts))).await
}

/// Get the expenses on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderExpenses", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderExpenses)))]
#[get("/work-orders/{work_order_id}/expenses")]
async fn get_expenses(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderExpenses>(ctx, id).await
}

/// Write the expenses on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderExpenses",
    params(("work_order_id" = WorkOrderId, Path)), request_body = ExpenseSheet,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/expenses")]
async fn write_expenses(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<ExpenseSheet>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Write(SheetEntry::Expenses(cmd.0.expenses))).await
}

/// Get the points to be looked at on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderChecklist", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderChecklist)))]
#[get("/work-orders/{work_order_id}/checklist")]
async fn get_checklist(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderChecklist>(ctx, id).await
}

/// Write the points to be looked at on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderChecklist",
    params(("work_order_id" = WorkOrderId, Path)), request_body = Checklist,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/checklist")]
async fn write_checklist(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<Checklist>,
) -> ProblemResult<Answer> {
    act(
        ctx,
        id.0,
        seen,
        Deed::Write(SheetEntry::Checklist(cmd.0.checklist)),
    )
    .await
}

/// Get the pictures taken on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderPhotos", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderPhotos)))]
#[get("/work-orders/{work_order_id}/photos")]
async fn get_photos(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderPhotos>(ctx, id).await
}

/// Write the pictures taken on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderPhotos",
    params(("work_order_id" = WorkOrderId, Path)), request_body = PhotoSheet,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/photos")]
async fn write_photos(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<PhotoSheet>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Write(SheetEntry::Photos(cmd.0.photos))).await
}

/// Get the customer's signature on an order.
#[utoipa::path(tag = "work_orders", operation_id = "getWorkOrderSignature", params(("work_order_id" = WorkOrderId, Path)),
    security(("bearer" = ["work_orders:read"])), responses((status = 200, body = WorkOrderSignature)))]
#[get("/work-orders/{work_order_id}/signature")]
async fn get_signature(ctx: Ctx<can::Read>, id: PathId<WorkOrderId>) -> ProblemResult<Answer> {
    show::<WorkOrderSignature>(ctx, id).await
}

/// Write the customer's signature on an order.
///
/// All of it at once, while the order is open; on a completed order it is a correction of its result.
#[utoipa::path(tag = "work_orders", operation_id = "replaceWorkOrderSignature",
    params(("work_order_id" = WorkOrderId, Path)), request_body = SignatureSheet,
    security(("bearer" = ["work_orders:write_sheet"])), responses((status = 200, body = WorkOrderView)))]
#[put("/work-orders/{work_order_id}/signature")]
async fn write_signature(
    ctx: Ctx<can::WriteSheet>,
    id: PathId<WorkOrderId>,
    seen: IfMatchHeader,
    cmd: Body<SignatureSheet>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, Deed::Write(SheetEntry::Signature(cmd.0))).await
}
