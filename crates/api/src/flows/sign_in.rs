//! Signing in, staying signed in, signing out, changing the password (A9, A18, S026–S034).
//!
//! Whatever is wrong with a sign-in, the answer and its cost are the same: an unknown name, a wrong password and a
//! disabled user cannot be told apart (S031, S032).

use std::sync::Arc;

use aftercare_domain::auth::{
    ACCESS_SECS, INVALID_CREDENTIALS, Login, PASSWORD_REUSED, PasswordChange, Refresh, SessionId, TokenSet,
    TokenType, UNAUTHENTICATED, WRONG_PASSWORD, fold_username, too_many_attempts,
};
use aftercare_domain::kernel::{Actor, Result};
use aftercare_domain::users::{User, UserId};
use aftercare_persistence::platform::sessions::{self, Reason, Rotation};
use aftercare_persistence::platform::throttle::{self, Pair};
use aftercare_persistence::users::{self, Credential};
use aftercare_persistence::{self as persistence, IfMatch, Tx, Work};
use serde_json::json;
use uuid::Uuid;

use crate::http::auth::password::Change;
use crate::http::auth::{secrets, tokens};
use crate::state::State;

/// Where a call comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller's network address.
    pub address: String,
    /// The trace the call belongs to.
    pub trace_id: String,
}

impl Origin {
    fn work(&self, actor: Arc<Actor>) -> Work {
        Work {
            actor,
            trace_id: self.trace_id.clone(),
        }
    }

    fn pair(&self, username: &str) -> Pair {
        Pair {
            // People type passwords into the wrong field: only a hash of what was typed is kept.
            account: secrets::digest(username),
            address: self.address.clone(),
        }
    }
}

/// Nobody yet, as the audit trail names him.
fn anonymous() -> Arc<Actor> {
    Arc::new(Actor {
        name: "anonymous".to_owned(),
        is_system: false,
        ..Actor::system()
    })
}

/// Begins a session for a name and password.
///
/// Errors: `invalid_credentials`, `too_many_attempts`, `unavailable` when too many sign in at once.
pub async fn login(state: &State, origin: &Origin, cmd: Login) -> Result<TokenSet> {
    let username = fold_username(cmd.username.as_str());
    let pair = origin.pair(&username);
    let work = origin.work(anonymous());
    let found = state
        .db
        .read(&work, async |tx| {
            refuse_throttled(throttle::wait_secs(tx, &pair).await?)?;
            users::credential_by_name(tx, &username).await
        })
        .await?;
    let turn = state.passwords.turn().await?;
    count_attempt(state, &work, &pair).await?;
    let hash = found.as_ref().map(|credential| credential.password_hash.as_str());
    let is_right = turn.is_right(cmd.password.reveal(), hash).await?;
    let user_id = found.as_ref().map(|credential| credential.user_id);
    let Some(credential) = found.filter(|credential| is_right && credential.is_active) else {
        return Err(refuse(state, &work, user_id).await?);
    };
    let refresh_token = secrets::random(REFRESH_PREFIX)?;
    let token_hash = secrets::digest(&refresh_token);
    let begun = {
        let (address, known) = (origin.address.clone(), credential.clone());
        state
            .db
            .write(&work, async move |tx| {
                if !is_unchanged(tx, &known).await? {
                    return Ok(None);
                }
                throttle::clear(tx, &pair).await?;
                sessions::start(tx, known.user_id, &token_hash, &address)
                    .await
                    .map(Some)
            })
            .await?
    };
    let session_id = begun.ok_or_else(|| INVALID_CREDENTIALS.error())?;
    token_set(
        state,
        credential.user_id,
        session_id,
        credential.token_epoch,
        refresh_token,
    )
    .await
}

/// Prefix of refresh tokens.
const REFRESH_PREFIX: &str = "art_";

fn refuse_throttled(wait_secs: Option<i64>) -> Result<()> {
    wait_secs.map_or(Ok(()), |secs| Err(too_many_attempts(secs)))
}

/// Counts an attempt before the password is looked at.
async fn count_attempt(state: &State, work: &Work, pair: &Pair) -> Result<()> {
    let pair = pair.clone();
    let wait = state
        .db
        .write(work, async move |tx| throttle::attempt(tx, &pair).await)
        .await?;
    refuse_throttled(wait)
}

/// Leaves a failed sign-in in the audit trail and says nothing of its reason.
async fn refuse(
    state: &State,
    work: &Work,
    user_id: Option<UserId>,
) -> Result<aftercare_domain::kernel::Error> {
    let resource_id = user_id.map_or(Uuid::nil(), |id| id.0);
    state
        .db
        .write(work, async move |tx| {
            tx.note("login_failed", "user", resource_id, json!({}));
            Ok(())
        })
        .await?;
    Ok(INVALID_CREDENTIALS.error())
}

/// Whether the credential is still the one that was checked, and stays so until the unit ends.
async fn is_unchanged(tx: &mut Tx<'_>, known: &Credential) -> Result<bool> {
    let now = users::credential_for_update(tx, known.user_id).await?;
    Ok(now.is_some_and(|now| {
        now.is_active && now.password_hash == known.password_hash && now.token_epoch == known.token_epoch
    }))
}

async fn token_set(
    state: &State,
    user_id: UserId,
    session_id: SessionId,
    epoch: i64,
    refresh_token: String,
) -> Result<TokenSet> {
    let ring = state.verifier.keys.ring(&state.db).await?;
    let wall = state.db.clock().wall();
    Ok(TokenSet {
        access_token: tokens::issue(&ring, user_id, session_id, epoch, wall)?,
        token_type: TokenType::Bearer,
        expires_in: ACCESS_SECS,
        refresh_token,
    })
}

/// Hands out the next tokens for a refresh token, once.
///
/// Errors: `invalid_credentials` for any token that is not the newest of a living session; a used one that comes
/// back after ten seconds ends the session.
pub async fn refresh(state: &State, origin: &Origin, cmd: Refresh) -> Result<TokenSet> {
    let next = secrets::random(REFRESH_PREFIX)?;
    let (hash, next_hash) = (
        secrets::digest(cmd.refresh_token.reveal()),
        secrets::digest(&next),
    );
    let (rotation, credential) = state
        .db
        .write(&origin.work(anonymous()), async move |tx| {
            let rotation = sessions::rotate(tx, &hash, &next_hash).await?;
            let credential = match rotation {
                Rotation::Renewed(user_id, _) => users::credential(tx, user_id).await?,
                _ => None,
            };
            Ok((rotation, credential))
        })
        .await?;
    match (rotation, credential) {
        (Rotation::Renewed(user_id, session_id), Some(credential)) => {
            token_set(state, user_id, session_id, credential.token_epoch, next).await
        }
        _ => Err(INVALID_CREDENTIALS.error()),
    }
}

/// Ends the caller's session.
pub async fn logout(state: &State, origin: &Origin, actor: Arc<Actor>, session_id: SessionId) -> Result<()> {
    let user_id = signed_in(&actor)?;
    state
        .db
        .write(&origin.work(actor), async move |tx| {
            sessions::end(tx, session_id, Reason::Logout).await?;
            tx.note("logout", "user", user_id.0, json!({ "session_id": session_id }));
            Ok(())
        })
        .await?;
    state.verifier.forget(user_id);
    Ok(())
}

fn signed_in(actor: &Actor) -> Result<UserId> {
    actor.user_id.ok_or_else(|| UNAUTHENTICATED.error())
}

/// Replaces the caller's password; every other session ends, his own goes on with the tokens answered (S028).
///
/// Errors: `weak_password`, `wrong_password`, `password_reused`, `too_many_attempts`, `unavailable`.
pub async fn change_password(
    state: &State,
    origin: &Origin,
    actor: Arc<Actor>,
    session_id: SessionId,
    cmd: PasswordChange,
) -> Result<TokenSet> {
    let user_id = signed_in(&actor)?;
    let pair = origin.pair(&actor.name);
    let work = origin.work(actor);
    let (user, credential, remembered) = state
        .db
        .read(&work, async |tx| {
            refuse_throttled(throttle::wait_secs(tx, &pair).await?)?;
            let user: User = persistence::get(tx, user_id.0).await?;
            let credential = users::credential(tx, user_id).await?;
            let remembered = users::remembered_hashes(tx, user_id).await?;
            Ok((
                user,
                credential.ok_or_else(|| UNAUTHENTICATED.error())?,
                remembered,
            ))
        })
        .await?;
    cmd.new_password.check(&user.username, "#/new_password")?;
    let turn = state.passwords.turn().await?;
    count_attempt(state, &work, &pair).await?;
    let current = (
        cmd.current_password.reveal().to_owned(),
        credential.password_hash.clone(),
    );
    let hash = match turn
        .change(Some(current), cmd.new_password.reveal(), remembered)
        .await?
    {
        Change::Wrong => return Err(WRONG_PASSWORD.at("#/current_password")),
        Change::Reused => return Err(PASSWORD_REUSED.at("#/new_password")),
        Change::Hashed(hash) => hash,
    };
    let refresh_token = secrets::random(REFRESH_PREFIX)?;
    let token_hash = secrets::digest(&refresh_token);
    let known = credential.clone();
    state
        .db
        .write(&work, async move |tx| {
            if !is_unchanged(tx, &known).await? {
                return Err(WRONG_PASSWORD.at("#/current_password"));
            }
            throttle::clear(tx, &pair).await?;
            let mut user: User = persistence::get_for_update(tx, user_id.0, &IfMatch::internal()).await?;
            user.must_change_password = false;
            persistence::update(tx, &mut user).await?;
            users::set_password(tx, user_id, &hash).await?;
            sessions::end_others(tx, user_id, Some(session_id), Reason::Password).await?;
            sessions::renew(tx, session_id, &token_hash).await
        })
        .await?;
    state.verifier.forget(user_id);
    token_set(state, user_id, session_id, credential.token_epoch, refresh_token).await
}
