//! Products: what was sold and may fail.
//!
//! A product is known by its code and by its model; both are unique. Other systems know it by keys of their own. A
//! product that is no longer served becomes inactive and stays readable.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::customers::ExternalRef;
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, MasterCode};
use crate::kernel::{Date, I18n, Meta, Money, Patch, Role, RoleSet, Stamp, Violation};
use crate::product_categories::{BASE_KEEPERS, ProductCategoryId};
use crate::{id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ProductId);

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Product {
    /// Machine identifier.
    pub id: ProductId,
    /// Code, for example `KFR-35GW-2026`.
    pub code: MasterCode,
    /// Model as printed on the plate, for example `KFR-35GW/2026`.
    pub model: Label64,
    /// Name in both languages.
    pub name: I18n,
    /// Its category.
    pub category_id: ProductCategoryId,
    /// Brand.
    #[schema(required)]
    pub brand: Option<Label64>,
    /// Price in the list; not negative.
    #[schema(required)]
    pub list_price: Option<Money>,
    /// Since when it is sold.
    #[schema(required)]
    pub released_on: Option<Date>,
    /// The keys other systems know it by.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a product.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "KFR-35GW-2026", "model": "KFR-35GW/2026", "name": {"zh": "1.5匹分体式空调"},
    "category_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "list_price": {"amount": "2999.00", "currency": "CNY"}}))]
pub struct ProductCreate {
    /// Code; unique.
    pub code: MasterCode,
    /// Model; unique.
    pub model: Label64,
    /// Name in both languages.
    pub name: I18n,
    /// Its category; an active one.
    pub category_id: ProductCategoryId,
    /// Brand.
    #[serde(default)]
    pub brand: Option<Label64>,
    /// Price in the list; not negative.
    #[serde(default)]
    pub list_price: Option<Money>,
    /// Since when it is sold.
    #[serde(default)]
    pub released_on: Option<Date>,
    /// Keys of other systems.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// What may change on a product; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"list_price": {"amount": "2799.00", "currency": "CNY"}, "brand": null}))]
pub struct ProductPatch {
    /// Code; unique.
    #[schema(nullable = false)]
    pub code: Option<MasterCode>,
    /// Model; unique.
    #[schema(nullable = false)]
    pub model: Option<Label64>,
    /// Name in both languages.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// Its category; an active one.
    #[schema(nullable = false)]
    pub category_id: Option<ProductCategoryId>,
    /// Brand.
    #[schema(value_type = Option<Label64>)]
    pub brand: Patch<Label64>,
    /// Price in the list; not negative.
    #[schema(value_type = Option<Money>)]
    pub list_price: Patch<Money>,
    /// Since when it is sold.
    #[schema(value_type = Option<Date>)]
    pub released_on: Patch<Date>,
    /// Keys of other systems; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub external_refs: Option<Vec<ExternalRef>>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// What another system says of its product: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "KFR-35GW-2026", "model": "KFR-35GW/2026", "name": {"zh": "1.5匹分体式空调"},
    "category_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}))]
pub struct ProductUpsert {
    /// Code; unique.
    pub code: MasterCode,
    /// Model; unique.
    pub model: Label64,
    /// Name in both languages.
    pub name: I18n,
    /// Its category; an active one.
    pub category_id: ProductCategoryId,
    /// Brand.
    #[serde(default)]
    #[schema(value_type = Option<Label64>)]
    pub brand: Patch<Label64>,
    /// Price in the list; not negative.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub list_price: Patch<Money>,
    /// Since when it is sold.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub released_on: Patch<Date>,
    /// Whether it may appear on new records.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of products; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ProductFilter {
    /// Of this category.
    #[param(nullable = false)]
    pub category_id: Option<ProductCategoryId>,
    /// Code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// Model, exactly.
    #[param(nullable = false)]
    pub model: Option<Label64>,
    /// Brand, exactly.
    #[param(nullable = false)]
    pub brand: Option<Label64>,
    /// Words in code, model, name or brand.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive products only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ProductUpsert {
    /// The least that adds this product under another system's key.
    pub fn seed(&self, key: ExternalRef) -> ProductCreate {
        ProductCreate {
            code: self.code.clone(),
            model: self.model.clone(),
            name: self.name.clone(),
            category_id: self.category_id,
            brand: None,
            list_price: None,
            released_on: None,
            external_refs: vec![key],
        }
    }
}

impl From<ProductUpsert> for ProductPatch {
    /// What changes on the product, new or known.
    fn from(said: ProductUpsert) -> ProductPatch {
        ProductPatch {
            code: Some(said.code),
            model: Some(said.model),
            name: Some(said.name),
            category_id: Some(said.category_id),
            brand: said.brand,
            list_price: said.list_price,
            released_on: said.released_on,
            external_refs: None,
            is_active: said.is_active,
        }
    }
}

impl Product {
    /// A new, active product.
    pub fn add(cmd: ProductCreate, at: &Stamp) -> Product {
        Product {
            id: ProductId::next(at),
            code: cmd.code,
            model: cmd.model,
            name: cmd.name,
            category_id: cmd.category_id,
            brand: cmd.brand,
            list_price: cmd.list_price,
            released_on: cmd.released_on,
            external_refs: cmd.external_refs,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch whose category was found fit.
    pub fn revise(&mut self, patch: ProductPatch) {
        replace(patch.code, &mut self.code);
        replace(patch.model, &mut self.model);
        replace(patch.name, &mut self.name);
        replace(patch.category_id, &mut self.category_id);
        patch.brand.onto(&mut self.brand);
        patch.list_price.onto(&mut self.list_price);
        patch.released_on.onto(&mut self.released_on);
        replace(patch.external_refs, &mut self.external_refs);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with it by itself: a price below nothing (`out_of_range`).
    pub fn faults(&self) -> Vec<Violation> {
        let is_negative = self.list_price.is_some_and(|price| price.minor < 0);
        is_negative
            .then(|| OUT_OF_RANGE.violation(Place::Pointer("#/list_price/amount".to_owned())))
            .into_iter()
            .collect()
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "products:read" for RoleSet::ALL;
    Create = "products:create" for BASE_KEEPERS;
    Update = "products:update" for BASE_KEEPERS;
    Upsert = "products:upsert" for BASE_KEEPERS.with(Role::Integration);
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    #[test]
    fn a_price_is_nothing_or_more() {
        let cmd = |amount: &str| {
            json!({"code": "KFR-35", "model": "KFR-35GW/2026", "name": {"zh": "空调"},
                "category_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "list_price": {"amount": amount, "currency": "CNY"}})
        };
        let product = |amount| Product::add(serde_json::from_value(cmd(amount)).unwrap(), &stamp());
        assert!(product("0.00").faults().is_empty());
        let faults = product("-0.01").faults();
        assert_eq!(faults.first().unwrap().code.slug, "out_of_range");
    }
}
