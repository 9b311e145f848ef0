//! The assessment as a document: counted, adjusted with reasons, approved, appealed.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::schemes::AssessmentSchemeId;
use super::tally::{Band, EvidenceKind, Tally, TallyEvidence};
use crate::kernel::meta::UserId;
use crate::kernel::text::{Label64, MasterCode, Reason, WordCode};
use crate::kernel::{Csv, Date, Figure, Meta, Period, Time};
use crate::requests::OutletId;
use crate::{id, json_columns, label};

id!(OutletAssessmentId, AssessmentEvidenceId);

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
#[schema(as = OutletAssessmentRecord)]
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
    /// SHA-256 of what the rules gave and the records it rests on: the same facts under the same version give the same.
    pub content_hash: Label64,
    /// The facts that were told, not counted.
    #[serde(skip)]
    #[schema(ignore)]
    pub told: Vec<TallyEvidence>,
    /// What was changed by hand.
    #[schema(max_items = 500)]
    pub adjustments: Vec<Adjustment>,
    /// The score after adjustments.
    pub score: Figure,
    /// Its stars and coefficient.
    pub band: Band,
    /// Where it stands; changes only by actions.
    pub status: AssessmentStatus,
    /// Whether it is the second period in a row with one star: the outlet should be suspended (OU-2).
    pub proposes_suspension: bool,
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

/// A record a line of an assessment rests on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AssessmentEvidence {
    /// Machine identifier.
    pub id: AssessmentEvidenceId,
    /// The assessment.
    pub assessment_id: OutletAssessmentId,
    /// The indicator.
    pub indicator: WordCode,
    /// The fact it shows, for example `arrived_on_time`.
    pub fact: WordCode,
    /// The kind of the record.
    pub resource: EvidenceKind,
    /// The record.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub record_id: Uuid,
    /// How much it counts.
    pub amount: Figure,
}

/// Narrows the evidence of an assessment.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AssessmentEvidenceFilter {
    /// Of this indicator.
    #[param(nullable = false)]
    pub indicator: Option<WordCode>,
    /// Of this fact.
    #[param(nullable = false)]
    pub fact: Option<WordCode>,
}

/// Assesses an outlet for a period that is over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outlet_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "period": "2026-10",
    "facts": [{"fact": "false_work_order", "resource": "work_order", "id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
        "amount": "1"}]}))]
pub struct OutletAssessmentCreate {
    /// The outlet.
    pub outlet_id: OutletId,
    /// A month or quarter that is over.
    pub period: Period,
    /// By which scheme, in the version in force on the last day of the period; `OUTLET-STD` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub scheme_code: Option<MasterCode>,
    /// What is not counted here yet, each with the record that shows it: `complaint_confirmed`, `old_part_due`,
    /// `old_part_returned`, `false_work_order`, and what a scheme of the company's own looks at (`own_…`).
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub facts: Vec<TallyEvidence>,
}

/// Changes the points of one line by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "completion", "points": "18.00", "reason": "台风停工三天"}))]
pub struct AdjustAssessment {
    /// The indicator.
    pub indicator: WordCode,
    /// The points it gives, with two decimals at most; between nothing and its weight.
    #[schema(value_type = String, pattern = r"^[0-9]{1,3}(\.[0-9]{1,2})?$", min_length = 1, max_length = 6)]
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
