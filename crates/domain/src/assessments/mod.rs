//! Assessments of outlets: points by rules anyone can run again (domain.md 3.10, R-105).
//!
//! A scheme is data: which facts are counted, by which formula, against which target. The same facts under the same
//! version of a scheme give the same points, to the last byte of [`Tally::canonical`], and every line names the records
//! its points come from.

pub mod canonical;
pub mod document;
pub mod machine;
pub mod schemes;
pub mod seed;
pub mod tally;

#[cfg(test)]
mod tests;

pub use document::{
    AdjustAssessment, AssessmentEvidence, AssessmentEvidenceFilter, AssessmentReason, AssessmentStatus,
    DecideAppeal, OutletAssessment, OutletAssessmentCreate, OutletAssessmentFilter, OutletAssessmentId,
};
pub use schemes::{
    AssessmentScheme, AssessmentSchemeCreate, AssessmentSchemeFilter, AssessmentSchemeId, Direction, Formula,
    FormulaKind, Indicator,
};
pub use tally::{Band, EvidenceKind, Line, Tally, TallyEvidence, Unrated};

use crate::codes;

codes! {
    WEIGHTS_NOT_100: Invalid = "weights_not_100", "The weights must add up to 100", "权重之和必须为 100";
    INDICATOR_TWICE: Invalid = "indicator_twice", "The same indicator is given twice", "指标重复";
    TARGET_IS_LIMIT: Invalid = "target_is_limit", "Target and limit must differ in the right direction", "目标值与界限值方向不符";
    FORMULA_INCOMPLETE: Invalid = "formula_incomplete", "A share or mean needs what it is divided by", "比率或均值须给出分母";
    PERIOD_OPEN: Invalid = "period_open", "The period is not over yet", "考核期尚未结束";
    PERIOD_MISMATCH: Invalid = "period_mismatch", "The scheme is for another kind of period", "考核方案的周期类型不符";
    TOO_LATE: Invalid = "too_late", "The time for this has passed", "已超过期限";
    FACT_COUNTED: Invalid = "fact_counted", "This fact is counted from the records, not told", "该事实由系统记录统计，不可填报";
    UNKNOWN_FACT: Invalid = "unknown_fact", "Nobody counts this fact and the scheme does not look at it", "该事实既无人统计，考核方案也未使用";
    EVIDENCE_ELSEWHERE: Invalid = "evidence_elsewhere", "The record is not one of this outlet", "该记录不属于此网点";
    EVIDENCE_OUTSIDE_PERIOD: Invalid = "evidence_outside_period", "The record does not lie in the period", "该记录不在考核期内";
    UNKNOWN_LINE: Invalid = "unknown_line", "There is no such line", "没有该项指标";
}
