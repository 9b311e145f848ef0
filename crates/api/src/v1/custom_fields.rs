//! Custom fields over HTTP: routes, then handlers in URL order. A definition goes by its code (A37).

use actix_web::{get, patch, post};
use aftercare_domain::custom_fields::{
    CustomField, CustomFieldCondition, CustomFieldCreate, CustomFieldFilter, CustomFieldPatch, can,
};
use aftercare_domain::kernel::text::CustomFieldCode;
use aftercare_domain::kernel::{Error, Meta, Result};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references;

use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

impl Resource for CustomField {
    fn path(&self) -> String {
        format!("/v1/custom-fields/{}", self.code)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

page!(CustomFieldPage, CustomField);

/// List custom fields.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "custom_fields", operation_id = "listCustomFields", params(CustomFieldFilter, PageParams),
    security(("bearer" = ["custom_fields:read"])), responses((status = 200, body = CustomFieldPage)))]
#[get("/custom-fields")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<CustomFieldFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<CustomField, _, CustomFieldPage>(filter.0, paging)
        .await
}

/// Define a custom field.
///
/// The same key of the same target again answers 409 `duplicate_code`.
#[utoipa::path(tag = "custom_fields", operation_id = "createCustomField", request_body = CustomFieldCreate,
    security(("bearer" = ["custom_fields:create"])), responses((status = 201, body = CustomField)))]
#[post("/custom-fields")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<CustomFieldCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let field = CustomField::define(cmd.0, &tx.stamp())?;
        refer(tx, &field.applies_when, &CustomFieldCondition::default()).await?;
        persistence::insert(tx, &field).await?;
        Ok(Created(field))
    })
    .await
}

/// Get a custom field.
#[utoipa::path(tag = "custom_fields", operation_id = "getCustomField", params(("code" = CustomFieldCode, Path)),
    security(("bearer" = ["custom_fields:read"])), responses((status = 200, body = CustomField)))]
#[get("/custom-fields/{code}")]
async fn get(ctx: Ctx<can::Read>, code: PathId<CustomFieldCode>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::custom_fields::by_code(tx, &code.0)
            .await
            .map(Versioned)
    })
    .await
}

/// Change a custom field.
///
/// Send only the members to change; null clears. Target and key never change, the type not once values exist (409
/// `in_use`). What records hold already stays valid.
#[utoipa::path(tag = "custom_fields", operation_id = "updateCustomField", params(("code" = CustomFieldCode, Path)),
    request_body(content = CustomFieldPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["custom_fields:update"])), responses((status = 200, body = CustomField)))]
#[patch("/custom-fields/{code}")]
async fn update(
    ctx: Ctx<can::Update>,
    code: PathId<CustomFieldCode>,
    seen: IfMatchHeader,
    patch: Body<CustomFieldPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let found = persistence::custom_fields::by_code(tx, &code.0).await?;
        let mut field: CustomField = persistence::get_for_update(tx, found.id, &seen.0).await?;
        let before = field.applies_when.clone();
        field.revise(patch.0)?;
        refer(tx, &field.applies_when, &before).await?;
        persistence::update(tx, &mut field).await?;
        Ok(Versioned(field))
    })
    .await
}

/// What a condition newly names must be there and in use (BD-2).
async fn refer(tx: &mut Tx<'_>, when: &CustomFieldCondition, before: &CustomFieldCondition) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(code) = &when.service_type
        && when.service_type != before.service_type
    {
        let pointer = "#/applies_when/service_type";
        persistence::service_types::refer(tx, code, pointer, &mut wrong).await?;
    }
    if let Some(id) = when.product_category_id
        && when.product_category_id != before.product_category_id
    {
        let pointer = "#/applies_when/product_category_id";
        references::refer::<ProductCategory>(tx, id, pointer, &mut wrong).await?;
    }
    Error::all(wrong)
}
