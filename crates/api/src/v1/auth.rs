//! Sign-in over HTTP: routes, then handlers in URL order.

use actix_web::http::header;
use actix_web::{CustomizeResponder, Responder as _, get, post};
use aftercare_domain::auth::{
    Bootstrap, CurrentUser, Login, PasswordChange, Refresh, SessionId, TokenSet, UNAUTHENTICATED,
    permissions_of,
};
use aftercare_domain::kernel::{Permission, Result};
use aftercare_domain::users::User;
use aftercare_persistence as persistence;

use crate::flows::first_users;
use crate::flows::sign_in::{self, Origin};
use crate::http::ctx::{Public, SignedIn};
use crate::http::{Answer, Body, Created, Ctx, IntoAnswer, NoContent, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(bootstrap)
        .service(login)
        .service(logout)
        .service(me)
        .service(password)
        .service(refresh);
}

fn origin<P: Permission>(ctx: &Ctx<P>) -> Origin {
    Origin {
        address: ctx.call.address.clone(),
        trace_id: ctx.call.trace_id.clone(),
    }
}

fn session<P: Permission>(ctx: &Ctx<P>) -> Result<SessionId> {
    ctx.call.session_id.ok_or_else(|| UNAUTHENTICATED.error())
}

/// An answer nobody on the way may keep.
fn secret(answer: impl IntoAnswer) -> ProblemResult<CustomizeResponder<Answer>> {
    let answer = answer.into_answer()?;
    Ok(answer
        .customize()
        .insert_header((header::CACHE_CONTROL, "no-store")))
}

/// Make the first administrator.
///
/// Takes the one-time token the server printed at its first start. Works once; then 409 `already_bootstrapped`.
#[utoipa::path(tag = "auth", operation_id = "bootstrapAdministrator", request_body = Bootstrap,
    security(()), responses((status = 201, body = User)))]
#[post("/auth/bootstrap")]
async fn bootstrap(ctx: Ctx<Public>, cmd: Body<Bootstrap>) -> ProblemResult<Answer> {
    let user = first_users::redeem_bootstrap(&ctx.state, &origin(&ctx), cmd.0).await?;
    Ok(Created(user).into_answer()?)
}

/// Sign in.
///
/// Whatever is wrong, the answer is 401 `invalid_credentials`. Five failures in 15 minutes for one account from one
/// network address: 429 `too_many_attempts` for that pair.
#[utoipa::path(tag = "auth", operation_id = "login", request_body = Login,
    security(()), responses((status = 200, body = TokenSet)))]
#[post("/auth/login")]
async fn login(ctx: Ctx<Public>, cmd: Body<Login>) -> ProblemResult<CustomizeResponder<Answer>> {
    secret(Plain(sign_in::login(&ctx.state, &origin(&ctx), cmd.0).await?))
}

/// Sign out.
///
/// Ends this session: its access token and its refresh token are refused from now on.
#[utoipa::path(tag = "auth", operation_id = "logout",
    security(("bearer" = [])), responses((status = 204)))]
#[post("/auth/logout")]
async fn logout(ctx: Ctx<SignedIn>) -> ProblemResult<Answer> {
    let session_id = session(&ctx)?;
    sign_in::logout(&ctx.state, &origin(&ctx), ctx.actor(), session_id).await?;
    Ok(NoContent.into_answer()?)
}

/// Tell who is signed in and what he may do.
#[utoipa::path(tag = "auth", operation_id = "getCurrentUser",
    security(("bearer" = [])), responses((status = 200, body = CurrentUser)))]
#[get("/auth/me")]
async fn me(ctx: Ctx<SignedIn>) -> ProblemResult<Answer> {
    let actor = ctx.actor();
    let user_id = actor.user_id.ok_or_else(|| UNAUTHENTICATED.error())?;
    ctx.read(async |tx| {
        let user: User = persistence::get(tx, user_id).await?;
        Ok(Plain(CurrentUser {
            id: user.id,
            username: user.username,
            display_name: user.display_name,
            roles: user.roles,
            scope: actor.scope().into(),
            permissions: permissions_of(&actor),
            engineer_id: user.engineer_id,
            customer_id: user.customer_id.map(|id| id.0),
            outlet_id: user.outlet_id,
            language: user.language,
            must_change_password: user.must_change_password,
        }))
    })
    .await
}

/// Change one's own password.
///
/// Every other session ends; this one goes on with the tokens answered.
#[utoipa::path(tag = "auth", operation_id = "changePassword", request_body = PasswordChange,
    security(("bearer" = [])), responses((status = 200, body = TokenSet)))]
#[post("/auth/password")]
async fn password(
    ctx: Ctx<SignedIn>,
    cmd: Body<PasswordChange>,
) -> ProblemResult<CustomizeResponder<Answer>> {
    let session_id = session(&ctx)?;
    let tokens = sign_in::change_password(&ctx.state, &origin(&ctx), ctx.actor(), session_id, cmd.0).await?;
    secret(Plain(tokens))
}

/// Get the next tokens.
///
/// A refresh token is good for one use. One that comes back later ends the session.
#[utoipa::path(tag = "auth", operation_id = "refreshToken", request_body = Refresh,
    security(()), responses((status = 200, body = TokenSet)))]
#[post("/auth/refresh")]
async fn refresh(ctx: Ctx<Public>, cmd: Body<Refresh>) -> ProblemResult<CustomizeResponder<Answer>> {
    secret(Plain(sign_in::refresh(&ctx.state, &origin(&ctx), cmd.0).await?))
}
