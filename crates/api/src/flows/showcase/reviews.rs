//! How the demo company's engineers did in October: reviews that are final, and the awards of the month.
//!
//! What is measured from records is not: the company began here in November. The rest was told by whoever leads, and who
//! closed how much was taken over from the books before.

use aftercare_domain::kernel::{Actor, Ids, Period, Result};
use aftercare_domain::performance::PerformanceReview;
use aftercare_domain::performance::awards::{Contender, awards};
use aftercare_domain::requests::EngineerId;
use aftercare_persistence::seed::sandbox::{company, engineer};
use aftercare_persistence::{IfMatch, Tx, get_for_update, insert_all, update};
use serde_json::json;

use super::{Story, cmd, internal, on, who};
use crate::flows::performance;

const MONTH: &str = "2026-10";

/// What was told of each: complaints in percent, praises, value-added services in percent, violations, courses in percent,
/// right diagnoses in percent, old parts in time in percent.
const TOLD: [&str; 7] = [
    "complaint_rate",
    "praises",
    "value_added",
    "violations",
    "learning",
    "diagnosis",
    "old_parts_on_time",
];

/// One engineer's October: what was told of him; requests closed, customers asked, customers satisfied.
type Row = ([&'static str; 7], [i64; 3]);

/// 张伟, 刘洋, and 陈勇 and 高强 of the company.
const ROWS: [Row; 4] = [
    (["2", "5", "85", "0", "100", "95", "98"], [34, 28, 28]),
    (["7", "2", "65", "1", "90", "88", "92"], [27, 22, 21]),
    (["3", "3", "80", "0", "100", "93", "96"], [22, 16, 16]),
    (["9", "1", "60", "3", "70", "84", "90"], [19, 12, 10]),
];

fn person(place: usize) -> Option<EngineerId> {
    engineer(place).or_else(|| Some(company::engineer(place.checked_sub(2)?)))
}

/// Reviews October, lets the days for an appeal pass and makes the awards.
pub(super) async fn tell(tx: &mut Tx<'_>, ids: &Ids) -> Result<()> {
    let mut contenders = Vec::new();
    for (place, (told, [closed_requests, surveys, satisfied])) in ROWS.into_iter().enumerate() {
        let engineer_id = person(place).ok_or_else(|| internal("no such engineer"))?;
        let review = review(tx, ids, engineer_id, told).await?;
        contenders.push(Contender {
            engineer_id,
            total: review.total,
            closed_requests,
            surveys,
            satisfied,
        });
    }
    let at = Story::stand(tx, ids, on("11 09:00")?, who("supervisor"));
    let period = Period::new(MONTH).map_err(|_| internal(MONTH))?;
    insert_all(tx, &awards(&period, &contenders, &at)).await
}

/// One review, counted, confirmed, and final because nobody appealed.
async fn review(
    tx: &mut Tx<'_>,
    ids: &Ids,
    engineer_id: EngineerId,
    told: [&str; 7],
) -> Result<PerformanceReview> {
    let at = Story::stand(tx, ids, on("03 09:30")?, who("supervisor"));
    let measures: Vec<_> = TOLD
        .iter()
        .zip(told)
        .map(|(indicator, actual)| json!({"indicator": indicator, "actual": actual}))
        .collect();
    let said = cmd(json!({"engineer_id": engineer_id, "period": MONTH, "measures": measures}))?;
    let made = performance::review(tx, &said).await?;
    let mut found: PerformanceReview = get_for_update(tx, made.id, &IfMatch::internal()).await?;
    found.confirm(&at)?;
    update(tx, &mut found).await?;
    let later = Story::stand(tx, ids, on("10 10:00")?, Actor::system());
    let event = found
        .run_out(&later)
        .ok_or_else(|| internal("a review stays open"))?;
    performance::settled(tx, &mut found, event).await?;
    Ok(found)
}
