//! The only folder that knows there are two engines.
//!
//! Everything above speaks one portable SQL text with `$1…`, [`Tx`] and [`Record`]; the `match` on the engine
//! happens in `conn.rs`, `migrate.rs` and `dialect.rs` and nowhere else.

mod conn;
mod constraint;
pub mod dialect;
mod embedded;
mod gather;
mod intake;
mod list;
mod memo;
pub mod migrate;
mod open;
mod record;
mod registration;
mod row;
mod rows;
mod server;
mod several;
mod sql;
mod tx;
mod write;

pub use list::{Cursor, ListBy, Listing, PageRequest, SortKey, Where, list};
pub use open::{Db, Gauges, OpenError, Options, Work};
pub use record::{
    Id, IfMatch, Record, ScopeRule, Table, Unique, columns, delete, delete_all, find, get, get_for_update,
    insert, insert_all, remember, seed, update,
};
pub(crate) use record::{parts_of, record, search_column};
pub use row::Row;
pub(crate) use rows::{add, add_or};
pub use several::{among, among_those, many, marks};
pub use sql::Sql;
pub(crate) use sql::sql;
pub(crate) use tx::{AuditLine, Counts, EventLine};
pub use tx::{FromRow, Tx};
