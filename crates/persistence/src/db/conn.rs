//! Running a statement: the one `match` on the engine.

use aftercare_domain::kernel::{Raw, Result, Time};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _};
use tokio::sync::oneshot;

use super::gather::{self, Rows};
use super::memo::Memo;
use super::{Row, Sql, constraint};

/// An open connection inside a unit of work.
pub(super) enum Conn<'c> {
    Embedded(&'c rusqlite::Connection),
    /// The same among the units of a batch: what one has asked is known to all, and nothing is changed.
    Memo(&'c Memo<'c>),
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
    /// The same connection, for a while.
    pub(super) fn lend(&mut self) -> Conn<'_> {
        match self {
            Conn::Embedded(conn) => Conn::Embedded(conn),
            Conn::Memo(memo) => Conn::Memo(memo),
            Conn::Server(conn) => Conn::Server(conn),
            Conn::Gathered(desk) => Conn::Gathered(*desk),
        }
    }

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
            Conn::Memo(_) | Conn::Gathered(_) => {
                Err(constraint::unforeseen("a change among reads", &sql.text))
            }
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
            Conn::Memo(memo) => {
                let answer = memo.ask(sql)?;
                let rows = answer.rows.iter();
                rows.map(|row| read(&Row::kept(&answer.names, row, is_record)))
                    .collect()
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
pub(super) fn embedded_arg(raw: &Raw) -> ToSqlOutput<'_> {
    let lent = ToSqlOutput::Borrowed;
    let whole = |n: i64| lent(ValueRef::Integer(n));
    let made = |text: String| ToSqlOutput::Owned(Value::Text(text));
    let value = match raw {
        Raw::Bool(v) => v.map(|b| whole(i64::from(b))),
        Raw::Int(v) => v.map(whole),
        Raw::Text(v) => v.as_ref().map(|text| lent(ValueRef::Text(text.as_bytes()))),
        Raw::Uuid(v) => v.as_ref().map(|id| lent(ValueRef::Blob(id.as_bytes()))),
        Raw::Time(v) => v.map(|at: Time| whole(at.millis().saturating_mul(1_000))),
        Raw::Date(v) => v.map(|on| made(on.to_string())),
        Raw::Json(v) => v.as_ref().map(|json| made(json.to_string())),
        Raw::Bytes(v) => v.as_ref().map(|bytes| lent(ValueRef::Blob(bytes))),
    };
    value.unwrap_or(lent(ValueRef::Null))
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
