//! Surveys over HTTP: when each closed request's customer is asked (FU-2).

use actix_web::get;
use aftercare_domain::requests::filters::SurveyFilter;
use aftercare_domain::surveys::{Survey, SurveyId, can};
use aftercare_persistence as persistence;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Ctx, Filter, Paging, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(get);
}

resource!(Survey, "/v1/surveys");
page!(SurveyPage, Survey);

/// List surveys.
///
/// Newest first. Sortable by `created_at`, `send_at`.
#[utoipa::path(tag = "surveys", operation_id = "listSurveys", params(SurveyFilter, PageParams),
    security(("bearer" = ["surveys:read"])), responses((status = 200, body = SurveyPage)))]
#[get("/surveys")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<SurveyFilter>, paging: Paging) -> ProblemResult<Answer> {
    if let Some(id) = filter.0.service_request_id {
        ctx.catch_up(id).await?;
    }
    ctx.list::<Survey, _, SurveyPage>(filter.0, paging).await
}

/// Get a survey.
#[utoipa::path(tag = "surveys", operation_id = "getSurvey", params(("survey_id" = SurveyId, Path)),
    security(("bearer" = ["surveys:read"])), responses((status = 200, body = Survey)))]
#[get("/surveys/{survey_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<SurveyId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Survey>(tx, id.0).await.map(Versioned))
        .await
}
