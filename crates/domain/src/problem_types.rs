//! Problem types: the tree of what goes wrong.
//!
//! A type says what is usually assumed of such a problem: how much is affected, how soon it matters, which service
//! answers it and how long that takes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode, WordCode};
use crate::kernel::{I18n, Meta, Patch, RoleSet, Stamp};
use crate::product_categories::{BASE_KEEPERS, ProductCategoryId};
use crate::requests::Level;
use crate::skills::SkillId;
use crate::{id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ProblemTypeId);

/// How many levels the tree of problem types may have.
pub const DEEPEST: usize = 4;

/// A type of problem.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProblemType {
    /// Machine identifier.
    pub id: ProblemTypeId,
    /// Code, for example `NOT-COOLING`.
    pub code: MasterCode,
    /// Name in both languages.
    pub name: I18n,
    /// The type above; null at the top.
    #[schema(required)]
    pub parent_id: Option<ProblemTypeId>,
    /// The product categories it occurs with; none means all.
    #[schema(max_items = 50)]
    pub category_ids: Vec<ProductCategoryId>,
    /// How much is usually affected.
    pub default_impact: Level,
    /// How soon it usually matters.
    pub default_urgency: Level,
    /// The service type that usually answers it.
    #[schema(required)]
    pub default_service_type: Option<WordCode>,
    /// How many minutes of work it usually takes.
    #[schema(required, minimum = 0, maximum = 100_000)]
    pub std_minutes: Option<i64>,
    /// The skills it takes; who lacks a certificate one of them requires is not sent.
    #[schema(max_items = 20)]
    pub skill_ids: Vec<SkillId>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a problem type.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "NOT-COOLING", "name": {"zh": "不制冷", "en": "Does not cool"}, "default_urgency": "high", "std_minutes": 60}))]
pub struct ProblemTypeCreate {
    /// Code; unique.
    pub code: MasterCode,
    /// Name in both languages.
    pub name: I18n,
    /// The type above; the tree has at most four levels.
    #[serde(default)]
    pub parent_id: Option<ProblemTypeId>,
    /// The product categories it occurs with; none means all.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub category_ids: Vec<ProductCategoryId>,
    /// How much is usually affected; `medium` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_impact: Option<Level>,
    /// How soon it usually matters; `medium` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_urgency: Option<Level>,
    /// The service type that usually answers it.
    #[serde(default)]
    pub default_service_type: Option<WordCode>,
    /// How many minutes of work it usually takes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub std_minutes: Option<i64>,
    /// The skills it takes.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub skill_ids: Vec<SkillId>,
}

/// What may change on a problem type; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"default_impact": "high", "std_minutes": 90}))]
pub struct ProblemTypePatch {
    /// Code; unique.
    #[schema(nullable = false)]
    pub code: Option<MasterCode>,
    /// Name in both languages.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The type above; null moves it to the top.
    #[schema(value_type = Option<ProblemTypeId>)]
    pub parent_id: Patch<ProblemTypeId>,
    /// The product categories it occurs with; replaces them all.
    #[schema(nullable = false, max_items = 50)]
    pub category_ids: Option<Vec<ProductCategoryId>>,
    /// How much is usually affected.
    #[schema(nullable = false)]
    pub default_impact: Option<Level>,
    /// How soon it usually matters.
    #[schema(nullable = false)]
    pub default_urgency: Option<Level>,
    /// The service type that usually answers it.
    #[schema(value_type = Option<WordCode>)]
    pub default_service_type: Patch<WordCode>,
    /// How many minutes of work it usually takes.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000)]
    pub std_minutes: Patch<i64>,
    /// The skills it takes; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub skill_ids: Option<Vec<SkillId>>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of problem types; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ProblemTypeFilter {
    /// Directly under this type.
    #[param(nullable = false)]
    pub parent_id: Option<ProblemTypeId>,
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive types only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ProblemType {
    /// A new, active problem type.
    pub fn add(cmd: ProblemTypeCreate, at: &Stamp) -> ProblemType {
        ProblemType {
            id: ProblemTypeId::next(at),
            code: cmd.code,
            name: cmd.name,
            parent_id: cmd.parent_id,
            category_ids: cmd.category_ids,
            default_impact: cmd.default_impact.unwrap_or(Level::Medium),
            default_urgency: cmd.default_urgency.unwrap_or(Level::Medium),
            default_service_type: cmd.default_service_type,
            std_minutes: cmd.std_minutes,
            skill_ids: cmd.skill_ids,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch whose parent and categories were found fit.
    pub fn revise(&mut self, patch: ProblemTypePatch) {
        replace(patch.code, &mut self.code);
        replace(patch.name, &mut self.name);
        patch.parent_id.onto(&mut self.parent_id);
        replace(patch.category_ids, &mut self.category_ids);
        replace(patch.default_impact, &mut self.default_impact);
        replace(patch.default_urgency, &mut self.default_urgency);
        patch.default_service_type.onto(&mut self.default_service_type);
        patch.std_minutes.onto(&mut self.std_minutes);
        replace(patch.skill_ids, &mut self.skill_ids);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "problem_types:read" for RoleSet::ALL;
    Create = "problem_types:create" for BASE_KEEPERS;
    Update = "problem_types:update" for BASE_KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    #[test]
    fn what_nobody_says_is_of_medium_weight() {
        let cmd = json!({"code": "NOT-COOLING", "name": {"zh": "不制冷"}, "default_urgency": "high"});
        let problem = ProblemType::add(serde_json::from_value(cmd).unwrap(), &stamp());
        assert_eq!(
            (problem.default_impact, problem.default_urgency),
            (Level::Medium, Level::High)
        );
        assert_eq!(problem.std_minutes, None);
    }
}
