//! Document numbers: blocks per series and local date; unique, gaps allowed (A35).

use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Result};

use crate::db::{Tx, sql};

/// Takes `count` numbers of a series; the first of them.
pub(crate) async fn take(tx: &mut Tx<'_>, series: Series, on: Date, count: i64) -> Result<i64> {
    let next: i64 = tx
        .scalar(sql!(
            "insert into number_blocks (series, on_date, next) values ($1, $2, 1 + $3)
             on conflict (series, on_date) do update set next = number_blocks.next + $3
             returning next as value",
            series,
            on,
            count
        ))
        .await?;
    Ok(next.saturating_sub(count))
}

/// Gives back the numbers of a series from `next` on; only for whoever took them in the same unit of work.
pub(crate) async fn give_back(tx: &mut Tx<'_>, series: Series, on: Date, next: i64) -> Result<()> {
    tx.exec(sql!(
        "update number_blocks set next = $1 where series = $2 and on_date = $3",
        next,
        series,
        on
    ))
    .await
    .map(|_| ())
}
