//! Service agreements: what one customer signed, for which units, from when to when (domain.md 3.3, 3.23).
//!
//! An agreement is approved by somebody who did not write it, begins and ends by the clock, and grants a number of
//! services in each of its periods.

pub mod clock;
pub mod commands;
pub mod covers;
pub mod entitlements;
pub mod machine;
pub mod upsert;

#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

pub use clock::{AgreementStep, Stepped};
pub use commands::{
    EntitlementFilter, RejectAgreement, ReverseUsage, ServiceAgreementCreate, ServiceAgreementFilter,
    ServiceAgreementPatch, SuspendAgreement, TerminateAgreement, UsageFilter,
};
pub use covers::{Covers, CoversScope, Lineages, UnitScope};
pub use entitlements::{Entitlement, EntitlementId, Usage, UsageId, UsageStatus};
pub use machine::{Draft, GRANTS, MACHINE, can};
pub use upsert::ServiceAgreementUpsert;

use crate::agreement_templates::{AgreementTemplate, AgreementTemplateId};
use crate::customers::{CustomerId, ExternalRef};
use crate::kernel::error::{DATE_ORDER, NOT_A_DRAFT, OUT_OF_RANGE, Place};
use crate::kernel::meta::UserId;
use crate::kernel::patch::replace;
use crate::kernel::text::{Name, Number, Reason};
use crate::kernel::{Date, Meta, Money, Result, Stamp, Time, Violation};
use crate::requests::EngineerId;
use crate::{codes, id, label};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ServiceAgreementId);

label! {
    /// Where an agreement stands.
    pub enum AgreementStatus {
        /// 草稿
        Draft = "draft",
        /// 已提交
        Submitted = "submitted",
        /// 已批准
        Approved = "approved",
        /// 生效
        Active = "active",
        /// 暂停
        Suspended = "suspended",
        /// 到期
        Expired = "expired",
        /// 终止
        Terminated = "terminated",
    }
}

/// A service agreement.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ServiceAgreementRecord)]
pub struct ServiceAgreement {
    /// Machine identifier.
    pub id: ServiceAgreementId,
    /// Number for people, for example `AG-20261123-000001`.
    pub number: Number,
    /// Who signed it.
    pub customer_id: CustomerId,
    /// The template it was made from.
    pub template_id: AgreementTemplateId,
    /// What it covers.
    pub covers: Covers,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day, included.
    pub ends_on: Date,
    /// Where it stands; changes only by actions.
    pub status: AgreementStatus,
    /// Whether the next one is drafted 30 days before it ends.
    pub auto_renew: bool,
    /// The price of the whole term; not negative.
    pub price: Money,
    /// Who signed for the customer.
    #[schema(required)]
    pub signed_by: Option<Name>,
    /// The engineer who comes first.
    #[schema(required)]
    pub dedicated_engineer_id: Option<EngineerId>,
    /// The agreement it continues.
    #[schema(required)]
    pub renews_id: Option<ServiceAgreementId>,
    /// Who submitted it.
    #[schema(required)]
    pub submitted_by: Option<UserId>,
    /// Who approved it.
    #[schema(required)]
    pub approved_by: Option<UserId>,
    /// When.
    #[schema(required)]
    pub approved_at: Option<Time>,
    /// Why it was rejected, suspended or terminated last.
    #[schema(required)]
    pub status_reason: Option<Reason>,
    /// The last day it held, when it was terminated.
    #[schema(required)]
    pub terminated_on: Option<Date>,
    /// What of the price was not used then: a proposal, pro rata by days.
    #[schema(required)]
    pub refund_proposal: Option<Money>,
    /// Keys in other systems.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// When the clock next changes something; a read after it catches up first (A24).
    #[schema(required)]
    pub next_due_at: Option<Time>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// How many days before its end an agreement is renewed by itself.
pub const RENEWAL_DAYS: i64 = 30;

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ServiceAgreement {
    /// A new draft under a number drawn for it.
    pub fn draft(
        cmd: ServiceAgreementCreate,
        template: &AgreementTemplate,
        number: Number,
        at: &Stamp,
    ) -> ServiceAgreement {
        ServiceAgreement {
            id: ServiceAgreementId::next(at),
            number,
            customer_id: cmd.customer_id,
            template_id: template.id,
            covers: cmd.covers,
            starts_on: cmd.starts_on,
            ends_on: cmd.ends_on,
            status: AgreementStatus::Draft,
            auto_renew: cmd.auto_renew,
            price: cmd.price.unwrap_or(template.price),
            signed_by: cmd.signed_by,
            dedicated_engineer_id: cmd.dedicated_engineer_id,
            renews_id: None,
            submitted_by: None,
            approved_by: None,
            approved_at: None,
            status_reason: None,
            terminated_on: None,
            refund_proposal: None,
            external_refs: Vec::new(),
            next_due_at: None,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch: everything while it is a draft, later only what promises nothing else.
    ///
    /// Errors: `agreement_fixed`.
    pub fn revise(&mut self, patch: ServiceAgreementPatch) -> Result<()> {
        let is_term = patch.covers.is_some()
            || patch.starts_on.is_some()
            || patch.ends_on.is_some()
            || patch.price.is_some();
        let is_over = matches!(
            self.status,
            AgreementStatus::Expired | AgreementStatus::Terminated
        );
        if is_over || is_term && self.status != AgreementStatus::Draft {
            return Err(AGREEMENT_FIXED
                .error()
                .with("current_status", self.status.as_str()));
        }
        replace(patch.covers, &mut self.covers);
        replace(patch.starts_on, &mut self.starts_on);
        replace(patch.ends_on, &mut self.ends_on);
        replace(patch.price, &mut self.price);
        replace(patch.auto_renew, &mut self.auto_renew);
        patch.signed_by.onto(&mut self.signed_by);
        patch.dedicated_engineer_id.onto(&mut self.dedicated_engineer_id);
        Ok(())
    }

    /// What is wrong with it by itself: an end not after the start (`date_order`), a price below nothing
    /// (`out_of_range`), a scope and lists that do not go together (`covers_mismatch`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        if self.ends_on <= self.starts_on {
            wrong.push(DATE_ORDER.violation(Place::Pointer("#/ends_on".to_owned())));
        }
        if self.price.minor < 0 {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/price/amount".to_owned())));
        }
        if self.covers.is_mixed() {
            wrong.push(COVERS_MISMATCH.violation(Place::Pointer("#/covers".to_owned())));
        }
        wrong
    }

    /// Whether it holds on a day: active, and the day within its term.
    pub fn holds_on(&self, day: Date) -> bool {
        self.status == AgreementStatus::Active && self.starts_on <= day && day <= self.ends_on
    }

    /// Whether it takes room that no other agreement of its template may take: from its draft on until it is over. What
    /// was rejected takes none before it is handed in again.
    pub fn is_binding(&self) -> bool {
        use AgreementStatus::{Active, Approved, Draft, Expired, Submitted, Suspended, Terminated};
        match self.status {
            Draft => !self.is_rejected(),
            Submitted | Approved | Active | Suspended => true,
            Expired | Terminated => false,
        }
    }

    /// Refuses to delete what is no draft any more, or again.
    ///
    /// Errors: `not_a_draft`.
    pub fn may_be_deleted(&self) -> Result<()> {
        if self.status == AgreementStatus::Draft {
            Ok(())
        } else {
            Err(NOT_A_DRAFT.error().with("current_status", self.status.as_str()))
        }
    }

    /// Whether it is a draft that somebody sent back.
    pub fn is_rejected(&self) -> bool {
        self.status == AgreementStatus::Draft && self.status_reason.is_some()
    }

    /// Whether what another agreement could stand in the way of differs from before.
    pub fn is_elsewhere(&self, was: &ServiceAgreement) -> bool {
        (&self.covers, self.starts_on, self.ends_on) != (&was.covers, was.starts_on, was.ends_on)
    }

    /// Whether two agreements promise the same unit the same on the same day: one template, one customer, days in
    /// common, a unit in common. Touching is fine.
    pub fn overlaps(&self, other: &ServiceAgreement, lineages: &Lineages) -> bool {
        self.id != other.id
            && self.customer_id == other.customer_id
            && self.template_id == other.template_id
            && self.starts_on <= other.ends_on
            && other.starts_on <= self.ends_on
            && self.covers.meets(&other.covers, lineages)
    }

    /// Refuses it beside others that bind already.
    ///
    /// Errors: `overlapping_agreement`.
    pub fn stand_beside(&self, others: &[ServiceAgreement], lineages: &Lineages) -> Result<()> {
        let is_in_the_way = |other: &&ServiceAgreement| other.is_binding() && self.overlaps(other, lineages);
        match others.iter().find(is_in_the_way) {
            None => Ok(()),
            Some(other) => Err(OVERLAPPING_AGREEMENT
                .because(
                    format!(
                        "{} covers the same from {} to {}.",
                        other.number, other.starts_on, other.ends_on
                    ),
                    format!(
                        "协议 {} 在 {} 至 {} 覆盖相同范围。",
                        other.number, other.starts_on, other.ends_on
                    ),
                )
                .with("conflicting_id", other.id.to_string())),
        }
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    OVERLAPPING_AGREEMENT: Conflict = "overlapping_agreement", "An agreement of this template covers the same on the same days", "同模板协议在相同期间覆盖相同设备";
    AGREEMENT_FIXED: Conflict = "agreement_fixed", "What was agreed changes only in a draft", "协议内容只能在草稿状态修改";
    COVERS_MISMATCH: Invalid = "covers_mismatch", "Name categories or units, as the scope says", "覆盖范围与清单不一致";
    COVERS_INCOMPLETE: Invalid = "covers_incomplete", "Name at least one category or unit", "须至少指定一个品类或设备";
    USAGE_NOT_CONSUMED: Conflict = "usage_not_consumed", "Only what was used can be taken back, once", "只有已使用的次数可以冲回，且只能一次";
    SELF_APPROVAL: Forbidden = "self_approval", "Nobody approves what he wrote or submitted", "不得审批本人创建或提交的单据";
    NOT_THE_AUTHOR: Forbidden = "not_the_author", "Only the author may do this", "只有创建人可以执行此操作";
}
