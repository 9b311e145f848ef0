//! Agreement templates over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::agreement_templates::{
    AgreementTemplate, AgreementTemplateCreate, AgreementTemplateFilter, AgreementTemplateId,
    AgreementTemplatePatch, can,
};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::service_items::ServiceItem;
use aftercare_domain::sla::policy::SlaPolicy;
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references::refer;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(AgreementTemplate, "/v1/agreement-templates");
page!(AgreementTemplatePage, AgreementTemplate);

/// Refuses what is wrong by itself, and a newly named policy or service item that is unknown or not in use any more.
async fn admit(tx: &mut Tx<'_>, template: &AgreementTemplate, was: Option<&AgreementTemplate>) -> Result<()> {
    let mut wrong = template.faults();
    if let Some(id) = template.sla_policy_id
        && was.and_then(|was| was.sla_policy_id) != Some(id)
    {
        refer::<SlaPolicy>(tx, id, "#/sla_policy_id", &mut wrong).await?;
    }
    for (n, item) in template.service_items.iter().enumerate() {
        let id = item.service_item_id;
        let is_held = was.is_some_and(|was| was.service_items.iter().any(|held| held.service_item_id == id));
        if !is_held {
            let pointer = format!("#/service_items/{n}/service_item_id");
            refer::<ServiceItem>(tx, id, &pointer, &mut wrong).await?;
        }
    }
    Error::all(wrong)
}

/// List agreement templates.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "agreement_templates", operation_id = "listAgreementTemplates",
    params(AgreementTemplateFilter, PageParams),
    security(("bearer" = ["agreement_templates:read"])), responses((status = 200, body = AgreementTemplatePage)))]
#[get("/agreement-templates")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<AgreementTemplateFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<AgreementTemplate, _, AgreementTemplatePage>(filter.0, paging)
        .await
}

/// Add an agreement template.
#[utoipa::path(tag = "agreement_templates", operation_id = "createAgreementTemplate", request_body = AgreementTemplateCreate,
    security(("bearer" = ["agreement_templates:create"])), responses((status = 201, body = AgreementTemplate)))]
#[post("/agreement-templates")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<AgreementTemplateCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let template = AgreementTemplate::add(cmd.0, &tx.stamp());
        admit(tx, &template, None).await?;
        persistence::insert(tx, &template).await?;
        Ok(Created(template))
    })
    .await
}

/// Get an agreement template.
#[utoipa::path(tag = "agreement_templates", operation_id = "getAgreementTemplate",
    params(("agreement_template_id" = AgreementTemplateId, Path)),
    security(("bearer" = ["agreement_templates:read"])), responses((status = 200, body = AgreementTemplate)))]
#[get("/agreement-templates/{agreement_template_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<AgreementTemplateId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<AgreementTemplate>(tx, id.0)
            .await
            .map(Versioned)
    })
    .await
}

/// Change an agreement template.
///
/// Send only the members to change; null clears. Code and type cannot change. Agreements signed before keep what they
/// were granted.
#[utoipa::path(tag = "agreement_templates", operation_id = "updateAgreementTemplate",
    params(("agreement_template_id" = AgreementTemplateId, Path)),
    request_body(content = AgreementTemplatePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["agreement_templates:update"])), responses((status = 200, body = AgreementTemplate)))]
#[patch("/agreement-templates/{agreement_template_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<AgreementTemplateId>,
    seen: IfMatchHeader,
    patch: Body<AgreementTemplatePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut template: AgreementTemplate = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = template.clone();
        template.revise(patch.0);
        admit(tx, &template, Some(&was)).await?;
        persistence::update(tx, &mut template).await?;
        Ok(Versioned(template))
    })
    .await
}
