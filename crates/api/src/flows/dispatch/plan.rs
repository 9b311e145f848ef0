//! The day's plan: what is asked, and keeping what was planned, one request after the other.

use std::collections::HashMap;

use aftercare_domain::dispatch::plan::{PlanJob, PlanWorker, Question, Stop};
use aftercare_domain::dispatch::{
    ENGINEER_BOOKED, ENGINEER_NOT_PLANNED, NO_CANDIDATE, NOT_TO_BE_PLANNED, PLAN_TOO_LARGE,
};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::error::{Place, UNKNOWN_REFERENCE, Violation};
use aftercare_domain::kernel::text::RegionCode;
use aftercare_domain::kernel::{Error, Result, Time};
use aftercare_domain::outlets::ServiceOutlet;
use aftercare_domain::outlets::coverage::reaches;
use aftercare_domain::requests::{
    AssignmentMode, Dossier, EngineerId, OutletId, ServiceRequest, ServiceRequestId, Target,
};
use aftercare_domain::work_orders::Appointment;
use aftercare_persistence::availability::{arrivals_due, booked, in_work, unassigned};
use aftercare_persistence::{IfMatch, Tx, find, get_for_update, regions};

use super::auto::to;
use super::candidates::{Person, Wanted, people, wanted, weighed};
use crate::flows::requests;

/// The largest question a plan takes, and one more of each.
const MOST_JOBS: i64 = 1_001;
const MOST_WORKERS: i64 = 201;
/// What one drives in a minute: 30 km in an hour.
const METRES_PER_MINUTE: i64 = 500;

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct DayAsked {
    /// The first and last instant of the working day, of one local day.
    pub within: (Time, Time),
    /// In this region only.
    pub region: Option<RegionCode>,
    /// For the engineers of this outlet only.
    pub outlet_id: Option<OutletId>,
    /// For these engineers only; empty for everybody.
    pub engineer_ids: Vec<EngineerId>,
    /// How long a visit takes.
    pub minutes: i64,
    /// Windows agreed with customers, in the order they were told.
    pub windows: Vec<(ServiceRequestId, (Time, Time))>,
}

/// The question of a day: who waits, who is free, who may go where. Its statements do not grow with their number.
///
/// Errors: `unknown_reference`, `engineer_not_planned`, `not_to_be_planned` with the pointer; `plan_too_large`.
pub async fn question(tx: &mut Tx<'_>, asked: &DayAsked) -> Result<Question> {
    let (from, to) = asked.within;
    let engineers = in_work(tx, asked.outlet_id, &asked.engineer_ids, MOST_WORKERS).await?;
    let mut wrong = named(tx, asked, &engineers).await?;
    let ids: Vec<EngineerId> = engineers.iter().map(|engineer| engineer.id).collect();
    let people = people(tx, engineers, from).await?;
    let booked = booked(tx, &ids).await?;
    let waiting = unassigned(tx, MOST_JOBS).await?;
    if waiting.len() >= usize::try_from(MOST_JOBS).unwrap_or(0)
        || people.len() >= usize::try_from(MOST_WORKERS).unwrap_or(0)
    {
        return Err(PLAN_TOO_LARGE.error());
    }
    let due = arrivals_due(tx, &waiting.iter().map(|request| request.id).collect::<Vec<_>>()).await?;
    let wants = wanted(tx, &waiting.iter().collect::<Vec<_>>()).await?;
    let zone = tx.zone();
    let is_here = |wanted: &Wanted| match (&asked.region, &wanted.region) {
        (None, _) => true,
        (Some(place), Some(region)) => reaches(std::slice::from_ref(place), region),
        (Some(_), None) => false,
    };
    let here = waiting.iter().zip(&wants).filter(|(_, wanted)| is_here(wanted));
    let here: Vec<(&ServiceRequest, &Wanted)> = here.collect();
    for (index, (id, _)) in asked.windows.iter().enumerate() {
        if !here.iter().any(|(request, _)| request.id == *id) {
            let place = format!("#/windows/{index}/service_request_id");
            wrong.push(NOT_TO_BE_PLANNED.violation(Place::Pointer(place)));
        }
    }
    Error::all(wrong)?;
    let windows: HashMap<ServiceRequestId, (Time, Time)> = asked.windows.iter().copied().collect();
    let job = |(request, wanted): (&ServiceRequest, &Wanted)| {
        let window = windows.get(&request.id).copied().unwrap_or((from, to));
        let may = weighed(wanted, &people, from, zone);
        let may = may.iter().filter(|candidate| candidate.may_be_planned());
        PlanJob {
            id: request.id,
            spot: wanted.spot,
            minutes: asked.minutes,
            from: window.0.max(from),
            to: window.1.min(to),
            due_at: due.get(&request.id).copied().or(request.resolve_required_by),
            weight: 5 - request.priority + if request.emergency { 4 } else { 0 },
            allowed: may.map(|candidate| candidate.engineer_id).collect(),
        }
    };
    let worker = |person: &Person| {
        let windows = booked.get(&person.facts.engineer.id);
        let windows = windows.map(Vec::as_slice).unwrap_or_default();
        PlanWorker::of(person.facts.day(), windows, asked.within, zone)
    };
    Ok(Question {
        jobs: here.into_iter().map(job).collect(),
        workers: people.iter().map(worker).collect(),
        metres_per_minute: METRES_PER_MINUTE,
    })
}

/// What is wrong with whom and where a plan is for.
async fn named(tx: &mut Tx<'_>, asked: &DayAsked, engineers: &[Engineer]) -> Result<Vec<Violation>> {
    let mut wrong = Vec::new();
    if let Some(code) = &asked.region {
        regions::refer(tx, code, "#/region_code", &mut wrong).await?;
    }
    if let Some(id) = asked.outlet_id {
        let outlet: Option<ServiceOutlet> = find(tx, id.0).await?;
        if outlet.is_none() {
            wrong.push(UNKNOWN_REFERENCE.violation(Place::Pointer("#/outlet_id".to_owned())));
        }
    }
    for (index, id) in asked.engineer_ids.iter().enumerate() {
        if !engineers.iter().any(|engineer| engineer.id == *id) {
            let place = Place::Pointer(format!("#/engineer_ids/{index}"));
            wrong.push(ENGINEER_NOT_PLANNED.violation(place));
        }
    }
    Ok(wrong)
}

/// Gives a request out as it was planned, with its window, if everything still holds.
///
/// Errors: `engineer_unavailable`, `engineer_booked`, `no_candidate`; those of assigning.
pub async fn keep(tx: &mut Tx<'_>, stop: &Stop) -> Result<Dossier> {
    let id = stop.service_request_id;
    requests::act(
        tx,
        id,
        &IfMatch::internal(),
        "assign",
        async |tx, dossier, ctx, at| {
            dossier.gate("assign", ctx, at)?;
            let target = held(tx, &dossier.request, stop).await?;
            dossier.assign(&to(stop.engineer_id), &target, ctx, at)
        },
    )
    .await
}

/// The engineer of a planned visit, locked and weighed again at its beginning.
async fn held(tx: &mut Tx<'_>, request: &ServiceRequest, stop: &Stop) -> Result<Target> {
    let wanted = wanted(tx, &[request])
        .await?
        .into_iter()
        .next()
        .unwrap_or_default();
    let engineer: Engineer = get_for_update(tx, stop.engineer_id, &IfMatch::internal()).await?;
    let zone = tx.zone();
    let person = people(tx, vec![engineer], stop.start_at).await?;
    let found = weighed(&wanted, &person, stop.start_at, zone);
    let candidate = found.into_iter().next().ok_or_else(|| NO_CANDIDATE.error())?;
    if !candidate.is_eligible && candidate.unavailable.is_empty() {
        return Err(NO_CANDIDATE.error());
    }
    let windows = booked(tx, &[stop.engineer_id]).await?;
    let is_in_the_way = |window: &Appointment| window.from < stop.end_at && stop.start_at < window.to;
    if windows.values().flatten().any(is_in_the_way) {
        return Err(ENGINEER_BOOKED.error());
    }
    Ok(Target {
        engineer_id: candidate.engineer_id,
        outlet_id: candidate.outlet_id,
        unavailable: candidate.unavailable,
        mode: AssignmentMode::Auto,
        appointment: Some(Appointment {
            from: stop.start_at,
            to: stop.end_at,
        }),
    })
}
