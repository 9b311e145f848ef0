//! Everything one decision about a request may need, and everything it brings about.
//!
//! Persistence loads a [`Dossier`], the rules change it, persistence keeps the difference. The rules never touch
//! `meta.version` and `meta.updated_at`; whoever keeps a changed row raises them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{ServiceRequest, ServiceRequestId};
use super::figures::Told;
use super::members::{LockCase, RequestStatus};
use super::refs::{CustomerId, EngineerId, ProblemTypeId, ProductId};
use crate::follow_ups::FollowUp;
use crate::kernel::meta::UserId;
use crate::kernel::{Event, Role, Time};
use crate::sla::SlaTimer;
use crate::surveys::Survey;
use crate::work_orders::field::Spell;
use crate::work_orders::{Geo, Outcome, WorkOrder, WorkOrderId};
use crate::{id, label};

id!(AttemptId, LockRecordId, AlarmId, ActivityId);

/// One try to solve the request (domain.md 4.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Identifier.
    pub id: AttemptId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Counts from 1 over the whole life.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub no: i64,
    /// The cycle.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub cycle_no: i64,
    /// Who tried; null when no engineer was involved.
    #[schema(required)]
    pub engineer_id: Option<EngineerId>,
    /// The work order.
    #[schema(required)]
    pub work_order_id: Option<WorkOrderId>,
    /// When it began.
    #[schema(required)]
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Time,
    /// `resolved`, `unresolved` or `exchange_recommended`.
    pub outcome: Outcome,
    /// Whether the customer agreed; null until he says.
    #[schema(required)]
    pub accepted: Option<bool>,
}

impl Attempt {
    /// Whether it counts as unresolved (I4).
    pub fn is_unresolved(&self) -> bool {
        self.outcome != Outcome::Resolved || self.accepted == Some(false)
    }
}

/// One lock of the past or present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LockRecordEntry)]
pub struct LockRecord {
    /// Identifier.
    pub id: LockRecordId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Why.
    pub case: LockCase,
    /// When the rule was broken.
    pub at: Time,
    /// When the system noticed.
    pub recorded_at: Time,
    /// Unresolved attempts at that moment.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub attempts: i64,
    /// The deadline that passed.
    #[schema(required)]
    pub due_at: Option<Time>,
    /// Who had it last.
    #[schema(required)]
    pub previous_assignee: Option<EngineerId>,
    /// Who cleared it.
    #[schema(required)]
    pub cleared_by: Option<UserId>,
    /// When.
    #[schema(required)]
    pub cleared_at: Option<Time>,
    /// By which action: `assign`, `release`, `resolve` or `cancel`.
    #[schema(required, max_length = 40)]
    pub action: Option<String>,
}

label! {
    /// What an alarm is about (domain.md 4.5).
    pub enum AlarmKind {
        /// T6.
        ResumeAt = "resume_at",
        /// T4.
        AssignmentDue = "assignment_due",
        /// T9.
        ResolveDue = "resolve_due",
        /// The mark `is_overdue` while somebody is at work.
        Overdue = "overdue",
        /// The order waits too long for the engineer's word.
        AcceptLimit = "accept_limit",
        /// Twice as long: the system refuses it (T8).
        AcceptLimitSecond = "accept_limit_second",
        /// The follow-up call is late.
        FollowUpDue = "follow_up_due",
        /// The survey's hour.
        SurveySend = "survey_send",
        /// An hour before the assignment deadline.
        AtRisk = "at_risk",
        /// 30 days on hold without an end.
        LongHold = "long_hold",
        /// The customer's time to answer a quotation is over (T30).
        QuoteExpiry = "quote_expiry",
    }
}

label! {
    /// How an alarm stands.
    pub enum AlarmState {
        /// May fire.
        Armed = "armed",
        /// May not fire while something blocks it.
        Suspended = "suspended",
        /// Has fired.
        Fired = "fired",
        /// Will not fire.
        Cancelled = "cancelled",
    }
}

/// One moment at which something happens by itself; unique by (subject, kind, cycle, epoch) (W6).
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Identifier.
    pub id: AlarmId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The request, work order, follow-up or survey it is about.
    pub subject_id: Uuid,
    /// What it does.
    pub kind: AlarmKind,
    /// The request's cycle.
    pub cycle_no: i64,
    /// Counts from 1 within (subject, kind, cycle).
    pub epoch: i64,
    /// The moment.
    pub due_at: Time,
    /// Since when it may fire: armed, or unblocked, then.
    pub armed_at: Time,
    /// How it stands.
    pub state: AlarmState,
    /// When it fired, effectively.
    pub fired_at: Option<Time>,
}

/// One entry of the history; replaying `from` and `to` gives the status (I11, R-074).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// Identifier.
    pub id: ActivityId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Counts from 1 within the request.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub seq: i64,
    /// When it happened; the due instant for a timer.
    pub at: Time,
    /// When it was written.
    pub recorded_at: Time,
    /// Who; null for the system.
    #[schema(required)]
    pub actor_id: Option<UserId>,
    /// The name then.
    #[schema(max_length = 100)]
    pub actor_name: String,
    /// What, as in the transition tables, for example `assign` or `timer:assignment_due`.
    #[schema(max_length = 64)]
    pub action: String,
    /// The request's status before; null at registration.
    #[schema(required)]
    pub from: Option<RequestStatus>,
    /// The request's status after.
    pub to: RequestStatus,
    /// In words.
    #[schema(required, max_length = 5000)]
    pub comment: Option<String>,
    /// Facts.
    pub data: Value,
}

label! {
    /// What kind of remark a line of the history is; the word is its action.
    pub enum CommentKind {
        /// Among ourselves; customers do not see it.
        Internal = "comment",
        /// To the customer.
        Reply = "reply",
        /// From the customer.
        FromCustomer = "customer_comment",
    }
}

label! {
    /// What people are told.
    pub enum NoticeKind {
        /// A request was registered.
        Registered = "registered",
        /// An engineer is on his way.
        Departed = "departed",
        /// Parts are missing.
        WaitingParts = "waiting_parts",
        /// A request was declared solved.
        Processed = "processed",
        /// A survey is due.
        Survey = "survey",
        /// A request was locked.
        Locked = "locked",
        /// An engineer got a job.
        Assigned = "assigned",
        /// An assignment deadline is near.
        AtRisk = "at_risk",
        /// A customer's date was missed.
        Missed = "missed",
        /// A customer's date passed while somebody is at work.
        Overdue = "overdue",
        /// A request is on hold for 30 days.
        LongHold = "long_hold",
        /// A job waits for the engineer's word.
        NotAccepted = "not_accepted",
        /// Nobody was at home twice.
        NoAccessTwice = "no_access_twice",
        /// A follow-up is late.
        FollowUpOverdue = "follow_up_overdue",
        /// A promise is near its limit.
        SlaWarned = "sla_warned",
        /// A promise is broken.
        SlaBreached = "sla_breached",
        /// A promise is still broken.
        SlaReminder = "sla_reminder",
        /// A visit was agreed.
        Booked = "booked",
        /// An emergency was registered or declared.
        Emergency = "emergency",
        /// A quotation waits for the customer's word.
        QuoteSent = "quote_sent",
        /// The customer agreed to a quotation.
        QuoteAccepted = "quote_accepted",
        /// A result was sent back.
        ResultRejected = "result_rejected",
    }
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Everybody with the role.
    Role(Role),
    /// One engineer.
    Engineer(EngineerId),
    /// The customer.
    Customer(CustomerId),
}

/// Somebody is to be told something.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// Whom.
    pub to: Recipient,
    /// About which record.
    pub subject_id: Uuid,
    /// Since when.
    pub at: Time,
}

/// What is counted (domain.md 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterScope {
    /// One product.
    Product(ProductId),
    /// One problem type.
    ProblemType(ProblemTypeId),
    /// One pair.
    ProductProblem(ProductId, ProblemTypeId),
}

label! {
    /// Which figure of a counter.
    pub enum CounterField {
        /// Registered, or reclassified to it.
        Occurrences = "occurrences",
        /// Reclassified to something else.
        ReclassifiedOut = "reclassified_out",
        /// Cancelled.
        Cancelled = "cancelled",
    }
}

/// One figure grows by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterChange {
    /// What is counted.
    pub scope: CounterScope,
    /// Which figure.
    pub field: CounterField,
    /// When.
    pub at: Time,
}

/// One request with all its children, and what the present decision adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// The request.
    pub request: ServiceRequest,
    /// Its SLA timers.
    pub timers: Vec<SlaTimer>,
    /// Its alarms, all of them.
    pub alarms: Vec<Alarm>,
    /// Its work orders.
    pub orders: Vec<WorkOrder>,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
    /// Its follow-ups.
    pub follow_ups: Vec<FollowUp>,
    /// Its surveys.
    pub surveys: Vec<Survey>,
    /// Its locks.
    pub locks: Vec<LockRecord>,
    /// New entries of the history.
    pub activities: Vec<Activity>,
    /// New events.
    pub events: Vec<Event>,
    /// New notices.
    pub notices: Vec<Notice>,
    /// New counts.
    pub counts: Vec<CounterChange>,
    /// What the daily figures know of the request; none for one that is new.
    pub told: Option<Told>,
    /// When what is done now was done, if it is told late: the offline log.
    pub happened_at: Option<Time>,
    /// Where the customer is, for whoever arrives there.
    pub place: Option<Geo>,
    /// When the engineers on the labour lines worked on other jobs (WO-5).
    pub other_work: Vec<Spell>,
    /// The ends of a window to be booked at which its engineer does not work, as members of the call.
    pub off_shift: Vec<&'static str>,
}
