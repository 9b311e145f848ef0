//! Product categories: the tree that products, problem types and terms hang on.
//!
//! A category may stand under another one, never under itself; who is no longer sold becomes inactive and stays
//! readable.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode};
use crate::kernel::{I18n, Meta, Patch, Role, RoleSet, Stamp};
use crate::warranty_policies::WarrantyPolicyId;
use crate::{id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ProductCategoryId);

/// How many levels the tree of categories may have.
pub const DEEPEST: usize = 8;

/// A category of products.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProductCategory {
    /// Machine identifier.
    pub id: ProductCategoryId,
    /// Code, for example `AC-SPLIT`.
    pub code: MasterCode,
    /// Name in both languages.
    pub name: I18n,
    /// The category above; null at the top.
    #[schema(required)]
    pub parent_id: Option<ProductCategoryId>,
    /// What its products are good for; null for what holds above it.
    #[schema(required)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// How many years such a product lives (CU-7).
    #[schema(required, minimum = 1, maximum = 100)]
    pub life_years: Option<i64>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a category.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AC-SPLIT", "name": {"zh": "分体式空调", "en": "Split air conditioner"}, "life_years": 10}))]
pub struct ProductCategoryCreate {
    /// Code; unique.
    pub code: MasterCode,
    /// Name in both languages.
    pub name: I18n,
    /// The category above.
    #[serde(default)]
    pub parent_id: Option<ProductCategoryId>,
    /// What its products are good for; an active policy.
    #[serde(default)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// How many years such a product lives.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub life_years: Option<i64>,
}

/// What may change on a category; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"parent_id": null, "life_years": 12}))]
pub struct ProductCategoryPatch {
    /// Code; unique.
    #[schema(nullable = false)]
    pub code: Option<MasterCode>,
    /// Name in both languages.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The category above; null moves it to the top.
    #[schema(value_type = Option<ProductCategoryId>)]
    pub parent_id: Patch<ProductCategoryId>,
    /// What its products are good for; null for what holds above it.
    #[schema(value_type = Option<WarrantyPolicyId>)]
    pub warranty_policy_id: Patch<WarrantyPolicyId>,
    /// How many years such a product lives.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub life_years: Patch<i64>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of categories; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ProductCategoryFilter {
    /// Directly under this category.
    #[param(nullable = false)]
    pub parent_id: Option<ProductCategoryId>,
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive categories only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ProductCategory {
    /// A new, active category.
    pub fn add(cmd: ProductCategoryCreate, at: &Stamp) -> ProductCategory {
        ProductCategory {
            id: ProductCategoryId::next(at),
            code: cmd.code,
            name: cmd.name,
            parent_id: cmd.parent_id,
            warranty_policy_id: cmd.warranty_policy_id,
            life_years: cmd.life_years,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch whose parent and policy were found fit.
    pub fn revise(&mut self, patch: ProductCategoryPatch) {
        replace(patch.code, &mut self.code);
        replace(patch.name, &mut self.name);
        patch.parent_id.onto(&mut self.parent_id);
        patch.warranty_policy_id.onto(&mut self.warranty_policy_id);
        patch.life_years.onto(&mut self.life_years);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

/// Roles that keep base data.
pub(crate) const BASE_KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);

permissions! {
    Read = "product_categories:read" for RoleSet::ALL;
    Create = "product_categories:create" for BASE_KEEPERS;
    Update = "product_categories:update" for BASE_KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    #[test]
    fn a_patch_keeps_what_is_absent_and_clears_what_is_null() {
        let parent = "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12";
        let cmd = json!({"code": "AC", "name": {"zh": "空调"}, "parent_id": parent, "life_years": 10});
        let mut category = ProductCategory::add(serde_json::from_value(cmd).unwrap(), &stamp());
        category.revise(serde_json::from_value(json!({"life_years": 12})).unwrap());
        assert_eq!(category.parent_id.unwrap().to_string(), parent);
        category.revise(serde_json::from_value(json!({"parent_id": null})).unwrap());
        assert_eq!((category.parent_id, category.life_years), (None, Some(12)));
    }
}
