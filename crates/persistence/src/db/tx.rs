//! The unit of work: reads, writes and what leaves with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aftercare_domain::kernel::error::{INTERNAL, NOT_FOUND};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, Date, Event, Raw, Result, Stamp, Time};
use aftercare_domain::requests::{CounterChange, CounterField, CounterScope};
use serde_json::Value;
use uuid::Uuid;

use super::conn::Conn;
use super::{Db, Row, Sql};

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
    pub(super) loaded: Vec<(&'static str, Uuid, Vec<Raw>)>,
    written: Vec<Written>,
    pub(super) ledger: Ledger,
}

/// What one unit of work leaves besides its rows; written together when the unit ends (W1).
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) audits: Vec<AuditLine>,
    pub(crate) events: Vec<EventLine>,
    pub(crate) counts: BTreeMap<(&'static str, Uuid, Option<Uuid>), Counts>,
}

impl Ledger {
    /// Takes in what another unit of the same batch leaves.
    pub(super) fn absorb(&mut self, other: Ledger) {
        self.audits.extend(other.audits);
        self.events.extend(other.events);
        for (key, add) in other.counts {
            let counts = self.counts.entry(key).or_default();
            counts.occurrences = counts.occurrences.saturating_add(add.occurrences);
            counts.reclassified_out = counts.reclassified_out.saturating_add(add.reclassified_out);
            counts.cancelled = counts.cancelled.saturating_add(add.cancelled);
        }
    }
}

/// Increments of one counter.
#[derive(Clone, Copy, Default)]
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
    pub(super) fn embedded(
        conn: &'c rusqlite::Connection,
        db: Db,
        stamp: Stamp,
        wall: Time,
        trace_id: String,
    ) -> Self {
        Tx {
            conn: Conn::Embedded(conn),
            db,
            stamp,
            wall,
            trace_id,
            loaded: Vec::new(),
            written: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    pub(super) fn server(
        conn: &'c mut sqlx::postgres::PgConnection,
        db: Db,
        stamp: Stamp,
        wall: Time,
        trace_id: String,
    ) -> Self {
        Tx {
            conn: Conn::Server(conn),
            db,
            stamp,
            wall,
            trace_id,
            loaded: Vec::new(),
            written: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.conn, Conn::Embedded(_))
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
        self.conn.run(sql).await
    }

    /// Every row of a query.
    pub async fn all<T: FromRow>(&mut self, sql: Sql) -> Result<Vec<T>> {
        self.conn.rows(sql, T::from_row).await
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
        self.conn.rows(sql, read).await
    }

    /// The single value of a query such as a count.
    pub async fn scalar<T: aftercare_domain::kernel::Stored>(&mut self, sql: Sql) -> Result<T> {
        let values = self.conn.rows(sql, |row| row.get::<T>("value")).await?;
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

    /// The next document number of a series for today (A35).
    pub async fn next_number(&mut self, series: Series) -> Result<String> {
        let on = self.today();
        let db = self.db.clone();
        let sequence = match db.number_block(series, on).await? {
            Some(sequence) => sequence,
            None => crate::platform::numbers::take(self, series, on, 1).await?,
        };
        Ok(series.format(on, sequence))
    }

    /// Gives up numbers taken ahead: a reset starts every series over.
    pub(crate) fn forget_numbers(&self) {
        self.db.forget_numbers();
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
        crate::platform::counters::keep(self, &ledger.counts).await?;
        crate::platform::audit::keep(self, ledger.audits).await?;
        crate::platform::outbox::keep(self, ledger.events).await
    }
}
