//! How an engineer did and stands, over HTTP: routes, then handlers in URL order.

use actix_web::get;
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Figure, Money, Period};
use aftercare_domain::performance::credit::{self, CreditEntry, CreditFilter};
use aftercare_domain::performance::reviews::can;
use aftercare_domain::performance::{PerformanceBand, PerformanceReview, PerformanceReviewId, ReviewStatus};
use aftercare_domain::requests::EngineerId;
use aftercare_persistence::performance::credit::{LedgerOf, balances};
use aftercare_persistence::performance::{last_totals, newest};
use aftercare_persistence::{self as persistence, ListBy};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Filter, IntoAnswer as _, Paging, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// How many months are shown.
const MONTHS: i64 = 12;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_performance).service(list_credit);
}

page!(CreditEntryPage, CreditEntry);

/// How an engineer did and how he stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngineerPerformance {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// His credit score; everybody begins at 80.
    #[schema(minimum = 0, maximum = 120)]
    pub credit: i64,
    /// The total of his last final review.
    #[schema(required)]
    pub last_total: Option<Figure>,
    /// His last twelve months that were reviewed, the newest first.
    #[schema(max_items = 12)]
    pub months: Vec<ReviewedMonth>,
}

/// One reviewed month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewedMonth {
    /// The review.
    pub review_id: PerformanceReviewId,
    /// The month.
    pub period: Period,
    /// The total.
    pub total: Figure,
    /// What it earns.
    pub band: PerformanceBand,
    /// By what the bonus is multiplied.
    pub coefficient: Figure,
    /// The bonus; null where he has no base.
    #[schema(required)]
    pub bonus: Option<Money>,
    /// Where the review stands.
    pub status: ReviewStatus,
}

impl From<PerformanceReview> for ReviewedMonth {
    fn from(review: PerformanceReview) -> ReviewedMonth {
        ReviewedMonth {
            review_id: review.id,
            period: review.period,
            total: review.total,
            band: review.band,
            coefficient: review.coefficient,
            bonus: review.bonus,
            status: review.status,
        }
    }
}

/// Say how an engineer did and how he stands.
///
/// Each engineer sees his own, without drafts.
#[utoipa::path(tag = "engineers", operation_id = "getEngineerPerformance",
    params(("engineer_id" = EngineerId, Path)),
    security(("bearer" = ["performance_reviews:read"])), responses((status = 200, body = EngineerPerformance)))]
#[get("/engineers/{engineer_id}/performance")]
async fn get_performance(ctx: Ctx<can::Read>, id: PathId<EngineerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let engineer: Engineer = persistence::get(tx, id.0).await?;
        let credit = balances(tx, &[engineer.id]).await?;
        let totals = last_totals(tx, &[engineer.id]).await?;
        let months = newest(tx, engineer.id, MONTHS).await?;
        Ok(Plain(EngineerPerformance {
            engineer_id: engineer.id,
            credit: *credit.get(&engineer.id).ok_or_else(|| INTERNAL.error())?,
            last_total: totals.get(&engineer.id).copied(),
            months: months.into_iter().map(ReviewedMonth::from).collect(),
        }))
    })
    .await
}

/// List what moved the credit score of an engineer.
///
/// Everybody begins at 80 and stays between 0 and 120; `balance` is the score after each entry. Of one job or call the same
/// counts once. Newest first. Sortable by `no`, `at`.
#[utoipa::path(tag = "engineers", operation_id = "listCreditEntries",
    params(("engineer_id" = EngineerId, Path), CreditFilter, PageParams),
    security(("bearer" = ["credit_entries:read"])), responses((status = 200, body = CreditEntryPage)))]
#[get("/engineers/{engineer_id}/credit")]
async fn list_credit(
    ctx: Ctx<credit::can::Read>,
    id: PathId<EngineerId>,
    filter: Filter<CreditFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, <LedgerOf as ListBy<CreditEntry>>::SORTS)?;
    let of = LedgerOf(id.0, filter.0);
    let listing = ctx
        .load(async |tx| {
            persistence::get::<Engineer>(tx, id.0).await?;
            persistence::list::<CreditEntry>(tx, &of, &page).await
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(CreditEntryPage::from(rows)).into_answer()?)
}
