//! Reviews: an engineer's month, confirmed, appealed and final (EN-5 to EN-8, domain.md 3.23).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::REVIEW_NOT_YOURS;
use super::count::{Count, EvidenceId, Measure, PerformanceBand, bonus};
use super::measures::{self, COUNTED};
use super::schemes::{PerformanceScheme, PerformanceSchemeId};
use crate::assessments::{
    FACT_COUNTED, INDICATOR_TWICE, PERIOD_MISMATCH, PERIOD_OPEN, TOO_LATE, UNKNOWN_LINE,
};
use crate::engineers::READERS;
use crate::kernel::error::Place;
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::text::{Label64, MasterCode, Reason, WordCode};
use crate::kernel::{
    Actor, Csv, Date, Error, Event, Figure, Meta, Money, Period, Result, Role, RoleSet, Stamp, Time,
};
use crate::requests::EngineerId;
use crate::requests::gate::{ActionReason, Gate, explain};
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
#[schema(as = PerformanceReviewRecord)]
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
    /// SHA-256 of what was counted and the records it rests on: the same facts under the same version give the same.
    pub content_hash: Label64,
    /// The measures that were told or put right, not counted.
    #[serde(skip)]
    #[schema(ignore)]
    pub told: Vec<Measure>,
    /// The total, with two decimals.
    pub total: Figure,
    /// What it earns.
    pub band: PerformanceBand,
    /// By what the bonus is multiplied.
    pub coefficient: Figure,
    /// The bonus at coefficient 1; null where he has none.
    #[schema(required)]
    pub base_bonus: Option<Money>,
    /// The bonus; null where he has no base.
    #[schema(required)]
    pub bonus: Option<Money>,
    /// Where it stands; changes only by actions.
    pub status: ReviewStatus,
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

/// Reviews an engineer's month that is over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"engineer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "period": "2026-10"}))]
pub struct PerformanceReviewCreate {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// A month that is over.
    pub period: Period,
    /// By which scheme, in the version in force on the last day of the month; `ENGINEER-STD` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub scheme_code: Option<MasterCode>,
    /// What is not measured here yet: praises, complaints, violations and the like.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub measures: Vec<TellMeasure>,
}

/// Tells a measure that is not taken here.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellMeasure {
    /// The indicator of the scheme.
    pub indicator: WordCode,
    /// The measure: a share from 0 to 100, a mark from 1 to 5, minutes and numbers from 0.
    pub actual: Figure,
    /// The kind of the records that show it.
    #[serde(default)]
    pub resource: Option<WordCode>,
    /// The records that show it.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub evidence: Vec<EvidenceId>,
}

/// Reviews the month of every engineer who has no review of it yet.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "2026-10"}))]
pub struct GenerateReviews {
    /// A month that is over.
    pub period: Period,
    /// By which scheme, in the version in force on the last day of the month; `ENGINEER-STD` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub scheme_code: Option<MasterCode>,
}

impl PerformanceReviewCreate {
    /// The measures told, with what is wrong with them under a scheme: one the scheme does not know (`unknown_line`),
    /// one that is measured here (`fact_counted`), one indicator twice (`indicator_twice`), one that cannot be
    /// (`out_of_range`).
    ///
    /// # Errors
    /// These.
    pub fn told(&self, scheme: &PerformanceScheme) -> Result<Vec<Measure>> {
        let mut wrong = Vec::new();
        for (place, told) in self.measures.iter().enumerate() {
            let at = || Place::Pointer(format!("#/measures/{place}/indicator"));
            let before = self.measures.iter().take(place);
            if !scheme.has(&told.indicator) {
                wrong.push(UNKNOWN_LINE.violation(at()));
            } else if COUNTED.contains(&told.indicator.as_str()) {
                wrong.push(FACT_COUNTED.violation(at()));
            } else if before.clone().any(|other| other.indicator == told.indicator) {
                wrong.push(INDICATOR_TWICE.violation(at()));
            }
            let pointer = format!("#/measures/{place}/actual");
            wrong.extend(measures::fault(&told.indicator, told.actual, pointer));
        }
        Error::all(wrong)?;
        let measure = |told: &TellMeasure| Measure {
            indicator: told.indicator.clone(),
            actual: Some(told.actual),
            resource: told.resource.clone(),
            evidence_ids: told.evidence.clone(),
        };
        Ok(self.measures.iter().map(measure).collect())
    }
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
    /// The right measure: a share from 0 to 100, a mark from 1 to 5, minutes and numbers from 0.
    pub actual: Figure,
}

impl FinaliseReview {
    fn check(&self) -> Result<()> {
        let put_right = self.corrections.iter().enumerate();
        let fault = |(place, change): (usize, &CorrectMeasure)| {
            let pointer = format!("#/corrections/{place}/actual");
            measures::fault(&change.indicator, change.actual, pointer)
        };
        Error::all(put_right.filter_map(fault).collect())
    }
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
    pub status: Option<Csv<ReviewStatus>>,
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
    /// Refuses what is no month, or not over.
    ///
    /// Errors: `period_open`, `period_mismatch`.
    pub fn fits(period: &Period, today: Date) -> Result<()> {
        if period.months() != 1 {
            return Err(PERIOD_MISMATCH.at("#/period"));
        }
        if !period.is_over(today) {
            return Err(PERIOD_OPEN.at("#/period"));
        }
        Ok(())
    }

    /// Counts a month that is over.
    ///
    /// Errors: `period_open`, `period_mismatch`.
    pub fn generate(
        (engineer_id, base_bonus): (EngineerId, Option<Money>),
        period: &Period,
        scheme: &PerformanceScheme,
        (counted, told): (&[Measure], Vec<Measure>),
        digest: fn(&str) -> Result<Label64>,
        at: &Stamp,
        today: Date,
    ) -> Result<PerformanceReview> {
        Self::fits(period, today)?;
        // What was told or put right comes before what was counted.
        let measures: Vec<Measure> = told.iter().chain(counted).cloned().collect();
        let count = scheme.count(&measures);
        let coefficient = count.band.coefficient();
        Ok(PerformanceReview {
            id: PerformanceReviewId::next(at),
            engineer_id,
            period: period.clone(),
            scheme_id: scheme.id,
            content_hash: digest(&count.canonical())?,
            told,
            total: count.total,
            band: count.band,
            coefficient,
            base_bonus,
            bonus: base_bonus.map(|base| bonus(base, coefficient)),
            count,
            status: ReviewStatus::Draft,
            confirmed_at: None,
            appeal_reason: None,
            appeal_answer: None,
            finalised_at: None,
            meta: Meta::new(at),
        })
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, at: &Stamp) -> Vec<&'static str> {
        self.gate(&at.actor, at).open()
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, at: &Stamp) -> Vec<ActionReason> {
        self.gate(&at.actor, at).reasons()
    }

    /// The supervisor stands by it; seven days begin.
    ///
    /// Errors: `invalid_transition`.
    pub fn confirm(&mut self, at: &Stamp) -> Result<()> {
        self.pass("confirm", at)?;
        self.status = ReviewStatus::Confirmed;
        self.confirmed_at = Some(at.now);
        Ok(())
    }

    /// The engineer does not agree.
    ///
    /// Errors: `invalid_transition`, `review_not_yours`, `too_late`.
    pub fn appeal(&mut self, cmd: &AppealReview, at: &Stamp) -> Result<()> {
        // The same word whether the clock has made it final already or not.
        let is_own = at.actor.engineer_id == Some(self.engineer_id.0);
        if is_own && self.status == ReviewStatus::Final && self.appeal_reason.is_none() {
            let open = self.allowed_actions(at);
            return Err(explain(TOO_LATE.error(), self.status.as_str(), "appeal", &open));
        }
        self.pass("appeal", at)?;
        self.status = ReviewStatus::Appealed;
        self.appeal_reason = Some(cmd.reason.clone());
        Ok(())
    }

    /// Answers the appeal; a corrected measure counts the month again under the same version.
    ///
    /// Errors: `invalid_transition`, `required`, `unknown_line`, `out_of_range`.
    pub fn finalise(
        &mut self,
        cmd: &FinaliseReview,
        scheme: &PerformanceScheme,
        digest: fn(&str) -> Result<Label64>,
        at: &Stamp,
    ) -> Result<Event> {
        self.pass("finalise", at)?;
        let Some(answer) = &cmd.answer else {
            return Err(crate::kernel::error::REQUIRED.at("#/answer"));
        };
        cmd.check()?;
        self.appeal_answer = Some(answer.clone());
        for (place, change) in cmd.corrections.iter().enumerate() {
            let lines = self.count.measures();
            let Some(line) = lines.into_iter().find(|line| line.indicator == change.indicator) else {
                return Err(UNKNOWN_LINE.at(&format!("#/corrections/{place}/indicator")));
            };
            self.told.retain(|told| told.indicator != change.indicator);
            self.told.push(Measure {
                actual: Some(change.actual),
                ..line
            });
        }
        if !cmd.corrections.is_empty() {
            let kept = self.count.measures();
            let measures: Vec<Measure> = self.told.iter().chain(&kept).cloned().collect();
            let before = std::mem::replace(&mut self.count, scheme.count(&measures));
            // However many records there were, their number stands.
            for (line, was) in self.count.lines.iter_mut().zip(before.lines) {
                line.evidence_count = was.evidence_count;
            }
            self.content_hash = digest(&self.count.canonical())?;
            (self.total, self.band) = (self.count.total, self.count.band);
            self.coefficient = self.band.coefficient();
            self.bonus = self.base_bonus.map(|base| bonus(base, self.coefficient));
        }
        Ok(self.close(at))
    }

    /// When the clock makes it final.
    pub fn final_due_at(&self) -> Option<Time> {
        let is_confirmed = self.status == ReviewStatus::Confirmed;
        self.confirmed_at
            .filter(|_| is_confirmed)
            .map(|since| since.plus_millis(APPEAL))
    }

    /// The instant before which a review must have been confirmed to be final now.
    pub fn appealed_until(now: Time) -> Time {
        now.plus_millis(-APPEAL)
    }

    /// The clock makes it final where nobody appealed.
    pub fn run_out(&mut self, at: &Stamp) -> Option<Event> {
        let due = self.final_due_at().filter(|due| *due < at.now)?;
        Some(self.close(&at.at(due)))
    }

    fn close(&mut self, at: &Stamp) -> Event {
        self.status = ReviewStatus::Final;
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
            state: self.status.as_str(),
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
