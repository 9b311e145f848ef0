//! Awards: who won them, and what they are won by.

use std::collections::HashMap;

use aftercare_domain::follow_ups::FollowUpStatus;
use aftercare_domain::kernel::error::DUPLICATE;
use aftercare_domain::kernel::{Column as _, Figure, Period, Result, Time};
use aftercare_domain::performance::ReviewStatus;
use aftercare_domain::performance::awards::{Award, AwardFilter, Contender};
use aftercare_domain::requests::EngineerId;

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record, sql};

const TABLE: Table = Table::new("awards", "award").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "awards_winner_key",
    columns: "awards.period, awards.kind, awards.engineer_id",
    code: &DUPLICATE,
    pointer: "#/period",
}];

record! { Award: TABLE => id, kind, period, engineer_id, figure; meta }

impl ListBy<Award> for AwardFilter {
    const SORTS: &'static [&'static str] = &["created_at", "period", "figure"];

    fn apply(&self, w: &mut Where) {
        w.eq("kind", self.kind);
        w.eq("period", self.period.clone());
        w.eq("engineer_id", self.engineer_id);
    }
}

/// The awards of a month.
pub async fn of_period(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<Award>> {
    many(
        tx,
        "period = $1 order by kind, figure desc, engineer_id",
        vec![period.to_raw()],
    )
    .await
}

/// Everybody who was reviewed in a month, with what he did from one instant to another; nothing while reviews are missing
/// or not final.
pub async fn contenders(
    tx: &mut Tx<'_>,
    period: &Period,
    (from, to): (Time, Time),
) -> Result<Option<Vec<Contender>>> {
    let text = sql!(
        "select engineer_id, total, status from performance_reviews where period = $1 order by engineer_id",
        period.clone()
    );
    let reviews: Vec<(EngineerId, Figure, ReviewStatus)> = tx
        .read(text, |row| {
            Ok((row.get("engineer_id")?, row.get("total")?, row.get("status")?))
        })
        .await?;
    let is_final = |(_, _, status): &(EngineerId, Figure, ReviewStatus)| *status == ReviewStatus::Final;
    if reviews.is_empty() || !reviews.iter().all(is_final) {
        return Ok(None);
    }
    let closed = closed_requests(tx, from, to).await?;
    let said = said(tx, from, to).await?;
    let of = |(engineer_id, total, _): (EngineerId, Figure, ReviewStatus)| {
        let (surveys, satisfied) = said.get(&engineer_id).copied().unwrap_or_default();
        Contender {
            engineer_id,
            total,
            closed_requests: closed.get(&engineer_id).copied().unwrap_or_default(),
            surveys,
            satisfied,
        }
    };
    Ok(Some(reviews.into_iter().map(of).collect()))
}

/// How many requests each engineer tried to solve were closed.
async fn closed_requests(tx: &mut Tx<'_>, from: Time, to: Time) -> Result<HashMap<EngineerId, i64>> {
    let text = sql!(
        "select a.engineer_id, count(distinct r.id) as number from service_requests r
         join attempts a on a.service_request_id = r.id
         where a.engineer_id is not null and r.closed_at >= $1 and r.closed_at < $2 group by a.engineer_id",
        from,
        to
    );
    let found: Vec<(EngineerId, i64)> = tx
        .read(text, |row| Ok((row.get("engineer_id")?, row.get("number")?)))
        .await?;
    Ok(found.into_iter().collect())
}

/// How many customers said something of the jobs each engineer completed, and how many were satisfied.
async fn said(tx: &mut Tx<'_>, from: Time, to: Time) -> Result<HashMap<EngineerId, (i64, i64)>> {
    let text = sql!(
        "select w.engineer_id, f.status, count(distinct f.id) as number from follow_ups f
         join work_orders w on w.service_request_id = f.service_request_id and w.cycle_no = f.cycle_no
         where f.recorded_at >= $1 and f.recorded_at < $2 and f.status in ('satisfied', 'dissatisfied')
           and w.status in ('completed', 'verified') group by w.engineer_id, f.status",
        from,
        to
    );
    let found: Vec<(EngineerId, FollowUpStatus, i64)> = tx
        .read(text, |row| {
            Ok((row.get("engineer_id")?, row.get("status")?, row.get("number")?))
        })
        .await?;
    let mut said: HashMap<EngineerId, (i64, i64)> = HashMap::new();
    for (engineer_id, status, number) in found {
        let (all, satisfied) = said.entry(engineer_id).or_default();
        *all = all.saturating_add(number);
        if status == FollowUpStatus::Satisfied {
            *satisfied = satisfied.saturating_add(number);
        }
    }
    Ok(said)
}
