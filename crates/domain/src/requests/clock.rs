//! What the clock does: which moments are armed, what fires, and in which order (A24, domain.md 4.5).
//!
//! Nothing here is scheduled: the armed moments follow from the state, and whoever looks at the request first lets
//! everything due happen, each at its own instant. So a result never depends on when a sweep ran.

use serde_json::json;
use uuid::Uuid;

use super::context::Context;
use super::dossier::{AlarmKind, AlarmState, Dossier, NoticeKind, Recipient};
use super::enter::Return;
use super::members::LockCase;
use crate::kernel::error::INTERNAL;
use crate::kernel::text::Reason;
use crate::kernel::{Result, Role, Stamp, Time};
use crate::sla::escalation::EscalationLevel;
use crate::sla::timer::{SlaTimer, TimerKind, TimerStatus};
use crate::surveys::SurveyStatus;
use crate::work_orders::{WorkOrderId, WorkOrderStatus};

/// More than any request can have due at once; beyond it something is wrong.
const MAX_FIRED: usize = 10_000;

/// Something due: effective instant, rank among equals, identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    effective: Time,
    rank: u8,
    id: Uuid,
    occurred: Time,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Alarm(AlarmKind),
    Warn,
    Breach,
    Remind,
}

impl Due {
    /// A deadline is in time until its instant has passed; a planned moment happens at it (A24).
    fn new(what: What, id: Uuid, due: Time, armed: Time) -> Due {
        use AlarmKind::{AssignmentDue, FollowUpDue, Overdue, QuoteExpiry, ResolveDue};
        let is_deadline = matches!(
            what,
            What::Breach | What::Alarm(AssignmentDue | ResolveDue | Overdue | FollowUpDue | QuoteExpiry)
        );
        let first = if is_deadline { due.plus_millis(1) } else { due };
        Due {
            effective: first.max(armed),
            rank: what.rank(),
            id,
            occurred: due.max(armed),
            what,
        }
    }
}

impl What {
    fn rank(self) -> u8 {
        match self {
            What::Alarm(AlarmKind::ResumeAt) => 0,
            What::Alarm(AlarmKind::AssignmentDue) => 1,
            What::Alarm(AlarmKind::ResolveDue | AlarmKind::Overdue) => 2,
            What::Alarm(AlarmKind::AcceptLimit) => 3,
            What::Alarm(AlarmKind::AcceptLimitSecond | AlarmKind::QuoteExpiry) => 4,
            What::Warn => 5,
            What::Breach => 6,
            What::Alarm(AlarmKind::FollowUpDue) => 7,
            What::Alarm(AlarmKind::SurveySend) => 8,
            What::Alarm(AlarmKind::AtRisk | AlarmKind::LongHold) | What::Remind => 9,
        }
    }
}

impl Dossier {
    /// The first instant at which something happens by itself.
    pub fn next_due(&self) -> Option<Time> {
        self.due_moments().map(|due| due.effective).min()
    }

    /// Lets everything due until `at.now` happen, in order of its effective instant. Whether anything did.
    pub fn catch_up(&mut self, ctx: &mut Context<'_>, at: &Stamp) -> Result<bool> {
        for count in 0..MAX_FIRED {
            let Some(due) = self.due_moments().filter(|due| due.effective <= at.now).min() else {
                self.request.next_due_at = self.next_due();
                return Ok(count > 0);
            };
            let (written, locked) = (self.activities.len(), self.request.lock_count);
            let then = at.as_system().at(due.occurred);
            self.fire(due, ctx, &then)?;
            self.arm(ctx.settings, &then);
            // It happened then; it is written down now.
            for activity in self.activities.iter_mut().skip(written) {
                activity.recorded_at = at.now;
            }
            if self.request.lock_count > locked {
                if let Some(lock) = &mut self.request.lock {
                    lock.recorded_at = at.now;
                }
                if let Some(record) = self.locks.last_mut() {
                    record.recorded_at = at.now;
                }
            }
        }
        Err(INTERNAL.because(
            "The request's timers do not come to rest.",
            "请求的定时器无法收敛。",
        ))
    }

    /// Brings the alarms in line with the state, lets what is due at once happen, and notes the next moment.
    pub(crate) fn settle(&mut self, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        self.arm(ctx.settings, at);
        self.catch_up(ctx, at).map(|_| ())
    }

    fn due_moments(&self) -> impl Iterator<Item = Due> {
        let alarms = self
            .alarms
            .iter()
            .filter(|alarm| alarm.state == AlarmState::Armed)
            .map(|alarm| Due::new(What::Alarm(alarm.kind), alarm.id.0, alarm.due_at, alarm.armed_at));
        alarms.chain(self.timers.iter().flat_map(timer_moments))
    }

    fn fire(&mut self, due: Due, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        match due.what {
            What::Alarm(kind) => {
                let fired = self.alarms.iter_mut().find(|alarm| alarm.id.0 == due.id);
                let Some(alarm) = fired else { return Ok(()) };
                alarm.state = AlarmState::Fired;
                alarm.fired_at = Some(at.now);
                let (subject, promised) = (alarm.subject_id, alarm.due_at);
                self.fire_alarm(kind, subject, promised, ctx, at)
            }
            What::Warn | What::Breach | What::Remind => self.fire_timer(due, ctx, at),
        }
    }

    fn fire_alarm(
        &mut self,
        kind: AlarmKind,
        subject: Uuid,
        due: Time,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        let from = self.request.status;
        match kind {
            AlarmKind::ResumeAt => {
                self.proceed(ctx, at)?;
                self.log("timer:resume_at", from, None, json!({}), at);
            }
            AlarmKind::AssignmentDue => {
                self.lock(LockCase::AssignmentOverdue, Some(due), at);
                self.log("timer:assignment_due", from, None, json!({"due_at": due}), at);
            }
            AlarmKind::ResolveDue => {
                let engineer = self.request.assignee_id;
                self.cancel_order("missed_customer_date", at);
                self.request.missed_count += 1;
                self.enter(Return::Missed, ctx, at)?;
                self.log("timer:resolve_due", from, None, json!({"due_at": due}), at);
                self.tell_role(NoticeKind::Missed, Role::Dispatcher, at);
                if let Some(engineer) = engineer {
                    self.tell(NoticeKind::Missed, Recipient::Engineer(engineer), subject, at);
                }
            }
            AlarmKind::Overdue => {
                self.request.is_overdue = true;
                self.log("timer:overdue", from, None, json!({"due_at": due}), at);
                self.emit("service_request.overdue", at);
                self.tell_role(NoticeKind::Overdue, Role::Dispatcher, at);
            }
            AlarmKind::AcceptLimit => self.tell(
                NoticeKind::NotAccepted,
                Recipient::Role(Role::Dispatcher),
                subject,
                at,
            ),
            AlarmKind::AcceptLimitSecond => {
                let mut leads = true;
                if let Some(order) = self.orders.iter_mut().find(|order| order.id.0 == subject) {
                    leads = order.leads();
                    order.status = WorkOrderStatus::Refused;
                    order.finished_at = Some(at.now);
                    order.end_reason = Reason::new("accept_limit").ok();
                }
                let data = json!({"reason": "accept_limit"});
                self.emit_of("work_order.refused", "work_order", subject, data, at);
                if leads {
                    self.enter(Return::Unassigned, ctx, at)?;
                }
                self.log(
                    "timer:accept_limit",
                    from,
                    None,
                    json!({"work_order_id": subject}),
                    at,
                );
            }
            AlarmKind::QuoteExpiry => self.expire_quote(WorkOrderId(subject), ctx, at)?,
            AlarmKind::FollowUpDue => {
                if let Some(call) = self.follow_ups.iter_mut().find(|call| call.id.0 == subject) {
                    call.is_overdue = true;
                }
                self.emit_of("follow_up.overdue", "follow_up", subject, json!({}), at);
                let everybody = Recipient::Role(Role::Supervisor);
                self.tell(NoticeKind::FollowUpOverdue, everybody, subject, at);
            }
            AlarmKind::SurveySend => {
                if let Some(survey) = self.surveys.iter_mut().find(|survey| survey.id.0 == subject) {
                    survey.status = SurveyStatus::Due;
                    self.tell_customer(NoticeKind::Survey, subject, at);
                }
            }
            AlarmKind::AtRisk => self.tell_role(NoticeKind::AtRisk, Role::Dispatcher, at),
            AlarmKind::LongHold => self.tell_role(NoticeKind::LongHold, Role::Supervisor, at),
        }
        Ok(())
    }

    /// Warns, breaks, reminds (SL-4, SL-8, SL-9).
    fn fire_timer(&mut self, due: Due, ctx: &Context<'_>, at: &Stamp) -> Result<()> {
        let Some(timer) = self.timers.iter_mut().find(|timer| timer.id.0 == due.id) else {
            return Ok(());
        };
        let kind = timer.kind;
        let facts = json!({"kind": kind, "due_at": timer.due_at});
        match due.what {
            What::Warn => {
                timer.warn(at.now);
                self.emit_of("sla.warned", "sla_timer", due.id, facts, at);
                self.tell_of(EscalationLevel::Warn, due.id, at);
            }
            What::Breach => {
                timer.breach(at.now, ctx.sla_calendar)?;
                if kind == TimerKind::Resolution && ctx.policy.is_some_and(|p| p.allows_third_party) {
                    self.request.third_party_allowed = true;
                }
                self.emit_of("sla.breached", "sla_timer", due.id, facts, at);
                self.tell_of(EscalationLevel::Breach, due.id, at);
            }
            What::Remind | What::Alarm(_) => {
                timer.remind(ctx.sla_calendar)?;
                self.tell_of(EscalationLevel::Reminder, due.id, at);
            }
        }
        Ok(())
    }

    /// Tells whom the level of an escalation concerns (SL-8).
    fn tell_of(&mut self, level: EscalationLevel, timer: Uuid, at: &Stamp) {
        let kind = match level {
            EscalationLevel::Warn => NoticeKind::SlaWarned,
            EscalationLevel::Breach => NoticeKind::SlaBreached,
            EscalationLevel::Reminder => NoticeKind::SlaReminder,
        };
        if level.tells_assignee()
            && let Some(engineer) = self.request.assignee_id
        {
            self.tell(kind, Recipient::Engineer(engineer), timer, at);
        }
        for role in level.roles() {
            self.tell(kind, Recipient::Role(*role), timer, at);
        }
    }
}

/// What a timer may do next by itself.
fn timer_moments(timer: &SlaTimer) -> impl Iterator<Item = Due> {
    let is_running = timer.status == TimerStatus::Running;
    let moment = |what, due| Due::new(what, timer.id.0, due, timer.armed_at);
    let warn = (is_running && timer.warned_at.is_none()).then(|| moment(What::Warn, timer.warn_at));
    let breach = is_running.then(|| moment(What::Breach, timer.due_at));
    let remind = timer.next_reminder_at.map(|next| moment(What::Remind, next));
    [warn, breach, remind].into_iter().flatten()
}
