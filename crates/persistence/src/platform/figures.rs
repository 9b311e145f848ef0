//! Daily figures: added to in the write that earns them, read as sums (performance.md §7.6).

use std::sync::LazyLock;

use aftercare_domain::kernel::{Column as _, Raw, Result};
use aftercare_domain::requests::figures::{Figure, FigureChanges};
use uuid::Uuid;

use crate::db::{Tx, add_or, dialect};

/// Adds a unit's changes; always in the same order of keys, so that units never wait for each other in a circle.
pub(crate) async fn keep(tx: &mut Tx<'_>, changes: FigureChanges) -> Result<()> {
    let mut changes = changes.into_iter().peekable();
    let shard = shard(tx);
    let mut values = Vec::new();
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
        values.extend([
            on.to_raw(),
            Raw::Uuid(Some(class.product_id.map_or(Uuid::nil(), |id| id.0))),
            class.problem_type_id.to_raw(),
            shard.to_raw(),
        ]);
        values.extend(sums.iter().map(|sum| sum.to_raw()));
    }
    let width = Figure::ALL.len().saturating_add(4);
    add_or(tx, &HEAD, width, values, RAISE.as_str()).await
}

/// One of the rows a sum is spread over, by chance.
fn shard(tx: &Tx<'_>) -> i64 {
    let stamp = tx.stamp();
    let [.., last] = stamp.ids.next(stamp.now).into_bytes();
    i64::from(last).checked_rem(dialect::shards(tx)).unwrap_or(0)
}

/// Where figures are added.
static HEAD: LazyLock<String> = LazyLock::new(|| {
    let figures: String = Figure::ALL.iter().map(|figure| format!(", {figure}")).collect();
    format!("insert into daily_figures (on_date, product_id, problem_type_id, shard{figures})")
});

/// What is there already is raised.
static RAISE: LazyLock<String> = LazyLock::new(|| {
    let sets: Vec<String> = Figure::ALL
        .iter()
        .map(|figure| format!("{figure} = daily_figures.{figure} + excluded.{figure}"))
        .collect();
    format!(
        " on conflict (on_date, product_id, problem_type_id, shard) do update set {}",
        sets.join(", ")
    )
});
