//! The priority matrix over HTTP: one resource without an identifier.

use actix_web::{get, patch, put};
use aftercare_domain::kernel::Meta;
use aftercare_domain::sla::priority::{PriorityMatrixPatch, PriorityMatrixReplace, PrioritySetting, can};
use aftercare_persistence as persistence;

use crate::http::reply::Resource;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get).service(replace).service(update);
}

impl Resource for PrioritySetting {
    fn path(&self) -> String {
        "/v1/priority-matrix".to_owned()
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// Get the priority matrix.
///
/// Impact by urgency to priority 1 (critical) to 4 (low).
#[utoipa::path(tag = "priority_matrix", operation_id = "getPriorityMatrix",
    security(("bearer" = ["priority_matrix:read"])), responses((status = 200, body = PrioritySetting)))]
#[get("/priority-matrix")]
async fn get(ctx: Ctx<can::Read>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<PrioritySetting>(tx, PrioritySetting::ID)
            .await
            .map(Versioned)
    })
    .await
}

/// Replace the priority matrix.
///
/// All nine cells. Requests that stand keep their priority.
#[utoipa::path(tag = "priority_matrix", operation_id = "replacePriorityMatrix", request_body = PriorityMatrixReplace,
    security(("bearer" = ["priority_matrix:update"])), responses((status = 200, body = PrioritySetting)))]
#[put("/priority-matrix")]
async fn replace(
    ctx: Ctx<can::Update>,
    seen: IfMatchHeader,
    cmd: Body<PriorityMatrixReplace>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut setting: PrioritySetting =
            persistence::get_for_update(tx, PrioritySetting::ID, &seen.0).await?;
        setting.cells = cmd.0.cells;
        persistence::update(tx, &mut setting).await?;
        Ok(Versioned(setting))
    })
    .await
}

/// Change cells of the priority matrix.
///
/// Send only the cells to change. Requests that stand keep their priority.
#[utoipa::path(tag = "priority_matrix", operation_id = "updatePriorityMatrix",
    request_body(content = PriorityMatrixPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["priority_matrix:update"])), responses((status = 200, body = PrioritySetting)))]
#[patch("/priority-matrix")]
async fn update(
    ctx: Ctx<can::Update>,
    seen: IfMatchHeader,
    patch: Body<PriorityMatrixPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut setting: PrioritySetting =
            persistence::get_for_update(tx, PrioritySetting::ID, &seen.0).await?;
        setting.revise(patch.0);
        persistence::update(tx, &mut setting).await?;
        Ok(Versioned(setting))
    })
    .await
}
