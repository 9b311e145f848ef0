//! Requests by another system's key (C26).

use actix_web::{get, patch};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::requests::{ServiceRequest, ServiceRequestId, ServiceRequestUpsert, can};

use super::{ServiceRequestCreated, ServiceRequestView};
use crate::flows::{intake, requests};
use crate::http::keyed::{self, Key};
use crate::http::{Answer, Body, Created, Ctx, Precondition, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_by_key).service(upsert);
}

/// Get a service request by another system's key.
#[utoipa::path(tag = "service_requests", operation_id = "getServiceRequestByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = ServiceRequestView)))]
#[get("/service-requests/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    let id = ctx
        .load(async |tx| keyed::known::<ServiceRequest>(tx, &key.0).await)
        .await?;
    ctx.read_request(ServiceRequestId(id), async |tx, dossier| {
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}

/// Register or change a service request by another system's key.
///
/// 201 when the key was new: the request is registered like any other. 200 when it led to a request: texts, contact,
/// address, relations, labels and custom fields change as in a patch; what else was said counted at the registration and
/// changes by actions. Absent members stay as they are, null clears. With `If-None-Match: *` a known key answers 412 and
/// nothing changes.
#[utoipa::path(tag = "service_requests", operation_id = "upsertServiceRequestByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = ServiceRequestUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_requests:upsert"])),
    responses((status = 200, body = ServiceRequestView), (status = 201, body = ServiceRequestCreated)))]
#[patch("/service-requests/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<ServiceRequestUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.intake(async move |tx| {
            let (key, said) = (key.clone(), said.clone());
            let prepared = intake::prepare(tx, said.create(key.clone())).await?;
            keyed::claim::<ServiceRequest>(tx, prepared.dossier.request.id.0, &key).await?;
            let (dossier, similar) = intake::keep(tx, prepared).await?;
            Ok(Created(ServiceRequestCreated::of(&dossier, &similar, tx)))
        })
        .await
    };
    let change = async |id| {
        let (id, said, condition) = (ServiceRequestId(id), said.clone(), condition.clone());
        ctx.act(id, async move |tx| {
            let said = said.clone();
            let seen = condition.seen();
            let dossier = requests::act(tx, id, seen, "update", async |tx, dossier, ctx, at| {
                condition.check(&dossier.request.meta)?;
                let patch = said.patch(&dossier.request)?;
                intake::check_patch(tx, dossier, &patch).await?;
                dossier.revise(patch, ctx.settings, at)
            })
            .await?;
            Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
        })
        .await
    };
    keyed::upsert::<ServiceRequest, _>(&ctx, &key, &condition, make, change).await
}
