//! The unit's table, the actions it lets through, and the permissions read off it.

use serde_json::json;

use super::history::{RepairKind, days};
use super::{
    ALREADY_REPLACING, InstalledProduct, REPLACES_ITSELF, RepairDate, RepairPeriod, ReplaceUnit, RetireUnit,
    SAME_PLACE, TransferUnit, UnitOwnership, UnitStatus,
};
use crate::customers::{KEEPERS, READERS};
use crate::kernel::error::{
    DATE_IN_FUTURE, DATE_ORDER, INVALID_TRANSITION, TOO_MANY_ITEMS, UNKNOWN_REFERENCE,
};
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::{Actor, Date, Event, Result, Role, RoleSet, Stamp};
use crate::permissions;
use crate::requests::ActionReason;
use crate::requests::gate::{let_through, open_to, reasons_in};

/// Who sends units to the workshop and back.
const REPAIRERS: RoleSet = KEEPERS.with(Role::RepairSpecialist);
/// How many owners and how many repairs of a unit are told.
const MOST_OWNERS: usize = 100;
const MOST_REPAIRS: usize = 200;

const SECTION: Section = Section("3.2");

/// The states of domain.md 3.2 and the ways between them.
pub const ROWS: &[Transition] = &[
    SECTION.row(&[], "register", KEEPERS, &["in_use"], "serial number free"),
    SECTION.row(
        &["in_use"],
        "take_in_repair",
        REPAIRERS,
        &["in_repair"],
        "not in the future, not before the unit's first day",
    ),
    SECTION.row(
        &["in_repair"],
        "return_to_use",
        REPAIRERS,
        &["in_use"],
        "not before the repair began",
    ),
    SECTION.row(
        &["in_use", "in_repair"],
        "await_parts",
        REPAIRERS,
        &["in_use", "in_repair"],
        "not waiting already",
    ),
    SECTION.row(
        &["in_use", "in_repair"],
        "receive_parts",
        REPAIRERS,
        &["in_use", "in_repair"],
        "waiting for parts",
    ),
    SECTION.row(
        &["in_use", "in_repair"],
        "transfer",
        KEEPERS,
        &["in_use", "in_repair"],
        "not before it came to its present place",
    ),
    SECTION.row(
        &["in_use", "in_repair"],
        "replace",
        KEEPERS,
        &["replaced"],
        "the new unit is in use and takes no other place",
    ),
    SECTION.row(
        &["in_use", "in_repair", "replaced"],
        "scrap",
        KEEPERS,
        &["scrapped"],
        "reason",
    ),
];

/// The unit's machine.
pub static MACHINE: Machine = Machine {
    name: "installed_product",
    states: &["in_use", "in_repair", "replaced", "scrapped"],
    finals: &["scrapped"],
    rows: ROWS,
    actions: Actions::new(),
};

impl InstalledProduct {
    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        open_to(&MACHINE, self.status.as_str(), actor)
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, actor: &Actor) -> Vec<ActionReason> {
        reasons_in(&MACHINE, self.status.as_str(), actor)
    }

    /// What is told of a new unit.
    pub fn registered(&self, at: &Stamp) -> Event {
        self.told("installed_product.registered", at)
    }

    /// It goes into repair; this day is the first that does not count.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`, `too_many_items`.
    pub fn take_in_repair(&mut self, cmd: &RepairDate, today: Date, at: &Stamp) -> Result<Event> {
        self.gate("take_in_repair", at)?;
        self.begin(RepairKind::Repair, day_of(cmd.on, today)?)?;
        self.turn(UnitStatus::InRepair, today, at)
    }

    /// It comes back; this day is the last that does not count.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`.
    pub fn return_to_use(&mut self, cmd: &RepairDate, today: Date, at: &Stamp) -> Result<Event> {
        self.gate("return_to_use", at)?;
        self.end(RepairKind::Repair, day_of(cmd.on, today)?)?;
        let again = if cmd.is_same_fault == Some(true) {
            self.same_fault_repairs
        } else {
            0
        };
        self.same_fault_repairs = again.saturating_add(1);
        self.turn(UnitStatus::InUse, today, at)
    }

    /// It waits for parts from this day on, wherever it stands.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`, `too_many_items`.
    pub fn await_parts(&mut self, cmd: &RepairDate, today: Date, at: &Stamp) -> Result<()> {
        self.gate("await_parts", at)?;
        self.begin(RepairKind::PartsWait, day_of(cmd.on, today)?)?;
        self.repair_days_total = days(&self.repair_periods, today);
        Ok(())
    }

    /// The parts are there.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`.
    pub fn receive_parts(&mut self, cmd: &RepairDate, today: Date, at: &Stamp) -> Result<()> {
        self.gate("receive_parts", at)?;
        self.end(RepairKind::PartsWait, day_of(cmd.on, today)?)?;
        self.repair_days_total = days(&self.repair_periods, today);
        Ok(())
    }

    /// It changes hands or place; the day before was the last of the old ones. Said twice for one day the second word
    /// corrects the first: who had it for no day leaves no period, and who has it back where it stood never lost it.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `same_place`, `date_order`, `too_many_items`.
    pub fn transfer(&mut self, cmd: &TransferUnit, today: Date, at: &Stamp) -> Result<()> {
        self.gate("transfer", at)?;
        let on = day_of(cmd.on, today)?;
        let customer_id = cmd.customer_id.unwrap_or(self.customer_id);
        let is_moved = cmd
            .address_id
            .is_some_and(|address| Some(address) != self.address_id);
        if customer_id == self.customer_id && !is_moved {
            let pointer = match cmd.address_id {
                Some(_) => "#/address_id",
                None => "#/customer_id",
            };
            return Err(SAME_PLACE.at(pointer));
        }
        let next = UnitOwnership {
            customer_id,
            address_id: cmd.address_id,
            from_on: on,
            until_on: None,
        };
        let is_full = self.ownership.len() >= MOST_OWNERS;
        match self.ownership.last_mut() {
            Some(last) if on < last.from_on => return Err(DATE_ORDER.at("#/on")),
            Some(last) if on == last.from_on => {
                self.ownership.pop();
                match self.ownership.last_mut() {
                    Some(before) if before.adjoins(&next) => before.until_on = None,
                    _ => self.ownership.push(next),
                }
            }
            _ if is_full => return Err(TOO_MANY_ITEMS.at("#/on")),
            last => {
                if let Some(last) = last {
                    last.until_on = Some(on.plus_days(-1));
                }
                self.ownership.push(next);
            }
        }
        (self.customer_id, self.address_id) = (customer_id, cmd.address_id);
        Ok(())
    }

    /// Another unit of the same customer takes its place, and its warranty begins anew (CU-5).
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`, `replaces_itself`, `unknown_reference`,
    /// `already_replacing`.
    pub fn replace_with(
        &mut self,
        new: &mut InstalledProduct,
        cmd: &ReplaceUnit,
        today: Date,
        at: &Stamp,
    ) -> Result<Event> {
        self.gate("replace", at)?;
        let on = day_of(cmd.on, today)?;
        if new.id == self.id {
            return Err(REPLACES_ITSELF.at("#/replacement_id"));
        }
        if new.customer_id != self.customer_id {
            return Err(UNKNOWN_REFERENCE.at("#/replacement_id"));
        }
        if new.replaces_id.is_some() || new.status != UnitStatus::InUse {
            return Err(ALREADY_REPLACING.at("#/replacement_id"));
        }
        if self.since().is_some_and(|since| on < since) {
            return Err(DATE_ORDER.at("#/on"));
        }
        new.replaces_id = Some(self.id);
        new.exchanged_on = Some(on);
        new.exchanged_at = Some(at.now);
        self.close_all(on);
        self.retired_on = Some(on);
        self.turn(UnitStatus::Replaced, today, at)
    }

    /// It is out of service for good.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`.
    pub fn scrap(&mut self, cmd: &RetireUnit, today: Date, at: &Stamp) -> Result<Event> {
        self.gate("scrap", at)?;
        let on = day_of(cmd.on, today)?;
        if self.since().is_some_and(|since| on < since) {
            return Err(DATE_ORDER.at("#/on"));
        }
        self.close_all(on);
        self.retired_on.get_or_insert(on);
        self.turn(UnitStatus::Scrapped, today, at)
    }

    /// Lets an action through; whoever looks up first what a body points at passes it before (A22).
    ///
    /// Errors: `insufficient_scope`, `invalid_transition`.
    pub fn gate(&self, action: &str, at: &Stamp) -> Result<()> {
        let_through(&MACHINE, self.status.as_str(), action, at)
    }

    fn turn(&mut self, status: UnitStatus, today: Date, at: &Stamp) -> Result<Event> {
        self.status = status;
        self.repair_days_total = days(&self.repair_periods, today);
        Ok(self.told("installed_product.status_changed", at))
    }

    fn begin(&mut self, kind: RepairKind, on: Date) -> Result<()> {
        if self.open(kind).is_some() {
            return Err(INVALID_TRANSITION.because("It is waiting for parts already.", "设备已在等待配件。"));
        }
        if self.known_from().is_some_and(|first| on < first) {
            return Err(DATE_ORDER.at("#/on"));
        }
        let last = self.repair_periods.iter().filter(|period| period.kind == kind);
        if last.filter_map(|period| period.until_on).any(|until| on < until) {
            return Err(DATE_ORDER.at("#/on"));
        }
        if self.repair_periods.len() >= MOST_REPAIRS {
            return Err(TOO_MANY_ITEMS.at("#/on"));
        }
        let place = self.repair_periods.partition_point(|period| period.from_on <= on);
        let period = RepairPeriod {
            from_on: on,
            until_on: None,
            kind,
        };
        self.repair_periods.insert(place, period);
        Ok(())
    }

    fn end(&mut self, kind: RepairKind, on: Date) -> Result<()> {
        match self.open(kind) {
            None => Err(INVALID_TRANSITION.because("Nothing of this kind lasts.", "没有进行中的记录。")),
            Some(period) if on < period.from_on => Err(DATE_ORDER.at("#/on")),
            Some(period) => {
                period.until_on = Some(on);
                Ok(())
            }
        }
    }

    fn open(&mut self, kind: RepairKind) -> Option<&mut RepairPeriod> {
        let is_open = |period: &&mut RepairPeriod| period.kind == kind && period.until_on.is_none();
        self.repair_periods.iter_mut().find(is_open)
    }

    /// Whatever lasts, ends; what had not begun by then ends where it began.
    fn close_all(&mut self, on: Date) {
        for period in &mut self.repair_periods {
            period.until_on.get_or_insert(on.max(period.from_on));
        }
    }

    fn told(&self, kind: &'static str, at: &Stamp) -> Event {
        Event {
            kind,
            resource: "installed_product",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"status": self.status, "product_id": self.product_id}),
        }
    }
}

/// The day meant: today unless said, never later.
fn day_of(on: Option<Date>, today: Date) -> Result<Date> {
    match on {
        Some(on) if on > today => Err(DATE_IN_FUTURE.at("#/on")),
        on => Ok(on.unwrap_or(today)),
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "customers, installed base") -------------------------------

permissions! {
    Read = "installed_products:read" for READERS;
    Create = "installed_products:create" for KEEPERS;
    Update = "installed_products:update" for KEEPERS;
    Upsert = "installed_products:upsert" for KEEPERS;
    TakeInRepair = "installed_products:take_in_repair" for holders(ROWS, "take_in_repair");
    ReturnToUse = "installed_products:return_to_use" for holders(ROWS, "return_to_use");
    AwaitParts = "installed_products:await_parts" for holders(ROWS, "await_parts");
    ReceiveParts = "installed_products:receive_parts" for holders(ROWS, "receive_parts");
    Transfer = "installed_products:transfer" for holders(ROWS, "transfer");
    Replace = "installed_products:replace" for holders(ROWS, "replace");
    Scrap = "installed_products:scrap" for holders(ROWS, "scrap");
}
