//! Service types over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::service_types::{
    ServiceType, ServiceTypeCreate, ServiceTypeFilter, ServiceTypeId, ServiceTypePatch, can,
};
use aftercare_persistence as persistence;

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

resource!(ServiceType, "/v1/service-types");
page!(ServiceTypePage, ServiceType);

/// List service types.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "service_types", operation_id = "listServiceTypes", params(ServiceTypeFilter, PageParams),
    security(("bearer" = ["service_types:read"])), responses((status = 200, body = ServiceTypePage)))]
#[get("/service-types")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ServiceTypeFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ServiceType, _, ServiceTypePage>(filter.0, paging)
        .await
}

/// Add a service type.
///
/// The same code again answers 409 `duplicate_code`.
#[utoipa::path(tag = "service_types", operation_id = "createServiceType", request_body = ServiceTypeCreate,
    security(("bearer" = ["service_types:create"])), responses((status = 201, body = ServiceType)))]
#[post("/service-types")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ServiceTypeCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let kind = ServiceType::register(cmd.0, &tx.stamp());
        persistence::insert(tx, &kind).await?;
        Ok(Created(kind))
    })
    .await
}

/// Get a service type.
#[utoipa::path(tag = "service_types", operation_id = "getServiceType", params(("service_type_id" = ServiceTypeId, Path)),
    security(("bearer" = ["service_types:read"])), responses((status = 200, body = ServiceType)))]
#[get("/service-types/{service_type_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ServiceTypeId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ServiceType>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a service type.
///
/// Send only the members to change. The code and what it is handled as never change.
#[utoipa::path(tag = "service_types", operation_id = "updateServiceType", params(("service_type_id" = ServiceTypeId, Path)),
    request_body(content = ServiceTypePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_types:update"])), responses((status = 200, body = ServiceType)))]
#[patch("/service-types/{service_type_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ServiceTypeId>,
    seen: IfMatchHeader,
    patch: Body<ServiceTypePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut kind: ServiceType = persistence::get_for_update(tx, id.0, &seen.0).await?;
        kind.revise(patch.0);
        persistence::update(tx, &mut kind).await?;
        Ok(Versioned(kind))
    })
    .await
}
