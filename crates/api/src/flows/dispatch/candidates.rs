//! What jobs need and what is known of people, in a handful of statements whatever their number (WO-2).

use std::collections::HashMap;

use aftercare_domain::addresses::Address;
use aftercare_domain::dispatch::candidates::{Candidate, Known, Need, candidates};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::text::RegionCode;
use aftercare_domain::kernel::{Figure, Result, Spot, Time};
use aftercare_domain::outlets::ServiceOutlet;
use aftercare_domain::outlets::coverage::lineages;
use aftercare_domain::performance::credit;
use aftercare_domain::problem_types::ProblemType;
use aftercare_domain::product_categories::ProductCategoryId;
use aftercare_domain::products::Product;
use aftercare_domain::requests::{EngineerId, ServiceRequest};
use aftercare_domain::service_agreements::ServiceAgreement;
use aftercare_domain::skills::Skill;
use aftercare_persistence::availability::{EngineerFacts, around};
use aftercare_persistence::db::{Record, among};
use aftercare_persistence::performance::credit::balances;
use aftercare_persistence::performance::last_totals;
use aftercare_persistence::{Tx, product_categories};
use chrono_tz::Tz;
use uuid::Uuid;

/// How many engineers are looked at, at most.
pub const MOST: i64 = 1_000;

/// What one job needs, whenever it is done.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whether it is an emergency.
    pub is_emergency: bool,
    /// The region of its address.
    pub region: Option<RegionCode>,
    /// Where it is.
    pub spot: Option<Spot>,
    lineage: Vec<ProductCategoryId>,
    skills: Vec<Skill>,
    dedicated: Option<EngineerId>,
}

impl Wanted {
    /// The same at an instant, for the rules.
    pub fn at(&self, at: Time, zone: Tz) -> Need<'_> {
        Need {
            at,
            zone,
            is_emergency: self.is_emergency,
            region: self.region.as_ref(),
            lineage: &self.lineage,
            skills: &self.skills,
            spot: self.spot,
            dedicated: self.dedicated,
        }
    }
}

/// What these requests need, in their order.
pub async fn wanted(tx: &mut Tx<'_>, requests: &[&ServiceRequest]) -> Result<Vec<Wanted>> {
    let problems = records::<ProblemType>(tx, requests.iter().map(|it| it.problem_type_id.0)).await?;
    let skill_ids = problems.values().flat_map(|problem| problem.skill_ids.iter());
    let skills = records::<Skill>(tx, skill_ids.map(|id| id.0)).await?;
    let addresses = records::<Address>(tx, requests.iter().filter_map(|it| it.address_id).map(|id| id.0));
    let addresses = addresses.await?;
    let products = records::<Product>(tx, requests.iter().filter_map(|it| it.product_id).map(|id| id.0));
    let products = products.await?;
    let agreements = requests.iter().filter_map(|it| it.agreement_id).map(|id| id.0);
    let agreements = records::<ServiceAgreement>(tx, agreements).await?;
    let lines = lines(tx, products.values()).await?;
    let of = |request: &&ServiceRequest| {
        let problem = problems.get(&request.problem_type_id.0);
        let needed = problem.into_iter().flat_map(|problem| &problem.skill_ids);
        let address = request.address_id.and_then(|id| addresses.get(&id.0));
        let place = address.and_then(|address| address.lat.zip(address.lng));
        let product = request.product_id.and_then(|id| products.get(&id.0));
        let agreement = request.agreement_id.and_then(|id| agreements.get(&id.0));
        Wanted {
            is_emergency: request.emergency,
            region: address.map(|address| address.region_code.clone()),
            spot: place.and_then(|(lat, lng)| Spot::at(lat.0, lng.0)),
            lineage: product
                .and_then(|product| lines.get(&product.category_id))
                .cloned()
                .unwrap_or_default(),
            skills: needed.filter_map(|id| skills.get(&id.0)).cloned().collect(),
            dedicated: agreement.and_then(|agreement| agreement.dedicated_engineer_id),
        }
    };
    Ok(requests.iter().map(of).collect())
}

/// Each category of these products with everything above it.
async fn lines(
    tx: &mut Tx<'_>,
    products: impl Iterator<Item = &Product>,
) -> Result<HashMap<ProductCategoryId, Vec<ProductCategoryId>>> {
    let mut ids: Vec<ProductCategoryId> = products.map(|product| product.category_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if let [one] = ids.as_slice() {
        let line = product_categories::lineage(tx, *one).await?;
        return Ok(HashMap::from([(*one, line)]));
    }
    let all = if ids.is_empty() {
        Vec::new()
    } else {
        product_categories::all(tx).await?
    };
    let line = |id: ProductCategoryId| lineages(&all, Some(id)).into_iter().next();
    Ok(ids
        .into_iter()
        .filter_map(|id| Some((id, line(id)?.line)))
        .collect())
}

async fn records<T: Record>(tx: &mut Tx<'_>, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, T>> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let found: Vec<T> = among(tx, "id", &ids, "id").await?;
    Ok(found.into_iter().map(|record| (record.id(), record)).collect())
}

/// One engineer with everything the rules look at.
#[derive(Clone, Debug)]
pub struct Person {
    /// What is known around the instant.
    pub facts: EngineerFacts,
    /// His outlet; none for own staff, and for an outlet nobody entered here.
    pub outlet: Option<ServiceOutlet>,
    /// The total of his last final review.
    pub kpi: Option<Figure>,
    /// His credit.
    pub credit: i64,
}

impl Person {
    /// The same, for the rules; whoever was never reviewed counts as in band C.
    pub fn known(&self) -> Known<'_> {
        Known {
            day: self.facts.day(),
            skills: &self.facts.skills,
            outlet: self.outlet.as_ref(),
            kpi: self.kpi,
            credit: self.credit,
        }
    }
}

/// These engineers as they stand around an instant.
pub async fn people(tx: &mut Tx<'_>, engineers: Vec<Engineer>, at: Time) -> Result<Vec<Person>> {
    let ids = engineers.iter().filter_map(|engineer| engineer.outlet_id);
    let outlets = records::<ServiceOutlet>(tx, ids.map(|id| id.0)).await?;
    let ids: Vec<EngineerId> = engineers.iter().map(|engineer| engineer.id).collect();
    let totals = last_totals(tx, &ids).await?;
    let balances = balances(tx, &ids).await?;
    let of = |facts: EngineerFacts| {
        let id = facts.engineer.id;
        let outlet = facts.engineer.outlet_id.and_then(|id| outlets.get(&id.0));
        Person {
            outlet: outlet.cloned(),
            kpi: totals.get(&id).copied(),
            credit: balances.get(&id).copied().unwrap_or(credit::START),
            facts,
        }
    };
    Ok(around(tx, engineers, at).await?.into_iter().map(of).collect())
}

/// Everybody weighed for a job at an instant, in their order.
pub fn weighed(wanted: &Wanted, people: &[Person], at: Time, zone: Tz) -> Vec<Candidate> {
    let known: Vec<Known<'_>> = people.iter().map(Person::known).collect();
    candidates(&wanted.at(at, zone), &known)
}
