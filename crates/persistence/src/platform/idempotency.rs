//! Idempotency keys: claimed before the work, completed with it, one transaction (A8, A27).

use aftercare_domain::codes;
use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Column as _, Raw, Result, Time};
use serde_json::Value;

use crate::db::{Row, Sql, Tx, add, sql};

codes! {
    IDEMPOTENCY_KEY_REUSED: Invalid = "idempotency_key_reused", "The key was used with another body", "幂等键已用于不同的请求内容";
    IDEMPOTENCY_IN_PROGRESS: Conflict = "idempotency_in_progress", "The first call with this key still runs", "使用该幂等键的首个请求仍在处理";
    INVALID_IDEMPOTENCY_KEY: Malformed = "invalid_idempotency_key", "The Idempotency-Key is empty or too long", "幂等键为空或过长";
}

/// How long a key is kept.
const KEPT_HOURS: i64 = 72;

/// Whose key, for what, with which body.
#[derive(Clone, Debug)]
pub struct Key {
    /// The caller.
    pub user_id: UserId,
    /// Method and path.
    pub operation: String,
    /// The key as sent.
    pub key: String,
    /// SHA-256 of the canonical body.
    pub body_hash: String,
}

/// An answer as it was sent the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Status.
    pub status: i64,
    /// `{"etag": …, "location": …}`.
    pub headers: Value,
    /// The very bytes.
    pub body: String,
}

/// Claims a key; the first answer if the work was done before.
///
/// Errors: `idempotency_key_reused` for another body, `idempotency_in_progress` while a first call holds the key
/// beyond the lock limit.
pub async fn claim(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Answer>> {
    let wall = tx.wall();
    if tx.is_in_batch() {
        // The schema decides between two calls at once: the key's row is written whole, with the work.
        let is_known = !find(tx, key).await?.is_empty();
        return if is_known { Err(tx.step_out()) } else { Ok(None) };
    }
    let expires_at = expiry(wall);
    // An expired key is a new one.
    let claimed = tx
        .exec(sql!(
            "insert into idempotency_keys (user_id, operation, key, body_hash, expires_at)
             values ($1, $2, $3, $4, $5)
             on conflict (user_id, operation, key) do update set
               body_hash = excluded.body_hash, expires_at = excluded.expires_at, status = null, headers = null, body = null
             where idempotency_keys.expires_at <= $6",
            key.user_id,
            key.operation,
            key.key,
            key.body_hash,
            expires_at,
            wall
        ))
        .await
        // Waiting for the first call's commit ran into the lock limit.
        .map_err(|e| if e.code == &UNAVAILABLE { IDEMPOTENCY_IN_PROGRESS.error().with("retry_after", 1) } else { e })?;
    if claimed == 1 {
        return Ok(None);
    }
    match find(tx, key).await?.into_iter().next() {
        Some((hash, _)) if hash != key.body_hash => Err(IDEMPOTENCY_KEY_REUSED.error()),
        Some((_, Some(answer))) => Ok(Some(answer)),
        _ => Err(IDEMPOTENCY_IN_PROGRESS.error().with("retry_after", 1)),
    }
}

fn expiry(wall: Time) -> Time {
    wall.plus_secs(KEPT_HOURS.saturating_mul(3_600))
}

async fn find(tx: &mut Tx<'_>, key: &Key) -> Result<Vec<(String, Option<Answer>)>> {
    let text = sql!(
        "select body_hash, status, headers, body from idempotency_keys
         where user_id = $1 and operation = $2 and key = $3",
        key.user_id,
        key.operation,
        key.key
    );
    tx.read(text, stored).await
}

fn stored(row: &Row<'_>) -> Result<(String, Option<Answer>)> {
    let status: Option<i64> = row.get("status")?;
    let headers: Option<Value> = row.get("headers")?;
    let body: Option<String> = row.get("body")?;
    let answer = status.map(|status| Answer {
        status,
        headers: headers.unwrap_or(Value::Null),
        body: body.unwrap_or_default(),
    });
    Ok((row.get("body_hash")?, answer))
}

/// Stores the answer beside the work.
pub async fn complete(tx: &mut Tx<'_>, key: &Key, answer: &Answer) -> Result<()> {
    if tx.is_in_batch() {
        let head = "insert into idempotency_keys (user_id, operation, key, body_hash, expires_at, status, headers, body)";
        let values = vec![
            key.user_id.to_raw(),
            key.operation.to_raw(),
            key.key.to_raw(),
            key.body_hash.to_raw(),
            expiry(tx.wall()).to_raw(),
            answer.status.to_raw(),
            Raw::Json(Some(answer.headers.clone())),
            answer.body.to_raw(),
        ];
        return add(tx, head, values.len(), values).await;
    }
    let args = vec![
        answer.status.to_raw(),
        Raw::Json(Some(answer.headers.clone())),
        answer.body.to_raw(),
        key.user_id.to_raw(),
        key.operation.to_raw(),
        key.key.to_raw(),
    ];
    let text = "update idempotency_keys set status = $1, headers = $2, body = $3
                where user_id = $4 and operation = $5 and key = $6";
    tx.exec(Sql::new(text, args)).await.map(|_| ())
}

/// Forgets keys whose time is over, five hundred at a time.
pub async fn forget(tx: &mut Tx<'_>, wall: Time) -> Result<u64> {
    tx.exec(sql!(
        "delete from idempotency_keys where (user_id, operation, key) in (
           select user_id, operation, key from idempotency_keys
           where expires_at <= $1 order by expires_at limit 500)",
        wall
    ))
    .await
}
