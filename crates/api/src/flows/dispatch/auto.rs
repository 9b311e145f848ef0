//! What the system gives out by itself: by rule when a request becomes assignable, or because somebody lets it.

use aftercare_domain::addresses::Address;
use aftercare_domain::dispatch::candidates::may_be_sent;
use aftercare_domain::dispatch::no_candidate;
use aftercare_domain::dispatch::rules::{DispatchMode, DispatchRule, rule_for};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::{Figure, Result};
use aftercare_domain::requests::{
    AssignRequest, AssignmentMode, Dossier, EngineerId, RequestStatus, ServiceRequest, Target,
};
use aftercare_persistence::availability::in_work;
use aftercare_persistence::db::among;
use aftercare_persistence::dispatch_rules::{in_force, take_turn};
use aftercare_persistence::{IfMatch, Tx, get_for_update};

use super::candidates::{MOST, people, wanted, weighed};
use super::turns::Turns;
use crate::flows::requests;

/// Who lets the system choose: whoever waits for the row that puts choices in turn holds a connection and is given up after
/// two seconds, so few wait there at once and the others here.
pub static CHOICES: Turns = Turns::new(4, 500, 2);

/// How many are looked at again under their lock before nobody is found.
const TRIES: usize = 20;

/// The rule by which the system gives a request out; none leaves it to a dispatcher.
pub async fn rule_of(tx: &mut Tx<'_>, request: &ServiceRequest) -> Result<Option<DispatchRule>> {
    if request.status != RequestStatus::PendingAssignment {
        return Ok(None);
    }
    let rules = in_force(tx).await?;
    let ids: Vec<_> = match request.address_id {
        Some(id) if rules.iter().any(|rule| !rule.region_codes.is_empty()) => vec![id.0],
        _ => Vec::new(),
    };
    let address: Vec<Address> = among(tx, "id", &ids, "id").await?;
    let region = address.first().map(|address| &address.region_code);
    let rule = rule_for(&rules, &request.service_type, region, request.emergency);
    Ok(rule.filter(|rule| rule.mode == DispatchMode::Auto).cloned())
}

/// Gives a request out by a rule, as the system; if nobody can be sent that is told, and it waits for a dispatcher.
pub async fn by_rule(tx: &mut Tx<'_>, dossier: Dossier, rule: &DispatchRule) -> Result<Dossier> {
    let before = tx.restamp(tx.stamp().as_system());
    let sent = send(tx, dossier, rule.least_score).await;
    tx.restamp(before);
    sent
}

async fn send(tx: &mut Tx<'_>, dossier: Dossier, least: Option<Figure>) -> Result<Dossier> {
    let Some(target) = choose(tx, &dossier.request, least).await? else {
        tx.emit(no_candidate(dossier.request.id, &tx.stamp()));
        return Ok(dossier);
    };
    let said = to(target.engineer_id);
    let id = dossier.request.id;
    requests::act_alone(tx, id, "assign", async |_, dossier, ctx, at| {
        dossier.assign(&said, &target, ctx, at)
    })
    .await
}

/// The command that gives a request to an engineer, and nothing else.
pub fn to(engineer_id: EngineerId) -> AssignRequest {
    AssignRequest {
        engineer_id,
        kind: None,
        resolve_required_by: None,
        force: false,
    }
}

/// Whom the system sends now: the first candidate who still may go once he is held; none if nobody may.
///
/// Whoever has somebody to send waits for his turn, and an engineer is weighed again under his lock: however many choose at once, nobody
/// gets more than he may.
pub async fn choose(
    tx: &mut Tx<'_>,
    request: &ServiceRequest,
    least: Option<Figure>,
) -> Result<Option<Target>> {
    let (now, zone) = (tx.now(), tx.zone());
    let wanted = wanted(tx, &[request])
        .await?
        .into_iter()
        .next()
        .unwrap_or_default();
    let engineers = in_work(tx, None, &[], MOST).await?;
    let people_now = people(tx, engineers, now).await?;
    let found = weighed(&wanted, &people_now, now, zone);
    // Whoever finds nobody waits for nobody either.
    if may_be_sent(&found, least).next().is_none() {
        return Ok(None);
    }
    take_turn(tx).await?;
    for candidate in may_be_sent(&found, least).take(TRIES) {
        let id = candidate.engineer_id;
        let engineer: Engineer = get_for_update(tx, id, &IfMatch::internal()).await?;
        let again = people(tx, vec![engineer], now).await?;
        let again = weighed(&wanted, &again, now, zone);
        if let Some(held) = may_be_sent(&again, least).next() {
            return Ok(Some(Target {
                engineer_id: id,
                outlet_id: held.outlet_id,
                unavailable: Vec::new(),
                mode: AssignmentMode::Auto,
                appointment: None,
            }));
        }
    }
    Ok(None)
}
