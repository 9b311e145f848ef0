//! Who a bearer token speaks for, remembered for seconds (A19, S026–S030).
//!
//! A signature is checked once per token; what it grants is read again every two seconds, so that a disabled user,
//! an ended session or a lost role takes effect within five on every replica. What this process changes itself
//! takes effect at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use aftercare_domain::auth::{SessionId, TOKEN_EXPIRED, UNAUTHENTICATED};
use aftercare_domain::kernel::{Actor, Result, Time};
use aftercare_domain::users::UserId;
use aftercare_persistence::platform::sessions;
use aftercare_persistence::{Db, Work};

use super::keys::Keys;
use super::secrets;
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
    /// In which session; none for whom this process trusts by itself.
    pub session_id: Option<SessionId>,
    /// Whether nothing but a new password is accepted.
    pub must_change_password: bool,
}

struct Remembered {
    claims: Claims,
    caller: Caller,
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
    /// Who a bearer token speaks for, also if he has to change his password first.
    ///
    /// Errors: `unauthenticated`, `token_expired`.
    pub async fn caller(&self, db: &Db, bearer: &str) -> Result<Caller> {
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
        let claims = match self.recall(&hash, wall)? {
            Recalled::Fresh(caller) => return Ok(caller),
            Recalled::Stale(claims) => claims,
            Recalled::Unknown => {
                let kid = tokens::key_name(bearer)?;
                let ring = self.keys.ring_for(db, &kid).await?;
                tokens::verify(&ring, &kid, bearer, wall)?
            }
        };
        let outcome = grant(db, &claims).await;
        let Ok(mut known) = self.known.lock() else {
            return outcome;
        };
        match &outcome {
            Ok(caller) => {
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                let (caller, read_at) = (caller.clone(), wall);
                known.insert(
                    hash,
                    Remembered {
                        claims,
                        caller,
                        read_at,
                    },
                );
            }
            // Neither a refusal nor a failed read leaves anything to believe.
            Err(_) => {
                known.remove(&hash);
            }
        }
        outcome
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
            known.retain(|_, it| it.claims.sub != user_id);
        }
    }

    fn recall(&self, hash: &[u8; 32], wall: Time) -> Result<Recalled> {
        let Ok(mut known) = self.known.lock() else {
            return Ok(Recalled::Unknown);
        };
        let Some(it) = known.get_mut(hash) else {
            return Ok(Recalled::Unknown);
        };
        if wall >= it.claims.good_until() {
            known.remove(hash);
            return Err(TOKEN_EXPIRED.error());
        }
        let age = wall.millis_since(it.read_at);
        if (0..BELIEVED_SECS.saturating_mul(1_000)).contains(&age) {
            return Ok(Recalled::Fresh(it.caller.clone()));
        }
        // One caller reads; those who come meanwhile still believe the old answer for at most as long again.
        it.read_at = wall;
        Ok(Recalled::Stale(it.claims.clone()))
    }
}

enum Recalled {
    Fresh(Caller),
    Stale(Claims),
    Unknown,
}

/// What a good token grants now.
async fn grant(db: &Db, claims: &Claims) -> Result<Caller> {
    let (user_id, session_id) = (claims.sub, claims.sid);
    let found = db
        .read(&Work::system("sign_in"), async move |tx| {
            sessions::identity(tx, user_id, session_id).await
        })
        .await?;
    match found {
        Some(identity) if identity.is_good && identity.token_epoch == claims.epoch => Ok(Caller {
            actor: Arc::new(identity.actor),
            session_id: Some(session_id),
            must_change_password: identity.must_change_password,
        }),
        _ => Err(UNAUTHENTICATED.error()),
    }
}
