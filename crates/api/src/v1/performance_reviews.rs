//! Reviews of engineers' months over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::kernel::text::Label64;
use aftercare_domain::kernel::{Figure, Meta, Period, Permission, Result, Stamp};
use aftercare_domain::performance::reviews::{
    AppealReview, FinaliseReview, GenerateReviews, PerformanceReviewCreate, PerformanceReviewFilter, can,
};
use aftercare_domain::performance::{PerformanceReview, PerformanceReviewId, PerformanceScheme, ReviewLine};
use aftercare_domain::requests::Nothing;
use aftercare_persistence::assessments::digest;
use aftercare_persistence::performance::of_period;
use aftercare_persistence::{self as persistence, ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::performance;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(review).service(generate).service(get);
    cfg.service(recount).service(list_actions);
    cfg.service(confirm).service(appeal).service(finalise);
}

/// A review of an engineer's month.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PerformanceReview)]
pub struct PerformanceReviewView {
    /// The record.
    #[serde(flatten)]
    pub record: PerformanceReview,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

page!(PerformanceReviewPage, PerformanceReviewView);

/// The reviews one call made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewRound {
    /// The month.
    pub period: Period,
    /// The reviews made, in the order of their engineers.
    #[schema(max_items = 100)]
    pub review_ids: Vec<PerformanceReviewId>,
    /// Whether every engineer has his review now; else call again.
    pub is_complete: bool,
}

/// A review counted again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewRecount {
    /// What the rules gave then.
    pub content_hash: Label64,
    /// What they give now.
    pub recounted_hash: Label64,
    /// Whether both are the same, to the last byte.
    pub is_same: bool,
    /// The total they give now.
    pub total: Figure,
    /// The lines they give now.
    #[schema(max_items = 300)]
    pub lines: Vec<ReviewLine>,
}

impl PerformanceReviewView {
    /// The review as a caller sees it.
    fn of(record: PerformanceReview, at: &Stamp) -> PerformanceReviewView {
        PerformanceReviewView {
            allowed_actions: record.allowed_actions(at),
            record,
        }
    }
}

impl Resource for PerformanceReviewView {
    fn path(&self) -> String {
        format!("/v1/performance-reviews/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

/// List reviews of engineers' months.
///
/// An engineer sees his own once they are confirmed. Newest first. Sortable by `created_at`, `updated_at`, `period`,
/// `total`: `sort=-total` with a period ranks.
#[utoipa::path(tag = "performance_reviews", operation_id = "listPerformanceReviews",
    params(PerformanceReviewFilter, PageParams),
    security(("bearer" = ["performance_reviews:read"])), responses((status = 200, body = PerformanceReviewPage)))]
#[get("/performance-reviews")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<PerformanceReviewFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    performance::sweep(&ctx.state.db).await?;
    let sorts = <PerformanceReviewFilter as ListBy<PerformanceReview>>::SORTS;
    let page = ctx.page_request(&paging, sorts)?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<PerformanceReview>(tx, &filter.0, &page).await?;
            let at = tx.stamp();
            let view = |record| PerformanceReviewView::of(record, &at);
            Ok(found.map(view))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(PerformanceReviewPage::from(rows)).into_answer()?)
}

/// Review an engineer's month that is over.
///
/// First calls, handling, emergencies, second visits, satisfaction, attitude, arrivals and exams are measured from the
/// records (422 `fact_counted` for who tells them); `measures` tells what is not measured here yet. What nobody measured
/// costs nothing: `no_data`. What an indicator cannot come to, as a share above 100, is 422 `out_of_range`. 200 with the review there is when the month was reviewed before.
#[utoipa::path(tag = "performance_reviews", operation_id = "createPerformanceReview",
    request_body = PerformanceReviewCreate, security(("bearer" = ["performance_reviews:generate"])),
    responses((status = 200, body = PerformanceReviewView), (status = 201, body = PerformanceReviewView)))]
#[post("/performance-reviews")]
async fn review(ctx: Ctx<can::Generate>, cmd: Body<PerformanceReviewCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        if let Some(known) = of_period(tx, cmd.0.engineer_id, &cmd.0.period).await? {
            return Versioned(PerformanceReviewView::of(known, &tx.stamp())).into_answer();
        }
        let made = performance::review(tx, &cmd.0).await?;
        Created(PerformanceReviewView::of(made, &tx.stamp())).into_answer()
    })
    .await
}

/// Review the month of every engineer who has no review of it.
///
/// A hundred engineers for each call: call again until `is_complete`. Who has left or came later is left out.
#[utoipa::path(tag = "performance_reviews", operation_id = "generatePerformanceReviews",
    request_body = GenerateReviews, security(("bearer" = ["performance_reviews:generate"])),
    responses((status = 200, body = ReviewRound)))]
#[post("/performance-reviews/generate")]
async fn generate(ctx: Ctx<can::Generate>, cmd: Body<GenerateReviews>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let (made, is_complete) = performance::review_all(tx, &cmd.0).await?;
        Ok(Plain(ReviewRound {
            period: cmd.0.period,
            review_ids: made.iter().map(|it| it.id).collect(),
            is_complete,
        }))
    })
    .await
}

/// Get a review of an engineer's month.
#[utoipa::path(tag = "performance_reviews", operation_id = "getPerformanceReview",
    params(("performance_review_id" = PerformanceReviewId, Path)),
    security(("bearer" = ["performance_reviews:read"])), responses((status = 200, body = PerformanceReviewView)))]
#[get("/performance-reviews/{performance_review_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<PerformanceReviewId>) -> ProblemResult<Answer> {
    performance::sweep(&ctx.state.db).await?;
    ctx.read(async |tx| {
        let found = persistence::get(tx, id.0).await?;
        Ok(Versioned(PerformanceReviewView::of(found, &tx.stamp())))
    })
    .await
}

/// Count a review again, and compare.
///
/// From the records as they are now and what was told or put right, under the same version of the scheme. Nothing is kept.
#[utoipa::path(tag = "performance_reviews", operation_id = "recountPerformanceReview",
    params(("performance_review_id" = PerformanceReviewId, Path)),
    security(("bearer" = ["performance_reviews:read"])), responses((status = 200, body = ReviewRecount)))]
#[get("/performance-reviews/{performance_review_id}/recount")]
async fn recount(ctx: Ctx<can::Read>, id: PathId<PerformanceReviewId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let known: PerformanceReview = persistence::get(tx, id.0).await?;
        let again = performance::recount(tx, &known).await?;
        Ok(Plain(ReviewRecount {
            is_same: again.content_hash == known.content_hash,
            content_hash: known.content_hash,
            recounted_hash: again.content_hash,
            total: again.total,
            lines: again.count.lines,
        }))
    })
    .await
}

/// Say which actions are open on a review, and why the others are not.
#[utoipa::path(tag = "performance_reviews", operation_id = "listPerformanceReviewActions",
    params(("performance_review_id" = PerformanceReviewId, Path)),
    security(("bearer" = ["performance_reviews:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/performance-reviews/{performance_review_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<PerformanceReviewId>) -> ProblemResult<Answer> {
    performance::sweep(&ctx.state.db).await?;
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let found: PerformanceReview = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(found.action_reasons(&tx.stamp()), lang)))
    })
    .await
}

/// One action: the review is loaded, decided upon and kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: PerformanceReviewId,
    seen: IfMatchHeader,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut PerformanceReview, &Stamp) -> Result<()> + Send + 'static,
) -> ProblemResult<Answer> {
    performance::sweep(&ctx.state.db).await?;
    ctx.write(async move |tx| {
        let mut found: PerformanceReview = persistence::get_for_update(tx, id, &seen.0).await?;
        let at = tx.stamp();
        decide(tx, &mut found, &at).await?;
        persistence::update(tx, &mut found).await?;
        Ok(Versioned(PerformanceReviewView::of(found, &at)))
    })
    .await
}

/// Stand by a review.
///
/// The engineer sees it from now on and may appeal for seven days; then it is final.
#[utoipa::path(tag = "performance_reviews", operation_id = "confirmPerformanceReview",
    params(("performance_review_id" = PerformanceReviewId, Path)), request_body = Nothing,
    security(("bearer" = ["performance_reviews:confirm"])), responses((status = 200, body = PerformanceReviewView)))]
#[post("/performance-reviews/{performance_review_id}/confirm")]
async fn confirm(
    ctx: Ctx<can::Confirm>,
    id: PathId<PerformanceReviewId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |_, found, at| found.confirm(at)).await
}

/// Appeal against a review.
///
/// The engineer himself (403 `review_not_yours`), within seven days (422 `too_late`).
#[utoipa::path(tag = "performance_reviews", operation_id = "appealPerformanceReview",
    params(("performance_review_id" = PerformanceReviewId, Path)), request_body = AppealReview,
    security(("bearer" = ["performance_reviews:appeal"])), responses((status = 200, body = PerformanceReviewView)))]
#[post("/performance-reviews/{performance_review_id}/appeal")]
async fn appeal(
    ctx: Ctx<can::Appeal>,
    id: PathId<PerformanceReviewId>,
    seen: IfMatchHeader,
    cmd: Body<AppealReview>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, found, at| {
        found.appeal(&cmd.0, at)
    })
    .await
}

/// Answer an appeal and make the review final.
///
/// Measures that are put right count the month again under the same version of the scheme. What an indicator cannot come
/// to, as a share above 100 or minutes below nothing, is 422 `out_of_range`.
#[utoipa::path(tag = "performance_reviews", operation_id = "finalisePerformanceReview",
    params(("performance_review_id" = PerformanceReviewId, Path)), request_body = FinaliseReview,
    security(("bearer" = ["performance_reviews:finalise"])), responses((status = 200, body = PerformanceReviewView)))]
#[post("/performance-reviews/{performance_review_id}/finalise")]
async fn finalise(
    ctx: Ctx<can::Finalise>,
    id: PathId<PerformanceReviewId>,
    seen: IfMatchHeader,
    cmd: Body<FinaliseReview>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |tx, found, at| {
        let scheme: PerformanceScheme = persistence::get(tx, found.scheme_id).await?;
        let told = found.finalise(&cmd.0, &scheme, digest, at)?;
        performance::settled(tx, found, told).await
    })
    .await
}
