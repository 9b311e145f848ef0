//! Attempts at exams over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::exams::attempts::can;
use aftercare_domain::exams::{
    Exam, ExamAttempt, ExamAttemptId, ExamQuestion, ExamQuestionId, MarkAnswer, PaperQuestion, QuestionKind,
    SaveAnswers,
};
use aftercare_domain::kernel::{Event, Meta, Permission, Result, Stamp};
use aftercare_domain::requests::Nothing;
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::exams::questions;
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::exams;
use crate::http::reply::Resource;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get).service(list_actions);
    cfg.service(save).service(submit).service(mark);
}

/// An attempt at an exam, with its paper.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ExamAttempt)]
pub struct ExamAttemptView {
    /// The record.
    #[serde(flatten)]
    pub record: ExamAttempt,
    /// The questions, in order; what is right is told when the exam closes.
    #[schema(max_items = 200)]
    pub questions: Vec<PaperQuestion>,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

impl ExamAttemptView {
    /// The attempt as a caller sees it.
    pub fn of(record: ExamAttempt, exam: &Exam, paper: &[ExamQuestion], at: &Stamp) -> ExamAttemptView {
        let texts = paper
            .iter()
            .filter(|question| question.kind == QuestionKind::Text);
        let texts: Vec<ExamQuestionId> = texts.map(|question| question.id).collect();
        ExamAttemptView {
            questions: paper
                .iter()
                .map(|question| question.on_paper(exam, at.now))
                .collect(),
            allowed_actions: record.allowed_actions(at),
            record: record.told(exam, &texts, at.now),
        }
    }
}

impl Resource for ExamAttemptView {
    fn path(&self) -> String {
        format!("/v1/exam-attempts/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

impl<P: Permission> Ctx<P> {
    /// Hands an attempt in whose time is over before it is read or acted upon (A24); 404 if it is not the caller's.
    async fn attempt_caught_up(&self, id: ExamAttemptId) -> ProblemResult<()> {
        let is_overdue = self
            .load(async |tx| {
                let found: ExamAttempt = persistence::get(tx, id).await?;
                Ok(found.is_overdue(tx.now()))
            })
            .await?;
        if is_overdue {
            exams::catch_up(&self.state.db, id).await?;
        }
        Ok(())
    }
}

/// The exam of an attempt and its paper.
async fn paper_of(tx: &mut Tx<'_>, attempt: &ExamAttempt) -> Result<(Exam, Vec<ExamQuestion>)> {
    let exam = persistence::get(tx, attempt.exam_id).await?;
    Ok((exam, questions(tx, &attempt.question_ids).await?))
}

/// Get an attempt at an exam, with its paper.
///
/// What is right, and the points of what is not marked by hand, are told when the exam closes.
#[utoipa::path(tag = "exams", operation_id = "getExamAttempt", params(("exam_attempt_id" = ExamAttemptId, Path)),
    security(("bearer" = ["exam_attempts:read"])), responses((status = 200, body = ExamAttemptView)))]
#[get("/exam-attempts/{exam_attempt_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ExamAttemptId>) -> ProblemResult<Answer> {
    ctx.attempt_caught_up(id.0).await?;
    ctx.read(async |tx| {
        let attempt: ExamAttempt = persistence::get(tx, id.0).await?;
        let (exam, paper) = paper_of(tx, &attempt).await?;
        Ok(Versioned(ExamAttemptView::of(
            attempt,
            &exam,
            &paper,
            &tx.stamp(),
        )))
    })
    .await
}

/// Say which actions are open on an attempt, and why the others are not.
#[utoipa::path(tag = "exams", operation_id = "listExamAttemptActions",
    params(("exam_attempt_id" = ExamAttemptId, Path)),
    security(("bearer" = ["exam_attempts:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/exam-attempts/{exam_attempt_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<ExamAttemptId>) -> ProblemResult<Answer> {
    ctx.attempt_caught_up(id.0).await?;
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let attempt: ExamAttempt = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(attempt.action_reasons(&tx.stamp()), lang)))
    })
    .await
}

/// One action: the attempt catches up with the clock, is decided upon, kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: ExamAttemptId,
    seen: IfMatchHeader,
    decide: impl FnOnce(&mut ExamAttempt, &Exam, &[ExamQuestion], &Stamp) -> Result<Option<Event>>
    + Send
    + 'static,
) -> ProblemResult<Answer> {
    ctx.attempt_caught_up(id).await?;
    ctx.write(async move |tx| {
        let mut attempt: ExamAttempt = persistence::get_for_update(tx, id, &seen.0).await?;
        let (exam, paper) = paper_of(tx, &attempt).await?;
        let at = tx.stamp();
        let scored = decide(&mut attempt, &exam, &paper, &at)?;
        exams::keep(tx, &mut attempt, &exam, scored).await?;
        Ok(Versioned(ExamAttemptView::of(attempt, &exam, &paper, &at)))
    })
    .await
}

/// Save answers.
///
/// As often as one likes until `due_at` (409 `exam_time_over`); a question answered before is answered anew. What was
/// saved counts, whether it is handed in or not. A choice the question does not have is 422 `not_an_option`.
#[utoipa::path(tag = "exams", operation_id = "saveExamAttempt", params(("exam_attempt_id" = ExamAttemptId, Path)),
    request_body = SaveAnswers,
    security(("bearer" = ["exam_attempts:save"])), responses((status = 200, body = ExamAttemptView)))]
#[post("/exam-attempts/{exam_attempt_id}/save")]
async fn save(
    ctx: Ctx<can::Save>,
    id: PathId<ExamAttemptId>,
    seen: IfMatchHeader,
    cmd: Body<SaveAnswers>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |attempt, _, paper, at| {
        attempt.save(&cmd.0, paper, at)?;
        Ok(None)
    })
    .await
}

/// Hand an attempt in.
///
/// What needs no marker is marked at once.
#[utoipa::path(tag = "exams", operation_id = "submitExamAttempt", params(("exam_attempt_id" = ExamAttemptId, Path)),
    request_body = Nothing,
    security(("bearer" = ["exam_attempts:submit"])), responses((status = 200, body = ExamAttemptView)))]
#[post("/exam-attempts/{exam_attempt_id}/submit")]
async fn submit(
    ctx: Ctx<can::Submit>,
    id: PathId<ExamAttemptId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, |attempt, exam, paper, at| {
        attempt.submit(exam, paper, at)
    })
    .await
}

/// Mark a text by hand.
///
/// Not one's own. The last text scores the attempt.
#[utoipa::path(tag = "exams", operation_id = "markExamAttempt", params(("exam_attempt_id" = ExamAttemptId, Path)),
    request_body = MarkAnswer,
    security(("bearer" = ["exam_attempts:mark"])), responses((status = 200, body = ExamAttemptView)))]
#[post("/exam-attempts/{exam_attempt_id}/mark")]
async fn mark(
    ctx: Ctx<can::Mark>,
    id: PathId<ExamAttemptId>,
    seen: IfMatchHeader,
    cmd: Body<MarkAnswer>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |attempt, exam, paper, at| {
        attempt.mark(&cmd.0, exam, paper, at)
    })
    .await
}
