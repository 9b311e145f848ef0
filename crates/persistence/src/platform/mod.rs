//! Tables no module owns: what every unit of work leaves behind, and what keeps it safe.

use std::fmt::Write as _;

use aftercare_domain::kernel::{Raw, Result};

use crate::db::{Sql, Tx};

pub mod audit;
pub mod bootstrap;
pub(crate) mod counters;
pub mod digest;
pub mod external_refs;
pub mod idempotency;
pub(crate) mod notices;
pub(crate) mod numbers;
pub mod outbox;
pub mod references;
pub mod sandbox;
pub mod secrets;
pub mod sequencer;
pub mod sessions;
pub mod signing_keys;
pub mod throttle;
pub mod trees;

/// How many rows one statement takes; both engines take at least 32 766 arguments.
const ROWS: usize = 500;

/// Inserts rows of a number of values each, however many there are.
async fn insert_rows(
    tx: &mut Tx<'_>,
    table: &str,
    columns: &str,
    width: usize,
    mut args: Vec<Raw>,
) -> Result<()> {
    while !args.is_empty() {
        let rest = args.split_off(args.len().min(ROWS.saturating_mul(width)));
        let count = args.len().checked_div(width).unwrap_or(0);
        tx.exec(Sql::new(rows(table, columns, count, width), args))
            .await?;
        args = rest;
    }
    Ok(())
}

/// `insert into table (columns) values ($1, …), …` for a number of rows.
fn rows(table: &str, columns: &str, count: usize, width: usize) -> String {
    let mut text = format!("insert into {table} ({columns}) values ");
    let mut n = 0_usize;
    for row in 0..count {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            n = n.saturating_add(1);
            let _ = write!(text, "{}${n}", if column == 0 { "" } else { ", " });
        }
        text.push(')');
    }
    text
}
