//! Whom a request can be given to (EN-2, A29, WO-2, WO-4): somebody named, or whom the system chooses.

pub mod auto;
pub mod candidates;
pub mod plan;
pub mod turns;

use aftercare_domain::engineers::Engineer;
use aftercare_domain::engineers::availability::{Ask, Unavailable};
use aftercare_domain::kernel::error::{NOT_FOUND, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Error, Result, Time};
use aftercare_domain::problem_types::ProblemType;
use aftercare_domain::requests::{AssignmentMode, EngineerId, ServiceRequest, Target};
use aftercare_domain::skills::Skill;
use aftercare_persistence::availability::around;
use aftercare_persistence::db::among;
use aftercare_persistence::{IfMatch, Tx, find, get, get_for_update, service_outlets};

/// The engineer of an assignment, with why he may not be available for the request now.
///
/// He is held until the assignment is kept: of two who give him a job at once, the second sees the first.
///
/// Errors: `unknown_reference` with the pointer.
pub async fn target(
    tx: &mut Tx<'_>,
    id: EngineerId,
    pointer: &str,
    request: &ServiceRequest,
) -> Result<Target> {
    let unknown = |error: Error| {
        if error.code == &NOT_FOUND {
            UNKNOWN_REFERENCE.at(pointer)
        } else {
            error
        }
    };
    let found = get_for_update(tx, id, &IfMatch::internal()).await;
    let engineer: Engineer = found.map_err(unknown)?;
    let certificates = certificates(tx, request).await?;
    let ask = Ask {
        at: tx.now(),
        zone: tx.zone(),
        is_emergency: request.emergency,
        certificates: &certificates,
    };
    let outlet_id = engineer.outlet_id;
    let facts = around(tx, vec![engineer], ask.at).await?;
    let why = facts
        .iter()
        .flat_map(|facts| facts.day().availability(&ask).reasons);
    let mut unavailable: Vec<_> = why.collect();
    // A suspended outlet gets no new work (domain.md 3.10).
    if let Some(outlet_id) = outlet_id
        && !service_outlets::takes_work(tx, outlet_id).await?
    {
        unavailable.push(Unavailable::OutletNotInService);
    }
    Ok(Target {
        engineer_id: id,
        outlet_id,
        unavailable,
        mode: AssignmentMode::Manual,
        appointment: None,
    })
}

/// Whether an engineer is on shift, or stands by for an emergency, and not on leave at an instant.
///
/// Errors: `not_found`.
pub async fn works_at(tx: &mut Tx<'_>, id: EngineerId, at: Time, is_emergency: bool) -> Result<bool> {
    let engineer: Engineer = get(tx, id).await?;
    let ask = Ask {
        at,
        zone: tx.zone(),
        is_emergency,
        certificates: &[],
    };
    let facts = around(tx, vec![engineer], at).await?;
    let mut reasons = facts
        .iter()
        .flat_map(|facts| facts.day().availability(&ask).reasons);
    Ok(!reasons.any(|why| matches!(why, Unavailable::NotOnShift | Unavailable::OnLeave)))
}

/// The skills the problem of a request takes.
pub async fn skills_for(tx: &mut Tx<'_>, request: &ServiceRequest) -> Result<Vec<Skill>> {
    let problem: Option<ProblemType> = find(tx, request.problem_type_id.0).await?;
    let ids: Vec<_> = problem
        .iter()
        .flat_map(|problem| problem.skill_ids.iter().map(|id| id.0))
        .collect();
    among(tx, "id", &ids, "id").await
}

/// The certificates without which nobody is sent to a request.
async fn certificates(tx: &mut Tx<'_>, request: &ServiceRequest) -> Result<Vec<WordCode>> {
    let skills = skills_for(tx, request).await?;
    let mut kinds: Vec<WordCode> = Vec::new();
    for kind in skills.into_iter().flat_map(|skill| skill.required_certificates) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}
