//! The agreement's table (domain.md 3.23), and the actions it lets through.

use serde_json::json;

use super::{
    AgreementStatus, COVERS_INCOMPLETE, NOT_THE_AUTHOR, RejectAgreement, SELF_APPROVAL, ServiceAgreement,
    ServiceAgreementId, SuspendAgreement, TerminateAgreement,
};
use crate::agreement_templates::{FeeMode, READERS};
use crate::kernel::error::{DATE_IN_FUTURE, DATE_ORDER};
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::text::Number;
use crate::kernel::{Actor, Date, Error, Event, Meta, Money, Result, Role, RoleSet, Stamp};
use crate::permissions;
use crate::requests::ActionReason;
use crate::requests::gate::Gate;

const WRITERS: RoleSet = RoleSet::of(&[Role::CustomerService, Role::ServiceManager]);
const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);

const SECTION: Section = Section("3.23");

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    SECTION.row(&[], "create", WRITERS, &["draft"], "template active"),
    SECTION.row(
        &["draft"],
        "submit",
        WRITERS,
        &["submitted"],
        "author only; price, dates, covers complete",
    ),
    SECTION.row(&["submitted"], "withdraw", WRITERS, &["draft"], "author only"),
    SECTION.row(
        &["submitted"],
        "approve",
        MANAGER,
        &["approved"],
        "not the author; no overlap",
    ),
    SECTION.row(
        &["submitted"],
        "reject",
        MANAGER,
        &["draft"],
        "not the author; reason",
    ),
    SECTION.row(
        &["approved"],
        "timer:activate",
        RoleSet::NONE,
        &["active"],
        "starts_on has come; the first entitlements are granted",
    ),
    SECTION.row(&["active"], "suspend", MANAGER, &["suspended"], "reason"),
    SECTION.row(
        &["suspended"],
        "resume",
        MANAGER,
        &["active"],
        "the end stays where it was",
    ),
    SECTION.row(
        &["active", "suspended"],
        "timer:expire",
        RoleSet::NONE,
        &["expired"],
        "ends_on has passed",
    ),
    SECTION.row(
        &["active"],
        "timer:renew",
        RoleSet::NONE,
        &["active"],
        "auto_renew, 30 days before the end: a new draft",
    ),
    SECTION.row(
        &["active", "suspended"],
        "terminate",
        MANAGER,
        &["terminated"],
        "reason; a refund is proposed",
    ),
    SECTION.row(
        &["active", "expired"],
        "renew",
        WRITERS,
        &["active", "expired"],
        "not renewed yet; a new draft from the day after its end",
    ),
];

/// The agreement's machine.
pub static MACHINE: Machine = Machine {
    name: "service_agreement",
    states: &[
        "draft",
        "submitted",
        "approved",
        "active",
        "suspended",
        "expired",
        "terminated",
    ],
    finals: &["terminated"],
    rows: ROWS,
    actions: Actions::new(),
};

/// What a renewed agreement is drafted under.
#[derive(Clone, Debug)]
pub struct Draft {
    /// A number drawn for it.
    pub number: Number,
    /// The price of the next term; the present one's if none.
    pub price: Option<Money>,
}

impl ServiceAgreement {
    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        self.gate(actor).open()
    }

    /// Every action, and why it is not open (A33).
    pub fn action_reasons(&self, actor: &Actor) -> Vec<ActionReason> {
        self.gate(actor).reasons()
    }

    /// Hands it in for approval.
    ///
    /// Errors: `invalid_transition`, `not_the_author`; whatever `faults` finds; `covers_incomplete`.
    pub fn submit(&mut self, at: &Stamp) -> Result<()> {
        self.pass("submit", at)?;
        Error::all(self.faults())?;
        if self.covers.is_incomplete() {
            return Err(COVERS_INCOMPLETE.at("#/covers"));
        }
        self.status = AgreementStatus::Submitted;
        self.submitted_by = at.actor.user_id;
        Ok(())
    }

    /// Takes it back.
    ///
    /// Errors: `invalid_transition`, `not_the_author`.
    pub fn withdraw(&mut self, at: &Stamp) -> Result<()> {
        self.pass("withdraw", at)?;
        self.status = AgreementStatus::Draft;
        // Handing it in answered an earlier rejection: it keeps its room.
        self.status_reason = None;
        Ok(())
    }

    /// Approves it; whoever keeps it has looked for overlaps (`stand_beside`). The clock begins it.
    ///
    /// Errors: `invalid_transition`, `self_approval`.
    pub fn approve(&mut self, at: &Stamp) -> Result<()> {
        self.pass("approve", at)?;
        self.status = AgreementStatus::Approved;
        self.approved_by = at.actor.user_id;
        self.approved_at = Some(at.now);
        self.status_reason = None;
        Ok(())
    }

    /// Sends it back.
    ///
    /// Errors: `invalid_transition`, `self_approval`.
    pub fn reject(&mut self, cmd: &RejectAgreement, at: &Stamp) -> Result<()> {
        self.pass("reject", at)?;
        self.status = AgreementStatus::Draft;
        self.status_reason = Some(cmd.reason.clone());
        Ok(())
    }

    /// Lets it rest.
    ///
    /// Errors: `invalid_transition`.
    pub fn suspend(&mut self, cmd: &SuspendAgreement, at: &Stamp) -> Result<Event> {
        self.pass("suspend", at)?;
        self.status = AgreementStatus::Suspended;
        self.status_reason = Some(cmd.reason.clone());
        Ok(self.told("agreement.suspended", at))
    }

    /// Lets it hold again.
    ///
    /// Errors: `invalid_transition`.
    pub fn resume(&mut self, at: &Stamp) -> Result<Event> {
        self.pass("resume", at)?;
        self.status = AgreementStatus::Active;
        self.status_reason = None;
        Ok(self.told("agreement.activated", at))
    }

    /// Ends it before its time and proposes what is to be paid back.
    ///
    /// Errors: `invalid_transition`, `date_in_future`, `date_order`.
    pub fn terminate(
        &mut self,
        cmd: &TerminateAgreement,
        fee_mode: FeeMode,
        today: Date,
        at: &Stamp,
    ) -> Result<Event> {
        self.pass("terminate", at)?;
        let on = cmd.on.unwrap_or(today);
        if on > today {
            return Err(DATE_IN_FUTURE.at("#/on"));
        }
        if on < self.starts_on || on > self.ends_on {
            return Err(DATE_ORDER.at("#/on"));
        }
        self.status = AgreementStatus::Terminated;
        self.status_reason = Some(cmd.reason.clone());
        self.terminated_on = Some(on);
        self.refund_proposal = self.unused_fee(fee_mode, on);
        Ok(self.told("agreement.terminated", at))
    }

    /// What of a fixed price was not used when this is the last day: pro rata by days, rounded half up to the cent.
    /// Nothing where the price was not for a term.
    pub fn unused_fee(&self, fee_mode: FeeMode, last: Date) -> Option<Money> {
        if fee_mode != FeeMode::FixedAnnual {
            return None;
        }
        let whole = i128::from(self.ends_on.days_since(self.starts_on).saturating_add(1).max(1));
        let unused = i128::from(self.ends_on.days_since(last)).clamp(0, whole);
        let doubled = i128::from(self.price.minor)
            .checked_mul(unused)?
            .checked_mul(2)?
            .checked_add(whole)?;
        let minor = i64::try_from(doubled.checked_div(whole.checked_mul(2)?)?).ok()?;
        Some(Money {
            minor,
            currency: self.price.currency,
        })
    }

    /// Drafts the one that continues it: as long as this one, from the day after its end.
    ///
    /// Errors: `invalid_transition`.
    pub fn renew(&self, draft: Draft, at: &Stamp) -> Result<(ServiceAgreement, Event)> {
        self.pass("renew", at)?;
        if self.ends_on >= Date::LAST {
            return Err(DATE_ORDER.error());
        }
        Ok(self.continued(draft, at))
    }

    /// The same by the clock.
    pub(super) fn continued(&self, draft: Draft, at: &Stamp) -> (ServiceAgreement, Event) {
        let starts_on = self.ends_on.plus_days(1);
        let next = ServiceAgreement {
            id: ServiceAgreementId::next(at),
            number: draft.number,
            starts_on,
            ends_on: self.end_of_next(starts_on).min(Date::LAST).max(starts_on),
            status: AgreementStatus::Draft,
            price: draft.price.unwrap_or(self.price),
            renews_id: Some(self.id),
            submitted_by: None,
            approved_by: None,
            approved_at: None,
            status_reason: None,
            terminated_on: None,
            refund_proposal: None,
            external_refs: Vec::new(),
            next_due_at: None,
            meta: Meta::new(at),
            ..self.clone()
        };
        (next, self.told("agreement.renewed", at))
    }

    /// As many whole months where the term has them, else as many days.
    fn end_of_next(&self, starts_on: Date) -> Date {
        let is_term = |months: &i64| self.starts_on.plus_months(*months).plus_days(-1) == self.ends_on;
        match (1..=600).find(is_term) {
            Some(months) => starts_on.plus_months(months).plus_days(-1),
            None => starts_on.plus_days(self.ends_on.days_since(self.starts_on)),
        }
    }

    /// The document at the gate.
    fn gate<'a>(&'a self, actor: &'a Actor) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine: &MACHINE,
            state: self.status.as_str(),
            actor,
            guard: move |action: &str| self.guard(action, actor),
        }
    }

    fn pass(&self, action: &str, at: &Stamp) -> Result<()> {
        self.gate(&at.actor).let_through(action)
    }

    /// Two people for one agreement.
    fn guard(&self, action: &str, actor: &Actor) -> Result<()> {
        let is_author = actor.user_id.is_some() && actor.user_id == self.meta.created_by;
        let is_submitter = actor.user_id.is_some() && actor.user_id == self.submitted_by;
        match action {
            _ if actor.is_system => Ok(()),
            // Whom another system or the clock wrote for has no author here.
            "submit" if !is_author && self.meta.created_by.is_some() && self.external_refs.is_empty() => {
                Err(NOT_THE_AUTHOR.error())
            }
            "withdraw" if !is_submitter => Err(NOT_THE_AUTHOR.error()),
            "approve" | "reject" if is_author || is_submitter => Err(SELF_APPROVAL.error()),
            _ => Ok(()),
        }
    }

    pub(super) fn told(&self, kind: &'static str, at: &Stamp) -> Event {
        Event {
            kind,
            resource: "service_agreement",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"number": self.number, "status": self.status, "customer_id": self.customer_id}),
        }
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "agreements, SLA") -----------------------------------------

permissions! {
    Read = "service_agreements:read" for READERS;
    Create = "service_agreements:create" for holders(ROWS, "create");
    Update = "service_agreements:update" for holders(ROWS, "create");
    Upsert = "service_agreements:upsert" for WRITERS.with(Role::Integration);
    Submit = "service_agreements:submit" for holders(ROWS, "submit");
    Withdraw = "service_agreements:withdraw" for holders(ROWS, "withdraw");
    Approve = "service_agreements:approve" for holders(ROWS, "approve");
    Reject = "service_agreements:reject" for holders(ROWS, "reject");
    Suspend = "service_agreements:suspend" for holders(ROWS, "suspend");
    Resume = "service_agreements:resume" for holders(ROWS, "resume");
    Terminate = "service_agreements:terminate" for holders(ROWS, "terminate");
    Renew = "service_agreements:renew" for holders(ROWS, "renew");
    Delete = "service_agreements:delete" for holders(ROWS, "create");
    ReverseUsages = "service_agreements:reverse_usage" for MANAGER;
}
