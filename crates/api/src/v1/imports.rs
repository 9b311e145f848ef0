//! Imports over HTTP: a file is taken, and its rows go in while its sender goes on.

use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, get, post};
use aftercare_domain::imports::{
    Import, ImportFilter, ImportId, ImportOrder, ImportRow, ImportRowFilter, MAX_BYTES, ResultsOf, can,
};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Error, Result};
use aftercare_persistence as persistence;
use aftercare_persistence::platform::digest::hex;
use aftercare_persistence::{ListBy as _, SortKey};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use crate::flows::imports::{self, File, Form};
use crate::http::guard::{PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, in_time};
use crate::http::input::{MALFORMED_JSON, PageParams};
use crate::http::reply::{page, resource};
use crate::http::{
    Accepted, Answer, Ctx, Filter, IntoAnswer as _, Paging, PathId, Plain, Problem, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get).service(list_results);
}

resource!(Import, "/v1/imports");
page!(ImportPage, Import; ImportRowPage, ImportRow);

/// Rows, one JSON object on each line or one CSV record each under a line of column names.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 8_388_608)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct ImportRows(String);

/// List imports.
///
/// Newest first. Sortable by `created_at`, `number`.
#[utoipa::path(tag = "imports", operation_id = "listImports", params(ImportFilter, PageParams),
    security(("bearer" = ["imports:read"])), responses((status = 200, body = ImportPage)))]
#[get("/imports")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<ImportFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Import, _, ImportPage>(filter.0, paging).await
}

/// Import rows.
///
/// The file is looked over and taken; its rows go in afterwards, each by itself. A row in our own form has the members
/// of a new service request, `created_at`, `closed_at` while it is not open, and at least one of `external_refs`, by
/// which it is known again; in CSV the columns are named after the members, its key is `external_system` and
/// `external_id`. Up to 8 MiB and 100 000 rows.
#[utoipa::path(tag = "imports", operation_id = "createImport", params(ImportOrder),
    request_body(content((ImportRows = "application/x-ndjson"), (ImportRows = "text/csv"))),
    security(("bearer" = ["imports:create"])), responses((status = 202, body = Import)))]
#[post("/imports")]
async fn create(
    mut ctx: Ctx<can::Create>,
    order: Filter<ImportOrder>,
    req: HttpRequest,
    payload: Payload,
) -> ProblemResult<Answer> {
    let order = order.0;
    let form = form_of(&req)?;
    let bytes = in_time(read(&req, payload)).await?;
    if let Some(key) = &mut ctx.call.idempotency {
        key.body_hash = digest(&req, &bytes);
    }
    let file = File { form, bytes };
    file.check(&order)?;
    let (sender, answer) = oneshot::channel();
    // What is taken is imported, whether or not its sender waits for the answer.
    actix_web::rt::spawn(async move {
        let (begun, running) = oneshot::channel();
        let accepted = ctx
            .write(async move |tx| {
                let import = imports::begin(tx, order).await?;
                // Heard only by the task that goes on with it.
                let _ = begun.send(import.clone());
                Ok(Accepted(import))
            })
            .await;
        let is_accepted = accepted.is_ok();
        let _ = sender.send(accepted);
        if is_accepted && let Ok(import) = running.await {
            let done = imports::run(&ctx.state.db, &ctx.work(), import, &file, |_| {}).await;
            if let Err(error) = done {
                tracing::error!(%error, "An import broke off");
            }
        }
    });
    answer.await.unwrap_or_else(|_| Err(Problem(INTERNAL.error())))
}

/// Get an import.
#[utoipa::path(tag = "imports", operation_id = "getImport", params(("import_id" = ImportId, Path)),
    security(("bearer" = ["imports:read"])), responses((status = 200, body = Import)))]
#[get("/imports/{import_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ImportId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Import>(tx, id.0).await.map(Versioned))
        .await
}

/// List what became of the rows of an import.
///
/// In the order of the file unless sorted otherwise. Sortable by `line`.
#[utoipa::path(tag = "imports", operation_id = "listImportResults",
    params(("import_id" = ImportId, Path), ImportRowFilter, PageParams),
    security(("bearer" = ["imports:read"])), responses((status = 200, body = ImportRowPage)))]
#[get("/imports/{import_id}/results")]
async fn list_results(
    ctx: Ctx<can::Read>,
    id: PathId<ImportId>,
    filter: Filter<ImportRowFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let mut page = ctx.page_request(&paging, ResultsOf::SORTS)?;
    if page.sort.is_empty() {
        page.sort.push(SortKey {
            column: "line",
            is_descending: false,
        });
    }
    let results = ResultsOf {
        import_id: id.0,
        filter: filter.0,
    };
    let listing = ctx
        .load(async |tx| {
            persistence::get::<Import>(tx, results.import_id).await?;
            persistence::list::<ImportRow>(tx, &results, &page).await
        })
        .await?;
    let (rows, info) = ctx.page_of(listing, &page, &paging);
    Ok(Plain(ImportRowPage::from((rows, info))).into_answer()?)
}

/// The form of the rows; the guard let documented media types through.
fn form_of(req: &HttpRequest) -> Result<Form> {
    let media = req
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|media| media.trim().to_ascii_lowercase());
    match media.as_deref() {
        _ if req.headers().contains_key(header::CONTENT_ENCODING) => Err(UNSUPPORTED_MEDIA_TYPE.error()),
        Some("application/x-ndjson") => Ok(Form::Ndjson),
        Some("text/csv") => Ok(Form::Csv),
        _ => Err(UNSUPPORTED_MEDIA_TYPE.error()),
    }
}

async fn read(req: &HttpRequest, mut payload: Payload) -> Result<Bytes> {
    let too_large = || PAYLOAD_TOO_LARGE.error().with("max_bytes", MAX_BYTES);
    let length = req.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BYTES) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| -> Error {
            tracing::debug!(%error, "A file broke off");
            MALFORMED_JSON.because("The body broke off.", "请求内容中断。")
        })?;
        if bytes.len().saturating_add(chunk.len()) > MAX_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// What a key stands for: the file and how it is to be read.
fn digest(req: &HttpRequest, bytes: &Bytes) -> String {
    let digest = Sha256::new()
        .chain_update(req.query_string().as_bytes())
        .chain_update([0])
        .chain_update(bytes)
        .finalize();
    hex(&digest)
}
