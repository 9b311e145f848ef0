//! The named differences between the engines; at eleven we think again (architecture.md §5).

use super::Tx;

/// Appended to a read that locks its rows for the rest of the unit of work.
pub fn for_update(tx: &Tx<'_>) -> &'static str {
    if tx.is_embedded() { "" } else { " for update" }
}

/// Appended to a claim: rows another replica works on are passed over.
pub fn skip_locked(tx: &Tx<'_>) -> &'static str {
    if tx.is_embedded() {
        ""
    } else {
        " for update skip locked"
    }
}

/// Sorts texts by code point on both engines, so that pages do not depend on a server's locale.
pub fn text_order(tx: &Tx<'_>) -> &'static str {
    if tx.is_embedded() { "" } else { " collate \"C\"" }
}

/// Over how many rows writers of one sum are spread: where they come one by one, one row is enough.
pub fn shards(tx: &Tx<'_>) -> i64 {
    if tx.is_embedded() { 1 } else { 4 }
}
