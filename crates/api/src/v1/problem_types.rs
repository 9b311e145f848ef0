//! Problem types over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::{Error, Result, tree};
use aftercare_domain::problem_types::{
    DEEPEST, ProblemType, ProblemTypeCreate, ProblemTypeFilter, ProblemTypeId, ProblemTypePatch, can,
};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::skills::Skill;
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::platform::trees;

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

resource!(ProblemType, "/v1/problem-types");
page!(ProblemTypePage, ProblemType);

/// List problem types.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`.
#[utoipa::path(tag = "problem_types", operation_id = "listProblemTypes", params(ProblemTypeFilter, PageParams),
    security(("bearer" = ["problem_types:read"])), responses((status = 200, body = ProblemTypePage)))]
#[get("/problem-types")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ProblemTypeFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ProblemType, _, ProblemTypePage>(filter.0, paging)
        .await
}

/// Add a problem type.
///
/// The same code again answers 409 `duplicate_code`; the tree has at most four levels (422 `tree_too_deep`).
#[utoipa::path(tag = "problem_types", operation_id = "createProblemType", request_body = ProblemTypeCreate,
    security(("bearer" = ["problem_types:create"])), responses((status = 201, body = ProblemType)))]
#[post("/problem-types")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ProblemTypeCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let problem = ProblemType::add(cmd.0, &tx.stamp());
        fit(tx, &problem, None, 1).await?;
        persistence::insert(tx, &problem).await?;
        Ok(Created(problem))
    })
    .await
}

/// Get a problem type.
#[utoipa::path(tag = "problem_types", operation_id = "getProblemType",
    params(("problem_type_id" = ProblemTypeId, Path)),
    security(("bearer" = ["problem_types:read"])), responses((status = 200, body = ProblemType)))]
#[get("/problem-types/{problem_type_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ProblemTypeId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ProblemType>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a problem type.
///
/// Send only the members to change; null clears. A type cannot stand under itself or what is below it (422
/// `cyclic_parent`).
#[utoipa::path(tag = "problem_types", operation_id = "updateProblemType",
    params(("problem_type_id" = ProblemTypeId, Path)),
    request_body(content = ProblemTypePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["problem_types:update"])), responses((status = 200, body = ProblemType)))]
#[patch("/problem-types/{problem_type_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ProblemTypeId>,
    seen: IfMatchHeader,
    patch: Body<ProblemTypePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut problem: ProblemType = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = problem.clone();
        let height = trees::height::<ProblemType>(tx, problem.id.0).await?;
        problem.revise(patch.0);
        fit(tx, &problem, Some(&was), height).await?;
        persistence::update(tx, &mut problem).await?;
        Ok(Versioned(problem))
    })
    .await
}

/// Refuses a new parent below the type or too far down, and new references that are unknown or inactive.
async fn fit(tx: &mut Tx<'_>, problem: &ProblemType, was: Option<&ProblemType>, height: usize) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(parent) = problem.parent_id
        && was.is_none_or(|was| was.parent_id != Some(parent))
    {
        let line = trees::line_for_update::<ProblemType>(tx, parent.0).await?;
        tree::may_stand_under(problem.id.0, &line, height, DEEPEST)?;
        refer::<ProblemType>(tx, parent, "#/parent_id", &mut wrong).await?;
    }
    for (at, category) in problem.category_ids.iter().enumerate() {
        if was.is_none_or(|was| !was.category_ids.contains(category)) {
            refer::<ProductCategory>(tx, *category, &format!("#/category_ids/{at}"), &mut wrong).await?;
        }
    }
    for (at, skill) in problem.skill_ids.iter().enumerate() {
        if was.is_none_or(|was| !was.skill_ids.contains(skill)) {
            refer::<Skill>(tx, *skill, &format!("#/skill_ids/{at}"), &mut wrong).await?;
        }
    }
    Error::all(wrong)
}
