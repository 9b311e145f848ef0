//! How an outlet did in a period: counted from the records, kept with what proves it, and what follows from it.

use aftercare_domain::assessments::schemes::{STANDARD, in_force};
use aftercare_domain::assessments::{
    AssessmentScheme, Band, OutletAssessment, OutletAssessmentCreate, TallyEvidence,
};
use aftercare_domain::kernel::error::{INTERNAL, INVALID_FORMAT, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::MasterCode;
use aftercare_domain::kernel::{Error, Event, Period, Result};
use aftercare_domain::outlets::ServiceOutlet;
use aftercare_domain::requests::OutletId;
use aftercare_persistence::assessments::{self as kept, Span};
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{self as persistence, IfMatch, Tx};

/// Counts how an outlet did in a period that is over, and keeps it with its evidence.
///
/// # Errors
/// `unknown_reference`, `inactive_reference`, `fact_counted`, `unknown_fact`, `evidence_elsewhere`,
/// `evidence_outside_period`, `period_open`, `period_mismatch`; `duplicate` if another call was faster.
pub async fn generate(tx: &mut Tx<'_>, cmd: OutletAssessmentCreate) -> Result<OutletAssessment> {
    let scheme = scheme_of(tx, &cmd).await?;
    let span = span_of(tx, cmd.outlet_id, &cmd.period)?;
    let mut wrong = TallyEvidence::faults(&cmd.facts, &scheme);
    refer::<ServiceOutlet>(tx, cmd.outlet_id, "#/outlet_id", &mut wrong).await?;
    kept::refer_evidence(tx, &cmd.facts, span, &mut wrong).await?;
    Error::all(wrong)?;
    let counted = kept::facts(tx, span).await?;
    let facts = (counted.as_slice(), cmd.facts);
    let (at, today) = (tx.stamp(), tx.today());
    let mut found = OutletAssessment::generate(
        cmd.outlet_id,
        &cmd.period,
        &scheme,
        facts,
        kept::digest,
        &at,
        today,
    )?;
    let evidence = found.take_evidence(&at);
    persistence::insert(tx, &found).await?;
    persistence::insert_all(tx, &evidence).await?;
    Ok(found)
}

/// The scheme asked for, in the version in force on the last day of the period.
async fn scheme_of(tx: &mut Tx<'_>, cmd: &OutletAssessmentCreate) -> Result<AssessmentScheme> {
    let code = match &cmd.scheme_code {
        Some(code) => code.clone(),
        None => MasterCode::new(STANDARD).map_err(|_| INTERNAL.error())?,
    };
    let last = cmd.period.last().ok_or_else(|| INVALID_FORMAT.at("#/period"))?;
    let versions = kept::versions(tx, &code).await?;
    in_force(&versions, &code, last)
        .cloned()
        .ok_or_else(|| UNKNOWN_REFERENCE.at("#/scheme_code"))
}

/// An outlet in a period of the organisation's calendar.
fn span_of(tx: &Tx<'_>, outlet_id: OutletId, period: &Period) -> Result<Span> {
    let zone = tx.zone();
    let start = |day: Option<aftercare_domain::kernel::Date>| day.and_then(|day| day.start_in(zone));
    let from = start(period.first()).ok_or_else(|| INVALID_FORMAT.at("#/period"))?;
    let to = start(period.last().map(|day| day.plus_days(1))).ok_or_else(|| INVALID_FORMAT.at("#/period"))?;
    Ok(Span { outlet_id, from, to })
}

/// Counts an assessment again, from the records as they are now and the facts told then, under the same version.
pub async fn recount(tx: &mut Tx<'_>, known: &OutletAssessment) -> Result<OutletAssessment> {
    let scheme: AssessmentScheme = persistence::get(tx, known.scheme_id).await?;
    let span = span_of(tx, known.outlet_id, &known.period)?;
    let counted = kept::facts(tx, span).await?;
    let facts = (counted.as_slice(), known.told.clone());
    let (at, today) = (tx.stamp(), tx.today());
    OutletAssessment::generate(
        known.outlet_id,
        &known.period,
        &scheme,
        facts,
        kept::digest,
        &at,
        today,
    )
}

/// The band of the period before, if it was approved.
pub async fn band_before(tx: &mut Tx<'_>, of: &OutletAssessment) -> Result<Option<Band>> {
    let Some(before) = of.period.before() else {
        return Ok(None);
    };
    let found = kept::of_period(tx, of.outlet_id, &before).await?;
    Ok(found.filter(|it| it.approved_at.is_some()).map(|it| it.band))
}

/// Keeps an assessment that was just approved or decided, gives the outlet its stars unless it has newer ones or the
/// assessment gives none, and tells of it.
pub async fn settled(tx: &mut Tx<'_>, assessment: &mut OutletAssessment, told: Event) -> Result<()> {
    persistence::update(tx, assessment).await?;
    tx.emit(told);
    let others = kept::approved(tx, assessment.outlet_id).await?;
    let is_newest = others
        .iter()
        .filter(|it| it.band.star.is_some())
        .all(|it| it.period.last() <= assessment.period.last());
    if let (Some(star), true) = (assessment.band.star, is_newest) {
        let id = assessment.outlet_id;
        let mut outlet: ServiceOutlet = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
        outlet.rate(star, assessment.band.coefficient);
        persistence::update(tx, &mut outlet).await?;
    }
    let at = tx.stamp();
    if let Some(proposal) = assessment.proposal(&at) {
        tx.emit(proposal);
    }
    Ok(())
}
