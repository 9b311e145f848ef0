//! The unit of work: reads, writes and what leaves with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aftercare_domain::kernel::error::{INTERNAL, NOT_FOUND, UNAVAILABLE};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, Date, Error, Event, Raw, Result, Stamp, Time};
use aftercare_domain::notifications::Notification;
use aftercare_domain::requests::figures::FigureChanges;
use aftercare_domain::requests::{CounterChange, CounterField, CounterScope};
use serde_json::Value;
use uuid::Uuid;

use super::conn::Conn;
use super::memo::Memo;
use super::open::Work;
use super::rows::Aside;
use super::{Db, Record, Row, Sql, insert_all};

/// A value read from a row.
pub trait FromRow: Sized {
    /// Reads the value; columns by name.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// A unit of work: its circumstances, its connection, and what it will leave in audit and outbox.
pub struct Tx<'c> {
    conn: Conn<'c>,
    db: Db,
    stamp: Stamp,
    wall: Time,
    trace_id: String,
    takes_numbers: bool,
    pub(super) loaded: Vec<(&'static str, Uuid, Vec<Raw>)>,
    written: Vec<Written>,
    pub(super) ledger: Ledger,
    /// Where rows are laid aside, while units of a batch run side by side.
    aside: Option<Aside>,
}

/// What one unit of work leaves besides its rows; written together when the unit ends (W1).
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) audits: Vec<AuditLine>,
    pub(crate) events: Vec<EventLine>,
    pub(crate) counts: BTreeMap<(&'static str, Uuid, Option<Uuid>), Counts>,
    pub(crate) figures: FigureChanges,
    pub(crate) notifications: Vec<Notification>,
}

impl Ledger {
    /// Takes in what another unit of the same batch leaves.
    pub(super) fn absorb(&mut self, other: Ledger) {
        self.audits.extend(other.audits);
        self.events.extend(other.events);
        self.notifications.extend(other.notifications);
        self.add_figures(other.figures);
        for (key, add) in other.counts {
            let counts = self.counts.entry(key).or_default();
            counts.occurrences = counts.occurrences.saturating_add(add.occurrences);
            counts.reclassified_out = counts.reclassified_out.saturating_add(add.reclassified_out);
            counts.cancelled = counts.cancelled.saturating_add(add.cancelled);
        }
    }

    fn add_figures(&mut self, changes: FigureChanges) {
        for (key, by) in changes {
            let sum = self.figures.entry(key).or_default();
            *sum = sum.saturating_add(by);
        }
    }
}

/// Increments of one counter.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) occurrences: i64,
    pub(crate) reclassified_out: i64,
    pub(crate) cancelled: i64,
}

/// One audited change.
pub(crate) struct AuditLine {
    pub(crate) at: Time,
    pub(crate) actor: Arc<Actor>,
    pub(crate) trace_id: String,
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) resource_id: Uuid,
    pub(crate) diff: Value,
}

/// One event, with what is known of the record it happened to.
pub(crate) struct EventLine {
    pub(crate) actor: Option<UserId>,
    pub(crate) event: Event,
    pub(crate) version: Option<i64>,
    pub(crate) changed: Vec<&'static str>,
}

/// What a unit wrote of one record, and whether it was told.
pub(super) struct Written {
    pub(super) resource: &'static str,
    pub(super) id: Uuid,
    pub(super) version: Option<i64>,
    pub(super) changed: Vec<&'static str>,
    /// The codes it stands under, if not under its identifier.
    pub(super) key: Vec<Value>,
    /// The plain event that tells it, until another has.
    pub(super) plain: Option<&'static str>,
    pub(super) at: Time,
    pub(super) actor: Option<UserId>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: Conn<'c>, db: Db, stamp: Stamp, wall: Time, trace_id: String) -> Self {
        Tx {
            conn,
            db,
            stamp,
            wall,
            trace_id,
            takes_numbers: false,
            loaded: Vec::new(),
            written: Vec::new(),
            ledger: Ledger::default(),
            aside: None,
        }
    }

    /// The same, among the units of a batch: it reads and adds rows; whatever else it wants makes it run alone.
    pub(super) fn in_batch(self) -> Self {
        Tx {
            aside: Some(Aside::default()),
            ..self
        }
    }

    /// Where rows are laid aside, if they are.
    pub(super) fn aside(&mut self) -> Option<&mut Aside> {
        self.aside.as_mut()
    }

    /// What was laid aside.
    pub(super) fn take_aside(&mut self) -> Aside {
        self.aside.take().unwrap_or_default()
    }

    /// Whether rows are laid aside and written with those of other units.
    pub(crate) fn is_in_batch(&self) -> bool {
        self.aside.is_some()
    }

    /// The unit needs the connection for itself; it runs again, alone.
    pub(crate) fn step_out(&mut self) -> Error {
        if let Some(aside) = &mut self.aside {
            aside.is_out_of_turn = true;
        }
        UNAVAILABLE.error()
    }

    /// Whether a question may travel with those of other units: it changes nothing, locks nothing, and the unit has
    /// added no row yet that it could expect to find.
    fn may_travel(&self, sql: &Sql) -> bool {
        self.aside.as_ref().is_none_or(|aside| {
            let text = sql.text.trim_start();
            let is_read = text.starts_with("select") || text.starts_with("with");
            is_read && !text.contains(" for update") && aside.is_empty()
        })
    }

    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.conn, Conn::Embedded(_) | Conn::Memo(_))
    }

    /// Who acts, when, and where identifiers come from.
    pub fn stamp(&self) -> Stamp {
        self.stamp.clone()
    }

    /// The business instant of this unit of work.
    pub fn now(&self) -> Time {
        self.stamp.now
    }

    /// Real time, for what never follows the sandbox clock: sessions, leases, key expiry (A31).
    pub fn wall(&self) -> Time {
        self.wall
    }

    /// The trace this unit belongs to.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// The tenant's default zone.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.db.options().zone
    }

    /// Today in the tenant's default zone.
    pub fn today(&self) -> Date {
        self.now().date_in(self.zone())
    }

    /// Acts under other circumstances from here on (a timer acts as the system at its due instant).
    pub fn restamp(&mut self, stamp: Stamp) -> Stamp {
        std::mem::replace(&mut self.stamp, stamp)
    }

    /// Runs a statement; how many rows it changed.
    pub async fn exec(&mut self, sql: Sql) -> Result<u64> {
        if self.is_in_batch() {
            return Err(self.step_out());
        }
        self.conn.run(sql).await
    }

    /// Every row of a query.
    pub async fn all<T: FromRow>(&mut self, sql: Sql) -> Result<Vec<T>> {
        self.read(sql, T::from_row).await
    }

    /// The one row of a query, if there is one.
    pub async fn maybe<T: FromRow>(&mut self, sql: Sql) -> Result<Option<T>> {
        Ok(self.all(sql).await?.into_iter().next())
    }

    /// The one row of a query; `not_found` if there is none.
    pub async fn one<T: FromRow>(&mut self, sql: Sql) -> Result<T> {
        self.maybe(sql).await?.ok_or_else(|| NOT_FOUND.error())
    }

    /// Rows read by a closure, for results that are not records.
    pub async fn read<T>(&mut self, sql: Sql, read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.rows(sql, false, read).await
    }

    /// Records, by a statement that selects their columns in their order.
    pub(super) async fn records<T: Record>(&mut self, sql: Sql) -> Result<Vec<T>> {
        match self.conn {
            Conn::Memo(memo) if self.may_travel(&sql) => memo.records(sql),
            _ => self.rows(sql, true, T::from_row).await,
        }
    }

    async fn rows<T>(
        &mut self,
        sql: Sql,
        is_record: bool,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if !self.may_travel(&sql) {
            return Err(self.step_out());
        }
        self.conn.rows(sql, is_record, read).await
    }

    /// The single value of a query such as a count.
    pub async fn scalar<T: aftercare_domain::kernel::Stored>(&mut self, sql: Sql) -> Result<T> {
        let values = self.read(sql, |row| row.get::<T>("value")).await?;
        values.into_iter().next().ok_or_else(|| INTERNAL.error())
    }

    /// Tells the world, once this unit is kept. The record must be written before: its version comes with the event.
    pub fn emit(&mut self, event: Event) {
        let written = self
            .written
            .iter_mut()
            .rev()
            .find(|known| known.id == event.resource_id && known.resource == event.resource);
        let (version, changed) = match written {
            Some(written) => {
                written.plain = None;
                (written.version, written.changed.clone())
            }
            None => (None, Vec::new()),
        };
        self.ledger.events.push(EventLine {
            actor: self.stamp.actor.user_id,
            event,
            version,
            changed,
        });
    }

    /// Lays aside what is to be told of a record; what no event tells is told plainly when the unit ends.
    pub(super) fn wrote(&mut self, mut now: Written) {
        let before = self
            .written
            .iter()
            .rposition(|known| known.id == now.id && known.resource == now.resource);
        let Some(before) = before.map(|at| self.written.remove(at)) else {
            self.written.push(now);
            return;
        };
        // Told already: only what is new counts. Not told yet: both are one change.
        if let Some(plain) = before.plain {
            let more = before
                .changed
                .into_iter()
                .filter(|member| !now.changed.contains(member));
            now.changed.extend(more.collect::<Vec<_>>());
            if plain.ends_with(".created") && now.plain.is_some_and(|kind| !kind.ends_with(".deleted")) {
                now.plain = Some(plain);
                now.changed.clear();
            }
        }
        self.written.push(now);
    }

    /// Tells plainly what no event has told.
    fn tell_the_rest(&mut self) {
        for written in std::mem::take(&mut self.written) {
            let Some(kind) = written.plain else { continue };
            let data = match written.key.as_slice() {
                [] => Value::Object(serde_json::Map::new()),
                key => serde_json::json!({ "key": key }),
            };
            self.ledger.events.push(EventLine {
                actor: written.actor,
                event: Event {
                    kind,
                    resource: written.resource,
                    resource_id: written.id,
                    at: written.at,
                    data,
                },
                version: written.version,
                changed: written.changed,
            });
        }
    }

    /// Adds a fact to the audit trail that no row change shows.
    pub fn note(&mut self, action: &'static str, resource: &'static str, resource_id: Uuid, facts: Value) {
        self.ledger.audits.push(AuditLine {
            at: self.stamp.now,
            actor: Arc::clone(&self.stamp.actor),
            trace_id: self.trace_id.clone(),
            action,
            resource,
            resource_id,
            diff: facts,
        });
    }

    /// Whether a record was loaded in this unit of work, so that a change of it is an update.
    pub(crate) fn knows(&self, table: &str, id: Uuid) -> bool {
        self.loaded
            .iter()
            .any(|(known, loaded, _)| *loaded == id && *known == table)
    }

    /// Raises a counter by one (domain.md 4.6).
    pub fn count(&mut self, change: &CounterChange) {
        let (scope, id, pair) = match change.scope {
            CounterScope::Product(product) => ("product", product.0, None),
            CounterScope::ProblemType(problem) => ("problem_type", problem.0, None),
            CounterScope::ProductProblem(product, problem) => ("product_problem", product.0, Some(problem.0)),
        };
        let counts = self.ledger.counts.entry((scope, id, pair)).or_default();
        let figure = match change.field {
            CounterField::Occurrences => &mut counts.occurrences,
            CounterField::ReclassifiedOut => &mut counts.reclassified_out,
            CounterField::Cancelled => &mut counts.cancelled,
        };
        *figure = figure.saturating_add(1);
    }

    /// Adds to the daily figures.
    pub(crate) fn tell_figures(&mut self, changes: FigureChanges) {
        self.ledger.add_figures(changes);
    }

    /// Has somebody told, once this unit is kept.
    pub(crate) fn notify(&mut self, notification: Notification) {
        self.ledger.notifications.push(notification);
    }

    /// The next document number of a series for today (A35).
    pub async fn next_number(&mut self, series: Series) -> Result<String> {
        let on = self.today();
        let db = self.db.clone();
        let ahead = match self.conn {
            Conn::Memo(memo) => Some(self.number_of_batch(memo, series, on).await?),
            _ if self.takes_numbers => None,
            _ => db.number_block(series, on).await?,
        };
        let sequence = match ahead {
            Some(sequence) => sequence,
            None => crate::platform::numbers::take(self, series, on, 1).await?,
        };
        Ok(series.format(on, sequence))
    }

    /// A number of those its batch took.
    async fn number_of_batch(&self, memo: &Memo<'_>, series: Series, on: Date) -> Result<i64> {
        let count = match memo.number(series, on) {
            Ok(number) => return Ok(number),
            Err(count) => count,
        };
        let work = Work::system("numbers");
        let mut tx = self.db.tx(Conn::Embedded(memo.conn()), &work, self.now());
        let first = Box::pin(crate::platform::numbers::take(&mut tx, series, on, count)).await?;
        memo.stock(series, on, first)
    }

    /// Gives up numbers taken ahead: a reset starts every series over. From here on this unit takes its numbers itself,
    /// because it holds the rows whoever takes ahead would wait for.
    pub(crate) fn restart_numbers(&mut self) {
        self.db.forget_numbers();
        self.takes_numbers = true;
    }

    /// Writes what leaves with the unit; the last thing before the commit.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let ledger = self.take_ledger();
        self.keep_ledger(ledger).await
    }

    /// What the unit leaves, to be written with others of its batch.
    pub(super) fn take_ledger(&mut self) -> Ledger {
        self.tell_the_rest();
        std::mem::take(&mut self.ledger)
    }

    /// Writes what one unit or a whole batch leaves.
    pub(super) async fn keep_ledger(&mut self, ledger: Ledger) -> Result<()> {
        insert_all(self, &ledger.notifications).await?;
        crate::platform::counters::keep(self, &ledger.counts).await?;
        crate::platform::figures::keep(self, ledger.figures).await?;
        crate::platform::audit::keep(self, ledger.audits).await?;
        crate::platform::outbox::keep(self, ledger.events).await
    }
}
