//! Intake on a server: one thread takes the waiting units of work, runs them side by side in one transaction, commits
//! them together and answers each only after the commit.
//!
//! What they read is asked for all of them in one statement, what they lay aside is written in one statement for each
//! table. So registrations never queue on a row, and fifty of them cost a few round trips and one commit.

use std::future::poll_fn;
use std::task::Poll;

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Result, Time};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::conn::Conn;
use super::gather::Gather;
use super::open::OpenError;
use super::registration::{Answer, Done, Left, Registration};

/// How many units share a commit.
const BATCH: usize = 64;
/// How many units may wait before callers are told to come back.
const QUEUE: usize = 10_000;

pub(super) struct Intake {
    units: Sender<Registration>,
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
    pub(super) fn submit(&self, unit: Registration) -> Result<()> {
        self.units
            .try_send(unit)
            .map_err(|_| UNAVAILABLE.error().with("retry_after", 1))
    }
}

async fn run(options: PgConnectOptions, mut waiting: Receiver<Registration>, now: impl Fn() -> Time) {
    let mut session: Option<PgConnection> = None;
    while let Some(first) = waiting.recv().await {
        let mut units = vec![first];
        while units.len() < BATCH
            && let Ok(unit) = waiting.try_recv()
        {
            units.push(unit);
        }
        let mut conn = match session.take() {
            Some(conn) => conn,
            None => match PgConnection::connect_with(&options).await {
                Ok(conn) => conn,
                Err(error) => {
                    // Dropping the units tells their callers; the next ones try again.
                    tracing::warn!(%error, "The intake cannot reach the database");
                    continue;
                }
            },
        };
        match serve(&mut conn, units, &now).await {
            Ok(()) => session = Some(conn),
            // A session in doubt is closed; the server rolls back what it had open.
            Err(error) => tracing::warn!(%error, "A batch of the intake failed"),
        }
    }
}

async fn serve(
    conn: &mut PgConnection,
    units: Vec<Registration>,
    now: &impl Fn() -> Time,
) -> std::result::Result<(), sqlx::Error> {
    let rest = match units.len() {
        // Nobody to travel with.
        1 => units,
        _ => together(conn, units, now()).await?,
    };
    if rest.is_empty() {
        return Ok(());
    }
    one_by_one(conn, &rest, now()).await
}

/// Runs units side by side; answers with those that are left, to be run by themselves.
async fn together(
    conn: &mut PgConnection,
    units: Vec<Registration>,
    now: Time,
) -> std::result::Result<Vec<Registration>, sqlx::Error> {
    conn.execute("begin").await?;
    let mut ends: Vec<Option<Done>> = units.iter().map(|_| None).collect();
    if let Err(error) = run_all(conn, &units, now, &mut ends).await {
        tracing::warn!(%error, "A question of a batch failed; its units run one by one");
        conn.execute("rollback").await?;
        return Ok(units);
    }
    let mut batch = Left::default();
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for (unit, end) in units.into_iter().zip(ends) {
        match end {
            Some(Done::Kept(ledger, aside, answer)) => {
                batch.add(ledger, aside);
                kept.push((unit, answer));
            }
            Some(Done::Refused(answer)) => answer(true),
            Some(Done::Alone) | None => rest.push(unit),
        }
    }
    let is_settled = match kept.last() {
        Some((unit, _)) => (unit.settle)(Conn::Server(conn), batch).await.is_ok(),
        None => true,
    };
    if !is_settled {
        // Some row was refused by the schema: which one shows when each unit runs by itself.
        conn.execute("rollback").await?;
        rest.extend(kept.into_iter().map(|(unit, _)| unit));
        return Ok(rest);
    }
    let is_kept = conn.execute("commit").await.is_ok();
    if !is_kept {
        conn.execute("rollback").await?;
    }
    for (_, answer) in kept {
        answer(is_kept);
    }
    Ok(rest)
}

/// Lets every unit go on until it asks, carries what they ask, and so on until all have ended.
async fn run_all(
    conn: &mut PgConnection,
    units: &[Registration],
    now: Time,
    ends: &mut [Option<Done>],
) -> std::result::Result<(), sqlx::Error> {
    let desk = Gather::default();
    let mut running = FuturesUnordered::new();
    for (unit, end) in units.iter().zip(ends) {
        let work = (unit.work)(Conn::Gathered(&desk), now);
        running.push(async move { *end = Some(work.await) });
    }
    loop {
        let is_over = poll_fn(|context| match running.poll_next_unpin(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended.is_none())),
            Poll::Pending if desk.has_asks() => Poll::Ready(None),
            // Somebody waits for something else, such as a block of numbers.
            Poll::Pending => Poll::Pending,
        });
        match is_over.await {
            Some(true) => return Ok(()),
            Some(false) => {}
            None => {
                if let Some(group) = desk.next_group() {
                    group.carry(conn).await?;
                }
            }
        }
    }
}

/// Runs units one after another, each in a savepoint of its own, and commits them together.
async fn one_by_one(
    conn: &mut PgConnection,
    units: &[Registration],
    now: Time,
) -> std::result::Result<(), sqlx::Error> {
    conn.execute("begin").await?;
    let mut answers: Vec<Answer> = Vec::new();
    let mut batch = Left::default();
    for unit in units {
        conn.execute("savepoint unit").await?;
        match (unit.work)(Conn::Server(conn), now).await {
            Done::Kept(ledger, aside, answer) => {
                conn.execute("release savepoint unit").await?;
                batch.add(ledger, aside);
                answers.push(answer);
            }
            Done::Refused(answer) => {
                conn.execute("rollback to savepoint unit; release savepoint unit")
                    .await?;
                answers.push(answer);
            }
            Done::Alone => {}
        }
    }
    let is_settled = match units.last() {
        Some(unit) => (unit.settle)(Conn::Server(conn), batch).await.is_ok(),
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
