//! The one place that reads the machine's clock and draws identifiers (W8).

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aftercare_domain::kernel::{Clock, IdSource, Time};
use uuid::{ContextV7, Timestamp, Uuid};

/// Real time.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Time {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn wall(&self) -> Time {
        self.now()
    }
}

/// UUIDv7 with a counter, so that identifiers of one millisecond keep their order.
#[derive(Debug)]
pub struct RandomIds(Mutex<ContextV7>);

impl Default for RandomIds {
    fn default() -> RandomIds {
        RandomIds(Mutex::new(ContextV7::new()))
    }
}

impl IdSource for RandomIds {
    fn next(&self, now: Time) -> Uuid {
        let seconds = u64::try_from(now.millis().div_euclid(1_000)).unwrap_or_default();
        let nanos = u32::try_from(now.millis().rem_euclid(1_000))
            .unwrap_or_default()
            .saturating_mul(1_000_000);
        let timestamp = match self.0.lock() {
            Ok(context) => Timestamp::from_unix(&*context, seconds, nanos),
            Err(poisoned) => Timestamp::from_unix(&*poisoned.into_inner(), seconds, nanos),
        };
        Uuid::new_v7(timestamp)
    }
}

/// Business time that stands where a sandbox puts it; until then it runs with real time (A31).
pub struct SandboxClock {
    real: Arc<dyn Clock>,
    stands_at: Mutex<Option<Time>>,
}

impl SandboxClock {
    /// A clock that still runs with real time.
    pub fn new(real: Arc<dyn Clock>) -> SandboxClock {
        SandboxClock {
            real,
            stands_at: Mutex::new(None),
        }
    }

    /// Stands the clock at an instant.
    pub fn stand_at(&self, at: Time) {
        if let Ok(mut stands_at) = self.stands_at.lock() {
            *stands_at = Some(at);
        }
    }

    /// Whether it stands.
    pub fn is_frozen(&self) -> bool {
        self.stands_at.lock().is_ok_and(|at| at.is_some())
    }
}

impl Clock for SandboxClock {
    fn now(&self) -> Time {
        let stands_at = self.stands_at.lock().ok().and_then(|at| *at);
        stands_at.unwrap_or_else(|| self.real.now())
    }

    fn wall(&self) -> Time {
        self.real.wall()
    }
}
