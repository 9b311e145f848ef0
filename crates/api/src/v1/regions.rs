//! Regions over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::text::RegionCode;
use aftercare_domain::regions::{Region, RegionCreate, RegionFilter, RegionPatch, can};
use aftercare_persistence as persistence;
use aftercare_persistence::regions;

use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

impl Resource for Region {
    fn path(&self) -> String {
        format!("/v1/regions/{}", self.code)
    }

    fn meta(&self) -> &aftercare_domain::kernel::Meta {
        &self.meta
    }
}
page!(RegionPage, Region);

/// List regions.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "regions", operation_id = "listRegions", params(RegionFilter, PageParams),
    security(("bearer" = ["regions:read"])), responses((status = 200, body = RegionPage)))]
#[get("/regions")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<RegionFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Region, _, RegionPage>(filter.0, paging).await
}

/// Add a region.
///
/// Level and region above follow from the code; the region above must exist. The same code again answers 409
/// `duplicate_code`.
#[utoipa::path(tag = "regions", operation_id = "createRegion", request_body = RegionCreate,
    security(("bearer" = ["regions:create"])), responses((status = 201, body = Region)))]
#[post("/regions")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<RegionCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let region = Region::add(cmd.0, &tx.stamp());
        let mut wrong = region.faults();
        if let Some(above) = region.parent_code.as_ref().filter(|_| wrong.is_empty()) {
            regions::refer(tx, above, "#/code", &mut wrong).await?;
        }
        Error::all(wrong)?;
        persistence::insert(tx, &region).await?;
        Ok(Created(region))
    })
    .await
}

/// Get a region.
#[utoipa::path(tag = "regions", operation_id = "getRegion", params(("region_code" = RegionCode, Path)),
    security(("bearer" = ["regions:read"])), responses((status = 200, body = Region)))]
#[get("/regions/{region_code}")]
async fn get(ctx: Ctx<can::Read>, code: PathId<RegionCode>) -> ProblemResult<Answer> {
    ctx.read(async |tx| regions::get(tx, &code.0).await.map(Versioned))
        .await
}

/// Change a region.
///
/// Send only the members to change. Code, level and region above never change.
#[utoipa::path(tag = "regions", operation_id = "updateRegion", params(("region_code" = RegionCode, Path)),
    request_body(content = RegionPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["regions:update"])), responses((status = 200, body = Region)))]
#[patch("/regions/{region_code}")]
async fn update(
    ctx: Ctx<can::Update>,
    code: PathId<RegionCode>,
    seen: IfMatchHeader,
    patch: Body<RegionPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let id = regions::id_of(tx, &code.0).await?;
        let mut region: Region = persistence::get_for_update(tx, id, &seen.0).await?;
        region.revise(patch.0);
        persistence::update(tx, &mut region).await?;
        Ok(Versioned(region))
    })
    .await
}
