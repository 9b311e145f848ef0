//! Exams: how questions, exams and attempts are kept and found.

use aftercare_domain::exams::{
    ATTEMPT_RUNNING, Exam, ExamAttempt, ExamAttemptFilter, ExamAttemptId, ExamFilter, ExamId, ExamQuestion,
    ExamQuestionFilter, ExamQuestionId,
};
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Column as _, Result, Time};
use aftercare_domain::requests::EngineerId;
use uuid::Uuid;

use crate::db::{ListBy, Table, Tx, Unique, Where, among, many, record, sql};
use crate::engineers::of_visible;
use crate::platform::references::referable;

record! { ExamQuestion: Table::new("exam_questions", "exam_question") =>
    id, kind, stem, options, correct, model_answer, score, category_id, difficulty, is_active;
    meta; search = text_of_question
}

referable!(ExamQuestion);

record! { Exam: Table::new("exams", "exam") =>
    id, title, question_ids, draw, opens_at, closes_at, minutes, pass_score, max_attempts, audience, skill_id,
    certifies_months, is_mandatory, is_settled; meta; search = text_of
}

const ATTEMPTS: Table = Table::new("exam_attempts", "exam_attempt")
    .scoped(of_visible)
    .unique(ATTEMPTS_UNIQUES);
const ATTEMPTS_UNIQUES: &[Unique] = &[Unique {
    constraint: "exam_attempts_no_key",
    columns: "exam_attempts.exam_id, exam_attempts.engineer_id, exam_attempts.attempt_no",
    code: &ATTEMPT_RUNNING,
    pointer: "",
}];

record! { ExamAttempt: ATTEMPTS =>
    id, exam_id, engineer_id, attempt_no, status, question_ids, started_at, due_at, submitted_at, answers, marks,
    full_score, score, passed; meta
}

impl ListBy<ExamQuestion> for ExamQuestionFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "difficulty"];

    fn apply(&self, w: &mut Where) {
        w.any("kind", self.kind.as_ref());
        w.eq("category_id", self.category_id);
        w.eq("difficulty", self.difficulty);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

impl ListBy<Exam> for ExamFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "opens_at", "closes_at"];

    fn apply(&self, w: &mut Where) {
        w.compare("opens_at", "<=", self.open_at);
        w.compare("closes_at", ">", self.open_at);
        w.eq("skill_id", self.skill_id);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// The attempts at one exam.
#[derive(Clone, Debug)]
pub struct AttemptsAt {
    /// The exam.
    pub exam_id: ExamId,
    /// Which of them.
    pub filter: ExamAttemptFilter,
}

impl ListBy<ExamAttempt> for AttemptsAt {
    const SORTS: &'static [&'static str] = &["created_at", "started_at", "attempt_no"];

    fn apply(&self, w: &mut Where) {
        w.eq("exam_id", Some(self.exam_id));
        w.eq("engineer_id", self.filter.engineer_id);
        w.any("status", self.filter.status.as_ref());
        w.eq("passed", self.filter.passed);
    }
}

fn text_of_question(question: &ExamQuestion) -> String {
    search_fold(&[question.stem.as_str()])
}

fn text_of(exam: &Exam) -> String {
    search_fold(&[exam.title.as_str()])
}

/// Every question papers may be drawn from, in order of their identifiers.
pub async fn bank(tx: &mut Tx<'_>) -> Result<Vec<ExamQuestion>> {
    let condition = "is_active = $1 order by id limit 20000";
    many(tx, condition, vec![true.to_raw()]).await
}

/// These questions, in use or not.
pub async fn questions(tx: &mut Tx<'_>, ids: &[ExamQuestionId]) -> Result<Vec<ExamQuestion>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut found: Vec<ExamQuestion> = among(tx, "id", &ids, "id").await?;
    found.sort_by_key(|question| ids.iter().position(|id| *id == question.id.0));
    Ok(found)
}

/// The attempts of an engineer at an exam, the first first; whoever asks.
pub async fn attempts_of(
    tx: &mut Tx<'_>,
    exam_id: ExamId,
    engineer_id: EngineerId,
) -> Result<Vec<ExamAttempt>> {
    let condition = "exam_id = $1 and engineer_id = $2 order by attempt_no";
    many(tx, condition, vec![exam_id.to_raw(), engineer_id.to_raw()]).await
}

/// Attempts whose time is over and that nobody handed in, the longest waiting first.
pub async fn overdue(tx: &mut Tx<'_>, now: Time, limit: i64) -> Result<Vec<ExamAttemptId>> {
    let text = sql!(
        "select id from exam_attempts where status = 'running' and due_at < $1 order by due_at, id limit $2",
        now,
        limit
    );
    tx.read(text, |row| row.get("id")).await
}

/// Exams that have closed and whose end was not dealt with, the first closed first. Who is still writing or waits for his
/// marker is waited for.
pub async fn closed(tx: &mut Tx<'_>, now: Time, limit: i64) -> Result<Vec<ExamId>> {
    let text = sql!(
        "select id from exams where not is_settled and closes_at <= $1
           and not exists (select 1 from exam_attempts a where a.exam_id = exams.id and a.status <> 'scored')
         order by closes_at, id limit $2",
        now,
        limit
    );
    tx.read(text, |row| row.get("id")).await
}

/// Who sat an exam.
pub async fn sitters(tx: &mut Tx<'_>, exam_id: ExamId) -> Result<Vec<EngineerId>> {
    let text = sql!(
        "select distinct engineer_id from exam_attempts where exam_id = $1 order by engineer_id",
        exam_id
    );
    tx.read(text, |row| row.get("engineer_id")).await
}
