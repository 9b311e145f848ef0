//! From an engine's complaint to a refusal: the schema is the last guard (W5), and its words reach the caller.

use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::error::{IN_USE, INTERNAL, UNAVAILABLE, UNKNOWN_REFERENCE};

use super::Unique;

/// Every unique rule a record has declared so far, by constraint name and by columns.
static RULES: RwLock<Vec<&'static Unique>> = RwLock::new(Vec::new());

/// How often this process met a fault of the database, not of a caller.
static FAULTS: AtomicU64 = AtomicU64::new(0);

/// How often this process met a fault of the database so far.
pub(super) fn faults() -> u64 {
    FAULTS.load(Ordering::Relaxed)
}

/// Counts a fault of the database.
pub(super) fn count_fault() {
    FAULTS.fetch_add(1, Ordering::Relaxed);
}

/// Makes the unique rules of a table known; done once per record type.
pub(super) fn learn(rules: &'static [Unique]) {
    if let Ok(mut known) = RULES.write() {
        known.extend(rules);
    }
}

fn rule(is_it: impl Fn(&Unique) -> bool) -> Option<Error> {
    let known = RULES.read().ok()?;
    let rule = known.iter().find(|rule| is_it(rule))?;
    Some(if rule.pointer.is_empty() {
        rule.code.error()
    } else {
        rule.code.at(rule.pointer)
    })
}

/// Logs what nobody foresaw, once, with its statement, and answers without detail.
pub(super) fn unforeseen(why: &str, text: &str) -> Error {
    count_fault();
    tracing::error!(why, statement = text, "The database refused a statement");
    INTERNAL.error()
}

pub(super) fn embedded(error: &rusqlite::Error, text: &str) -> Error {
    use rusqlite::ffi;
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return unforeseen(&error.to_string(), text);
    };
    let message = message.as_deref().unwrap_or_default();
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            let columns = message.rsplit(": ").next().unwrap_or_default();
            rule(|r| r.columns == columns).unwrap_or_else(|| unforeseen(message, text))
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign_key(text),
        _ if matches!(
            code.code,
            rusqlite::ErrorCode::DatabaseBusy
                | rusqlite::ErrorCode::DatabaseLocked
                | rusqlite::ErrorCode::DiskFull
        ) =>
        {
            count_fault();
            tracing::warn!(message, "The database is busy or full");
            UNAVAILABLE.error()
        }
        _ => unforeseen(message, text),
    }
}

pub(super) fn server(error: &sqlx::Error, text: &str) -> Error {
    let sqlx::Error::Database(database) = error else {
        count_fault();
        tracing::warn!(%error, "The database connection failed");
        return UNAVAILABLE.error();
    };
    let state = database.code().unwrap_or_default();
    match state.as_ref() {
        "23505" => {
            let name = database.constraint().unwrap_or_default();
            rule(|r| r.constraint == name).unwrap_or_else(|| unforeseen(&database.to_string(), text))
        }
        "23503" => foreign_key(text),
        // Deadlock, lock timeout, cancelled statement, serialisation, shutting down, too many connections (A25).
        "40P01" | "55P03" | "57014" | "40001" | "57P01" | "57P02" | "57P03" | "53300" | "53100" | "25006" => {
            count_fault();
            tracing::warn!(%error, "The database could not serve a statement in time");
            UNAVAILABLE.error()
        }
        _ => unforeseen(&database.to_string(), text),
    }
}

fn foreign_key(text: &str) -> Error {
    if text.trim_start().starts_with("delete") {
        IN_USE.error()
    } else {
        UNKNOWN_REFERENCE.error()
    }
}
