//! Manuals of products over HTTP: files kept with what they explain, for everybody who may see it.

use actix_web::web::Payload;
use actix_web::{HttpRequest, get, post};
use aftercare_domain::attachments::{Attachment, AttachmentFilter, AttachmentKind, Manual, can};
use aftercare_domain::products::{Product, ProductId};
use aftercare_persistence as persistence;
use aftercare_persistence::IfMatch;
use aftercare_persistence::platform::blobs;
use aftercare_persistence::requests::attachments_of_product;

use super::attachments::{AttachmentPage, AttachmentUpload, received};
use crate::http::guard::in_time;
use crate::http::input::PageParams;
use crate::http::upload::Upload;
use crate::http::{Answer, Created, Ctx, Filter, Paging, PathId, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
}

/// List the manuals of a product.
///
/// Newest first. Sortable by `created_at`.
#[utoipa::path(tag = "attachments", operation_id = "listProductAttachments",
    params(("product_id" = ProductId, Path), PageParams),
    security(("bearer" = ["attachments:read"])), responses((status = 200, body = AttachmentPage)))]
#[get("/products/{product_id}/attachments")]
async fn list(ctx: Ctx<can::Read>, of: PathId<ProductId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Product>(tx, of.0).await)
        .await?;
    let filter = AttachmentFilter {
        product_id: Some(of.0),
        ..AttachmentFilter::default()
    };
    ctx.list::<Attachment, _, AttachmentPage>(filter, paging).await
}

/// Keep a manual with a product.
///
/// One part, `file`, of at most 10 MiB, as with a request; `kind` says what it is. A product holds 50 files at most.
/// Whoever sees the product reads it; it is removed like every attachment.
#[utoipa::path(tag = "attachments", operation_id = "createProductAttachment",
    params(("product_id" = ProductId, Path), Manual),
    request_body(content = AttachmentUpload, content_type = "multipart/form-data"),
    security(("bearer" = ["attachments:create_manual"])), responses((status = 201, body = Attachment)))]
#[post("/products/{product_id}/attachments")]
async fn create(
    mut ctx: Ctx<can::CreateManual>,
    of: PathId<ProductId>,
    manual: Filter<Manual>,
    req: HttpRequest,
    payload: Payload,
) -> ProblemResult<Answer> {
    let (of, kind) = (of.0, manual.0.kind.unwrap_or(AttachmentKind::ServiceManual));
    // As with a request: nobody sends ten megabytes to learn that there is no such product.
    if ctx.call.idempotency.is_none() {
        ctx.load(async |tx| persistence::get::<Product>(tx, of).await)
            .await?;
    }
    let upload = in_time(Upload::read(&req, payload, &ctx.state.uploads)).await?;
    if let Some(key) = &mut ctx.call.idempotency {
        key.body_hash = upload.digest();
    }
    let file = received(&upload)?;
    ctx.write(async move |tx| {
        // Held, so that two at once are counted one after the other.
        let product: Product = persistence::get_for_update(tx, of, &IfMatch::internal()).await?;
        let held = attachments_of_product(tx, product.id).await?;
        let attachment = Attachment::of_product(product.id, kind, file, held, &tx.stamp())?;
        blobs::put(tx, attachment.id, &upload.pieces).await?;
        persistence::insert(tx, &attachment).await?;
        Ok(Created(attachment))
    })
    .await
}
