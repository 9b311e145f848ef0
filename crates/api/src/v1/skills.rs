//! Skills over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
use aftercare_domain::skills::{Skill, SkillCreate, SkillFilter, SkillId, SkillPatch, SkillUpsert, can};
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{self as persistence, Tx};

use crate::http::input::PageParams;
use crate::http::keyed::{self, Key};
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, Precondition, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get_by_key).service(upsert);
    cfg.service(get).service(update);
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
/// The same code again answers 409 `duplicate_code`. Refers to what is there and in use (422 `unknown_reference`,
/// `inactive_reference`).
#[utoipa::path(tag = "skills", operation_id = "createSkill", request_body = SkillCreate,
    security(("bearer" = ["skills:create"])), responses((status = 201, body = Skill)))]
#[post("/skills")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<SkillCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let skill = Skill::add(cmd.0, &tx.stamp());
        fit(tx, &skill, None).await?;
        persistence::insert(tx, &skill).await?;
        external_refs::keep(tx, &skill).await?;
        Ok(Created(skill))
    })
    .await
}

/// Get a skill by another system's key.
#[utoipa::path(tag = "skills", operation_id = "getSkillByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["skills:read"])), responses((status = 200, body = Skill)))]
#[get("/skills/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let id = keyed::known::<Skill>(tx, &key.0).await?;
        persistence::get::<Skill>(tx, SkillId(id)).await.map(Versioned)
    })
    .await
}

/// Create or change a skill by another system's key.
///
/// 201 when the key was new, 200 when it led to a skill. Absent members stay as they are, null clears; the code never
/// changes (422 `skill_code_fixed`). With `If-None-Match: *` a known key answers 412 and nothing changes.
#[utoipa::path(tag = "skills", operation_id = "upsertSkillByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = SkillUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["skills:upsert"])),
    responses((status = 200, body = Skill), (status = 201, body = Skill)))]
#[patch("/skills/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<SkillUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let mut skill = Skill::add(said.seed(key.clone()), &tx.stamp());
            keyed::claim::<Skill>(tx, skill.id.0, &key).await?;
            let patch = said.patch(&skill)?;
            skill.revise(patch);
            fit(tx, &skill, None).await?;
            persistence::insert(tx, &skill).await?;
            Ok(Created(skill))
        })
        .await
    };
    let change = async |id| {
        let (said, condition) = (said.clone(), condition.clone());
        ctx.write(async move |tx| {
            let mut skill: Skill = persistence::get_for_update(tx, SkillId(id), condition.seen()).await?;
            condition.check(&skill.meta)?;
            let patch = said.patch(&skill)?;
            let was = skill.category_id;
            skill.revise(patch);
            fit(tx, &skill, was).await?;
            persistence::update(tx, &mut skill).await?;
            Ok(Versioned(skill))
        })
        .await
    };
    keyed::upsert::<Skill, _>(&ctx, &key, &condition, make, change).await
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
        let was = skill.category_id;
        let has_keys = patch.0.external_refs.is_some();
        skill.revise(patch.0);
        fit(tx, &skill, was).await?;
        persistence::update(tx, &mut skill).await?;
        if has_keys {
            external_refs::keep(tx, &skill).await?;
        }
        Ok(Versioned(skill))
    })
    .await
}

/// Refuses a new category that is unknown or inactive; the one before may stay.
async fn fit(tx: &mut Tx<'_>, skill: &Skill, was: Option<ProductCategoryId>) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(id) = skill.category_id.filter(|id| was != Some(*id)) {
        refer::<ProductCategory>(tx, id, "#/category_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
