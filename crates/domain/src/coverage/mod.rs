//! Coverage: who pays for a job, and why (AG-1, AG-3, AG-4, CU-4, R-026 to R-031).
//!
//! First an agreement is chosen, then everything that could pay is put side by side: an exclusion, the agreement, the
//! warranty, main parts, pledges, goodwill. One of them gives the verdict its name; each kind of cost goes to the first
//! that bears it. So no cover, once added, makes the customer pay more.

pub mod check;
pub mod choice;
pub mod record;
pub mod verdict;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use check::{CoverageExplanation, EntitlementAnswer, EntitlementQuestion, GRANTS, can};
pub use choice::{Choice, Loser, LossReason, Offer, choose};
pub use record::{CoverageGround, CoverageOverride, CoverageRecord, GroundKind, OverrideCoverage};
pub use verdict::{AgreedCover, CoverageFacts, Exclusion, GoodwillGrant, QuotaState, verdict};

use crate::kernel::text::WordCode;
use crate::service_agreements::ServiceAgreementId;
use crate::{codes, json_columns, label};

label! {
    /// How a job is covered (AG-3).
    pub enum Coverage {
        /// 保修期内
        InWarranty = "in_warranty",
        /// 仅主要部件
        MainPartOnly = "main_part_only",
        /// 服务协议
        Agreement = "agreement",
        /// 商誉减免
        Goodwill = "goodwill",
        /// 保修期外
        OutOfWarranty = "out_of_warranty",
        /// 收费
        Chargeable = "chargeable",
    }
}

label! {
    /// What may decide who pays, in the order in which they are asked.
    pub enum CoverageSource {
        /// A cause that is never free (CU-4).
        Exclusion = "exclusion",
        /// A service agreement.
        Agreement = "agreement",
        /// 三包: what the law promises, counted from the invoice.
        SanBao = "san_bao",
        /// What the maker promises, counted from acceptance or first use.
        MakerWarranty = "maker_warranty",
        /// A main part that is good longer than the rest.
        MainPart = "main_part",
        /// Further years of free parts.
        PartsPledge = "parts_pledge",
        /// Help by telephone or remotely, free for life (AG-4, R-028).
        LifetimePledge = "lifetime_pledge",
        /// A manager's goodwill.
        Goodwill = "goodwill",
        /// Nothing of all this.
        None = "none",
    }
}

label! {
    /// Who pays.
    pub enum Payer {
        /// The company.
        Company = "company",
        /// The customer.
        Customer = "customer",
        /// The agreement the customer has paid for.
        Agreement = "agreement",
    }
}

label! {
    /// Why something does or does not pay.
    pub enum CoverageReason {
        /// It decides.
        Chosen = "chosen",
        /// It would have paid too, but another comes first.
        OutrankedBySource = "outranked_by_source",
        /// It pays a part of the costs without giving the job its name.
        PaysAPart = "pays_a_part",
        /// A cause that is never free was found.
        ExcludedCause = "excluded_cause",
        /// Consumables are free under no warranty, unless its policy includes them (CU-4).
        ConsumableNotIncluded = "consumable_not_included",
        /// The granted number is used up.
        QuotaExhausted = "quota_exhausted",
        /// The agreement was not the one chosen.
        AgreementNotChosen = "agreement_not_chosen",
        /// The warranty has not begun by that day; what it promises holds already.
        WarrantyNotBegun = "warranty_not_begun",
        /// The policy has no such term.
        NoSuchTerm = "no_such_term",
        /// The unit is out of service.
        UnitRetired = "unit_retired",
        /// The warranty has ended.
        WarrantyEnded = "warranty_ended",
        /// No warranty is known.
        WarrantyUnknown = "warranty_unknown",
        /// A free warranty does not include routine maintenance.
        MaintenanceNotIncluded = "maintenance_not_included",
        /// The part that failed is none of those that are good.
        PartNotCovered = "part_not_covered",
        /// The further years of free parts are over.
        PartsPledgeEnded = "parts_pledge_ended",
        /// Somebody has to come: that is not free for life.
        OnSiteIsCharged = "on_site_is_charged",
        /// Nothing else pays.
        NothingElsePays = "nothing_else_pays",
        /// Something else pays.
        SomethingElsePays = "something_else_pays",
    }
}

label! {
    /// The rule by which a kind of cost is paid.
    pub enum CostRule {
        /// Equipment cost and labour are charged.
        CostAndLabour = "cost_and_labour",
        /// As the agreement's way of paying says.
        AgreementFeeMode = "agreement_fee_mode",
        /// The warranty of the whole unit.
        WholeWarranty = "whole_warranty",
        /// The warranty of the main part.
        MainPartWarranty = "main_part_warranty",
        /// Free visits still run.
        FreeOnSite = "free_on_site",
        /// Parts are free for further years.
        FreeParts = "free_parts",
        /// Remote help is free for life.
        FreeForLife = "free_for_life",
        /// Nobody has to come.
        NoVisit = "no_visit",
        /// Goodwill.
        GoodwillGranted = "goodwill_granted",
        /// A fee for each visit (AG-4).
        VisitFee = "visit_fee",
        /// A manager said so.
        ManagersWord = "managers_word",
        /// As the fee table says.
        FeeTable = "fee_table",
    }
}

label! {
    /// How a job is done, as far as it matters for who pays.
    pub enum Handling {
        /// By telephone or remotely.
        Remote = "remote",
        /// Somebody comes.
        OnSite = "on_site",
        /// In the workshop.
        Depot = "depot",
    }
}

/// Who pays one kind of cost, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CostShare {
    /// Who.
    pub payer: Payer,
    /// By which rule.
    pub rule: CostRule,
}

impl CostShare {
    /// The company pays.
    const fn company(rule: CostRule) -> CostShare {
        CostShare {
            payer: Payer::Company,
            rule,
        }
    }

    /// The customer pays.
    const fn customer(rule: CostRule) -> CostShare {
        CostShare {
            payer: Payer::Customer,
            rule,
        }
    }
}

/// Who pays each kind of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostShares {
    /// Who pays the work.
    pub labour: CostShare,
    /// Who pays the parts.
    pub part: CostShare,
    /// Who pays the way.
    pub travel: CostShare,
}

/// Something that could have paid, and why it does or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageCandidate {
    /// What.
    pub source: CoverageSource,
    /// Which agreement, if it is one.
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// Whether it decides; exactly one does.
    pub is_chosen: bool,
    /// Why.
    pub reason: CoverageReason,
    /// Why an agreement was not chosen, more exactly.
    #[schema(required)]
    pub loss: Option<LossReason>,
}

impl CoverageCandidate {
    /// One that is not an agreement and does not decide yet.
    const fn new(source: CoverageSource, reason: CoverageReason) -> CoverageCandidate {
        CoverageCandidate {
            source,
            agreement_id: None,
            is_chosen: false,
            reason,
            loss: None,
        }
    }
}

/// Who pays for a job, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageVerdict {
    /// How it is covered.
    pub coverage: Coverage,
    /// What decided.
    pub source: CoverageSource,
    /// The agreement that decided.
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// The cause that is never free: an item of dictionary `warranty_exclusion`.
    #[schema(required)]
    pub exclusion: Option<WordCode>,
    /// Who pays the work.
    pub labour: CostShare,
    /// Who pays the parts.
    pub part: CostShare,
    /// Who pays the way.
    pub travel: CostShare,
    /// Why, each once.
    #[schema(max_items = 20)]
    pub reasons: Vec<CoverageReason>,
    /// Everything that could have paid, in the order in which it was asked.
    #[schema(max_items = 200)]
    pub candidates: Vec<CoverageCandidate>,
}

json_columns!(CoverageVerdict);

impl CoverageVerdict {
    /// Who pays each kind of cost by the rule.
    pub fn shares(&self) -> CostShares {
        CostShares {
            labour: self.labour,
            part: self.part,
            travel: self.travel,
        }
    }
}

impl CoverageReason {
    /// The reason in words: English, Chinese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Chosen => ("It decides.", "以此为准。"),
            Self::OutrankedBySource => ("Another one comes first.", "另有优先依据。"),
            Self::PaysAPart => ("It pays a part of the costs.", "承担部分费用。"),
            Self::ExcludedCause => (
                "A cause that is never free was found.",
                "存在免责（保修除外）原因。",
            ),
            Self::ConsumableNotIncluded => (
                "The part is a consumable, and the policy does not include consumables.",
                "该部件属于消耗品，保修政策不含消耗品。",
            ),
            Self::QuotaExhausted => ("The granted number is used up.", "协议次数已用完。"),
            Self::AgreementNotChosen => ("Another agreement was chosen, or none.", "未选用该协议。"),
            Self::WarrantyNotBegun => (
                "The warranty has not begun by that day; what it promises holds already.",
                "当日保修尚未开始，保修承诺已可享受。",
            ),
            Self::NoSuchTerm => (
                "The warranty policy has no such term.",
                "保修政策未约定此项期限。",
            ),
            Self::UnitRetired => ("The unit is out of service.", "设备已停用。"),
            Self::WarrantyEnded => ("The warranty has ended.", "保修期已满。"),
            Self::WarrantyUnknown => ("No warranty is known.", "保修情况未知。"),
            Self::MaintenanceNotIncluded => (
                "A free warranty does not include routine maintenance.",
                "免费保用期不包含日常维护保养。",
            ),
            Self::PartNotCovered => (
                "The part that failed is not covered.",
                "故障部件不在主要部件保修内。",
            ),
            Self::PartsPledgeEnded => ("The years of free parts are over.", "免费更换配件的承诺期已满。"),
            Self::OnSiteIsCharged => ("Only remote help is free for life.", "仅电话或远程支持终身免费。"),
            Self::NothingElsePays => ("Nothing else pays.", "无其他依据可减免。"),
            Self::SomethingElsePays => ("Something else pays.", "已有其他依据。"),
        }
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    NO_AGREEMENT: Invalid = "no_agreement", "The request goes by no agreement that could pay", "该服务请求没有可承担费用的协议";
    COVERAGE_FROZEN: Conflict = "coverage_frozen", "Who pays is settled since the first job was completed", "首个工单完成后覆盖判定已冻结";
}
