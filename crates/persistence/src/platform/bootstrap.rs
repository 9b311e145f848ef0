//! The first administrator: a one-time token, kept as its hash, redeemed once (A10, S047).

use aftercare_domain::kernel::{Result, Time};
use aftercare_domain::users::UserId;

use crate::db::{Tx, sql};

/// Keeps the hash of a token that was just printed.
pub async fn offer(tx: &mut Tx<'_>, token_hash: &str, expires_at: Time) -> Result<()> {
    tx.exec(sql!(
        "insert into bootstrap_tokens (token_hash, expires_at) values ($1, $2)",
        token_hash.to_owned(),
        expires_at
    ))
    .await
    .map(|_| ())
}

/// Whether a token is good.
pub async fn is_offered(tx: &mut Tx<'_>, token_hash: &str) -> Result<bool> {
    let wall = tx.wall();
    let count: i64 = tx
        .scalar(sql!(
            "select count(*) as value from bootstrap_tokens where token_hash = $1 and expires_at > $2",
            token_hash.to_owned(),
            wall
        ))
        .await?;
    Ok(count > 0)
}

/// Takes the one place of the first administrator; false if it is taken. All tokens end with it.
pub async fn seal(tx: &mut Tx<'_>, user_id: UserId) -> Result<bool> {
    let wall = tx.wall();
    let taken = tx
        .exec(sql!(
            "insert into bootstraps (id, user_id, at) values (1, $1, $2) on conflict (id) do nothing",
            user_id,
            wall
        ))
        .await?;
    tx.exec(sql!("delete from bootstrap_tokens")).await?;
    Ok(taken == 1)
}
