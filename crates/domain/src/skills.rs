//! Skills: what an engineer can do, how well, and until when it is certified (domain.md 3.9).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::customers::ExternalRef;
use crate::engineers::{KEEPERS, READERS};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, WordCode};
use crate::kernel::{Date, Figure, I18n, Meta, Patch, Result, Role, Stamp};
use crate::product_categories::ProductCategoryId;
use crate::requests::EngineerId;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(SkillId, EngineerSkillId);

label! {
    /// How well, in steps of a fifth.
    pub enum SkillLevel {
        /// 无
        None = "0.0",
        /// 入门
        Novice = "0.2",
        /// 初级: the least that counts as skilled for a dedicated engineer.
        Basic = "0.4",
        /// 中级
        Good = "0.6",
        /// 高级
        Strong = "0.8",
        /// 精通
        Expert = "1.0",
    }
}

impl SkillLevel {
    /// The level as a figure between nothing and one.
    pub fn figure(self) -> Figure {
        self.as_str().parse().unwrap_or_default()
    }
}

/// A skill of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Skill {
    /// Machine identifier.
    pub id: SkillId,
    /// Its code, for example `AC-REPAIR`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The category of products it is for; null for every one.
    #[schema(required)]
    pub category_id: Option<ProductCategoryId>,
    /// Kinds of certificates without which nobody may use it, for example `work_at_height`.
    #[schema(max_items = 10)]
    pub required_certificates: Vec<WordCode>,
    /// Whether only who is certified in it may be sent.
    pub requires_certification: bool,
    /// Keys other systems know it by.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What one engineer can do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EngineerSkill {
    /// Machine identifier.
    pub id: EngineerSkillId,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The skill.
    pub skill_id: SkillId,
    /// How well.
    pub level: SkillLevel,
    /// The last day it is certified; null if it is not, or not any more.
    #[schema(required)]
    pub certified_until: Option<Date>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a skill.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AC-REPAIR", "name": {"zh": "空调维修", "en": "Air conditioners"},
    "required_certificates": ["work_at_height"]}))]
pub struct SkillCreate {
    /// Its code; unique.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The category of products it is for.
    #[serde(default)]
    pub category_id: Option<ProductCategoryId>,
    /// Kinds of certificates without which nobody may use it.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub required_certificates: Vec<WordCode>,
    /// Whether only who is certified in it may be sent.
    #[serde(default)]
    pub requires_certification: bool,
    /// Keys other systems know it by.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// What may change on a skill; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"required_certificates": ["work_at_height", "electrician"]}))]
pub struct SkillPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The category of products it is for.
    #[schema(value_type = Option<ProductCategoryId>)]
    pub category_id: Patch<ProductCategoryId>,
    /// Kinds of certificates without which nobody may use it; replaces them all.
    #[schema(nullable = false, max_items = 10)]
    pub required_certificates: Option<Vec<WordCode>>,
    /// Whether only who is certified in it may be sent.
    #[schema(nullable = false)]
    pub requires_certification: Option<bool>,
    /// Keys of other systems; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub external_refs: Option<Vec<ExternalRef>>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// What another system says of its skill: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AC-REPAIR", "name": {"zh": "空调维修"}, "required_certificates": ["work_at_height"]}))]
pub struct SkillUpsert {
    /// Its code; fixed once the skill exists.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The category of products it is for.
    #[serde(default)]
    #[schema(value_type = Option<ProductCategoryId>)]
    pub category_id: Patch<ProductCategoryId>,
    /// Kinds of certificates without which nobody may use it; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 10)]
    pub required_certificates: Option<Vec<WordCode>>,
    /// Whether only who is certified in it may be sent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub requires_certification: Option<bool>,
    /// Whether it may appear on new records.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// Says for the first time how well an engineer does something.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"skill_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "level": "0.8",
    "certified_until": "2027-12-31"}))]
pub struct EngineerSkillCreate {
    /// The skill; an active one.
    pub skill_id: SkillId,
    /// How well.
    pub level: SkillLevel,
    /// The last day it is certified; null if it is not.
    #[serde(default)]
    pub certified_until: Option<Date>,
}

/// Grades an engineer anew; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"level": "1.0"}))]
pub struct EngineerSkillPatch {
    /// How well.
    #[schema(nullable = false)]
    pub level: Option<SkillLevel>,
    /// The last day it is certified.
    #[schema(value_type = Option<Date>)]
    pub certified_until: Patch<Date>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of skills; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SkillFilter {
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// The category of products it is for.
    #[param(nullable = false)]
    pub category_id: Option<ProductCategoryId>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl SkillUpsert {
    /// The least that adds this skill under another system's key.
    pub fn seed(&self, key: ExternalRef) -> SkillCreate {
        SkillCreate {
            code: self.code.clone(),
            name: self.name.clone(),
            category_id: None,
            required_certificates: Vec::new(),
            requires_certification: false,
            external_refs: vec![key],
        }
    }

    /// What changes on the skill, new or known.
    ///
    /// # Errors
    /// `skill_code_fixed` if it is known by another code.
    pub fn patch(self, known: &Skill) -> Result<SkillPatch> {
        if self.code != known.code {
            return Err(SKILL_CODE_FIXED.at("#/code"));
        }
        Ok(SkillPatch {
            name: Some(self.name),
            category_id: self.category_id,
            required_certificates: self.required_certificates,
            requires_certification: self.requires_certification,
            external_refs: None,
            is_active: self.is_active,
        })
    }
}

impl Skill {
    /// A new, active skill.
    pub fn add(cmd: SkillCreate, at: &Stamp) -> Skill {
        Skill {
            id: SkillId::next(at),
            code: cmd.code,
            name: cmd.name,
            category_id: cmd.category_id,
            required_certificates: cmd.required_certificates,
            requires_certification: cmd.requires_certification,
            external_refs: cmd.external_refs,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code never changes.
    pub fn revise(&mut self, patch: SkillPatch) {
        replace(patch.name, &mut self.name);
        patch.category_id.onto(&mut self.category_id);
        replace(patch.required_certificates, &mut self.required_certificates);
        replace(patch.requires_certification, &mut self.requires_certification);
        replace(patch.external_refs, &mut self.external_refs);
        replace(patch.is_active, &mut self.is_active);
    }
}

impl EngineerSkill {
    /// What an engineer can do, said for the first time.
    pub fn grade(engineer_id: EngineerId, cmd: &EngineerSkillCreate, at: &Stamp) -> EngineerSkill {
        EngineerSkill {
            id: EngineerSkillId::next(at),
            engineer_id,
            skill_id: cmd.skill_id,
            level: cmd.level,
            certified_until: cmd.certified_until,
            meta: Meta::new(at),
        }
    }

    /// Grades him anew.
    pub fn regrade(&mut self, patch: EngineerSkillPatch) {
        replace(patch.level, &mut self.level);
        patch.certified_until.onto(&mut self.certified_until);
    }

    /// Certified by an exam before anybody has graded him: at the lowest level, until somebody does.
    pub fn certified(engineer_id: EngineerId, skill_id: SkillId, until: Date, at: &Stamp) -> EngineerSkill {
        EngineerSkill {
            id: EngineerSkillId::next(at),
            engineer_id,
            skill_id,
            level: SkillLevel::Novice,
            certified_until: Some(until),
            meta: Meta::new(at),
        }
    }

    /// Certifies it to a day; a later one stays.
    pub fn certify(&mut self, until: Date) {
        self.certified_until = self.certified_until.max(Some(until));
    }

    /// Takes the certification away: a mandatory exam was failed (OU-4).
    pub fn decertify(&mut self) {
        self.certified_until = None;
    }

    /// Whether it is certified on a day.
    pub fn is_certified_on(&self, day: Date) -> bool {
        self.certified_until.is_some_and(|until| day <= until)
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "engineers, schedules") -----------------------------------

codes! {
    SKILL_CODE_FIXED: Invalid = "skill_code_fixed", "The code of a skill does not change", "技能编码不可修改";
    DUPLICATE_SKILL: Conflict = "duplicate_skill", "The engineer is graded in this skill already", "该工程师已登记此技能";
}

permissions! {
    Read = "skills:read" for READERS.with(Role::Integration);
    Create = "skills:create" for KEEPERS;
    Update = "skills:update" for KEEPERS;
    Upsert = "skills:upsert" for KEEPERS.with(Role::Integration);
    ReadHeld = "engineer_skills:read" for READERS;
    CreateHeld = "engineer_skills:create" for KEEPERS;
    UpdateHeld = "engineer_skills:update" for KEEPERS;
    DeleteHeld = "engineer_skills:delete" for KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_fifths_of_one() {
        let figures: Vec<i64> = SkillLevel::ALL
            .iter()
            .map(|level| level.figure().ten_thousandths())
            .collect();
        assert_eq!(figures, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    }
}
