//! Trees of master data: the line above a record and the levels below it.

use aftercare_domain::kernel::{Raw, Result};
use uuid::Uuid;

use crate::db::{Record, Sql, Tx, dialect};

/// The most levels any tree has; a walk never goes further.
const DEEPEST: usize = 16;

/// A record and everything above it, nearest first.
pub async fn line<T: Record>(tx: &mut Tx<'_>, from: Uuid) -> Result<Vec<Uuid>> {
    let table = T::TABLE.name;
    let text = format!(
        "with recursive line (id, parent_id, level) as (
           select id, parent_id, 1 from {table} where id = $1
           union all
           select t.id, t.parent_id, line.level + 1 from {table} t join line on t.id = line.parent_id
             where line.level < {DEEPEST}
         ) select id from line order by level"
    );
    tx.read(Sql::new(text, vec![Raw::Uuid(Some(from))]), |row| row.get("id"))
        .await
}

/// The same for a move, locked: two moves at once cannot close a circle, one of them has to wait for the other.
///
/// It climbs step by step, because a recursive read cannot lock what it meets.
pub async fn line_for_update<T: Record>(tx: &mut Tx<'_>, from: Uuid) -> Result<Vec<Uuid>> {
    let text = format!(
        "select parent_id as value from {} where id = $1{}",
        T::TABLE.name,
        dialect::for_update(tx)
    );
    let mut line = vec![from];
    let mut at = from;
    while line.len() < DEEPEST {
        let sql = Sql::new(text.clone(), vec![Raw::Uuid(Some(at))]);
        let above: Vec<Option<Uuid>> = tx.read(sql, |row| row.get("value")).await?;
        match above.into_iter().next().flatten() {
            Some(parent) => {
                line.push(parent);
                at = parent;
            }
            None => break,
        }
    }
    Ok(line)
}

/// How many levels a record and everything below it take: 1 for a leaf.
pub async fn height<T: Record>(tx: &mut Tx<'_>, of: Uuid) -> Result<usize> {
    let table = T::TABLE.name;
    let text = format!(
        "with recursive below (id, level) as (
           select id, 1 from {table} where id = $1
           union all
           select t.id, below.level + 1 from {table} t join below on t.parent_id = below.id where below.level < {DEEPEST}
         ) select cast(max(level) as bigint) as value from below"
    );
    let levels: i64 = tx.scalar(Sql::new(text, vec![Raw::Uuid(Some(of))])).await?;
    Ok(usize::try_from(levels).unwrap_or(DEEPEST))
}
