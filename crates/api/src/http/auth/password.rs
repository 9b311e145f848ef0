//! Password hashes: Argon2id with 19 MiB, two passes, one lane, one at a time (W11, S031, S043).
//!
//! Hashing is the dearest thing an anonymous caller can make us do. One runs at a time, a bounded number waits, the
//! rest is told to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may wait for their turn; at some 25 ms each the last one waits for a second and a half.
const MAY_WAIT: usize = 60;
/// A hash no password has: an unknown user costs what a known one costs.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbC1oZXJl$OMGZtC8tWcoLqKrWZhxL0NlJfG2yQ3Fm3bX0Jt2V9s8";

/// The one gate through which every password passes.
pub struct Passwords {
    gate: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Counts a waiting caller, also when he goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords {
            gate: Arc::new(Semaphore::new(1)),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Passwords {
    /// The hash of a password, in PHC form.
    ///
    /// Errors: `unavailable` when too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await
    }

    /// Whether a password is the one behind a hash; without a hash the same work is done for nothing.
    ///
    /// Errors: `unavailable` when too many wait.
    pub async fn is_right(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let known = hash.unwrap_or(NOBODY).to_owned();
        let is_known = hash.is_some();
        self.run(move || Ok(matches(&password, &known)? && is_known))
            .await
    }

    /// The hash of a password that is none of the remembered ones; none if it is one of them.
    ///
    /// Errors: `unavailable` when too many wait.
    pub async fn hash_unless(&self, password: &str, remembered: Vec<String>) -> Result<Option<String>> {
        let password = password.to_owned();
        self.run(move || {
            for known in &remembered {
                if matches(&password, known)? {
                    return Ok(None);
                }
            }
            hash(&password).map(Some)
        })
        .await
    }

    /// Runs work behind the gate, on a thread that may block; the place is given back when the work truly ends.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = self.enter().await?;
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        });
        done.await.unwrap_or_else(|_| Err(INTERNAL.error()))
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.gate).try_acquire_owned() {
            return Ok(permit);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _counted = Waiting(&self.waiting);
        if before >= MAY_WAIT {
            return Err(UNAVAILABLE.error().with("retry_after", 2));
        }
        Arc::clone(&self.gate)
            .acquire_owned()
            .await
            .map_err(|_| UNAVAILABLE.error())
    }
}

fn argon() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| INTERNAL.error())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String> {
    let hashed = argon()?.hash_password(password.as_bytes()).map_err(|e| {
        tracing::error!(error = %e, "A password could not be hashed");
        INTERNAL.error()
    })?;
    Ok(hashed.to_string())
}

fn matches(password: &str, known: &str) -> Result<bool> {
    use argon2::password_hash::Error;
    match argon()?.verify_password(password.as_bytes(), known) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(e) => {
            tracing::error!(error = %e, "A stored password hash cannot be used");
            Err(INTERNAL.error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only_and_every_byte_counts() {
        let passwords = Passwords::default();
        let long = format!("{}b", "密".repeat(40));
        let hash = passwords.hash(&long).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.is_right(&long, Some(&hash)).await.unwrap());
        assert!(
            !passwords
                .is_right(&format!("{}c", "密".repeat(40)), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.is_right(&long, None).await.unwrap());
        assert_eq!(passwords.hash_unless(&long, vec![hash]).await.unwrap(), None);
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_sent_away() {
        let passwords = Passwords::default();
        let held = passwords.enter().await.unwrap();
        passwords.waiting.store(MAY_WAIT, Ordering::Relaxed);
        assert_eq!(passwords.enter().await.unwrap_err().code, &UNAVAILABLE);
        passwords.waiting.store(0, Ordering::Relaxed);
        drop(held);
        assert!(passwords.enter().await.is_ok());
    }
}
