//! Rate limits: a token bucket for each credential, and for each network address of whoever has none (C30, W11).

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Clock, Time};
use uuid::Uuid;

/// How many buckets are kept before full ones are thrown away.
const KEPT: usize = 10_000;

/// Whose calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A user who signed in.
    User(UserId),
    /// An API key.
    Key(Uuid),
    /// Whoever calls from an address without a credential, or with a wrong one.
    Address(IpAddr),
}

impl Credential {
    /// An IPv6 network of 64 bits is one subscriber's.
    fn folded(self) -> Credential {
        match self {
            Credential::Address(IpAddr::V6(address)) => {
                let network = Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX));
                Credential::Address(IpAddr::V6(network))
            }
            other => other,
        }
    }
}

/// What is left to a caller after this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Calls a minute.
    pub quota: i64,
    /// Calls left.
    pub left: i64,
    /// Seconds until all of them are there again.
    pub full_in: i64,
    /// Seconds to wait, if this call was one too many.
    pub wait: Option<i64>,
}

impl Standing {
    /// The policy, as `RateLimit-Policy` says it.
    pub fn policy(&self) -> String {
        format!("\"default\";q={};w=60", self.quota)
    }
}

/// What is left, as `RateLimit` says it.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"default\";r={};t={}", self.left, self.full_in)
    }
}

/// Buckets by credential; a limit of zero lets everything through.
pub struct Limits {
    clock: Arc<dyn Clock>,
    per_minute: i64,
    anonymous_per_minute: i64,
    buckets: Mutex<HashMap<Credential, (i64, Time)>>,
    refused: AtomicU64,
}

impl Limits {
    /// So many calls a minute for each credential, and for each address; 0 for no limit.
    pub fn new(clock: Arc<dyn Clock>, per_minute: i64, anonymous_per_minute: i64) -> Limits {
        Limits {
            clock,
            per_minute,
            anonymous_per_minute,
            buckets: Mutex::default(),
            refused: AtomicU64::new(0),
        }
    }

    /// How many calls were refused so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Takes one call from a bucket; nothing where there is no limit.
    pub fn take(&self, credential: Credential) -> Option<Standing> {
        let quota = match credential {
            Credential::Address(_) => self.anonymous_per_minute,
            Credential::User(_) | Credential::Key(_) => self.per_minute,
        };
        if quota <= 0 {
            return None;
        }
        let credential = credential.folded();
        let now = self.clock.wall();
        let mut buckets = self.buckets.lock().ok()?;
        // Thousandths of a call, so that a bucket refills smoothly.
        let full = quota.saturating_mul(1_000);
        let (level, at) = buckets.get(&credential).copied().unwrap_or((full, now));
        let refill = now.millis_since(at).max(0).saturating_mul(quota).div_euclid(60);
        let level = level.saturating_add(refill).min(full);
        let seconds = |thousandths: i64| -> i64 {
            let millis = thousandths
                .saturating_mul(60)
                .saturating_add(quota)
                .saturating_sub(1)
                .div_euclid(quota);
            millis.saturating_add(999).div_euclid(1_000)
        };
        let is_refused = level < 1_000;
        let level = if is_refused {
            level
        } else {
            level.saturating_sub(1_000)
        };
        buckets.insert(credential, (level, now));
        if buckets.len() > KEPT {
            buckets.retain(|_, (_, at)| now.millis_since(*at) < 60_000);
        }
        if is_refused {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        Some(Standing {
            quota,
            left: level.div_euclid(1_000),
            full_in: seconds(full.saturating_sub(level)),
            wait: is_refused.then(|| seconds(1_000_i64.saturating_sub(level)).max(1)),
        })
    }
}
