//! Daily figures: added to in the write that earns them, read as sums (performance.md §7.6).

use std::fmt::Write as _;
use std::sync::LazyLock;

use aftercare_domain::kernel::{Column as _, Raw, Result};
use aftercare_domain::requests::figures::{Figure, FigureChanges};
use uuid::Uuid;

use crate::db::{Sql, Tx, dialect};

/// Adds a unit's changes; always in the same order of keys, so that units never wait for each other in a circle.
pub(crate) async fn keep(tx: &mut Tx<'_>, changes: FigureChanges) -> Result<()> {
    let mut changes = changes.into_iter().peekable();
    let shard = shard(tx);
    while let Some(((on, class, figure), by)) = changes.next() {
        let mut sums: Vec<i64> = vec![0; Figure::ALL.len()];
        let mut add = |figure: Figure, by: i64| {
            let place = Figure::ALL.iter().position(|known| *known == figure);
            if let Some(sum) = place.and_then(|place| sums.get_mut(place)) {
                *sum = by;
            }
        };
        add(figure, by);
        while let Some(((_, _, figure), by)) = changes.next_if(|((o, c, _), _)| (*o, *c) == (on, class)) {
            add(figure, by);
        }
        let mut args = vec![
            on.to_raw(),
            Raw::Uuid(Some(class.product_id.map_or(Uuid::nil(), |id| id.0))),
            class.problem_type_id.to_raw(),
            shard.to_raw(),
        ];
        args.extend(sums.iter().map(|sum| sum.to_raw()));
        tx.exec(Sql::new(UPSERT.as_str(), args)).await?;
    }
    Ok(())
}

/// One of the rows a sum is spread over, by chance.
fn shard(tx: &Tx<'_>) -> i64 {
    let stamp = tx.stamp();
    let [.., last] = stamp.ids.next(stamp.now).into_bytes();
    i64::from(last).checked_rem(dialect::shards(tx)).unwrap_or(0)
}

/// Made once, and the same for every change.
static UPSERT: LazyLock<String> = LazyLock::new(|| {
    let mut columns = String::from("on_date, product_id, problem_type_id, shard");
    let mut places = String::from("$1, $2, $3, $4");
    let mut sets = String::new();
    for (figure, n) in Figure::ALL.iter().zip(5..) {
        let _ = write!(columns, ", {figure}");
        let _ = write!(places, ", ${n}");
        let comma = if sets.is_empty() { "" } else { ", " };
        let _ = write!(
            sets,
            "{comma}{figure} = daily_figures.{figure} + excluded.{figure}"
        );
    }
    format!(
        "insert into daily_figures ({columns}) values ({places})
         on conflict (on_date, product_id, problem_type_id, shard) do update set {sets}"
    )
});
