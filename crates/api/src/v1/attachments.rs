//! Attachments over HTTP: files of a request, taken and given back as bytes.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use aftercare_domain::attachments::{
    Attachment, AttachmentFilter, AttachmentId, FileName, ReceivedFile, can,
};
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::requests::{ServiceRequest, ServiceRequestId};
use aftercare_persistence as persistence;
use aftercare_persistence::platform::blobs::{self, PIECE, Piece};
use aftercare_persistence::requests::attachments_of;
use aftercare_persistence::{Db, IfMatch, Work};
use futures_util::stream::{Stream, try_unfold};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::flows::requests;
use crate::http::guard::in_time;
use crate::http::input::PageParams;
use crate::http::range;
use crate::http::reply::{page, resource};
use crate::http::upload::Upload;
use crate::http::{Answer, Created, Ctx, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(content).service(get).service(remove);
}

resource!(Attachment, "/v1/attachments");
page!(AttachmentPage, Attachment);

/// A form with one file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct AttachmentUpload {
    /// The file, up to 10 MiB.
    #[schema(value_type = String, format = Binary, max_length = 10_485_760)]
    file: Vec<u8>,
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 10_485_760)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct FileContent(Vec<u8>);

/// List the attachments of a request.
///
/// Newest first. Sortable by `created_at`.
#[utoipa::path(tag = "attachments", operation_id = "listAttachments",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["attachments:read"])), responses((status = 200, body = AttachmentPage)))]
#[get("/service-requests/{service_request_id}/attachments")]
async fn list(ctx: Ctx<can::Read>, of: PathId<ServiceRequestId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.catch_up_visible(of.0).await?;
    let filter = AttachmentFilter {
        service_request_id: Some(of.0),
        ..AttachmentFilter::default()
    };
    ctx.list::<Attachment, _, AttachmentPage>(filter, paging).await
}

/// Attach a file to a request.
///
/// One part, `file`, of at most 10 MiB. Its media type is told from its bytes; folders and invisible characters are
/// taken out of its name. A request holds 50 files at most. On a locked request only the service manager may.
#[utoipa::path(tag = "attachments", operation_id = "createAttachment",
    params(("service_request_id" = ServiceRequestId, Path)),
    request_body(content = AttachmentUpload, content_type = "multipart/form-data"),
    security(("bearer" = ["attachments:create"])), responses((status = 201, body = Attachment)))]
#[post("/service-requests/{service_request_id}/attachments")]
async fn create(
    mut ctx: Ctx<can::Create>,
    of: PathId<ServiceRequestId>,
    req: HttpRequest,
    payload: Payload,
) -> ProblemResult<Answer> {
    let of = of.0;
    // Nobody sends ten megabytes to learn that there is no such request; a retry may still be answered (A22).
    if ctx.call.idempotency.is_none() {
        ctx.load(async |tx| persistence::get::<ServiceRequest>(tx, of).await)
            .await?;
    }
    let upload = in_time(Upload::read(&req, payload, &ctx.state.uploads)).await?;
    if let Some(key) = &mut ctx.call.idempotency {
        key.body_hash = upload.digest();
    }
    let file = received(&upload)?;
    let pieces = upload.pieces.clone();
    // The upload itself stays until the answer: it holds the room its pieces take.
    ctx.act(of, async move |tx| {
        let (file, pieces) = (file.clone(), &pieces);
        let mut kept = None;
        let slot = &mut kept;
        requests::act(
            tx,
            of,
            &IfMatch::internal(),
            "attach",
            async |tx, dossier, ctx, at| {
                let held = attachments_of(tx, of).await?;
                let attachment = dossier.attach(file, held, ctx.settings, at)?;
                blobs::put(tx, attachment.id, pieces).await?;
                persistence::insert(tx, &attachment).await?;
                *slot = Some(attachment);
                Ok(())
            },
        )
        .await?;
        kept.map(Created).ok_or_else(|| INTERNAL.error())
    })
    .await
}

/// A file as it was received, its name made harmless.
pub fn received(upload: &Upload) -> Result<ReceivedFile> {
    Ok(ReceivedFile {
        file_name: FileName::harmless(&upload.name),
        media_type: upload.media_type.to_owned(),
        size_bytes: i64::try_from(upload.size).map_err(|_| INTERNAL.error())?,
        sha256: upload.sha256.clone(),
    })
}

/// Get the bytes of an attachment.
///
/// Always to be saved, never shown in place. One range of bytes may be asked for; the tag is that of the bytes.
#[utoipa::path(tag = "attachments", operation_id = "getAttachmentContent",
    params(("attachment_id" = AttachmentId, Path)),
    security(("bearer" = ["attachments:read"])),
    responses((status = 200, description = "The bytes; their media type is `media_type` of the attachment.",
        body = FileContent, content_type = "*/*"),
        (status = 206, description = "The part asked for.", body = FileContent, content_type = "*/*")))]
#[get("/attachments/{attachment_id}/content")]
async fn content(
    ctx: Ctx<can::Read>,
    id: PathId<AttachmentId>,
    req: HttpRequest,
) -> ProblemResult<HttpResponse> {
    let attachment: Attachment = ctx.load(async |tx| persistence::get(tx, id.0).await).await?;
    let (size, tag) = (attachment.size_bytes, format!("\"{}\"", attachment.sha256));
    let part = range::asked(req.headers(), size, &tag)?;
    let (from, to) = part.unwrap_or((0, size.saturating_sub(1)));
    let mut reader = Reader {
        db: ctx.state.db.clone(),
        work: ctx.work(),
        id: id.0,
        at: from,
        to,
        ready: None,
    };
    // What cannot be read at all is refused before a word is said (F12).
    reader.ready = Some(reader.piece().await.map_err(|_| UNAVAILABLE.error())?);
    let mut response = HttpResponse::build(match part {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    });
    if part.is_some() {
        response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
    }
    let length = u64::try_from(to.saturating_sub(from).saturating_add(1)).map_err(|_| INTERNAL.error())?;
    Ok(response
        .insert_header((header::CONTENT_TYPE, attachment.media_type))
        .insert_header((
            header::CONTENT_DISPOSITION,
            disposition(attachment.file_name.as_str()),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::ETAG, tag))
        .body(SizedStream::new(length, Box::pin(reader.stream()))))
}

/// Get an attachment; its bytes are at `/content`.
#[utoipa::path(tag = "attachments", operation_id = "getAttachment", params(("attachment_id" = AttachmentId, Path)),
    security(("bearer" = ["attachments:read"])), responses((status = 200, body = Attachment)))]
#[get("/attachments/{attachment_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<AttachmentId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Attachment>(tx, id.0).await.map(Versioned))
        .await
}

/// Remove an attachment for good.
///
/// Customer service and the service manager remove any of a request, everybody else his own. On a locked request only the
/// service manager may. A manual of a product is removed by who keeps the products.
#[utoipa::path(tag = "attachments", operation_id = "deleteAttachment", params(("attachment_id" = AttachmentId, Path)),
    security(("bearer" = ["attachments:delete"])), responses((status = 204)))]
#[delete("/attachments/{attachment_id}")]
async fn remove(
    ctx: Ctx<can::Delete>,
    id: PathId<AttachmentId>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    let (id, seen) = (id.0, seen.0);
    let subject = ctx
        .load(async |tx| persistence::get::<Attachment>(tx, id).await)
        .await?
        .service_request_id;
    let Some(of) = subject else {
        return ctx
            .write(async move |tx| {
                let manual: Attachment = persistence::get_for_update(tx, id, &seen).await?;
                manual.withdraw(&tx.stamp())?;
                blobs::remove(tx, id).await?;
                persistence::delete(tx, &manual).await?;
                Ok(NoContent)
            })
            .await;
    };
    // The request goes first: whoever changes its parts holds it.
    ctx.act(of, async move |tx| {
        requests::act(
            tx,
            of,
            &IfMatch::internal(),
            "detach",
            async |tx, dossier, ctx, at| {
                let attachment: Attachment = persistence::get_for_update(tx, id, &seen).await?;
                dossier.detach(&attachment, ctx.settings, at)?;
                blobs::remove(tx, id).await?;
                persistence::delete(tx, &attachment).await
            },
        )
        .await?;
        Ok(NoContent)
    })
    .await
}

/// Reads a file piece by piece while it is sent.
struct Reader {
    db: Db,
    work: Work,
    id: AttachmentId,
    at: i64,
    to: i64,
    ready: Option<Piece>,
}

impl Reader {
    /// The piece the next byte stands in.
    async fn piece(&self) -> Result<Piece> {
        let (id, no) = (self.id, self.at.checked_div(piece_length()).unwrap_or(0));
        let found = self
            .db
            .read(&self.work, async move |tx| blobs::piece(tx, id, no).await)
            .await?;
        found.ok_or_else(|| {
            tracing::warn!(attachment.id = %id, no, "A piece of a file is missing");
            UNAVAILABLE.error()
        })
    }

    fn stream(self) -> impl Stream<Item = Result<Bytes, Error>> {
        try_unfold(self, async |mut reader| {
            if reader.at > reader.to {
                return Ok(None);
            }
            let piece = match reader.ready.take() {
                Some(piece) => piece,
                None => reader.piece().await?,
            };
            let offset = reader.at.checked_rem(piece_length()).unwrap_or(0);
            let wanted = reader.to.saturating_sub(reader.at).saturating_add(1);
            let place = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
            let from = piece.get(place(offset)..).unwrap_or_default();
            let bytes = Bytes::copy_from_slice(from.get(..place(wanted)).unwrap_or(from));
            // A piece that is too short would never end.
            if bytes.is_empty() {
                return Err(INTERNAL.error());
            }
            let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            reader.at = reader.at.saturating_add(length);
            Ok(Some((bytes, reader)))
        })
    }
}

fn piece_length() -> i64 {
    i64::try_from(PIECE).unwrap_or(i64::MAX)
}

/// To be saved under its name (RFC 6266): plain for old readers, in full for all others.
fn disposition(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ';
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let full: String = name
        .bytes()
        .map(|byte| match is_bare(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}
