//! Performance: how schemes and reviews are kept and found.

pub mod awards;
pub mod credit;
pub mod facts;

use std::collections::HashMap;

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::error::DUPLICATE;
use aftercare_domain::kernel::text::MasterCode;
use aftercare_domain::kernel::{Actor, Column as _, Figure, Period, Result, Scope, Time};
use aftercare_domain::performance::reviews::PerformanceReviewFilter;
use aftercare_domain::performance::schemes::PerformanceSchemeFilter;
use aftercare_domain::performance::{PerformanceReview, PerformanceReviewId, PerformanceScheme};
use aftercare_domain::requests::EngineerId;

use crate::db::{ListBy, Sql, Table, Tx, Unique, Where, columns, many, marks, record, sql};
use crate::dictionaries::text_of;
use crate::engineers::of_visible;

const SCHEMES: Table = Table::new("performance_schemes", "performance_scheme").unique(SCHEMES_UNIQUES);
const SCHEMES_UNIQUES: &[Unique] = &[Unique {
    constraint: "performance_schemes_version_key",
    columns: "performance_schemes.code, performance_schemes.rule_version",
    code: &DUPLICATE,
    pointer: "#/code",
}];

record! { PerformanceScheme: SCHEMES =>
    id, code, rule_version, name, dimensions, effective_from; meta; search = search_text
}

const REVIEWS: Table = Table::new("performance_reviews", "performance_review")
    .scoped(visible)
    .unique(REVIEWS_UNIQUES);
const REVIEWS_UNIQUES: &[Unique] = &[Unique {
    constraint: "performance_reviews_period_key",
    columns: "performance_reviews.engineer_id, performance_reviews.period",
    code: &DUPLICATE,
    pointer: "#/period",
}];

record! { PerformanceReview: REVIEWS =>
    id, engineer_id, period, scheme_id, count, content_hash, told, total, band, coefficient, base_bonus, bonus, status,
    confirmed_at, appeal_reason, appeal_answer, finalised_at; meta
}

impl ListBy<PerformanceScheme> for PerformanceSchemeFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code", "effective_from"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

impl ListBy<PerformanceReview> for PerformanceReviewFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "period", "total"];

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", self.engineer_id);
        w.eq("period", self.period.clone());
        w.any("status", self.status.as_ref());
    }
}

/// What the text search looks into.
fn search_text(scheme: &PerformanceScheme) -> String {
    text_of(scheme.code.as_str(), &scheme.name)
}

/// An engineer sees his own once somebody stands by it; an outlet those of its engineers.
fn visible(actor: &Actor, w: &mut Where) {
    of_visible(actor, w);
    if actor.scope() == Scope::Own {
        w.raw("status <> 'draft'", None);
    }
}

/// Every version of a scheme, the first first.
pub async fn versions(tx: &mut Tx<'_>, code: &MasterCode) -> Result<Vec<PerformanceScheme>> {
    let condition = "code = $1 order by rule_version limit 1000";
    many(tx, condition, vec![code.to_raw()]).await
}

/// The review of an engineer's month, whoever asks.
pub async fn of_period(
    tx: &mut Tx<'_>,
    engineer_id: EngineerId,
    period: &Period,
) -> Result<Option<PerformanceReview>> {
    let args = vec![engineer_id.to_raw(), period.to_raw()];
    let found = many(tx, "engineer_id = $1 and period = $2", args).await?;
    Ok(found.into_iter().next())
}

/// Engineers entered before an instant who have not left and have no review of a month, in order of their identifiers.
pub async fn unreviewed(tx: &mut Tx<'_>, period: &Period, before: Time, limit: i64) -> Result<Vec<Engineer>> {
    let condition = "status <> 'left' and created_at < $1 and id not in
         (select engineer_id from performance_reviews where period = $2) order by id limit $3";
    many(
        tx,
        condition,
        vec![before.to_raw(), period.to_raw(), limit.to_raw()],
    )
    .await
}

/// Reviews confirmed before an instant that nobody appealed, the first confirmed first.
pub async fn unappealed(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<Vec<PerformanceReviewId>> {
    let text = sql!(
        "select id from performance_reviews where status = 'confirmed' and confirmed_at < $1
         order by confirmed_at, id limit $2",
        before,
        limit
    );
    tx.read(text, |row| row.get("id")).await
}

/// The newest reviews of an engineer that the caller sees.
pub async fn newest(tx: &mut Tx<'_>, engineer_id: EngineerId, limit: i64) -> Result<Vec<PerformanceReview>> {
    let mut w = Where::default();
    w.eq("engineer_id", Some(engineer_id));
    w.scope::<PerformanceReview>(&tx.stamp().actor);
    let (clause, mut args) = w.into_parts();
    args.push(limit.to_raw());
    let text = format!(
        "select {} from performance_reviews{clause} order by period desc, id limit ${}",
        columns::<PerformanceReview>(),
        args.len()
    );
    tx.all(Sql::new(text, args)).await
}

/// The last final total of these engineers; whoever was never reviewed has none.
pub async fn last_totals(tx: &mut Tx<'_>, ids: &[EngineerId]) -> Result<HashMap<EngineerId, Figure>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks = marks(1, ids.len());
    let text = format!(
        "select engineer_id, total from performance_reviews
         where engineer_id in ({}) and status = 'final' order by period",
        marks
    );
    let args = ids.iter().map(|id| id.to_raw()).collect();
    let found: Vec<(EngineerId, Figure)> = tx
        .read(Sql::new(text, args), |row| {
            Ok((row.get("engineer_id")?, row.get("total")?))
        })
        .await?;
    // The last of each stays.
    Ok(found.into_iter().collect())
}
