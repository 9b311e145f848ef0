//! The keys access tokens are signed with; replicas share them, one generation after the other (C36).

use aftercare_domain::kernel::{Result, Time};

use crate::db::{FromRow, Row, Tx, sql};

/// A key pair of one generation.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// 1, 2, 3 …
    pub generation: i64,
    /// What tokens name it by.
    pub kid: String,
    /// PKCS #8, base64url.
    pub private_key: String,
    /// The uncompressed point, base64url.
    pub public_key: String,
    /// When it was published (real time).
    pub created_at: Time,
    /// From when on it signs (real time).
    pub active_from: Time,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({} {})", self.generation, self.kid)
    }
}

impl FromRow for SigningKey {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(SigningKey {
            generation: row.get("generation")?,
            kid: row.get("kid")?,
            private_key: row.get("private_key")?,
            public_key: row.get("public_key")?,
            created_at: row.get("created_at")?,
            active_from: row.get("active_from")?,
        })
    }
}

/// Every key still known, oldest first.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<SigningKey>> {
    tx.all(sql!(
        "select generation, kid, private_key, public_key, created_at, active_from
         from signing_keys order by generation"
    ))
    .await
}

/// Keeps a key, unless another replica made its generation first.
pub async fn add(tx: &mut Tx<'_>, key: &SigningKey) -> Result<bool> {
    let added = tx
        .exec(sql!(
            "insert into signing_keys (generation, kid, private_key, public_key, created_at, active_from)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (generation) do nothing",
            key.generation,
            key.kid.clone(),
            key.private_key.clone(),
            key.public_key.clone(),
            key.created_at,
            key.active_from
        ))
        .await?;
    Ok(added == 1)
}

/// Forgets the keys before a generation.
pub async fn forget_before(tx: &mut Tx<'_>, generation: i64) -> Result<u64> {
    tx.exec(sql!("delete from signing_keys where generation < $1", generation))
        .await
}
