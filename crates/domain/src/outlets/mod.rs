//! Service outlets: where they are, what they serve, how far they have come (domain.md 3.10, R-105, R-106).
//!
//! An outlet applies, is tried for three months and then works for good, as long as its stars and papers allow. It
//! serves a region when it names it or one above it; the gap report says which cities nobody serves.

pub mod commands;
pub mod coverage;
pub mod machine;
pub mod served;
pub mod upsert;

#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

pub use commands::{OutletBecause, ServiceOutletCreate, ServiceOutletFilter, ServiceOutletPatch};
pub use machine::{Clearance, GRANTS, MACHINE, Proof, can};
pub use upsert::ServiceOutletUpsert;

use crate::customers::ExternalRef;
use crate::kernel::error::{DATE_ORDER, OUT_OF_RANGE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Label200, MasterCode, Name, Phone, Reason, RegionCode};
use crate::kernel::{Date, Figure, Meta, Money, Result, Stamp, Violation};
use crate::product_categories::ProductCategoryId;
use crate::requests::OutletId;
use crate::work_orders::Geo;
use crate::{codes, label};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

label! {
    /// The grade of an outlet.
    pub enum OutletLevel {
        /// 一级
        A = "A",
        /// 二级
        B = "B",
        /// 三级
        C = "C",
    }
}

label! {
    /// Where an outlet stands.
    pub enum OutletStatus {
        /// 申请中
        Applying = "applying",
        /// 已拒绝
        Rejected = "rejected",
        /// 试运行
        Trial = "trial",
        /// 正常
        Active = "active",
        /// 暂停
        Suspended = "suspended",
        /// 终止
        Terminated = "terminated",
    }
}

impl OutletStatus {
    /// Whether new work orders may go to it.
    pub const fn takes_work(self) -> bool {
        matches!(self, Self::Trial | Self::Active)
    }
}

/// A service outlet.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ServiceOutletRecord)]
pub struct ServiceOutlet {
    /// Machine identifier.
    pub id: OutletId,
    /// Its code, for example `CD01`.
    pub code: MasterCode,
    /// Its name.
    pub name: Name,
    /// Its grade.
    pub level: OutletLevel,
    /// The region it is in.
    pub region_code: RegionCode,
    /// The regions it serves, each with everything below it.
    #[schema(max_items = 200)]
    pub service_regions: Vec<RegionCode>,
    /// The categories of products it serves; empty for every one.
    #[schema(max_items = 100)]
    pub category_ids: Vec<ProductCategoryId>,
    /// Its address.
    #[schema(required)]
    pub address: Option<Label200>,
    /// Where it is.
    #[schema(required)]
    pub location: Option<Geo>,
    /// Whom to ask for.
    #[schema(required)]
    pub contact: Option<Name>,
    /// Telephone.
    #[schema(required)]
    pub phone: Option<Phone>,
    /// The number of its licence.
    #[schema(required)]
    pub license_no: Option<Label64>,
    /// Its bank account: the last four digits.
    #[schema(required)]
    pub bank_account: Option<Label64>,
    /// The first day of its contract.
    #[schema(required)]
    pub contract_from: Option<Date>,
    /// The last day of its contract, included.
    #[schema(required)]
    pub contract_to: Option<Date>,
    /// What it has deposited; not negative.
    #[schema(required)]
    pub deposit: Option<Money>,
    /// Where it stands; changes only by actions.
    pub status: OutletStatus,
    /// The day its trial began.
    #[schema(required)]
    pub trial_since: Option<Date>,
    /// The day its trial was passed.
    #[schema(required)]
    pub confirmed_on: Option<Date>,
    /// Its stars, 1 to 5; null until it was assessed.
    #[schema(required, minimum = 1, maximum = 5)]
    pub star: Option<i64>,
    /// By what its settlement is multiplied; null for whoever may not see its terms.
    #[schema(required)]
    pub settlement_coefficient: Option<Figure>,
    /// For how much it may order parts; not negative.
    #[schema(required)]
    pub parts_credit_limit: Option<Money>,
    /// Why it was rejected, suspended or terminated last.
    #[schema(required)]
    pub status_reason: Option<Reason>,
    /// Keys other systems know it by.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ServiceOutlet {
    /// An outlet that applies.
    pub fn apply(cmd: ServiceOutletCreate, at: &Stamp) -> ServiceOutlet {
        ServiceOutlet {
            id: OutletId::next(at),
            code: cmd.code,
            name: cmd.name,
            level: cmd.level,
            region_code: cmd.region_code,
            service_regions: cmd.service_regions,
            category_ids: cmd.category_ids,
            address: cmd.address,
            location: cmd.location,
            contact: cmd.contact,
            phone: cmd.phone,
            license_no: cmd.license_no,
            bank_account: cmd.bank_account.map(|account| masked(&account)),
            contract_from: cmd.contract_from,
            contract_to: cmd.contract_to,
            deposit: cmd.deposit,
            status: OutletStatus::Applying,
            trial_since: None,
            confirmed_on: None,
            star: None,
            settlement_coefficient: Some(Figure::ONE),
            parts_credit_limit: cmd.parts_credit_limit,
            status_reason: None,
            external_refs: cmd.external_refs,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code never changes, stars and coefficient come from assessments.
    pub fn revise(&mut self, patch: ServiceOutletPatch) {
        replace(patch.name, &mut self.name);
        replace(patch.level, &mut self.level);
        replace(patch.region_code, &mut self.region_code);
        replace(patch.service_regions, &mut self.service_regions);
        replace(patch.category_ids, &mut self.category_ids);
        patch.address.onto(&mut self.address);
        patch.location.onto(&mut self.location);
        patch.contact.onto(&mut self.contact);
        patch.phone.onto(&mut self.phone);
        patch.license_no.onto(&mut self.license_no);
        let is_new_account = patch.bank_account.set().is_some();
        patch.bank_account.onto(&mut self.bank_account);
        if is_new_account {
            self.bank_account = self.bank_account.as_ref().map(masked);
        }
        patch.contract_from.onto(&mut self.contract_from);
        patch.contract_to.onto(&mut self.contract_to);
        patch.deposit.onto(&mut self.deposit);
        patch.parts_credit_limit.onto(&mut self.parts_credit_limit);
        replace(patch.external_refs, &mut self.external_refs);
    }

    /// Refuses a change once it has ended.
    ///
    /// Errors: `outlet_ended` with the state.
    pub fn may_change(&self) -> Result<()> {
        if MACHINE.finals.contains(&self.status.as_str()) {
            return Err(OUTLET_ENDED.error().with("current_status", self.status.as_str()));
        }
        Ok(())
    }

    /// What everybody may know of it: where it is, how to reach it, what it serves, its stars; neither its papers nor its
    /// terms, nor who works there.
    #[must_use]
    pub fn in_public(self) -> ServiceOutlet {
        ServiceOutlet {
            contact: None,
            license_no: None,
            bank_account: None,
            contract_from: None,
            contract_to: None,
            deposit: None,
            trial_since: None,
            confirmed_on: None,
            settlement_coefficient: None,
            parts_credit_limit: None,
            status_reason: None,
            external_refs: Vec::new(),
            meta: Meta {
                created_by: None,
                ..self.meta
            },
            ..self
        }
    }

    /// What is wrong with it by itself: a contract that ends before it begins (`date_order`), an amount below nothing
    /// (`out_of_range`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        if matches!((self.contract_from, self.contract_to), (Some(from), Some(to)) if to < from) {
            wrong.push(DATE_ORDER.violation(Place::Pointer("#/contract_to".to_owned())));
        }
        let amounts = [
            ("#/deposit/amount", self.deposit),
            ("#/parts_credit_limit/amount", self.parts_credit_limit),
        ];
        for (pointer, _) in amounts
            .into_iter()
            .filter(|(_, amount)| amount.is_some_and(|amount| amount.minor < 0))
        {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer(pointer.to_owned())));
        }
        wrong
    }

    /// Whether it serves a region and a category: it names the region or one above it, and the category or a
    /// category above it, which the caller gives as `lineage`; no category is asked for where `lineage` is empty.
    pub fn serves(&self, region: Option<&RegionCode>, lineage: &[ProductCategoryId]) -> bool {
        let is_region = region.is_none_or(|region| coverage::reaches(&self.service_regions, region));
        let is_category = self.category_ids.is_empty()
            || lineage.is_empty()
            || self.category_ids.iter().any(|own| lineage.contains(own));
        is_region && is_category
    }

    /// Whether new records may point at it: it was taken and has not ended.
    pub fn is_in_business(&self) -> bool {
        self.status.takes_work() || self.status == OutletStatus::Suspended
    }

    /// Takes the stars of an approved assessment.
    pub fn rate(&mut self, star: i64, coefficient: Figure) {
        self.star = Some(star);
        self.settlement_coefficient = Some(coefficient);
    }
}

/// An account by its last four characters.
fn masked(account: &Label64) -> Label64 {
    let text = account.as_str();
    let hidden = text.chars().count().saturating_sub(4);
    let shown: String = text.chars().skip(hidden).collect();
    Label64::new(format!("****{shown}")).unwrap_or_else(|_| account.clone())
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    OUTLET_NOT_CLEAR: Conflict = "outlet_not_clear", "Open orders, parts, statements or the deposit stand against it", "网点尚有未结工单、配件、结算单或押金";
    TRIAL_NOT_PASSED: Conflict = "trial_not_passed", "The trial lasts three months and needs three stars", "试运行须满三个月且最近评级不低于三星";
    OUTLET_ENDED: Conflict = "outlet_ended", "An outlet that was rejected or has ended does not change", "已拒绝或已终止的网点不可修改";
    OUTLET_CODE_FIXED: Invalid = "outlet_code_fixed", "The code of an outlet does not change", "网点编码不可修改";
    OUTLET_PAPERS_MISSING: Invalid = "outlet_papers_missing", "Licence, account and deposit must be recorded", "须登记执照、账户和押金";
}
