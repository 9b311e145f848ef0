//! Attempts: started, saved, handed in or out of time, marked (domain.md 3.23).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::questions::{Answer, ExamQuestion, ExamQuestionId, draw};
use super::{
    ATTEMPT_RUNNING, ATTEMPTS_EXHAUSTED, EXAM_NOT_OPEN, EXAM_TIME_OVER, Exam, ExamAudience, ExamId,
    NOT_AN_OPTION, NOT_ON_PAPER, NOT_THE_AUDIENCE, NOT_THE_SITTER, NOT_TO_MARK, OWN_ATTEMPT, QuestionKind,
    READERS,
};
use crate::kernel::error::OUT_OF_RANGE;
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::meta::UserId;
use crate::kernel::{Csv, Event, Meta, Result, Role, RoleSet, Stamp, Time};
use crate::requests::EngineerId;
use crate::requests::gate::{ActionReason, Gate, explain};
use crate::{id, json_columns, label, permissions};

id!(ExamAttemptId);

label! {
    /// Where an attempt stands.
    pub enum AttemptStatus {
        /// 进行中
        Running = "running",
        /// 待评分: a text waits for its marker.
        Marking = "marking",
        /// 已评分
        Scored = "scored",
    }
}

/// The points of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// The question.
    pub question_id: ExamQuestionId,
    /// Its points; null until a marker says.
    #[schema(required, minimum = 0, maximum = 100)]
    pub points: Option<i64>,
    /// Who marked it; null for the system.
    #[schema(required)]
    pub by: Option<UserId>,
}

json_columns!(Mark);

/// An attempt of one engineer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ExamAttemptRecord)]
pub struct ExamAttempt {
    /// Machine identifier.
    pub id: ExamAttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// His how manieth, from 1.
    #[schema(minimum = 1, maximum = 20)]
    pub attempt_no: i64,
    /// Where it stands; changes only by actions.
    pub status: AttemptStatus,
    /// The questions, in order.
    #[schema(max_items = 200)]
    pub question_ids: Vec<ExamQuestionId>,
    /// When it began.
    pub started_at: Time,
    /// Until when answers are taken.
    pub due_at: Time,
    /// When it was handed in, or ran out.
    #[schema(required)]
    pub submitted_at: Option<Time>,
    /// What was answered.
    #[schema(max_items = 200)]
    pub answers: Vec<Answer>,
    /// The points of each question, once handed in.
    #[schema(max_items = 200)]
    pub marks: Vec<Mark>,
    /// What the paper gives at most.
    #[schema(minimum = 0, maximum = 100_000)]
    pub full_score: i64,
    /// The sum, once every question is marked.
    #[schema(required, minimum = 0, maximum = 100_000)]
    pub score: Option<i64>,
    /// Whether it passed.
    #[schema(required)]
    pub passed: Option<bool>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Saves answers; a question answered before is answered anew.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": [{"question_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "choices": [1]}]}))]
pub struct SaveAnswers {
    /// The answers.
    #[schema(min_items = 1, max_items = 200)]
    pub answers: Vec<Answer>,
}

/// Marks a text by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "points": 8}))]
pub struct MarkAnswer {
    /// The question.
    pub question_id: ExamQuestionId,
    /// Its points.
    #[schema(minimum = 0, maximum = 100)]
    pub points: i64,
}

/// Narrows a list of attempts; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ExamAttemptFilter {
    /// Of this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<AttemptStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<AttemptStatus>>,
    /// Passed or not.
    #[param(nullable = false)]
    pub passed: Option<bool>,
}

const ENGINEER: RoleSet = RoleSet::of(&[Role::Engineer]);
const MARKERS: RoleSet = RoleSet::of(&[Role::KbEditor, Role::Supervisor, Role::ServiceManager]);

const SECTION: Section = Section("3.23");

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    SECTION.row(
        &[],
        "start",
        ENGINEER,
        &["running"],
        "open, attempts left, audience",
    ),
    SECTION.row(
        &["running"],
        "save",
        ENGINEER,
        &["running"],
        "before its time is over",
    ),
    SECTION.row(
        &["running"],
        "submit",
        ENGINEER,
        &["marking", "scored"],
        "objective questions are marked at once",
    ),
    SECTION.row(
        &["running"],
        "timer:time_over",
        RoleSet::NONE,
        &["marking", "scored"],
        "what was saved counts",
    ),
    SECTION.row(
        &["marking"],
        "mark",
        MARKERS,
        &["marking", "scored"],
        "texts only; not one's own",
    ),
];

/// The attempt's machine.
pub static MACHINE: Machine = Machine {
    name: "exam_attempt",
    states: &["running", "marking", "scored"],
    finals: &["scored"],
    rows: ROWS,
    actions: Actions::new(),
};

/// Who sits an exam.
#[derive(Clone, Copy, Debug)]
pub struct Sitter<'a> {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// Whether he belongs to an outlet.
    pub is_of_outlet: bool,
    /// His attempts before.
    pub before: &'a [ExamAttempt],
}

impl ExamAttempt {
    /// Starts an attempt and draws its paper.
    ///
    /// Errors: `exam_not_open`, `not_the_audience`, `attempt_running`, `attempts_exhausted`, `bank_too_small`.
    pub fn start(exam: &Exam, sitter: &Sitter<'_>, bank: &[ExamQuestion], at: &Stamp) -> Result<ExamAttempt> {
        if at.now < exam.opens_at || at.now >= exam.closes_at {
            return Err(EXAM_NOT_OPEN.error());
        }
        if exam.audience == ExamAudience::Outlets && !sitter.is_of_outlet {
            return Err(NOT_THE_AUDIENCE.error());
        }
        let is_running =
            |attempt: &ExamAttempt| attempt.status == AttemptStatus::Running && at.now < attempt.due_at;
        if sitter.before.iter().any(is_running) {
            return Err(ATTEMPT_RUNNING.error());
        }
        let used = i64::try_from(sitter.before.len()).unwrap_or(i64::MAX);
        if used >= exam.max_attempts {
            return Err(ATTEMPTS_EXHAUSTED.error());
        }
        let id = ExamAttemptId::next(at);
        let (high, low) = id.0.as_u64_pair();
        let question_ids = draw(exam, bank, high ^ low)?;
        let on_paper = bank.iter().filter(|question| question_ids.contains(&question.id));
        Ok(ExamAttempt {
            id,
            exam_id: exam.id,
            engineer_id: sitter.engineer_id,
            attempt_no: used.saturating_add(1),
            status: AttemptStatus::Running,
            full_score: on_paper.map(|question| question.score).sum(),
            question_ids,
            started_at: at.now,
            due_at: at.now.plus_minutes(exam.minutes).min(exam.closes_at),
            submitted_at: None,
            answers: Vec::new(),
            marks: Vec::new(),
            score: None,
            passed: None,
            meta: Meta::new(at),
        })
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, at: &Stamp) -> Vec<&'static str> {
        self.gate(at).open()
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, at: &Stamp) -> Vec<ActionReason> {
        self.gate(at).reasons()
    }

    /// Whether its time is over and nobody handed it in yet.
    pub fn is_overdue(&self, now: Time) -> bool {
        self.status == AttemptStatus::Running && now > self.due_at
    }

    /// What is told of it before its exam closes: how an answer was judged would say what is right.
    #[must_use]
    pub fn told(mut self, exam: &Exam, texts: &[ExamQuestionId], now: Time) -> ExamAttempt {
        if now < exam.closes_at {
            self.marks.retain(|mark| texts.contains(&mark.question_id));
        }
        self
    }

    /// Saves answers.
    ///
    /// Errors: `not_the_sitter`, `invalid_transition`, `exam_time_over`, `not_on_paper`, `not_an_option`.
    pub fn save(&mut self, cmd: &SaveAnswers, paper: &[ExamQuestion], at: &Stamp) -> Result<()> {
        self.pass_as_sitter("save", at)?;
        for (index, answer) in cmd.answers.iter().enumerate() {
            if !self.question_ids.contains(&answer.question_id) {
                return Err(NOT_ON_PAPER.at(&format!("#/answers/{index}/question_id")));
            }
            let question = paper.iter().find(|question| question.id == answer.question_id);
            if let Some(place) = question.and_then(|question| question.unknown_choice(answer)) {
                return Err(NOT_AN_OPTION.at(&format!("#/answers/{index}/choices/{place}")));
            }
        }
        for answer in &cmd.answers {
            self.answers
                .retain(|known| known.question_id != answer.question_id);
            self.answers.push(answer.clone());
        }
        Ok(())
    }

    /// Hands it in; what needs no marker is marked at once.
    ///
    /// Errors: `not_the_sitter`, `invalid_transition`, `exam_time_over`.
    pub fn submit(&mut self, exam: &Exam, paper: &[ExamQuestion], at: &Stamp) -> Result<Option<Event>> {
        self.pass_as_sitter("submit", at)?;
        Ok(self.close(exam, paper, at))
    }

    /// The clock hands it in at the end of its time.
    pub fn run_out(&mut self, exam: &Exam, paper: &[ExamQuestion], at: &Stamp) -> Option<Event> {
        if self.is_overdue(at.now) {
            self.close(exam, paper, &at.at(self.due_at))
        } else {
            None
        }
    }

    /// Marks a text by hand; the last one scores the attempt.
    ///
    /// Errors: `invalid_transition`, `own_attempt`, `not_to_mark`, `out_of_range`.
    pub fn mark(
        &mut self,
        cmd: &MarkAnswer,
        exam: &Exam,
        paper: &[ExamQuestion],
        at: &Stamp,
    ) -> Result<Option<Event>> {
        self.gate(at).let_through("mark")?;
        let question = paper.iter().find(|question| question.id == cmd.question_id);
        let is_text = question.is_some_and(|question| question.kind == QuestionKind::Text);
        let Some(mark) = self
            .marks
            .iter_mut()
            .find(|mark| mark.question_id == cmd.question_id && is_text)
        else {
            return Err(NOT_TO_MARK.at("#/question_id"));
        };
        if !(0..=question.map_or(0, |question| question.score)).contains(&cmd.points) {
            return Err(OUT_OF_RANGE.at("#/points"));
        }
        mark.points = Some(cmd.points);
        mark.by = at.actor.user_id;
        Ok(self.sum_up(exam, at))
    }

    /// The attempt at the gate.
    fn gate<'a>(&'a self, at: &'a Stamp) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine: &MACHINE,
            state: self.status.as_str(),
            actor: &at.actor,
            guard: move |action: &str| self.guard(action, at),
        }
    }

    fn guard(&self, action: &str, at: &Stamp) -> Result<()> {
        let is_own = at.actor.engineer_id == Some(self.engineer_id.0);
        match action {
            _ if at.actor.is_system => Ok(()),
            "save" | "submit" if !is_own => Err(NOT_THE_SITTER.error()),
            "save" | "submit" if at.now > self.due_at => Err(EXAM_TIME_OVER.error()),
            "mark" if is_own => Err(OWN_ATTEMPT.error()),
            _ => Ok(()),
        }
    }

    fn pass_as_sitter(&self, action: &str, at: &Stamp) -> Result<()> {
        let is_own = at.actor.engineer_id == Some(self.engineer_id.0);
        // The same word whether the clock has handed it in already or not.
        if is_own && at.now > self.due_at && self.submitted_at.is_none_or(|when| when == self.due_at) {
            let (state, open) = (self.status.as_str(), self.allowed_actions(at));
            return Err(explain(EXAM_TIME_OVER.error(), state, action, &open));
        }
        self.gate(at).let_through(action)
    }

    fn close(&mut self, exam: &Exam, paper: &[ExamQuestion], at: &Stamp) -> Option<Event> {
        self.submitted_at = Some(at.now);
        self.status = AttemptStatus::Marking;
        self.marks = self
            .question_ids
            .iter()
            .map(|id| {
                let answer = self.answers.iter().find(|answer| answer.question_id == *id);
                let question = paper.iter().find(|question| question.id == *id);
                Mark {
                    question_id: *id,
                    points: question.map_or(Some(0), |question| question.mark(answer)),
                    by: None,
                }
            })
            .collect();
        self.sum_up(exam, at)
    }

    fn sum_up(&mut self, exam: &Exam, at: &Stamp) -> Option<Event> {
        let score: i64 = self.marks.iter().map(|mark| mark.points).sum::<Option<i64>>()?;
        let passed = score >= exam.pass_score;
        self.status = AttemptStatus::Scored;
        self.score = Some(score);
        self.passed = Some(passed);
        Some(Event {
            kind: if passed { "exam.passed" } else { "exam.failed" },
            resource: "exam_attempt",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"exam_id": self.exam_id, "engineer_id": self.engineer_id, "score": score, "passed": passed}),
        })
    }
}

/// The attempt that counts: the best, and of equal ones the first (OU-3).
pub fn best(attempts: &[ExamAttempt]) -> Option<&ExamAttempt> {
    attempts
        .iter()
        .filter(|attempt| attempt.score.is_some())
        .max_by_key(|attempt| (attempt.score, std::cmp::Reverse(attempt.attempt_no)))
}

permissions! {
    Read = "exam_attempts:read" for READERS;
    Start = "exam_attempts:start" for holders(ROWS, "start");
    Save = "exam_attempts:save" for holders(ROWS, "save");
    Submit = "exam_attempts:submit" for holders(ROWS, "submit");
    Mark = "exam_attempts:mark" for holders(ROWS, "mark");
}
