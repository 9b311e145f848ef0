//! Addresses over HTTP: routes, then handlers in URL order.

use actix_web::{delete, get, patch, post};
use aftercare_domain::addresses::{Address, AddressCreate, AddressId, AddressPatch, can};
use aftercare_domain::customers::{Customer, CustomerId};
use aftercare_domain::kernel::{Error, Result};
use aftercare_persistence as persistence;
use aftercare_persistence::addresses::{others, step_down};
use aftercare_persistence::customers::OfCustomer;
use aftercare_persistence::{IfMatch, Tx};

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get).service(update).service(remove);
}

resource!(Address, "/v1/addresses");
page!(AddressPage, Address);

/// List the addresses of a customer.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `region_code`.
#[utoipa::path(tag = "addresses", operation_id = "listAddresses", params(("customer_id" = CustomerId, Path), PageParams),
    security(("bearer" = ["addresses:read"])), responses((status = 200, body = AddressPage)))]
#[get("/customers/{customer_id}/addresses")]
async fn list(ctx: Ctx<can::Read>, of: PathId<CustomerId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Customer>(tx, of.0).await)
        .await?;
    ctx.list::<Address, _, AddressPage>(OfCustomer(of.0), paging)
        .await
}

/// Add an address to a customer.
///
/// The first one is the default one; a later one with `is_default` takes over from it. A customer who was merged takes
/// nothing new (409 `already_merged`), nor does an inactive one (422 `inactive_reference`).
#[utoipa::path(tag = "addresses", operation_id = "createAddress", params(("customer_id" = CustomerId, Path)),
    request_body = AddressCreate,
    security(("bearer" = ["addresses:create"])), responses((status = 201, body = Address)))]
#[post("/customers/{customer_id}/addresses")]
async fn create(
    ctx: Ctx<can::Create>,
    of: PathId<CustomerId>,
    cmd: Body<AddressCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        // One at a time for each customer, so that there is never a second default one.
        let customer: Customer = persistence::get_for_update(tx, of.0, &IfMatch::internal()).await?;
        customer.takes_new()?;
        let is_first = others(tx, of.0, None).await? == 0;
        let address = Address::add(cmd.0, of.0, is_first, &tx.stamp())?;
        admit(tx, &address, None).await?;
        if address.is_default {
            step_down(tx, of.0, address.id).await?;
        }
        persistence::insert(tx, &address).await?;
        Ok(Created(address))
    })
    .await
}

/// Get an address.
#[utoipa::path(tag = "addresses", operation_id = "getAddress", params(("address_id" = AddressId, Path)),
    security(("bearer" = ["addresses:read"])), responses((status = 200, body = Address)))]
#[get("/addresses/{address_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<AddressId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Address>(tx, id.0).await.map(Versioned))
        .await
}

/// Change an address.
///
/// Send only the members to change; null clears. `is_default: true` takes over from the default one; `false` on it
/// answers 409 `default_required`.
#[utoipa::path(tag = "addresses", operation_id = "updateAddress", params(("address_id" = AddressId, Path)),
    request_body(content = AddressPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["addresses:update"])), responses((status = 200, body = Address)))]
#[patch("/addresses/{address_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<AddressId>,
    seen: IfMatchHeader,
    patch: Body<AddressPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let address = hold(tx, id.0, &seen.0).await?;
        let before = address.clone();
        let mut address = address.revise(patch.0)?;
        admit(tx, &address, Some(&before)).await?;
        if address.is_default {
            step_down(tx, address.customer_id, address.id).await?;
        }
        persistence::update(tx, &mut address).await?;
        Ok(Versioned(address))
    })
    .await
}

/// Remove an address.
///
/// The default one cannot be removed while others exist (409 `default_required`); what is still referred to answers 409 `in_use`.
#[utoipa::path(tag = "addresses", operation_id = "deleteAddress", params(("address_id" = AddressId, Path)),
    security(("bearer" = ["addresses:delete"])), responses((status = 204)))]
#[delete("/addresses/{address_id}")]
async fn remove(ctx: Ctx<can::Delete>, id: PathId<AddressId>, seen: IfMatchHeader) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let address = hold(tx, id.0, &seen.0).await?;
        address.may_leave(others(tx, address.customer_id, Some(address.id)).await?)?;
        persistence::delete(tx, &address).await?;
        Ok(NoContent)
    })
    .await
}

/// A new region is one we know; the one held before stays valid (BD-2).
async fn admit(tx: &mut Tx<'_>, address: &Address, before: Option<&Address>) -> Result<()> {
    let code = &address.region_code;
    let mut wrong = Vec::new();
    if before.map(|old| &old.region_code) != Some(code) {
        persistence::regions::refer(tx, code, "#/region_code", &mut wrong).await?;
    }
    Error::all(wrong)
}

/// The address, to be changed; its customer first, so that changes of one customer's addresses come one by one.
async fn hold(tx: &mut Tx<'_>, id: AddressId, seen: &IfMatch) -> Result<Address> {
    let address: Address = persistence::get(tx, id).await?;
    persistence::get_for_update::<Customer>(tx, address.customer_id, &IfMatch::internal()).await?;
    persistence::get_for_update(tx, id, seen).await
}
