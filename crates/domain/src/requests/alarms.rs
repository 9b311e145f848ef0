//! Which moments are armed: they follow from the state alone (domain.md 4.5).

use uuid::Uuid;

use super::context::LoopSettings;
use super::dossier::{Alarm, AlarmId, AlarmKind, AlarmState, Dossier};
use super::members::RequestStatus;
use crate::follow_ups::FollowUpStatus;
use crate::kernel::{Stamp, Time};
use crate::surveys::SurveyStatus;
use crate::work_orders::{WorkOrderKind, WorkOrderStatus};

/// A moment the present state calls for.
struct Wanted {
    kind: AlarmKind,
    subject_id: Uuid,
    due_at: Time,
    is_suspended: bool,
}

impl Dossier {
    /// Compares the alarms with what the state calls for.
    pub(crate) fn arm(&mut self, settings: &LoopSettings, at: &Stamp) {
        let cycle = self.request.cycle_no;
        let wanted = self.wanted(settings);
        for alarm in self.alarms.iter_mut().filter(|alarm| alarm.is_waiting()) {
            let is_wanted = wanted.iter().any(|wish| alarm.answers(wish, cycle));
            if !is_wanted {
                alarm.state = AlarmState::Cancelled;
            }
        }
        for wish in wanted {
            let found = self
                .alarms
                .iter_mut()
                .find(|a| a.state != AlarmState::Cancelled && a.answers(&wish, cycle));
            let state = if wish.is_suspended {
                AlarmState::Suspended
            } else {
                AlarmState::Armed
            };
            match found {
                Some(alarm) if alarm.is_waiting() => {
                    if alarm.state == AlarmState::Suspended && state == AlarmState::Armed {
                        alarm.armed_at = at.now;
                    }
                    alarm.state = state;
                }
                Some(_) => {}
                None => {
                    let same = |a: &&Alarm| {
                        a.kind == wish.kind && a.subject_id == wish.subject_id && a.cycle_no == cycle
                    };
                    let epoch = self
                        .alarms
                        .iter()
                        .filter(same)
                        .map(|a| a.epoch)
                        .max()
                        .unwrap_or(0);
                    self.alarms.push(Alarm {
                        id: AlarmId::next(at),
                        service_request_id: self.request.id,
                        subject_id: wish.subject_id,
                        kind: wish.kind,
                        cycle_no: cycle,
                        epoch: epoch + 1,
                        due_at: wish.due_at,
                        armed_at: at.now,
                        state,
                        fired_at: None,
                    });
                }
            }
        }
    }

    /// The moments the present state calls for (domain.md 4.5).
    fn wanted(&self, settings: &LoopSettings) -> Vec<Wanted> {
        let request = &self.request;
        let is_held = request.status == RequestStatus::OnHold;
        let mut found = Vec::new();
        let mut want = |kind, subject_id, due_at, is_suspended| {
            found.push(Wanted {
                kind,
                subject_id,
                due_at,
                is_suspended,
            });
        };
        if let Some(hold) = &request.hold {
            match hold.resume_at {
                Some(end) => want(AlarmKind::ResumeAt, request.uuid(), end, false),
                None => {
                    let limit = hold.since.plus_minutes(settings.long_hold_days * 24 * 60);
                    want(AlarmKind::LongHold, request.uuid(), limit, false);
                }
            }
        }
        match (
            request.footing(),
            request.assignment_due_at,
            request.resolve_due_at,
        ) {
            (RequestStatus::PendingAssignment, Some(due), _) => {
                let warning = due.plus_minutes(-settings.at_risk_minutes);
                want(AlarmKind::AssignmentDue, request.uuid(), due, is_held);
                want(AlarmKind::AtRisk, request.uuid(), warning, is_held);
            }
            (RequestStatus::Assigned, _, Some(due)) => {
                let is_working = self.is_working();
                if is_working && !request.is_overdue {
                    want(AlarmKind::Overdue, request.uuid(), due, is_held);
                }
                if !self.is_exempt(due) {
                    want(AlarmKind::ResolveDue, request.uuid(), due, is_held || is_working);
                }
            }
            _ => {}
        }
        for order in self
            .orders
            .iter()
            .filter(|order| order.status == WorkOrderStatus::Dispatched)
        {
            if let Some(due) = order.accept_due_at {
                want(AlarmKind::AcceptLimit, order.id.0, due, is_held);
            }
            if let Some(due) = order.refuse_due_at {
                want(AlarmKind::AcceptLimitSecond, order.id.0, due, is_held);
            }
        }
        let asked = self
            .open_order()
            .filter(|order| order.status == WorkOrderStatus::WaitingCustomer);
        if let Some((order, end)) =
            asked.and_then(|order| Some((order.id, order.quote.as_ref()?.valid_until?)))
        {
            want(AlarmKind::QuoteExpiry, order.0, end, false);
        }
        for call in self
            .follow_ups
            .iter()
            .filter(|f| f.status == FollowUpStatus::Pending && !f.is_overdue)
        {
            want(AlarmKind::FollowUpDue, call.id.0, call.due_at, false);
        }
        for survey in self
            .surveys
            .iter()
            .filter(|survey| survey.status == SurveyStatus::Scheduled)
        {
            want(AlarmKind::SurveySend, survey.id.0, survey.send_at, false);
        }
        found
    }

    /// A workshop order that follows a visit ended past the date is not missed again (A45(6)).
    fn is_exempt(&self, due: Time) -> bool {
        self.open_order().is_some_and(|order| {
            order.kind == WorkOrderKind::Depot && order.successor_of.is_some() && order.dispatched_at > due
        })
    }
}

impl Alarm {
    fn is_waiting(&self) -> bool {
        matches!(self.state, AlarmState::Armed | AlarmState::Suspended)
    }

    fn answers(&self, wish: &Wanted, cycle: i64) -> bool {
        self.kind == wish.kind
            && self.subject_id == wish.subject_id
            && self.cycle_no == cycle
            && self.due_at == wish.due_at
    }
}
