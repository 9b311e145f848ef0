//! Reading several records by a hand-written condition; whoever calls them has looked who may see what.

use aftercare_domain::kernel::{Raw, Result};
use uuid::Uuid;

use super::{Record, Sql, Tx, columns};

/// The places of so many arguments from a first one on, as `in (…)` and `values (…)` take them: `$3, $4`.
pub fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first.saturating_add(count))
        .map(|n| format!("${n}"))
        .collect();
    marks.join(", ")
}

/// Records that match a hand-written condition such as `customer_id = $1 order by id`; no scope is applied.
pub async fn many<T: Record>(tx: &mut Tx<'_>, condition: &'static str, args: Vec<Raw>) -> Result<Vec<T>> {
    let text = format!(
        "select {} from {} where {condition}",
        columns::<T>(),
        T::TABLE.name
    );
    tx.records(Sql::new(text, args)).await
}

/// Records one of whose columns holds one of the identifiers, in the order of a hand-written clause; no scope is applied.
pub async fn among<T: Record>(tx: &mut Tx<'_>, column: &str, ids: &[Uuid], order: &str) -> Result<Vec<T>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = marks(1, ids.len());
    let text = format!(
        "select {} from {} where {column} in ({}) order by {order}",
        columns::<T>(),
        T::TABLE.name,
        marks
    );
    let args = ids.iter().map(|id| Raw::Uuid(Some(*id))).collect();
    tx.records(Sql::new(text, args)).await
}

/// The same, of those for which a hand-written condition over the first arguments holds.
pub async fn among_those<T: Record>(
    tx: &mut Tx<'_>,
    condition: &'static str,
    mut args: Vec<Raw>,
    column: &str,
    ids: &[Uuid],
    order: &str,
) -> Result<Vec<T>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = marks(args.len().saturating_add(1), ids.len());
    let text = format!(
        "select {} from {} where {condition} and {column} in ({}) order by {order}",
        columns::<T>(),
        T::TABLE.name,
        marks
    );
    args.extend(ids.iter().map(|id| Raw::Uuid(Some(*id))));
    tx.records(Sql::new(text, args)).await
}
