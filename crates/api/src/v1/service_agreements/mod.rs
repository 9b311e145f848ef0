//! Service agreements over HTTP: routes, then handlers in URL order.

mod actions;
mod entitlements;
mod keys;

use actix_web::{delete, get, patch, post};
use aftercare_domain::agreement_templates::AgreementTemplate;
use aftercare_domain::customers::Customer;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, Error, Meta, Permission, Result};
use aftercare_domain::service_agreements::{
    ServiceAgreement, ServiceAgreementCreate, ServiceAgreementFilter, ServiceAgreementId,
    ServiceAgreementPatch, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::agreements;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, NoContent, Paging, PathId, Plain,
    ProblemResult, Versioned,
};
use crate::openapi::Routes;

pub use entitlements::in_words;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.configure(keys::routes);
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(remove);
    cfg.configure(actions::routes);
    cfg.configure(entitlements::routes);
}

/// A service agreement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ServiceAgreement)]
pub struct ServiceAgreementView {
    /// The record.
    #[serde(flatten)]
    pub record: ServiceAgreement,
    /// What the caller may do with it now.
    #[schema(max_items = 50, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

page!(ServiceAgreementPage, ServiceAgreementView);

impl ServiceAgreementView {
    /// The agreement as a caller sees it.
    fn of(record: ServiceAgreement, actor: &Actor) -> ServiceAgreementView {
        ServiceAgreementView {
            allowed_actions: record.allowed_actions(actor),
            record,
        }
    }
}

impl Resource for ServiceAgreementView {
    fn path(&self) -> String {
        format!("/v1/service-agreements/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

impl<P: Permission> Ctx<P> {
    /// Lets an agreement catch up with the clock before it is read or acted upon (A24); 404 if it is not the caller's.
    pub(super) async fn agreement_caught_up(&self, id: ServiceAgreementId) -> ProblemResult<()> {
        let is_due = self
            .load(async |tx| {
                let found: ServiceAgreement = persistence::get(tx, id).await?;
                Ok(agreements::is_due(&found, tx.now()))
            })
            .await?;
        if is_due {
            agreements::catch_up(&self.state.db, id).await?;
        }
        Ok(())
    }
}

/// List service agreements.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `number`, `starts_on`, `ends_on`. What fell due within the last
/// second may not show yet; a single read always does.
#[utoipa::path(tag = "service_agreements", operation_id = "listServiceAgreements",
    params(ServiceAgreementFilter, PageParams),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = ServiceAgreementPage)))]
#[get("/service-agreements")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ServiceAgreementFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(
        &paging,
        <ServiceAgreementFilter as ListBy<ServiceAgreement>>::SORTS,
    )?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<ServiceAgreement>(tx, &filter.0, &page).await?;
            let actor = tx.stamp().actor;
            let view = |record| ServiceAgreementView::of(record, &actor);
            Ok(found.map(view))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(ServiceAgreementPage::from(rows)).into_answer()?)
}

/// Draft a service agreement.
///
/// Beside an agreement or draft of the same template that covers the same on the same days it is refused: 409
/// `overlapping_agreement` names the other. Touching days are fine; what was rejected or is over is in nobody's way.
#[utoipa::path(tag = "service_agreements", operation_id = "createServiceAgreement",
    request_body = ServiceAgreementCreate,
    security(("bearer" = ["service_agreements:create"])), responses((status = 201, body = ServiceAgreementView)))]
#[post("/service-agreements")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ServiceAgreementCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let agreement = drafted(tx, cmd.0).await?;
        persistence::insert(tx, &agreement).await?;
        Ok(Created(ServiceAgreementView::of(agreement, &tx.stamp().actor)))
    })
    .await
}

/// A new draft that names only what is there and in use, and stands in nobody's way.
async fn drafted(tx: &mut Tx<'_>, cmd: ServiceAgreementCreate) -> Result<ServiceAgreement> {
    let mut wrong = Vec::new();
    refer::<Customer>(tx, cmd.customer_id, "#/customer_id", &mut wrong).await?;
    let template: Option<AgreementTemplate> = refer(tx, cmd.template_id, "#/template_id", &mut wrong).await?;
    let Some(template) = template else {
        Error::all(wrong)?;
        return Err(INTERNAL.error());
    };
    let number = persistence::numbers::next(tx, Series::Agreement).await?;
    let agreement = ServiceAgreement::draft(cmd, &template, number, &tx.stamp());
    agreements::refer_to(tx, &agreement, None, wrong).await?;
    agreements::stand_beside(tx, &agreement).await?;
    Ok(agreement)
}

/// Get a service agreement.
#[utoipa::path(tag = "service_agreements", operation_id = "getServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = ServiceAgreementView)))]
#[get("/service-agreements/{service_agreement_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ServiceAgreementId>) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(id.0).await?;
    ctx.read(async |tx| {
        let agreement = persistence::get(tx, id.0).await?;
        Ok(Versioned(ServiceAgreementView::of(agreement, &tx.stamp().actor)))
    })
    .await
}

/// Change a service agreement.
///
/// Send only the members to change; null clears. Covers, days and price change only in a draft (409 `agreement_fixed`),
/// and not to where another agreement of the template stands (409 `overlapping_agreement`).
#[utoipa::path(tag = "service_agreements", operation_id = "updateServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)),
    request_body(content = ServiceAgreementPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_agreements:update"])), responses((status = 200, body = ServiceAgreementView)))]
#[patch("/service-agreements/{service_agreement_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
    patch: Body<ServiceAgreementPatch>,
) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(id.0).await?;
    ctx.write(async move |tx| {
        let mut agreement: ServiceAgreement = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = agreement.clone();
        agreement.revise(patch.0)?;
        revised(tx, &mut agreement, &was).await
    })
    .await
}

/// Delete a draft of a service agreement.
///
/// Also one that was rejected; after that the agreement it was to continue can be renewed anew. Whatever was handed in
/// stays (409 `not_a_draft`).
#[utoipa::path(tag = "service_agreements", operation_id = "deleteServiceAgreement",
    params(("service_agreement_id" = ServiceAgreementId, Path)),
    security(("bearer" = ["service_agreements:delete"])), responses((status = 204)))]
#[delete("/service-agreements/{service_agreement_id}")]
async fn remove(
    ctx: Ctx<can::Delete>,
    id: PathId<ServiceAgreementId>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut agreement: ServiceAgreement = persistence::get_for_update(tx, id.0, &seen.0).await?;
        agreement.may_be_deleted()?;
        persistence::delete(tx, &agreement).await?;
        agreement.external_refs.clear();
        external_refs::keep(tx, &agreement).await?;
        Ok(NoContent)
    })
    .await
}

/// Keeps a revised agreement whose new references are fit.
async fn revised(
    tx: &mut Tx<'_>,
    agreement: &mut ServiceAgreement,
    was: &ServiceAgreement,
) -> Result<Versioned<ServiceAgreementView>> {
    agreements::refer_to(tx, agreement, Some(was), Vec::new()).await?;
    if agreement.is_elsewhere(was) {
        agreements::stand_beside(tx, agreement).await?;
    }
    agreements::keep(tx, agreement, None).await?;
    Ok(Versioned(ServiceAgreementView::of(
        agreement.clone(),
        &tx.stamp().actor,
    )))
}
