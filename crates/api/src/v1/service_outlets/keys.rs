//! Service outlets by another system's key (C26).

use actix_web::{get, patch};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::outlets::{ServiceOutlet, ServiceOutletUpsert, can};
use aftercare_domain::requests::OutletId;
use aftercare_persistence as persistence;

use super::ServiceOutletView;
use crate::flows::outlets;
use crate::http::keyed::{self, Key};
use crate::http::{Answer, Body, Created, Ctx, Precondition, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_by_key).service(upsert);
}

/// Get a service outlet by another system's key.
#[utoipa::path(tag = "service_outlets", operation_id = "getServiceOutletByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["service_outlets:read"])), responses((status = 200, body = ServiceOutletView)))]
#[get("/service-outlets/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let id = OutletId(keyed::known::<ServiceOutlet>(tx, &key.0).await?);
        let outlet = persistence::get(tx, id).await?;
        Ok(Versioned(ServiceOutletView::of(outlet, &tx.stamp().actor)))
    })
    .await
}

/// Enter or change a service outlet by another system's key.
///
/// 201 when the key was new: an outlet that applies. 200 when it led to an outlet. Absent members stay as they are, null
/// clears; the code never changes. With `If-None-Match: *` a known key answers 412 and nothing changes.
#[utoipa::path(tag = "service_outlets", operation_id = "upsertServiceOutletByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = ServiceOutletUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_outlets:upsert"])),
    responses((status = 200, body = ServiceOutletView), (status = 201, body = ServiceOutletView)))]
#[patch("/service-outlets/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<ServiceOutletUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let outlet = outlets::apply(tx, said.create(key.clone())).await?;
            keyed::claim::<ServiceOutlet>(tx, outlet.id.0, &key).await?;
            Ok(Created(ServiceOutletView::of(outlet, &tx.stamp().actor)))
        })
        .await
    };
    let change = async |id| {
        let (said, condition) = (said.clone(), condition.clone());
        ctx.write(async move |tx| {
            let mut outlet: ServiceOutlet =
                persistence::get_for_update(tx, OutletId(id), condition.seen()).await?;
            condition.check(&outlet.meta)?;
            let patch = said.patch(&outlet)?;
            outlets::revise(tx, &mut outlet, patch).await?;
            Ok(Versioned(ServiceOutletView::of(outlet, &tx.stamp().actor)))
        })
        .await
    };
    keyed::upsert::<ServiceOutlet, _>(&ctx, &key, &condition, make, change).await
}
