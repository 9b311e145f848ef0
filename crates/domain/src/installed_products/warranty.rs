//! What a unit is still good for on a day (CU-1, CU-2, CU-3, CU-5, R-026 to R-031).
//!
//! A term of months begins on one day and ends with the same day of its last month. Every date the unit spends in repair
//! or waiting for parts while a term runs puts the end of that term off by one day; once it has ended, no repair brings
//! it back.

use serde::Serialize;
use utoipa::ToSchema;

use super::history::{DaySpan, spans};
use super::{InstalledProduct, UnitStatus};
use crate::kernel::Date;
use crate::kernel::text::WordCode;
use crate::label;
use crate::warranty_policies::{StartBasis, WarrantyPolicy};

label! {
    /// How far a unit is covered.
    pub enum WarrantyStage {
        /// 保修期内: the whole unit is good.
        InWarranty = "in_warranty",
        /// 仅主要部件: only some main parts are.
        MainPartOnly = "main_part_only",
        /// 保修期外有合同: nothing of it is, but an agreement covers it.
        Agreement = "agreement",
        /// 保修期外无合同: nothing covers it.
        OutOfWarranty = "out_of_warranty",
        /// Nobody knows: no policy, or no day to begin on.
        Unknown = "unknown",
    }
}

label! {
    /// What a warranty really began with.
    pub enum WarrantyStart {
        /// The day on the invoice.
        Invoice = "invoice",
        /// The day of acceptance.
        Acceptance = "acceptance",
        /// The day it was first used.
        InService = "in_service",
        /// The day it took the place of another unit.
        Exchange = "exchange",
    }
}

label! {
    /// Why a warranty stands as it stands.
    pub enum WarrantyReason {
        /// The unit has no policy.
        NoPolicy = "no_policy",
        /// No day is known on which it could begin.
        NoStartDate = "no_start_date",
        /// The day the policy asks for is missing; another one was taken.
        OtherStartDate = "other_start_date",
        /// It has not begun yet; until then it is as good as begun.
        NotBegun = "not_begun",
        /// Days in repair put the end off.
        Suspended = "suspended",
        /// It began anew with an exchange.
        Exchanged = "exchanged",
        /// The unit was replaced or scrapped.
        Retired = "retired",
        /// The term of the whole unit has ended.
        WholeEnded = "whole_ended",
        /// The policy has no term for the whole unit.
        NoWholeTerm = "no_whole_term",
        /// An agreement covers it.
        UnderAgreement = "under_agreement",
    }
}

impl WarrantyReason {
    /// The reason in words: English, Chinese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoPolicy => ("No warranty policy is known.", "未设定保修政策。"),
            Self::NoStartDate => ("No day is known to begin on.", "缺少起算日期。"),
            Self::OtherStartDate => (
                "The day the policy asks for is missing; another one was taken.",
                "缺少政策规定的起算日期，采用其他日期。",
            ),
            Self::NotBegun => (
                "It has not begun by that day; what it promises holds already.",
                "当日保修尚未开始，保修承诺已可享受。",
            ),
            Self::Suspended => ("Days in repair put the end off.", "维修占用时间已顺延。"),
            Self::Exchanged => ("It began anew with an exchange.", "换货后重新起算。"),
            Self::Retired => ("The unit is out of service.", "设备已停用。"),
            Self::NoWholeTerm => (
                "The policy has no term for the whole unit.",
                "保修政策未约定整机保修期。",
            ),
            Self::WholeEnded => ("The term of the whole unit has ended.", "整机保修期已满。"),
            Self::UnderAgreement => ("An agreement covers it.", "有服务协议覆盖。"),
        }
    }
}

/// How long one main part is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MainPartCover {
    /// Which kind of part.
    pub part_category: WordCode,
    /// The last day, included.
    pub until: Date,
    /// Days that put the end off.
    #[schema(minimum = 0, maximum = 100_000)]
    pub suspended_days: i64,
}

/// What a unit is good for on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WarrantyState {
    /// The day asked for.
    pub at: Date,
    /// How far it is covered.
    pub stage: WarrantyStage,
    /// The day it began; null if nobody knows.
    #[schema(required)]
    pub start: Option<Date>,
    /// What it began with.
    #[schema(required)]
    pub start_basis: Option<WarrantyStart>,
    /// The last day the whole unit is good, included; null if it never was.
    #[schema(required)]
    pub whole_until: Option<Date>,
    /// How long which main part is good.
    #[schema(max_items = 50)]
    pub main_parts: Vec<MainPartCover>,
    /// Days that put the end of the whole unit's term off.
    #[schema(minimum = 0, maximum = 100_000)]
    pub suspended_days: i64,
    /// The last day a visit is free, included.
    #[schema(required)]
    pub free_on_site_until: Option<Date>,
    /// The last day parts are free though the whole unit is no longer good, included.
    #[schema(required)]
    pub parts_free_until: Option<Date>,
    /// Whether the law promised it (三包, counted from the invoice) and not the maker.
    pub is_by_law: bool,
    /// Whether consumables are never free.
    pub excludes_consumables: bool,
    /// Why it stands so.
    #[schema(max_items = 10)]
    pub reasons: Vec<WarrantyReason>,
}

/// What besides the unit itself decides.
#[derive(Clone, Copy, Debug)]
pub struct WarrantyFacts<'a> {
    /// The unit's policy.
    pub policy: Option<&'a WarrantyPolicy>,
    /// Whether an active agreement covers the unit on the day asked for.
    pub is_under_agreement: bool,
    /// The day asked for.
    pub at: Date,
    /// The present day: a repair that still lasts has taken the days until today.
    pub today: Date,
}

/// A term of months and what put its end off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The last day, included.
    pub until: Date,
    /// By how many days it was put off.
    pub suspended_days: i64,
}

impl Term {
    /// A term that runs from `start`; nothing if it has no months.
    pub(super) fn run(start: Date, months: i64, spans: &[DaySpan]) -> Option<Term> {
        if months <= 0 {
            return None;
        }
        let mut until = start.plus_months(months);
        let mut suspended_days = 0;
        for span in spans {
            let from = span.from.max(start);
            // Days after the end put nothing off; a span that begins in time counts to its own end, because each of
            // its days moves the end beyond the next one.
            if from > span.until || from > until {
                continue;
            }
            let days = DaySpan { from, ..*span }.days();
            suspended_days += days;
            until = until.plus_days(days);
        }
        Some(Term {
            until,
            suspended_days,
        })
    }
}

/// The day a unit's warranty begins and why that one: an exchange, else the policy's day, else acceptance, first use,
/// invoice (CU-1, CU-5).
pub fn start_of(unit: &InstalledProduct, basis: StartBasis) -> Option<(Date, WarrantyStart)> {
    let acceptance = unit.accepted_on.map(|day| (day, WarrantyStart::Acceptance));
    let in_service = unit.in_service_on.map(|day| (day, WarrantyStart::InService));
    let invoice = unit.purchased_on.map(|day| (day, WarrantyStart::Invoice));
    let wanted = match basis {
        StartBasis::Acceptance => acceptance,
        StartBasis::InService => in_service,
        StartBasis::Invoice => invoice,
    };
    let exchange = unit.exchanged_on.map(|day| (day, WarrantyStart::Exchange));
    exchange.or(wanted).or(acceptance).or(in_service).or(invoice)
}

/// What a unit is good for on the day asked for. There is an answer to every question.
pub fn warranty(unit: &InstalledProduct, facts: &WarrantyFacts<'_>) -> WarrantyState {
    let mut state = WarrantyState {
        at: facts.at,
        stage: WarrantyStage::Unknown,
        start: None,
        start_basis: None,
        whole_until: None,
        main_parts: Vec::new(),
        suspended_days: 0,
        free_on_site_until: None,
        parts_free_until: None,
        is_by_law: false,
        excludes_consumables: facts.policy.is_none_or(|policy| policy.excludes_consumables),
        reasons: Vec::new(),
    };
    match facts.policy {
        None => state.reasons.push(WarrantyReason::NoPolicy),
        Some(policy) => match start_of(unit, policy.start_basis) {
            None => state.reasons.push(WarrantyReason::NoStartDate),
            Some((start, basis)) => state.fill(unit, policy, facts, start, basis),
        },
    }
    if unit.is_retired_on(facts.at) {
        state.stage = WarrantyStage::OutOfWarranty;
        state.reasons.push(WarrantyReason::Retired);
    } else if facts.is_under_agreement && state.stage != WarrantyStage::InWarranty {
        state.stage = WarrantyStage::Agreement;
        state.reasons.push(WarrantyReason::UnderAgreement);
    }
    state
}

impl WarrantyState {
    /// Whether the whole unit is good.
    pub fn is_whole(&self) -> bool {
        !self.is_retired() && self.whole_until.is_some_and(|until| self.at <= until)
    }

    /// Whether this kind of main part is good; any of them if the part is not known yet.
    pub fn is_part_good(&self, part: Option<&WordCode>) -> bool {
        let is_meant = |cover: &&MainPartCover| part.is_none_or(|part| cover.part_category == *part);
        !self.is_retired()
            && self
                .main_parts
                .iter()
                .filter(is_meant)
                .any(|cover| self.at <= cover.until)
    }

    /// Whether a visit is free by the policy.
    pub fn is_on_site_free(&self) -> bool {
        !self.is_retired() && self.free_on_site_until.is_some_and(|until| self.at <= until)
    }

    /// Whether parts are free though the whole unit may no longer be good.
    pub fn are_parts_free(&self) -> bool {
        !self.is_retired() && self.parts_free_until.is_some_and(|until| self.at <= until)
    }

    /// Whether nothing is promised any more because the unit is out of service.
    pub fn is_retired(&self) -> bool {
        self.reasons.contains(&WarrantyReason::Retired)
    }

    fn fill(
        &mut self,
        unit: &InstalledProduct,
        policy: &WarrantyPolicy,
        facts: &WarrantyFacts<'_>,
        start: Date,
        basis: WarrantyStart,
    ) {
        let spans = spans(&unit.repair_periods, facts.today);
        let whole = Term::run(start, policy.whole_months, &spans);
        self.start = Some(start);
        self.start_basis = Some(basis);
        self.is_by_law = policy.start_basis == StartBasis::Invoice;
        self.whole_until = whole.map(|term| term.until);
        self.suspended_days = whole.map_or(0, |term| term.suspended_days);
        let parts = policy.main_part_months.iter();
        self.main_parts = parts
            .filter_map(|part| {
                let term = Term::run(start, part.months, &spans)?;
                Some(MainPartCover {
                    part_category: part.part_category.clone(),
                    until: term.until,
                    suspended_days: term.suspended_days,
                })
            })
            .collect();
        self.free_on_site_until = match policy.free_on_site_months {
            Some(months) => Term::run(start, months, &spans).map(|term| term.until),
            None => self.whole_until,
        };
        let further = policy.parts_free_years.saturating_mul(12);
        self.parts_free_until = (further > 0).then(|| self.whole_until.unwrap_or(start).plus_months(further));
        self.stage = if self.is_whole() {
            WarrantyStage::InWarranty
        } else if self.is_part_good(None) {
            WarrantyStage::MainPartOnly
        } else {
            WarrantyStage::OutOfWarranty
        };
        self.explain(policy, start, basis);
    }

    fn explain(&mut self, policy: &WarrantyPolicy, start: Date, basis: WarrantyStart) {
        let is_wanted = matches!(
            (policy.start_basis, basis),
            (StartBasis::Invoice, WarrantyStart::Invoice)
                | (StartBasis::Acceptance, WarrantyStart::Acceptance)
                | (StartBasis::InService, WarrantyStart::InService)
        );
        if basis == WarrantyStart::Exchange {
            self.reasons.push(WarrantyReason::Exchanged);
        } else if !is_wanted {
            self.reasons.push(WarrantyReason::OtherStartDate);
        }
        if self.at < start {
            self.reasons.push(WarrantyReason::NotBegun);
        }
        if self.suspended_days > 0 {
            self.reasons.push(WarrantyReason::Suspended);
        }
        match self.whole_until {
            None => self.reasons.push(WarrantyReason::NoWholeTerm),
            Some(until) if self.at > until => self.reasons.push(WarrantyReason::WholeEnded),
            Some(_) => {}
        }
    }
}

impl InstalledProduct {
    /// Whether it was out of service on a day: the day of an exchange is the new unit's.
    pub fn is_retired_on(&self, day: Date) -> bool {
        match self.retired_on {
            Some(on) => day >= on,
            None => matches!(self.status, UnitStatus::Replaced | UnitStatus::Scrapped),
        }
    }
}
