//! Product categories over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::{Error, Patch, Result, tree};
use aftercare_domain::product_categories::{
    DEEPEST, ProductCategory, ProductCategoryCreate, ProductCategoryFilter, ProductCategoryId,
    ProductCategoryPatch, can,
};
use aftercare_domain::warranty_policies::{WarrantyPolicy, WarrantyPolicyId};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::{references, trees};

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(ProductCategory, "/v1/product-categories");
page!(ProductCategoryPage, ProductCategory);

/// List product categories.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`.
#[utoipa::path(tag = "product_categories", operation_id = "listProductCategories",
    params(ProductCategoryFilter, PageParams),
    security(("bearer" = ["product_categories:read"])), responses((status = 200, body = ProductCategoryPage)))]
#[get("/product-categories")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<ProductCategoryFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<ProductCategory, _, ProductCategoryPage>(filter.0, paging)
        .await
}

/// Add a product category.
///
/// The same code again answers 409 `duplicate_code`; the tree has at most eight levels (422 `tree_too_deep`).
#[utoipa::path(tag = "product_categories", operation_id = "createProductCategory",
    request_body = ProductCategoryCreate,
    security(("bearer" = ["product_categories:create"])), responses((status = 201, body = ProductCategory)))]
#[post("/product-categories")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ProductCategoryCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let category = ProductCategory::add(cmd.0, &tx.stamp());
        stand(tx, &category, category.parent_id, 1).await?;
        refer(tx, category.warranty_policy_id).await?;
        persistence::insert(tx, &category).await?;
        Ok(Created(category))
    })
    .await
}

/// Get a product category.
#[utoipa::path(tag = "product_categories", operation_id = "getProductCategory",
    params(("product_category_id" = ProductCategoryId, Path)),
    security(("bearer" = ["product_categories:read"])), responses((status = 200, body = ProductCategory)))]
#[get("/product-categories/{product_category_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ProductCategoryId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ProductCategory>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a product category.
///
/// Send only the members to change; null clears. A category cannot stand under itself or what is below it (422
/// `cyclic_parent`).
#[utoipa::path(tag = "product_categories", operation_id = "updateProductCategory",
    params(("product_category_id" = ProductCategoryId, Path)),
    request_body(content = ProductCategoryPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["product_categories:update"])), responses((status = 200, body = ProductCategory)))]
#[patch("/product-categories/{product_category_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ProductCategoryId>,
    seen: IfMatchHeader,
    patch: Body<ProductCategoryPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut category: ProductCategory = persistence::get_for_update(tx, id.0, &seen.0).await?;
        if let Patch::Set(parent) = patch.0.parent_id
            && category.parent_id != Some(parent)
        {
            let height = trees::height::<ProductCategory>(tx, category.id.0).await?;
            stand(tx, &category, Some(parent), height).await?;
        }
        let policy = patch.0.warranty_policy_id.set().copied();
        refer(tx, policy.filter(|new| Some(*new) != category.warranty_policy_id)).await?;
        let was = (category.warranty_policy_id, category.parent_id);
        category.revise(patch.0);
        persistence::update(tx, &mut category).await?;
        if was != (category.warranty_policy_id, category.parent_id) {
            persistence::platform::warranty_ends::look_again_in(tx, category.id).await?;
        }
        Ok(Versioned(category))
    })
    .await
}

/// Refuses a parent that is unknown, inactive, below the category, or too far down.
async fn stand(
    tx: &mut Tx<'_>,
    category: &ProductCategory,
    parent: Option<ProductCategoryId>,
    height: usize,
) -> Result<()> {
    let Some(parent) = parent else { return Ok(()) };
    let line = trees::line_for_update::<ProductCategory>(tx, parent.0).await?;
    tree::may_stand_under(category.id.0, &line, height, DEEPEST)?;
    let mut wrong = Vec::new();
    references::refer::<ProductCategory>(tx, parent, "#/parent_id", &mut wrong).await?;
    Error::all(wrong)
}

/// A new policy is there and in use; the one held before stays valid (BD-2).
async fn refer(tx: &mut Tx<'_>, policy: Option<WarrantyPolicyId>) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(id) = policy {
        references::refer::<WarrantyPolicy>(tx, id, "#/warranty_policy_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
