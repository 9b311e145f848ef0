//! Performance schemes over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::kernel::Error;
use aftercare_domain::performance::PerformanceScheme;
use aftercare_domain::performance::schemes::{
    PerformanceSchemeCreate, PerformanceSchemeFilter, PerformanceSchemeId, can,
};
use aftercare_persistence as persistence;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Body, Created, Ctx, Filter, Paging, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get);
}

resource!(PerformanceScheme, "/v1/performance-schemes");
page!(PerformanceSchemePage, PerformanceScheme);

/// List performance schemes, every version.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`, `effective_from`.
#[utoipa::path(tag = "performance_schemes", operation_id = "listPerformanceSchemes",
    params(PerformanceSchemeFilter, PageParams),
    security(("bearer" = ["performance_schemes:read"])), responses((status = 200, body = PerformanceSchemePage)))]
#[get("/performance-schemes")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<PerformanceSchemeFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<PerformanceScheme, _, PerformanceSchemePage>(filter.0, paging)
        .await
}

/// Add a performance scheme, or the next version of one.
///
/// A version never changes: what was reviewed by it can be counted again. A code that is known gets its next version.
/// The weights add up to 1 (422 `dimension_weights`).
#[utoipa::path(tag = "performance_schemes", operation_id = "createPerformanceScheme",
    request_body = PerformanceSchemeCreate,
    security(("bearer" = ["performance_schemes:create"])), responses((status = 201, body = PerformanceScheme)))]
#[post("/performance-schemes")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<PerformanceSchemeCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let known = persistence::performance::versions(tx, &cmd.0.code).await?;
        let last = known.iter().map(|version| version.rule_version).max();
        let scheme = PerformanceScheme::add(cmd.0, last, &tx.stamp());
        Error::all(scheme.faults())?;
        persistence::insert(tx, &scheme).await?;
        Ok(Created(scheme))
    })
    .await
}

/// Get a version of a performance scheme.
#[utoipa::path(tag = "performance_schemes", operation_id = "getPerformanceScheme",
    params(("performance_scheme_id" = PerformanceSchemeId, Path)),
    security(("bearer" = ["performance_schemes:read"])), responses((status = 200, body = PerformanceScheme)))]
#[get("/performance-schemes/{performance_scheme_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<PerformanceSchemeId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<PerformanceScheme>(tx, id.0)
            .await
            .map(Versioned)
    })
    .await
}
