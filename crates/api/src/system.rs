//! Unversioned operations: health, the document, its explanation and the problem catalogue (A1).

use actix_web::http::header;
use actix_web::{CustomizeResponder, HttpResponse, Responder as _, get};
use aftercare_domain::kernel::error::NOT_FOUND;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::keys::KeySet;
use crate::http::contract::CONTRACT;
use crate::http::ctx::Public;
use crate::http::problem::{status, type_of};
use crate::http::{Answer, Ctx, IntoAnswer as _, PathId, Plain, Problem, ProblemResult};
use crate::openapi::Routes;

/// Registers the unversioned operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_liveness)
        .service(get_readiness)
        .service(get_document)
        .service(explain_problem)
        .service(get_key_set);
}

/// Whether the process or its database is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(max_length = 20, example = "ok")]
    pub status: &'static str,
}

/// Tell whether the process lives.
#[utoipa::path(tag = "system", operation_id = "getLiveness", security(()), responses((status = 200, body = Health)))]
#[get("/health/live")]
async fn get_liveness(_: Ctx<Public>) -> ProblemResult<Answer> {
    Ok(Plain(Health { status: "ok" }).into_answer()?)
}

/// Tell whether calls can be served: the database answers.
#[utoipa::path(tag = "system", operation_id = "getReadiness", security(()), responses((status = 200, body = Health)))]
#[get("/health/ready")]
async fn get_readiness(ctx: Ctx<Public>) -> ProblemResult<Answer> {
    ctx.state.db.ping().await?;
    Ok(Plain(Health { status: "ok" }).into_answer()?)
}

/// The OpenAPI document, any object.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct OpenApiDocument {
    /// Version of OpenAPI.
    #[schema(max_length = 20, example = "3.1.0")]
    openapi: String,
}

/// Get the OpenAPI document of this release.
#[utoipa::path(tag = "system", operation_id = "getOpenApi", security(()),
    responses((status = 200, body = OpenApiDocument)))]
#[get("/openapi.json")]
async fn get_document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .content_type(header::ContentType::json())
        .body(CONTRACT.text.clone())
}

/// One kind of refusal, explained.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemExplanation {
    /// The `type` of the problem documents.
    #[schema(max_length = 100, example = "/problems/not-found")]
    pub r#type: String,
    /// The `code` of the problem documents.
    #[schema(max_length = 64, example = "not_found")]
    pub code: &'static str,
    /// The status it comes with.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The title in English.
    #[schema(max_length = 200, example = "Not found")]
    pub title_en: &'static str,
    /// The title in Chinese.
    #[schema(max_length = 200, example = "未找到")]
    pub title_zh: &'static str,
}

/// Explain a kind of refusal.
#[utoipa::path(tag = "system", operation_id = "explainProblem", security(()),
    params(("slug" = String, Path, description = "The last part of a problem's `type`.", max_length = 64, pattern = "^[a-z0-9-]+$")),
    responses((status = 200, body = ProblemExplanation)))]
#[get("/problems/{slug}")]
async fn explain_problem(slug: PathId<String>) -> ProblemResult<Answer> {
    let wanted = slug.0.replace('-', "_");
    let code = crate::openapi::codes()
        .into_iter()
        .find(|code| code.slug == wanted)
        .ok_or(Problem(NOT_FOUND.error()))?;
    let kind = ProblemExplanation {
        r#type: type_of(code),
        code: code.slug,
        status: status(code.kind).as_u16(),
        title_en: code.en,
        title_zh: code.zh,
    };
    Ok(Plain(kind).into_answer()?)
}

/// Get the public keys access tokens are signed with.
///
/// A new key is published a day before it signs; the old one stays until its last token died.
#[utoipa::path(tag = "system", operation_id = "getKeySet", security(()), responses((status = 200, body = KeySet)))]
#[get("/.well-known/jwks.json")]
async fn get_key_set(ctx: Ctx<Public>) -> ProblemResult<CustomizeResponder<Answer>> {
    let ring = ctx.state.verifier.keys.ring(&ctx.state.db).await?;
    let answer = Plain(ring.published()).into_answer()?;
    Ok(answer
        .customize()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600")))
}
