//! Exams over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::exams::attempts::can as attempt_can;
use aftercare_domain::exams::{
    Exam, ExamAttempt, ExamAttemptFilter, ExamCreate, ExamFilter, ExamId, ExamQuestionId, QuestionKind, can,
};
use aftercare_domain::requests::Nothing;
use aftercare_persistence as persistence;
use aftercare_persistence::ListBy;
use aftercare_persistence::exams::{AttemptsAt, questions};

use super::exam_attempts::ExamAttemptView;
use crate::flows::exams;
use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IntoAnswer as _, Paging, PathId, Plain, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get);
    cfg.service(list_attempts).service(start);
}

resource!(Exam, "/v1/exams");
page!(ExamPage, Exam; ExamAttemptPage, ExamAttempt);

/// List exams.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `opens_at`, `closes_at`.
#[utoipa::path(tag = "exams", operation_id = "listExams", params(ExamFilter, PageParams),
    security(("bearer" = ["exams:read"])), responses((status = 200, body = ExamPage)))]
#[get("/exams")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<ExamFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Exam, _, ExamPage>(filter.0, paging).await
}

/// Set an exam.
///
/// Its questions are named, each once (422 `question_twice`), or drawn anew for each attempt by rules of category and
/// difficulty. What passes is not more than they give (422 `out_of_range`); a rule the bank does not fill yet counts with a
/// hundred points for each question. It never changes: whoever sat it sat this one.
#[utoipa::path(tag = "exams", operation_id = "createExam", request_body = ExamCreate,
    security(("bearer" = ["exams:create"])), responses((status = 201, body = Exam)))]
#[post("/exams")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ExamCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let exam = Exam::set(cmd.0, &tx.stamp());
        exams::fit(tx, &exam).await?;
        persistence::insert(tx, &exam).await?;
        Ok(Created(exam))
    })
    .await
}

/// Get an exam.
#[utoipa::path(tag = "exams", operation_id = "getExam", params(("exam_id" = ExamId, Path)),
    security(("bearer" = ["exams:read"])), responses((status = 200, body = Exam)))]
#[get("/exams/{exam_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ExamId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Exam>(tx, id.0).await.map(Versioned))
        .await
}

/// List the attempts at an exam.
///
/// Newest first. Sortable by `created_at`, `started_at`, `attempt_no`. An engineer sees his own. An attempt that ran out
/// within the last second may not show as handed in yet; a single read always does.
#[utoipa::path(tag = "exams", operation_id = "listExamAttempts",
    params(("exam_id" = ExamId, Path), ExamAttemptFilter, PageParams),
    security(("bearer" = ["exam_attempts:read"])), responses((status = 200, body = ExamAttemptPage)))]
#[get("/exams/{exam_id}/attempts")]
async fn list_attempts(
    ctx: Ctx<attempt_can::Read>,
    id: PathId<ExamId>,
    filter: Filter<ExamAttemptFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, <AttemptsAt as ListBy<ExamAttempt>>::SORTS)?;
    let of = AttemptsAt {
        exam_id: id.0,
        filter: filter.0,
    };
    let listing = ctx
        .load(async |tx| {
            let exam: Exam = persistence::get(tx, id.0).await?;
            let found = persistence::list::<ExamAttempt>(tx, &of, &page).await?;
            let on_papers = found.rows.iter().flat_map(|row| row.question_ids.iter().copied());
            let mut on_papers: Vec<ExamQuestionId> = on_papers.collect();
            on_papers.sort_unstable();
            on_papers.dedup();
            let texts: Vec<ExamQuestionId> = questions(tx, &on_papers)
                .await?
                .into_iter()
                .filter(|question| question.kind == QuestionKind::Text)
                .map(|question| question.id)
                .collect();
            let now = tx.now();
            Ok(found.map(|attempt| attempt.told(&exam, &texts, now)))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(ExamAttemptPage::from(rows)).into_answer()?)
}

/// Start an attempt at an exam.
///
/// For the engineer who calls, while the exam is open (409 `exam_not_open`) and he has an attempt left (409
/// `attempts_exhausted`). The answer holds his paper; answers are taken until `due_at`.
#[utoipa::path(tag = "exams", operation_id = "startExamAttempt", params(("exam_id" = ExamId, Path)),
    request_body = Nothing,
    security(("bearer" = ["exam_attempts:start"])), responses((status = 201, body = ExamAttemptView)))]
#[post("/exams/{exam_id}/attempts")]
async fn start(ctx: Ctx<attempt_can::Start>, id: PathId<ExamId>, _: Body<Nothing>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let exam: Exam = persistence::get(tx, id.0).await?;
        let attempt = exams::start(tx, &exam).await?;
        let paper = questions(tx, &attempt.question_ids).await?;
        Ok(Created(ExamAttemptView::of(attempt, &exam, &paper, &tx.stamp())))
    })
    .await
}
