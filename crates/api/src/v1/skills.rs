//! Skills over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::Error;
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::skills::{Skill, SkillCreate, SkillFilter, SkillId, SkillPatch, can};
use aftercare_persistence as persistence;
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

resource!(Skill, "/v1/skills");
page!(SkillPage, Skill);

/// List skills.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "skills", operation_id = "listSkills", params(SkillFilter, PageParams),
    security(("bearer" = ["skills:read"])), responses((status = 200, body = SkillPage)))]
#[get("/skills")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<SkillFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Skill, _, SkillPage>(filter.0, paging).await
}

/// Add a skill.
///
/// The same code again answers 409 `duplicate_code`. Refers to what is there and in use (422 `unknown_reference`, `inactive_reference`).
#[utoipa::path(tag = "skills", operation_id = "createSkill", request_body = SkillCreate,
    security(("bearer" = ["skills:create"])), responses((status = 201, body = Skill)))]
#[post("/skills")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<SkillCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut wrong = Vec::new();
        if let Some(id) = cmd.0.category_id {
            refer::<ProductCategory>(tx, id, "#/category_id", &mut wrong).await?;
        }
        Error::all(wrong)?;
        let skill = Skill::add(cmd.0, &tx.stamp());
        persistence::insert(tx, &skill).await?;
        Ok(Created(skill))
    })
    .await
}

/// Get a skill.
#[utoipa::path(tag = "skills", operation_id = "getSkill", params(("skill_id" = SkillId, Path)),
    security(("bearer" = ["skills:read"])), responses((status = 200, body = Skill)))]
#[get("/skills/{skill_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<SkillId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Skill>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a skill.
///
/// Send only the members to change; null clears. The code never changes.
#[utoipa::path(tag = "skills", operation_id = "updateSkill", params(("skill_id" = SkillId, Path)),
    request_body(content = SkillPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["skills:update"])), responses((status = 200, body = Skill)))]
#[patch("/skills/{skill_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<SkillId>,
    seen: IfMatchHeader,
    patch: Body<SkillPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut skill: Skill = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let mut wrong = Vec::new();
        if let Some(id) = patch
            .0
            .category_id
            .set()
            .filter(|id| skill.category_id != Some(**id))
        {
            refer::<ProductCategory>(tx, *id, "#/category_id", &mut wrong).await?;
        }
        Error::all(wrong)?;
        skill.revise(patch.0);
        persistence::update(tx, &mut skill).await?;
        Ok(Versioned(skill))
    })
    .await
}
