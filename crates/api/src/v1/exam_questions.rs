//! The bank of questions over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::exams::questions::can;
use aftercare_domain::exams::{
    ExamQuestion, ExamQuestionCreate, ExamQuestionFilter, ExamQuestionId, ExamQuestionPatch,
};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
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

resource!(ExamQuestion, "/v1/exam-questions");
page!(ExamQuestionPage, ExamQuestion);

/// List the questions of the bank, with what is right.
///
/// For whoever keeps the bank. Newest first. Sortable by `created_at`, `updated_at`, `difficulty`.
#[utoipa::path(tag = "exam_questions", operation_id = "listExamQuestions", params(ExamQuestionFilter, PageParams),
    security(("bearer" = ["exam_questions:read"])), responses((status = 200, body = ExamQuestionPage)))]
#[get("/exam-questions")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ExamQuestionFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ExamQuestion, _, ExamQuestionPage>(filter.0, paging)
        .await
}

/// Add a question to the bank.
///
/// What is asked and what is right never change: papers keep meaning the same. A wrong question is set inactive.
#[utoipa::path(tag = "exam_questions", operation_id = "createExamQuestion", request_body = ExamQuestionCreate,
    security(("bearer" = ["exam_questions:create"])), responses((status = 201, body = ExamQuestion)))]
#[post("/exam-questions")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ExamQuestionCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let question = ExamQuestion::add(cmd.0, &tx.stamp());
        fit(tx, &question, None).await?;
        persistence::insert(tx, &question).await?;
        Ok(Created(question))
    })
    .await
}

/// Get a question of the bank.
#[utoipa::path(tag = "exam_questions", operation_id = "getExamQuestion",
    params(("exam_question_id" = ExamQuestionId, Path)),
    security(("bearer" = ["exam_questions:read"])), responses((status = 200, body = ExamQuestion)))]
#[get("/exam-questions/{exam_question_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ExamQuestionId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ExamQuestion>(tx, id.0).await.map(Versioned))
        .await
}

/// Change where a question belongs, or whether papers may use it.
///
/// Send only the members to change; null clears.
#[utoipa::path(tag = "exam_questions", operation_id = "updateExamQuestion",
    params(("exam_question_id" = ExamQuestionId, Path)),
    request_body(content = ExamQuestionPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["exam_questions:update"])), responses((status = 200, body = ExamQuestion)))]
#[patch("/exam-questions/{exam_question_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ExamQuestionId>,
    seen: IfMatchHeader,
    patch: Body<ExamQuestionPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut question: ExamQuestion = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let before = question.category_id;
        question.revise(patch.0);
        fit(tx, &question, before).await?;
        persistence::update(tx, &mut question).await?;
        Ok(Versioned(question))
    })
    .await
}

/// Refuses what is wrong with a question by itself, and a new category that is unknown or inactive.
async fn fit(tx: &mut Tx<'_>, question: &ExamQuestion, before: Option<ProductCategoryId>) -> Result<()> {
    let mut wrong = question.faults();
    if let Some(id) = question.category_id.filter(|id| before != Some(*id)) {
        refer::<ProductCategory>(tx, id, "#/category_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
