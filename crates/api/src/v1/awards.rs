//! Awards over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::kernel::Period;
use aftercare_domain::performance::awards::{Award, AwardFilter, AwardId, GenerateAwards, can};
use aftercare_persistence as persistence;
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::performance;
use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Body, Ctx, Filter, Paging, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(generate).service(get);
}

resource!(Award, "/v1/awards");
page!(AwardPage, Award);

/// The awards of a month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AwardRound {
    /// The month.
    pub period: Period,
    /// Its awards; the first two hundred.
    #[schema(max_items = 200)]
    pub awards: Vec<Award>,
}

/// List awards.
///
/// Newest first. Sortable by `created_at`, `period`, `figure`.
#[utoipa::path(tag = "awards", operation_id = "listAwards", params(AwardFilter, PageParams),
    security(("bearer" = ["awards:read"])), responses((status = 200, body = AwardPage)))]
#[get("/awards")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<AwardFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Award, _, AwardPage>(filter.0, paging).await
}

/// Make the awards of a month.
///
/// Once every review of the month is final (409 `reviews_open`): the best tenth of those with twenty closed requests, and
/// everybody who pleased 98 % of twenty customers; who has the same figure shares. Made once, the same is answered.
#[utoipa::path(tag = "awards", operation_id = "generateAwards", request_body = GenerateAwards,
    security(("bearer" = ["awards:generate"])), responses((status = 200, body = AwardRound)))]
#[post("/awards/generate")]
async fn generate(ctx: Ctx<can::Generate>, cmd: Body<GenerateAwards>) -> ProblemResult<Answer> {
    performance::sweep(&ctx.state.db).await?;
    ctx.write(async move |tx| {
        let mut awards = performance::award(tx, &cmd.0.period).await?;
        awards.truncate(200);
        Ok(Plain(AwardRound {
            period: cmd.0.period,
            awards,
        }))
    })
    .await
}

/// Get an award.
#[utoipa::path(tag = "awards", operation_id = "getAward", params(("award_id" = AwardId, Path)),
    security(("bearer" = ["awards:read"])), responses((status = 200, body = Award)))]
#[get("/awards/{award_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<AwardId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Award>(tx, id.0).await.map(Versioned))
        .await
}
