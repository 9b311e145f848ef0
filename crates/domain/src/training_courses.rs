//! Training: courses engineers take, and who needs one (R-100, R-102, EN-7, EN-8).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::engineers::{KEEPERS, READERS};
use crate::kernel::error::{DATE_ORDER, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, Prose, WordCode};
use crate::kernel::{Csv, Date, Event, I18n, Meta, Patch, Result, Stamp, Violation};
use crate::requests::EngineerId;
use crate::skills::SkillId;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(TrainingCourseId, TrainingNeedId);

label! {
    /// Who gives a course.
    pub enum TrainingKind {
        /// 内部培训
        Internal = "internal",
        /// 外部培训
        External = "external",
    }
}

/// A course.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrainingCourse {
    /// Machine identifier.
    pub id: TrainingCourseId,
    /// Its code, for example `AC-2026-1`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// Who gives it.
    pub kind: TrainingKind,
    /// The skill it teaches.
    #[schema(required)]
    pub skill_id: Option<SkillId>,
    /// The dimension of performance it helps, for example `fault_solving`.
    #[schema(required)]
    pub dimension: Option<WordCode>,
    /// What it is about.
    #[schema(required)]
    pub description: Option<Prose>,
    /// Its first day.
    #[schema(required)]
    pub from: Option<Date>,
    /// Its last day, included.
    #[schema(required)]
    pub to: Option<Date>,
    /// How many may take it; null for any number.
    #[schema(required, minimum = 1, maximum = 10_000)]
    pub seats: Option<i64>,
    /// Whether engineers may be sent to it.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

label! {
    /// Why an engineer needs training.
    pub enum NeedReason {
        /// Band F in a month.
        BandF = "band_f",
        /// A dimension below 60.
        WeakDimension = "weak_dimension",
        /// An exam not passed.
        ExamFailed = "exam_failed",
        /// Somebody who leads him says so.
        Told = "told",
    }
}

label! {
    /// Where a need stands.
    pub enum NeedStatus {
        /// 待安排
        Open = "open",
        /// 已安排
        Planned = "planned",
        /// 已完成
        Met = "met",
    }
}

/// That an engineer needs training.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrainingNeed {
    /// Machine identifier.
    pub id: TrainingNeedId,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// Why.
    pub reason: NeedReason,
    /// The weak dimension.
    #[schema(required)]
    pub dimension: Option<WordCode>,
    /// What showed it: the review or the attempt.
    #[schema(required)]
    pub evidence_id: Option<uuid::Uuid>,
    /// Where it stands.
    pub status: NeedStatus,
    /// The course he is sent to.
    #[schema(required)]
    pub course_id: Option<TrainingCourseId>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a course.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AC-2026-1", "name": {"zh": "变频空调维修", "en": "Inverter air conditioners"},
    "kind": "internal", "from": "2026-12-07", "to": "2026-12-08", "seats": 12}))]
pub struct TrainingCourseCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// Who gives it.
    pub kind: TrainingKind,
    /// The skill it teaches.
    #[serde(default)]
    pub skill_id: Option<SkillId>,
    /// The dimension of performance it helps.
    #[serde(default)]
    pub dimension: Option<WordCode>,
    /// What it is about.
    #[serde(default)]
    pub description: Option<Prose>,
    /// Its first day.
    #[serde(default)]
    pub from: Option<Date>,
    /// Its last day, included.
    #[serde(default)]
    pub to: Option<Date>,
    /// How many may take it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    pub seats: Option<i64>,
}

/// What may change on a course; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"seats": 20}))]
pub struct TrainingCoursePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// What it is about.
    #[schema(value_type = Option<Prose>)]
    pub description: Patch<Prose>,
    /// Its first day.
    #[schema(value_type = Option<Date>)]
    pub from: Patch<Date>,
    /// Its last day, included.
    #[schema(value_type = Option<Date>)]
    pub to: Patch<Date>,
    /// How many may take it.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10_000)]
    pub seats: Patch<i64>,
    /// Whether engineers may be sent to it.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Says that an engineer needs training.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"engineer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "dimension": "fault_solving"}))]
pub struct TrainingNeedCreate {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The weak dimension.
    #[serde(default)]
    pub dimension: Option<WordCode>,
}

/// Sends an engineer to a course.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"course_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}))]
pub struct PlanTraining {
    /// An active course with a free seat.
    pub course_id: TrainingCourseId,
}

// ---- filters: how lists are narrowed ----------------------------------------------------------------------------

/// Narrows a list of courses; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TrainingCourseFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Who gives them.
    #[param(nullable = false)]
    pub kind: Option<TrainingKind>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

/// Narrows a list of training needs; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TrainingNeedFilter {
    /// Of this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<NeedStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<NeedStatus>>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl TrainingCourse {
    /// A new, active course.
    pub fn add(cmd: TrainingCourseCreate, at: &Stamp) -> TrainingCourse {
        TrainingCourse {
            id: TrainingCourseId::next(at),
            code: cmd.code,
            name: cmd.name,
            kind: cmd.kind,
            skill_id: cmd.skill_id,
            dimension: cmd.dimension,
            description: cmd.description,
            from: cmd.from,
            to: cmd.to,
            seats: cmd.seats,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; code, kind and what it teaches never change.
    pub fn revise(&mut self, patch: TrainingCoursePatch) {
        replace(patch.name, &mut self.name);
        patch.description.onto(&mut self.description);
        patch.from.onto(&mut self.from);
        patch.to.onto(&mut self.to);
        patch.seats.onto(&mut self.seats);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with it by itself: an end before the start (`date_order`).
    pub fn faults(&self) -> Vec<Violation> {
        let is_wrong = matches!((self.from, self.to), (Some(from), Some(to)) if to < from);
        is_wrong
            .then(|| DATE_ORDER.violation(Place::Pointer("#/to".to_owned())))
            .into_iter()
            .collect()
    }
}

impl TrainingNeed {
    /// A need that was not known before, and its event.
    pub fn found(
        engineer_id: EngineerId,
        reason: NeedReason,
        dimension: Option<WordCode>,
        evidence_id: Option<uuid::Uuid>,
        at: &Stamp,
    ) -> (TrainingNeed, Event) {
        let need = TrainingNeed {
            id: TrainingNeedId::next(at),
            engineer_id,
            reason,
            dimension,
            evidence_id,
            status: NeedStatus::Open,
            course_id: None,
            meta: Meta::new(at),
        };
        let event = Event {
            kind: "training.needed",
            resource: "training_need",
            resource_id: need.id.0,
            at: at.now,
            data: json!({"engineer_id": engineer_id, "reason": reason, "dimension": need.dimension}),
        };
        (need, event)
    }

    /// Sends the engineer to a course that has a seat.
    ///
    /// Errors: `need_met`, `course_full`.
    pub fn plan(&mut self, course: &TrainingCourse, seats_taken: i64) -> Result<()> {
        if self.status == NeedStatus::Met {
            return Err(NEED_MET.error());
        }
        if course.seats.is_some_and(|seats| seats_taken >= seats) {
            return Err(COURSE_FULL.at("#/course_id"));
        }
        self.status = NeedStatus::Planned;
        self.course_id = Some(course.id);
        Ok(())
    }

    /// He took the course.
    ///
    /// Errors: `need_met`.
    pub fn meet(&mut self) -> Result<()> {
        if self.status == NeedStatus::Met {
            return Err(NEED_MET.error());
        }
        self.status = NeedStatus::Met;
        Ok(())
    }
}

// ---- codes and permissions (domain.md 3.0, row "engineers, schedules") ------------------------------------------

codes! {
    COURSE_FULL: Conflict = "course_full", "The course has no free seat", "课程已满员";
    NEED_MET: Conflict = "need_met", "This need is met already", "该培训需求已完成";
}

permissions! {
    Read = "training_courses:read" for READERS;
    Create = "training_courses:create" for KEEPERS;
    Update = "training_courses:update" for KEEPERS;
    ReadNeeds = "training_needs:read" for READERS;
    CreateNeed = "training_needs:create" for KEEPERS;
    Plan = "training_needs:plan" for KEEPERS;
    Meet = "training_needs:meet" for KEEPERS;
}
