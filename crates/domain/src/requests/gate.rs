//! The one gate every action passes: permission, lock, table, then the guards that need no body (A22, A33).

use serde_json::Value;

use super::context::{Context, LoopSettings};
use super::dossier::Dossier;
use super::machine::MACHINE;
use super::members::{RequestStatus, VerificationStatus};
use super::{
    ENGINEER_ARRIVED, LOCKED_MANAGER_ONLY, REOPEN_WINDOW_PASSED, SELF_VERIFICATION, VERIFICATION_NOT_PENDING,
    WORK_IN_PROGRESS,
};
use crate::kernel::error::{INSUFFICIENT_SCOPE, INVALID_TRANSITION, NOT_FOUND};
use crate::kernel::machine::{Action, Machine};
use crate::kernel::{Actor, Code, Error, Kind, Result, Role, RoleSet, Stamp, Time};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Whether an action is open to the caller, and if not, why (A33).
#[derive(Clone, Debug, PartialEq)]
pub struct ActionReason {
    /// The action in snake_case.
    pub action: &'static str,
    /// Whether it is open now.
    pub allowed: bool,
    /// Else the refusal's code.
    pub code: Option<&'static str>,
    /// And in words: English, Chinese.
    pub reason: Option<(String, String)>,
}

/// Permission, lock and table: what decides before any guard.
///
/// Errors: `insufficient_scope`, `locked_manager_only`, `invalid_transition`.
pub fn permit(
    machine: &'static Machine,
    state: &str,
    action: &str,
    actor: &Actor,
    is_locked: bool,
) -> Result<()> {
    let decided = match machine.action(action) {
        Some(known) => decide(known, state, actor, is_locked),
        None => Err(&INVALID_TRANSITION),
    };
    decided.map_err(|code| {
        if code != &INVALID_TRANSITION {
            return code.error();
        }
        code.because(
            format!("\"{action}\" is not possible in status \"{state}\"."),
            format!("状态“{state}”下不能执行“{action}”。"),
        )
    })
}

fn decide(action: &Action, state: &str, actor: &Actor, is_locked: bool) -> Result<(), &'static Code> {
    if !actor.is_system && !actor.is_any(action.holders) {
        return Err(&INSUFFICIENT_SCOPE);
    }
    if is_locked && !actor.is_system && !actor.roles.has(Role::ServiceManager) {
        return Err(&LOCKED_MANAGER_ONLY);
    }
    let rows = action.rows.iter().filter(|(row, _)| row.from.contains(&state));
    let mut actors = rows.map(|(_, actors)| *actors).peekable();
    if actors.peek().is_none() {
        return Err(&INVALID_TRANSITION);
    }
    if actor.is_system || actors.any(|actors| actor.is_any(actors)) {
        Ok(())
    } else {
        Err(&INSUFFICIENT_SCOPE)
    }
}

/// The actions offered under a record's own path, in table order.
pub fn offered(machine: &'static Machine) -> impl Iterator<Item = &'static str> {
    let offered = machine.actions().iter().filter(|action| action.is_offered);
    offered.map(|action| action.name)
}

/// Those of them that permission, lock and table let through.
pub(crate) fn permitted<'a>(
    machine: &'static Machine,
    state: &'a str,
    actor: &'a Actor,
    is_locked: bool,
) -> impl Iterator<Item = &'static str> + 'a {
    let is_open =
        move |action: &&'static Action| action.is_offered && decide(action, state, actor, is_locked).is_ok();
    machine.actions().iter().filter(is_open).map(|action| action.name)
}

/// Says with a refusal what the caller could do instead (A33).
pub(crate) fn explain(error: Error, status: &str, action: &str, allowed: &[&'static str]) -> Error {
    if !matches!(error.code.kind, Kind::Forbidden | Kind::Conflict) {
        return error;
    }
    let allowed: Vec<Value> = allowed.iter().map(|a| Value::from(*a)).collect();
    error
        .with("current_status", status)
        .with("action", action)
        .with("allowed_actions", allowed)
}

/// Whether an action is open, as a reason to show.
pub(crate) fn reason_of(action: &'static str, offer: Result<()>) -> ActionReason {
    match offer {
        Ok(()) => ActionReason {
            action,
            allowed: true,
            code: None,
            reason: None,
        },
        Err(error) => {
            let titles = (error.code.en.to_owned(), error.code.zh.to_owned());
            ActionReason {
                action,
                allowed: false,
                code: Some(error.code.slug),
                reason: Some(error.detail.unwrap_or(titles)),
            }
        }
    }
}

/// A document at the gate: its table and state, who calls, and what must hold besides (A33).
///
/// What is open, what a refusal says is open and the reasons shown follow from the same guard.
pub struct Gate<'a, G> {
    /// The document's table.
    pub machine: &'static Machine,
    /// Its state.
    pub state: &'a str,
    /// Who calls.
    pub actor: &'a Actor,
    /// What must hold for an action the table lets through.
    pub guard: G,
}

impl<G: Fn(&str) -> Result<()>> Gate<'_, G> {
    /// Lets an action through, or refuses it with everything a caller needs to go on.
    ///
    /// Errors: `insufficient_scope`, `invalid_transition`; whatever the guard finds.
    pub fn let_through(&self, action: &str) -> Result<()> {
        self.offer(action)
            .map_err(|error| explain(error, self.state, action, &self.open()))
    }

    /// The actions open to the caller, in table order.
    pub fn open(&self) -> Vec<&'static str> {
        permitted(self.machine, self.state, self.actor, false)
            .filter(|action| (self.guard)(action).is_ok())
            .collect()
    }

    /// Every action, and why it is not open.
    pub fn reasons(&self) -> Vec<ActionReason> {
        offered(self.machine)
            .map(|action| reason_of(action, self.offer(action)))
            .collect()
    }

    fn offer(&self, action: &str) -> Result<()> {
        permit(self.machine, self.state, action, self.actor, false)?;
        (self.guard)(action)
    }
}

/// A document at the gate of which nothing must hold but its table.
fn unguarded<'a>(
    machine: &'static Machine,
    state: &'a str,
    actor: &'a Actor,
) -> Gate<'a, impl Fn(&str) -> Result<()>> {
    Gate {
        machine,
        state,
        actor,
        guard: |_: &str| Ok(()),
    }
}

/// The actions a document in this state offers the caller, in table order: permission and table alone (A33).
pub fn open_to(machine: &'static Machine, state: &str, actor: &Actor) -> Vec<&'static str> {
    unguarded(machine, state, actor).open()
}

/// Every action of a document in this state, and why it is not open: permission and table alone (A33).
pub fn reasons_in(machine: &'static Machine, state: &str, actor: &Actor) -> Vec<ActionReason> {
    unguarded(machine, state, actor).reasons()
}

/// Lets an action of a document through by permission and table alone.
///
/// Errors: `insufficient_scope`, `invalid_transition`.
pub fn let_through(machine: &'static Machine, state: &str, action: &str, at: &Stamp) -> Result<()> {
    unguarded(machine, state, &at.actor).let_through(action)
}

impl Dossier {
    /// The actions open to the caller now (A33).
    pub fn allowed_actions(&self, actor: &Actor, now: Time, settings: &LoopSettings) -> Vec<&'static str> {
        let status = self.request.status;
        let is_open = |action: &&'static str| self.guard(action, actor, now, settings).is_ok();
        permitted(&MACHINE, status.as_str(), actor, status == RequestStatus::Locked)
            .filter(is_open)
            .collect()
    }

    /// Every action, and why it is not open (A33, A45(23)).
    pub fn action_reasons(&self, actor: &Actor, now: Time, settings: &LoopSettings) -> Vec<ActionReason> {
        offered(&MACHINE)
            .map(|action| reason_of(action, self.offer(action, actor, now, settings)))
            .collect()
    }

    /// Lets an action of the request through, or refuses it with everything a caller needs to go on.
    ///
    /// Every action passes it; whoever looks up first what a body points at passes it before (A22).
    pub fn gate(&self, action: &str, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        self.offer(action, &at.actor, at.now, ctx.settings)
            .map_err(|error| self.explained(error, action, ctx.settings, at))
    }

    /// A refusal with status, action and allowed actions.
    pub(crate) fn explained(&self, error: Error, action: &str, settings: &LoopSettings, at: &Stamp) -> Error {
        let allowed = self.allowed_actions(&at.actor, at.now, settings);
        explain(error, self.request.status.as_str(), action, &allowed)
    }

    /// Refuses everybody but the service manager while the request is locked (I12, A42).
    ///
    /// Errors: `locked_manager_only`.
    pub fn unlocked_for(&self, action: &str, settings: &LoopSettings, at: &Stamp) -> Result<()> {
        let is_manager = at.actor.is_system || at.actor.roles.has(Role::ServiceManager);
        if self.request.status == RequestStatus::Locked && !is_manager {
            return Err(self.explained(LOCKED_MANAGER_ONLY.error(), action, settings, at));
        }
        Ok(())
    }

    /// Table and guards of an action, without its body.
    fn offer(&self, action: &str, actor: &Actor, now: Time, settings: &LoopSettings) -> Result<()> {
        let status = self.request.status;
        let is_locked = status == RequestStatus::Locked;
        permit(&MACHINE, status.as_str(), action, actor, is_locked)?;
        self.guard(action, actor, now, settings)
    }

    /// The guards of an action the table lets through.
    fn guard(&self, action: &str, actor: &Actor, now: Time, settings: &LoopSettings) -> Result<()> {
        let request = &self.request;
        match action {
            "hold" | "reassign" | "unassign" if self.is_working() => Err(WORK_IN_PROGRESS.error()),
            "cancel" if self.is_only_customer(actor) && self.has_anyone_arrived() => {
                Err(ENGINEER_ARRIVED.error())
            }
            "respond" if !self.may_respond(actor) => Err(NOT_FOUND.error()),
            "reopen" => {
                let closed = request.closed_at.unwrap_or(request.meta.created_at);
                if now.millis_since(closed) > settings.reopen_window_days * DAY {
                    return Err(REOPEN_WINDOW_PASSED.error());
                }
                Ok(())
            }
            "verify" | "reject_verification" => self.may_judge(action, actor),
            _ => Ok(()),
        }
    }

    /// Whether the result waits for verification, and by another than who worked.
    ///
    /// Errors: `self_verification`, `verification_not_pending`.
    pub(crate) fn may_judge(&self, action: &str, actor: &Actor) -> Result<()> {
        if action == "verify" && self.was_engineer(actor) {
            return Err(SELF_VERIFICATION.error());
        }
        match &self.request.verification {
            Some(v) if v.status == VerificationStatus::Pending => Ok(()),
            _ => Err(VERIFICATION_NOT_PENDING.error()),
        }
    }

    /// Whether anybody is on site or at work.
    pub(crate) fn is_working(&self) -> bool {
        self.orders.iter().any(|order| order.status.is_working())
    }

    /// Whether any engineer ever arrived (A45(16)).
    fn has_anyone_arrived(&self) -> bool {
        self.orders.iter().any(|order| order.arrived_at.is_some())
    }

    fn is_only_customer(&self, actor: &Actor) -> bool {
        const OTHERS: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Supervisor, Role::ServiceManager]);
        !actor.is_system && !actor.is_any(OTHERS)
    }

    fn may_respond(&self, actor: &Actor) -> bool {
        const DESK: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Dispatcher, Role::ServiceManager]);
        let is_assignee = actor.engineer_id.is_some()
            && actor.engineer_id == self.request.assignee_id.map(|engineer| engineer.0);
        actor.is_system || actor.is_any(DESK) || is_assignee
    }

    /// Whether the actor is an engineer on a labour line or order of the last cycle (A41).
    pub(crate) fn was_engineer(&self, actor: &Actor) -> bool {
        let cycle = self.request.cycle_no;
        let mut orders = self.orders.iter();
        orders.any(|order| order.cycle_no == cycle && order.is_work_of(actor))
    }
}
