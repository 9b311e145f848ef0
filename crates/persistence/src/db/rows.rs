//! Adding rows: at once, or laid aside until the rows of a whole batch are written together.

use std::fmt::Write as _;

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Raw, Result};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::conn::Conn;
use super::gather::{columns, lists};
use super::{Sql, Tx, marks};

/// How many arguments one statement carries at most: the embedded engine looks every name up among all before it, so
/// the cost of reading a statement grows with the square of them; equal statements are read once.
const ARGUMENTS: usize = 500;

/// Rows a unit of a batch wants added, table by table in the order it added them.
#[derive(Default)]
pub(crate) struct Aside {
    rows: Vec<Added>,
    /// Whether the unit turned out to need the connection for itself.
    pub(super) is_out_of_turn: bool,
}

/// Rows for one table.
struct Added {
    /// `insert into table (a, b)`.
    head: String,
    width: usize,
    values: Vec<Raw>,
    suffix: &'static str,
}

impl Aside {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Adds rows to a table; `head` is `insert into table (a, b)` and `values` holds `width` values for each row.
pub(crate) async fn add(tx: &mut Tx<'_>, head: &str, width: usize, values: Vec<Raw>) -> Result<()> {
    add_or(tx, head, width, values, "").await
}

/// The same; `suffix` says what happens to rows that are there already.
pub(crate) async fn add_or(
    tx: &mut Tx<'_>,
    head: &str,
    width: usize,
    values: Vec<Raw>,
    suffix: &'static str,
) -> Result<()> {
    match tx.aside() {
        _ if values.is_empty() => Ok(()),
        Some(aside) => {
            aside.rows.push(Added {
                head: head.to_owned(),
                width,
                values,
                suffix,
            });
            Ok(())
        }
        None => add_now(tx, head, width, values, suffix).await,
    }
}

async fn add_now(
    tx: &mut Tx<'_>,
    head: &str,
    width: usize,
    mut values: Vec<Raw>,
    suffix: &str,
) -> Result<()> {
    let most = ARGUMENTS
        .checked_div(width)
        .unwrap_or(1)
        .max(1)
        .saturating_mul(width);
    while !values.is_empty() {
        let rest = values.split_off(values.len().min(most));
        let mut text = format!("{head} values ");
        for n in 0..values.len() {
            let is_first = n.checked_rem(width) == Some(0);
            let _ = match (is_first, n) {
                (true, 0) => write!(text, "(${}", n.saturating_add(1)),
                (true, _) => write!(text, "), (${}", n.saturating_add(1)),
                (false, _) => write!(text, ", ${}", n.saturating_add(1)),
            };
        }
        text.push(')');
        text.push_str(suffix);
        tx.exec(Sql::new(text, values)).await?;
        values = rest;
    }
    Ok(())
}

/// Writes what the units of a batch laid aside, table by table, parents before their parts.
pub(super) async fn keep(mut conn: Conn<'_>, asides: Vec<Aside>) -> Result<()> {
    let mut tables: Vec<Added> = Vec::new();
    for added in asides.into_iter().flat_map(|aside| aside.rows) {
        match tables.iter_mut().find(|known| known.head == added.head) {
            Some(known) => known.values.extend(added.values),
            None => tables.push(added),
        }
    }
    for table in tables {
        match &mut conn {
            Conn::Server(conn) => write(conn, &table).await?,
            _ => write_each(&mut conn, table).await?,
        }
    }
    Ok(())
}

/// One statement for each row: the embedded engine answers inline, and the statement stays prepared.
async fn write_each(conn: &mut Conn<'_>, table: Added) -> Result<()> {
    let marks = marks(1, table.width);
    let text = format!("{} values ({}){}", table.head, marks, table.suffix);
    let mut values = table.values;
    while !values.is_empty() {
        let rest = values.split_off(values.len().min(table.width.max(1)));
        conn.run(Sql::new(text.clone(), values)).await?;
        values = rest;
    }
    Ok(())
}

/// Values travel as one list for each column, so that the statement is the same for any number of rows.
async fn write(conn: &mut PgConnection, table: &Added) -> Result<()> {
    let rows: Vec<&[Raw]> = table.values.chunks_exact(table.width.max(1)).collect();
    let lists = lists(rows.first().copied().unwrap_or_default());
    let text = format!("{} select * from unnest({lists}){}", table.head, table.suffix);
    let args = columns(&rows)?;
    conn.execute(sqlx::query_with(AssertSqlSafe(text.clone()), args))
        .await
        .map(|_| ())
        .map_err(|error| {
            // The units run one by one now, and the one it concerns is told.
            tracing::debug!(%error, statement = text, "Rows of a batch were refused");
            UNAVAILABLE.error()
        })
}
