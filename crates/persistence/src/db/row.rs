//! One row of a result, whichever engine it came from.

use std::cell::Cell;
use std::sync::Arc;

use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Date, Error, Raw, RawKind, Result, Stored, Time};
use rusqlite::types::{Value, ValueRef};
use sqlx::Row as _;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};

/// One row; columns are read by name.
pub struct Row<'r> {
    source: Source<'r>,
    /// Where the next column probably stands: records are read in the order their table declares.
    hint: Cell<usize>,
    /// Whether it stands there for certain, because the statement names the record's own columns in its own order.
    is_record: bool,
}

enum Source<'r> {
    Embedded(&'r rusqlite::Row<'r>),
    /// A row read before, with the names of its columns.
    Kept(&'r [String], &'r [Value]),
    Server(&'r sqlx::postgres::PgRow),
}

impl<'r> Row<'r> {
    pub(super) fn embedded(row: &'r rusqlite::Row<'r>, is_record: bool) -> Row<'r> {
        Row {
            source: Source::Embedded(row),
            hint: Cell::new(0),
            is_record,
        }
    }

    pub(super) fn kept(names: &'r [String], values: &'r [Value], is_record: bool) -> Row<'r> {
        Row {
            source: Source::Kept(names, values),
            hint: Cell::new(0),
            is_record,
        }
    }

    pub(super) fn server(row: &'r sqlx::postgres::PgRow, is_record: bool) -> Row<'r> {
        Row {
            source: Source::Server(row),
            hint: Cell::new(0),
            is_record,
        }
    }

    /// The value under a column name (or names, for a value of several parts).
    pub fn get<T: Stored>(&self, name: &str) -> Result<T> {
        T::take(&mut |suffix, kind| self.raw(name, suffix, kind)).map_err(|why| broken(name, &why))
    }

    fn raw(&self, base: &str, suffix: &str, kind: RawKind) -> Result<Raw, String> {
        let (base, suffix) = suffix
            .strip_prefix('=')
            .map_or((base, suffix), |whole| (whole, ""));
        let is_it = |name: &str| name.strip_prefix(base).is_some_and(|rest| rest == suffix);
        // Asking for a name costs more than reading the value; tests ask all the same.
        let index = if self.is_record && !cfg!(debug_assertions) {
            self.hint.get()
        } else {
            let index = self.position(is_it);
            debug_assert!(
                !self.is_record || index == Some(self.hint.get()),
                "{base}{suffix}"
            );
            index.ok_or_else(|| format!("no column {base}{suffix}"))?
        };
        self.hint.set(index.saturating_add(1));
        match &self.source {
            Source::Embedded(row) => embedded_raw(row.get_ref(index).map_err(|e| e.to_string())?, kind),
            Source::Kept(_, values) => match values.get(index) {
                Some(value) => embedded_raw(value.into(), kind),
                None => Err(format!("no column {index}")),
            },
            Source::Server(row) => server_raw(row, index, kind),
        }
    }

    fn position(&self, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let hint = self.hint.get();
        match &self.source {
            Source::Embedded(row) => {
                let statement = row.as_ref();
                if statement.column_name(hint).is_ok_and(&is_it) {
                    return Some(hint);
                }
                (0..statement.column_count()).find(|i| statement.column_name(*i).is_ok_and(&is_it))
            }
            Source::Kept(names, _) => {
                if names.get(hint).is_some_and(|name| is_it(name)) {
                    return Some(hint);
                }
                names.iter().position(|name| is_it(name))
            }
            Source::Server(row) => {
                use sqlx::Column as _;
                if row.columns().get(hint).is_some_and(|c| is_it(c.name())) {
                    return Some(hint);
                }
                row.columns().iter().position(|c| is_it(c.name()))
            }
        }
    }
}

fn broken(name: &str, why: &str) -> Error {
    tracing::error!(column = name, why, "A stored value cannot be read");
    INTERNAL.error()
}

fn embedded_raw(value: ValueRef<'_>, kind: RawKind) -> Result<Raw, String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string());
    Ok(match (kind, value) {
        (kind, ValueRef::Null) => kind.null(),
        (RawKind::Bool, ValueRef::Integer(n)) => Raw::Bool(Some(n != 0)),
        (RawKind::Int, ValueRef::Integer(n)) => Raw::Int(Some(n)),
        (RawKind::Text, ValueRef::Text(bytes)) => Raw::Text(Some(text(bytes)?)),
        (RawKind::Uuid, ValueRef::Blob(bytes)) => {
            Raw::Uuid(Some(uuid::Uuid::from_slice(bytes).map_err(|e| e.to_string())?))
        }
        (RawKind::Time, ValueRef::Integer(micros)) => {
            Raw::Time(Some(Time::from_millis(micros.div_euclid(1_000))))
        }
        (RawKind::Date, ValueRef::Text(bytes)) => Raw::Date(Some(text(bytes)?.parse()?)),
        (RawKind::Json, ValueRef::Text(bytes)) => {
            Raw::Json(Some(serde_json::from_slice(bytes).map_err(|e| e.to_string())?))
        }
        (RawKind::Bytes, ValueRef::Blob(bytes)) => Raw::Bytes(Some(Arc::new(bytes.to_vec()))),
        (kind, other) => return Err(format!("expected {kind:?}, found {:?}", other.data_type())),
    })
}

fn server_raw(row: &sqlx::postgres::PgRow, index: usize, kind: RawKind) -> Result<Raw, String> {
    let wrong = |e: sqlx::Error| e.to_string();
    Ok(match kind {
        RawKind::Bool => Raw::Bool(row.try_get(index).map_err(wrong)?),
        RawKind::Int => Raw::Int(row.try_get(index).map_err(wrong)?),
        RawKind::Text => Raw::Text(row.try_get(index).map_err(wrong)?),
        RawKind::Uuid => Raw::Uuid(row.try_get(index).map_err(wrong)?),
        RawKind::Time => {
            let at: Option<DateTime<Utc>> = row.try_get(index).map_err(wrong)?;
            Raw::Time(at.map(Time::from_utc))
        }
        RawKind::Date => {
            let on: Option<NaiveDate> = row.try_get(index).map_err(wrong)?;
            Raw::Date(on.map(Date))
        }
        RawKind::Json => Raw::Json(row.try_get(index).map_err(wrong)?),
        RawKind::Bytes => {
            let bytes: Option<Vec<u8>> = row.try_get(index).map_err(wrong)?;
            Raw::Bytes(bytes.map(Arc::new))
        }
    })
}
