//! The assessment as a document: counted, adjusted with reasons, approved, appealed.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::schemes::AssessmentSchemeId;
use super::tally::{Band, Tally};
use crate::kernel::meta::UserId;
use crate::kernel::text::{Reason, WordCode};
use crate::kernel::{Csv, Date, Figure, Meta, Period, Time};
use crate::requests::OutletId;
use crate::{id, json_columns, label};

id!(OutletAssessmentId);

label! {
    /// Where an assessment stands.
    pub enum AssessmentStatus {
        /// 草稿
        Draft = "draft",
        /// 已提交
        Submitted = "submitted",
        /// 已批准
        Approved = "approved",
        /// 申诉中
        Appealed = "appealed",
    }
}

/// A change of one line by hand; every one is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Adjustment {
    /// The indicator.
    pub indicator: WordCode,
    /// The points it gave.
    pub from: Figure,
    /// The points it gives now.
    pub to: Figure,
    /// Why.
    pub reason: Reason,
    /// Who.
    #[schema(required)]
    pub by: Option<UserId>,
    /// When.
    pub at: Time,
}

/// An outlet does not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appeal {
    /// Why.
    pub reason: Reason,
    /// Who.
    #[schema(required)]
    pub by: Option<UserId>,
    /// When.
    pub at: Time,
    /// What was decided: whether anything changed; null until then.
    #[schema(required)]
    pub is_granted: Option<bool>,
    /// Why.
    #[schema(required)]
    pub answer: Option<Reason>,
}

json_columns!(Adjustment, Appeal);

/// The assessment of an outlet in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OutletAssessment {
    /// Machine identifier.
    pub id: OutletAssessmentId,
    /// The outlet.
    pub outlet_id: OutletId,
    /// The period.
    pub period: Period,
    /// The scheme in the version used.
    pub scheme_id: AssessmentSchemeId,
    /// Grows with each appeal that changed something, from 1.
    #[schema(minimum = 1, maximum = 100_000)]
    pub revision: i64,
    /// What the rules gave; never changed by hand.
    pub tally: Tally,
    /// What was changed by hand.
    #[schema(max_items = 500)]
    pub adjustments: Vec<Adjustment>,
    /// The score after adjustments.
    pub score: Figure,
    /// Its stars and coefficient.
    pub band: Band,
    /// Where it stands; changes only by actions.
    pub status: AssessmentStatus,
    /// Until when a one-star outlet must put things right.
    #[schema(required)]
    pub rectification_due: Option<Date>,
    /// The first day stars and coefficient hold.
    #[schema(required)]
    pub valid_from: Option<Date>,
    /// Who submitted it.
    #[schema(required)]
    pub submitted_by: Option<UserId>,
    /// Who approved it.
    #[schema(required)]
    pub approved_by: Option<UserId>,
    /// When it was approved for the first time.
    #[schema(required)]
    pub approved_at: Option<Time>,
    /// Why it was rejected last.
    #[schema(required)]
    pub status_reason: Option<Reason>,
    /// The outlet's appeal.
    #[schema(required)]
    pub appeal: Option<Appeal>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Changes the points of one line by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "completion", "points": "18.00", "reason": "台风停工三天"}))]
pub struct AdjustAssessment {
    /// The indicator.
    pub indicator: WordCode,
    /// The points it gives; between nothing and its weight.
    pub points: Figure,
    /// Why.
    pub reason: Reason,
}

/// Says why an assessment is rejected or appealed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "两张工单到场时间记录有误"}))]
pub struct AssessmentReason {
    /// Why.
    pub reason: Reason,
}

/// Decides an appeal: keeps the points, or changes lines.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": "核实两张工单按时到场", "changes": [{"indicator": "arrival_on_time", "points": "18.89",
    "reason": "更正到场时间"}]}))]
pub struct DecideAppeal {
    /// What is answered.
    pub answer: Reason,
    /// The lines that change; none to keep everything.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub changes: Vec<AdjustAssessment>,
}

/// Narrows a list of assessments; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct OutletAssessmentFilter {
    /// Of this outlet.
    #[param(nullable = false)]
    pub outlet_id: Option<OutletId>,
    /// Of this period.
    #[param(nullable = false)]
    pub period: Option<Period>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<AssessmentStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<AssessmentStatus>>,
}
