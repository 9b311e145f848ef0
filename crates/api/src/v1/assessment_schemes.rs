//! Assessment schemes over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::assessments::schemes::can;
use aftercare_domain::assessments::{
    AssessmentScheme, AssessmentSchemeCreate, AssessmentSchemeFilter, AssessmentSchemeId,
};
use aftercare_domain::kernel::Error;
use aftercare_persistence as persistence;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Body, Created, Ctx, Filter, Paging, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get);
}

resource!(AssessmentScheme, "/v1/assessment-schemes");
page!(AssessmentSchemePage, AssessmentScheme);

/// List assessment schemes, every version.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`, `effective_from`.
#[utoipa::path(tag = "assessment_schemes", operation_id = "listAssessmentSchemes",
    params(AssessmentSchemeFilter, PageParams),
    security(("bearer" = ["assessment_schemes:read"])), responses((status = 200, body = AssessmentSchemePage)))]
#[get("/assessment-schemes")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<AssessmentSchemeFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<AssessmentScheme, _, AssessmentSchemePage>(filter.0, paging)
        .await
}

/// Add an assessment scheme, or the next version of one.
///
/// A version never changes: what was assessed by it can be counted again. A code that is known gets its next version.
/// The weights add up to 100 (422 `weights_not_100`). A fact is one that is counted here, one that is told with an
/// assessment, or one of the company's own that begins with `own_` (422 `unknown_fact`).
#[utoipa::path(tag = "assessment_schemes", operation_id = "createAssessmentScheme",
    request_body = AssessmentSchemeCreate,
    security(("bearer" = ["assessment_schemes:create"])), responses((status = 201, body = AssessmentScheme)))]
#[post("/assessment-schemes")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<AssessmentSchemeCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let known = persistence::assessments::versions(tx, &cmd.0.code).await?;
        let last = known.iter().map(|version| version.rule_version).max();
        let scheme = AssessmentScheme::add(cmd.0, last, &tx.stamp());
        Error::all(scheme.faults())?;
        persistence::insert(tx, &scheme).await?;
        Ok(Created(scheme))
    })
    .await
}

/// Get a version of an assessment scheme.
#[utoipa::path(tag = "assessment_schemes", operation_id = "getAssessmentScheme",
    params(("assessment_scheme_id" = AssessmentSchemeId, Path)),
    security(("bearer" = ["assessment_schemes:read"])), responses((status = 200, body = AssessmentScheme)))]
#[get("/assessment-schemes/{assessment_scheme_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<AssessmentSchemeId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<AssessmentScheme>(tx, id.0)
            .await
            .map(Versioned)
    })
    .await
}
