//! Schemes: the rules of an assessment as data.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::tally::is_fact;
use super::{FORMULA_INCOMPLETE, INDICATOR_TWICE, TARGET_IS_LIMIT, UNKNOWN_FACT, WEIGHTS_NOT_100};
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::text::{Label64, MasterCode, WordCode};
use crate::kernel::{Code, Date, Figure, I18n, Meta, Role, RoleSet, Stamp, Violation};
use crate::outlets::machine::READERS;
use crate::{id, json_columns, label, permissions};

id!(AssessmentSchemeId);

label! {
    /// How often is assessed.
    pub enum SchemePeriod {
        /// 月度
        Month = "month",
        /// 季度
        Quarter = "quarter",
    }
}

label! {
    /// Which way is better.
    pub enum Direction {
        /// 越高越好
        Up = "up",
        /// 越低越好
        Down = "down",
    }
}

label! {
    /// What is made of the facts.
    pub enum FormulaKind {
        /// A hundred times the sum of one fact by the sum of another.
        Share = "share",
        /// The sum of one fact by the sum of another.
        Mean = "mean",
        /// The sum of one fact.
        Sum = "sum",
        /// How many records show one fact.
        Count = "count",
    }
}

/// How an indicator is measured. The set is closed: no expression can be written that does not end or rounds by chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    /// What is made of the facts.
    pub kind: FormulaKind,
    /// The fact: one that is counted here, for example `arrived_on_time`, one that is told, or one of the company's own,
    /// which begins with `own_`.
    pub of: WordCode,
    /// By which fact it is divided, for a share or mean.
    #[serde(default)]
    pub by: Option<WordCode>,
}

/// One indicator of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its code, for example `arrival_on_time`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// How it is measured.
    pub formula: Formula,
    /// The points of a full score; nothing for one that only vetoes.
    pub weight: Figure,
    /// Which way is better.
    pub direction: Direction,
    /// From where on all points are given.
    pub target: Figure,
    /// From where on none are: the floor of what should be high, the ceiling of what should be low.
    pub limit: Figure,
    /// The most points it may give, below its weight.
    #[serde(default)]
    pub cap: Option<Figure>,
    /// Above which measure the whole score is nothing, for example 0 false orders.
    #[serde(default)]
    pub veto_above: Option<Figure>,
}

/// A scheme of assessment in one version; a change is a new version.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AssessmentScheme {
    /// Machine identifier.
    pub id: AssessmentSchemeId,
    /// Its code, for example `OUTLET-STD`.
    pub code: MasterCode,
    /// Its version, from 1.
    #[schema(minimum = 1, maximum = 100_000)]
    pub rule_version: i64,
    /// Its name.
    pub name: I18n,
    /// How often is assessed.
    pub period: SchemePeriod,
    /// What is looked at; the weights add up to 100.
    #[schema(min_items = 1, max_items = 50)]
    pub indicators: Vec<Indicator>,
    /// How many jobs an outlet must have finished in the period to get stars.
    #[schema(minimum = 0, maximum = 100_000)]
    pub min_jobs: i64,
    /// The first day it holds for.
    pub effective_from: Date,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

json_columns!(Formula, Indicator);

/// What is needed to add a scheme, or a further version of one with the same code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "OUTLET-NEW", "name": {"zh": "网点考核"}, "period": "month", "effective_from": "2026-12-01",
    "indicators": [{"code": "arrival_on_time", "name": {"zh": "上门及时率"}, "weight": "100", "direction": "up",
        "target": "98", "limit": "80", "formula": {"kind": "share", "of": "arrived_on_time", "by": "arrival_due"}}]}))]
pub struct AssessmentSchemeCreate {
    /// Its code; with an existing one, the next version.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// How often is assessed.
    pub period: SchemePeriod,
    /// What is looked at; the weights add up to 100.
    #[schema(min_items = 1, max_items = 50)]
    pub indicators: Vec<Indicator>,
    /// How many jobs an outlet must have finished in the period to get stars; with 0 it gets them whatever it did.
    #[serde(default = "one_job")]
    #[schema(minimum = 0, maximum = 100_000)]
    pub min_jobs: i64,
    /// The first day it holds for.
    pub effective_from: Date,
}

const fn one_job() -> i64 {
    1
}

/// Narrows a list of schemes; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AssessmentSchemeFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// How often is assessed.
    #[param(nullable = false)]
    pub period: Option<SchemePeriod>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

impl AssessmentScheme {
    /// The first version of a scheme, or the one after `last`.
    pub fn add(cmd: AssessmentSchemeCreate, last: Option<i64>, at: &Stamp) -> AssessmentScheme {
        AssessmentScheme {
            id: AssessmentSchemeId::next(at),
            code: cmd.code,
            rule_version: last.map_or(1, |last| last.saturating_add(1)),
            name: cmd.name,
            period: cmd.period,
            indicators: cmd.indicators,
            min_jobs: cmd.min_jobs,
            effective_from: cmd.effective_from,
            meta: Meta::new(at),
        }
    }

    /// Whether one of its indicators looks at a fact.
    pub fn looks_at(&self, fact: &WordCode) -> bool {
        let mut formulas = self.indicators.iter().map(|indicator| &indicator.formula);
        formulas.any(|formula| formula.of == *fact || formula.by.as_ref() == Some(fact))
    }

    /// What is wrong with it by itself: weights that do not add up (`weights_not_100`), one indicator twice
    /// (`indicator_twice`), target and limit the wrong way round (`target_is_limit`), a formula without what it
    /// divides by (`formula_incomplete`), a fact nobody counts and nobody may tell (`unknown_fact`), a weight or cap below
    /// nothing (`out_of_range`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut refuse = |code: &'static Code, pointer: String| {
            wrong.push(code.violation(Place::Pointer(pointer)));
        };
        for (index, indicator) in self.indicators.iter().enumerate() {
            let at = |member: &str| format!("#/indicators/{index}/{member}");
            let is_same = |other: &Indicator| other.code == indicator.code;
            if self.indicators.iter().take(index).any(is_same) {
                refuse(&INDICATOR_TWICE, at("code"));
            }
            let is_right_way = match indicator.direction {
                Direction::Up => indicator.limit < indicator.target,
                Direction::Down => indicator.target < indicator.limit,
            };
            if indicator.weight > Figure::ZERO && !is_right_way {
                refuse(&TARGET_IS_LIMIT, at("limit"));
            }
            let is_quotient = matches!(indicator.formula.kind, FormulaKind::Share | FormulaKind::Mean);
            if is_quotient && indicator.formula.by.is_none() {
                refuse(&FORMULA_INCOMPLETE, at("formula/by"));
            }
            let facts = [
                ("formula/of", Some(&indicator.formula.of)),
                ("formula/by", indicator.formula.by.as_ref()),
            ];
            for (member, _) in facts
                .into_iter()
                .filter(|(_, fact)| fact.is_some_and(|fact| !is_fact(fact)))
            {
                refuse(&UNKNOWN_FACT, at(member));
            }
            if indicator.weight < Figure::ZERO || indicator.weight > Figure::HUNDRED {
                refuse(&OUT_OF_RANGE, at("weight"));
            }
            if indicator.cap.is_some_and(|cap| cap < Figure::ZERO) {
                refuse(&OUT_OF_RANGE, at("cap"));
            }
        }
        let sum: Figure = self.indicators.iter().map(|indicator| indicator.weight).sum();
        if sum != Figure::HUNDRED {
            refuse(&WEIGHTS_NOT_100, "#/indicators".to_owned());
        }
        wrong
    }
}

/// The code of the scheme every installation begins with.
pub const STANDARD: &str = "OUTLET-STD";

/// The version of each scheme that holds on a day: the latest that has begun.
pub fn in_force<'a>(
    versions: &'a [AssessmentScheme],
    code: &MasterCode,
    on: Date,
) -> Option<&'a AssessmentScheme> {
    versions
        .iter()
        .filter(|scheme| scheme.code == *code && scheme.effective_from <= on)
        .max_by_key(|scheme| (scheme.effective_from, scheme.rule_version))
}

// ---- permissions: who may do what (domain.md 3.0, row "outlets, assessment") -------------------------------------

const KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);

permissions! {
    Read = "assessment_schemes:read" for READERS;
    Create = "assessment_schemes:create" for KEEPERS;
}
