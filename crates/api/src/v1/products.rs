//! Products over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
use aftercare_domain::products::{
    Product, ProductCreate, ProductFilter, ProductId, ProductPatch, ProductUpsert, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::platform::references::refer;

use crate::http::input::PageParams;
use crate::http::keyed::{self, Key};
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, Precondition, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get_by_key).service(upsert);
    cfg.service(get).service(update);
}

resource!(Product, "/v1/products");
page!(ProductPage, Product);

/// List products.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`, `model`.
#[utoipa::path(tag = "products", operation_id = "listProducts", params(ProductFilter, PageParams),
    security(("bearer" = ["products:read"])), responses((status = 200, body = ProductPage)))]
#[get("/products")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<ProductFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Product, _, ProductPage>(filter.0, paging).await
}

/// Add a product.
///
/// The same code again answers 409 `duplicate_code`, the same model 409 `duplicate`.
#[utoipa::path(tag = "products", operation_id = "createProduct", request_body = ProductCreate,
    security(("bearer" = ["products:create"])), responses((status = 201, body = Product)))]
#[post("/products")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ProductCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let product = Product::add(cmd.0, &tx.stamp());
        fit(tx, &product, None).await?;
        persistence::insert(tx, &product).await?;
        external_refs::keep(tx, &product).await?;
        Ok(Created(product))
    })
    .await
}

/// Get a product by another system's key.
#[utoipa::path(tag = "products", operation_id = "getProductByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["products:read"])), responses((status = 200, body = Product)))]
#[get("/products/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let id = keyed::known::<Product>(tx, &key.0).await?;
        persistence::get::<Product>(tx, ProductId(id))
            .await
            .map(Versioned)
    })
    .await
}

/// Create or change a product by another system's key.
///
/// 201 when the key was new, 200 when it led to a product. Absent members stay as they are, null clears. With
/// `If-None-Match: *` a known key answers 412 and nothing changes.
#[utoipa::path(tag = "products", operation_id = "upsertProductByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = ProductUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["products:upsert"])),
    responses((status = 200, body = Product), (status = 201, body = Product)))]
#[patch("/products/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<ProductUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let mut product = Product::add(said.seed(key.clone()), &tx.stamp());
            keyed::claim::<Product>(tx, product.id.0, &key).await?;
            product.revise(said.into());
            fit(tx, &product, None).await?;
            persistence::insert(tx, &product).await?;
            Ok(Created(product))
        })
        .await
    };
    let change = async |id| {
        let (said, condition) = (said.clone(), condition.clone());
        ctx.write(async move |tx| {
            let mut product: Product =
                persistence::get_for_update(tx, ProductId(id), condition.seen()).await?;
            condition.check(&product.meta)?;
            let category_before = product.category_id;
            product.revise(said.into());
            keep(tx, &mut product, category_before).await?;
            Ok(Versioned(product))
        })
        .await
    };
    keyed::upsert::<Product, _>(&ctx, &key, &condition, make, change).await
}

/// Get a product.
#[utoipa::path(tag = "products", operation_id = "getProduct", params(("product_id" = ProductId, Path)),
    security(("bearer" = ["products:read"])), responses((status = 200, body = Product)))]
#[get("/products/{product_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ProductId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Product>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a product.
///
/// Send only the members to change; null clears.
#[utoipa::path(tag = "products", operation_id = "updateProduct", params(("product_id" = ProductId, Path)),
    request_body(content = ProductPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["products:update"])), responses((status = 200, body = Product)))]
#[patch("/products/{product_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ProductId>,
    seen: IfMatchHeader,
    patch: Body<ProductPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut product: Product = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let category_before = product.category_id;
        let has_keys = patch.0.external_refs.is_some();
        product.revise(patch.0);
        keep(tx, &mut product, category_before).await?;
        if has_keys {
            external_refs::keep(tx, &product).await?;
        }
        Ok(Versioned(product))
    })
    .await
}

/// Keeps a changed product; what units of it promised by their category follows.
async fn keep(tx: &mut Tx<'_>, product: &mut Product, category_before: ProductCategoryId) -> Result<()> {
    fit(tx, product, Some(category_before)).await?;
    persistence::update(tx, product).await?;
    if product.category_id != category_before {
        persistence::platform::warranty_ends::look_again_of(tx, product.id).await?;
    }
    Ok(())
}

/// Refuses what is wrong with a product by itself, and a new category that is unknown or inactive.
async fn fit(tx: &mut Tx<'_>, product: &Product, category_before: Option<ProductCategoryId>) -> Result<()> {
    let mut wrong = product.faults();
    if category_before != Some(product.category_id) {
        refer::<ProductCategory>(tx, product.category_id, "#/category_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
