//! Service histories over HTTP: what was done for a customer or a unit (CU-6).

use actix_web::get;
use aftercare_domain::customers::{self, Customer, CustomerId};
use aftercare_domain::installed_products::{self, InstalledProduct, InstalledProductId};
use aftercare_domain::kernel::Permission;
use aftercare_domain::service_history::{HistoryEntry, HistoryOf};
use aftercare_persistence as persistence;
use aftercare_persistence::{ListBy, SortKey};

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, IntoAnswer as _, Paging, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(of_customer).service(of_unit);
}

page!(HistoryPage, HistoryEntry);

/// Tell the history of a customer.
///
/// Requests, work orders, attempts, follow-ups, surveys and exchanges, newest first. Sortable by `at`. What fell due
/// within the last second may not show yet.
#[utoipa::path(tag = "customers", operation_id = "listCustomerHistory",
    params(("customer_id" = CustomerId, Path), PageParams),
    security(("bearer" = ["customers:read"])), responses((status = 200, body = HistoryPage)))]
#[get("/customers/{customer_id}/history")]
async fn of_customer(
    ctx: Ctx<customers::can::Read>,
    of: PathId<CustomerId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Customer>(tx, of.0).await)
        .await?;
    told(&ctx, HistoryOf::Customer(of.0), &paging).await
}

/// Tell the service history of a unit.
///
/// Requests, work orders, attempts, follow-ups, surveys and exchanges, newest first, of those of its customers whom the
/// caller may see. Sortable by `at`. What fell due within the last second may not show yet.
#[utoipa::path(tag = "installed_products", operation_id = "listInstalledProductServiceHistory",
    params(("installed_product_id" = InstalledProductId, Path), PageParams),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = HistoryPage)))]
#[get("/installed-products/{installed_product_id}/service-history")]
async fn of_unit(
    ctx: Ctx<installed_products::can::Read>,
    of: PathId<InstalledProductId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<InstalledProduct>(tx, of.0).await)
        .await?;
    told(&ctx, HistoryOf::Unit(of.0), &paging).await
}

/// One page, the newest first unless asked otherwise.
async fn told<P: Permission>(ctx: &Ctx<P>, of: HistoryOf, paging: &Paging) -> ProblemResult<Answer> {
    let mut page = ctx.page_request(paging, HistoryOf::SORTS)?;
    if page.sort.is_empty() {
        page.sort.push(SortKey {
            column: "at",
            is_descending: true,
        });
    }
    let listing = ctx
        .load(async |tx| persistence::list::<HistoryEntry>(tx, &of, &page).await)
        .await?;
    let (rows, info) = ctx.page_of(listing, &page, paging);
    Ok(Plain(HistoryPage::from((rows, info))).into_answer()?)
}
