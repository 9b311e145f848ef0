//! What an API key is checked against: the hash of its secret, and what its row says now (C36, S044, S045).
//!
//! All times here are real time (A31).

use std::sync::Arc;

use aftercare_domain::api_keys::{ApiKeyId, USED_GRAIN_SECS};
use aftercare_domain::kernel::text::{Network, ScopeCode};
use aftercare_domain::kernel::{ActingKey, Actor, Result, Time};

use crate::db::{FromRow, Row, Tx, sql};
use crate::users::actor_of;

/// Who calls through a key, as it stands now.
#[derive(Clone)]
pub struct Holder {
    /// The key's user as one who acts through it.
    pub actor: Actor,
    /// The hash of the secret.
    pub secret_hash: String,
    /// Where it is taken from; empty for anywhere.
    pub networks: Vec<Network>,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// Whether it is not revoked and its user may act.
    pub is_good: bool,
    /// When it was last taken, as far as is known.
    pub last_used_at: Option<Time>,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Holder({})", self.actor.name)
    }
}

impl FromRow for Holder {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let scopes: Option<Vec<ScopeCode>> = row.get("scopes")?;
        let scopes = scopes.map(|scopes| scopes.iter().map(ToString::to_string).collect());
        let key = ActingKey {
            id: row.get::<ApiKeyId>("api_key_id")?.0,
            scopes,
        };
        let actor = Actor {
            key: Some(Arc::new(key)),
            ..actor_of(row)?
        };
        Ok(Holder {
            actor,
            secret_hash: row.get("secret_hash")?,
            networks: row.get("networks")?,
            expires_at: row.get("expires_at")?,
            is_good: row.get::<bool>("is_active")? && row.get::<Option<Time>>("revoked_at")?.is_none(),
            last_used_at: row.get("last_used_at")?,
        })
    }
}

/// Keeps the hash of a new key's secret.
pub async fn keep_secret(tx: &mut Tx<'_>, id: ApiKeyId, secret_hash: &str) -> Result<()> {
    tx.exec(sql!(
        "insert into api_key_secrets (api_key_id, secret_hash) values ($1, $2)",
        id,
        secret_hash.to_owned()
    ))
    .await
    .map(|_| ())
}

/// Who calls through a key now; none if there is no such key.
pub async fn holder(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<Holder>> {
    tx.maybe(sql!(
        "select s.api_key_id, s.secret_hash, k.scopes, k.networks, k.expires_at, k.revoked_at, k.last_used_at,
                u.id, u.username, u.roles, u.engineer_id, u.customer_id, u.outlet_id, u.is_active
         from api_keys k
         join api_key_secrets s on s.api_key_id = k.id
         join users u on u.id = k.user_id
         where k.id = $1",
        id
    ))
    .await
}

/// Whether the last use on record is old enough to be written anew.
pub fn is_use_due(last_used_at: Option<Time>, wall: Time) -> bool {
    last_used_at.is_none_or(|at| at.plus_secs(USED_GRAIN_SECS) <= wall)
}

/// Records that a key was taken, unless somebody did so lately.
pub async fn record_use(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<()> {
    let wall = tx.wall();
    tx.exec(sql!(
        "update api_keys set last_used_at = $1 where id = $2 and (last_used_at is null or last_used_at <= $3)",
        wall,
        id,
        wall.plus_secs(USED_GRAIN_SECS.saturating_neg())
    ))
    .await
    .map(|_| ())
}
