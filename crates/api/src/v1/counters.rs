//! Counters over HTTP: a list, nothing else.

use actix_web::get;
use aftercare_domain::counters::{Counter, CounterFilter, can};
use aftercare_persistence as persistence;
use aftercare_persistence::{ListBy as _, SortKey};

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Filter, IntoAnswer as _, Paging, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list);
}

page!(CounterPage, Counter);

/// List counters.
///
/// Most occurrences first unless sorted otherwise. Sortable by `occurrences`, `reclassified_out`, `cancelled`.
#[utoipa::path(tag = "counters", operation_id = "listCounters", params(CounterFilter, PageParams),
    security(("bearer" = ["counters:read"])), responses((status = 200, body = CounterPage)))]
#[get("/counters")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<CounterFilter>, paging: Paging) -> ProblemResult<Answer> {
    let mut page = ctx.page_request(&paging, CounterFilter::SORTS)?;
    if page.sort.is_empty() {
        page.sort.push(SortKey {
            column: "occurrences",
            is_descending: true,
        });
    }
    let listing = ctx
        .load(async |tx| persistence::counters::page(tx, &filter.0, &page).await)
        .await?;
    let (rows, info) = ctx.page_of(listing, &page, &paging);
    Ok(Plain(CounterPage::from((rows, info))).into_answer()?)
}
