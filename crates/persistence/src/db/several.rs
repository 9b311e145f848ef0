//! Reading several records by a hand-written condition; whoever calls them has looked who may see what.

use aftercare_domain::kernel::{Raw, Result};
use uuid::Uuid;

use super::{Record, Sql, Tx, columns};

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
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let text = format!(
        "select {} from {} where {column} in ({}) order by {order}",
        columns::<T>(),
        T::TABLE.name,
        marks.join(", ")
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
    let first = args.len();
    let marks: Vec<String> = (1..=ids.len())
        .map(|n| format!("${}", first.saturating_add(n)))
        .collect();
    let text = format!(
        "select {} from {} where {condition} and {column} in ({}) order by {order}",
        columns::<T>(),
        T::TABLE.name,
        marks.join(", ")
    );
    args.extend(ids.iter().map(|id| Raw::Uuid(Some(*id))));
    tx.records(Sql::new(text, args)).await
}
