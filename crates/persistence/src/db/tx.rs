//! The unit of work: reads, writes and what leaves with them.

use std::collections::BTreeMap;

use aftercare_domain::kernel::error::{INTERNAL, NOT_FOUND};
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Event, Raw, Result, Stamp, Time};
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
    pub(super) ledger: Ledger,
}

/// What one unit of work leaves besides its rows; written together when the unit ends (W1).
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) audits: Vec<AuditLine>,
    pub(crate) events: Vec<Event>,
    pub(crate) counts: BTreeMap<(&'static str, Uuid, Option<Uuid>), Counts>,
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
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) resource_id: Uuid,
    pub(crate) diff: Value,
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

    /// Tells the world, once this unit is kept.
    pub fn emit(&mut self, event: Event) {
        self.ledger.events.push(event);
    }

    /// Adds a fact to the audit trail that no row change shows.
    pub fn note(&mut self, action: &'static str, resource: &'static str, resource_id: Uuid, facts: Value) {
        self.ledger.audits.push(AuditLine {
            action,
            resource,
            resource_id,
            diff: facts,
        });
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

    /// Writes what leaves with the unit; the last thing before the commit.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let ledger = std::mem::take(&mut self.ledger);
        crate::platform::counters::keep(self, &ledger.counts).await?;
        crate::platform::audit::keep(self, ledger.audits).await?;
        crate::platform::outbox::keep(self, ledger.events).await
    }
}
