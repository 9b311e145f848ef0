//! Units at customers' over HTTP: routes, then handlers in URL order.

mod actions;
mod passport;
mod warranty;

use actix_web::{get, patch, post};
use aftercare_domain::customers::{Customer, CustomerId};
use aftercare_domain::installed_products::{
    InstalledProduct, InstalledProductCreate, InstalledProductFilter, InstalledProductId,
    InstalledProductPatch, InstalledProductUpsert, can,
};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{Actor, Error, Meta, Permission, Result};
use aftercare_domain::products::Product;
use aftercare_domain::warranty_policies::WarrantyPolicy;
use aftercare_persistence as persistence;
use aftercare_persistence::installed_products::serial_is_free;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::platform::references::{refer, refer_child};
use aftercare_persistence::{ListBy, Listing, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::warranty_ends;
use crate::http::input::PageParams;
use crate::http::keyed::{self, Key};
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, Precondition,
    ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_of_customer).service(list).service(create);
    cfg.service(get_by_key).service(upsert);
    cfg.service(get).service(update);
    cfg.configure(actions::routes).configure(warranty::routes);
    cfg.configure(passport::routes);
}

/// One unit at a customer's.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InstalledProduct)]
pub struct InstalledProductView {
    /// The record.
    #[serde(flatten)]
    pub record: InstalledProduct,
    /// What the caller may do with it now.
    #[schema(max_items = 50, value_type = Vec<WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

impl InstalledProductView {
    /// The unit as a caller sees it.
    fn of(record: InstalledProduct, actor: &Actor) -> InstalledProductView {
        InstalledProductView {
            allowed_actions: record.allowed_actions(actor),
            record,
        }
    }

    /// The same for whoever acts in a unit of work.
    pub fn within(record: InstalledProduct, tx: &Tx<'_>) -> InstalledProductView {
        InstalledProductView::of(record, &tx.stamp().actor)
    }
}

impl Resource for InstalledProductView {
    fn path(&self) -> String {
        format!("/v1/installed-products/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

page!(InstalledProductPage, InstalledProductView);

/// One page of units as the caller sees them.
async fn told<P: Permission>(
    ctx: &Ctx<P>,
    filter: InstalledProductFilter,
    paging: &Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(paging, InstalledProductFilter::SORTS)?;
    let found: Listing<InstalledProduct> = ctx
        .load(async |tx| persistence::list(tx, &filter, &page).await)
        .await?;
    let actor = ctx.actor();
    let listing = found.map(|unit| InstalledProductView::of(unit, &actor));
    let (rows, info) = ctx.page_of(listing, &page, paging);
    Ok(Plain(InstalledProductPage::from((rows, info))).into_answer()?)
}

/// List the units of a customer.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `serial_no`.
#[utoipa::path(tag = "installed_products", operation_id = "listCustomerInstalledProducts",
    params(("customer_id" = CustomerId, Path), PageParams),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = InstalledProductPage)))]
#[get("/customers/{customer_id}/installed-products")]
async fn list_of_customer(
    ctx: Ctx<can::Read>,
    of: PathId<CustomerId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Customer>(tx, of.0).await)
        .await?;
    let filter = InstalledProductFilter {
        customer_id: Some(of.0),
        ..InstalledProductFilter::default()
    };
    told(&ctx, filter, &paging).await
}

/// List units.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `serial_no`.
#[utoipa::path(tag = "installed_products", operation_id = "listInstalledProducts",
    params(InstalledProductFilter, PageParams),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = InstalledProductPage)))]
#[get("/installed-products")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<InstalledProductFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    told(&ctx, filter.0, &paging).await
}

/// Register a unit.
///
/// The same serial number of a product again answers 409 `duplicate_serial` with the unit that has it. Refers to what is
/// there, in use and the customer's (422 `unknown_reference`, `inactive_reference`).
#[utoipa::path(tag = "installed_products", operation_id = "createInstalledProduct",
    request_body = InstalledProductCreate,
    security(("bearer" = ["installed_products:create"])), responses((status = 201, body = InstalledProductView)))]
#[post("/installed-products")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<InstalledProductCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let unit = registered(tx, cmd.0, async |_, _| Ok(())).await?;
        external_refs::keep(tx, &unit).await?;
        Ok(Created(InstalledProductView::within(unit, tx)))
    })
    .await
}

/// Get a unit by another system's key.
#[utoipa::path(tag = "installed_products", operation_id = "getInstalledProductByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = InstalledProductView)))]
#[get("/installed-products/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let id = keyed::known::<InstalledProduct>(tx, &key.0).await?;
        let unit = persistence::get(tx, InstalledProductId(id)).await?;
        Ok(Versioned(InstalledProductView::within(unit, tx)))
    })
    .await
}

/// Register or change a unit by another system's key.
///
/// 201 when the key was new, 200 when it led to a unit. Absent members stay as they are, null clears. Its product never
/// changes and its customer by transfer only (422 `unit_fixed`). With `If-None-Match: *` a known key answers 412 and
/// nothing changes.
#[utoipa::path(tag = "installed_products", operation_id = "upsertInstalledProductByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = InstalledProductUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["installed_products:upsert"])),
    responses((status = 200, body = InstalledProductView), (status = 201, body = InstalledProductView)))]
#[patch("/installed-products/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<InstalledProductUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let claim = async |tx: &mut Tx<'_>, unit: &InstalledProduct| {
                keyed::claim::<InstalledProduct>(tx, unit.id.0, &key).await
            };
            let unit = registered(tx, said.create(key.clone()), claim).await?;
            Ok(Created(InstalledProductView::within(unit, tx)))
        })
        .await
    };
    let change = async |id| {
        let (said, condition) = (said.clone(), condition.clone());
        ctx.write(async move |tx| {
            let id = InstalledProductId(id);
            let mut unit: InstalledProduct = persistence::get_for_update(tx, id, condition.seen()).await?;
            condition.check(&unit.meta)?;
            let patch = said.patch(&unit)?;
            revised(tx, &mut unit, patch).await?;
            Ok(Versioned(InstalledProductView::within(unit, tx)))
        })
        .await
    };
    keyed::upsert::<InstalledProduct, _>(&ctx, &key, &condition, make, change).await
}

/// Get a unit.
#[utoipa::path(tag = "installed_products", operation_id = "getInstalledProduct",
    params(("installed_product_id" = InstalledProductId, Path)),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = InstalledProductView)))]
#[get("/installed-products/{installed_product_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<InstalledProductId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let unit = persistence::get(tx, id.0).await?;
        Ok(Versioned(InstalledProductView::within(unit, tx)))
    })
    .await
}

/// Change a unit.
///
/// Send only the members to change; null clears. How it stands, whose it is and where change by actions. A day moved beyond
/// the first owner's last day, the first repair or the end of the unit is 422 `date_order`; else the first ownership moves
/// along.
#[utoipa::path(tag = "installed_products", operation_id = "updateInstalledProduct",
    params(("installed_product_id" = InstalledProductId, Path)),
    request_body(content = InstalledProductPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["installed_products:update"])), responses((status = 200, body = InstalledProductView)))]
#[patch("/installed-products/{installed_product_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    patch: Body<InstalledProductPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut unit: InstalledProduct = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let has_keys = patch.0.external_refs.is_some();
        revised(tx, &mut unit, patch.0).await?;
        if has_keys {
            external_refs::keep(tx, &unit).await?;
        }
        Ok(Versioned(InstalledProductView::within(unit, tx)))
    })
    .await
}

/// A unit that was not there before; `claim` takes its key before anything is looked at.
async fn registered(
    tx: &mut Tx<'_>,
    cmd: InstalledProductCreate,
    claim: impl AsyncFnOnce(&mut Tx<'_>, &InstalledProduct) -> Result<()>,
) -> Result<InstalledProduct> {
    let at = tx.stamp();
    let unit = InstalledProduct::register(cmd, tx.today(), &at);
    claim(tx, &unit).await?;
    admit(tx, &unit, None).await?;
    serial_is_free(tx, &unit).await?;
    persistence::insert(tx, &unit).await?;
    warranty_ends::follow(tx, &unit).await?;
    tx.emit(unit.registered(&at));
    Ok(unit)
}

async fn revised(tx: &mut Tx<'_>, unit: &mut InstalledProduct, patch: InstalledProductPatch) -> Result<()> {
    let before = unit.clone();
    unit.revise(patch);
    admit(tx, unit, Some(&before)).await?;
    if unit.serial_no != before.serial_no {
        serial_is_free(tx, unit).await?;
    }
    persistence::update(tx, unit).await?;
    warranty_ends::follow(tx, unit).await
}

/// What is new about a unit names only what is there, in use and the customer's; what it held before stays valid (BD-2).
async fn admit(tx: &mut Tx<'_>, unit: &InstalledProduct, before: Option<&InstalledProduct>) -> Result<()> {
    let mut wrong = unit.faults(before, tx.today());
    if before.is_none() {
        refer::<Product>(tx, unit.product_id, "#/product_id", &mut wrong).await?;
        refer::<Customer>(tx, unit.customer_id, "#/customer_id", &mut wrong).await?;
        let address = unit.address_id.map(|id| id.0);
        refer_child(
            tx,
            "addresses",
            address,
            unit.customer_id,
            "#/address_id",
            &mut wrong,
        )
        .await?;
    }
    if before.and_then(|old| old.purchase_record_id) != unit.purchase_record_id {
        let (purchase, pointer) = (unit.purchase_record_id.map(|id| id.0), "#/purchase_record_id");
        refer_child(
            tx,
            "purchase_records",
            purchase,
            unit.customer_id,
            pointer,
            &mut wrong,
        )
        .await?;
    }
    if let Some(id) = unit.warranty_policy_id
        && before.and_then(|old| old.warranty_policy_id) != Some(id)
    {
        refer::<WarrantyPolicy>(tx, id, "#/warranty_policy_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
