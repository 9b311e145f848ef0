//! Products over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::Error;
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::products::{Product, ProductCreate, ProductFilter, ProductId, ProductPatch, can};
use aftercare_persistence as persistence;
use aftercare_persistence::platform::references::refer;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};

/// Registers this module's operations.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(create).service(get).service(update);
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
        let mut wrong = product.faults();
        refer::<ProductCategory>(tx, product.category_id, "#/category_id", &mut wrong).await?;
        Error::all(wrong)?;
        persistence::insert(tx, &product).await?;
        Ok(Created(product))
    })
    .await
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
        product.revise(patch.0);
        let mut wrong = product.faults();
        if product.category_id != category_before {
            refer::<ProductCategory>(tx, product.category_id, "#/category_id", &mut wrong).await?;
        }
        Error::all(wrong)?;
        persistence::update(tx, &mut product).await?;
        Ok(Versioned(product))
    })
    .await
}
