//! Service agreements by another system's key (C26).

use actix_web::{get, patch};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::service_agreements::{
    ServiceAgreement, ServiceAgreementId, ServiceAgreementUpsert, can,
};
use aftercare_persistence as persistence;

use super::{ServiceAgreementView, drafted, revised};
use crate::http::keyed::{self, Key};
use crate::http::{Answer, Body, Created, Ctx, Precondition, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_by_key).service(upsert);
}

/// Get a service agreement by another system's key.
#[utoipa::path(tag = "service_agreements", operation_id = "getServiceAgreementByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = ServiceAgreementView)))]
#[get("/service-agreements/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    let id = ctx
        .load(async |tx| keyed::known::<ServiceAgreement>(tx, &key.0).await)
        .await?;
    let id = ServiceAgreementId(id);
    ctx.agreement_caught_up(id).await?;
    ctx.read(async |tx| {
        let agreement = persistence::get(tx, id).await?;
        Ok(Versioned(ServiceAgreementView::of(agreement, &tx.stamp().actor)))
    })
    .await
}

/// Draft or change a service agreement by another system's key.
///
/// 201 when the key was new: a draft, which anybody who may submit agreements hands in. 200 when it led to an agreement.
/// Absent members stay as they are, null clears; what was agreed changes only in a draft. With `If-None-Match: *` a known
/// key answers 412 and nothing changes.
#[utoipa::path(tag = "service_agreements", operation_id = "upsertServiceAgreementByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = ServiceAgreementUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["service_agreements:upsert"])),
    responses((status = 200, body = ServiceAgreementView), (status = 201, body = ServiceAgreementView)))]
#[patch("/service-agreements/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<ServiceAgreementUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let mut agreement = drafted(tx, said.create()).await?;
            keyed::claim::<ServiceAgreement>(tx, agreement.id.0, &key).await?;
            agreement.external_refs.push(key);
            persistence::insert(tx, &agreement).await?;
            Ok(Created(ServiceAgreementView::of(agreement, &tx.stamp().actor)))
        })
        .await
    };
    let change = async |id| {
        let (id, said, condition) = (ServiceAgreementId(id), said.clone(), condition.clone());
        ctx.agreement_caught_up(id).await?;
        ctx.write(async move |tx| {
            let mut agreement: ServiceAgreement =
                persistence::get_for_update(tx, id, condition.seen()).await?;
            condition.check(&agreement.meta)?;
            let was = agreement.clone();
            agreement.revise(said.patch(&was)?)?;
            revised(tx, &mut agreement, &was).await
        })
        .await
    };
    keyed::upsert::<ServiceAgreement, _>(&ctx, &key, &condition, make, change).await
}
