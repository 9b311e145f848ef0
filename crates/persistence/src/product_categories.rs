//! Product categories: how they are kept and found.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryFilter, ProductCategoryId};

use crate::db::{ListBy, Table, Tx, Unique, Where, among, many, record};
use crate::platform::references::referable;
use crate::platform::trees;

const TABLE: Table = Table::new("product_categories", "product_category").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "product_categories_code_key",
    columns: "product_categories.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ProductCategory: TABLE =>
    id, code, name, parent_id, warranty_policy_id, life_years, is_active; meta; search = text_of
}

referable!(ProductCategory);

impl ListBy<ProductCategory> for ProductCategoryFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code"];

    fn apply(&self, w: &mut Where) {
        w.eq("parent_id", self.parent_id);
        w.eq("code", self.code.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(category: &ProductCategory) -> String {
    let en = category.name.en.as_ref().map_or("", |en| en.as_str());
    search_fold(&[category.code.as_str(), category.name.zh.as_str(), en])
}

/// A category and everything above it as records, nearest first.
pub async fn line(tx: &mut Tx<'_>, from: ProductCategoryId) -> Result<Vec<ProductCategory>> {
    let ids = trees::line::<ProductCategory>(tx, from.0).await?;
    let mut all: Vec<ProductCategory> = among(tx, "id", &ids, "id").await?;
    all.sort_by_key(|category| ids.iter().position(|id| *id == category.id.0));
    Ok(all)
}

/// A category and everything above it, nearest first.
pub async fn lineage(tx: &mut Tx<'_>, from: ProductCategoryId) -> Result<Vec<ProductCategoryId>> {
    let line = trees::line::<ProductCategory>(tx, from.0).await?;
    Ok(line.into_iter().map(ProductCategoryId).collect())
}

/// Every category, in use or not.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<ProductCategory>> {
    many(tx, "1 = 1 order by code limit 2000", Vec::new()).await
}
