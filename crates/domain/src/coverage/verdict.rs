//! The verdict itself (AG-3): total over everything that can be known, and one for each.

use super::{
    CostRule, CostShare, Coverage, CoverageCandidate, CoverageReason, CoverageSource, CoverageVerdict,
    Handling, Loser, Offer, Payer,
};
use crate::agreement_templates::FeeMode;
use crate::installed_products::WarrantyState;
use crate::kernel::text::WordCode;
use crate::service_agreements::ServiceAgreementId;

/// A cause that is never free: an item of dictionary `warranty_exclusion` (CU-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Which.
    pub cause: WordCode,
}

/// How much is left of what the chosen agreement grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaState {
    /// Any number, or the agreement names no number for this service.
    Unlimited,
    /// So many are left, reserved ones not counted.
    Left(i64),
}

/// The agreement that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedCover {
    /// Which.
    pub agreement_id: ServiceAgreementId,
    /// How work under it is paid for.
    pub fee_mode: FeeMode,
    /// What is left of it.
    pub quota: QuotaState,
    /// How many this job takes.
    pub quantity: i64,
}

impl AgreedCover {
    /// The chosen agreement of a choice, with what is left of it.
    pub fn of(offer: Offer<'_>, quota: QuotaState, quantity: i64) -> AgreedCover {
        AgreedCover {
            agreement_id: offer.agreement.id,
            fee_mode: offer.template.fee_mode,
            quota,
            quantity,
        }
    }
}

/// A manager's goodwill: what he pays on the company's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodwillGrant {
    /// The work.
    pub labour: bool,
    /// The parts.
    pub part: bool,
    /// The way.
    pub travel: bool,
}

/// Everything a verdict rests on.
#[derive(Clone, Debug)]
pub struct CoverageFacts<'a> {
    /// What the unit is good for on the day the request was registered; none without a unit.
    pub warranty: Option<&'a WarrantyState>,
    /// A cause that is never free, if one was found.
    pub exclusion: Option<Exclusion>,
    /// The agreement that was chosen.
    pub agreement: Option<AgreedCover>,
    /// Those that were not.
    pub losers: &'a [Loser],
    /// The kind of part that failed, if it is known.
    pub part: Option<WordCode>,
    /// How the job is done.
    pub handling: Handling,
    /// Whether it is routine maintenance.
    pub is_maintenance: bool,
    /// A manager's goodwill.
    pub goodwill: Option<GoodwillGrant>,
}

/// What one source bears of each kind of cost, and under which name.
struct Cover {
    source: CoverageSource,
    coverage: Coverage,
    agreement_id: Option<ServiceAgreementId>,
    labour: Option<CostShare>,
    part: Option<CostShare>,
    travel: Option<CostShare>,
}

/// The word for the exclusion that a policy may lift, and for the kind of part it is about.
const CONSUMABLE: &str = "consumable";

/// Who pays for a job. Exactly one source decides; the others say why they do not.
pub fn verdict(facts: &CoverageFacts<'_>) -> CoverageVerdict {
    let exclusion = facts.standing_exclusion();
    let mut candidates = Vec::new();
    let mut covers = Vec::new();
    if exclusion.is_some() {
        candidates.push(CoverageCandidate::new(
            CoverageSource::Exclusion,
            CoverageReason::Chosen,
        ));
    }
    for found in facts.sources() {
        match found {
            Ok(cover) => {
                let reason = if cover.coverage == Coverage::OutOfWarranty {
                    CoverageReason::PaysAPart
                } else {
                    CoverageReason::OutrankedBySource
                };
                candidates.push(CoverageCandidate {
                    agreement_id: cover.agreement_id,
                    ..CoverageCandidate::new(cover.source, reason)
                });
                covers.push(cover);
            }
            Err(loser) => candidates.push(loser),
        }
    }
    candidates.push(CoverageCandidate::new(
        CoverageSource::None,
        CoverageReason::SomethingElsePays,
    ));
    let is_exhausted = facts.is_exhausted();
    let mut verdict = match &exclusion {
        Some(cause) => excluded(cause),
        // What only bears a part of the costs pays its part without giving the job its name.
        None => paid(facts, &covers, is_exhausted),
    };
    for loser in &mut candidates {
        let is_beaten = matches!(
            loser.reason,
            CoverageReason::OutrankedBySource | CoverageReason::PaysAPart | CoverageReason::SomethingElsePays
        );
        if exclusion.is_some() && is_beaten {
            loser.reason = CoverageReason::ExcludedCause;
        }
        if loser.source == verdict.source
            && loser.agreement_id == verdict.agreement_id
            && loser.loss.is_none()
        {
            loser.is_chosen = true;
            loser.reason = match loser.source {
                CoverageSource::None => CoverageReason::NothingElsePays,
                _ => CoverageReason::Chosen,
            };
        }
    }
    verdict.reasons = reasons(&candidates, exclusion.as_ref());
    if facts.is_early() {
        verdict.reasons.push(CoverageReason::WarrantyNotBegun);
    }
    verdict.candidates = candidates;
    verdict
}

impl CoverageFacts<'_> {
    /// The exclusion that was found, or that the failed part is a consumable; neither if it is a consumable that the
    /// policy does not exclude.
    fn standing_exclusion(&self) -> Option<WordCode> {
        let used_up = self.part.as_ref().filter(|part| part.as_str() == CONSUMABLE);
        let is_lifted = |cause: &WordCode| {
            cause.as_str() == CONSUMABLE && self.warranty.is_some_and(|state| !state.excludes_consumables)
        };
        self.exclusion
            .as_ref()
            .map(|exclusion| &exclusion.cause)
            .or(used_up)
            .filter(|cause| !is_lifted(cause))
            .cloned()
    }

    /// Whether the day lies before the warranty, which bears what it will bear all the same.
    fn is_early(&self) -> bool {
        self.warranty
            .is_some_and(|state| !state.is_retired() && state.start.is_some_and(|start| state.at < start))
    }

    fn is_exhausted(&self) -> bool {
        self.agreement.is_some_and(|agreed| match agreed.quota {
            QuotaState::Unlimited => false,
            QuotaState::Left(left) => left < agreed.quantity.max(1),
        })
    }

    /// Every source but exclusion and nothing, in the order of AG-3: what it bears, or why it bears nothing.
    fn sources(&self) -> Vec<Result<Cover, CoverageCandidate>> {
        let mut all = Vec::new();
        if let Some(agreed) = &self.agreement {
            all.push(self.agreed(agreed));
        }
        all.extend(self.losers.iter().map(|loser| {
            Err(CoverageCandidate {
                agreement_id: Some(loser.agreement_id),
                loss: Some(loser.reason),
                ..CoverageCandidate::new(CoverageSource::Agreement, CoverageReason::AgreementNotChosen)
            })
        }));
        all.push(self.whole());
        all.push(self.main_part());
        all.push(self.parts_pledge());
        all.push(self.lifetime_pledge());
        if let Some(goodwill) = self.goodwill {
            let share =
                |is_granted: bool| is_granted.then_some(CostShare::company(CostRule::GoodwillGranted));
            all.push(Ok(Cover {
                labour: share(goodwill.labour),
                part: share(goodwill.part),
                travel: share(goodwill.travel),
                ..cover(CoverageSource::Goodwill, Coverage::Goodwill)
            }));
        }
        all
    }

    fn agreed(&self, agreed: &AgreedCover) -> Result<Cover, CoverageCandidate> {
        let agreement_id = Some(agreed.agreement_id);
        if self.is_exhausted() {
            return Err(CoverageCandidate {
                agreement_id,
                ..CoverageCandidate::new(CoverageSource::Agreement, CoverageReason::QuotaExhausted)
            });
        }
        let share = Some(CostShare {
            payer: Payer::Agreement,
            rule: CostRule::AgreementFeeMode,
        });
        let (labour, part, travel) = match agreed.fee_mode {
            FeeMode::Free | FeeMode::FixedAnnual => (share, share, share),
            FeeMode::PerVisit => (share, None, None),
            FeeMode::PerHour | FeeMode::CostPlusLabor => (None, None, share),
        };
        Ok(Cover {
            agreement_id,
            labour,
            part,
            travel,
            ..cover(CoverageSource::Agreement, Coverage::Agreement)
        })
    }

    fn whole(&self) -> Result<Cover, CoverageCandidate> {
        let source = match self.warranty {
            Some(state) if !state.is_by_law => CoverageSource::MakerWarranty,
            _ => CoverageSource::SanBao,
        };
        let refuse = |reason| Err(CoverageCandidate::new(source, reason));
        let share = Some(CostShare::company(CostRule::WholeWarranty));
        match self.warranty {
            None => refuse(CoverageReason::WarrantyUnknown),
            Some(state) if state.is_retired() => refuse(CoverageReason::UnitRetired),
            Some(state) if state.start.is_none() => refuse(CoverageReason::WarrantyUnknown),
            Some(state) if state.whole_until.is_none() => refuse(CoverageReason::NoSuchTerm),
            Some(state) if !state.is_whole() => refuse(CoverageReason::WarrantyEnded),
            Some(_) if self.is_maintenance => refuse(CoverageReason::MaintenanceNotIncluded),
            Some(_) => Ok(Cover {
                labour: share,
                part: share,
                travel: share,
                ..cover(source, Coverage::InWarranty)
            }),
        }
    }

    fn main_part(&self) -> Result<Cover, CoverageCandidate> {
        let refuse = |reason| Err(CoverageCandidate::new(CoverageSource::MainPart, reason));
        let Some(state) = self.warranty else {
            return refuse(CoverageReason::WarrantyUnknown);
        };
        if state.is_retired() {
            return refuse(CoverageReason::UnitRetired);
        }
        if state.start.is_none() {
            return refuse(CoverageReason::WarrantyUnknown);
        }
        if state.main_parts.is_empty() {
            return refuse(CoverageReason::NoSuchTerm);
        }
        if !state.is_part_good(None) {
            return refuse(CoverageReason::WarrantyEnded);
        }
        if !state.is_part_good(self.part.as_ref()) {
            return refuse(CoverageReason::PartNotCovered);
        }
        if self.is_maintenance {
            return refuse(CoverageReason::MaintenanceNotIncluded);
        }
        let visit = state
            .is_on_site_free()
            .then_some(CostShare::company(CostRule::FreeOnSite));
        Ok(Cover {
            labour: visit,
            part: Some(CostShare::company(CostRule::MainPartWarranty)),
            travel: visit,
            ..cover(CoverageSource::MainPart, Coverage::MainPartOnly)
        })
    }

    fn parts_pledge(&self) -> Result<Cover, CoverageCandidate> {
        let refuse = |reason| Err(CoverageCandidate::new(CoverageSource::PartsPledge, reason));
        match self.warranty {
            Some(state) if state.are_parts_free() && self.is_maintenance => {
                refuse(CoverageReason::MaintenanceNotIncluded)
            }
            Some(state) if state.are_parts_free() => Ok(Cover {
                part: Some(CostShare::company(CostRule::FreeParts)),
                ..cover(CoverageSource::PartsPledge, Coverage::OutOfWarranty)
            }),
            None => refuse(CoverageReason::WarrantyUnknown),
            Some(state) if state.is_retired() => refuse(CoverageReason::UnitRetired),
            Some(state) if state.start.is_none() => refuse(CoverageReason::WarrantyUnknown),
            Some(state) if state.parts_free_until.is_none() => refuse(CoverageReason::NoSuchTerm),
            Some(_) => refuse(CoverageReason::PartsPledgeEnded),
        }
    }

    fn lifetime_pledge(&self) -> Result<Cover, CoverageCandidate> {
        if self.handling == Handling::Remote {
            Ok(Cover {
                labour: Some(CostShare::company(CostRule::FreeForLife)),
                ..cover(CoverageSource::LifetimePledge, Coverage::OutOfWarranty)
            })
        } else {
            Err(CoverageCandidate::new(
                CoverageSource::LifetimePledge,
                CoverageReason::OnSiteIsCharged,
            ))
        }
    }
}

/// Equipment cost and labour; the way is not charged (R-030, QT-2).
fn excluded(cause: &WordCode) -> CoverageVerdict {
    let charged = CostShare::customer(CostRule::CostAndLabour);
    CoverageVerdict {
        exclusion: Some(cause.clone()),
        ..named(
            Coverage::Chargeable,
            CoverageSource::Exclusion,
            (charged, charged, CostShare::company(CostRule::CostAndLabour)),
        )
    }
}

/// The first that gives the job a name decides; each kind of cost goes to the first that bears it.
fn paid(facts: &CoverageFacts<'_>, covers: &[Cover], is_exhausted: bool) -> CoverageVerdict {
    let travel = match facts.handling {
        Handling::Remote => CostShare::company(CostRule::NoVisit),
        Handling::OnSite => CostShare::customer(CostRule::VisitFee),
        Handling::Depot => CostShare::customer(CostRule::FeeTable),
    };
    let bears = |of: fn(&Cover) -> Option<CostShare>| covers.iter().find_map(of);
    let visit = bears(|cover| cover.travel).filter(|_| facts.handling != Handling::Remote);
    let shares = (
        bears(|cover| cover.labour).unwrap_or(CostShare::customer(CostRule::FeeTable)),
        bears(|cover| cover.part).unwrap_or(CostShare::customer(CostRule::FeeTable)),
        visit.unwrap_or(travel),
    );
    let deciding = covers
        .iter()
        .find(|cover| cover.coverage != Coverage::OutOfWarranty);
    match deciding {
        Some(cover) => CoverageVerdict {
            agreement_id: cover.agreement_id,
            ..named(cover.coverage, cover.source, shares)
        },
        None if is_exhausted => named(Coverage::Chargeable, CoverageSource::None, shares),
        None => named(Coverage::OutOfWarranty, CoverageSource::None, shares),
    }
}

/// Why the verdict is as it is: an exclusion, a quota used up, and whatever else kept something from paying.
fn reasons(candidates: &[CoverageCandidate], exclusion: Option<&WordCode>) -> Vec<CoverageReason> {
    let mut found = Vec::new();
    if let Some(cause) = exclusion {
        found.push(CoverageReason::ExcludedCause);
        if cause.as_str() == CONSUMABLE {
            found.push(CoverageReason::ConsumableNotIncluded);
        }
    }
    let told = |reason: &CoverageReason| {
        !matches!(
            reason,
            CoverageReason::Chosen | CoverageReason::OutrankedBySource | CoverageReason::SomethingElsePays
        )
    };
    let others = candidates.iter().map(|candidate| candidate.reason);
    for reason in others.filter(told) {
        if !found.contains(&reason) {
            found.push(reason);
        }
    }
    found
}

fn named(
    coverage: Coverage,
    source: CoverageSource,
    (labour, part, travel): (CostShare, CostShare, CostShare),
) -> CoverageVerdict {
    CoverageVerdict {
        coverage,
        source,
        agreement_id: None,
        exclusion: None,
        labour,
        part,
        travel,
        reasons: Vec::new(),
        candidates: Vec::new(),
    }
}

fn cover(source: CoverageSource, coverage: Coverage) -> Cover {
    Cover {
        source,
        coverage,
        agreement_id: None,
        labour: None,
        part: None,
        travel: None,
    }
}
