//! What a decision leaves behind: history, events, notices, counts; and the small questions every rule asks.

use serde_json::{Value, json};
use uuid::Uuid;

use super::dossier::{
    Activity, ActivityId, CounterChange, CounterField, CounterScope, Dossier, Notice, NoticeKind, Recipient,
};
use super::members::RequestStatus;
use super::refs::{ProblemTypeId, ProductId};
use crate::kernel::{Event, Role, Stamp, Time};
use crate::work_orders::WorkOrder;

impl Dossier {
    /// The order in hand the request follows; at most one (WO-6).
    pub fn open_order(&self) -> Option<&WorkOrder> {
        let mut orders = self.orders.iter();
        orders.find(|order| order.status.is_open() && order.leads())
    }

    pub(crate) fn open_order_mut(&mut self) -> Option<&mut WorkOrder> {
        let mut orders = self.orders.iter_mut();
        orders.find(|order| order.status.is_open() && order.leads())
    }

    /// Writes one line of history: the status was `from`, now it is what it is.
    pub(crate) fn log(
        &mut self,
        action: &str,
        from: impl Into<Option<RequestStatus>>,
        comment: Option<String>,
        data: Value,
        at: &Stamp,
    ) {
        self.request.activity_count += 1;
        self.activities.push(Activity {
            id: ActivityId::next(at),
            service_request_id: self.request.id,
            seq: self.request.activity_count,
            at: at.now,
            recorded_at: at.now,
            actor_id: at.actor.user_id,
            actor_name: at.actor.name.clone(),
            action: action.to_owned(),
            from: from.into(),
            to: self.request.status,
            comment,
            data,
        });
    }

    /// Says what happened to the request.
    pub(crate) fn emit(&mut self, kind: &'static str, at: &Stamp) {
        self.events.push(Event {
            kind,
            resource: "service_request",
            resource_id: self.request.uuid(),
            at: at.now,
            data: json!({
                "number": self.request.number,
                "status": self.request.status,
                "cycle_no": self.request.cycle_no,
            }),
        });
    }

    /// Says what happened to one of its children.
    pub(crate) fn emit_of(
        &mut self,
        kind: &'static str,
        resource: &'static str,
        id: Uuid,
        mut data: Value,
        at: &Stamp,
    ) {
        if let Some(members) = data.as_object_mut() {
            members.insert("service_request_id".to_owned(), json!(self.request.id));
        }
        self.events.push(Event {
            kind,
            resource,
            resource_id: id,
            at: at.now,
            data,
        });
    }

    /// Has somebody told.
    pub(crate) fn tell(&mut self, kind: NoticeKind, to: Recipient, subject_id: Uuid, at: &Stamp) {
        self.notices.push(Notice {
            kind,
            to,
            subject_id,
            at: at.now,
        });
    }

    /// Has everybody of a role told about the request.
    pub(crate) fn tell_role(&mut self, kind: NoticeKind, role: Role, at: &Stamp) {
        self.tell(kind, Recipient::Role(role), self.request.uuid(), at);
    }

    /// Has the customer told about one of the request's records.
    pub(crate) fn tell_customer(&mut self, kind: NoticeKind, subject_id: Uuid, at: &Stamp) {
        self.tell(
            kind,
            Recipient::Customer(self.request.customer_id),
            subject_id,
            at,
        );
    }

    /// Counts one product and problem type; a consultation counts only the type (domain.md 4.6).
    pub(crate) fn count(
        &mut self,
        field: CounterField,
        product: Option<ProductId>,
        problem_type: ProblemTypeId,
        at: Time,
    ) {
        self.counts.push(CounterChange {
            scope: CounterScope::ProblemType(problem_type),
            field,
            at,
        });
        if let Some(product) = product {
            self.counts.push(CounterChange {
                scope: CounterScope::Product(product),
                field,
                at,
            });
            let scope = CounterScope::ProductProblem(product, problem_type);
            self.counts.push(CounterChange { scope, field, at });
        }
    }
}
