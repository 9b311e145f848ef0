//! The outlet's table (domain.md 3.23), and the actions it lets through.

use serde_json::{Value, json};

use super::{
    OUTLET_NOT_CLEAR, OUTLET_PAPERS_MISSING, OutletBecause, OutletStatus, ServiceOutlet, TRIAL_NOT_PASSED,
};
use crate::kernel::error::Place;
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::{Actor, Date, Error, Event, Result, Role, RoleSet, Stamp};
use crate::permissions;
use crate::requests::gate::{ActionReason, explain, let_through, open_to, reasons_in};

/// How many months a trial lasts at least.
const TRIAL_MONTHS: i64 = 3;
/// The stars it needs at the end of its trial.
const TRIAL_STARS: i64 = 3;

const KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);
const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);
/// Who needs the whole bank account: whoever pays into it, and whose it is.
const PAYERS: RoleSet = RoleSet::of(&[Role::Finance, Role::OutletManager]);
/// Who sees outlets and how they did.
pub(crate) const READERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::Dispatcher,
    Role::OutletManager,
    Role::Finance,
    Role::Analyst,
    Role::Executive,
]);

const SECTION: Section = Section("3.23");

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    SECTION.row(&[], "create", KEEPERS, &["applying"], ""),
    SECTION.row(
        &["applying"],
        "approve",
        MANAGER,
        &["trial"],
        "licence, account and deposit recorded",
    ),
    SECTION.row(&["applying"], "reject", MANAGER, &["rejected"], "reason"),
    SECTION.row(
        &["trial"],
        "confirm",
        MANAGER,
        &["active"],
        "three calendar months and three stars",
    ),
    SECTION.row(
        &["trial", "active"],
        "suspend",
        MANAGER,
        &["suspended"],
        "reason; no new orders, open ones are listed",
    ),
    SECTION.row(
        &["suspended"],
        "reinstate",
        MANAGER,
        &["trial", "active"],
        "rectification accepted; back to where it was",
    ),
    SECTION.row(
        &["trial", "active", "suspended"],
        "terminate",
        MANAGER,
        &["terminated"],
        "no open orders, parts reconciled, statements paid, deposit returned",
    ),
];

/// The outlet's machine.
pub static MACHINE: Machine = Machine {
    name: "service_outlet",
    states: &[
        "applying",
        "rejected",
        "trial",
        "active",
        "suspended",
        "terminated",
    ],
    finals: &["rejected", "terminated"],
    rows: ROWS,
    actions: Actions::new(),
};

/// What stands against an outlet that wants to end; each is nothing when it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clearance {
    /// Open work orders.
    pub open_orders: i64,
    /// Parts not reconciled.
    pub open_parts: i64,
    /// Statements not paid.
    pub unpaid_statements: i64,
    /// Whether the deposit is still held.
    pub is_deposit_held: bool,
}

impl Clearance {
    /// What stands against it, one word each.
    pub fn reasons(&self) -> Vec<&'static str> {
        let all = [
            (self.open_orders > 0, "open_work_orders"),
            (self.open_parts > 0, "open_parts"),
            (self.unpaid_statements > 0, "unpaid_statements"),
            (self.is_deposit_held, "deposit"),
        ];
        let stands = all.into_iter().filter(|(is_so, _)| *is_so);
        stands.map(|(_, word)| word).collect()
    }
}

/// What is known of the trial of an outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Today in the organisation's zone.
    pub today: Date,
    /// Its stars in the last approved assessment.
    pub last_star: Option<i64>,
}

impl ServiceOutlet {
    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        open_to(&MACHINE, self.status.as_str(), actor)
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, actor: &Actor) -> Vec<ActionReason> {
        reasons_in(&MACHINE, self.status.as_str(), actor)
    }

    /// Takes it on trial.
    ///
    /// Errors: `invalid_transition`; `outlet_papers_missing` for each that is not recorded.
    pub fn approve(&mut self, today: Date, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "approve", at)?;
        let papers = [
            (self.license_no.is_none(), "#/license_no"),
            (self.bank_account.is_none(), "#/bank_account"),
            (self.deposit.is_none(), "#/deposit"),
        ];
        let missing = papers.into_iter().filter(|(is_missing, _)| *is_missing);
        Error::all(
            missing
                .map(|(_, pointer)| OUTLET_PAPERS_MISSING.violation(Place::Pointer(pointer.to_owned())))
                .collect(),
        )?;
        self.trial_since = Some(today);
        Ok(self.enter(OutletStatus::Trial, None, at))
    }

    /// Does not take it.
    ///
    /// Errors: `invalid_transition`.
    pub fn reject(&mut self, cmd: &OutletBecause, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "reject", at)?;
        Ok(self.enter(OutletStatus::Rejected, Some(cmd), at))
    }

    /// Ends its trial for good.
    ///
    /// Errors: `invalid_transition`, `trial_not_passed`.
    pub fn confirm(&mut self, proof: &Proof, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "confirm", at)?;
        let is_long_enough = self
            .trial_since
            .is_some_and(|since| since.plus_months(TRIAL_MONTHS) <= proof.today);
        let is_good_enough = proof.last_star.is_some_and(|star| star >= TRIAL_STARS);
        if !is_long_enough || !is_good_enough {
            let error = TRIAL_NOT_PASSED.error();
            return Err(self.explained(error, "confirm", at));
        }
        self.confirmed_on = Some(proof.today);
        Ok(self.enter(OutletStatus::Active, None, at))
    }

    /// Gives it no new work; whoever keeps it lists the open orders.
    ///
    /// Errors: `invalid_transition`.
    pub fn suspend(&mut self, cmd: &OutletBecause, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "suspend", at)?;
        Ok(self.enter(OutletStatus::Suspended, Some(cmd), at))
    }

    /// Gives it work again.
    ///
    /// Errors: `invalid_transition`.
    pub fn reinstate(&mut self, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "reinstate", at)?;
        // Who was through with his trial is not tried again.
        let back = if self.confirmed_on.is_some() {
            OutletStatus::Active
        } else {
            OutletStatus::Trial
        };
        Ok(self.enter(back, None, at))
    }

    /// Ends it.
    ///
    /// Errors: `invalid_transition`; `outlet_not_clear` with what stands against it.
    pub fn terminate(&mut self, cmd: &OutletBecause, clearance: &Clearance, at: &Stamp) -> Result<Event> {
        let_through(&MACHINE, self.status.as_str(), "terminate", at)?;
        if *clearance != Clearance::default() {
            let error = OUTLET_NOT_CLEAR
                .error()
                .with("reasons", clearance.reasons())
                .with("open_orders", clearance.open_orders)
                .with("open_parts", clearance.open_parts)
                .with("unpaid_statements", clearance.unpaid_statements)
                .with("is_deposit_held", clearance.is_deposit_held);
            return Err(self.explained(error, "terminate", at));
        }
        Ok(self.enter(OutletStatus::Terminated, Some(cmd), at))
    }

    fn explained(&self, error: Error, action: &str, at: &Stamp) -> Error {
        explain(
            error,
            self.status.as_str(),
            action,
            &self.allowed_actions(&at.actor),
        )
    }

    fn enter(&mut self, status: OutletStatus, because: Option<&OutletBecause>, at: &Stamp) -> Event {
        let from: Value = self.status.as_str().into();
        self.status = status;
        self.status_reason = because.map(|cmd| cmd.reason.clone());
        Event {
            kind: "outlet.status_changed",
            resource: "service_outlet",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"code": self.code, "from": from, "status": status}),
        }
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "outlets, assessment") -------------------------------------

permissions! {
    Read = "service_outlets:read" for READERS.with(Role::Customer);
    ReadCoverage = "service_outlets:read_coverage" for READERS;
    Create = "service_outlets:create" for holders(ROWS, "create");
    Upsert = "service_outlets:upsert" for KEEPERS.with(Role::Integration);
    Update = "service_outlets:update" for KEEPERS;
    ReadAccount = "service_outlets:read_account" for KEEPERS.union(PAYERS);
    Approve = "service_outlets:approve" for holders(ROWS, "approve");
    Reject = "service_outlets:reject" for holders(ROWS, "reject");
    Confirm = "service_outlets:confirm" for holders(ROWS, "confirm");
    Suspend = "service_outlets:suspend" for holders(ROWS, "suspend");
    Reinstate = "service_outlets:reinstate" for holders(ROWS, "reinstate");
    Terminate = "service_outlets:terminate" for holders(ROWS, "terminate");
}
