//! Who a bearer token or an API key speaks for, remembered for seconds (A19, S026–S030, S044, S045).
//!
//! A signature is checked once per token; what it grants is read again every two seconds, so that a disabled user,
//! an ended session or a lost role takes effect within five on every replica. What this process changes itself
//! takes effect at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, RwLock};

use aftercare_domain::api_keys::ApiKeyId;
use aftercare_domain::auth::{SessionId, TOKEN_EXPIRED, UNAUTHENTICATED};
use aftercare_domain::kernel::text::Network;
use aftercare_domain::kernel::{Actor, Result, Time};
use aftercare_domain::users::UserId;
use aftercare_persistence::platform::{api_keys, sessions};
use aftercare_persistence::{Db, Work};

use super::keys::Keys;
use super::secrets::{self, is_same};
use super::tokens::{self, Claims};

/// How long what a token grants is believed, in seconds.
const BELIEVED_SECS: i64 = 2;
/// How many tokens are remembered; beyond that all are forgotten.
const REMEMBERED: usize = 20_000;

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As one who acts.
    pub actor: Arc<Actor>,
    /// In which session; none for an API key and for whom this process trusts by itself.
    pub session_id: Option<SessionId>,
    /// Whether nothing but a new password is accepted.
    pub must_change_password: bool,
}

/// What a bearer proves by itself, before any row is read.
#[derive(Clone)]
enum Proof {
    /// A token with a good signature.
    Token(Claims),
    /// An API key's name and the hash of the secret that came with it.
    Key(ApiKeyId, String),
}

/// What a bearer grants, and how far.
#[derive(Clone)]
struct Granted {
    caller: Caller,
    /// Where from; empty for anywhere.
    networks: Arc<[Network]>,
    /// Until when, if it ends by itself.
    ends_at: Option<Time>,
}

impl Granted {
    /// The caller, if he calls in time and from where he may.
    fn caller(self, wall: Time, address: Option<IpAddr>) -> Result<Caller> {
        let is_near = self.networks.is_empty()
            || address.is_some_and(|address| self.networks.iter().any(|network| network.holds(address)));
        if is_near && self.ends_at.is_none_or(|at| wall < at) {
            return Ok(self.caller);
        }
        Err(UNAUTHENTICATED.error())
    }
}

struct Remembered {
    proof: Proof,
    granted: Granted,
    read_at: Time,
}

/// Checks bearer tokens.
#[derive(Default)]
pub struct Verifier {
    /// The keys tokens are signed with.
    pub keys: Keys,
    known: Mutex<HashMap<[u8; 32], Remembered>>,
    trusted: RwLock<HashMap<String, Arc<Actor>>>,
}

impl Verifier {
    /// Who a bearer token or an API key speaks for, also if he has to change his password first.
    ///
    /// Errors: `unauthenticated`, `token_expired`.
    pub async fn caller(&self, db: &Db, bearer: &str, address: Option<IpAddr>) -> Result<Caller> {
        if let Some(actor) = self
            .trusted
            .read()
            .ok()
            .and_then(|known| known.get(bearer).cloned())
        {
            return Ok(Caller {
                actor,
                session_id: None,
                must_change_password: false,
            });
        }
        let wall = db.clock().wall();
        let hash = secrets::sha256(bearer);
        let proof = match self.recall(&hash, wall)? {
            Recalled::Fresh(granted) => return granted.caller(wall, address),
            Recalled::Stale(proof) => proof,
            Recalled::Unknown => self.prove(db, bearer, wall).await?,
        };
        let outcome = match &proof {
            Proof::Token(claims) => by_token(db, claims).await,
            Proof::Key(id, secret_hash) => by_key(db, *id, secret_hash).await,
        };
        if let Ok(mut known) = self.known.lock() {
            match &outcome {
                Ok(granted) => {
                    if known.len() >= REMEMBERED {
                        known.clear();
                    }
                    let (granted, read_at) = (granted.clone(), wall);
                    known.insert(
                        hash,
                        Remembered {
                            proof,
                            granted,
                            read_at,
                        },
                    );
                }
                // Neither a refusal nor a failed read leaves anything to believe.
                Err(_) => {
                    known.remove(&hash);
                }
            }
        }
        outcome?.caller(wall, address)
    }

    async fn prove(&self, db: &Db, bearer: &str, wall: Time) -> Result<Proof> {
        if let Some((id, secret)) = key_parts(bearer) {
            return Ok(Proof::Key(id, secrets::digest(secret)));
        }
        let kid = tokens::key_name(bearer)?;
        let ring = self.keys.ring_for(db, &kid).await?;
        tokens::verify(&ring, &kid, bearer, wall).map(Proof::Token)
    }

    /// Takes a text for an actor's token as long as this process lives; for callers inside it, such as tests.
    pub fn trust(&self, bearer: &str, actor: Actor) {
        if let Ok(mut trusted) = self.trusted.write() {
            trusted.insert(bearer.to_owned(), Arc::new(actor));
        }
    }

    /// Forgets what is remembered of a user, because it was just changed here.
    pub fn forget(&self, user_id: UserId) {
        if let Ok(mut known) = self.known.lock() {
            known.retain(|_, it| it.granted.caller.actor.user_id != Some(user_id));
        }
    }

    /// Forgets what is remembered of an API key, because it was just changed here.
    pub fn forget_key(&self, id: ApiKeyId) {
        if let Ok(mut known) = self.known.lock() {
            known.retain(|_, it| !matches!(it.proof, Proof::Key(known, _) if known == id));
        }
    }

    fn recall(&self, hash: &[u8; 32], wall: Time) -> Result<Recalled> {
        let Ok(mut known) = self.known.lock() else {
            return Ok(Recalled::Unknown);
        };
        let Some(it) = known.get_mut(hash) else {
            return Ok(Recalled::Unknown);
        };
        if let Proof::Token(claims) = &it.proof
            && wall >= claims.good_until()
        {
            known.remove(hash);
            return Err(TOKEN_EXPIRED.error());
        }
        let age = wall.millis_since(it.read_at);
        if (0..BELIEVED_SECS.saturating_mul(1_000)).contains(&age) {
            return Ok(Recalled::Fresh(it.granted.clone()));
        }
        // One caller reads; those who come meanwhile still believe the old answer for at most as long again.
        it.read_at = wall;
        Ok(Recalled::Stale(it.proof.clone()))
    }
}

enum Recalled {
    Fresh(Granted),
    Stale(Proof),
    Unknown,
}

/// What every API key begins with.
pub const KEY_PREFIX: &str = "ask_";
/// The longest text that can be a key of ours.
const MAX_KEY: usize = 128;

/// The name and the secret of what looks like an API key: `ask_<id>_<secret>`.
fn key_parts(bearer: &str) -> Option<(ApiKeyId, &str)> {
    let (id, secret) = bearer.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    let is_ours = bearer.len() <= MAX_KEY && id.len() == 36;
    Some((id.parse().ok().filter(|_| is_ours)?, secret))
}

/// What a good token grants now.
async fn by_token(db: &Db, claims: &Claims) -> Result<Granted> {
    let (user_id, session_id) = (claims.sub, claims.sid);
    let found = db
        .read(&Work::system("sign_in"), async move |tx| {
            sessions::identity(tx, user_id, session_id).await
        })
        .await?;
    match found {
        Some(identity) if identity.is_good && identity.token_epoch == claims.epoch => Ok(Granted {
            caller: Caller {
                actor: Arc::new(identity.actor),
                session_id: Some(session_id),
                must_change_password: identity.must_change_password,
            },
            networks: Arc::default(),
            ends_at: None,
        }),
        _ => Err(UNAUTHENTICATED.error()),
    }
}

/// What an API key grants now, if the secret is its own.
async fn by_key(db: &Db, id: ApiKeyId, secret_hash: &str) -> Result<Granted> {
    let work = Work::system("api_key");
    let found = db
        .read(&work, async move |tx| api_keys::holder(tx, id).await)
        .await?;
    let holder = found
        .filter(|holder| is_same(&holder.secret_hash, secret_hash) && holder.is_good)
        .ok_or_else(|| UNAUTHENTICATED.error())?;
    if api_keys::is_use_due(holder.last_used_at, db.clock().wall()) {
        let recorded = db.write(&work, async move |tx| api_keys::record_use(tx, id).await);
        if let Err(error) = recorded.await {
            tracing::warn!(%error, "The use of an API key could not be recorded; the next one tries again");
        }
    }
    Ok(Granted {
        caller: Caller {
            actor: Arc::new(holder.actor),
            session_id: None,
            // A machine changes no password; its key is what it signs in with.
            must_change_password: false,
        },
        networks: holder.networks.into(),
        ends_at: holder.expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_form_we_hand_out_is_a_key() {
        let id = "0192f0a0-3333-7abc-8def-000000000003";
        let key = format!("ask_{id}_a_b-c");
        let (found, secret) = key_parts(&key).unwrap();
        assert_eq!((found.to_string().as_str(), secret), (id, "a_b-c"));
        let plain = id.replace('-', "");
        for other in [
            format!("ask_{plain}_secret"),
            format!("ASK_{id}_secret"),
            format!("ask_{id}"),
            format!("ask_{{{id}}}_secret"),
            format!("ask_{id}_{}", "s".repeat(200)),
        ] {
            assert!(key_parts(&other).is_none(), "{other}");
        }
    }
}
