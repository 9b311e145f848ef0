//! Exams: a bank of questions, papers drawn from it, timed attempts, marks (domain.md 3.10, OU-3, OU-4).
//!
//! A paper is drawn when an attempt starts, by the attempt's own number, so that it can be drawn again and is the same.
//! What is right is told to nobody before the exam closes.

pub mod attempts;
pub mod questions;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use attempts::{ExamAttempt, ExamAttemptFilter, ExamAttemptId, MarkAnswer, SaveAnswers, Sitter};
pub use questions::{
    ExamQuestion, ExamQuestionCreate, ExamQuestionFilter, ExamQuestionId, ExamQuestionPatch, PaperQuestion,
    QuestionKind,
};

use crate::kernel::error::{DATE_ORDER, OUT_OF_RANGE, Place, REQUIRED};
use crate::kernel::text::{Label64, Title};
use crate::kernel::{Date, Meta, Role, RoleSet, Stamp, Time, Violation};
use crate::product_categories::ProductCategoryId;
use crate::skills::SkillId;
use crate::{codes, id, json_columns, label, permissions};

id!(ExamId);

label! {
    /// Who may take an exam.
    pub enum ExamAudience {
        /// Engineers of outlets.
        Outlets = "outlets",
        /// Every engineer.
        Engineers = "engineers",
    }
}

/// So many questions of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawRule {
    /// Of this category of products; null for any.
    #[serde(default)]
    pub category_id: Option<ProductCategoryId>,
    /// Of this difficulty; null for any.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: Option<i64>,
    /// How many.
    #[schema(minimum = 1, maximum = 200)]
    pub count: i64,
}

json_columns!(DrawRule);

/// An exam.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Exam {
    /// Machine identifier.
    pub id: ExamId,
    /// Its title.
    pub title: Title,
    /// Its questions, in order; empty where they are drawn.
    #[schema(max_items = 200)]
    pub question_ids: Vec<ExamQuestionId>,
    /// How the questions are drawn; empty where they are named.
    #[schema(max_items = 20)]
    pub draw: Vec<DrawRule>,
    /// When it opens.
    pub opens_at: Time,
    /// When it closes and what is right is told.
    pub closes_at: Time,
    /// How long an attempt lasts.
    #[schema(minimum = 1, maximum = 600)]
    pub minutes: i64,
    /// The points that pass.
    #[schema(minimum = 0, maximum = 100_000)]
    pub pass_score: i64,
    /// How often one may try.
    #[schema(minimum = 1, maximum = 20)]
    pub max_attempts: i64,
    /// Who may take it.
    pub audience: ExamAudience,
    /// The skill it certifies.
    #[schema(required)]
    pub skill_id: Option<SkillId>,
    /// For how many months it certifies.
    #[schema(minimum = 1, maximum = 120)]
    pub certifies_months: i64,
    /// Whether failing it takes the certification away (OU-4).
    pub is_mandatory: bool,
    /// Whether what its end does to certifications is done.
    #[serde(skip)]
    #[schema(ignore)]
    pub is_settled: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What is needed to set an exam.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "空调维修上岗考试", "draw": [{"difficulty": 2, "count": 10}],
    "opens_at": "2026-12-01T01:00:00.000Z", "closes_at": "2026-12-08T01:00:00.000Z", "minutes": 60, "pass_score": 60,
    "audience": "engineers"}))]
pub struct ExamCreate {
    /// Its title.
    pub title: Title,
    /// Its questions, in order, each once; else `draw`.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub question_ids: Vec<ExamQuestionId>,
    /// How the questions are drawn; else `question_ids`.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub draw: Vec<DrawRule>,
    /// When it opens.
    pub opens_at: Time,
    /// When it closes; after it opens.
    pub closes_at: Time,
    /// How long an attempt lasts.
    #[schema(minimum = 1, maximum = 600)]
    pub minutes: i64,
    /// The points that pass; not more than the questions give.
    #[schema(minimum = 0, maximum = 100_000)]
    pub pass_score: i64,
    /// How often one may try; twice if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 20)]
    pub max_attempts: Option<i64>,
    /// Who may take it.
    pub audience: ExamAudience,
    /// The skill it certifies.
    #[serde(default)]
    pub skill_id: Option<SkillId>,
    /// For how many months it certifies; 12 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 120)]
    pub certifies_months: Option<i64>,
    /// Whether failing it takes the certification away.
    #[serde(default)]
    pub is_mandatory: bool,
}

/// Narrows a list of exams; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ExamFilter {
    /// Open at this instant.
    #[param(nullable = false)]
    pub open_at: Option<Time>,
    /// Certifying this skill.
    #[param(nullable = false)]
    pub skill_id: Option<SkillId>,
    /// Words in the title.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

/// What an engineer's attempts do to his certification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certification {
    /// Nothing yet.
    Unchanged,
    /// Certified to this day.
    Until(Date),
    /// Taken away (OU-4).
    Revoked,
}

impl Exam {
    /// A new exam.
    pub fn set(cmd: ExamCreate, at: &Stamp) -> Exam {
        Exam {
            id: ExamId::next(at),
            title: cmd.title,
            question_ids: cmd.question_ids,
            draw: cmd.draw,
            opens_at: cmd.opens_at,
            closes_at: cmd.closes_at,
            minutes: cmd.minutes,
            pass_score: cmd.pass_score,
            max_attempts: cmd.max_attempts.unwrap_or(2),
            audience: cmd.audience,
            skill_id: cmd.skill_id,
            certifies_months: cmd.certifies_months.unwrap_or(12),
            is_mandatory: cmd.is_mandatory,
            is_settled: false,
            meta: Meta::new(at),
        }
    }

    /// What is wrong with it by itself: an end not after the beginning (`date_order`), neither questions nor a rule
    /// (`required`), or both (`questions_or_draw`), or one question twice (`question_twice`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        if self.closes_at <= self.opens_at {
            wrong.push(DATE_ORDER.violation(Place::Pointer("#/closes_at".to_owned())));
        }
        match (self.question_ids.is_empty(), self.draw.is_empty()) {
            (true, true) => wrong.push(REQUIRED.violation(Place::Pointer("#/question_ids".to_owned()))),
            (false, false) => wrong.push(QUESTIONS_OR_DRAW.violation(Place::Pointer("#/draw".to_owned()))),
            _ => {}
        }
        for (place, id) in self.question_ids.iter().enumerate() {
            if self.question_ids.iter().take(place).any(|before| before == id) {
                let pointer = format!("#/question_ids/{place}");
                wrong.push(QUESTION_TWICE.violation(Place::Pointer(pointer)));
            }
        }
        wrong
    }

    /// What nobody can reach: more points than the questions give (`out_of_range`). `bank` holds its questions, or those
    /// that may be drawn.
    pub fn unreachable(&self, bank: &[ExamQuestion]) -> Option<Violation> {
        let named = bank
            .iter()
            .filter(|question| self.question_ids.contains(&question.id));
        let named: i64 = named.map(|question| question.score).sum();
        let drawn: i64 = self.draw.iter().map(|rule| rule.most(bank)).sum();
        let most = named.saturating_add(drawn);
        (self.pass_score > most).then(|| Violation {
            detail: Some((
                format!("The questions give {most} points at most."),
                format!("所选题目满分最多为 {most} 分。"),
            )),
            ..OUT_OF_RANGE.violation(Place::Pointer("#/pass_score".to_owned()))
        })
    }

    /// What the attempts of one engineer do to his certification: the best counts; failed is who has no attempt left,
    /// or none any more because the exam closed.
    pub fn certification(&self, attempts: &[ExamAttempt], now: Time, zone: chrono_tz::Tz) -> Certification {
        let scored: Vec<&ExamAttempt> = attempts
            .iter()
            .filter(|attempt| attempt.passed.is_some())
            .collect();
        let passed = scored.iter().filter(|attempt| attempt.passed == Some(true));
        let latest = passed.filter_map(|attempt| attempt.submitted_at).max();
        if let Some(at) = latest {
            return Certification::Until(at.date_in(zone).plus_months(self.certifies_months));
        }
        let used = i64::try_from(attempts.len()).unwrap_or(i64::MAX);
        let is_all_scored = !attempts.is_empty() && scored.len() == attempts.len();
        let is_over = used >= self.max_attempts || now >= self.closes_at;
        if self.is_mandatory && is_all_scored && is_over {
            Certification::Revoked
        } else {
            Certification::Unchanged
        }
    }
}

codes! {
    QUESTIONS_OR_DRAW: Invalid = "questions_or_draw", "Name the questions or draw them, not both", "题目与抽题规则只能给出一项";
    QUESTION_TWICE: Invalid = "question_twice", "The same question is named twice", "题目重复";
    NOT_AN_OPTION: Invalid = "not_an_option", "The question has no such option", "该题没有此选项";
    ANSWER_MISMATCH: Invalid = "answer_mismatch", "The answer does not fit the kind of question", "答案与题型不符";
    BANK_TOO_SMALL: Conflict = "bank_too_small", "The bank has too few questions for this rule", "题库中符合规则的题目不足";
    EXAM_NOT_OPEN: Conflict = "exam_not_open", "The exam is not open", "考试未开放";
    ATTEMPTS_EXHAUSTED: Conflict = "attempts_exhausted", "There is no attempt left", "考试次数已用完";
    ATTEMPT_RUNNING: Conflict = "attempt_running", "An attempt is running already", "已有进行中的考试";
    EXAM_TIME_OVER: Conflict = "exam_time_over", "The time of the attempt is over; what was saved counts", "答题时间已到，以已保存的答案计分";
    NOT_THE_AUDIENCE: Forbidden = "not_the_audience", "The exam is not for this engineer", "该考试不面向此工程师";
    NOT_THE_SITTER: Forbidden = "not_the_sitter", "Only who sits the exam may do this", "只有考生本人可以执行此操作";
    OWN_ATTEMPT: Forbidden = "own_attempt", "Nobody marks his own exam", "不得为本人评分";
    NOT_ON_PAPER: Invalid = "not_on_paper", "This question is not on the paper", "试卷中没有该题";
    NOT_TO_MARK: Invalid = "not_to_mark", "This question is not marked by hand", "该题不需人工评分";
}

/// Who keeps questions and exams.
const KEEPERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::KbEditor,
]);
const READERS: RoleSet = KEEPERS.union(RoleSet::of(&[
    Role::Engineer,
    Role::OutletManager,
    Role::Analyst,
    Role::Executive,
]));

permissions! {
    Read = "exams:read" for READERS;
    Create = "exams:create" for KEEPERS;
}
