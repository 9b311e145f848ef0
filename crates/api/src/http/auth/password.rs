//! Password hashes: Argon2id with 19 MiB, two passes, one lane, one at a time (W11, S031, S043).
//!
//! Hashing is the dearest thing an anonymous caller can make us do. One runs at a time, a bounded number waits, the
//! rest is told to come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many may wait for their turn; at some 25 ms each the last one waits for a second.
const MAY_WAIT: usize = 32;
/// A hash no password has: an unknown user costs what a known one costs.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbC1oZXJl$OMGZtC8tWcoLqKrWZhxL0NlJfG2yQ3Fm3bX0Jt2V9s8";

/// The one gate through which every password passes, and the one thread that hashes.
///
/// One thread, not whichever is free: each thread that hashed would keep 19 MiB of its own.
pub struct Passwords {
    gate: Arc<Semaphore>,
    waiting: AtomicUsize,
    hand: Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Counts a waiting caller, also when he goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let (hand, jobs) = channel();
        let hasher = std::thread::Builder::new().name("passwords".to_owned());
        // Without the thread every job is refused as "unavailable".
        if let Err(error) = hasher.spawn(move || work_off(&jobs)) {
            tracing::error!(%error, "The thread for passwords cannot be started");
        }
        Passwords {
            gate: Arc::new(Semaphore::new(1)),
            waiting: AtomicUsize::new(0),
            hand,
        }
    }
}

/// Does one job after the other until nobody can hand in more.
fn work_off(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        // A job that panics has dropped its channel: its caller sees "internal", the next one is done.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// What came of a change of password.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// The password so far was not right.
    Wrong,
    /// The new one is one of the remembered ones.
    Reused,
    /// The hash of the new one.
    Hashed(String),
}

/// A place behind the gate: the right to one piece of work.
pub struct Turn {
    permit: OwnedSemaphorePermit,
    hand: Sender<Job>,
}

impl Passwords {
    /// Waits for a place behind the gate.
    ///
    /// Errors: `unavailable` when too many wait.
    pub async fn turn(&self) -> Result<Turn> {
        let turn = |permit| Turn {
            permit,
            hand: self.hand.clone(),
        };
        if let Ok(permit) = Arc::clone(&self.gate).try_acquire_owned() {
            return Ok(turn(permit));
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _counted = Waiting(&self.waiting);
        if before >= MAY_WAIT {
            return Err(UNAVAILABLE.error().with("retry_after", 2));
        }
        let permit = Arc::clone(&self.gate).acquire_owned().await;
        permit.map(turn).map_err(|_| UNAVAILABLE.error())
    }
}

impl Turn {
    /// The hash of a password, in PHC form.
    pub async fn hash(self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await
    }

    /// Whether a password is the one behind a hash; without a hash the same work is done for nothing.
    pub async fn is_right(self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let known = hash.unwrap_or(NOBODY).to_owned();
        let is_known = hash.is_some();
        self.run(move || Ok(matches(&password, &known)? && is_known))
            .await
    }

    /// The hash of a new password, if the one so far is right (where it is asked for) and the new one is fresh.
    pub async fn change(
        self,
        current: Option<(String, String)>,
        new: &str,
        remembered: Vec<String>,
    ) -> Result<Change> {
        let new = new.to_owned();
        self.run(move || {
            if let Some((password, known)) = &current
                && !matches(password, known)?
            {
                return Ok(Change::Wrong);
            }
            for known in &remembered {
                if matches(&new, known)? {
                    return Ok(Change::Reused);
                }
            }
            hash(&new).map(Change::Hashed)
        })
        .await
    }

    /// Runs work on the thread for it; the place is given back when the work truly ends, whoever still waits.
    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let Turn { permit, hand } = self;
        let (sender, outcome) = oneshot::channel();
        let job: Job = Box::new(move || {
            let done = work();
            drop(permit);
            // The caller may be gone.
            let _ = sender.send(done);
        });
        hand.send(job).map_err(|_| UNAVAILABLE.error())?;
        outcome.await.unwrap_or_else(|_| Err(INTERNAL.error()))
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
        let is_right = async |password: &str, hash: Option<&str>| {
            let turn = passwords.turn().await.unwrap();
            turn.is_right(password, hash).await.unwrap()
        };
        let long = format!("{}b", "密".repeat(40));
        let hash = passwords.turn().await.unwrap().hash(&long).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(is_right(&long, Some(&hash)).await);
        assert!(!is_right(&format!("{}c", "密".repeat(40)), Some(&hash)).await);
        assert!(!is_right(&long, None).await);
        let current = Some(("wrong".to_owned(), hash.clone()));
        let change = passwords.turn().await.unwrap().change(current, "x", vec![]).await;
        assert!(change.unwrap() == Change::Wrong);
        let change = passwords
            .turn()
            .await
            .unwrap()
            .change(None, &long, vec![hash])
            .await;
        assert!(change.unwrap() == Change::Reused);
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_sent_away() {
        let passwords = Passwords::default();
        let held = passwords.turn().await.unwrap();
        passwords.waiting.store(MAY_WAIT, Ordering::Relaxed);
        let refusal = passwords.turn().await.map(|_| ()).unwrap_err();
        assert_eq!(refusal.code, &UNAVAILABLE);
        passwords.waiting.store(0, Ordering::Relaxed);
        drop(held);
        assert!(passwords.turn().await.is_ok());
    }
}
