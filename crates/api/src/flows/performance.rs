//! How an engineer did in a month: measured from the records, counted by a scheme, and what follows from it.

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::error::{INTERNAL, INVALID_FORMAT, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::{MasterCode, WordCode};
use aftercare_domain::kernel::{Date, Error, Event, Money, Period, Result, Time};
use aftercare_domain::performance::awards::{Award, awards as won};
use aftercare_domain::performance::reviews::{GenerateReviews, PerformanceReviewCreate};
use aftercare_domain::performance::schemes::{STANDARD, in_force};
use aftercare_domain::performance::{
    Measure, PerformanceBand, PerformanceReview, PerformanceReviewId, PerformanceScheme, REVIEWS_OPEN,
};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::training_courses::{NeedReason, TrainingNeed};
use aftercare_persistence::assessments::digest;
use aftercare_persistence::performance::awards;
use aftercare_persistence::performance::facts::{Month, measures};
use aftercare_persistence::performance::{unappealed, unreviewed, versions};
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{self as persistence, Db, IfMatch, Tx, Work};

/// How many engineers one call reviews, and how many reviews one round of the clock makes final.
const ROUND: i64 = 100;

/// Reviews an engineer's month and keeps it.
///
/// # Errors
/// `unknown_reference`, `unknown_line`, `fact_counted`, `indicator_twice`, `out_of_range`, `period_open`,
/// `period_mismatch`; `duplicate` if another call was faster.
pub async fn review(tx: &mut Tx<'_>, cmd: &PerformanceReviewCreate) -> Result<PerformanceReview> {
    let mut wrong = Vec::new();
    let engineer = refer::<Engineer>(tx, cmd.engineer_id, "#/engineer_id", &mut wrong).await?;
    Error::all(wrong)?;
    let engineer = engineer.ok_or_else(|| INTERNAL.error())?;
    let scheme = scheme_of(tx, cmd.scheme_code.as_ref(), &cmd.period).await?;
    let told = cmd.told(&scheme)?;
    let who = (engineer.id, engineer.profile.base_bonus);
    let made = counted(tx, who, &cmd.period, &scheme, told).await?;
    persistence::insert(tx, &made).await?;
    Ok(made)
}

/// Reviews the month of engineers who have no review of it, a hundred at most; whether that were all.
///
/// # Errors
/// `period_open`, `period_mismatch`, `unknown_reference`.
pub async fn review_all(tx: &mut Tx<'_>, cmd: &GenerateReviews) -> Result<(Vec<PerformanceReview>, bool)> {
    let scheme = scheme_of(tx, cmd.scheme_code.as_ref(), &cmd.period).await?;
    PerformanceReview::fits(&cmd.period, tx.today())?;
    let (_, end) = span_of(tx, &cmd.period)?;
    let engineers = unreviewed(tx, &cmd.period, end, ROUND).await?;
    let is_full = i64::try_from(engineers.len()).is_ok_and(|number| number == ROUND);
    let mut made = Vec::new();
    for engineer in engineers {
        let who = (engineer.id, engineer.profile.base_bonus);
        made.push(counted(tx, who, &cmd.period, &scheme, Vec::new()).await?);
    }
    persistence::insert_all(tx, &made).await?;
    Ok((made, !is_full))
}

/// Counts a review again, from the records as they are now and what was told or put right, under the same version.
pub async fn recount(tx: &mut Tx<'_>, known: &PerformanceReview) -> Result<PerformanceReview> {
    let scheme: PerformanceScheme = persistence::get(tx, known.scheme_id).await?;
    let who = (known.engineer_id, known.base_bonus);
    counted(tx, who, &known.period, &scheme, known.told.clone()).await
}

async fn counted(
    tx: &mut Tx<'_>,
    who: (EngineerId, Option<Money>),
    period: &Period,
    scheme: &PerformanceScheme,
    told: Vec<Measure>,
) -> Result<PerformanceReview> {
    let month = month_of(tx, who.0, period)?;
    let counted = measures(tx, month).await?;
    let (at, today) = (tx.stamp(), tx.today());
    PerformanceReview::generate(who, period, scheme, (&counted, told), digest, &at, today)
}

/// The scheme asked for, in the version in force on the last day of the month.
async fn scheme_of(tx: &mut Tx<'_>, code: Option<&MasterCode>, period: &Period) -> Result<PerformanceScheme> {
    let code = match code {
        Some(code) => code.clone(),
        None => MasterCode::new(STANDARD).map_err(|_| INTERNAL.error())?,
    };
    let last = period.last().ok_or_else(|| INVALID_FORMAT.at("#/period"))?;
    let versions = versions(tx, &code).await?;
    let found = in_force(&versions, last).cloned();
    found.ok_or_else(|| UNKNOWN_REFERENCE.at("#/scheme_code"))
}

/// An engineer's month of the organisation's calendar.
fn month_of(tx: &Tx<'_>, engineer_id: EngineerId, period: &Period) -> Result<Month> {
    let (from, to) = span_of(tx, period)?;
    Ok(Month {
        engineer_id,
        from,
        to,
    })
}

/// The first instant of a period of the organisation's calendar, and the first after it.
fn span_of(tx: &Tx<'_>, period: &Period) -> Result<(Time, Time)> {
    let zone = tx.zone();
    let start = |day: Option<Date>| {
        let start = day.and_then(|day| day.start_in(zone));
        start.ok_or_else(|| INVALID_FORMAT.at("#/period"))
    };
    let next = period.last().map(|day| day.plus_days(1));
    Ok((start(period.first())?, start(next)?))
}

/// Keeps a review that just became final, tells of it, and says who needs training (EN-8).
pub async fn settled(tx: &mut Tx<'_>, review: &mut PerformanceReview, told: Event) -> Result<()> {
    persistence::update(tx, review).await?;
    let at = tx.stamp().at(told.at);
    tx.emit(told);
    let weak = review.count.weak_dimensions().into_iter();
    let weak = weak.map(|dimension| (NeedReason::WeakDimension, Some(dimension.clone())));
    let mut reasons: Vec<(NeedReason, Option<WordCode>)> = weak.collect();
    if review.band == PerformanceBand::F {
        reasons.insert(0, (NeedReason::BandF, None));
    }
    for (reason, dimension) in reasons {
        let evidence = Some(review.id.0);
        let (need, event) = TrainingNeed::found(review.engineer_id, reason, dimension, evidence, &at);
        persistence::insert(tx, &need).await?;
        tx.emit(event);
    }
    Ok(())
}

/// Makes a review final that nobody appealed in time.
async fn run_out(db: &Db, id: PerformanceReviewId) -> Result<()> {
    let unit = async move |tx: &mut Tx<'_>| {
        let mut found: PerformanceReview = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
        match found.run_out(&tx.stamp()) {
            Some(told) => settled(tx, &mut found, told).await,
            None => Ok(()),
        }
    };
    db.write(&Work::system("performance"), unit).await
}

/// Makes every review final that nobody appealed in time; how many there were.
pub async fn sweep(db: &Db) -> Result<usize> {
    let work = Work::system("performance");
    let due = db
        .read(&work, async |tx| {
            let before = PerformanceReview::appealed_until(tx.now());
            unappealed(tx, before, ROUND).await
        })
        .await?;
    for id in &due {
        run_out(db, *id).await?;
    }
    Ok(due.len())
}

/// The awards of a month; made when they are first asked for after its last review became final.
///
/// # Errors
/// `period_open`, `period_mismatch`, `reviews_open`; `duplicate` if another call was faster.
pub async fn award(tx: &mut Tx<'_>, period: &Period) -> Result<Vec<Award>> {
    PerformanceReview::fits(period, tx.today())?;
    let known = awards::of_period(tx, period).await?;
    if !known.is_empty() {
        return Ok(known);
    }
    let span = span_of(tx, period)?;
    let contenders = awards::contenders(tx, period, span).await?;
    let contenders = contenders.ok_or_else(|| REVIEWS_OPEN.error())?;
    let made = won(period, &contenders, &tx.stamp());
    persistence::insert_all(tx, &made).await?;
    Ok(made)
}
