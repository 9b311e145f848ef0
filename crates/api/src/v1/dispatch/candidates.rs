//! Who may go to a request, who should, and why, over HTTP.

use actix_web::post;
use aftercare_domain::dispatch::candidates::{Candidate, Check, Term};
use aftercare_domain::dispatch::rules::can;
use aftercare_domain::engineers::availability::Unavailable;
use aftercare_domain::kernel::error::{DATE_IN_PAST, NOT_FOUND, OUT_OF_RANGE, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Date, Error, Figure, Result, Time};
use aftercare_domain::requests::{EngineerId, OutletId, ServiceRequest, ServiceRequestId};
use aftercare_persistence::availability::in_work;
use aftercare_persistence::{Tx, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::flows::dispatch::candidates::{MOST, Person, people, wanted, weighed};
use crate::http::language::Lang;
use crate::http::{Answer, Body, Ctx, Plain, ProblemResult};
use crate::openapi::Routes;
use crate::v1::engineers::{AvailabilityCheck, AvailabilityReason, check_of, reason_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(find);
}

/// How many candidates are told unless said otherwise.
const TOLD: usize = 50;

/// For which request somebody is sought.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service_request_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "at": "2026-11-24T01:00:00Z"}))]
pub struct CandidateQuestion {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// When somebody should be there, not before today; now if absent.
    #[serde(default)]
    pub at: Option<Time>,
    /// How many are told at most; 50 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
}

/// Everybody weighed for a request at an instant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchCandidates {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The instant.
    pub at: Time,
    /// How many may go.
    #[schema(minimum = 0, maximum = 1_000)]
    pub eligible: usize,
    /// How many were weighed.
    #[schema(minimum = 0, maximum = 1_000)]
    pub weighed: usize,
    /// Who may go, the best first; then who may not.
    #[schema(max_items = 200)]
    pub candidates: Vec<DispatchCandidate>,
}

/// One engineer, every hard rule in words, and what he scores.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchCandidate {
    /// His place, from 1.
    #[schema(minimum = 1, maximum = 1_000)]
    pub rank: usize,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// His name.
    #[schema(max_length = 200)]
    pub name: String,
    /// His outlet; null for own staff.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// Whether every hard rule is kept.
    pub is_eligible: bool,
    /// Whether the agreement names him and he is placed first.
    pub is_dedicated: bool,
    /// The hard rules, kept or broken.
    #[schema(max_items = 9)]
    pub checks: Vec<AvailabilityCheck>,
    /// Why he is not free, more exactly.
    #[schema(max_items = 10)]
    pub reasons: Vec<AvailabilityReason>,
    /// The terms of the score.
    #[schema(max_items = 4)]
    pub terms: Vec<Term>,
    /// Their sum.
    pub score: Figure,
    /// Metres to go from where he sets out; null where a place is not known.
    #[schema(required, minimum = 0, maximum = 21_000_000)]
    pub distance_m: Option<i64>,
    /// His open jobs that day.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub open_jobs: i64,
    /// His credit score.
    #[schema(minimum = 0, maximum = 120)]
    pub credit: i64,
}

impl DispatchCandidate {
    fn of(rank: usize, candidate: &Candidate, people: &[Person], lang: Lang) -> DispatchCandidate {
        let person = people
            .iter()
            .find(|person| person.facts.engineer.id == candidate.engineer_id);
        DispatchCandidate {
            rank,
            engineer_id: candidate.engineer_id,
            name: person
                .map(|person| person.facts.engineer.name.to_string())
                .unwrap_or_default(),
            outlet_id: candidate.outlet_id,
            is_eligible: candidate.is_eligible,
            is_dedicated: candidate.is_dedicated,
            checks: candidate
                .checks
                .iter()
                .map(|check: &Check| check_of(*check, lang))
                .collect(),
            reasons: candidate
                .unavailable
                .iter()
                .map(|code: &Unavailable| reason_of(*code, lang))
                .collect(),
            terms: candidate.terms.clone(),
            score: candidate.score,
            distance_m: candidate.distance_m,
            open_jobs: candidate.open_jobs,
            credit: candidate.credit,
        }
    }
}

/// Find who may go to a request, and who should.
///
/// Every engineer the caller sees, rule by rule in words. Who keeps every hard rule comes first: the engineer the agreement
/// names, then by score, credit, fewer jobs, identifier. The score is 40 for a full skill, 25 for nearness, 20 for a free day,
/// 15 for a perfect record. An instant before today, by the organisation's calendar, is 422 `date_in_past`, one after
/// 2099 `out_of_range`. Nothing is kept.
#[utoipa::path(tag = "dispatch", operation_id = "findDispatchCandidates", request_body = CandidateQuestion,
    security(("bearer" = ["dispatch:candidates"])), responses((status = 200, body = DispatchCandidates)))]
#[post("/dispatch/candidates")]
async fn find(ctx: Ctx<can::Candidates>, question: Body<CandidateQuestion>) -> ProblemResult<Answer> {
    let (question, lang) = (question.0, ctx.call.lang);
    let unknown = |error: Error| match error.code == &NOT_FOUND {
        true => UNKNOWN_REFERENCE.at("#/service_request_id"),
        false => error,
    };
    ctx.read(async |tx| {
        let found = get::<ServiceRequest>(tx, question.service_request_id).await;
        let limit = question.limit.unwrap_or(TOLD);
        told(tx, &found.map_err(unknown)?, question.at, limit, lang).await
    })
    .await
}

/// Refuses a day that is over, and one beyond those a caller may name.
fn check_day(day: Date, today: Date) -> Result<()> {
    let last = Date::LAST;
    if day < today {
        return Err(DATE_IN_PAST.at("#/at"));
    }
    if day > last {
        return Err(OUT_OF_RANGE.at("#/at").because(
            format!("The last day there is is {last}."),
            format!("日期最晚为 {last}。"),
        ));
    }
    Ok(())
}

async fn told(
    tx: &mut Tx<'_>,
    request: &ServiceRequest,
    at: Option<Time>,
    limit: usize,
    lang: Lang,
) -> Result<Plain<DispatchCandidates>> {
    let at = at.unwrap_or_else(|| tx.now());
    check_day(at.date_in(tx.zone()), tx.today())?;
    let wanted = wanted(tx, &[request])
        .await?
        .into_iter()
        .next()
        .unwrap_or_default();
    let engineers = in_work(tx, None, &[], MOST).await?;
    let people = people(tx, engineers, at).await?;
    let found = weighed(&wanted, &people, at, tx.zone());
    let ranked = (1..).zip(&found).take(limit);
    Ok(Plain(DispatchCandidates {
        service_request_id: request.id,
        at,
        eligible: found.iter().filter(|candidate| candidate.is_eligible).count(),
        weighed: found.len(),
        candidates: ranked
            .map(|(rank, candidate)| DispatchCandidate::of(rank, candidate, &people, lang))
            .collect(),
    }))
}
