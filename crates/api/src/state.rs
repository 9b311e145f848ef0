//! What the whole process shares.

use std::sync::Arc;

use aftercare_domain::kernel::Clock;
use aftercare_persistence::Db;

use crate::clock::SandboxClock;
use crate::config::Config;
use crate::connections::Connections;
use crate::http::auth::{Passwords, Verifier};
use crate::http::limits::Limits;
use crate::http::refusals::Refusals;
use crate::http::upload::Room;
use crate::metrics::Metrics;
use crate::seal::Seal;

/// What the whole process shares; one per server.
pub struct State {
    /// The database, and with it the clock and the source of identifiers.
    pub db: Db,
    /// The configuration.
    pub config: Config,
    /// Who a token belongs to.
    pub verifier: Verifier,
    /// The gate every password passes.
    pub passwords: Passwords,
    /// Calls per caller.
    pub limits: Limits,
    /// Who is connected.
    pub connections: Arc<Connections>,
    /// What an operator watches.
    pub metrics: Metrics,
    /// Calls refused since the audit trail was last told.
    pub refusals: Refusals,
    /// Room for files on their way in.
    pub uploads: Room,
    /// Seals cursors.
    pub seal: Seal,
    /// The clock of a sandbox; none elsewhere.
    pub sandbox: Option<Arc<SandboxClock>>,
}

impl State {
    /// What a server with this database and configuration shares.
    pub fn new(db: Db, config: Config, clock: Arc<dyn Clock>, sandbox: Option<Arc<SandboxClock>>) -> State {
        let (known, anonymous) = if config.is_sandbox() || config.rate_limit_per_minute == 0 {
            (0, 0)
        } else {
            (config.rate_limit_per_minute, config.anonymous_limit_per_minute)
        };
        let limits = Limits::new(clock, known, anonymous);
        let seal = Seal::new(config.seal_secret.clone());
        State {
            db,
            verifier: Verifier::default(),
            passwords: Passwords::default(),
            limits,
            connections: Connections::new(config.max_connections_per_address),
            metrics: Metrics::default(),
            refusals: Refusals::default(),
            uploads: Room::default(),
            seal,
            config,
            sandbox,
        }
    }
}
