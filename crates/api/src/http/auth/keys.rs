//! Signing keys: ES256 pairs shared by all replicas, published a day before they sign (C36).
//!
//! Upkeep happens while reading: whoever finds the newest key old makes the next one. No scheduler can fail to start.

use std::sync::{Arc, RwLock};

use aftercare_domain::auth::ACCESS_SECS;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Error, Result, Time};
use aftercare_persistence::platform::signing_keys::{self, SigningKey};
use aftercare_persistence::{Db, Work};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::secrets;

/// How long a key signs before the next one is made, in days.
const SIGNS_DAYS: i64 = 30;
/// How long a key is published before it signs, in hours.
const PUBLISHED_HOURS: i64 = 24;
/// How long the ring is used before it is read again, in seconds.
const FRESH_SECS: i64 = 300;
/// How often an unknown key may make us read the ring, in seconds.
const PATIENCE_SECS: i64 = 5;

/// The public keys, as other systems verify our tokens with (RFC 7517).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct KeySet {
    /// Every key whose tokens may still live, or that will sign soon.
    #[schema(max_items = 16)]
    pub keys: Vec<PublicKey>,
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PublicKey {
    /// Always `EC`.
    #[schema(max_length = 8)]
    pub kty: &'static str,
    /// Always `P-256`.
    #[schema(max_length = 16)]
    pub crv: &'static str,
    /// Always `ES256`.
    #[schema(max_length = 16)]
    pub alg: &'static str,
    /// Always `sig`.
    #[schema(rename = "use", max_length = 8)]
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// What tokens name the key by.
    #[schema(max_length = 64)]
    pub kid: String,
    /// First coordinate, base64url.
    #[schema(max_length = 64)]
    pub x: String,
    /// Second coordinate, base64url.
    #[schema(max_length = 64)]
    pub y: String,
}

/// One key, ready to use.
pub struct Key {
    /// What tokens name it by.
    pub kid: String,
    /// Signs.
    pub private: EncodingKey,
    /// Verifies.
    pub public: DecodingKey,
    active_from: Time,
    shown: PublicKey,
}

/// The keys known at one instant, oldest first.
pub struct Ring {
    keys: Vec<Key>,
    read_at: Time,
}

impl Ring {
    /// The key of a name; only ever one of ours.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The key that signs now.
    pub fn signing(&self, wall: Time) -> Result<&Key> {
        self.keys
            .iter()
            .rev()
            .find(|key| key.active_from <= wall)
            .or(self.keys.first())
            .ok_or_else(|| INTERNAL.error())
    }

    /// The document at `/.well-known/jwks.json`.
    pub fn published(&self) -> KeySet {
        KeySet {
            keys: self.keys.iter().map(|key| key.shown.clone()).collect(),
        }
    }
}

/// The ring as this process last read it.
#[derive(Default)]
pub struct Keys {
    ring: RwLock<Option<Arc<Ring>>>,
}

impl Keys {
    /// The ring, read anew every few minutes.
    pub async fn ring(&self, db: &Db) -> Result<Arc<Ring>> {
        self.ring_within(db, FRESH_SECS).await
    }

    /// The ring for a token signed by a key: read anew if the key is unknown, but not for every made-up name.
    pub async fn ring_for(&self, db: &Db, kid: &str) -> Result<Arc<Ring>> {
        let ring = self.ring(db).await?;
        if ring.find(kid).is_some() {
            return Ok(ring);
        }
        self.ring_within(db, PATIENCE_SECS).await
    }

    async fn ring_within(&self, db: &Db, fresh_secs: i64) -> Result<Arc<Ring>> {
        let wall = db.clock().wall();
        let known = self.ring.read().ok().and_then(|ring| ring.clone());
        if let Some(ring) = known
            && (0..fresh_secs.saturating_mul(1_000)).contains(&wall.millis_since(ring.read_at))
        {
            return Ok(ring);
        }
        let ring = Arc::new(read(db, wall).await?);
        if let Ok(mut slot) = self.ring.write() {
            *slot = Some(Arc::clone(&ring));
        }
        Ok(ring)
    }
}

async fn read(db: &Db, wall: Time) -> Result<Ring> {
    let work = Work::system("signing_keys");
    let mut stored = db.read(&work, async |tx| signing_keys::all(tx).await).await?;
    if let Some(next) = next_key(&stored, wall)? {
        stored = db
            .write(&work, async move |tx| {
                signing_keys::add(tx, &next).await?;
                signing_keys::all(tx).await
            })
            .await?;
    }
    if let Some(generation) = first_needed(&stored, wall) {
        db.write(&work, async move |tx| {
            signing_keys::forget_before(tx, generation).await
        })
        .await?;
        stored.retain(|key| key.generation >= generation);
    }
    let keys = stored.iter().map(ready).collect::<Result<_>>()?;
    Ok(Ring { keys, read_at: wall })
}

/// The key to make now, if it is time: the first signs at once, a later one a day from now.
fn next_key(stored: &[SigningKey], wall: Time) -> Result<Option<SigningKey>> {
    match stored.last() {
        None => make(1, wall, wall).map(Some),
        Some(newest) if newest.active_from.plus_minutes(SIGNS_DAYS * 24 * 60) <= wall => {
            let active_from = wall.plus_minutes(PUBLISHED_HOURS * 60);
            make(newest.generation.saturating_add(1), wall, active_from).map(Some)
        }
        Some(_) => Ok(None),
    }
}

/// The oldest generation whose tokens may still live, if there are older ones.
fn first_needed(stored: &[SigningKey], wall: Time) -> Option<i64> {
    // Replicas notice a new key within minutes, so the old one may sign a little longer.
    let died = |key: &&SigningKey| key.active_from.plus_secs(ACCESS_SECS + 2 * FRESH_SECS) <= wall;
    let needed = stored.iter().rev().find(died)?.generation;
    (stored.first()?.generation < needed).then_some(needed)
}

fn make(generation: i64, created_at: Time, active_from: Time) -> Result<SigningKey> {
    let fault = |_| INTERNAL.error();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(fault)?;
    let private = pair.to_pkcs8v1().map_err(fault)?;
    let public = pair.public_key().as_ref();
    let kid = secrets::digest(&secrets::encode(public))
        .chars()
        .take(16)
        .collect();
    Ok(SigningKey {
        generation,
        kid,
        private_key: secrets::encode(private.as_ref()),
        public_key: secrets::encode(public),
        created_at,
        active_from,
    })
}

fn ready(stored: &SigningKey) -> Result<Key> {
    let broken = || -> Error {
        tracing::error!(kid = stored.kid, "A stored signing key cannot be used");
        INTERNAL.error()
    };
    let private = secrets::decode(&stored.private_key).ok_or_else(broken)?;
    let point = secrets::decode(&stored.public_key).ok_or_else(broken)?;
    // An uncompressed point: 4, then two coordinates of 32 bytes.
    let (x, y) = match point.split_first() {
        Some((4, rest)) if rest.len() == 64 => rest.split_at(32),
        _ => return Err(broken()),
    };
    let (x, y) = (secrets::encode(x), secrets::encode(y));
    Ok(Key {
        kid: stored.kid.clone(),
        private: EncodingKey::from_ec_der(&private),
        public: DecodingKey::from_ec_components(&x, &y).map_err(|_| broken())?,
        active_from: stored.active_from,
        shown: PublicKey {
            kty: "EC",
            crv: "P-256",
            alg: "ES256",
            usage: "sig",
            kid: stored.kid.clone(),
            x,
            y,
        },
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ring of one key made at an instant.
    pub fn ring(wall: Time) -> Ring {
        Ring {
            keys: vec![ready(&make(1, wall, wall).unwrap()).unwrap()],
            read_at: wall,
        }
    }

    #[test]
    fn a_key_is_published_a_day_before_it_signs_and_kept_until_its_last_token_died() {
        let start = Time::from_millis(1_700_000_000_000);
        let days = |n: i64| start.plus_minutes(n * 24 * 60);
        let first = next_key(&[], start).unwrap().unwrap();
        assert_eq!(next_key(std::slice::from_ref(&first), days(29)).unwrap(), None);
        let second = next_key(std::slice::from_ref(&first), days(30)).unwrap().unwrap();
        assert_eq!((second.generation, second.active_from), (2, days(31)));
        let both = [first, second];
        let ring = Ring {
            keys: both.iter().map(|key| ready(key).unwrap()).collect(),
            read_at: start,
        };
        assert_eq!(ring.published().keys.len(), 2);
        assert_eq!(ring.signing(days(30)).unwrap().kid, both[0].kid);
        assert_eq!(ring.signing(days(31)).unwrap().kid, both[1].kid);
        assert_eq!(first_needed(&both, days(31)), None);
        assert_eq!(first_needed(&both, days(32)), Some(2));
    }
}
