//! Products: how they are kept and found.

use aftercare_domain::kernel::error::{DUPLICATE, DUPLICATE_CODE};
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::product_categories::ProductCategoryId;
use aftercare_domain::products::{Product, ProductFilter};

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record};
use crate::platform::references::referable;

const TABLE: Table = Table::new("products", "product").unique(UNIQUES);
const UNIQUES: &[Unique] = &[
    Unique {
        constraint: "products_code_key",
        columns: "products.code",
        code: &DUPLICATE_CODE,
        pointer: "#/code",
    },
    Unique {
        constraint: "products_model_key",
        columns: "products.model",
        code: &DUPLICATE,
        pointer: "#/model",
    },
];

record! { Product: TABLE =>
    id, code, model, name, category_id, brand, list_price, released_on, external_refs, is_active;
    meta; search = text_of
}

referable!(Product);

impl ListBy<Product> for ProductFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code", "model"];

    fn apply(&self, w: &mut Where) {
        w.eq("category_id", self.category_id);
        w.eq("code", self.code.clone());
        w.eq("model", self.model.clone());
        w.eq("brand", self.brand.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(product: &Product) -> String {
    let en = product.name.en.as_ref().map_or("", |en| en.as_str());
    let brand = product.brand.as_ref().map_or("", |brand| brand.as_str());
    search_fold(&[
        product.code.as_str(),
        product.model.as_str(),
        product.name.zh.as_str(),
        en,
        brand,
    ])
}

/// The active products of a category, the newest first.
pub async fn of_category(tx: &mut Tx<'_>, id: ProductCategoryId) -> Result<Vec<Product>> {
    let condition = "category_id = $1 and is_active = $2 order by released_on desc nulls last, id limit 200";
    many(tx, condition, vec![id.to_raw(), true.to_raw()]).await
}
