//! The server engine: pools with bounded waits; writes run detached from the caller (W2).

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Error, Time};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};

use super::constraint;
use super::gather::Reader;
use super::intake::Intake;
use super::open::OpenError;

pub(super) struct Server {
    /// Reads outside any transaction: nothing to roll back, so nothing to pay on release.
    pub(super) reads: Reader,
    /// Units of work.
    pub(super) writes: PgPool,
    /// Short transactions of our own, such as number blocks; never waits behind a unit of work.
    pub(super) side: PgPool,
    /// Registrations, many to a commit.
    pub(super) intake: Intake,
    /// Numbers taken ahead, per series and date: next and end (A35).
    pub(super) blocks: Mutex<HashMap<(Series, Date), (i64, i64)>>,
}

impl Server {
    pub(super) async fn open(
        url: &str,
        pool: u32,
        now: impl Fn() -> Time + Send + 'static,
    ) -> Result<Self, OpenError> {
        let fault = |e: sqlx::Error| OpenError::Server(e.to_string());
        let options = PgConnectOptions::from_str(url)
            .map_err(fault)?
            .application_name("aftercare")
            .options([
                ("statement_timeout", "2000"),
                ("lock_timeout", "2000"),
                ("idle_in_transaction_session_timeout", "5000"),
                ("timezone", "UTC"),
            ])
            .disable_statement_logging();
        let base = || {
            PgPoolOptions::new()
                .acquire_timeout(Duration::from_secs(1))
                .test_before_acquire(false)
                .max_lifetime(Duration::from_secs(1_800))
        };
        let lazily = |pool: PgPoolOptions| pool.connect_lazy_with(options.clone());
        let reads = lazily(base().max_connections(pool));
        // Whatever state a session was left in, the next borrower starts clean (sqlx 0.9.0, reliability.md §0.1).
        let writes = lazily(base().max_connections(pool).after_release(|conn, _| {
            Box::pin(async move {
                conn.execute("rollback").await?;
                Ok(true)
            })
        }));
        let side = lazily(base().max_connections(1));
        drop(side.acquire().await.map_err(fault)?);
        let intake = Intake::start(options.clone(), now)?;
        Ok(Server {
            intake,
            reads: Reader::new(reads),
            writes,
            side,
            blocks: Mutex::default(),
        })
    }
}

pub(super) fn unreachable(error: &sqlx::Error) -> Error {
    constraint::count_fault();
    tracing::warn!(%error, "The database cannot be reached");
    UNAVAILABLE.error().with("retry_after", 1)
}
