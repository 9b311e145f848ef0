//! Opening a database and running units of work on it.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;

use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, Clock, Date, Ids, Result, Stamp, Time};
use sqlx::Executor as _;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::embedded::{Answer, Embedded, complete};
use super::server::{Server, unreachable};
use super::{Tx, intake, migrate};

/// What a database is opened with.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections per replica on a server.
    pub pool: u32,
    /// Whether an acknowledged write survives power loss; only tests say no.
    pub is_durable: bool,
    /// The tenant's default zone.
    pub zone: chrono_tz::Tz,
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address has no known form.
    #[error("database_url: expected sqlite://PATH or postgres://…, got \"{0}\"")]
    Url(String),
    /// The bundled engine is too old to be safe (W3).
    #[error("the embedded engine {0} has the WAL-reset race; at least 3.51.3 is needed")]
    UnsafeVersion(String),
    /// Another process works on the file.
    #[error("{0}: another process has this database open")]
    InUse(PathBuf),
    /// The file cannot be opened.
    #[error("{0}: {1}")]
    File(PathBuf, String),
    /// The server cannot be reached.
    #[error("the database server cannot be reached: {0}")]
    Server(String),
    /// The schema was made by a newer release.
    #[error(
        "the database has the migration \"{0}\" that this release does not know; start the newer release"
    )]
    NewerSchema(String),
    /// A migration that ran has another text now.
    #[error("the migration \"{0}\" was changed after it ran")]
    ChangedMigration(String),
    /// A migration failed.
    #[error("migration \"{0}\": {1}")]
    Migration(String, String),
}

/// On whose behalf a unit of work runs.
#[derive(Clone, Debug)]
pub struct Work {
    /// Who acts.
    pub actor: Arc<Actor>,
    /// The trace it belongs to.
    pub trace_id: String,
}

impl Work {
    /// The system itself, for jobs.
    pub fn system(job: &str) -> Work {
        Work {
            actor: Arc::new(Actor::system()),
            trace_id: job.to_owned(),
        }
    }
}

/// A database; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    options: Options,
    clock: Arc<dyn Clock>,
    ids: Ids,
    replica: Uuid,
}

enum Engine {
    Embedded(Embedded),
    Server(Server),
}

impl Db {
    /// Opens the database and brings its schema up to date.
    pub async fn open(options: Options, clock: Arc<dyn Clock>, ids: Ids) -> Result<Db, OpenError> {
        let writer_clock = Arc::clone(&clock);
        let engine = match options.url.split_once("://") {
            Some(("sqlite", path)) => {
                let engine = Embedded::open(path.as_ref(), options.is_durable, move || writer_clock.now())?;
                let mut conn = Embedded::exclusive(engine.path())?;
                migrate::embedded(&mut conn)?;
                Engine::Embedded(engine)
            }
            Some(("postgres" | "postgresql", _)) => {
                let engine = Server::open(&options.url, options.pool, move || writer_clock.now()).await?;
                migrate::server(&engine.side).await?;
                Engine::Server(engine)
            }
            _ => return Err(OpenError::Url(options.url)),
        };
        let replica = match &engine {
            // One process at a time: whoever comes next may go on where this one stopped.
            Engine::Embedded(_) => Uuid::nil(),
            Engine::Server(_) => ids.next(clock.wall()),
        };
        Ok(Db(Arc::new(Inner {
            replica,
            engine,
            options,
            clock,
            ids,
        })))
    }

    /// What the database was opened with.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Which of the replicas on this database we are, as leases name it.
    pub fn replica(&self) -> Uuid {
        self.0.replica
    }

    /// The clock every unit of work reads.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    fn stamp(&self, work: &Work, now: Time) -> Stamp {
        Stamp {
            now,
            actor: Arc::clone(&work.actor),
            ids: Arc::clone(&self.0.ids),
        }
    }

    /// Runs reads; they see committed rows and change nothing.
    pub async fn read<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T>,
    {
        let stamp = self.stamp(work, self.0.clock.now());
        let wall = self.0.clock.wall();
        match &self.0.engine {
            Engine::Embedded(engine) => {
                let conn = engine.reader()?;
                let outcome = f(&mut Tx::embedded(
                    &conn,
                    self.clone(),
                    stamp,
                    wall,
                    work.trace_id.clone(),
                ))
                .await;
                engine.give_back(conn);
                outcome
            }
            Engine::Server(engine) => {
                let mut conn = engine.reads.acquire().await.map_err(|e| unreachable(&e))?;
                f(&mut Tx::server(
                    &mut conn,
                    self.clone(),
                    stamp,
                    wall,
                    work.trace_id.clone(),
                ))
                .await
            }
        }
    }

    /// Runs a unit of work to its end, whatever happens to the caller, and answers after the commit (W1, W2).
    pub async fn write<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let db = self.clone();
        let work = work.clone();
        match &self.0.engine {
            Engine::Embedded(engine) => engine.submit(Box::new(move |conn, now| {
                let wall = db.0.clock.wall();
                let stamp = db.stamp(&work, now);
                let mut tx = Tx::embedded(conn, db, stamp, wall, work.trace_id);
                let outcome = complete(async {
                    let value = f(&mut tx).await?;
                    tx.settle().await?;
                    Ok(value)
                });
                let keep = outcome.is_ok();
                let reply: Answer = Box::new(move |is_kept| {
                    // The caller may be gone; the work stands all the same.
                    let _ = sender.send(if keep && !is_kept {
                        Err(UNAVAILABLE.error())
                    } else {
                        outcome
                    });
                });
                (keep, reply)
            }))?,
            Engine::Server(_) => {
                tokio::task::spawn_local(async move {
                    let _ = sender.send(db.write_on_server(&work, f).await);
                });
            }
        }
        answer.await.unwrap_or_else(|_| Err(INTERNAL.error()))
    }

    /// Runs a registration: as [`Db::write`], but on a server many of them share one commit, so that they do not queue
    /// on the counters they all raise.
    pub async fn intake<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let Engine::Server(engine) = &self.0.engine else {
            return self.write(work, f).await;
        };
        let (sender, answer) = oneshot::channel();
        let (db, settler) = (self.clone(), self.clone());
        let work = work.clone();
        let unit: intake::Work = Box::new(move |conn, now| {
            Box::pin(async move {
                let wall = db.0.clock.wall();
                let stamp = db.stamp(&work, now);
                let mut tx = Tx::server(conn, db, stamp, wall, work.trace_id);
                let outcome = futures_catch(AssertUnwindSafe(f(&mut tx))).await;
                let outcome = outcome.unwrap_or_else(|| Err(INTERNAL.error()));
                let left = outcome.is_ok().then(|| tx.take_ledger());
                let is_ok = left.is_some();
                let reply: Answer = Box::new(move |is_kept| {
                    let _ = sender.send(if is_ok && !is_kept {
                        Err(UNAVAILABLE.error())
                    } else {
                        outcome
                    });
                });
                (left, reply)
            })
        });
        let settle: intake::Settle = Box::new(move |conn, ledger| {
            Box::pin(async move {
                let wall = settler.0.clock.wall();
                let stamp = settler.stamp(&Work::system("intake"), settler.0.clock.now());
                Tx::server(conn, settler, stamp, wall, String::new())
                    .keep_ledger(ledger)
                    .await
            })
        });
        engine.intake.submit(intake::Unit { work: unit, settle })?;
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.error()))
    }

    async fn write_on_server<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T>,
    {
        let Engine::Server(engine) = &self.0.engine else {
            return Err(INTERNAL.error());
        };
        let mut conn = engine.writes.acquire().await.map_err(|e| unreachable(&e))?;
        conn.execute("begin").await.map_err(|e| unreachable(&e))?;
        let stamp = self.stamp(work, self.0.clock.now());
        let mut tx = Tx::server(
            &mut conn,
            self.clone(),
            stamp,
            self.0.clock.wall(),
            work.trace_id.clone(),
        );
        let unit = AssertUnwindSafe(async {
            let value = f(&mut tx).await?;
            tx.settle().await?;
            Ok(value)
        });
        match futures_catch(unit).await {
            Some(Ok(value)) => {
                conn.execute("commit").await.map_err(|e| unreachable(&e))?;
                Ok(value)
            }
            Some(Err(refusal)) => {
                // If this fails the pool's own rollback or the closed session does the same.
                let _ = conn.execute("rollback").await;
                Err(refusal)
            }
            None => {
                let _ = conn.execute("rollback").await;
                Err(INTERNAL.error())
            }
        }
    }

    /// A number taken ahead on a server; `None` where numbers are taken inside the unit of work (A35).
    pub(super) async fn number_block(&self, series: Series, on: Date) -> Result<Option<i64>> {
        const AHEAD: i64 = 100;
        let Engine::Server(engine) = &self.0.engine else {
            return Ok(None);
        };
        let take = |blocks: &mut HashMap<(Series, Date), (i64, i64)>| {
            let (next, end) = blocks.get_mut(&(series, on))?;
            (*next < *end).then(|| {
                *next = next.saturating_add(1);
                next.saturating_sub(1)
            })
        };
        let taken = engine.blocks.lock().ok().and_then(|mut blocks| take(&mut blocks));
        if taken.is_some() {
            return Ok(taken);
        }
        let mut conn = engine.side.acquire().await.map_err(|e| unreachable(&e))?;
        // Someone else may have fetched a block while we waited for the connection.
        let taken = engine.blocks.lock().ok().and_then(|mut blocks| take(&mut blocks));
        if taken.is_some() {
            return Ok(taken);
        }
        let now = self.0.clock.now();
        let stamp = self.stamp(&Work::system("numbers"), now);
        let mut tx = Tx::server(&mut conn, self.clone(), stamp, now, String::new());
        let first = crate::platform::numbers::take(&mut tx, series, on, AHEAD).await?;
        if let Ok(mut blocks) = engine.blocks.lock() {
            blocks.retain(|(_, date), _| *date >= on.plus_days(-2));
            blocks.insert(
                (series, on),
                (first.saturating_add(1), first.saturating_add(AHEAD)),
            );
        }
        Ok(Some(first))
    }

    /// Gives up numbers taken ahead.
    pub(super) fn forget_numbers(&self) {
        if let Engine::Server(engine) = &self.0.engine
            && let Ok(mut blocks) = engine.blocks.lock()
        {
            blocks.clear();
        }
    }

    /// Whether the database answers; for readiness.
    pub async fn ping(&self) -> Result<()> {
        self.read(&Work::system("ready"), async |tx| {
            tx.scalar::<i64>(super::sql!("select count(*) as value from schema_migrations"))
                .await
                .map(|_| ())
        })
        .await
    }

    /// The schema as a data dictionary, equal on both engines.
    pub async fn describe(&self) -> Result<String> {
        match &self.0.engine {
            Engine::Embedded(engine) => migrate::describe_embedded(&engine.reader()?),
            Engine::Server(engine) => migrate::describe_server(&engine.reads).await,
        }
    }
}

/// The outcome of a future, or nothing if it panicked; the panic itself is logged by the hook.
async fn futures_catch<T>(future: AssertUnwindSafe<impl Future<Output = T>>) -> Option<T> {
    let mut future = Box::pin(future.0);
    std::future::poll_fn(move |context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(std::task::Poll::Ready(value)) => std::task::Poll::Ready(Some(value)),
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Err(_) => std::task::Poll::Ready(None),
        }
    })
    .await
}
