//! What reports read: sums of days, and what is open now.

use std::collections::BTreeMap;

use aftercare_domain::kernel::{Column as _, Date, Result, Time};
use aftercare_domain::requests::figures::Figure;
use aftercare_domain::requests::members::RequestStatus;
use aftercare_domain::requests::stats::{AgeBand, BACKLOG_CAP, DaySums, OpenCount, StatsParams};

use crate::db::{Sql, Tx, Where};

/// The sums of each day of a window on which something happened.
pub async fn day_sums(
    tx: &mut Tx<'_>,
    asked: &StatsParams,
    (from, to): (Date, Date),
) -> Result<BTreeMap<Date, DaySums>> {
    let mut w = Where::default();
    w.compare("on_date", ">=", Some(from));
    w.compare("on_date", "<=", Some(to));
    w.eq("product_id", asked.product_id);
    w.eq("problem_type_id", asked.problem_type_id);
    let (clause, args) = w.into_parts();
    let sums: Vec<String> = Figure::ALL
        .iter()
        .map(|figure| format!("cast(sum({figure}) as bigint) as {figure}"))
        .collect();
    let text = format!(
        "select on_date, {} from daily_figures{clause} group by on_date",
        sums.join(", ")
    );
    let found = tx
        .read(Sql::new(text, args), |row| {
            let on: Date = row.get("on_date")?;
            let sums: Result<BTreeMap<Figure, i64>> = Figure::ALL
                .iter()
                .map(|figure| Ok((*figure, row.get(figure.as_str())?)))
                .collect();
            Ok((on, DaySums(sums?)))
        })
        .await?;
    Ok(found.into_iter().collect())
}

/// How many requests of each open status there are, by age; the oldest up to the cap.
pub async fn open_counts(tx: &mut Tx<'_>, asked: &StatsParams, now: Time) -> Result<Vec<OpenCount>> {
    let mut counts = Vec::new();
    for status in RequestStatus::ALL.iter().filter(|status| status.is_open()) {
        let limits = AgeBand::ALL.iter().map(|band| band.limit(now));
        let mut args: Vec<_> = limits.map(|limit| limit.to_raw()).collect();
        let bands: Vec<String> = (1..=args.len())
            .map(|n| format!("count(*) filter (where created_at <= ${n}) as band_{n}"))
            .collect();
        let mut conditions = String::new();
        let mut narrow = |column: &str, raw| {
            args.push(raw);
            let and = if conditions.is_empty() { "" } else { " and " };
            conditions.push_str(&format!("{and}{column} = ${}", args.len()));
        };
        narrow("status", status.to_raw());
        if let Some(id) = asked.product_id {
            narrow("product_id", id.to_raw());
        }
        if let Some(id) = asked.problem_type_id {
            narrow("problem_type_id", id.to_raw());
        }
        let text = format!(
            "select {} from (select created_at from service_requests where {conditions} \
             order by id limit {BACKLOG_CAP}) as open_ones",
            bands.join(", ")
        );
        let width = bands.len();
        let found = tx
            .read(Sql::new(text, args), |row| {
                (1..=width).map(|n| row.get(&format!("band_{n}"))).collect()
            })
            .await?;
        counts.push(OpenCount {
            status: *status,
            at_least: found.into_iter().next().unwrap_or_default(),
        });
    }
    Ok(counts)
}
