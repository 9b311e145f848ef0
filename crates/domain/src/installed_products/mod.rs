//! Installed products: the very units that stand with customers, one by one (R-024, CU-1, CU-5).
//!
//! A unit is known by product and serial number. Whose it is and where it stands changes over time, and so does whether
//! it works; every such change is dated, because what was promised follows from the days.

pub mod commands;
pub mod expiring;
pub mod history;
pub mod machine;
pub mod timeline;
mod upsert;
pub mod warranty;

#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

pub use commands::{
    InstalledProductCreate, InstalledProductFilter, InstalledProductPatch, RepairDate, ReplaceUnit,
    RetireUnit, TransferUnit,
};
pub use history::{RepairKind, RepairPeriod, UnitOwnership};
pub use machine::{GRANTS, MACHINE, can};
pub use timeline::{TimelineEntry, TimelineKind, timeline};
pub use upsert::InstalledProductUpsert;
pub use warranty::{MainPartCover, WarrantyFacts, WarrantyReason, WarrantyStage, WarrantyState, warranty};

use crate::addresses::AddressId;
use crate::customers::{CustomerId, ExternalRef};
use crate::kernel::error::{DATE_IN_FUTURE, DATE_ORDER, Place, UNKNOWN_REFERENCE};
use crate::kernel::patch::replace;
use crate::kernel::text::Label64;
use crate::kernel::{Date, Meta, Stamp, Time, Violation};
use crate::products::ProductId;
use crate::purchase_records::PurchaseRecordId;
use crate::warranty_policies::WarrantyPolicyId;
use crate::{codes, id, label};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(InstalledProductId);

label! {
    /// How a unit stands.
    pub enum UnitStatus {
        /// 使用中
        InUse = "in_use",
        /// 维修中
        InRepair = "in_repair",
        /// 已更换
        Replaced = "replaced",
        /// 已报废
        Scrapped = "scrapped",
    }
}

label! {
    /// How much hangs on a unit.
    pub enum Criticality {
        /// Its failure stops the customer's business.
        Core = "core",
        /// Anything else.
        NonCore = "non_core",
    }
}

/// One unit at a customer's.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = InstalledProductRecord)]
pub struct InstalledProduct {
    /// Machine identifier.
    pub id: InstalledProductId,
    /// Serial number; unique within the product.
    pub serial_no: Label64,
    /// What it is.
    pub product_id: ProductId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Where it stands.
    #[schema(required)]
    pub address_id: Option<AddressId>,
    /// The purchase it came with.
    #[schema(required)]
    pub purchase_record_id: Option<PurchaseRecordId>,
    /// The day on the invoice.
    #[schema(required)]
    pub purchased_on: Option<Date>,
    /// The day the customer accepted it.
    #[schema(required)]
    pub accepted_on: Option<Date>,
    /// The day it was first used.
    #[schema(required)]
    pub in_service_on: Option<Date>,
    /// What it is good for; null if nothing is known.
    #[schema(required)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// How it stands; changes only by actions.
    pub status: UnitStatus,
    /// The unit it took the place of.
    #[schema(required)]
    pub replaces_id: Option<InstalledProductId>,
    /// The day it took that place; its warranty begins anew then (CU-5).
    #[schema(required)]
    pub exchanged_on: Option<Date>,
    /// When that was recorded.
    #[schema(required)]
    pub exchanged_at: Option<Time>,
    /// The day it was replaced or scrapped; nothing is promised after it.
    #[schema(required)]
    pub retired_on: Option<Date>,
    /// How much hangs on it.
    pub criticality: Criticality,
    /// Days it spent in repair or waiting for parts, each day once.
    #[schema(minimum = 0, maximum = 100_000)]
    pub repair_days_total: i64,
    /// Repairs of the same fault, one after the other.
    #[schema(minimum = 0, maximum = 1000)]
    pub same_fault_repairs: i64,
    /// Whose it was and where it stood, in order; the last one still holds.
    #[schema(max_items = 100)]
    pub ownership: Vec<UnitOwnership>,
    /// When it was in repair or waited for parts, in order of their beginning.
    #[schema(max_items = 200)]
    pub repair_periods: Vec<RepairPeriod>,
    /// The keys other systems know it by.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl InstalledProduct {
    /// A unit that was not there before, in use since it was accepted, used, bought or, if nobody knows, today.
    pub fn register(cmd: InstalledProductCreate, today: Date, at: &Stamp) -> InstalledProduct {
        let since = first_day(cmd.accepted_on, cmd.in_service_on, cmd.purchased_on);
        InstalledProduct {
            id: InstalledProductId::next(at),
            serial_no: cmd.serial_no,
            product_id: cmd.product_id,
            customer_id: cmd.customer_id,
            address_id: cmd.address_id,
            purchase_record_id: cmd.purchase_record_id,
            purchased_on: cmd.purchased_on,
            accepted_on: cmd.accepted_on,
            in_service_on: cmd.in_service_on,
            warranty_policy_id: cmd.warranty_policy_id,
            status: UnitStatus::InUse,
            replaces_id: None,
            exchanged_on: None,
            exchanged_at: None,
            retired_on: None,
            criticality: cmd.criticality.unwrap_or(Criticality::NonCore),
            repair_days_total: 0,
            same_fault_repairs: 0,
            ownership: vec![UnitOwnership {
                customer_id: cmd.customer_id,
                address_id: cmd.address_id,
                from_on: since.unwrap_or(today),
                until_on: None,
            }],
            repair_periods: Vec::new(),
            external_refs: cmd.external_refs,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch whose references were found fit; whose it is and how it stands change by actions only. Its first
    /// owner has it from the day it says it began.
    pub fn revise(&mut self, patch: InstalledProductPatch) {
        let was = first_day(self.accepted_on, self.in_service_on, self.purchased_on);
        replace(patch.serial_no, &mut self.serial_no);
        patch.purchase_record_id.onto(&mut self.purchase_record_id);
        patch.purchased_on.onto(&mut self.purchased_on);
        patch.accepted_on.onto(&mut self.accepted_on);
        patch.in_service_on.onto(&mut self.in_service_on);
        patch.warranty_policy_id.onto(&mut self.warranty_policy_id);
        replace(patch.criticality, &mut self.criticality);
        replace(patch.external_refs, &mut self.external_refs);
        let begun = first_day(self.accepted_on, self.in_service_on, self.purchased_on);
        let repaired = self.repaired_from();
        if let (Some(begun), Some(first)) = (begun.filter(|_| begun != was), self.ownership.first_mut()) {
            first.from_on = begun.min(repaired.unwrap_or(begun));
        }
    }

    /// The first day it was in repair or waited for parts.
    fn repaired_from(&self) -> Option<Date> {
        self.repair_periods.iter().map(|period| period.from_on).min()
    }

    /// What is wrong with it by itself: a day that has not come (`date_in_future`), accepted or used before it was bought,
    /// or begun after what happened to it later (`date_order`). An order that stood before stays valid.
    pub fn faults(&self, before: Option<&InstalledProduct>, today: Date) -> Vec<Violation> {
        let days = [
            (self.purchased_on, "#/purchased_on"),
            (self.accepted_on, "#/accepted_on"),
            (self.in_service_on, "#/in_service_on"),
        ];
        days.into_iter()
            .filter(|(day, _)| day.is_some_and(|day| day > today))
            .map(|(_, pointer)| DATE_IN_FUTURE.violation(Place::Pointer(pointer.to_owned())))
            .chain(self.disorder(before, today))
            .collect()
    }

    /// Days in a wrong order, each member once.
    fn disorder(&self, before: Option<&InstalledProduct>, today: Date) -> Vec<Violation> {
        let mut wrong = self.too_early(before);
        let late = before.map(|old| self.too_late(old, today)).unwrap_or_default();
        for pointer in late {
            if !wrong.contains(&pointer) {
                wrong.push(pointer);
            }
        }
        wrong
            .into_iter()
            .map(|pointer| DATE_ORDER.violation(Place::Pointer(pointer.to_owned())))
            .collect()
    }

    /// Days said anew that lie after its first owner gave it away, its first repair or its end. A unit that was bought
    /// may be repaired before it is accepted and used for the first time.
    fn too_late(&self, old: &InstalledProduct, today: Date) -> Vec<&'static str> {
        let given = old.ownership.first().and_then(|owned| owned.until_on);
        let ended = given.into_iter().chain(old.retired_on).min();
        let repaired = old.repaired_from();
        let was_bought = |on: Date| self.purchased_on.is_some_and(|bought| bought <= on);
        let days = [
            (self.purchased_on, old.purchased_on, "#/purchased_on"),
            (self.accepted_on, old.accepted_on, "#/accepted_on"),
            (self.in_service_on, old.in_service_on, "#/in_service_on"),
        ];
        let is_late = |day: Date, was: Option<Date>| {
            let is_first_word = was.is_none();
            ended.is_some_and(|ended| day > ended)
                || repaired.is_some_and(|on| day > on && !(is_first_word && was_bought(on)))
        };
        days.into_iter()
            .filter(|(day, was, _)| day != was)
            .filter(|(day, was, _)| day.is_some_and(|day| day <= today && is_late(day, *was)))
            .map(|(.., pointer)| pointer)
            .collect()
    }

    /// Days before the purchase, at the member that was said last.
    fn too_early(&self, before: Option<&InstalledProduct>) -> Vec<&'static str> {
        let Some(bought) = self.purchased_on else {
            return Vec::new();
        };
        let is_rebought = before.is_some_and(|old| old.purchased_on != self.purchased_on);
        let days = [
            (
                self.accepted_on,
                before.map(|old| old.accepted_on),
                "#/accepted_on",
            ),
            (
                self.in_service_on,
                before.map(|old| old.in_service_on),
                "#/in_service_on",
            ),
        ];
        let mut wrong: Vec<&'static str> = Vec::new();
        for (day, was, pointer) in days {
            if day.is_none_or(|day| day >= bought) {
                continue;
            }
            if was != Some(day) {
                wrong.push(pointer);
            } else if is_rebought {
                wrong.push("#/purchased_on");
            }
        }
        wrong.dedup();
        wrong
    }

    /// Its customer is known under another record: whatever he had is that one's.
    pub fn belongs_to(&mut self, from: CustomerId, into: CustomerId) {
        self.customer_id = into;
        for owned in self
            .ownership
            .iter_mut()
            .filter(|owned| owned.customer_id == from)
        {
            owned.customer_id = into;
        }
    }

    /// Whether it is with its customer: neither replaced nor scrapped.
    pub fn is_in_place(&self) -> bool {
        matches!(self.status, UnitStatus::InUse | UnitStatus::InRepair)
    }

    /// What keeps a request of a customer from being about it: it is another customer's (`unknown_reference`), or the
    /// request names another product (`product_mismatch`).
    pub fn misfits(&self, customer_id: CustomerId, product_id: Option<ProductId>) -> Vec<Violation> {
        let is_others = self.customer_id != customer_id;
        let is_other = product_id.is_some_and(|product| product != self.product_id);
        [
            (is_others, &UNKNOWN_REFERENCE, "#/installed_product_id"),
            (!is_others && is_other, &PRODUCT_MISMATCH, "#/product_id"),
        ]
        .into_iter()
        .filter(|(is_wrong, ..)| *is_wrong)
        .map(|(_, code, pointer)| code.violation(Place::Pointer(pointer.to_owned())))
        .collect()
    }

    /// Whose it was and where it stood on a day, if it is known.
    pub fn owner_on(&self, day: Date) -> Option<&UnitOwnership> {
        self.ownership.iter().rev().find(|owned| owned.holds_on(day))
    }

    /// The first day anything is known of it: whatever happened to it happened then or later.
    pub fn known_from(&self) -> Option<Date> {
        let owned = self.ownership.first().map(|owned| owned.from_on);
        let days = [self.purchased_on, self.accepted_on, self.in_service_on, owned];
        days.into_iter().flatten().min()
    }

    /// Since when it may be said to be old: the day it was first used, accepted or bought, whichever is known.
    pub fn since(&self) -> Option<Date> {
        self.exchanged_on
            .or(self.in_service_on)
            .or(self.accepted_on)
            .or(self.purchased_on)
    }
}

/// The day a unit began to be its first owner's: accepted, used or bought.
fn first_day(accepted: Option<Date>, used: Option<Date>, bought: Option<Date>) -> Option<Date> {
    accepted.or(used).or(bought)
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    DUPLICATE_SERIAL: Conflict = "duplicate_serial", "This serial number of the product is registered already", "该产品的序列号已登记";
    PRODUCT_MISMATCH: Invalid = "product_mismatch", "The unit is of another product", "设备属于其他产品";
    UNIT_FIXED: Invalid = "unit_fixed", "The product of a unit never changes, its customer by transfer only", "设备的产品不可更改，客户仅可通过转移变更";
    SAME_PLACE: Invalid = "same_place", "The unit is this customer's and stands there already", "设备已属于该客户且位于该地址";
    REPLACES_ITSELF: Invalid = "replaces_itself", "A unit cannot take its own place", "设备不能替换自身";
    ALREADY_REPLACING: Conflict = "already_replacing", "The new unit took the place of another one already", "新设备已替换其他设备";
}
