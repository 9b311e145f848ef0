//! Who acts, when, and where new identifiers come from: all a rule may know of the world.

use std::sync::Arc;

use super::{Actor, Ids, Time};

/// The circumstances of one unit of work; `now` is read once when it starts (A25).
#[derive(Clone)]
pub struct Stamp {
    /// The instant of the whole unit of work.
    pub now: Time,
    /// On whose behalf.
    pub actor: Arc<Actor>,
    /// Where new identifiers come from.
    pub ids: Ids,
}

impl Stamp {
    /// The same circumstances at another instant: a timer acts at its due instant.
    #[must_use]
    pub fn at(&self, now: Time) -> Stamp {
        Stamp { now, ..self.clone() }
    }

    /// The same circumstances on behalf of the system.
    #[must_use]
    pub fn as_system(&self) -> Stamp {
        Stamp {
            actor: Arc::new(Actor::system()),
            ..self.clone()
        }
    }
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stamp")
            .field("now", &self.now)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

/// A fixed stamp for unit tests: Monday 2026-11-23 09:00 in China, identifiers in sequence.
#[cfg(test)]
pub mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use uuid::Uuid;

    use super::*;
    use crate::kernel::IdSource;

    /// Identifiers 1, 2, 3 …
    #[derive(Default)]
    pub struct Sequence(AtomicU64);

    impl IdSource for Sequence {
        fn next(&self, _now: Time) -> Uuid {
            Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
        }
    }

    /// The demo instant, by the system.
    pub fn stamp() -> Stamp {
        let now = "2026-11-23T01:00:00.000Z".parse().unwrap();
        Stamp {
            now,
            actor: Arc::new(Actor::system()),
            ids: Arc::new(Sequence::default()),
        }
    }
}
