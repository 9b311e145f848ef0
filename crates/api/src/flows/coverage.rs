//! Who pays: an agreement is chosen, what it grants is set aside, and the verdict follows the request until the first
//! job is done (AG-1 to AG-4, R-070).

use aftercare_domain::agreement_templates::AgreementTemplate;
use aftercare_domain::coverage::{
    AgreedCover, CoverageFacts, CoverageRecord, CoverageVerdict, Exclusion, Handling, Loser, Offer,
    QuotaState, choose, verdict,
};
use aftercare_domain::customers::CustomerId;
use aftercare_domain::installed_products::{InstalledProduct, InstalledProductId, WarrantyState};
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::requests::{
    CoverageFooting, Dossier, MAINTENANCE, QuotaClaim, ServiceRequest, ServiceRequestCreate,
};
use aftercare_domain::service_agreements::{
    Entitlement, ServiceAgreement, ServiceAgreementId, UnitScope, Usage, UsageStatus,
};
use aftercare_domain::service_items::ServiceItemId;
use aftercare_domain::sla::policy::Facts;
use aftercare_persistence::db::among;
use aftercare_persistence::service_agreements::{entitlement_on, of_customer, usage_of};
use aftercare_persistence::{IfMatch, Tx, find, get, get_for_update, insert, update};
use uuid::Uuid;

use super::warranty;

/// How many of a service one request takes.
const ONE: i64 = 1;

/// A job, as far as it matters for who pays.
#[derive(Clone, Debug)]
pub struct Job {
    /// How it is done.
    pub handling: Handling,
    /// Whether it is routine maintenance.
    pub is_maintenance: bool,
    /// A cause that is never free.
    pub exclusion: Option<WordCode>,
    /// The kind of part that failed.
    pub part: Option<WordCode>,
}

/// What is asked of coverage.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whose job it is.
    pub customer_id: CustomerId,
    /// The unit, as agreements see it.
    pub unit: UnitScope,
    /// What the unit is good for on that day; none without a unit.
    pub warranty: Option<WarrantyState>,
    /// The service asked for.
    pub item: Option<ServiceItemId>,
    /// The local day that counts.
    pub on: Date,
    /// The job.
    pub job: Job,
}

/// What came of a question.
#[derive(Clone, Debug, Default)]
pub struct Assessed {
    /// The agreement that was chosen, with its template.
    pub agreed: Option<(ServiceAgreement, AgreementTemplate)>,
    /// What it grants of the service in that period.
    pub entitlement: Option<Entitlement>,
    /// Who pays; none if there is nothing that could.
    pub verdict: Option<CoverageVerdict>,
}

/// Chooses an agreement for a new request and judges who pays; one read where the customer has none and names no unit.
pub async fn assess_new(
    tx: &mut Tx<'_>,
    cmd: &ServiceRequestCreate,
    facts: &Facts,
    unit: Option<&InstalledProduct>,
) -> Result<Assessed> {
    let on = tx.today();
    let warranty = match unit {
        Some(unit) => Some(warranty::by_policy(tx, unit, on).await?),
        None => None,
    };
    let question = Question {
        customer_id: cmd.customer_id,
        unit: UnitScope {
            installed_product_id: cmd.installed_product_id,
            product_category_ids: facts.product_category_ids.clone(),
        },
        warranty,
        item: cmd.service_item_id,
        on,
        job: Job::expected(&cmd.service_type),
    };
    assess(tx, &question).await
}

/// Chooses an agreement and judges who pays. Nothing is kept or set aside.
pub async fn assess(tx: &mut Tx<'_>, question: &Question) -> Result<Assessed> {
    let (item, on) = (question.item, question.on);
    let (agreed, losers) = chosen(tx, question.customer_id, &question.unit, item, on).await?;
    if agreed.is_none() && losers.is_empty() && question.warranty.is_none() {
        return Ok(Assessed::default());
    }
    let entitlement = match (&agreed, item) {
        (Some((agreement, _)), Some(item)) => entitlement_on(tx, agreement.id, item, on).await?,
        _ => None,
    };
    let cover = agreed.as_ref().map(|(agreement, template)| {
        let quota = left_of(entitlement.as_ref(), template, item);
        AgreedCover::of(Offer { agreement, template }, quota, ONE)
    });
    let judged = question.job.judge(question.warranty.as_ref(), cover, &losers);
    Ok(Assessed {
        agreed,
        entitlement,
        verdict: Some(judged),
    })
}

/// The agreement that covers a unit of a customer on a day, with its template, and all that lost against it (AG-1).
pub async fn chosen(
    tx: &mut Tx<'_>,
    customer_id: CustomerId,
    unit: &UnitScope,
    item: Option<ServiceItemId>,
    on: Date,
) -> Result<(Option<(ServiceAgreement, AgreementTemplate)>, Vec<Loser>)> {
    let signed = of_customer(tx, customer_id).await?;
    let signed: Vec<ServiceAgreement> = signed.iter().map(|it| it.as_of(on)).collect();
    let ids: Vec<Uuid> = signed.iter().map(|it| it.template_id.0).collect();
    let templates: Vec<AgreementTemplate> = among(tx, "id", &ids, "id").await?;
    let mut offers = Vec::new();
    for agreement in &signed {
        let template = templates.iter().find(|it| it.id == agreement.template_id);
        offers.extend(template.map(|template| Offer { agreement, template }));
    }
    let choice = choose(&offers, customer_id, unit, item, on);
    let agreed = choice.chosen;
    let agreed = agreed.map(|offer| (offer.agreement.clone(), offer.template.clone()));
    Ok((agreed, choice.losers))
}

/// What a unit is good for by its own policy on a day; agreements are judged beside it.
pub async fn warranty_of(
    tx: &mut Tx<'_>,
    unit: Option<InstalledProductId>,
    on: Date,
) -> Result<Option<WarrantyState>> {
    let Some(id) = unit else {
        return Ok(None);
    };
    match find::<InstalledProduct>(tx, id.0).await? {
        Some(unit) => warranty::by_policy(tx, &unit, on).await.map(Some),
        None => Ok(None),
    }
}

/// Whether an agreement covers a unit of a customer on a day, whatever the service (CU-2, R-026).
pub async fn is_under_agreement(
    tx: &mut Tx<'_>,
    customer_id: CustomerId,
    unit: &UnitScope,
    on: Date,
) -> Result<bool> {
    Ok(chosen(tx, customer_id, unit, None, on).await?.0.is_some())
}

impl Job {
    /// A job of a service type, as long as nobody has it.
    pub fn expected(service_type: &WordCode) -> Job {
        Job {
            handling: Handling::expected(service_type),
            is_maintenance: service_type.as_str() == MAINTENANCE,
            exclusion: None,
            part: None,
        }
    }

    /// Who pays for it, once it is known what could.
    pub fn judge(
        &self,
        warranty: Option<&WarrantyState>,
        agreement: Option<AgreedCover>,
        losers: &[Loser],
    ) -> CoverageVerdict {
        verdict(&CoverageFacts {
            warranty,
            exclusion: self.exclusion.clone().map(|cause| Exclusion { cause }),
            agreement,
            losers,
            part: self.part.clone(),
            handling: self.handling,
            is_maintenance: self.is_maintenance,
            goodwill: None,
        })
    }
}

/// What is left of a service; before the clock granted it, what the template promises.
fn left_of(
    entitlement: Option<&Entitlement>,
    template: &AgreementTemplate,
    item: Option<ServiceItemId>,
) -> QuotaState {
    let left = match entitlement {
        Some(entitlement) => entitlement.left(),
        None => {
            let mut named = template.service_items.iter();
            let found = named.find(|granted| Some(granted.service_item_id) == item);
            found.and_then(|granted| granted.quantity)
        }
    };
    left.map_or(QuotaState::Unlimited, QuotaState::Left)
}

/// The verdict about a request. Where nothing could pay none was kept: it follows from the request alone.
pub fn record_of(request: &ServiceRequest) -> CoverageRecord {
    request.coverage_record.clone().unwrap_or_else(|| CoverageRecord {
        verdict: Job::expected(&request.service_type).judge(None, None, &[]),
        judged_at: request.meta.created_at,
        frozen_at: None,
        overridden: None,
    })
}

/// The template of the agreement a request goes by: its type is what SLA policies ask for, and it may name one.
pub async fn template_of(
    tx: &mut Tx<'_>,
    agreement_id: Option<ServiceAgreementId>,
) -> Result<Option<AgreementTemplate>> {
    let Some(id) = agreement_id else {
        return Ok(None);
    };
    match find::<ServiceAgreement>(tx, id.0).await? {
        Some(agreement) => find(tx, agreement.template_id.0).await,
        None => Ok(None),
    }
}

/// After a decision about a request: what its agreement grants is set aside, used or given back, and the verdict follows
/// until the first job is done. `before` is what it rested on before the decision.
pub async fn follow(tx: &mut Tx<'_>, dossier: &mut Dossier, before: &CoverageFooting) -> Result<()> {
    let now = dossier.coverage_footing();
    if dossier.request.coverage.is_none() || now == *before {
        return Ok(());
    }
    let quota = keep_quota(tx, &dossier.request, now.claim).await?;
    let request = &dossier.request;
    let is_plain = request.agreement_id.is_none()
        && request.installed_product_id.is_none()
        && request.coverage_record.is_none();
    let is_moot = is_plain && now.exclusion.is_none() && !now.is_done;
    if is_moot || !dossier.is_coverage_open() {
        return Ok(());
    }
    let agreed = match request.agreement_id {
        Some(id) => {
            let agreement: ServiceAgreement = get(tx, id).await?;
            let template: AgreementTemplate = get(tx, agreement.template_id).await?;
            let offer = Offer {
                agreement: &agreement,
                template: &template,
            };
            Some(AgreedCover::of(offer, quota, ONE))
        }
        None => None,
    };
    let job = Job {
        handling: now.handling,
        exclusion: now.exclusion.clone(),
        ..Job::expected(&request.service_type)
    };
    let (unit, registered_on) = (
        request.installed_product_id,
        request.meta.created_at.date_in(tx.zone()),
    );
    let losers = losers_of(request);
    let warranty = warranty_of(tx, unit, registered_on).await?;
    let verdict = job.judge(warranty.as_ref(), agreed, &losers);
    let at = tx.stamp();
    dossier.judge_coverage(verdict, now.is_done, &at)
}

/// The agreements that were not chosen when the request was registered: that choice stays (AG-1).
fn losers_of(request: &ServiceRequest) -> Vec<Loser> {
    let record = request.coverage_record.iter();
    let candidates = record.flat_map(|record| &record.verdict.candidates);
    let lost = candidates.filter_map(|candidate| {
        Some(Loser {
            agreement_id: candidate.agreement_id?,
            reason: candidate.loss?,
        })
    });
    lost.collect()
}

/// Brings the ledger in line with what a request claims; what it may count on then (AG-2).
async fn keep_quota(tx: &mut Tx<'_>, request: &ServiceRequest, claim: QuotaClaim) -> Result<QuotaState> {
    let (Some(agreement), Some(item)) = (request.agreement_id, request.service_item_id) else {
        return Ok(QuotaState::Unlimited);
    };
    let usage = usage_of(tx, request.id).await?;
    let registered_on = request.meta.created_at.date_in(tx.zone());
    let known = match &usage {
        Some(usage) => Some(usage.entitlement_id),
        None => entitlement_on(tx, agreement, item, registered_on)
            .await?
            .map(|found| found.id),
    };
    let Some(id) = known else {
        return Ok(QuotaState::Unlimited);
    };
    // One at a time: what is left is counted under the lock.
    let mut entitlement: Entitlement = get_for_update(tx, id, &IfMatch::internal()).await?;
    let is_held = turn(tx, &mut entitlement, usage, request, claim).await?;
    Ok(match entitlement.left() {
        None => QuotaState::Unlimited,
        Some(left) => QuotaState::Left(if is_held { left.saturating_add(ONE) } else { left }),
    })
}

/// One step of the ledger. Whether the request has its share then.
async fn turn(
    tx: &mut Tx<'_>,
    entitlement: &mut Entitlement,
    usage: Option<Usage>,
    request: &ServiceRequest,
    claim: QuotaClaim,
) -> Result<bool> {
    let at = tx.stamp();
    match (usage, claim) {
        (None, QuotaClaim::None) => Ok(false),
        (None, QuotaClaim::Held | QuotaClaim::Used) => {
            let Some(mut usage) = entitlement.reserve(request.id, ONE, &at) else {
                return Ok(false);
            };
            if claim == QuotaClaim::Used {
                entitlement.consume(&mut usage, &at);
            }
            update(tx, entitlement).await?;
            insert(tx, &usage).await?;
            if let Some(event) = entitlement.exhausted(&at) {
                tx.emit(event);
            }
            Ok(true)
        }
        (Some(mut usage), QuotaClaim::None) if usage.status == UsageStatus::Reserved => {
            entitlement.release(&mut usage, &at);
            update(tx, entitlement).await?;
            update(tx, &mut usage).await?;
            Ok(false)
        }
        (Some(mut usage), QuotaClaim::Used) if usage.status == UsageStatus::Reserved => {
            entitlement.consume(&mut usage, &at);
            update(tx, entitlement).await?;
            update(tx, &mut usage).await?;
            Ok(true)
        }
        (Some(_), _) => Ok(true),
    }
}
