//! Opening a database and running units of work on it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, Clock, Date, Ids, Result, Stamp, Time};
use uuid::Uuid;

use super::conn::Conn;
use super::embedded::Embedded;
use super::server::{Server, unreachable};
use super::{Tx, constraint, migrate};

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

/// How busy a process keeps its database.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    /// Units of work that wait for the writer, or registrations for the intake.
    pub waiting: usize,
    /// How often the database was at fault so far, not a caller.
    pub faults: u64,
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

pub(super) enum Engine {
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

    pub(super) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// A unit of work on a connection, on somebody's behalf, at an instant.
    pub(super) fn tx<'c>(&self, conn: Conn<'c>, work: &Work, now: Time) -> Tx<'c> {
        let stamp = Stamp {
            now,
            actor: Arc::clone(&work.actor),
            ids: Arc::clone(&self.0.ids),
        };
        let wall = self.0.clock.wall();
        Tx::new(conn, self.clone(), stamp, wall, work.trace_id.clone())
    }

    /// Runs reads; they see committed rows and change nothing.
    pub async fn read<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T>,
    {
        let now = self.0.clock.now();
        match &self.0.engine {
            Engine::Embedded(engine) => {
                let conn = engine.reader()?;
                let outcome = f(&mut self.tx(Conn::Embedded(&conn), work, now)).await;
                engine.give_back(conn);
                outcome
            }
            Engine::Server(engine) => f(&mut self.tx(Conn::Gathered(&engine.reads), work, now)).await,
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
        let mut tx = self.tx(Conn::Server(&mut conn), &Work::system("numbers"), now);
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

    /// The server's own time, which all replicas share; none where the database is a file of this machine (A31, W8).
    pub async fn server_time(&self) -> Result<Option<Time>> {
        if matches!(self.0.engine, Engine::Embedded(_)) {
            return Ok(None);
        }
        self.read(&Work::system("clock"), async |tx| {
            tx.scalar(super::sql!("select clock_timestamp() as value")).await
        })
        .await
        .map(Some)
    }

    /// How busy this process keeps the database.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            waiting: match &self.0.engine {
                Engine::Embedded(engine) => engine.waiting(),
                Engine::Server(engine) => engine.intake.waiting(),
            },
            faults: constraint::faults(),
        }
    }

    /// The schema as a data dictionary, equal on both engines.
    pub async fn describe(&self) -> Result<String> {
        match &self.0.engine {
            Engine::Embedded(engine) => migrate::describe_embedded(&engine.reader()?),
            Engine::Server(engine) => migrate::describe_server(engine.reads.pool()).await,
        }
    }
}
