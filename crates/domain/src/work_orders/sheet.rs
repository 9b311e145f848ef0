//! The field dispatch sheet while the job is on, and its correction: one part of it at a time, always whole.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::{LaborLine, NewLaborLine, WorkOrder, WorkOrderId, WorkOrderStatus};
use super::field::{ChecklistItem, Expense, PartLine, Photo, labor_overlaps, sheet_faults};
use crate::kernel::text::{Label200, Reason};
use crate::kernel::{Error, Result, Stamp};
use crate::requests::{Context, Dossier};

/// Work done, all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"labor": [{"minutes": 60, "item": "检修"}]}))]
pub struct LaborSheet {
    /// The lines.
    #[schema(max_items = 50)]
    pub labor: Vec<NewLaborLine>,
}

/// Parts put in, all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parts": [{"part_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "quantity": 1,
    "serial_in": "SN-9", "serial_out": "SN-1", "is_returnable": true}]}))]
pub struct PartsSheet {
    /// The lines.
    #[schema(max_items = 50)]
    pub parts: Vec<PartLine>,
}

/// Expenses, all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expenses": [{"fee_item": "parking",
    "amount": {"amount": "10.00", "currency": "CNY"}, "payer": "company"}]}))]
pub struct ExpenseSheet {
    /// The lines.
    #[schema(max_items = 50)]
    pub expenses: Vec<Expense>,
}

/// Points to be looked at, all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"checklist": [{"code": "power_off", "text": "断电", "is_required": true, "is_ok": true}]}))]
pub struct Checklist {
    /// The points.
    #[schema(max_items = 50)]
    pub checklist: Vec<ChecklistItem>,
}

/// Pictures taken, all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"photos": [{"attachment_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "kind": "before"}]}))]
pub struct PhotoSheet {
    /// The pictures.
    #[schema(max_items = 50)]
    pub photos: Vec<Photo>,
}

/// The customer's signature, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_signature": "刘芳"}))]
pub struct SignatureSheet {
    /// A name or a reference to the picture.
    #[serde(default)]
    pub customer_signature: Option<Label200>,
    /// Why there is none.
    #[serde(default)]
    pub signature_waiver_reason: Option<Reason>,
}

/// One part of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum SheetEntry {
    /// Work done.
    Labor(Vec<NewLaborLine>),
    /// Parts put in.
    Parts(Vec<PartLine>),
    /// Expenses.
    Expenses(Vec<Expense>),
    /// Points to be looked at.
    Checklist(Vec<ChecklistItem>),
    /// Pictures taken.
    Photos(Vec<Photo>),
    /// The customer's signature.
    Signature(SignatureSheet),
}

impl WorkOrder {
    /// Lines as reported; who worked is the order's engineer unless said.
    pub fn lines(&self, said: &[NewLaborLine]) -> Vec<LaborLine> {
        said.iter()
            .map(|line| LaborLine {
                engineer_id: line.engineer_id.unwrap_or(self.engineer_id),
                minutes: line.minutes,
                item: line.item.clone(),
            })
            .collect()
    }

    fn take_entry(&mut self, entry: &SheetEntry) {
        match entry {
            SheetEntry::Labor(said) => self.labor = self.lines(said),
            SheetEntry::Parts(parts) => self.parts.clone_from(parts),
            SheetEntry::Expenses(expenses) => self.expenses.clone_from(expenses),
            SheetEntry::Checklist(checklist) => self.checklist.clone_from(checklist),
            SheetEntry::Photos(photos) => self.photos.clone_from(photos),
            SheetEntry::Signature(sheet) => {
                self.customer_signature.clone_from(&sheet.customer_signature);
                self.signature_waiver_reason
                    .clone_from(&sheet.signature_waiver_reason);
            }
        }
    }
}

impl Dossier {
    /// Writes one part of the sheet. On an order that is over it is a correction: the result must still be whole, and
    /// verification is pending again.
    ///
    /// Errors: as `correct_order`.
    pub fn write_sheet(
        &mut self,
        id: WorkOrderId,
        entry: &SheetEntry,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "sheet:write", at)?;
        let mut next = self.order(id)?.clone();
        next.take_entry(entry);
        if next.status.is_open() {
            Error::all(sheet_faults(&next, false))?;
            *self.order_mut(id)? = next;
        } else {
            self.check_result(&next)?;
            next.status = WorkOrderStatus::Completed;
            next.end_reason = None;
            next.result_version += 1;
            let cycle = next.cycle_no;
            *self.order_mut(id)? = next;
            self.reopen_verification(cycle);
        }
        self.log_order(id, "sheet", None, at);
        self.settle(ctx, at)
    }

    /// What is wrong with the lines of work of an order that is over: another job at the same time (WO-5).
    pub(super) fn overlaps_of(&self, order: &WorkOrder) -> Vec<crate::kernel::Violation> {
        labor_overlaps(order, &self.other_work)
    }
}
