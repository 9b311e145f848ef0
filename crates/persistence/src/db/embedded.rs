//! The embedded engine: one writer thread with group commit, readers inline (W1, performance.md §0).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Result, Time};
use rusqlite::{Connection, OpenFlags};

use super::conn::Conn;
use super::memo::Memo;
use super::open::OpenError;
use super::registration::{Answer, Done, Left, Registration};

/// How many units of work share a commit.
const BATCH: usize = 64;
/// How many units of work may wait before callers are told to come back.
const QUEUE: usize = 10_000;
/// The first version without the WAL-reset corruption race (W3).
const SAFE_VERSION: i32 = 3_051_003;

/// A unit of work: runs inside its savepoint, says whether to keep it, and hands over what to call after the commit.
pub(super) type Unit = Box<dyn FnOnce(&Connection, Time) -> (bool, Answer) + Send>;

/// What waits for the writer.
pub(super) enum Waiting {
    Unit(Unit),
    Registration(Registration),
}

/// The writer's end of the queue.
struct Queue {
    units: Receiver<Waiting>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    /// The next unit, waited for; none when nobody can hand in more.
    fn wait(&self) -> Option<Waiting> {
        self.units.recv().ok().inspect(|_| self.leave())
    }

    /// The next unit, if one waits already.
    fn take(&self) -> Option<Waiting> {
        self.units.try_recv().ok().inspect(|_| self.leave())
    }

    fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) struct Embedded {
    path: PathBuf,
    writer: SyncSender<Waiting>,
    waiting: Arc<AtomicUsize>,
    readers: Mutex<Vec<Connection>>,
    /// Held for the life of the process: a second process is refused (F14).
    _lock: std::fs::File,
}

impl Embedded {
    pub(super) fn open(
        path: &Path,
        is_durable: bool,
        now: impl Fn() -> Time + Send + 'static,
    ) -> Result<Self, OpenError> {
        let version = rusqlite::version_number();
        if version < SAFE_VERSION {
            return Err(OpenError::UnsafeVersion(rusqlite::version().to_owned()));
        }
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| OpenError::File(path.to_owned(), e.to_string()))?;
        }
        let lock = lock_file(path)?;
        let fault = |e: rusqlite::Error| OpenError::File(path.to_owned(), e.to_string());
        // One thread uses it: the engine need not guard it.
        let conn = Connection::open_with_flags(path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(fault)?;
        prepare(&conn, 32_000).map_err(fault)?;
        conn.pragma_update(None, "journal_mode", "wal").map_err(fault)?;
        conn.pragma_update(None, "synchronous", if is_durable { "full" } else { "off" })
            .map_err(fault)?;
        conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)
            .map_err(fault)?;
        // Pages written in every commit reach the file once in a while, not after each four megabytes.
        conn.pragma_update(None, "wal_autocheckpoint", 8_000)
            .map_err(fault)?;
        let (writer, units) = sync_channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let queue = Queue {
            units,
            waiting: Arc::clone(&waiting),
        };
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write_loop(&conn, &queue, &now))
            .map_err(|e| OpenError::File(path.to_owned(), e.to_string()))?;
        Ok(Embedded {
            path: path.to_owned(),
            writer,
            waiting,
            readers: Mutex::default(),
            _lock: lock,
        })
    }

    /// Hands a unit to the writer; refused when ten thousand wait already.
    pub(super) fn submit(&self, unit: Waiting) -> Result<()> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.writer.try_send(unit).map_err(|e| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match e {
                TrySendError::Full(_) => UNAVAILABLE.error().with("retry_after", 1),
                TrySendError::Disconnected(_) => UNAVAILABLE.error(),
            }
        })
    }

    /// How many units wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Borrows a reading connection.
    pub(super) fn reader(&self) -> Result<Connection> {
        if let Some(conn) = self.readers.lock().ok().and_then(|mut idle| idle.pop()) {
            return Ok(conn);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.path, flags).and_then(|conn| {
            prepare(&conn, 8_000)?;
            Ok(conn)
        });
        opened.map_err(|e| {
            super::constraint::count_fault();
            tracing::error!(error = %e, "A reading connection cannot be opened");
            UNAVAILABLE.error()
        })
    }

    /// Gives a reading connection back.
    pub(super) fn give_back(&self, conn: Connection) {
        if let Ok(mut idle) = self.readers.lock()
            && idle.len() < 8
        {
            idle.push(conn);
        }
    }

    /// Opens a connection of its own for migrations, before anyone else works.
    pub(super) fn exclusive(path: &Path) -> Result<Connection, OpenError> {
        let fault = |e: rusqlite::Error| OpenError::File(path.to_owned(), e.to_string());
        let conn = Connection::open(path).map_err(fault)?;
        prepare(&conn, 8_000).map_err(fault)?;
        Ok(conn)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn lock_file(path: &Path) -> Result<std::fs::File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let fault = |e: std::io::Error| OpenError::File(path.to_owned(), e.to_string());
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(fault)?;
    file.try_lock().map_err(|_| OpenError::InUse(path.to_owned()))?;
    Ok(file)
}

fn prepare(conn: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(512);
    conn.busy_timeout(std::time::Duration::from_secs(2))?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "cache_size", cache_kib.saturating_neg())
}

fn write_loop(conn: &Connection, queue: &Queue, now: &impl Fn() -> Time) {
    while let Some(first) = queue.wait() {
        write_batch(conn, first, queue, now);
    }
}

/// One commit: every waiting unit in its own savepoint, registrations side by side in one; each is answered only after
/// the commit.
fn write_batch(conn: &Connection, first: Waiting, queue: &Queue, now: &impl Fn() -> Time) {
    let is_open = run(conn, "begin immediate");
    let instant = now();
    let mut answers: Vec<Answer> = Vec::new();
    let mut registrations = Vec::new();
    let mut next = Some(first);
    let mut count = 0_usize;
    while let Some(waiting) = next {
        count = count.saturating_add(1);
        match waiting {
            Waiting::Registration(registration) => registrations.push(registration),
            // A batch that cannot begin still answers everyone: a dropped unit's caller sees "unavailable".
            Waiting::Unit(_) if !is_open => {}
            Waiting::Unit(unit) => answers.extend(write_unit(conn, unit, instant)),
        }
        next = if count < BATCH { queue.take() } else { None };
    }
    if is_open {
        register(conn, registrations, instant, &mut answers);
    }
    let is_kept = is_open && run(conn, "commit");
    if is_open && !is_kept {
        run(conn, "rollback");
    }
    for answer in answers {
        answer(is_kept);
    }
}

fn write_unit(conn: &Connection, unit: Unit, now: Time) -> Option<Answer> {
    in_savepoint(conn, || {
        let outcome = catch_unwind(AssertUnwindSafe(|| unit(conn, now)));
        // A panicked unit has dropped its channel: its caller sees "internal", its neighbours go on.
        let (keep, answer) = outcome.ok().unzip();
        (keep == Some(true), answer)
    })
}

/// Runs something in a savepoint; whether it stays is for it to say.
fn in_savepoint<T>(conn: &Connection, run_it: impl FnOnce() -> (bool, Option<T>)) -> Option<T> {
    if !run(conn, "savepoint unit") {
        return None;
    }
    let (keep, answer) = run_it();
    if !keep {
        run(conn, "rollback to unit");
    }
    run(conn, "release unit");
    answer
}

/// Registrations of one batch: side by side if there are several, and by themselves those that were not kept so.
fn register(conn: &Connection, units: Vec<Registration>, now: Time, answers: &mut Vec<Answer>) {
    let alone = if units.len() > 1 {
        let mut rest = Vec::new();
        answers.extend(
            in_savepoint(conn, || together(conn, units, now, &mut rest))
                .into_iter()
                .flatten(),
        );
        rest
    } else {
        units
    };
    for unit in alone {
        answers.extend(in_savepoint(conn, || by_itself(conn, &unit, now)));
    }
}

/// Runs units side by side: whether what they leave was accepted, and whom to answer. The others go into `rest`.
fn together(
    conn: &Connection,
    units: Vec<Registration>,
    now: Time,
    rest: &mut Vec<Registration>,
) -> (bool, Option<Vec<Answer>>) {
    let memo = Memo::new(conn, units.len());
    let mut left = Left::default();
    let (mut kept, mut answers) = (Vec::new(), Vec::new());
    for unit in units {
        match complete((unit.work)(Conn::Memo(&memo), now)) {
            Some(Done::Kept(ledger, aside, answer)) => {
                left.add(ledger, aside);
                kept.push((unit, answer));
            }
            Some(Done::Refused(answer)) => answers.push(answer),
            Some(Done::Alone) | None => rest.push(unit),
        }
    }
    left.numbers = memo.left();
    let is_settled = match kept.last() {
        Some((unit, _)) => settled(conn, unit, left),
        None => true,
    };
    for (unit, answer) in kept {
        match is_settled {
            true => answers.push(answer),
            // Some row was refused by the schema: which one shows when each unit runs by itself.
            false => rest.push(unit),
        }
    }
    (is_settled, Some(answers))
}

fn by_itself(conn: &Connection, unit: &Registration, now: Time) -> (bool, Option<Answer>) {
    match complete((unit.work)(Conn::Embedded(conn), now)) {
        Some(Done::Kept(ledger, aside, answer)) => {
            let mut left = Left::default();
            left.add(ledger, aside);
            if settled(conn, unit, left) {
                (true, Some(answer))
            } else {
                (false, Some(Box::new(move |_| answer(false))))
            }
        }
        Some(Done::Refused(answer)) => (false, Some(answer)),
        Some(Done::Alone) | None => (false, None),
    }
}

fn settled(conn: &Connection, unit: &Registration, left: Left) -> bool {
    let settle = (unit.settle)(Conn::Embedded(conn), left);
    matches!(complete(settle), Some(Ok(())))
}

fn run(conn: &Connection, text: &str) -> bool {
    let done = conn
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute([]));
    if let Err(error) = &done {
        tracing::error!(%error, statement = text, "The writer could not run a control statement");
    }
    done.is_ok()
}

/// Polls a unit's future once: it never waits for anything but the engine, which answers inline (A25). Nothing if it
/// waited all the same.
pub(super) fn complete<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => {
            tracing::error!("A unit of work waited for something outside the database");
            None
        }
    }
}
