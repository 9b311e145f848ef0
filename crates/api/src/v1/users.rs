//! Users over HTTP: routes, then handlers in URL order. A handler is authorise · load · decide · keep · answer.

use actix_web::{get, patch, post};
use aftercare_domain::auth::PASSWORD_REUSED;
use aftercare_domain::users::{User, UserCreate, UserFilter, UserId, UserPatch, UserSetPassword, can};
use aftercare_persistence::platform::sessions::{self, Reason};
use aftercare_persistence::{self as persistence, users};

use crate::flows::people;
use crate::http::auth::password::Change;
use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
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
        .service(set_password);
}

resource!(User, "/v1/users");
page!(UserPage, User);

/// List users.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `username`, `display_name`.
#[utoipa::path(tag = "users", operation_id = "listUsers", params(UserFilter, PageParams),
    security(("bearer" = ["users:read"])), responses((status = 200, body = UserPage)))]
#[get("/users")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<UserFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<User, _, UserPage>(filter.0, paging).await
}

/// Make a user.
///
/// He must change the password at his first sign-in, except in a sandbox.
#[utoipa::path(tag = "users", operation_id = "createUser", request_body = UserCreate,
    security(("bearer" = ["users:create"])), responses((status = 201, body = User)))]
#[post("/users")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<UserCreate>) -> ProblemResult<Answer> {
    cmd.0.password.check(&cmd.0.username, "#/password")?;
    let turn = ctx.state.passwords.turn().await?;
    let hash = turn.hash(cmd.0.password.reveal()).await?;
    let must_change_password = !ctx.state.config.is_sandbox();
    ctx.write(async move |tx| {
        let user = User::register(cmd.0, must_change_password, &tx.stamp());
        persistence::insert(tx, &user).await?;
        people::user_told(tx, &user, None).await?;
        users::set_password(tx, user.id, &hash).await?;
        Ok(Created(user))
    })
    .await
}

/// Get a user.
#[utoipa::path(tag = "users", operation_id = "getUser", params(("user_id" = UserId, Path)),
    security(("bearer" = ["users:read"])), responses((status = 200, body = User)))]
#[get("/users/{user_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<UserId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<User>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a user.
///
/// Send only the members to change; null clears. A disabled user's sessions end, a lost role is lost within seconds.
/// The last administrator can neither be disabled nor demoted: 409 `last_admin`.
#[utoipa::path(tag = "users", operation_id = "updateUser", params(("user_id" = UserId, Path)),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["users:update"])), responses((status = 200, body = User)))]
#[patch("/users/{user_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<UserId>,
    seen: IfMatchHeader,
    patch: Body<UserPatch>,
) -> ProblemResult<Answer> {
    let user_id = id.0;
    let answer = ctx
        .write(async move |tx| {
            let other_admins = users::other_admins(tx, user_id).await?;
            let mut user: User = persistence::get_for_update(tx, user_id, &seen.0).await?;
            let (was_active, was_engineer) = (user.is_active, user.engineer_id);
            user.revise(patch.0, other_admins)?;
            persistence::update(tx, &mut user).await?;
            people::user_told(tx, &user, was_engineer).await?;
            if was_active && !user.is_active {
                sessions::end_others(tx, user_id, None, Reason::Disabled).await?;
                users::raise_epoch(tx, user_id).await?;
            }
            Ok(Versioned(user))
        })
        .await?;
    ctx.forget(user_id);
    Ok(answer)
}

/// Set a user's password.
///
/// For who forgot it. His sessions end, and he must change it at his next sign-in, except in a sandbox.
#[utoipa::path(tag = "users", operation_id = "setUserPassword", params(("user_id" = UserId, Path)),
    request_body = UserSetPassword,
    security(("bearer" = ["users:set_password"])), responses((status = 200, body = User)))]
#[post("/users/{user_id}/set-password")]
async fn set_password(
    ctx: Ctx<can::SetPassword>,
    id: PathId<UserId>,
    seen: IfMatchHeader,
    cmd: Body<UserSetPassword>,
) -> ProblemResult<Answer> {
    let user_id = id.0;
    let (user, remembered) = ctx
        .load(async |tx| {
            let user: User = persistence::get(tx, user_id).await?;
            Ok((user, users::remembered_hashes(tx, user_id).await?))
        })
        .await?;
    cmd.0.password.check(&user.username, "#/password")?;
    let turn = ctx.state.passwords.turn().await?;
    let hash = match turn.change(None, cmd.0.password.reveal(), remembered).await? {
        Change::Hashed(hash) => hash,
        Change::Wrong | Change::Reused => return Err(PASSWORD_REUSED.at("#/password").into()),
    };
    let must_change_password = !ctx.state.config.is_sandbox();
    let answer = ctx
        .write(async move |tx| {
            let mut user: User = persistence::get_for_update(tx, user_id, &seen.0).await?;
            user.must_change_password = must_change_password;
            persistence::update(tx, &mut user).await?;
            users::set_password(tx, user_id, &hash).await?;
            sessions::end_others(tx, user_id, None, Reason::Password).await?;
            users::raise_epoch(tx, user_id).await?;
            Ok(Versioned(user))
        })
        .await?;
    ctx.forget(user_id);
    Ok(answer)
}
