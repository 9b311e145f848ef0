//! Reviews: an engineer's month, confirmed, appealed and final (EN-5 to EN-8, domain.md 3.23).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::REVIEW_NOT_YOURS;
use super::schemes::{PerformanceScheme, PerformanceSchemeId};
use crate::assessments::TOO_LATE;
use crate::assessments::canonical::canonical;
use crate::engineers::READERS;
use crate::kernel::figure::quotient;
use crate::kernel::machine::{Actions, Machine, Transition, holders};
use crate::kernel::text::{Reason, WordCode};
use crate::kernel::{Actor, Csv, Event, Figure, Meta, Money, Period, Result, Role, RoleSet, Stamp, Time};
use crate::requests::EngineerId;
use crate::requests::gate::{explain, let_through, open_to};
use crate::{id, json_columns, label, permissions};

id!(PerformanceReviewId);

/// How many milliseconds an engineer may appeal.
const APPEAL: i64 = 7 * 86_400_000;
/// A dimension below this needs training.
const WEAK: Figure = Figure::whole(60);

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

label! {
    /// What a total earns (EN-7).
    pub enum PerformanceBand {
        /// 95 and more
        A = "A",
        /// 90 and more
        B = "B",
        /// 80 and more
        C = "C",
        /// 70 and more
        D = "D",
        /// 60 and more
        E = "E",
        /// Below 60: training is needed.
        F = "F",
    }
}

impl PerformanceBand {
    /// The band of a total.
    pub fn of(total: Figure) -> PerformanceBand {
        let bands = [
            (95, Self::A),
            (90, Self::B),
            (80, Self::C),
            (70, Self::D),
            (60, Self::E),
        ];
        let reached = bands.into_iter().find(|(from, _)| total >= Figure::whole(*from));
        reached.map_or(Self::F, |(_, band)| band)
    }

    /// By what the bonus is multiplied.
    pub const fn coefficient(self) -> Figure {
        Figure::hundredths(match self {
            Self::A => 120,
            Self::B => 110,
            Self::C => 100,
            Self::D => 90,
            Self::E => 80,
            Self::F => 60,
        })
    }
}

/// What was measured of an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measure {
    /// The indicator.
    pub indicator: WordCode,
    /// The measure; null where there was nothing to measure (EN-6).
    #[schema(required)]
    pub actual: Option<Figure>,
    /// The records it rests on.
    #[schema(max_items = 5_000, value_type = Vec<String>)]
    pub evidence_ids: Vec<Uuid>,
}

/// One line of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewLine {
    /// The dimension.
    pub dimension: WordCode,
    /// The indicator.
    pub indicator: WordCode,
    /// The measure.
    #[schema(required)]
    pub actual: Option<Figure>,
    /// What was asked for.
    pub target: Figure,
    /// The points a shortfall costs.
    pub deduction: Figure,
    /// Whether there was nothing to measure: nothing is deducted then.
    pub no_data: bool,
    /// The records it rests on, in order.
    #[schema(max_items = 5_000, value_type = Vec<String>)]
    pub evidence_ids: Vec<Uuid>,
}

/// What a dimension scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DimensionScore {
    /// The dimension.
    pub dimension: WordCode,
    /// Its share of the total.
    pub weight: Figure,
    /// A hundred less its deductions, not below nothing.
    pub score: Figure,
}

/// A count under one version of a scheme: the same facts give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Count {
    /// The version of the scheme.
    #[schema(minimum = 1, maximum = 100_000)]
    pub rule_version: i64,
    /// The lines, in the order of the scheme.
    #[schema(max_items = 300)]
    pub lines: Vec<ReviewLine>,
    /// The dimensions, in the order of the scheme.
    #[schema(max_items = 10)]
    pub dimensions: Vec<DimensionScore>,
    /// The total, with two decimals.
    pub total: Figure,
    /// What it earns.
    pub band: PerformanceBand,
}

json_columns!(Measure, ReviewLine, DimensionScore, Count);

impl Count {
    /// The text two runs are compared by.
    pub fn canonical(&self) -> String {
        canonical(self)
    }

    /// The dimensions that need training.
    pub fn weak_dimensions(&self) -> Vec<&WordCode> {
        let weak = self.dimensions.iter().filter(|found| found.score < WEAK);
        weak.map(|found| &found.dimension).collect()
    }
}

impl PerformanceScheme {
    /// Counts what was measured; an indicator nothing was measured for costs nothing.
    pub fn count(&self, measures: &[Measure]) -> Count {
        let mut lines = Vec::new();
        let mut dimensions = Vec::new();
        for dimension in &self.dimensions {
            let mut lost = Figure::ZERO;
            for indicator in &dimension.indicators {
                let found = measures
                    .iter()
                    .find(|measure| measure.indicator == indicator.code);
                let actual = found.and_then(|measure| measure.actual);
                let deduction = actual.map_or(Figure::ZERO, |actual| {
                    indicator
                        .deduction
                        .of(actual, indicator.target, indicator.direction)
                });
                lost = lost.plus(deduction);
                let mut evidence_ids = found.map_or_else(Vec::new, |measure| measure.evidence_ids.clone());
                evidence_ids.sort_unstable();
                evidence_ids.dedup();
                lines.push(ReviewLine {
                    dimension: dimension.code.clone(),
                    indicator: indicator.code.clone(),
                    actual,
                    target: indicator.target,
                    deduction,
                    no_data: actual.is_none(),
                    evidence_ids,
                });
            }
            dimensions.push(DimensionScore {
                dimension: dimension.code.clone(),
                weight: dimension.weight,
                score: Figure::HUNDRED.minus(lost).max(Figure::ZERO),
            });
        }
        let exact: i128 = dimensions
            .iter()
            .map(|found| {
                i128::from(found.weight.ten_thousandths()) * i128::from(found.score.ten_thousandths())
            })
            .sum();
        // Parts of a hundred million, rounded half up to hundredths.
        let hundredths = quotient(exact, 1_000_000).and_then(|sum| i64::try_from(sum).ok());
        let total = Figure::hundredths(hundredths.unwrap_or_default());
        Count {
            rule_version: self.rule_version,
            lines,
            dimensions,
            total,
            band: PerformanceBand::of(total),
        }
    }
}

/// The bonus: the base times the coefficient, rounded half up to the cent (EN-7).
pub fn bonus(base: Money, coefficient: Figure) -> Money {
    let exact = i128::from(base.minor) * i128::from(coefficient.ten_thousandths());
    let minor = quotient(exact, 10_000).and_then(|minor| i64::try_from(minor).ok());
    Money {
        minor: minor.unwrap_or(i64::MAX),
        currency: base.currency,
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

const fn row(
    action: &'static str,
    from: &'static [&'static str],
    actors: RoleSet,
    to: &'static [&'static str],
    guard: &'static str,
) -> Transition {
    Transition {
        rule: "3.23",
        from,
        action,
        actors,
        guard,
        to,
        is_built: true,
    }
}

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    row(
        "generate",
        &[],
        SUPERVISORS,
        &["draft"],
        "the month is over; once per engineer and month",
    ),
    row("confirm", &["draft"], SUPERVISORS, &["confirmed"], ""),
    row(
        "appeal",
        &["confirmed"],
        ENGINEER,
        &["appealed"],
        "the engineer himself, within 7 days",
    ),
    row(
        "finalise",
        &["appealed"],
        MANAGER,
        &["final"],
        "an answer; makes the bonus line",
    ),
    row(
        "timer:finalise",
        &["confirmed"],
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
        let is_open = |action: &&'static str| self.guard(action, actor, at).is_ok();
        open_to(&MACHINE, self.state.as_str(), actor)
            .into_iter()
            .filter(is_open)
            .collect()
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

    fn pass(&self, action: &str, at: &Stamp) -> Result<()> {
        let_through(&MACHINE, self.state.as_str(), action, at)?;
        self.guard(action, &at.actor, at).map_err(|error| {
            let allowed = self.allowed_actions(&at.actor, at);
            explain(error, self.state.as_str(), action, &allowed)
        })
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
