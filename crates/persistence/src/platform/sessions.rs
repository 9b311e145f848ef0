//! Sessions: one per sign-in, kept alive by refresh tokens that are each good for one use (C36, S028–S030).
//!
//! Only hashes of tokens are kept. All times here are real time (A31).

pub use aftercare_domain::auth::SessionId;
use aftercare_domain::auth::{REUSE_LEEWAY_SECS, SESSION_SECS};
use aftercare_domain::kernel::{Actor, Column as _, Raw, Result, Time};
use aftercare_domain::users::UserId;
use serde_json::json;

use crate::db::{FromRow, Row, Sql, Tx, sql};
use crate::users::actor_of;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user signed out.
    Logout,
    /// A used refresh token came back.
    Reuse,
    /// The password changed.
    Password,
    /// The user was disabled.
    Disabled,
}

impl Reason {
    const fn word(self) -> &'static str {
        match self {
            Reason::Logout => "logout",
            Reason::Reuse => "reuse",
            Reason::Password => "password",
            Reason::Disabled => "disabled",
        }
    }
}

/// Who a token speaks for, as it stands now.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The user as one who acts.
    pub actor: Actor,
    /// The present epoch; older tokens are refused.
    pub token_epoch: i64,
    /// Whether nothing but a new password is accepted.
    pub must_change_password: bool,
    /// Whether the user may sign in and the session goes on.
    pub is_good: bool,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was good; the next one is kept.
    Renewed(UserId, SessionId),
    /// It was used a moment ago: a client racing itself; nothing changed.
    Raced,
    /// It was used long ago: the session is over, because one of its two holders is a thief.
    Reused,
    /// It is unknown, or its session or user is over.
    Refused,
}

/// Begins a session with its first refresh token, given as its hash.
pub async fn start(tx: &mut Tx<'_>, user_id: UserId, token_hash: &str, address: &str) -> Result<SessionId> {
    let wall = tx.wall();
    let id = SessionId::next(&tx.stamp());
    tx.exec(sql!(
        "insert into sessions (id, user_id, address, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        id,
        user_id,
        address.to_owned(),
        wall,
        wall.plus_secs(SESSION_SECS)
    ))
    .await?;
    keep_token(tx, id, token_hash).await?;
    tx.note(
        "login",
        "user",
        user_id.0,
        json!({ "session_id": id, "address": address }),
    );
    Ok(id)
}

async fn keep_token(tx: &mut Tx<'_>, session_id: SessionId, token_hash: &str) -> Result<()> {
    let wall = tx.wall();
    tx.exec(sql!(
        "insert into refresh_tokens (token_hash, session_id, created_at) values ($1, $2, $3)",
        token_hash.to_owned(),
        session_id,
        wall
    ))
    .await
    .map(|_| ())
}

/// Uses a refresh token up and keeps its successor; of any number of parallel calls exactly one is renewed.
pub async fn rotate(tx: &mut Tx<'_>, token_hash: &str, next_hash: &str) -> Result<Rotation> {
    let wall = tx.wall();
    // On a server the others wait here for the first one's commit and then find the token used.
    let taken = tx
        .exec(sql!(
            "update refresh_tokens set used_at = $1 where token_hash = $2 and used_at is null",
            wall,
            token_hash.to_owned()
        ))
        .await?;
    let found = tx
        .read(
            sql!(
                "select r.session_id, r.used_at, s.user_id, s.revoked_at, s.expires_at, u.is_active
                 from refresh_tokens r
                 join sessions s on s.id = r.session_id
                 join users u on u.id = s.user_id
                 where r.token_hash = $1",
                token_hash.to_owned()
            ),
            |row| {
                let is_open = row.get::<Option<Time>>("revoked_at")?.is_none()
                    && row.get::<Time>("expires_at")? > wall
                    && row.get::<bool>("is_active")?;
                let used_at: Option<Time> = row.get("used_at")?;
                Ok((
                    row.get::<SessionId>("session_id")?,
                    row.get::<UserId>("user_id")?,
                    used_at,
                    is_open,
                ))
            },
        )
        .await?;
    let Some((session_id, user_id, used_at, is_open)) = found.into_iter().next() else {
        return Ok(Rotation::Refused);
    };
    if !is_open {
        return Ok(Rotation::Refused);
    }
    if taken == 1 {
        keep_token(tx, session_id, next_hash).await?;
        return Ok(Rotation::Renewed(user_id, session_id));
    }
    if used_at.is_some_and(|at| wall <= at.plus_secs(REUSE_LEEWAY_SECS)) {
        return Ok(Rotation::Raced);
    }
    end(tx, session_id, Reason::Reuse).await?;
    tx.note(
        "refresh_reused",
        "user",
        user_id.0,
        json!({ "session_id": session_id }),
    );
    Ok(Rotation::Reused)
}

/// Replaces whatever refresh tokens a session has by one new one.
pub async fn renew(tx: &mut Tx<'_>, session_id: SessionId, token_hash: &str) -> Result<()> {
    tx.exec(sql!(
        "delete from refresh_tokens where session_id = $1",
        session_id
    ))
    .await?;
    keep_token(tx, session_id, token_hash).await
}

/// Ends one session.
pub async fn end(tx: &mut Tx<'_>, session_id: SessionId, reason: Reason) -> Result<()> {
    let wall = tx.wall();
    tx.exec(sql!(
        "update sessions set revoked_at = $1, reason = $2 where id = $3 and revoked_at is null",
        wall,
        reason.word().to_owned(),
        session_id
    ))
    .await
    .map(|_| ())
}

/// Ends every session of a user, but one.
pub async fn end_others(
    tx: &mut Tx<'_>,
    user_id: UserId,
    but: Option<SessionId>,
    reason: Reason,
) -> Result<()> {
    let wall = tx.wall();
    let args = vec![
        wall.to_raw(),
        Raw::Text(Some(reason.word().to_owned())),
        user_id.to_raw(),
        but.to_raw(),
    ];
    let text = "update sessions set revoked_at = $1, reason = $2
                where user_id = $3 and revoked_at is null and ($4 is null or id <> $4)";
    tx.exec(Sql::new(text, args)).await.map(|_| ())
}

/// Who a token speaks for now; none if the user is unknown.
pub async fn identity(tx: &mut Tx<'_>, user_id: UserId, session_id: SessionId) -> Result<Option<Identity>> {
    tx.maybe(sql!(
        "select u.id, u.username, u.roles, u.engineer_id, u.customer_id, u.outlet_id, u.is_active,
                u.must_change_password, c.token_epoch,
                (s.revoked_at is null and s.expires_at > $1) as is_open
         from users u
         join credentials c on c.user_id = u.id
         join sessions s on s.user_id = u.id and s.id = $2
         where u.id = $3",
        tx.wall(),
        session_id,
        user_id
    ))
    .await
}

impl FromRow for Identity {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Identity {
            actor: actor_of(row)?,
            token_epoch: row.get("token_epoch")?,
            must_change_password: row.get("must_change_password")?,
            is_good: row.get::<bool>("is_active")? && row.get::<bool>("is_open")?,
        })
    }
}

/// Forgets sessions whose time is over, a hundred at a time.
pub async fn forget(tx: &mut Tx<'_>, wall: Time) -> Result<u64> {
    tx.exec(sql!(
        "delete from refresh_tokens where session_id in (
           select id from sessions where expires_at <= $1 order by expires_at, id limit 100)",
        wall
    ))
    .await?;
    tx.exec(sql!(
        "delete from sessions where id in (
           select id from sessions where expires_at <= $1 order by expires_at, id limit 100)",
        wall
    ))
    .await
}
