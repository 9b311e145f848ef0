//! The count of a month: measures in, points and a band out, the same bytes for the same facts (EN-5 to EN-7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schemes::PerformanceScheme;
use crate::assessments::canonical::canonical;
use crate::kernel::figure::quotient;
use crate::kernel::text::WordCode;
use crate::kernel::{Figure, Money};
use crate::{id, json_columns, label};

id!(EvidenceId);

/// So many records of a line are named; how many there were is counted.
const NAMED: usize = 500;
/// A dimension below this needs training.
const WEAK: Figure = Figure::whole(60);

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// The indicator.
    pub indicator: WordCode,
    /// The measure; nothing where there was nothing to measure (EN-6).
    pub actual: Option<Figure>,
    /// The kind of the records it rests on, for example `work_order`.
    pub resource: Option<WordCode>,
    /// The records it rests on.
    pub evidence_ids: Vec<EvidenceId>,
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
    /// The kind of the records it rests on, for example `work_order`.
    #[schema(required)]
    pub resource: Option<WordCode>,
    /// How many records it rests on.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub evidence_count: i64,
    /// These records, in order; the first 500.
    #[schema(max_items = 500)]
    pub evidence_ids: Vec<EvidenceId>,
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
    /// The measures its lines were made of, to count them again.
    pub fn measures(&self) -> Vec<Measure> {
        let measure = |line: &ReviewLine| Measure {
            indicator: line.indicator.clone(),
            actual: line.actual,
            resource: line.resource.clone(),
            evidence_ids: line.evidence_ids.clone(),
        };
        self.lines.iter().map(measure).collect()
    }

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
    /// Counts what was measured, the first measure of each indicator; an indicator nothing was measured for costs nothing.
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
                let evidence_count = i64::try_from(evidence_ids.len()).unwrap_or(i64::MAX);
                evidence_ids.truncate(NAMED);
                lines.push(ReviewLine {
                    dimension: dimension.code.clone(),
                    indicator: indicator.code.clone(),
                    actual,
                    target: indicator.target,
                    deduction,
                    no_data: actual.is_none(),
                    resource: found.and_then(|measure| measure.resource.clone()),
                    evidence_count,
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
