//! Where outlets serve, and where nobody does (OU-5, R-106).

use actix_web::get;
use aftercare_domain::outlets::can;
use aftercare_domain::outlets::coverage::{CityCoverage, CoverageFilter, cover, lineages};
use aftercare_persistence::{product_categories, regions, service_outlets};

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Filter, Paging, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_coverage);
}

page!(CityCoveragePage, CityCoverage);

/// List the cities without an outlet, by category of products.
///
/// In order of the code; not sortable. A city counts as served when an outlet on trial or active names the city, the
/// province or a county in it, and the category or one above it. Categories with others below them are left out: what is
/// below them is told. With `with_served=true` every city, with how many outlets take work there.
#[utoipa::path(tag = "service_outlets", operation_id = "listServiceOutletCoverage",
    params(CoverageFilter, PageParams),
    security(("bearer" = ["service_outlets:read_coverage"])), responses((status = 200, body = CityCoveragePage)))]
#[get("/service-outlets/coverage")]
async fn list_coverage(
    ctx: Ctx<can::ReadCoverage>,
    filter: Filter<CoverageFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let cities = ctx
        .load(async |tx| {
            let cities = regions::cities(tx).await?;
            let outlets = service_outlets::at_work(tx).await?;
            let categories = product_categories::all(tx).await?;
            let lines = lineages(&categories, filter.0.product_category_id);
            Ok(cover(&cities, &outlets, &lines))
        })
        .await?;
    let told = cities.into_iter().filter(|city| filter.0.lets(city)).collect();
    ctx.list_told::<_, CityCoveragePage>(told, |city| city.region_code.as_str(), &paging)
}
