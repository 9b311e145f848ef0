//! Fault codes over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::fault_codes::{
    FaultCode, FaultCodeCreate, FaultCodeFilter, FaultCodeId, FaultCodePatch, can,
};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(FaultCode, "/v1/fault-codes");
page!(FaultCodePage, FaultCode);

/// List fault codes.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "fault_codes", operation_id = "listFaultCodes", params(FaultCodeFilter, PageParams),
    security(("bearer" = ["fault_codes:read"])), responses((status = 200, body = FaultCodePage)))]
#[get("/fault-codes")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<FaultCodeFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<FaultCode, _, FaultCodePage>(filter.0, paging).await
}

/// Add a fault code.
///
/// The same code again answers 409 `duplicate_code`. Refers to what is there and in use (422 `unknown_reference`, `inactive_reference`).
#[utoipa::path(tag = "fault_codes", operation_id = "createFaultCode", request_body = FaultCodeCreate,
    security(("bearer" = ["fault_codes:create"])), responses((status = 201, body = FaultCode)))]
#[post("/fault-codes")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<FaultCodeCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        refer(tx, cmd.0.category_id.as_ref()).await?;
        let fault = FaultCode::register(cmd.0, &tx.stamp());
        persistence::insert(tx, &fault).await?;
        Ok(Created(fault))
    })
    .await
}

/// Get a fault code.
#[utoipa::path(tag = "fault_codes", operation_id = "getFaultCode", params(("fault_code_id" = FaultCodeId, Path)),
    security(("bearer" = ["fault_codes:read"])), responses((status = 200, body = FaultCode)))]
#[get("/fault-codes/{fault_code_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<FaultCodeId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<FaultCode>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a fault code.
///
/// Send only the members to change; null clears. Code and kind never change.
#[utoipa::path(tag = "fault_codes", operation_id = "updateFaultCode", params(("fault_code_id" = FaultCodeId, Path)),
    request_body(content = FaultCodePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["fault_codes:update"])), responses((status = 200, body = FaultCode)))]
#[patch("/fault-codes/{fault_code_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<FaultCodeId>,
    seen: IfMatchHeader,
    patch: Body<FaultCodePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut fault: FaultCode = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let category = patch.0.category_id.set();
        refer(tx, category.filter(|new| Some(**new) != fault.category_id)).await?;
        fault.revise(patch.0);
        persistence::update(tx, &mut fault).await?;
        Ok(Versioned(fault))
    })
    .await
}

/// The category a new code names must be there and in use; the one it named before may have gone out of use (BD-2).
async fn refer(tx: &mut Tx<'_>, category: Option<&ProductCategoryId>) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(id) = category {
        references::refer::<ProductCategory>(tx, *id, "#/category_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
