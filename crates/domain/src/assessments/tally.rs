//! The count itself: facts in, points out, each point with the records behind it (OU-1, OU-2).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::canonical::canonical;
use super::schemes::{AssessmentScheme, Direction, Formula, FormulaKind, Indicator};
use super::{FACT_COUNTED, UNKNOWN_FACT};
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::text::{MasterCode, WordCode};
use crate::kernel::{Figure, Period, Violation};
use crate::requests::OutletId;
use crate::{json_columns, label};

/// How many records a line names at most.
const MOST_EVIDENCE: usize = 5_000;

label! {
    /// The kinds of records that show a fact.
    pub enum EvidenceKind {
        /// 工程师
        Engineer = "engineer",
        /// 考试记录
        ExamAttempt = "exam_attempt",
        /// 回访
        FollowUp = "follow_up",
        /// 服务请求
        ServiceRequest = "service_request",
        /// 工单
        WorkOrder = "work_order",
    }
}

label! {
    /// Why an assessment gives no stars.
    pub enum Unrated {
        /// 完工单数不足
        TooFewJobs = "too_few_jobs",
    }
}

/// A record that shows a fact: that an order was on time, that a complaint was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TallyEvidence {
    /// The fact, for example `arrived_on_time`.
    pub fact: WordCode,
    /// The kind of the record.
    pub resource: EvidenceKind,
    /// The record.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub id: Uuid,
    /// How much it counts; 1 for a mere occurrence.
    pub amount: Figure,
}

/// The fact a finished job shows; how many there are decides whether an outlet gets stars.
const FINISHED: &str = "order_completed";

/// What the facts of a company's own begin with: they are told, and mean what its scheme makes of them.
const OWN: &str = "own_";

/// The facts of the standard indicators that are told, because nothing here counts them yet.
pub const TOLD: &[&str] = &[
    "complaint_confirmed",
    "false_work_order",
    "old_part_due",
    "old_part_returned",
];

/// Whether somebody counts a fact or may tell it.
pub fn is_fact(fact: &WordCode) -> bool {
    let name = fact.as_str();
    COUNTED.contains(&name) || TOLD.contains(&name) || name.starts_with(OWN)
}

/// The facts counted from what is kept here; all others are told by whoever assesses, each with the record that shows it.
pub const COUNTED: &[&str] = &[
    "arrival_due",
    "arrived_on_time",
    "order_given",
    "order_completed",
    "solved_at_once",
    "customer_asked",
    "customer_satisfied",
    "exam_taken",
    "exam_score",
];

impl TallyEvidence {
    /// What is wrong with facts that are told: one that is counted from the records (`fact_counted`), one the scheme does
    /// not look at (`unknown_fact`), an amount below nothing (`out_of_range`).
    pub fn faults(told: &[TallyEvidence], scheme: &AssessmentScheme) -> Vec<Violation> {
        let mut wrong = Vec::new();
        for (place, fact) in told.iter().enumerate() {
            if COUNTED.contains(&fact.fact.as_str()) {
                let pointer = format!("#/facts/{place}/fact");
                wrong.push(FACT_COUNTED.violation(Place::Pointer(pointer)));
            } else if !scheme.looks_at(&fact.fact) {
                let pointer = format!("#/facts/{place}/fact");
                wrong.push(UNKNOWN_FACT.violation(Place::Pointer(pointer)));
            }
            if fact.amount < Figure::ZERO {
                let pointer = format!("#/facts/{place}/amount");
                wrong.push(OUT_OF_RANGE.violation(Place::Pointer(pointer)));
            }
        }
        wrong
    }
}

/// One line of an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    /// The indicator.
    pub indicator: WordCode,
    /// What was measured, with four decimals; null where nothing was there to be measured.
    #[schema(required)]
    pub measure: Option<Figure>,
    /// The points it could give.
    pub weight: Figure,
    /// The points it gives, with two decimals.
    pub points: Figure,
    /// Whether there was nothing to measure: nothing is held against an outlet that gets stars.
    pub no_data: bool,
    /// Whether it makes the whole score nothing.
    pub is_veto: bool,
    /// How many records it rests on.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub evidence_count: i64,
    /// The records, at most 5 000 of them, in order of fact, kind and identifier; kept and shown by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    pub evidence: Vec<TallyEvidence>,
}

/// Points for one outlet and period under one version of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// The outlet.
    pub outlet_id: OutletId,
    /// The period.
    pub period: Period,
    /// The scheme.
    pub scheme_code: MasterCode,
    /// Its version.
    #[schema(minimum = 1, maximum = 100_000)]
    pub rule_version: i64,
    /// The lines, in the order of the scheme.
    #[schema(max_items = 50)]
    pub lines: Vec<Line>,
    /// How many finished jobs it rests on.
    #[serde(default)]
    #[schema(required, minimum = 0, maximum = 1_000_000)]
    pub finished_jobs: i64,
    /// Why there are no stars; null where there are. What could not be measured gives no points then.
    #[serde(default)]
    #[schema(required)]
    pub unrated: Option<Unrated>,
    /// The sum, or nothing after a veto.
    pub score: Figure,
    /// The stars and what follows from them.
    pub band: Band,
}

/// What a score earns (OU-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Band {
    /// Stars, 1 to 5; null where too little was done to give any.
    #[schema(required, minimum = 1, maximum = 5)]
    pub star: Option<i64>,
    /// By what the settlement is multiplied; without stars the outlet keeps what it has.
    pub coefficient: Figure,
}

json_columns!(Line, Tally, Band);

/// From which score on, how many stars, which coefficient in hundredths.
const BANDS: &[(i64, i64, i64)] = &[(95, 5, 105), (85, 4, 100), (75, 3, 95), (60, 2, 90)];

impl Band {
    /// Too little was done for stars.
    pub const NONE: Band = Band {
        star: None,
        coefficient: Figure::ONE,
    };

    /// The band of a score.
    pub fn of(score: Figure) -> Band {
        let reached = BANDS.iter().find(|(from, _, _)| score >= Figure::whole(*from));
        let (star, coefficient) = reached.map_or((1, 80), |(_, star, coefficient)| (*star, *coefficient));
        Band {
            star: Some(star),
            coefficient: Figure::hundredths(coefficient),
        }
    }

    /// Whether two periods in a row propose a suspension: one star each.
    pub fn proposes_suspension(self, before: Option<Band>) -> bool {
        self.star == Some(1) && before.is_some_and(|before| before.star == Some(1))
    }
}

/// What was measured.
struct Measured {
    value: Option<Figure>,
    evidence: Vec<TallyEvidence>,
}

impl Formula {
    fn measure(&self, facts: &[TallyEvidence]) -> Measured {
        let is_named = |fact: &&TallyEvidence| fact.fact == self.of || self.by.as_ref() == Some(&fact.fact);
        let mut evidence: Vec<TallyEvidence> = facts.iter().filter(is_named).cloned().collect();
        evidence.sort();
        evidence.dedup();
        let sum = |name: &WordCode| -> i64 {
            let of_name = evidence.iter().filter(|fact| fact.fact == *name);
            of_name.map(|fact| fact.amount).sum::<Figure>().ten_thousandths()
        };
        let value = match self.kind {
            FormulaKind::Sum => Some(Figure::of_ten_thousandths(sum(&self.of))),
            FormulaKind::Count => {
                let found = evidence.iter().filter(|fact| fact.fact == self.of).count();
                Some(Figure::whole(i64::try_from(found).unwrap_or(i64::MAX)))
            }
            FormulaKind::Mean | FormulaKind::Share => {
                let unit = if self.kind == FormulaKind::Share {
                    Figure::HUNDRED
                } else {
                    Figure::ONE
                };
                let by = self.by.as_ref().map_or(0, sum);
                (by > 0)
                    .then(|| unit.times_fraction(sum(&self.of), by, 4))
                    .flatten()
            }
        };
        Measured { value, evidence }
    }
}

impl Indicator {
    /// Its points for a measure: the weight times how far it lies between limit and target, rounded half up to two
    /// decimals and never above the cap.
    pub fn points(&self, measure: Figure) -> Figure {
        let (low, high) = match self.direction {
            Direction::Up => (self.limit, self.target),
            Direction::Down => (self.target, self.limit),
        };
        let span = high.minus(low).ten_thousandths();
        let above = measure.minus(low).ten_thousandths().clamp(0, span.max(0));
        let reached = match self.direction {
            Direction::Up => above,
            Direction::Down => span - above,
        };
        let points = self.weight.times_fraction(reached, span, 2).unwrap_or_default();
        self.capped(points)
    }

    fn capped(&self, points: Figure) -> Figure {
        self.cap.map_or(points, |cap| points.min(cap.rounded(2)))
    }

    fn line(&self, facts: &[TallyEvidence]) -> Line {
        let Measured { value, mut evidence } = self.formula.measure(facts);
        let evidence_count = i64::try_from(evidence.len()).unwrap_or(i64::MAX);
        evidence.truncate(MOST_EVIDENCE);
        Line {
            indicator: self.code.clone(),
            measure: value,
            weight: self.weight,
            points: value.map_or_else(
                || self.capped(self.weight.rounded(2)),
                |measure| self.points(measure),
            ),
            no_data: value.is_none(),
            is_veto: self
                .veto_above
                .zip(value)
                .is_some_and(|(most, measure)| measure > most),
            evidence_count,
            evidence,
        }
    }
}

impl AssessmentScheme {
    /// Counts the facts of an outlet in a period. The order of the facts makes no difference, and one fact told twice
    /// counts once. Below the least number of finished jobs there are no stars, unless something vetoes.
    pub fn tally(&self, outlet_id: OutletId, period: &Period, facts: &[TallyEvidence]) -> Tally {
        let mut lines: Vec<Line> = self.indicators.iter().map(|i| i.line(facts)).collect();
        let finished: BTreeSet<Uuid> = facts
            .iter()
            .filter(|fact| fact.fact.as_str() == FINISHED)
            .map(|fact| fact.id)
            .collect();
        let finished_jobs = i64::try_from(finished.len()).unwrap_or(i64::MAX);
        let is_vetoed = lines.iter().any(|line| line.is_veto);
        let unrated = (finished_jobs < self.min_jobs && !is_vetoed).then_some(Unrated::TooFewJobs);
        if unrated.is_some() {
            for line in lines.iter_mut().filter(|line| line.no_data) {
                line.points = Figure::ZERO;
            }
        }
        let score = total(&lines);
        Tally {
            outlet_id,
            period: period.clone(),
            scheme_code: self.code.clone(),
            rule_version: self.rule_version,
            lines,
            finished_jobs,
            unrated,
            score,
            band: if unrated.is_some() {
                Band::NONE
            } else {
                Band::of(score)
            },
        }
    }
}

/// The sum of the lines, or nothing where one vetoes.
pub fn total(lines: &[Line]) -> Figure {
    if lines.iter().any(|line| line.is_veto) {
        return Figure::ZERO;
    }
    lines.iter().map(|line| line.points).sum()
}

impl Tally {
    /// The text two runs are compared by; its hash proves an assessment.
    pub fn canonical(&self) -> String {
        canonical(self)
    }
}
