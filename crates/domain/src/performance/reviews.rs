//! Reviews: an engineer's month, confirmed, appealed and final (EN-5 to EN-8, domain.md 3.23).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::REVIEW_NOT_YOURS;
use super::count::{Count, Measure, ReviewLine, bonus};
use super::schemes::{PerformanceScheme, PerformanceSchemeId};
use crate::assessments::TOO_LATE;
use crate::engineers::READERS;
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::text::{Reason, WordCode};
use crate::kernel::{Actor, Csv, Event, Figure, Meta, Money, Period, Result, Role, RoleSet, Stamp, Time};
use crate::requests::EngineerId;
use crate::requests::gate::Gate;
use crate::{id, label, permissions};

id!(PerformanceReviewId);

/// How many milliseconds an engineer may appeal.
const APPEAL: i64 = 7 * 86_400_000;

label! {
    /// Where a review stands.
    pub enum ReviewStatus {
        /// 草稿
        Draft = "draft",
        /// 已确认
        Confirmed = "confirmed",
        /// 申诉中
        Appealed = "appealed",
        /// 定稿
        Final = "final",
    }
}

/// A review of an engineer's month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PerformanceReview {
    /// Machine identifier.
    pub id: PerformanceReviewId,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The month.
    pub period: Period,
    /// The scheme in the version used.
    pub scheme_id: PerformanceSchemeId,
    /// What was counted.
    pub count: Count,
    /// By what the bonus is multiplied.
    pub coefficient: Figure,
    /// The bonus; null where he has no base.
    #[schema(required)]
    pub bonus: Option<Money>,
    /// Where it stands; changes only by actions.
    pub state: ReviewStatus,
    /// When it was confirmed.
    #[schema(required)]
    pub confirmed_at: Option<Time>,
    /// Why the engineer does not agree.
    #[schema(required)]
    pub appeal_reason: Option<Reason>,
    /// What he was answered.
    #[schema(required)]
    pub appeal_answer: Option<Reason>,
    /// When it became final.
    #[schema(required)]
    pub finalised_at: Option<Time>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Says why an engineer does not agree.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "两次超时因客户改期"}))]
pub struct AppealReview {
    /// Why.
    pub reason: Reason,
}

/// Answers an appeal and makes the review final, with other measures where he was right.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": "维持原结果"}))]
pub struct FinaliseReview {
    /// What he is answered; needed after an appeal.
    #[serde(default)]
    #[schema(nullable = false)]
    pub answer: Option<Reason>,
    /// Measures that are put right.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub corrections: Vec<CorrectMeasure>,
}

/// Puts a measure right.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectMeasure {
    /// The indicator.
    pub indicator: WordCode,
    /// The right measure.
    pub actual: Figure,
}

/// Narrows a list of reviews; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PerformanceReviewFilter {
    /// Of this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
    /// Of this month.
    #[param(nullable = false)]
    pub period: Option<Period>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<ReviewStatus>>, style = Form, explode = false, nullable = false)]
    pub state: Option<Csv<ReviewStatus>>,
}

const SUPERVISORS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);
const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);
const ENGINEER: RoleSet = RoleSet::of(&[Role::Engineer]);

const SECTION: Section = Section("3.23");

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    SECTION.row(
        &[],
        "generate",
        SUPERVISORS,
        &["draft"],
        "the month is over; once per engineer and month",
    ),
    SECTION.row(&["draft"], "confirm", SUPERVISORS, &["confirmed"], ""),
    SECTION.row(
        &["confirmed"],
        "appeal",
        ENGINEER,
        &["appealed"],
        "the engineer himself, within 7 days",
    ),
    SECTION.row(
        &["appealed"],
        "finalise",
        MANAGER,
        &["final"],
        "an answer; makes the bonus line",
    ),
    SECTION.row(
        &["confirmed"],
        "timer:finalise",
        RoleSet::NONE,
        &["final"],
        "7 days without appeal; makes the bonus line",
    ),
];

/// The review's machine.
pub static MACHINE: Machine = Machine {
    name: "performance_review",
    states: &["draft", "confirmed", "appealed", "final"],
    finals: &["final"],
    rows: ROWS,
    actions: Actions::new(),
};

impl PerformanceReview {
    /// Counts a month.
    pub fn generate(
        engineer_id: EngineerId,
        period: &Period,
        scheme: &PerformanceScheme,
        measures: &[Measure],
        base_bonus: Option<Money>,
        at: &Stamp,
    ) -> PerformanceReview {
        let count = scheme.count(measures);
        let coefficient = count.band.coefficient();
        PerformanceReview {
            id: PerformanceReviewId::next(at),
            engineer_id,
            period: period.clone(),
            scheme_id: scheme.id,
            coefficient,
            bonus: base_bonus.map(|base| bonus(base, coefficient)),
            count,
            state: ReviewStatus::Draft,
            confirmed_at: None,
            appeal_reason: None,
            appeal_answer: None,
            finalised_at: None,
            meta: Meta::new(at),
        }
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor, at: &Stamp) -> Vec<&'static str> {
        self.gate(actor, at).open()
    }

    /// The supervisor stands by it; seven days begin.
    ///
    /// Errors: `invalid_transition`.
    pub fn confirm(&mut self, at: &Stamp) -> Result<()> {
        self.pass("confirm", at)?;
        self.state = ReviewStatus::Confirmed;
        self.confirmed_at = Some(at.now);
        Ok(())
    }

    /// The engineer does not agree.
    ///
    /// Errors: `invalid_transition`, `review_not_yours`, `too_late`.
    pub fn appeal(&mut self, cmd: &AppealReview, at: &Stamp) -> Result<()> {
        self.pass("appeal", at)?;
        self.state = ReviewStatus::Appealed;
        self.appeal_reason = Some(cmd.reason.clone());
        Ok(())
    }

    /// Answers the appeal; a corrected measure counts the month again under the same version.
    ///
    /// Errors: `invalid_transition`, `required`.
    pub fn finalise(
        &mut self,
        cmd: &FinaliseReview,
        scheme: &PerformanceScheme,
        base_bonus: Option<Money>,
        at: &Stamp,
    ) -> Result<Event> {
        self.pass("finalise", at)?;
        let Some(answer) = &cmd.answer else {
            return Err(crate::kernel::error::REQUIRED.at("#/answer"));
        };
        self.appeal_answer = Some(answer.clone());
        let corrected = |line: &ReviewLine| {
            let change = cmd
                .corrections
                .iter()
                .find(|change| change.indicator == line.indicator);
            Measure {
                indicator: line.indicator.clone(),
                actual: change.map(|change| change.actual).or(line.actual),
                evidence_ids: line.evidence_ids.clone(),
            }
        };
        if !cmd.corrections.is_empty() {
            let measures: Vec<Measure> = self.count.lines.iter().map(corrected).collect();
            self.count = scheme.count(&measures);
            self.coefficient = self.count.band.coefficient();
            self.bonus = base_bonus.map(|base| bonus(base, self.coefficient));
        }
        Ok(self.close(at))
    }

    /// When the clock makes it final.
    pub fn final_due_at(&self) -> Option<Time> {
        let is_confirmed = self.state == ReviewStatus::Confirmed;
        self.confirmed_at
            .filter(|_| is_confirmed)
            .map(|since| since.plus_millis(APPEAL))
    }

    /// The clock makes it final where nobody appealed.
    pub fn run_out(&mut self, at: &Stamp) -> Option<Event> {
        let due = self.final_due_at().filter(|due| *due < at.now)?;
        Some(self.close(&at.at(due)))
    }

    fn close(&mut self, at: &Stamp) -> Event {
        self.state = ReviewStatus::Final;
        self.finalised_at = Some(at.now);
        Event {
            kind: "performance.finalised",
            resource: "performance_review",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"engineer_id": self.engineer_id, "period": self.period, "total": self.count.total,
                "band": self.count.band}),
        }
    }

    /// The document at the gate.
    fn gate<'a>(&'a self, actor: &'a Actor, at: &'a Stamp) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine: &MACHINE,
            state: self.state.as_str(),
            actor,
            guard: move |action: &str| self.guard(action, actor, at),
        }
    }

    fn pass(&self, action: &str, at: &Stamp) -> Result<()> {
        self.gate(&at.actor, at).let_through(action)
    }

    fn guard(&self, action: &str, actor: &Actor, at: &Stamp) -> Result<()> {
        let is_late = |since| at.now.millis_since(since) > APPEAL;
        match action {
            "appeal" if !actor.is_system && actor.engineer_id != Some(self.engineer_id.0) => {
                Err(REVIEW_NOT_YOURS.error())
            }
            "appeal" if self.confirmed_at.is_none_or(is_late) => Err(TOO_LATE.error()),
            _ => Ok(()),
        }
    }
}

permissions! {
    Read = "performance_reviews:read" for READERS;
    Generate = "performance_reviews:generate" for holders(ROWS, "generate");
    Confirm = "performance_reviews:confirm" for holders(ROWS, "confirm");
    Appeal = "performance_reviews:appeal" for holders(ROWS, "appeal");
    Finalise = "performance_reviews:finalise" for holders(ROWS, "finalise");
}
