//! Rate limits: a token bucket for each caller (C30, W11).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Clock, Time};

/// Buckets by caller; a process-wide limit of zero lets everything through.
pub struct Limits {
    clock: Arc<dyn Clock>,
    per_minute: i64,
    buckets: Mutex<HashMap<UserId, (i64, Time)>>,
}

impl Limits {
    /// So many calls a minute for each caller; 0 for no limit.
    pub fn new(clock: Arc<dyn Clock>, per_minute: i64) -> Limits {
        Limits {
            clock,
            per_minute,
            buckets: Mutex::default(),
        }
    }

    /// Takes one call from the caller's bucket; else the seconds to wait.
    pub fn take(&self, actor: &Actor) -> Result<(), i64> {
        let Some(user_id) = actor.user_id.filter(|_| self.per_minute > 0) else {
            return Ok(());
        };
        let now = self.clock.wall();
        let Ok(mut buckets) = self.buckets.lock() else {
            return Ok(());
        };
        // Thousandths of a call, so that a bucket refills smoothly.
        let full = self.per_minute.saturating_mul(1_000);
        let (level, at) = buckets.get(&user_id).copied().unwrap_or((full, now));
        let refill = now
            .millis_since(at)
            .max(0)
            .saturating_mul(self.per_minute)
            .checked_div(60)
            .unwrap_or(0);
        let level = level.saturating_add(refill).min(full);
        if level < 1_000 {
            buckets.insert(user_id, (level, now));
            let missing = 1_000_i64.saturating_sub(level).saturating_mul(60);
            return Err(missing
                .checked_div(self.per_minute.saturating_mul(1_000))
                .unwrap_or(0)
                .saturating_add(1));
        }
        buckets.insert(user_id, (level.saturating_sub(1_000), now));
        if buckets.len() > 10_000 {
            buckets.retain(|_, (_, at)| now.millis_since(*at) < 60_000);
        }
        Ok(())
    }
}
