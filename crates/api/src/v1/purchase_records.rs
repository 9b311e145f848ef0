//! Purchase records over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::customers::{Customer, CustomerId};
use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::products::Product;
use aftercare_domain::purchase_records::{
    PurchaseRecord, PurchaseRecordCreate, PurchaseRecordId, PurchaseRecordPatch, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::customers::OfCustomer;
use aftercare_persistence::platform::references::refer;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Body, Created, Ctx, IfMatchHeader, Paging, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(PurchaseRecord, "/v1/purchase-records");
page!(PurchaseRecordPage, PurchaseRecord);

/// List the purchase records of a customer.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `purchased_on`.
#[utoipa::path(tag = "purchase_records", operation_id = "listPurchaseRecords",
    params(("customer_id" = CustomerId, Path), PageParams),
    security(("bearer" = ["purchase_records:read"])), responses((status = 200, body = PurchaseRecordPage)))]
#[get("/customers/{customer_id}/purchase-records")]
async fn list(ctx: Ctx<can::Read>, of: PathId<CustomerId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Customer>(tx, of.0).await)
        .await?;
    ctx.list::<PurchaseRecord, _, PurchaseRecordPage>(OfCustomer(of.0), paging)
        .await
}

/// Record a purchase of a customer.
///
/// The day lies not after today in the default zone (422 `date_in_future`). A customer who was merged takes nothing new
/// (409 `already_merged`), nor does an inactive one (422 `inactive_reference`).
#[utoipa::path(tag = "purchase_records", operation_id = "createPurchaseRecord",
    params(("customer_id" = CustomerId, Path)), request_body = PurchaseRecordCreate,
    security(("bearer" = ["purchase_records:create"])), responses((status = 201, body = PurchaseRecord)))]
#[post("/customers/{customer_id}/purchase-records")]
async fn create(
    ctx: Ctx<can::Create>,
    of: PathId<CustomerId>,
    cmd: Body<PurchaseRecordCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        persistence::get::<Customer>(tx, of.0).await?.takes_new()?;
        let mut wrong = cmd.0.faults(tx.today());
        let product = refer::<Product>(tx, cmd.0.product_id, "#/product_id", &mut wrong).await?;
        Error::all(wrong)?;
        let product = product.ok_or_else(|| UNKNOWN_REFERENCE.at("#/product_id"))?;
        let purchase = cmd.0.record(of.0, &product, &tx.stamp());
        persistence::insert(tx, &purchase).await?;
        Ok(Created(purchase))
    })
    .await
}

/// Get a purchase record.
#[utoipa::path(tag = "purchase_records", operation_id = "getPurchaseRecord",
    params(("purchase_record_id" = PurchaseRecordId, Path)),
    security(("bearer" = ["purchase_records:read"])), responses((status = 200, body = PurchaseRecord)))]
#[get("/purchase-records/{purchase_record_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<PurchaseRecordId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<PurchaseRecord>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a purchase record.
///
/// Send only the members to change; null clears.
#[utoipa::path(tag = "purchase_records", operation_id = "updatePurchaseRecord",
    params(("purchase_record_id" = PurchaseRecordId, Path)),
    request_body(content = PurchaseRecordPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["purchase_records:update"])), responses((status = 200, body = PurchaseRecord)))]
#[patch("/purchase-records/{purchase_record_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<PurchaseRecordId>,
    seen: IfMatchHeader,
    patch: Body<PurchaseRecordPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut purchase: PurchaseRecord = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let product_before = purchase.product_id;
        purchase.revise(patch.0);
        let mut wrong = purchase.faults(tx.today());
        if purchase.product_id != product_before {
            refer::<Product>(tx, purchase.product_id, "#/product_id", &mut wrong).await?;
        }
        Error::all(wrong)?;
        persistence::update(tx, &mut purchase).await?;
        Ok(Versioned(purchase))
    })
    .await
}
