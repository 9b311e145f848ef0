//! Maintenance proposals: which visits, what is done on them, what else is offered, and for how much.
//!
//! A proposal is written, sent, and answered by the customer before its last day; what was sent does not change.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::customers::{CustomerId, READERS};
use crate::kernel::error::{DATE_IN_PAST, NOT_A_DRAFT, OUT_OF_RANGE, Place};
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Label200, Number, Prose, Reason};
use crate::kernel::{
    Actor, Csv, Date, Event, Meta, Money, Patch, Result, Role, RoleSet, Stamp, Time, Violation,
};
use crate::requests::ActionReason;
use crate::requests::gate::Gate;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(MaintenanceProposalId);

label! {
    /// Where a proposal stands.
    pub enum ProposalStatus {
        /// 草稿
        Draft = "draft",
        /// 已发送
        Sent = "sent",
        /// 已接受
        Accepted = "accepted",
        /// 已拒绝
        Declined = "declined",
        /// 已过期
        Expired = "expired",
    }
}

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedVisit {
    /// On which day.
    pub on: Date,
    /// What is done.
    pub content: Prose,
}

/// A maintenance proposal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = MaintenanceProposalRecord)]
pub struct MaintenanceProposal {
    /// Machine identifier.
    pub id: MaintenanceProposalId,
    /// Number for people, for example `MP-20261123-000001`.
    pub number: Number,
    /// To whom it is made.
    pub customer_id: CustomerId,
    /// What it is called.
    pub title: Label200,
    /// The visits, the earliest first; their number is how often somebody comes.
    #[schema(max_items = 100)]
    pub visits: Vec<ProposedVisit>,
    /// What is offered in an emergency.
    #[schema(required)]
    pub emergency_service: Option<Prose>,
    /// What is taught, and to whom.
    #[schema(required)]
    pub training: Option<Prose>,
    /// What the customer has to do.
    #[schema(required)]
    pub customer_duties: Option<Prose>,
    /// The price of all of it; not negative.
    pub price: Money,
    /// The last day on which it may be accepted.
    pub valid_until: Date,
    /// Where it stands; changes only by actions.
    pub status: ProposalStatus,
    /// When it was sent.
    #[schema(required)]
    pub sent_at: Option<Time>,
    /// When it was accepted or declined.
    #[schema(required)]
    pub answered_at: Option<Time>,
    /// Why it was declined.
    #[schema(required)]
    pub decline_reason: Option<Reason>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to write a proposal.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "title": "2027年度空调保养",
    "visits": [{"on": "2027-04-15", "content": "清洗滤网与换热器，检查制冷剂压力"}, {"on": "2027-10-15", "content": "换季检查"}],
    "emergency_service": "7×24小时，4小时到场", "training": "每年一次操作培训", "customer_duties": "提供停机窗口与登高设备",
    "price": {"amount": "4800.00", "currency": "CNY"}, "valid_until": "2027-01-31"}))]
pub struct MaintenanceProposalCreate {
    /// To whom it is made; an active customer.
    pub customer_id: CustomerId,
    /// What it is called.
    pub title: Label200,
    /// The visits, the earliest first.
    #[schema(min_items = 1, max_items = 100)]
    pub visits: Vec<ProposedVisit>,
    /// What is offered in an emergency.
    #[serde(default)]
    pub emergency_service: Option<Prose>,
    /// What is taught, and to whom.
    #[serde(default)]
    pub training: Option<Prose>,
    /// What the customer has to do.
    #[serde(default)]
    pub customer_duties: Option<Prose>,
    /// The price of all of it; not negative.
    pub price: Money,
    /// The last day on which it may be accepted.
    pub valid_until: Date,
}

/// What may change on a draft; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"training": null, "valid_until": "2027-02-28"}))]
pub struct MaintenanceProposalPatch {
    /// What it is called.
    #[schema(nullable = false)]
    pub title: Option<Label200>,
    /// The visits, the earliest first; replaces them all.
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub visits: Option<Vec<ProposedVisit>>,
    /// What is offered in an emergency.
    #[schema(value_type = Option<Prose>)]
    pub emergency_service: Patch<Prose>,
    /// What is taught, and to whom.
    #[schema(value_type = Option<Prose>)]
    pub training: Patch<Prose>,
    /// What the customer has to do.
    #[schema(value_type = Option<Prose>)]
    pub customer_duties: Patch<Prose>,
    /// The price of all of it; not negative.
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// The last day on which it may be accepted.
    #[schema(nullable = false)]
    pub valid_until: Option<Date>,
}

/// Turns a proposal down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "预算不足"}))]
pub struct DeclineProposal {
    /// Why.
    pub reason: Reason,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of proposals; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct MaintenanceProposalFilter {
    /// Made to this customer.
    #[param(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<ProposalStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<ProposalStatus>>,
    /// Number, exactly.
    #[param(nullable = false)]
    pub number: Option<Number>,
    /// Words in number or title.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

// ---- table: who may do what in which state ----------------------------------------------------------------------

const WRITERS: RoleSet = RoleSet::of(&[Role::CustomerService, Role::ServiceManager]);
const ANSWERERS: RoleSet = WRITERS.with(Role::Customer);

const SECTION: Section = Section("R-034");

/// The rows of the proposal's table.
pub const ROWS: &[Transition] = &[
    SECTION.row(&[], "create", WRITERS, &["draft"], "customer active"),
    SECTION.row(
        &["draft"],
        "send",
        WRITERS,
        &["sent"],
        "its last day has not passed",
    ),
    SECTION.row(
        &["sent"],
        "accept",
        ANSWERERS,
        &["accepted"],
        "its last day has not passed",
    ),
    SECTION.row(&["sent"], "decline", ANSWERERS, &["declined"], "reason"),
    SECTION.row(
        &["sent"],
        "timer:expire",
        RoleSet::NONE,
        &["expired"],
        "its last day has passed",
    ),
];

/// The proposal's machine.
pub static MACHINE: Machine = Machine {
    name: "maintenance_proposal",
    states: &["draft", "sent", "accepted", "declined", "expired"],
    finals: &["accepted", "declined", "expired"],
    rows: ROWS,
    actions: Actions::new(),
};

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl MaintenanceProposal {
    /// A new draft under a number drawn for it.
    pub fn draft(cmd: MaintenanceProposalCreate, number: Number, at: &Stamp) -> MaintenanceProposal {
        MaintenanceProposal {
            id: MaintenanceProposalId::next(at),
            number,
            customer_id: cmd.customer_id,
            title: cmd.title,
            visits: cmd.visits,
            emergency_service: cmd.emergency_service,
            training: cmd.training,
            customer_duties: cmd.customer_duties,
            price: cmd.price,
            valid_until: cmd.valid_until,
            status: ProposalStatus::Draft,
            sent_at: None,
            answered_at: None,
            decline_reason: None,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch to a draft.
    ///
    /// Errors: `proposal_fixed`.
    pub fn revise(&mut self, patch: MaintenanceProposalPatch) -> Result<()> {
        if self.status != ProposalStatus::Draft {
            return Err(PROPOSAL_FIXED
                .error()
                .with("current_status", self.status.as_str()));
        }
        replace(patch.title, &mut self.title);
        replace(patch.visits, &mut self.visits);
        patch.emergency_service.onto(&mut self.emergency_service);
        patch.training.onto(&mut self.training);
        patch.customer_duties.onto(&mut self.customer_duties);
        replace(patch.price, &mut self.price);
        replace(patch.valid_until, &mut self.valid_until);
        Ok(())
    }

    /// What is wrong with it by itself: visits not in order (`visits_order`), a price below nothing (`out_of_range`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let pairs = self.visits.iter().zip(self.visits.iter().skip(1));
        for (index, (before, after)) in pairs.enumerate() {
            if after.on <= before.on {
                let pointer = format!("#/visits/{}/on", index.saturating_add(1));
                wrong.push(VISITS_ORDER.violation(Place::Pointer(pointer)));
            }
        }
        if self.price.minor < 0 {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/price/amount".to_owned())));
        }
        wrong
    }

    /// Days that have passed already, of those that differ from before (`date_in_past`).
    pub fn past_days(&self, was: Option<&MaintenanceProposal>, today: Date) -> Vec<Violation> {
        let mut wrong = Vec::new();
        for (index, visit) in self.visits.iter().enumerate() {
            let is_old = was.is_some_and(|was| was.visits.iter().any(|it| it.on == visit.on));
            if visit.on < today && !is_old {
                wrong.push(DATE_IN_PAST.violation(Place::Pointer(format!("#/visits/{index}/on"))));
            }
        }
        let is_old = was.is_some_and(|was| was.valid_until == self.valid_until);
        if self.valid_until < today && !is_old {
            wrong.push(DATE_IN_PAST.violation(Place::Pointer("#/valid_until".to_owned())));
        }
        wrong
    }

    /// Refuses to delete what was sent.
    ///
    /// Errors: `not_a_draft`.
    pub fn may_be_deleted(&self) -> Result<()> {
        if self.status == ProposalStatus::Draft {
            Ok(())
        } else {
            Err(NOT_A_DRAFT.error().with("current_status", self.status.as_str()))
        }
    }

    /// Every action, and why it is not open (A33).
    pub fn action_reasons(&self, actor: &Actor, today: Date) -> Vec<ActionReason> {
        self.gate(actor, today).reasons()
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor, today: Date) -> Vec<&'static str> {
        self.gate(actor, today).open()
    }

    /// Sends it to the customer.
    ///
    /// Errors: `invalid_transition`, `date_in_past` when nobody could accept it any more.
    pub fn send(&mut self, today: Date, at: &Stamp) -> Result<Event> {
        self.pass("send", today, at)?;
        self.status = ProposalStatus::Sent;
        self.sent_at = Some(at.now);
        Ok(self.told("maintenance_proposal.sent", at))
    }

    /// The customer agrees.
    ///
    /// Errors: `invalid_transition`, `proposal_expired`.
    pub fn accept(&mut self, today: Date, at: &Stamp) -> Result<Event> {
        self.pass("accept", today, at)?;
        self.status = ProposalStatus::Accepted;
        self.answered_at = Some(at.now);
        Ok(self.told("maintenance_proposal.accepted", at))
    }

    /// The customer turns it down.
    ///
    /// Errors: `invalid_transition`, `proposal_expired`.
    pub fn decline(&mut self, cmd: &DeclineProposal, today: Date, at: &Stamp) -> Result<Event> {
        self.pass("decline", today, at)?;
        self.status = ProposalStatus::Declined;
        self.answered_at = Some(at.now);
        self.decline_reason = Some(cmd.reason.clone());
        Ok(self.told("maintenance_proposal.declined", at))
    }

    /// Ends it by the clock, the day after its last; whether it was time.
    pub fn expire(&mut self, today: Date, at: &Stamp) -> Option<Event> {
        if self.status != ProposalStatus::Sent || today <= self.valid_until {
            return None;
        }
        self.status = ProposalStatus::Expired;
        Some(self.told("maintenance_proposal.expired", at))
    }

    /// The document at the gate.
    fn gate<'a>(&'a self, actor: &'a Actor, today: Date) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine: &MACHINE,
            state: self.status.as_str(),
            actor,
            guard: move |action: &str| self.guard(action, today),
        }
    }

    fn pass(&self, action: &str, today: Date, at: &Stamp) -> Result<()> {
        self.gate(&at.actor, today).let_through(action)
    }

    fn guard(&self, action: &str, today: Date) -> Result<()> {
        match action {
            "send" if self.valid_until < today => Err(DATE_IN_PAST.at("#/valid_until")),
            "accept" | "decline" if self.valid_until < today => Err(PROPOSAL_EXPIRED.error()),
            _ => Ok(()),
        }
    }

    fn told(&self, kind: &'static str, at: &Stamp) -> Event {
        Event {
            kind,
            resource: "maintenance_proposal",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"number": self.number, "status": self.status, "customer_id": self.customer_id}),
        }
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    PROPOSAL_FIXED: Conflict = "proposal_fixed", "A proposal changes only while it is a draft", "建议书只能在草稿状态修改";
    PROPOSAL_EXPIRED: Conflict = "proposal_expired", "The last day of the proposal has passed", "建议书已过有效期";
    VISITS_ORDER: Invalid = "visits_order", "Each visit comes after the one before it", "每次上门须晚于前一次";
}

// ---- permissions: who may do what (domain.md 3.0, row "agreements, SLA") -----------------------------------------

permissions! {
    Read = "maintenance_proposals:read" for READERS;
    Create = "maintenance_proposals:create" for holders(ROWS, "create");
    Update = "maintenance_proposals:update" for holders(ROWS, "create");
    Delete = "maintenance_proposals:delete" for holders(ROWS, "create");
    Send = "maintenance_proposals:send" for holders(ROWS, "send");
    Accept = "maintenance_proposals:accept" for holders(ROWS, "accept");
    Decline = "maintenance_proposals:decline" for holders(ROWS, "decline");
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stamp::tests::stamp;

    fn proposal() -> MaintenanceProposal {
        let cmd = serde_json::from_value(json!({
            "customer_id": uuid::Uuid::nil(), "title": "保养", "price": {"amount": "1.00", "currency": "CNY"},
            "visits": [{"on": "2027-04-15", "content": "a"}, {"on": "2027-10-15", "content": "b"}],
            "valid_until": "2026-12-31"}));
        MaintenanceProposal::draft(cmd.unwrap(), Number::new("MP-20261123-000001").unwrap(), &stamp())
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_proposal_is_good_through_its_last_day() {
        let at = stamp().as_system();
        let mut sent = proposal();
        sent.send(day("2026-12-31"), &at).unwrap();
        assert!(sent.clone().accept(day("2026-12-31"), &at).is_ok());
        assert!(sent.clone().expire(day("2026-12-31"), &at).is_none());
        let late = sent.clone().accept(day("2027-01-01"), &at).unwrap_err();
        assert_eq!(late.code.slug, "proposal_expired");
        assert_eq!(
            sent.expire(day("2027-01-01"), &at).unwrap().kind,
            "maintenance_proposal.expired"
        );
        let mut draft = proposal();
        assert_eq!(
            draft.send(day("2027-01-01"), &at).unwrap_err().code.slug,
            "date_in_past"
        );
    }

    #[test]
    fn visits_come_in_order() {
        let mut mixed = proposal();
        assert!(mixed.faults().is_empty());
        mixed.visits.reverse();
        mixed.price.minor = -1;
        let codes: Vec<_> = mixed.faults().iter().map(|fault| fault.code.slug).collect();
        assert_eq!(codes, ["visits_order", "out_of_range"]);
    }
}
