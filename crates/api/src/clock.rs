//! The one place that reads the machine's clock and draws identifiers (W8).

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use aftercare_domain::kernel::{Clock, IdSource, Result, Time};
use aftercare_persistence::Db;
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

/// The machine's time as it was at the start, going on at its own steady pace: it never jumps.
pub struct SteadyClock {
    began: Instant,
    began_at: Time,
}

impl SteadyClock {
    /// A clock that goes on from now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> SteadyClock {
        SteadyClock {
            began: Instant::now(),
            began_at: SystemClock.now(),
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Time {
        let gone = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.began_at.plus_millis(gone)
    }

    fn wall(&self) -> Time {
        self.now()
    }
}

/// The time of the database server, which all replicas share, told by a machine's clock and how far it is off (A31, W8).
///
/// Replicas whose own clocks differ agree on what is due. Where the database is a file of this machine, it is the
/// machine's own time.
pub struct SharedClock {
    machine: Arc<dyn Clock>,
    off_by: AtomicI64,
}

impl SharedClock {
    /// A clock that shows a machine's time until it is set.
    pub fn new(machine: Arc<dyn Clock>) -> SharedClock {
        SharedClock {
            machine,
            off_by: AtomicI64::new(0),
        }
    }

    /// Asks the database for its time and goes by it from here on.
    pub async fn set_by(&self, db: &Db) -> Result<()> {
        let asked = self.machine.now();
        let Some(told) = db.server_time().await? else {
            return Ok(());
        };
        // It was read about half-way between question and answer.
        let took = self.machine.now().millis_since(asked);
        let then = asked.plus_millis(took.div_euclid(2));
        self.off_by.store(told.millis_since(then), Ordering::Relaxed);
        Ok(())
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Time {
        self.machine
            .now()
            .plus_millis(self.off_by.load(Ordering::Relaxed))
    }

    fn wall(&self) -> Time {
        self.now()
    }
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Microseconds since then.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
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

    /// Where it stands; none while it runs.
    pub fn stands_at(&self) -> Option<Time> {
        self.stands_at.lock().ok().and_then(|at| *at)
    }

    /// Whether it stands.
    pub fn is_frozen(&self) -> bool {
        self.stands_at().is_some()
    }
}

impl Clock for SandboxClock {
    fn now(&self) -> Time {
        self.stands_at().unwrap_or_else(|| self.real.now())
    }

    fn wall(&self) -> Time {
        self.real.wall()
    }
}
