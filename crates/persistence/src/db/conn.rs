//! Running a statement: the one `match` on the engine.

use aftercare_domain::kernel::{Raw, Result, Time};
use rusqlite::types::Value;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _};
use tokio::sync::oneshot;

use super::gather::{self, Rows};
use super::{Row, Sql, constraint};

/// An open connection inside a unit of work.
pub(super) enum Conn<'c> {
    Embedded(&'c rusqlite::Connection),
    Server(&'c mut PgConnection),
    /// Questions travel with those of others; statements that change anything cannot be run here.
    Gathered(&'c dyn Asked),
}

/// Where questions are laid down.
pub(super) trait Asked {
    /// Asks; the answer comes when a connection is free.
    fn ask(&self, sql: Sql) -> oneshot::Receiver<Rows>;
}

impl Conn<'_> {
    /// Runs a statement; how many rows it changed.
    pub(super) async fn run(&mut self, sql: Sql) -> Result<u64> {
        match self {
            Conn::Embedded(conn) => {
                let mut statement = conn
                    .prepare_cached(&sql.text)
                    .map_err(|e| constraint::embedded(&e, &sql.text))?;
                debug_assert!(is_in_order(&statement), "arguments out of order: {}", sql.text);
                let changed = statement
                    .execute(rusqlite::params_from_iter(sql.args.iter().map(embedded_arg)))
                    .map_err(|e| constraint::embedded(&e, &sql.text))?;
                Ok(u64::try_from(changed).unwrap_or(u64::MAX))
            }
            Conn::Server(conn) => {
                let args = server_args(&sql.args)?;
                let text = sql.text.clone().into_owned();
                let done = conn
                    .execute(sqlx::query_with(AssertSqlSafe(text), args))
                    .await
                    .map_err(|e| constraint::server(&e, &sql.text))?;
                Ok(done.rows_affected())
            }
            Conn::Gathered(_) => Err(constraint::unforeseen("a change among gathered reads", &sql.text)),
        }
    }

    /// Runs a statement and reads each of its rows; `is_record` if it selects the columns of a record in their order.
    pub(super) async fn rows<T>(
        &mut self,
        sql: Sql,
        is_record: bool,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self {
            Conn::Embedded(conn) => {
                let fault = |e: rusqlite::Error| constraint::embedded(&e, &sql.text);
                let mut statement = conn.prepare_cached(&sql.text).map_err(fault)?;
                debug_assert!(is_in_order(&statement), "arguments out of order: {}", sql.text);
                let mut rows = statement
                    .query(rusqlite::params_from_iter(sql.args.iter().map(embedded_arg)))
                    .map_err(fault)?;
                let mut found = Vec::new();
                while let Some(row) = rows.next().map_err(fault)? {
                    found.push(read(&Row::embedded(row, is_record))?);
                }
                Ok(found)
            }
            Conn::Server(conn) => {
                let args = server_args(&sql.args)?;
                let text = sql.text.clone().into_owned();
                let rows = conn
                    .fetch_all(sqlx::query_with(AssertSqlSafe(text), args))
                    .await
                    .map_err(|e| constraint::server(&e, &sql.text))?;
                rows.iter()
                    .map(|row| read(&Row::server(row, is_record)))
                    .collect()
            }
            Conn::Gathered(desk) => {
                let rows = gather::answered(desk.ask(sql)).await?;
                rows.iter()
                    .map(|row| read(&Row::server(row, is_record)))
                    .collect()
            }
        }
    }
}

/// Whether `$1`, `$2` … first appear in this order: the embedded engine numbers them as it meets them.
fn is_in_order(statement: &rusqlite::Statement<'_>) -> bool {
    (1..=statement.parameter_count()).all(|n| statement.parameter_name(n) == Some(&format!("${n}")))
}

/// Instants are kept as whole microseconds on the embedded engine.
pub(super) fn embedded_arg(raw: &Raw) -> Value {
    fn or_null<T>(value: Option<T>, to: impl FnOnce(T) -> Value) -> Value {
        value.map_or(Value::Null, to)
    }
    match raw {
        Raw::Bool(v) => or_null(*v, |b| Value::Integer(i64::from(b))),
        Raw::Int(v) => or_null(*v, Value::Integer),
        Raw::Text(v) => or_null(v.clone(), Value::Text),
        Raw::Uuid(v) => or_null(*v, |id| Value::Blob(id.into_bytes().to_vec())),
        Raw::Time(v) => or_null(*v, |at: Time| Value::Integer(at.millis().saturating_mul(1_000))),
        Raw::Date(v) => or_null(*v, |on| Value::Text(on.to_string())),
        Raw::Json(v) => or_null(v.as_ref(), |json| Value::Text(json.to_string())),
        Raw::Bytes(v) => or_null(v.as_ref(), |bytes| Value::Blob(bytes.to_vec())),
    }
}

pub(super) fn server_args(args: &[Raw]) -> Result<PgArguments> {
    let mut bound = PgArguments::default();
    for raw in args {
        let added = match raw {
            Raw::Bool(v) => bound.add(*v),
            Raw::Int(v) => bound.add(*v),
            Raw::Text(v) => bound.add(v.clone()),
            Raw::Uuid(v) => bound.add(*v),
            Raw::Time(v) => bound.add(v.map(Time::utc)),
            Raw::Date(v) => bound.add(v.map(|on| on.0)),
            Raw::Json(v) => bound.add(v.clone()),
            Raw::Bytes(v) => bound.add(v.as_ref().map(|bytes| bytes.as_slice())),
        };
        added.map_err(|e| constraint::unforeseen(&e.to_string(), "binding an argument"))?;
    }
    Ok(bound)
}
