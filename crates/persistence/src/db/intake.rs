//! Intake on a server: one thread takes the waiting units of work, runs each in its own savepoint, commits them
//! together and answers each only after the commit.
//!
//! Counters and other rows everybody touches are written once for the whole batch, so registrations never queue on a
//! row, and fifty of them cost one commit (performance.md §0.3).

use std::pin::Pin;

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Result, Time};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::open::OpenError;
use super::tx::Ledger;

/// How many units share a commit.
const BATCH: usize = 64;
/// How many units may wait before callers are told to come back.
const QUEUE: usize = 10_000;

/// Called with whether the commit succeeded.
pub(super) type Answer = Box<dyn FnOnce(bool) + Send>;
/// What a unit leaves: its ledger if it is to be kept, and what to call after the commit.
pub(super) type Done = (Option<Ledger>, Answer);
/// A future that stays on the intake's thread.
pub(super) type Local<'c, T> = Pin<Box<dyn Future<Output = T> + 'c>>;
/// A unit of work on the intake's connection.
pub(super) type Work = Box<dyn for<'c> FnOnce(&'c mut PgConnection, Time) -> Local<'c, Done> + Send>;
/// Writes the ledgers of a whole batch.
pub(super) type Settle =
    Box<dyn for<'c> FnOnce(&'c mut PgConnection, Ledger) -> Local<'c, Result<()>> + Send>;

/// One waiting registration; the settlement of the last one in a batch writes what all of them leave.
pub(super) struct Unit {
    pub(super) work: Work,
    pub(super) settle: Settle,
}

pub(super) struct Intake {
    units: Sender<Unit>,
}

impl Intake {
    pub(super) fn start(
        options: PgConnectOptions,
        now: impl Fn() -> Time + Send + 'static,
    ) -> std::result::Result<Intake, OpenError> {
        let (units, waiting) = channel(QUEUE);
        let fault = |e: std::io::Error| OpenError::Server(e.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(fault)?;
        std::thread::Builder::new()
            .name("intake".to_owned())
            .spawn(move || runtime.block_on(run(options, waiting, now)))
            .map_err(fault)?;
        Ok(Intake { units })
    }

    /// How many units wait.
    pub(super) fn waiting(&self) -> usize {
        self.units.max_capacity().saturating_sub(self.units.capacity())
    }

    /// Hands a unit over; refused when ten thousand wait already.
    pub(super) fn submit(&self, unit: Unit) -> Result<()> {
        self.units
            .try_send(unit)
            .map_err(|_| UNAVAILABLE.error().with("retry_after", 1))
    }
}

async fn run(options: PgConnectOptions, mut waiting: Receiver<Unit>, now: impl Fn() -> Time) {
    let mut session: Option<PgConnection> = None;
    while let Some(first) = waiting.recv().await {
        let mut conn = match session.take() {
            Some(conn) => conn,
            None => match PgConnection::connect_with(&options).await {
                Ok(conn) => conn,
                Err(error) => {
                    // Dropping the unit tells its caller; the next one tries again.
                    tracing::warn!(%error, "The intake cannot reach the database");
                    continue;
                }
            },
        };
        match batch(&mut conn, first, &mut waiting, now()).await {
            Ok(()) => session = Some(conn),
            // A session in doubt is closed; the server rolls back what it had open.
            Err(error) => tracing::warn!(%error, "A batch of the intake failed"),
        }
    }
}

async fn batch(
    conn: &mut PgConnection,
    first: Unit,
    waiting: &mut Receiver<Unit>,
    now: Time,
) -> std::result::Result<(), sqlx::Error> {
    conn.execute("begin").await?;
    let mut answers: Vec<Answer> = Vec::new();
    let mut ledger = Ledger::default();
    let mut settle = None;
    let mut next = Some(first);
    while let Some(unit) = next {
        conn.execute("savepoint unit").await?;
        let (kept, answer) = (unit.work)(conn, now).await;
        settle = Some(unit.settle);
        match kept {
            Some(left) => {
                conn.execute("release savepoint unit").await?;
                ledger.absorb(left);
            }
            None => {
                conn.execute("rollback to savepoint unit; release savepoint unit")
                    .await?;
            }
        }
        answers.push(answer);
        next = if answers.len() < BATCH {
            waiting.try_recv().ok()
        } else {
            None
        };
    }
    let is_settled = match settle {
        Some(settle) => settle(conn, ledger).await.is_ok(),
        None => true,
    };
    let is_kept = is_settled && conn.execute("commit").await.is_ok();
    if !is_kept {
        conn.execute("rollback").await?;
    }
    for answer in answers {
        answer(is_kept);
    }
    Ok(())
}
