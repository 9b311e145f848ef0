//! Service outlets over HTTP: routes, then handlers in URL order.

mod actions;
mod coverage;
mod keys;

use actix_web::{get, patch, post};
use aftercare_domain::kernel::text::Label64;
use aftercare_domain::kernel::{Actor, Meta, Scope};
use aftercare_domain::outlets::{
    ServiceOutlet, ServiceOutletCreate, ServiceOutletFilter, ServiceOutletPatch, can,
};
use aftercare_domain::requests::OutletId;
use aftercare_persistence as persistence;
use aftercare_persistence::ListBy;
use aftercare_persistence::platform::external_refs;
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::outlets;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.configure(coverage::routes);
    cfg.configure(keys::routes);
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(get_account);
    cfg.configure(actions::routes);
}

/// A service outlet.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ServiceOutlet)]
pub struct ServiceOutletView {
    /// The record.
    #[serde(flatten)]
    pub record: ServiceOutlet,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

page!(ServiceOutletPage, ServiceOutletView);

/// The bank account of an outlet in full.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutletBankAccount {
    /// The account; null where none is recorded.
    #[schema(required)]
    pub bank_account: Option<Label64>,
}

impl ServiceOutletView {
    /// The outlet as a caller sees it: a customer sees what everybody may know.
    fn of(record: ServiceOutlet, actor: &Actor) -> ServiceOutletView {
        let record = match actor.scope() {
            Scope::Own => record.in_public(),
            Scope::Outlet | Scope::All => record,
        };
        ServiceOutletView {
            allowed_actions: record.allowed_actions(actor),
            record,
        }
    }
}

impl Resource for ServiceOutletView {
    fn path(&self) -> String {
        format!("/v1/service-outlets/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

/// List service outlets.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`, `name`. With `serves_region_code` and
/// `product_category_id` those that serve a place and a product; `status=trial,active` are those that take work. A
/// customer sees active outlets, with what everybody may know of them; papers, terms and people are null.
#[utoipa::path(tag = "service_outlets", operation_id = "listServiceOutlets", params(ServiceOutletFilter, PageParams),
    security(("bearer" = ["service_outlets:read"])), responses((status = 200, body = ServiceOutletPage)))]
#[get("/service-outlets")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ServiceOutletFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, <ServiceOutletFilter as ListBy<ServiceOutlet>>::SORTS)?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<ServiceOutlet>(tx, &filter.0, &page).await?;
            let actor = tx.stamp().actor;
            let view = |record| ServiceOutletView::of(record, &actor);
            Ok(found.map(view))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(ServiceOutletPage::from(rows)).into_answer()?)
}

/// Enter a service outlet that applies.
///
/// It takes work once it is approved, which needs licence, bank account and deposit. The bank account is shown by its
/// last four characters; `GET …/bank-account` shows all of it to whoever may. The same code again answers 409
/// `duplicate_code`.
#[utoipa::path(tag = "service_outlets", operation_id = "createServiceOutlet", request_body = ServiceOutletCreate,
    security(("bearer" = ["service_outlets:create"])), responses((status = 201, body = ServiceOutletView)))]
#[post("/service-outlets")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ServiceOutletCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let outlet = outlets::apply(tx, cmd.0).await?;
        external_refs::keep(tx, &outlet).await?;
        Ok(Created(ServiceOutletView::of(outlet, &tx.stamp().actor)))
    })
    .await
}

/// Get a service outlet.
#[utoipa::path(tag = "service_outlets", operation_id = "getServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)),
    security(("bearer" = ["service_outlets:read"])), responses((status = 200, body = ServiceOutletView)))]
#[get("/service-outlets/{service_outlet_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<OutletId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let outlet = persistence::get(tx, id.0).await?;
        Ok(Versioned(ServiceOutletView::of(outlet, &tx.stamp().actor)))
    })
    .await
}

/// Change a service outlet.
///
/// Send only the members to change; null clears. Stars and coefficient come from assessments, the state from actions. A
/// deposit that was returned is cleared. What was rejected or has ended does not change (409 `outlet_ended`).
#[utoipa::path(tag = "service_outlets", operation_id = "updateServiceOutlet",
    params(("service_outlet_id" = OutletId, Path)),
    request_body(content = ServiceOutletPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_outlets:update"])), responses((status = 200, body = ServiceOutletView)))]
#[patch("/service-outlets/{service_outlet_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<OutletId>,
    seen: IfMatchHeader,
    patch: Body<ServiceOutletPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut outlet: ServiceOutlet = persistence::get_for_update(tx, id.0, &seen.0).await?;
        outlets::revise(tx, &mut outlet, patch.0).await?;
        Ok(Versioned(ServiceOutletView::of(outlet, &tx.stamp().actor)))
    })
    .await
}

/// Show the bank account of a service outlet in full.
#[utoipa::path(tag = "service_outlets", operation_id = "getServiceOutletBankAccount",
    params(("service_outlet_id" = OutletId, Path)),
    security(("bearer" = ["service_outlets:read_account"])), responses((status = 200, body = OutletBankAccount)))]
#[get("/service-outlets/{service_outlet_id}/bank-account")]
async fn get_account(ctx: Ctx<can::ReadAccount>, id: PathId<OutletId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let outlet: ServiceOutlet = persistence::get(tx, id.0).await?;
        let bank_account = persistence::service_outlets::account_of(tx, outlet.id).await?;
        Ok(Plain(OutletBankAccount { bank_account }))
    })
    .await
}
