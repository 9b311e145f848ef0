//! What an agreement covers: everything of a customer, some kinds of products, or some units.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::installed_products::InstalledProductId;
use crate::product_categories::ProductCategoryId;
use crate::{json_columns, label};

label! {
    /// How far an agreement reaches, from the widest to the most particular (AG-1).
    pub enum CoversScope {
        /// Everything of the customer.
        All = "all",
        /// Products of these categories.
        ProductCategories = "product_categories",
        /// These very units.
        InstalledProducts = "installed_products",
    }
}

/// What an agreement covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// How far it reaches.
    pub scope: CoversScope,
    /// The categories, with everything under them; empty unless the scope says so.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub product_category_ids: Vec<ProductCategoryId>,
    /// The units; empty unless the scope says so.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub installed_product_ids: Vec<InstalledProductId>,
}

json_columns!(Covers);

/// A unit as agreements see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitScope {
    /// The unit; none for a question or a product that is not registered.
    pub installed_product_id: Option<InstalledProductId>,
    /// Its product's category and all above it.
    pub product_category_ids: Vec<ProductCategoryId>,
}

/// The categories above categories and units, each list with the nearest one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineages {
    /// Of a category: itself and all above it.
    pub of_category: BTreeMap<ProductCategoryId, Vec<ProductCategoryId>>,
    /// Of a unit: its product's category and all above it.
    pub of_unit: BTreeMap<InstalledProductId, Vec<ProductCategoryId>>,
}

impl Covers {
    /// Everything of the customer.
    pub fn all() -> Covers {
        Covers {
            scope: CoversScope::All,
            product_category_ids: Vec::new(),
            installed_product_ids: Vec::new(),
        }
    }

    /// How particularly it covers a unit, if it does.
    pub fn reach(&self, unit: &UnitScope) -> Option<CoversScope> {
        let is_covered = match self.scope {
            CoversScope::All => true,
            CoversScope::ProductCategories => {
                let is_above = |id| unit.product_category_ids.contains(id);
                self.product_category_ids.iter().any(is_above)
            }
            CoversScope::InstalledProducts => unit
                .installed_product_id
                .is_some_and(|id| self.installed_product_ids.contains(&id)),
        };
        is_covered.then_some(self.scope)
    }

    /// Whether a list is filled that the scope does not speak of.
    pub fn is_mixed(&self) -> bool {
        let has_units = !self.installed_product_ids.is_empty();
        let has_categories = !self.product_category_ids.is_empty();
        match self.scope {
            CoversScope::All => has_units || has_categories,
            CoversScope::ProductCategories => has_units,
            CoversScope::InstalledProducts => has_categories,
        }
    }

    /// Whether nothing is named though the scope asks for it.
    pub fn is_incomplete(&self) -> bool {
        match self.scope {
            CoversScope::All => false,
            CoversScope::ProductCategories => self.product_category_ids.is_empty(),
            CoversScope::InstalledProducts => self.installed_product_ids.is_empty(),
        }
    }

    /// Whether there can be a unit that both cover.
    pub fn meets(&self, other: &Covers, lineages: &Lineages) -> bool {
        use CoversScope::{All, InstalledProducts, ProductCategories};
        match (self.scope, other.scope) {
            (All, _) => !other.is_incomplete(),
            (_, All) => !self.is_incomplete(),
            (ProductCategories, ProductCategories) => {
                let ours = &self.product_category_ids;
                ours.iter().any(|a| {
                    other
                        .product_category_ids
                        .iter()
                        .any(|b| lineages.is_line(*a, *b))
                })
            }
            (InstalledProducts, InstalledProducts) => {
                let is_theirs = |id| other.installed_product_ids.contains(id);
                self.installed_product_ids.iter().any(is_theirs)
            }
            (ProductCategories, InstalledProducts) => {
                self.holds_one_of(&other.installed_product_ids, lineages)
            }
            (InstalledProducts, ProductCategories) => {
                other.holds_one_of(&self.installed_product_ids, lineages)
            }
        }
    }

    fn holds_one_of(&self, units: &[InstalledProductId], lineages: &Lineages) -> bool {
        units.iter().any(|unit| {
            let above = lineages.of_unit.get(unit);
            above.is_some_and(|above| above.iter().any(|id| self.product_category_ids.contains(id)))
        })
    }
}

impl Lineages {
    /// Whether one category is the other or stands above it.
    fn is_line(&self, a: ProductCategoryId, b: ProductCategoryId) -> bool {
        let is_above = |up, down| {
            let line: Option<&Vec<ProductCategoryId>> = self.of_category.get(down);
            line.is_some_and(|line| line.contains(up))
        };
        a == b || is_above(&a, &b) || is_above(&b, &a)
    }
}
