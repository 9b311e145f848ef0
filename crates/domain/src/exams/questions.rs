//! The bank of questions, what an answer to one is worth, and how a paper is drawn (OU-3).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ANSWER_MISMATCH, BANK_TOO_SMALL, DrawRule, Exam, KEEPERS};
use crate::kernel::error::{NOT_FOUND, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Label200, Prose};
use crate::kernel::{Csv, Meta, Patch, Result, Stamp, Time, Violation};
use crate::product_categories::ProductCategoryId;
use crate::{id, json_columns, label, permissions};

id!(ExamQuestionId);

label! {
    /// How a question is answered.
    pub enum QuestionKind {
        /// 单选
        Single = "single",
        /// 多选
        Multi = "multi",
        /// 判断: option 1 is right, option 2 is wrong.
        Bool = "bool",
        /// 问答: marked by hand.
        Text = "text",
    }
}

/// The place of an option, counted from 1.
#[derive(Debug, ToSchema)]
#[schema(minimum = 1, maximum = 10, example = 1)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct OptionNo(i64);

/// A question of the bank.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ExamQuestion {
    /// Machine identifier.
    pub id: ExamQuestionId,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What is asked.
    pub stem: Prose,
    /// What may be chosen; empty for right-or-wrong and for text.
    #[schema(max_items = 10)]
    pub options: Vec<Label200>,
    /// The right options, counted from 1.
    #[schema(max_items = 10, value_type = Vec<OptionNo>)]
    pub correct: Vec<i64>,
    /// What a good text says.
    #[schema(required)]
    pub model_answer: Option<Prose>,
    /// Its points.
    #[schema(minimum = 1, maximum = 100)]
    pub score: i64,
    /// The category of products it is about.
    #[schema(required)]
    pub category_id: Option<ProductCategoryId>,
    /// How hard it is, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: i64,
    /// Whether papers may use it.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What is needed to add a question.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "single", "stem": "显示E6表示什么故障？", "options": ["通讯故障", "缺氟", "排水异常"],
    "correct": [1], "score": 5, "difficulty": 2}))]
pub struct ExamQuestionCreate {
    /// How it is answered.
    pub kind: QuestionKind,
    /// What is asked.
    pub stem: Prose,
    /// What may be chosen.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub options: Vec<Label200>,
    /// The right options, counted from 1; for right-or-wrong 1 is right and 2 is wrong.
    #[serde(default)]
    #[schema(max_items = 10, value_type = Vec<OptionNo>)]
    pub correct: Vec<i64>,
    /// What a good text says.
    #[serde(default)]
    pub model_answer: Option<Prose>,
    /// Its points.
    #[schema(minimum = 1, maximum = 100)]
    pub score: i64,
    /// The category of products it is about.
    #[serde(default)]
    pub category_id: Option<ProductCategoryId>,
    /// How hard it is, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: i64,
}

/// What may change on a question: papers drawn before keep meaning the same.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_active": false}))]
pub struct ExamQuestionPatch {
    /// The category of products it is about.
    #[schema(value_type = Option<ProductCategoryId>)]
    pub category_id: Patch<ProductCategoryId>,
    /// How hard it is, 1 to 5.
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub difficulty: Option<i64>,
    /// Whether papers may use it.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Narrows a list of questions; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ExamQuestionFilter {
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<QuestionKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<QuestionKind>>,
    /// The category of products.
    #[param(nullable = false)]
    pub category_id: Option<ProductCategoryId>,
    /// How hard, 1 to 5.
    #[param(nullable = false, minimum = 1, maximum = 5)]
    pub difficulty: Option<i64>,
    /// Words in the stem.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

/// An answer as it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question.
    pub question_id: ExamQuestionId,
    /// The options chosen, counted from 1.
    #[serde(default)]
    #[schema(max_items = 10, value_type = Vec<OptionNo>)]
    pub choices: Vec<i64>,
    /// The text written.
    #[serde(default)]
    pub text: Option<Prose>,
}

json_columns!(Answer);

/// A question as whoever sits the exam sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PaperQuestion {
    /// The question.
    pub id: ExamQuestionId,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What is asked.
    pub stem: Prose,
    /// What may be chosen.
    #[schema(max_items = 10)]
    pub options: Vec<Label200>,
    /// Its points.
    #[schema(minimum = 1, maximum = 100)]
    pub score: i64,
    /// The right options; null before the exam closes.
    #[schema(required, max_items = 10, value_type = Option<Vec<OptionNo>>)]
    pub correct: Option<Vec<i64>>,
    /// What a good text says; null before the exam closes.
    #[schema(required)]
    pub model_answer: Option<Prose>,
}

impl ExamQuestion {
    /// A new, active question.
    pub fn add(cmd: ExamQuestionCreate, at: &Stamp) -> ExamQuestion {
        ExamQuestion {
            id: ExamQuestionId::next(at),
            kind: cmd.kind,
            stem: cmd.stem,
            options: cmd.options,
            correct: cmd.correct,
            model_answer: cmd.model_answer,
            score: cmd.score,
            category_id: cmd.category_id,
            difficulty: cmd.difficulty,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch.
    pub fn revise(&mut self, patch: ExamQuestionPatch) {
        patch.category_id.onto(&mut self.category_id);
        replace(patch.difficulty, &mut self.difficulty);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with it by itself: an answer that does not fit the kind (`answer_mismatch`).
    pub fn faults(&self) -> Vec<Violation> {
        let options = self.options.len();
        let mut distinct = self.correct.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let most = self.most_option();
        let is_within = distinct.iter().all(|option| (1..=most).contains(option));
        let is_distinct = distinct.len() == self.correct.len();
        let is_fit = match self.kind {
            QuestionKind::Single => options >= 2 && self.correct.len() == 1 && is_within,
            QuestionKind::Multi => options >= 2 && !self.correct.is_empty() && is_distinct && is_within,
            QuestionKind::Bool => options == 0 && self.correct.len() == 1 && is_within,
            QuestionKind::Text => options == 0 && self.correct.is_empty(),
        };
        let fault = || ANSWER_MISMATCH.violation(Place::Pointer("#/correct".to_owned()));
        (!is_fit).then(fault).into_iter().collect()
    }

    /// How many options there are to choose from.
    fn most_option(&self) -> i64 {
        match self.kind {
            QuestionKind::Bool => 2,
            QuestionKind::Text => 0,
            QuestionKind::Single | QuestionKind::Multi => {
                i64::try_from(self.options.len()).unwrap_or(i64::MAX)
            }
        }
    }

    /// The place of the first choice of an answer that the question does not have.
    pub fn unknown_choice(&self, answer: &Answer) -> Option<usize> {
        let options = 1..=self.most_option();
        answer.choices.iter().position(|choice| !options.contains(choice))
    }

    /// What an answer is worth; nothing where a marker has to say. A multiple choice gives all points for the whole set,
    /// half of them, rounded down, for a part of it, and none with anything wrong in it.
    pub fn mark(&self, answer: Option<&Answer>) -> Option<i64> {
        if self.kind == QuestionKind::Text {
            // What was not written needs no marker.
            return answer.is_none_or(|answer| answer.text.is_none()).then_some(0);
        }
        let mut chosen = answer.map_or_else(Vec::new, |answer| answer.choices.clone());
        chosen.sort_unstable();
        chosen.dedup();
        let is_right = |option: &i64| self.correct.contains(option);
        let points = if chosen.is_empty() || !chosen.iter().all(is_right) {
            0
        } else if chosen.len() == self.correct.len() {
            self.score
        } else if self.kind == QuestionKind::Multi {
            self.score / 2
        } else {
            0
        };
        Some(points)
    }

    /// As whoever sits the exam sees it at an instant.
    pub fn on_paper(&self, exam: &Exam, now: Time) -> PaperQuestion {
        let is_told = now >= exam.closes_at;
        PaperQuestion {
            id: self.id,
            kind: self.kind,
            stem: self.stem.clone(),
            options: self.options.clone(),
            score: self.score,
            correct: is_told.then(|| self.correct.clone()),
            model_answer: self.model_answer.clone().filter(|_| is_told),
        }
    }
}

/// Draws a paper: for each rule so many questions that fit, none twice; the same for the same bank and seed.
///
/// Errors: `bank_too_small`, `not_found` for a named question that is not in the bank.
pub fn draw(exam: &Exam, bank: &[ExamQuestion], seed: u64) -> Result<Vec<ExamQuestionId>> {
    if exam.draw.is_empty() {
        let is_known = |id: &&ExamQuestionId| bank.iter().any(|question| question.id == **id);
        return match exam.question_ids.iter().all(|id| is_known(&id)) {
            true => Ok(exam.question_ids.clone()),
            false => Err(NOT_FOUND.error()),
        };
    }
    let mut paper: Vec<ExamQuestionId> = Vec::new();
    for rule in &exam.draw {
        let mut fit: Vec<ExamQuestionId> = bank
            .iter()
            .filter(|question| question.is_active && rule.fits(question) && !paper.contains(&question.id))
            .map(|question| question.id)
            .collect();
        let count = usize::try_from(rule.count).unwrap_or(0);
        if fit.len() < count {
            let (wanted, found) = (rule.count, fit.len());
            return Err(BANK_TOO_SMALL.because(
                format!("{wanted} questions are wanted, {found} fit."),
                format!("需要 {wanted} 题，符合规则的只有 {found} 题。"),
            ));
        }
        fit.sort_by_key(|id| (shuffled(seed, *id), *id));
        paper.extend(fit.into_iter().take(count));
    }
    Ok(paper)
}

/// Where a question falls for a seed: both are mixed until nothing of their order is left.
fn shuffled(seed: u64, id: ExamQuestionId) -> u64 {
    let (high, low) = id.0.as_u64_pair();
    let mix = |state: u64, word: u64| {
        let mut mixed = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    mix(mix(mix(0, seed), high), low)
}

/// The most points a question gives.
const FULL: i64 = 100;

impl DrawRule {
    /// The most points it can draw; while the bank does not fill it, what so many questions can give.
    pub fn most(&self, bank: &[ExamQuestion]) -> i64 {
        let fit = bank
            .iter()
            .filter(|question| question.is_active && self.fits(question));
        let mut scores: Vec<i64> = fit.map(|question| question.score).collect();
        let count = usize::try_from(self.count).unwrap_or(0);
        if scores.len() < count {
            return self.count.saturating_mul(FULL);
        }
        scores.sort_unstable();
        scores.iter().rev().take(count).sum()
    }

    fn fits(&self, question: &ExamQuestion) -> bool {
        self.category_id
            .is_none_or(|category| question.category_id == Some(category))
            && self.difficulty.is_none_or(|level| question.difficulty == level)
    }
}

permissions! {
    Read = "exam_questions:read" for KEEPERS;
    Create = "exam_questions:create" for KEEPERS;
    Update = "exam_questions:update" for KEEPERS;
}
