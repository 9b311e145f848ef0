//! Migrations: one portable text, translated for the embedded engine by a ten-line table.

use std::fmt::Write as _;

use aftercare_domain::kernel::Result;
use rusqlite::Connection;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::constraint;
use super::open::OpenError;
use crate::platform::digest::sha256_hex;

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

const BOOK: &str =
    "create table if not exists schema_migrations (name text not null primary key, checksum text not null)";

/// Words for types on the embedded engine; its tables are strict (A40).
const TYPES: &[(&str, &str)] = &[
    ("uuid", "blob"),
    ("timestamptz", "integer"),
    ("boolean", "integer"),
    ("bigint", "integer"),
    ("date", "text"),
    ("jsonb", "text"),
    ("bytea", "blob"),
    ("double precision", "real"),
];

fn statements(text: &str) -> Vec<String> {
    let plain: String = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default().trim_end())
        .collect::<Vec<_>>()
        .join("\n");
    plain
        .split(';')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

/// One statement in the embedded engine's words: the type is the second word of a column's line.
fn translate(statement: &str) -> String {
    let is_table = statement.starts_with("create table");
    let lines = statement.lines().map(|line| {
        let indent = line.len().saturating_sub(line.trim_start().len());
        let (margin, body) = line.split_at_checked(indent).unwrap_or(("", line));
        let (head, rest) = match body
            .strip_prefix("alter table ")
            .and_then(|b| b.find(" add column "))
        {
            Some(at) => body
                .split_at_checked(at.saturating_add("alter table  add column ".len()))
                .unwrap_or((body, "")),
            None if is_table => ("", body),
            None => return line.to_owned(),
        };
        let Some((name, typed)) = rest.split_once(' ') else {
            return line.to_owned();
        };
        let typed = typed.trim_start();
        if matches!(
            name,
            "constraint" | "create" | "primary" | "unique" | "check" | "foreign"
        ) {
            return line.to_owned();
        }
        for (word, ours) in TYPES {
            if let Some(tail) = typed.strip_prefix(word)
                && !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            {
                return format!("{margin}{head}{name} {ours}{tail}");
            }
        }
        line.to_owned()
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    if is_table { format!("{text} strict") } else { text }
}

/// The migrations that still have to run, after checking those that did.
fn pending(done: &[(String, String)]) -> Result<Vec<(&'static str, &'static str)>, OpenError> {
    for (name, sum) in done {
        let known = MIGRATIONS.iter().find(|(known, _)| known == name);
        let (_, text) = known.ok_or_else(|| OpenError::NewerSchema(name.clone()))?;
        if sha256_hex(text.as_bytes()) != *sum {
            return Err(OpenError::ChangedMigration(name.clone()));
        }
    }
    Ok(MIGRATIONS
        .iter()
        .copied()
        .filter(|(name, _)| !done.iter().any(|(d, _)| d == name))
        .collect())
}

pub(super) fn embedded(conn: &mut Connection) -> Result<(), OpenError> {
    let fault = |name: &str| {
        let name = name.to_owned();
        move |e: rusqlite::Error| OpenError::Migration(name, e.to_string())
    };
    conn.execute_batch(BOOK).map_err(fault("schema_migrations"))?;
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(fault("begin"))?;
    let done: Vec<(String, String)> = tx
        .prepare("select name, checksum from schema_migrations order by name")
        .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect())
        .map_err(fault("schema_migrations"))?;
    for (name, text) in pending(&done)? {
        for statement in statements(text) {
            tx.execute_batch(&translate(&statement)).map_err(fault(name))?;
        }
        tx.execute(
            "insert into schema_migrations (name, checksum) values (?1, ?2)",
            (name, sha256_hex(text.as_bytes())),
        )
        .map_err(fault(name))?;
    }
    tx.commit().map_err(fault("commit"))
}

pub(super) async fn server(pool: &PgPool) -> Result<(), OpenError> {
    let fault = |name: &str| {
        let name = name.to_owned();
        move |e: sqlx::Error| OpenError::Migration(name, e.to_string())
    };
    let mut conn = pool.acquire().await.map_err(fault("connect"))?;
    // Replicas start together: one migrates, the others wait for it (F50); the lock ends with the transaction.
    conn.execute("begin").await.map_err(fault("begin"))?;
    conn.execute("set local lock_timeout = 0; set local statement_timeout = 0")
        .await
        .map_err(fault("begin"))?;
    conn.execute("select pg_advisory_xact_lock(7142026)")
        .await
        .map_err(fault("lock"))?;
    conn.execute(BOOK).await.map_err(fault("schema_migrations"))?;
    let rows = conn
        .fetch_all("select name, checksum from schema_migrations order by name")
        .await
        .map_err(fault("schema_migrations"))?;
    let done: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (name, text) in pending(&done)? {
        conn.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned())))
            .await
            .map_err(fault(name))?;
        conn.execute(
            sqlx::query("insert into schema_migrations (name, checksum) values ($1, $2)")
                .bind(name)
                .bind(sha256_hex(text.as_bytes())),
        )
        .await
        .map_err(fault(name))?;
    }
    conn.execute("commit").await.map_err(fault("commit"))?;
    Ok(())
}

/// One column of the data dictionary: table, column, whether it may be null.
type Described = (String, String, bool);

fn dictionary(mut columns: Vec<Described>, mut indexes: Vec<String>) -> String {
    columns.sort_by(|a, b| a.0.cmp(&b.0));
    indexes.sort();
    let mut text = String::new();
    let mut table = "";
    for (name, column, nullable) in &columns {
        if name != table {
            let _ = writeln!(text, "{}{name}", if text.is_empty() { "" } else { "\n" });
            table = name;
        }
        let _ = writeln!(text, "  {column}{}", if *nullable { " null" } else { "" });
    }
    let _ = writeln!(text, "\nindexes");
    for index in indexes {
        let _ = writeln!(text, "  {index}");
    }
    text
}

pub(super) fn describe_embedded(conn: &Connection) -> Result<String> {
    let columns = "select m.name, p.name, p.\"notnull\" = 0 from sqlite_master m, pragma_table_info(m.name) p \
                   where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, p.cid";
    let indexes =
        "select tbl_name || ' ' || name from sqlite_master where type = 'index' and sql is not null";
    let read = || -> rusqlite::Result<_> {
        let columns: Vec<Described> = conn
            .prepare(columns)?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let indexes: Vec<String> = conn
            .prepare(indexes)?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        Ok((columns, indexes))
    };
    let (columns, indexes) = read().map_err(|e| constraint::embedded(&e, columns))?;
    Ok(dictionary(columns, indexes))
}

pub(super) async fn describe_server(pool: &PgPool) -> Result<String> {
    let columns = "select table_name::text, column_name::text, is_nullable = 'YES' from information_schema.columns \
                   where table_schema = current_schema() order by table_name, ordinal_position";
    let indexes = "select tablename || ' ' || indexname from pg_indexes where schemaname = current_schema() \
                   and not exists (select 1 from pg_constraint where conname = indexname)";
    let fault = |e: sqlx::Error| constraint::server(&e, columns);
    let columns = pool.fetch_all(columns).await.map_err(fault)?;
    let indexes = pool.fetch_all(indexes).await.map_err(fault)?;
    Ok(dictionary(
        columns.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect(),
        indexes.iter().map(|r| r.get(0)).collect(),
    ))
}
