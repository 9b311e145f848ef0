//! The engineer's way: take it, go there, do it, say how it ended (domain.md 3.11).

use serde_json::{Value, json};

use super::entity::{
    Appointment, ArriveWorkOrder, BookWorkOrder, Geo, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus,
};
use super::field::is_geo_mismatch;
use super::{MACHINE, OUTSIDE_SHIFT, TIME_ORDER};
use crate::kernel::error::{
    DATE_IN_PAST, INVALID_TRANSITION, NOT_FOUND, OUT_OF_RANGE, Place, REQUIRED, VALIDATION_FAILED,
};
use crate::kernel::machine::holders;
use crate::kernel::{Actor, Error, Result, Role, RoleSet, Stamp, Time};
use crate::requests::enter::Return;
use crate::requests::gate::{ActionReason, explain, offered, permit, permitted, reason_of};
use crate::requests::promises::word;
use crate::requests::{
    BecauseOf, Context, Dossier, NoticeKind, RequestStatus, SELF_VERIFICATION, VerificationStatus,
};
use crate::sla::timer::TimerKind;

/// The longest window a customer waits in: a day.
const LONGEST_WINDOW: i64 = 24 * 60 * 60_000;

impl Dossier {
    /// The engineer takes the job.
    pub fn accept_order(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "accept", at)?;
        let then = self.fact(id, at)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::Accepted;
        order.accepted_at = Some(then);
        self.emit_of("work_order.accepted", "work_order", id.0, json!({}), at);
        self.log_order(id, "accept", None, at);
        self.settle(ctx, at)
    }

    /// The engineer does not take it (T8).
    pub fn refuse_order(
        &mut self,
        id: WorkOrderId,
        cmd: &BecauseOf,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "refuse", at)?;
        let then = self.fact(id, at)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::Refused;
        order.finished_at = Some(then);
        order.end_reason = Some(cmd.reason.clone());
        let leads = order.leads();
        let data = json!({"reason": cmd.reason});
        self.emit_of("work_order.refused", "work_order", id.0, data, at);
        if leads {
            self.enter(Return::Unassigned, ctx, at)?;
        }
        let (comment, data) = (Some(cmd.reason.to_string()), self.facts_of(id));
        self.log("work_order:refuse", RequestStatus::Assigned, comment, data, at);
        self.settle(ctx, at)
    }

    /// Agrees on a window with the customer. Windows of several visits may overlap: they say when somebody waits, not
    /// when somebody works.
    ///
    /// Errors: `time_order`, `out_of_range` beyond a day, `date_in_past`, `outside_shift`.
    pub fn book_order(
        &mut self,
        id: WorkOrderId,
        cmd: &BookWorkOrder,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "book", at)?;
        if cmd.to <= cmd.from {
            return Err(TIME_ORDER.at("#/to"));
        }
        if cmd.to.millis_since(cmd.from) > LONGEST_WINDOW {
            return Err(OUT_OF_RANGE.at("#/to"));
        }
        if cmd.to <= at.now {
            let past = |pointer: &str| DATE_IN_PAST.violation(Place::Pointer(pointer.to_owned()));
            Error::all(vec![past("#/from"), past("#/to")])?;
        }
        let off = self.off_shift.iter();
        let off = off.map(|pointer| OUTSIDE_SHIFT.violation(Place::Pointer((*pointer).to_owned())));
        Error::all(off.collect())?;
        self.order_mut(id)?.appointment = Some(Appointment {
            from: cmd.from,
            to: cmd.to,
        });
        self.tell_customer(NoticeKind::Booked, id.0, at);
        self.log_order(id, "book", None, at);
        self.settle(ctx, at)
    }

    /// The engineer is on the way.
    pub fn depart_order(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "depart", at)?;
        let then = self.fact(id, at)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::EnRoute;
        order.departed_at = Some(then);
        self.emit_of("work_order.departed", "work_order", id.0, json!({}), at);
        self.tell_customer(NoticeKind::Departed, id.0, at);
        self.log_order(id, "depart", None, at);
        self.settle(ctx, at)
    }

    /// The engineer is there: the arrival promise is kept (SL-6).
    ///
    /// Errors: `validation_failed` for half a position or one that is not on earth.
    pub fn arrive_order(
        &mut self,
        id: WorkOrderId,
        cmd: &ArriveWorkOrder,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "arrive", at)?;
        let geo = match (cmd.lat, cmd.lng) {
            (None, None) => None,
            (Some(lat), Some(lng)) if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng) => {
                Some(Geo { lat, lng })
            }
            (Some(_), None) => return Err(REQUIRED.at("#/lng")),
            (None, Some(_)) => return Err(REQUIRED.at("#/lat")),
            _ => return Err(VALIDATION_FAILED.at("#/lat")),
        };
        let then = self.fact(id, at)?;
        let place = self.place;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::OnSite;
        order.arrived_at = Some(then);
        order.arrival_geo = geo;
        order.geo_mismatch = is_geo_mismatch(geo, place);
        self.stop_promises(&[TimerKind::Arrival], ctx, at)?;
        self.emit_of("work_order.arrived", "work_order", id.0, json!({}), at);
        self.log_order(id, "arrive", None, at);
        self.settle(ctx, at)
    }

    /// Work begins; from afar or in the workshop nobody has to arrive (A45(20)).
    pub fn start_order(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "start", at)?;
        let then = self.fact(id, at)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::InProgress;
        order.started_at = Some(then);
        if order.kind != WorkOrderKind::OnSite {
            self.drop_promises(&[TimerKind::Arrival], ctx, at)?;
        }
        self.log_order(id, "start", None, at);
        self.settle(ctx, at)
    }

    /// Parts are missing: the request waits, its SLA clock runs on (T5).
    pub fn wait_for_parts(
        &mut self,
        id: WorkOrderId,
        cmd: &BecauseOf,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "wait_parts", at)?;
        let order = self.order_mut(id)?;
        order.status = WorkOrderStatus::WaitingParts;
        order.wait_reason = Some(cmd.reason.clone());
        self.suspend(word("awaiting_parts")?, false, None, at);
        self.tell_customer(NoticeKind::WaitingParts, id.0, at);
        let (comment, data) = (Some(cmd.reason.to_string()), self.facts_of(id));
        self.log(
            "work_order:wait_parts",
            RequestStatus::Assigned,
            comment,
            data,
            at,
        );
        self.settle(ctx, at)
    }

    /// The parts are there: the request goes on with it (T6).
    pub fn resume_order(&mut self, id: WorkOrderId, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.order_gate(id, "resume", at)?;
        self.proceed(ctx, at)?;
        self.log(
            "work_order:resume",
            RequestStatus::OnHold,
            None,
            self.facts_of(id),
            at,
        );
        self.settle(ctx, at)
    }

    /// The dispatcher withdraws the job; the request returns to allocation (T8).
    pub fn cancel_work_order(
        &mut self,
        id: WorkOrderId,
        cmd: &BecauseOf,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.order_gate(id, "cancel", at)?;
        if self.order(id)?.leads() {
            self.cancel_order(cmd.reason.as_str(), at);
            self.enter(Return::Unassigned, ctx, at)?;
        } else {
            let order = self.order_mut(id)?;
            order.status = WorkOrderStatus::Cancelled;
            order.finished_at = Some(at.now);
            order.end_reason = Some(cmd.reason.clone());
            let data = json!({"reason": cmd.reason, "engineer_id": order.engineer_id});
            self.emit_of("work_order.cancelled", "work_order", id.0, data, at);
        }
        let (comment, data) = (Some(cmd.reason.to_string()), self.facts_of(id));
        self.log("work_order:cancel", RequestStatus::Assigned, comment, data, at);
        self.settle(ctx, at)
    }

    /// The actions open to the caller on an order (A33).
    pub fn order_allowed_actions(&self, id: WorkOrderId, actor: &Actor) -> Vec<&'static str> {
        let Ok(order) = self.order(id) else {
            return Vec::new();
        };
        let is_locked = self.request.status == RequestStatus::Locked;
        let is_open = |action: &&'static str| {
            is_own(order, action, actor) && self.order_guard(order, action, actor).is_ok()
        };
        permitted(&MACHINE, order.status.as_str(), actor, is_locked)
            .filter(is_open)
            .collect()
    }

    /// Every action on an order, and why it is not open (A33).
    pub fn order_action_reasons(&self, id: WorkOrderId, actor: &Actor) -> Vec<ActionReason> {
        offered(&MACHINE)
            .map(|action| reason_of(action, self.order_offer(id, action, actor)))
            .collect()
    }

    /// One order of the request.
    ///
    /// Errors: `not_found`.
    pub fn order(&self, id: WorkOrderId) -> Result<&WorkOrder> {
        self.orders
            .iter()
            .find(|order| order.id == id)
            .ok_or_else(|| NOT_FOUND.error())
    }

    pub(super) fn order_mut(&mut self, id: WorkOrderId) -> Result<&mut WorkOrder> {
        self.orders
            .iter_mut()
            .find(|order| order.id == id)
            .ok_or_else(|| NOT_FOUND.error())
    }

    /// When what is done now was done: told late it lies between the order's last fact and now, because the clock of a
    /// device is never exact. The promises count by our own clock all the same.
    pub(super) fn fact(&self, id: WorkOrderId, at: &Stamp) -> Result<Time> {
        let last = self.order(id)?.last_fact();
        Ok(self.happened_at.map_or(at.now, |told| told.max(last).min(at.now)))
    }

    /// What a line of history says of an order.
    pub(super) fn facts_of(&self, id: WorkOrderId) -> Value {
        let mut facts = json!({"work_order_id": id});
        if let (Some(told), Some(members)) = (self.happened_at, facts.as_object_mut()) {
            members.insert("occurred_at".to_owned(), json!(told));
        }
        facts
    }

    /// History of an action that leaves the request where it is.
    pub(super) fn log_order(&mut self, id: WorkOrderId, action: &str, comment: Option<String>, at: &Stamp) {
        let status = self.request.status;
        self.log(
            &format!("work_order:{action}"),
            status,
            comment,
            self.facts_of(id),
            at,
        );
    }

    /// Lets an action of an order through, or refuses it with what is open.
    ///
    /// Every action passes it; whoever looks up first what a body points at passes it before (A22).
    pub fn order_gate(&self, id: WorkOrderId, action: &str, at: &Stamp) -> Result<()> {
        self.order_offer(id, action, &at.actor)
            .map_err(|error| self.order_refusal(error, id, action, at))
    }

    /// A refusal with status, action and allowed actions.
    pub(super) fn order_refusal(&self, error: Error, id: WorkOrderId, action: &str, at: &Stamp) -> Error {
        let status = self.order(id).map_or("", |order| order.status.as_str());
        explain(error, status, action, &self.order_allowed_actions(id, &at.actor))
    }

    fn order_offer(&self, id: WorkOrderId, action: &str, actor: &Actor) -> Result<()> {
        let order = self.order(id)?;
        let is_locked = self.request.status == RequestStatus::Locked;
        let is_entitled = actor.is_system || actor.is_any(holders(MACHINE.rows, action));
        if is_entitled && !is_own(order, action, actor) {
            return Err(NOT_FOUND.error());
        }
        permit(&MACHINE, order.status.as_str(), action, actor, is_locked)?;
        self.order_guard(order, action, actor)
    }

    /// The guards of an action the table lets through.
    fn order_guard(&self, order: &WorkOrder, action: &str, actor: &Actor) -> Result<()> {
        let is_held = self.request.status == RequestStatus::OnHold;
        let is_fit = match action {
            "refuse" | "complete" | "cancel" => !is_held,
            // What holds the request is the leading engineer's to say.
            "wait_parts" | "need_quote" | "add_helper" => !is_held && order.leads(),
            "start" => order.status == WorkOrderStatus::OnSite || order.kind != WorkOrderKind::OnSite,
            "verify" | "reject" if self.is_judged_with_request(order) => {
                return self.may_judge(action, actor);
            }
            "verify" if order.is_work_of(actor) => return Err(SELF_VERIFICATION.error()),
            "correct" => self.is_correctable(order),
            "sheet:write" => order.status.is_open() || self.is_correctable(order),
            _ => true,
        };
        if is_fit {
            return Ok(());
        }
        Err(INVALID_TRANSITION.because(
            format!(
                "The request is \"{}\"; \"{action}\" is not possible now.",
                self.request.status
            ),
            format!("请求状态为“{}”，现在不能执行“{action}”。", self.request.status),
        ))
    }

    /// Whether the request still waits for the verification of this order's cycle.
    pub(super) fn is_judged_with_request(&self, order: &WorkOrder) -> bool {
        let is_solved = matches!(
            self.request.status,
            RequestStatus::Processed | RequestStatus::Closed
        );
        let is_unverified = matches!(
            &self.request.verification,
            Some(v) if v.status != VerificationStatus::Verified
        );
        is_solved && is_unverified && order.cycle_no == self.request.cycle_no
    }

    /// The last result until it is verified (A45(5)); what was sent back, whatever became of the request.
    fn is_correctable(&self, order: &WorkOrder) -> bool {
        order.status == WorkOrderStatus::Rejected || self.is_judged_with_request(order)
    }
}

/// An engineer acts on his own orders only; dispatchers, supervisors and managers on every one (A45(11)).
fn is_own(order: &WorkOrder, action: &str, actor: &Actor) -> bool {
    let others = match action {
        "book" | "cancel" | "add_helper" => RoleSet::of(&[Role::Dispatcher]),
        // Whoever sees the order on the customer's side speaks for him.
        "accept_quote" | "decline_quote" => RoleSet::of(&[Role::Customer, Role::CustomerService]),
        "verify" | "reject" => RoleSet::of(&[Role::Supervisor]),
        _ => RoleSet::NONE,
    };
    actor.is_system
        || actor.roles.has(Role::ServiceManager)
        || actor.is_any(others)
        || actor.engineer_id == Some(order.engineer_id.0)
}
