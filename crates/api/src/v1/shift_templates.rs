//! Shift templates over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::shifts::templates::{
    ShiftTemplate, ShiftTemplateCreate, ShiftTemplateFilter, ShiftTemplateId, ShiftTemplatePatch, can,
};
use aftercare_persistence as persistence;

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

resource!(ShiftTemplate, "/v1/shift-templates");
page!(ShiftTemplatePage, ShiftTemplate);

/// List shift templates.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "shift_templates", operation_id = "listShiftTemplates",
    params(ShiftTemplateFilter, PageParams),
    security(("bearer" = ["shift_templates:read"])), responses((status = 200, body = ShiftTemplatePage)))]
#[get("/shift-templates")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ShiftTemplateFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ShiftTemplate, _, ShiftTemplatePage>(filter.0, paging)
        .await
}

/// Add a shift template.
///
/// The same code again answers 409 `duplicate_code`.
#[utoipa::path(tag = "shift_templates", operation_id = "createShiftTemplate",
    request_body = ShiftTemplateCreate,
    security(("bearer" = ["shift_templates:create"])), responses((status = 201, body = ShiftTemplate)))]
#[post("/shift-templates")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ShiftTemplateCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let template = ShiftTemplate::add(cmd.0, &tx.stamp());
        persistence::insert(tx, &template).await?;
        Ok(Created(template))
    })
    .await
}

/// Get a shift template.
#[utoipa::path(tag = "shift_templates", operation_id = "getShiftTemplate",
    params(("shift_template_id" = ShiftTemplateId, Path)),
    security(("bearer" = ["shift_templates:read"])), responses((status = 200, body = ShiftTemplate)))]
#[get("/shift-templates/{shift_template_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ShiftTemplateId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ShiftTemplate>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a shift template.
///
/// Send only the members to change; null clears. The code never changes. Rosters made of it before stay as they are.
#[utoipa::path(tag = "shift_templates", operation_id = "updateShiftTemplate",
    params(("shift_template_id" = ShiftTemplateId, Path)),
    request_body(content = ShiftTemplatePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["shift_templates:update"])), responses((status = 200, body = ShiftTemplate)))]
#[patch("/shift-templates/{shift_template_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ShiftTemplateId>,
    seen: IfMatchHeader,
    patch: Body<ShiftTemplatePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut template: ShiftTemplate = persistence::get_for_update(tx, id.0, &seen.0).await?;
        template.revise(patch.0);
        persistence::update(tx, &mut template).await?;
        Ok(Versioned(template))
    })
    .await
}
