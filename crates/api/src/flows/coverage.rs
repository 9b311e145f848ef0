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
use aftercare_domain::kernel::{Date, Result, Stamp};
use aftercare_domain::requests::{
    CoverageFooting, Dossier, MAINTENANCE, RequestStatus, ServiceRequest, ServiceRequestCreate,
};
use aftercare_domain::service_agreements::{Entitlement, ServiceAgreement, ServiceAgreementId, UnitScope};
use aftercare_domain::service_items::ServiceItemId;
use aftercare_domain::sla::policy::Facts;
use aftercare_persistence::db::among;
use aftercare_persistence::service_agreements::{entitlement_on, of_customer};
use aftercare_persistence::{Tx, find, get};
use uuid::Uuid;

use super::{quota, warranty};

/// How many of a service one request takes.
pub(super) const ONE: i64 = 1;

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
    let request = &dossier.request;
    let is_plain = request.agreement_id.is_none()
        && request.installed_product_id.is_none()
        && request.coverage_record.is_none();
    let is_moot = is_plain && now.exclusion.is_none() && !now.is_done;
    // What was cancelled gives back what it had and keeps its verdict.
    let is_over = request.status == RequestStatus::Cancelled;
    // Everything is read before the ledger is locked: others wait for it.
    let ground = if is_moot || is_over || !dossier.is_coverage_open() {
        None
    } else {
        Some(Ground::of(tx, request).await?)
    };
    let quota = quota::claim(tx, request, now.claim).await?;
    match ground {
        Some(ground) => ground.judge(dossier, &now, quota, &tx.stamp()),
        None => Ok(()),
    }
}

/// What could pay for a request that is registered, whatever is left of it.
pub(super) struct Ground {
    agreed: Option<(ServiceAgreement, AgreementTemplate)>,
    warranty: Option<WarrantyState>,
    losers: Vec<Loser>,
}

impl Ground {
    /// Of a request, by the choice made when it was registered (AG-1).
    pub(super) async fn of(tx: &mut Tx<'_>, request: &ServiceRequest) -> Result<Ground> {
        let agreed = match request.agreement_id {
            Some(id) => {
                let agreement: ServiceAgreement = get(tx, id).await?;
                let template = get(tx, agreement.template_id).await?;
                Some((agreement, template))
            }
            None => None,
        };
        let registered_on = request.meta.created_at.date_in(tx.zone());
        Ok(Ground {
            agreed,
            warranty: warranty_of(tx, request.installed_product_id, registered_on).await?,
            losers: losers_of(request),
        })
    }

    /// Judges the request anew with what is left for it.
    pub(super) fn judge(
        &self,
        dossier: &mut Dossier,
        now: &CoverageFooting,
        quota: QuotaState,
        at: &Stamp,
    ) -> Result<()> {
        let cover = self.agreed.as_ref().map(|(agreement, template)| {
            let offer = Offer { agreement, template };
            AgreedCover::of(offer, quota, ONE)
        });
        let job = Job {
            handling: now.handling,
            exclusion: now.exclusion.clone(),
            ..Job::expected(&dossier.request.service_type)
        };
        let verdict = job.judge(self.warranty.as_ref(), cover, &self.losers);
        dossier.judge_coverage(verdict, now.is_done, at)
    }
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
