//! Schemes: dimensions, indicators and what a shortfall costs (EN-5).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{DEDUCTION_INCOMPLETE, DIMENSION_WEIGHTS};
use crate::assessments::{Direction, INDICATOR_TWICE};
use crate::engineers::{KEEPERS, READERS};
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::text::{Label64, MasterCode, WordCode};
use crate::kernel::{Code, Date, Figure, I18n, Meta, Stamp, Violation};
use crate::{id, json_columns, permissions};

id!(PerformanceSchemeId);

/// A deduction from some measure on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// From this measure on: at least for what should be low, at most for what should be high.
    pub from: Figure,
    /// The points it costs.
    pub points: Figure,
}

/// What a shortfall costs: for each full unit, or in steps where the worst one reached counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deduction {
    /// The unit of shortfall.
    #[serde(default)]
    pub unit: Option<Figure>,
    /// The points of each full unit.
    #[serde(default)]
    pub points: Option<Figure>,
    /// The most points it costs.
    #[serde(default)]
    pub cap: Option<Figure>,
    /// Steps instead of units.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub steps: Vec<Step>,
}

/// One indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceIndicator {
    /// Its code, for example `first_call_resolution`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// Which way is better.
    pub direction: Direction,
    /// What is asked for.
    pub target: Figure,
    /// What a shortfall costs.
    pub deduction: Deduction,
}

/// Indicators that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Its code, for example `fault_solving`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// Its share of the total, for example `0.35`.
    pub weight: Figure,
    /// What is looked at.
    #[schema(min_items = 1, max_items = 30)]
    pub indicators: Vec<PerformanceIndicator>,
}

json_columns!(Step, Deduction, PerformanceIndicator, Dimension);

/// A performance scheme in one version.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PerformanceScheme {
    /// Machine identifier.
    pub id: PerformanceSchemeId,
    /// Its code, for example `ENGINEER-STD`.
    pub code: MasterCode,
    /// Its version, from 1.
    #[schema(minimum = 1, maximum = 100_000)]
    pub rule_version: i64,
    /// Its name.
    pub name: I18n,
    /// The dimensions; their weights add up to 1.
    #[schema(min_items = 1, max_items = 10)]
    pub dimensions: Vec<Dimension>,
    /// The first day it holds for.
    pub effective_from: Date,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What is needed to add a scheme, or a further version of one with the same code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "ENGINEER-STD", "name": {"zh": "工程师标准考核"}, "effective_from": "2026-12-01",
    "dimensions": [{"code": "fault_solving", "name": {"zh": "故障解决"}, "weight": "1", "indicators": [
        {"code": "first_call_resolution", "name": {"zh": "一次解决率"}, "direction": "up", "target": "90",
            "deduction": {"unit": "1", "points": "2"}}]}]}))]
pub struct PerformanceSchemeCreate {
    /// Its code; with an existing one, the next version.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The dimensions; their weights add up to 1.
    #[schema(min_items = 1, max_items = 10)]
    pub dimensions: Vec<Dimension>,
    /// The first day it holds for.
    pub effective_from: Date,
}

/// Narrows a list of schemes; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PerformanceSchemeFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

impl Deduction {
    /// The points a measure costs, never more than the cap.
    pub fn of(&self, measure: Figure, target: Figure, direction: Direction) -> Figure {
        let points = if self.steps.is_empty() {
            let shortfall = match direction {
                Direction::Up => target.minus(measure),
                Direction::Down => measure.minus(target),
            };
            let units = shortfall.whole_units(self.unit.unwrap_or_default());
            self.points.unwrap_or_default().times(Figure::whole(units))
        } else {
            let is_reached = |step: &&Step| match direction {
                Direction::Up => measure <= step.from,
                Direction::Down => measure >= step.from,
            };
            let reached = self.steps.iter().filter(is_reached);
            reached.map(|step| step.points).max().unwrap_or_default()
        };
        self.cap.map_or(points, |cap| points.min(cap))
    }

    fn is_complete(&self) -> bool {
        let has_unit = self.unit.is_some_and(|unit| unit > Figure::ZERO) && self.points.is_some();
        has_unit == self.steps.is_empty()
    }

    fn is_negative(&self) -> bool {
        let points = self.steps.iter().map(|step| step.points);
        points
            .chain(self.points)
            .chain(self.cap)
            .any(|points| points < Figure::ZERO)
    }
}

impl PerformanceScheme {
    /// The first version of a scheme, or the one after `last`.
    pub fn add(cmd: PerformanceSchemeCreate, last: Option<i64>, at: &Stamp) -> PerformanceScheme {
        PerformanceScheme {
            id: PerformanceSchemeId::next(at),
            code: cmd.code,
            rule_version: last.map_or(1, |last| last.saturating_add(1)),
            name: cmd.name,
            dimensions: cmd.dimensions,
            effective_from: cmd.effective_from,
            meta: Meta::new(at),
        }
    }

    /// Whether it looks at an indicator.
    pub fn has(&self, indicator: &WordCode) -> bool {
        let mut all = self.dimensions.iter().flat_map(|dimension| &dimension.indicators);
        all.any(|known| known.code == *indicator)
    }

    /// What is wrong with it by itself: weights that do not add up (`dimension_weights`), one indicator twice
    /// (`indicator_twice`), a deduction that is neither by unit nor by steps (`deduction_incomplete`) or below nothing
    /// (`out_of_range`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut refuse = |code: &'static Code, pointer: String| {
            wrong.push(code.violation(Place::Pointer(pointer)));
        };
        let mut seen: Vec<&WordCode> = Vec::new();
        for (d, dimension) in self.dimensions.iter().enumerate() {
            for (i, indicator) in dimension.indicators.iter().enumerate() {
                let at = |member: &str| format!("#/dimensions/{d}/indicators/{i}/{member}");
                if seen.contains(&&indicator.code) {
                    refuse(&INDICATOR_TWICE, at("code"));
                }
                seen.push(&indicator.code);
                if !indicator.deduction.is_complete() {
                    refuse(&DEDUCTION_INCOMPLETE, at("deduction"));
                }
                if indicator.deduction.is_negative() {
                    refuse(&OUT_OF_RANGE, at("deduction"));
                }
            }
        }
        let sum: Figure = self.dimensions.iter().map(|dimension| dimension.weight).sum();
        let is_negative = |dimension: &Dimension| dimension.weight < Figure::ZERO;
        if sum != Figure::ONE || self.dimensions.iter().any(is_negative) {
            refuse(&DIMENSION_WEIGHTS, "#/dimensions".to_owned());
        }
        wrong
    }
}

/// The scheme every installation begins with.
pub const STANDARD: &str = "ENGINEER-STD";

/// The version of a scheme that holds on a day: the latest that has begun.
pub fn in_force(versions: &[PerformanceScheme], on: Date) -> Option<&PerformanceScheme> {
    versions
        .iter()
        .filter(|scheme| scheme.effective_from <= on)
        .max_by_key(|scheme| (scheme.effective_from, scheme.rule_version))
}

permissions! {
    Read = "performance_schemes:read" for READERS;
    Create = "performance_schemes:create" for KEEPERS;
}
