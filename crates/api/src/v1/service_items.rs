//! Service items over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::text::{ItemCode, WordCode};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::service_items::{
    ServiceItem, ServiceItemCreate, ServiceItemFilter, ServiceItemId, ServiceItemPatch, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;

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

resource!(ServiceItem, "/v1/service-items");
page!(ServiceItemPage, ServiceItem);

/// List service items.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "service_items", operation_id = "listServiceItems", params(ServiceItemFilter, PageParams),
    security(("bearer" = ["service_items:read"])), responses((status = 200, body = ServiceItemPage)))]
#[get("/service-items")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ServiceItemFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ServiceItem, _, ServiceItemPage>(filter.0, paging)
        .await
}

/// Add a service item.
///
/// The same code again answers 409 `duplicate_code`. Refers to what is there and in use (422 `unknown_reference`, `inactive_reference`).
#[utoipa::path(tag = "service_items", operation_id = "createServiceItem", request_body = ServiceItemCreate,
    security(("bearer" = ["service_items:create"])), responses((status = 201, body = ServiceItem)))]
#[post("/service-items")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ServiceItemCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        refer(tx, Some(&cmd.0.unit), cmd.0.service_type.as_ref()).await?;
        let item = ServiceItem::register(cmd.0, &tx.stamp());
        persistence::insert(tx, &item).await?;
        Ok(Created(item))
    })
    .await
}

/// Get a service item.
#[utoipa::path(tag = "service_items", operation_id = "getServiceItem", params(("service_item_id" = ServiceItemId, Path)),
    security(("bearer" = ["service_items:read"])), responses((status = 200, body = ServiceItem)))]
#[get("/service-items/{service_item_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ServiceItemId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ServiceItem>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a service item.
///
/// Send only the members to change; null clears. The code never changes.
#[utoipa::path(tag = "service_items", operation_id = "updateServiceItem", params(("service_item_id" = ServiceItemId, Path)),
    request_body(content = ServiceItemPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_items:update"])), responses((status = 200, body = ServiceItem)))]
#[patch("/service-items/{service_item_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ServiceItemId>,
    seen: IfMatchHeader,
    patch: Body<ServiceItemPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut item: ServiceItem = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let unit = patch.0.unit.as_ref().filter(|new| **new != item.unit);
        let service_type = patch.0.service_type.set();
        let service_type = service_type.filter(|new| Some(*new) != item.service_type.as_ref());
        refer(tx, unit, service_type).await?;
        item.revise(patch.0);
        persistence::update(tx, &mut item).await?;
        Ok(Versioned(item))
    })
    .await
}

/// What a new item names must be there and in use; what it named before may have gone out of use (BD-2).
async fn refer(tx: &mut Tx<'_>, unit: Option<&ItemCode>, service_type: Option<&WordCode>) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(unit) = unit {
        persistence::dictionaries::refer_item(tx, "unit", unit.as_str(), "#/unit", &mut wrong).await?;
    }
    if let Some(code) = service_type {
        persistence::service_types::refer(tx, code, "#/service_type", &mut wrong).await?;
    }
    Error::all(wrong)
}
