//! API keys over HTTP: routes, then handlers in URL order. A handler is authorise · load · decide · keep · answer.

use actix_web::http::header;
use actix_web::{CustomizeResponder, Responder as _, get, patch, post};
use aftercare_domain::api_keys::{ApiKey, ApiKeyCreate, ApiKeyFilter, ApiKeyId, ApiKeyPatch, can};
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::kernel::{Meta, Permission, Result, Time};
use aftercare_domain::users::User;
use aftercare_persistence as persistence;
use aftercare_persistence::platform::api_keys;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::secrets;
use crate::http::auth::verifier::KEY_PREFIX;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list)
        .service(create)
        .service(get)
        .service(update)
        .service(revoke);
}

resource!(ApiKey, "/v1/api-keys");
page!(ApiKeyPage, ApiKey);

/// An API key just made, with the key itself: the only time it is shown.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyIssued {
    /// What is kept of it.
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// The key, `ask_<id>_<secret>`; goes into `Authorization: Bearer …`. Never shown again.
    #[schema(
        min_length = 60,
        max_length = 128,
        example = "ask_0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12_nL4tqk0uBq3m0mYt2aVw9xJm7d1oT5rH8sXyZcE6fGk"
    )]
    pub key: String,
}

impl Resource for ApiKeyIssued {
    fn path(&self) -> String {
        self.api_key.path()
    }

    fn meta(&self) -> &Meta {
        self.api_key.meta()
    }
}

/// List API keys, without their secrets.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `name`.
#[utoipa::path(tag = "api_keys", operation_id = "listApiKeys", params(ApiKeyFilter, PageParams),
    security(("bearer" = ["api_keys:read"])), responses((status = 200, body = ApiKeyPage)))]
#[get("/api-keys")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<ApiKeyFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<ApiKey, _, ApiKeyPage>(filter.0, paging).await
}

/// Make an API key.
///
/// The answer shows the key, once and never again. An `Idempotency-Key` is not recorded here, because an answer kept
/// for retries would keep the secret: a call whose answer was lost left a key nobody has; revoke it and make another.
/// No key may ever touch users, roles, API keys or the audit trail.
#[utoipa::path(tag = "api_keys", operation_id = "createApiKey", request_body = ApiKeyCreate,
    security(("bearer" = ["api_keys:create"])), responses((status = 201, body = ApiKeyIssued)))]
#[post("/api-keys")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<ApiKeyCreate>) -> ProblemResult<CustomizeResponder<Answer>> {
    let secret = secrets::random("")?;
    let answer = ctx
        .write(async move |tx| {
            let user: User = persistence::find(tx, cmd.0.user_id.0)
                .await?
                .ok_or_else(|| UNKNOWN_REFERENCE.at("#/user_id"))?;
            let api_key = ApiKey::issue(cmd.0, &user, tx.wall(), &tx.stamp())?;
            persistence::insert(tx, &api_key).await?;
            api_keys::keep_secret(tx, api_key.id, &secrets::digest(&secret)).await?;
            let key = format!("{KEY_PREFIX}{}_{secret}", api_key.id);
            Ok(Created(ApiKeyIssued { api_key, key }))
        })
        .await?;
    // Nobody on the way may keep it.
    Ok(answer
        .customize()
        .insert_header((header::CACHE_CONTROL, "no-store")))
}

/// Get an API key, without its secret.
#[utoipa::path(tag = "api_keys", operation_id = "getApiKey", params(("api_key_id" = ApiKeyId, Path)),
    security(("bearer" = ["api_keys:read"])), responses((status = 200, body = ApiKey)))]
#[get("/api-keys/{api_key_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ApiKeyId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<ApiKey>(tx, id.0).await.map(Versioned))
        .await
}

/// Change an API key.
///
/// Send only the members to change; null clears. What a key may is fixed when it is made. A revoked key stays as it is:
/// 409 `api_key_revoked`.
#[utoipa::path(tag = "api_keys", operation_id = "updateApiKey", params(("api_key_id" = ApiKeyId, Path)),
    request_body(content = ApiKeyPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["api_keys:update"])), responses((status = 200, body = ApiKey)))]
#[patch("/api-keys/{api_key_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ApiKeyId>,
    seen: IfMatchHeader,
    patch: Body<ApiKeyPatch>,
) -> ProblemResult<Answer> {
    change(ctx, id.0, seen, |key, wall| key.revise(patch.0, wall)).await
}

/// Revoke an API key for good.
///
/// It is refused within five seconds on every replica. A second time: 409 `api_key_revoked`.
#[utoipa::path(tag = "api_keys", operation_id = "revokeApiKey", params(("api_key_id" = ApiKeyId, Path)),
    security(("bearer" = ["api_keys:revoke"])), responses((status = 200, body = ApiKey)))]
#[post("/api-keys/{api_key_id}/revoke")]
async fn revoke(ctx: Ctx<can::Revoke>, id: PathId<ApiKeyId>, seen: IfMatchHeader) -> ProblemResult<Answer> {
    change(ctx, id.0, seen, ApiKey::revoke).await
}

/// Changes a key, here at once and elsewhere within seconds.
async fn change<P: Permission>(
    ctx: Ctx<P>,
    id: ApiKeyId,
    seen: IfMatchHeader,
    how: impl FnOnce(&mut ApiKey, Time) -> Result<()> + Send + 'static,
) -> ProblemResult<Answer> {
    let answer = ctx
        .write(async move |tx| {
            let mut key: ApiKey = persistence::get_for_update(tx, id, &seen.0).await?;
            how(&mut key, tx.wall())?;
            persistence::update(tx, &mut key).await?;
            Ok(Versioned(key))
        })
        .await?;
    ctx.state.verifier.forget_key(id);
    Ok(answer)
}
