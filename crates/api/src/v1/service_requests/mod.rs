//! Service requests over HTTP: the closed loop.

mod actions;
mod comments;
mod coverage;
mod explain;
mod keys;
mod locks;
mod parts;
mod screen;
mod stats;
mod view;

use actix_web::{get, patch, post};
use aftercare_domain::requests::filters::ServiceRequestFilter;
use aftercare_domain::requests::{
    ServiceRequest, ServiceRequestCreate, ServiceRequestId, ServiceRequestPatch, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::requests::glance;

use crate::flows::{intake, requests};
use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;

pub use parts::{ActionReasonList, SlaTimerPage, reasons_of};
pub use view::{ServiceRequestCreated, ServiceRequestView};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    // Their words stand where an identifier could: they go first.
    cfg.configure(screen::routes).configure(stats::routes);
    cfg.configure(keys::routes);
    cfg.service(list).service(create).service(get).service(update);
    cfg.configure(actions::routes).configure(parts::routes);
    cfg.configure(comments::routes).configure(coverage::routes);
    cfg.configure(explain::routes).configure(locks::routes);
}

page!(ServiceRequestPage, ServiceRequestView);

/// List service requests.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `priority`, `number`. What fell due within the last second
/// may not show yet; a single read always does.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequests", params(ServiceRequestFilter, PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = ServiceRequestPage)))]
#[get("/service-requests")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ServiceRequestFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(
        &paging,
        <ServiceRequestFilter as persistence::ListBy<ServiceRequest>>::SORTS,
    )?;
    let (views, next, total) = ctx
        .load(async |tx| {
            let listing = persistence::list::<ServiceRequest>(tx, &filter.0, &page).await?;
            let dossiers = glance(tx, listing.rows).await?;
            let views = dossiers
                .iter()
                .map(|dossier| ServiceRequestView::of(dossier, tx))
                .collect::<Vec<_>>();
            Ok((views, listing.next, listing.total))
        })
        .await?;
    let listing = persistence::Listing {
        rows: views,
        next,
        total,
    };
    let (rows, info) = ctx.page_of(listing, &page, &paging);
    Ok(Plain(ServiceRequestPage::from((rows, info))).into_answer()?)
}

/// Register a service request.
///
/// Its number, promises and counters come with it, in one unit of work. What looks like the same report is hinted at
/// in `warnings`, never refused.
#[utoipa::path(tag = "service_requests", operation_id = "createServiceRequest", request_body = ServiceRequestCreate,
    security(("bearer" = ["service_requests:create"])), responses((status = 201, body = ServiceRequestCreated)))]
#[post("/service-requests")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ServiceRequestCreate>) -> ProblemResult<Answer> {
    ctx.intake(async move |tx| {
        let (dossier, similar) = intake::register(tx, cmd.0.clone()).await?;
        Ok(Created(ServiceRequestCreated::of(&dossier, &similar, tx)))
    })
    .await
}

/// Get a service request.
#[utoipa::path(tag = "service_requests", operation_id = "getServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = ServiceRequestView)))]
#[get("/service-requests/{service_request_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ServiceRequestId>) -> ProblemResult<Answer> {
    ctx.read_request(id.0, async |tx, dossier| {
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}

/// Change what a request says; where it stands changes only by actions.
#[utoipa::path(tag = "service_requests", operation_id = "updateServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)),
    request_body(content = ServiceRequestPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_requests:update"])), responses((status = 200, body = ServiceRequestView)))]
#[patch("/service-requests/{service_request_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    patch: Body<ServiceRequestPatch>,
) -> ProblemResult<Answer> {
    let (id, patch, seen) = (id.0, patch.0, seen.0);
    ctx.act(id, async move |tx| {
        let patch = patch.clone();
        let dossier = requests::act(tx, id, &seen, "update", async |tx, dossier, ctx, at| {
            intake::check_patch(tx, dossier, &patch).await?;
            dossier.revise(patch, ctx.settings, at)
        })
        .await?;
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}
