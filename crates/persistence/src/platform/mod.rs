//! Tables no module owns: what every unit of work leaves behind, and what keeps it safe.

use std::fmt::Write as _;

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
