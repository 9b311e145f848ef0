//! Courses and who needs one, over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Error;
use aftercare_domain::requests::Nothing;
use aftercare_domain::skills::Skill;
use aftercare_domain::training_courses::{
    NeedReason, PlanTraining, TrainingCourse, TrainingCourseCreate, TrainingCourseFilter, TrainingCourseId,
    TrainingCoursePatch, TrainingNeed, TrainingNeedCreate, TrainingNeedFilter, TrainingNeedId, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::IfMatch;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::training_courses::seats_taken;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(list_needs).service(create_need).service(get_need);
    cfg.service(plan).service(meet);
}

resource!(TrainingCourse, "/v1/training-courses"; TrainingNeed, "/v1/training-needs");
page!(TrainingCoursePage, TrainingCourse; TrainingNeedPage, TrainingNeed);

/// List courses.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "training_courses", operation_id = "listTrainingCourses", params(TrainingCourseFilter, PageParams),
    security(("bearer" = ["training_courses:read"])), responses((status = 200, body = TrainingCoursePage)))]
#[get("/training-courses")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<TrainingCourseFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<TrainingCourse, _, TrainingCoursePage>(filter.0, paging)
        .await
}

/// Add a course.
///
/// The same code again answers 409 `duplicate_code`. Refers to what is there and in use (422 `unknown_reference`, `inactive_reference`).
#[utoipa::path(tag = "training_courses", operation_id = "createTrainingCourse", request_body = TrainingCourseCreate,
    security(("bearer" = ["training_courses:create"])), responses((status = 201, body = TrainingCourse)))]
#[post("/training-courses")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<TrainingCourseCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let course = TrainingCourse::add(cmd.0, &tx.stamp());
        let mut wrong = course.faults();
        if let Some(id) = course.skill_id {
            refer::<Skill>(tx, id, "#/skill_id", &mut wrong).await?;
        }
        Error::all(wrong)?;
        persistence::insert(tx, &course).await?;
        Ok(Created(course))
    })
    .await
}

/// Get a course.
#[utoipa::path(tag = "training_courses", operation_id = "getTrainingCourse", params(("training_course_id" = TrainingCourseId, Path)),
    security(("bearer" = ["training_courses:read"])), responses((status = 200, body = TrainingCourse)))]
#[get("/training-courses/{training_course_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<TrainingCourseId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<TrainingCourse>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a course.
///
/// Send only the members to change; null clears. Code, kind and what it teaches never change.
#[utoipa::path(tag = "training_courses", operation_id = "updateTrainingCourse", params(("training_course_id" = TrainingCourseId, Path)),
    request_body(content = TrainingCoursePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["training_courses:update"])), responses((status = 200, body = TrainingCourse)))]
#[patch("/training-courses/{training_course_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<TrainingCourseId>,
    seen: IfMatchHeader,
    patch: Body<TrainingCoursePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut course: TrainingCourse = persistence::get_for_update(tx, id.0, &seen.0).await?;
        course.revise(patch.0);
        Error::all(course.faults())?;
        persistence::update(tx, &mut course).await?;
        Ok(Versioned(course))
    })
    .await
}

/// List training needs.
///
/// Newest first. Sortable by `created_at`, `updated_at`.
#[utoipa::path(tag = "training_courses", operation_id = "listTrainingNeeds", params(TrainingNeedFilter, PageParams),
    security(("bearer" = ["training_needs:read"])), responses((status = 200, body = TrainingNeedPage)))]
#[get("/training-needs")]
async fn list_needs(
    ctx: Ctx<can::ReadNeeds>,
    filter: Filter<TrainingNeedFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<TrainingNeed, _, TrainingNeedPage>(filter.0, paging)
        .await
}

/// Say that an engineer needs training.
///
/// Reviews and exams say so by themselves.
#[utoipa::path(tag = "training_courses", operation_id = "createTrainingNeed", request_body = TrainingNeedCreate,
    security(("bearer" = ["training_needs:create"])), responses((status = 201, body = TrainingNeed)))]
#[post("/training-needs")]
async fn create_need(ctx: Ctx<can::CreateNeed>, cmd: Body<TrainingNeedCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut wrong = Vec::new();
        refer::<Engineer>(tx, cmd.0.engineer_id, "#/engineer_id", &mut wrong).await?;
        Error::all(wrong)?;
        let at = tx.stamp();
        let (need, event) =
            TrainingNeed::found(cmd.0.engineer_id, NeedReason::Told, cmd.0.dimension, None, &at);
        persistence::insert(tx, &need).await?;
        tx.emit(event);
        Ok(Created(need))
    })
    .await
}

/// Get a training need.
#[utoipa::path(tag = "training_courses", operation_id = "getTrainingNeed",
    params(("training_need_id" = TrainingNeedId, Path)),
    security(("bearer" = ["training_needs:read"])), responses((status = 200, body = TrainingNeed)))]
#[get("/training-needs/{training_need_id}")]
async fn get_need(ctx: Ctx<can::ReadNeeds>, id: PathId<TrainingNeedId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<TrainingNeed>(tx, id.0).await.map(Versioned))
        .await
}

/// Send an engineer to a course that meets his need.
///
/// The course is active (422 `inactive_reference`) and has a free seat (409 `course_full`); a need that is met stays met
/// (409 `need_met`).
#[utoipa::path(tag = "training_courses", operation_id = "planTrainingNeed",
    params(("training_need_id" = TrainingNeedId, Path)), request_body = PlanTraining,
    security(("bearer" = ["training_needs:plan"])), responses((status = 200, body = TrainingNeed)))]
#[post("/training-needs/{training_need_id}/plan")]
async fn plan(
    ctx: Ctx<can::Plan>,
    id: PathId<TrainingNeedId>,
    seen: IfMatchHeader,
    cmd: Body<PlanTraining>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut need: TrainingNeed = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let mut wrong = Vec::new();
        refer::<TrainingCourse>(tx, cmd.0.course_id, "#/course_id", &mut wrong).await?;
        Error::all(wrong)?;
        // Held, so that nobody takes the same seat.
        let course: TrainingCourse =
            persistence::get_for_update(tx, cmd.0.course_id, &IfMatch::internal()).await?;
        let taken = seats_taken(tx, course.id, need.id).await?;
        need.plan(&course, taken)?;
        persistence::update(tx, &mut need).await?;
        Ok(Versioned(need))
    })
    .await
}

/// Say that a training need is met.
#[utoipa::path(tag = "training_courses", operation_id = "meetTrainingNeed",
    params(("training_need_id" = TrainingNeedId, Path)), request_body = Nothing,
    security(("bearer" = ["training_needs:meet"])), responses((status = 200, body = TrainingNeed)))]
#[post("/training-needs/{training_need_id}/meet")]
async fn meet(
    ctx: Ctx<can::Meet>,
    id: PathId<TrainingNeedId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut need: TrainingNeed = persistence::get_for_update(tx, id.0, &seen.0).await?;
        need.meet()?;
        persistence::update(tx, &mut need).await?;
        Ok(Versioned(need))
    })
    .await
}
