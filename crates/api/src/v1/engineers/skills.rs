//! What an engineer can do, over HTTP: routes, then handlers in URL order.

use actix_web::{delete, get, patch, post};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Error;
use aftercare_domain::requests::EngineerId;
use aftercare_domain::skills::{
    EngineerSkill, EngineerSkillCreate, EngineerSkillId, EngineerSkillPatch, Skill, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::engineers::OfEngineer;
use aftercare_persistence::platform::references::refer;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get).service(update).service(remove);
}

resource!(EngineerSkill, "/v1/engineer-skills");
page!(EngineerSkillPage, EngineerSkill);

/// List the skills of an engineer.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `level`.
#[utoipa::path(tag = "engineers", operation_id = "listEngineerSkills",
    params(("engineer_id" = EngineerId, Path), PageParams),
    security(("bearer" = ["engineer_skills:read"])), responses((status = 200, body = EngineerSkillPage)))]
#[get("/engineers/{engineer_id}/skills")]
async fn list(ctx: Ctx<can::ReadHeld>, of: PathId<EngineerId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Engineer>(tx, of.0).await)
        .await?;
    ctx.list::<EngineerSkill, _, EngineerSkillPage>(OfEngineer(of.0), paging)
        .await
}

/// Say how well an engineer does something.
///
/// The same skill again answers 409 `duplicate_skill`.
#[utoipa::path(tag = "engineers", operation_id = "createEngineerSkill",
    params(("engineer_id" = EngineerId, Path)), request_body = EngineerSkillCreate,
    security(("bearer" = ["engineer_skills:create"])), responses((status = 201, body = EngineerSkill)))]
#[post("/engineers/{engineer_id}/skills")]
async fn create(
    ctx: Ctx<can::CreateHeld>,
    of: PathId<EngineerId>,
    cmd: Body<EngineerSkillCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        persistence::get::<Engineer>(tx, of.0).await?;
        let mut wrong = Vec::new();
        refer::<Skill>(tx, cmd.0.skill_id, "#/skill_id", &mut wrong).await?;
        Error::all(wrong)?;
        let held = EngineerSkill::grade(of.0, &cmd.0, &tx.stamp());
        persistence::insert(tx, &held).await?;
        Ok(Created(held))
    })
    .await
}

/// Get a skill of an engineer.
#[utoipa::path(tag = "engineers", operation_id = "getEngineerSkill",
    params(("engineer_skill_id" = EngineerSkillId, Path)),
    security(("bearer" = ["engineer_skills:read"])), responses((status = 200, body = EngineerSkill)))]
#[get("/engineer-skills/{engineer_skill_id}")]
async fn get(ctx: Ctx<can::ReadHeld>, id: PathId<EngineerSkillId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<EngineerSkill>(tx, id.0).await.map(Versioned))
        .await
}

/// Grade an engineer anew.
///
/// Send only the members to change; null clears.
#[utoipa::path(tag = "engineers", operation_id = "updateEngineerSkill",
    params(("engineer_skill_id" = EngineerSkillId, Path)),
    request_body(content = EngineerSkillPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["engineer_skills:update"])), responses((status = 200, body = EngineerSkill)))]
#[patch("/engineer-skills/{engineer_skill_id}")]
async fn update(
    ctx: Ctx<can::UpdateHeld>,
    id: PathId<EngineerSkillId>,
    seen: IfMatchHeader,
    patch: Body<EngineerSkillPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut held: EngineerSkill = persistence::get_for_update(tx, id.0, &seen.0).await?;
        held.regrade(patch.0);
        persistence::update(tx, &mut held).await?;
        Ok(Versioned(held))
    })
    .await
}

/// Take a skill from an engineer.
#[utoipa::path(tag = "engineers", operation_id = "deleteEngineerSkill",
    params(("engineer_skill_id" = EngineerSkillId, Path)),
    security(("bearer" = ["engineer_skills:delete"])), responses((status = 204)))]
#[delete("/engineer-skills/{engineer_skill_id}")]
async fn remove(
    ctx: Ctx<can::DeleteHeld>,
    id: PathId<EngineerSkillId>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let held: EngineerSkill = persistence::get_for_update(tx, id.0, &seen.0).await?;
        persistence::delete(tx, &held).await?;
        Ok(NoContent)
    })
    .await
}
