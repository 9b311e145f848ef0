//! Follow-ups: the call after the work, in which the customer says whether it is solved (domain.md 3.12).
//!
//! One is opened each time a request is processed; its word closes the request or returns it to allocation.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::meta::UserId;
use crate::kernel::text::{Number, Prose, Reason, WordCode};
use crate::kernel::{Meta, Role, RoleSet, Time};
use crate::requests::ServiceRequestId;
use crate::{codes, id, json_columns, label, permissions};

id!(FollowUpId);

label! {
    /// Where a follow-up stands (domain.md 3.12).
    pub enum FollowUpStatus {
        /// 待回访
        Pending = "pending",
        /// 满意
        Satisfied = "satisfied",
        /// 不满意
        Dissatisfied = "dissatisfied",
        /// 联系不上
        Unreachable = "unreachable",
        /// 已取消
        Cancelled = "cancelled",
    }
}

label! {
    /// What came of one call.
    pub enum CallResult {
        /// Somebody answered.
        Answered = "answered",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// The customer did not want to talk.
        Refused = "refused",
    }
}

label! {
    /// What is recorded at the end.
    pub enum FollowUpResult {
        /// The customer says it is solved.
        Satisfied = "satisfied",
        /// The customer says it is not.
        Dissatisfied = "dissatisfied",
        /// Nobody could be reached.
        Unreachable = "unreachable",
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallAttempt {
    /// When.
    pub at: Time,
    /// By which channel.
    pub channel: WordCode,
    /// What came of it.
    pub result: CallResult,
    /// Who called.
    #[schema(required)]
    pub by: Option<UserId>,
}

/// Marks from 1 to 5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scores {
    /// Speed.
    #[schema(required, minimum = 1, maximum = 5)]
    pub speed: Option<i64>,
    /// Quality.
    #[schema(required, minimum = 1, maximum = 5)]
    pub quality: Option<i64>,
    /// Attitude.
    #[schema(required, minimum = 1, maximum = 5)]
    pub attitude: Option<i64>,
    /// Price.
    #[schema(required, minimum = 1, maximum = 5)]
    pub price: Option<i64>,
    /// All in all.
    #[schema(required, minimum = 1, maximum = 5)]
    pub overall: Option<i64>,
}

json_columns!(Scores);

/// One follow-up of one processed cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FollowUpRecord)]
pub struct FollowUp {
    /// Identifier.
    pub id: FollowUpId,
    /// The number people read aloud.
    pub number: Number,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The request's cycle.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub cycle_no: i64,
    /// Where it stands; changes only by actions.
    pub status: FollowUpStatus,
    /// Until when to call.
    pub due_at: Time,
    /// Whether that passed.
    pub is_overdue: bool,
    /// Who is to call.
    #[schema(required)]
    pub assigned_to: Option<UserId>,
    /// Calls made.
    #[schema(max_items = 100)]
    pub attempts: Vec<CallAttempt>,
    /// The customer's marks.
    #[schema(required)]
    pub scores: Option<Scores>,
    /// Why the customer is dissatisfied: items of dictionary `dissatisfaction_reason`.
    #[schema(max_items = 20)]
    pub reasons: Vec<WordCode>,
    /// What the customer suggests.
    #[schema(required)]
    pub suggestion: Option<Prose>,
    /// When it was recorded.
    #[schema(required)]
    pub recorded_at: Option<Time>,
    /// Who recorded it.
    #[schema(required)]
    pub recorded_by: Option<UserId>,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Notes a call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogAttempt {
    /// By which channel.
    pub channel: WordCode,
    /// What came of it.
    pub result: CallResult,
}

/// Notes the customer's word.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFollowUp {
    /// The word.
    pub result: FollowUpResult,
    /// Why the customer is dissatisfied; at least one then.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub reasons: Vec<WordCode>,
    /// Marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Scores>,
    /// A suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Prose>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Reason>,
}

const AGENT: RoleSet = RoleSet::of(&[Role::FollowUpAgent]);

const SECTION: Section = Section("3.12");

/// The table of domain.md 3.12; `record` has one row for its three words.
pub const ROWS: &[Transition] = &[
    SECTION.row(
        &[],
        "service_request:processed",
        RoleSet::NONE,
        &["pending"],
        "one open per processed cycle",
    ),
    SECTION.row(
        &["pending"],
        "log_attempt",
        AGENT,
        &["pending"],
        "no answer: next due in 4 h, 09:00-20:00 only",
    ),
    SECTION.row(
        &["pending"],
        "record",
        AGENT,
        &["satisfied", "dissatisfied", "unreachable"],
        "caller is not the engineer; dissatisfied: a reason; unreachable: 3 attempts on 2 local days",
    ),
    // Nothing but the customer's word leads out of processed yet.
    Transition {
        is_built: false,
        ..SECTION.row(
            &["pending"],
            "service_request:leave",
            RoleSet::NONE,
            &["cancelled"],
            "request left processed by other way",
        )
    },
];

/// The follow-up's machine.
pub static MACHINE: Machine = Machine {
    name: "follow_up",
    states: &["pending", "satisfied", "dissatisfied", "unreachable", "cancelled"],
    finals: &["satisfied", "dissatisfied", "unreachable", "cancelled"],
    rows: ROWS,
    actions: Actions::new(),
};

codes! {
    SELF_FOLLOW_UP: Invalid = "self_follow_up", "Nobody follows up on his own work", "不得回访自己处理的服务";
    TOO_FEW_ATTEMPTS: Invalid = "too_few_attempts", "Unreachable needs three attempts on two days", "联系不上须至少在两天内尝试三次";
    INCONSISTENT_SATISFACTION: Invalid = "inconsistent_satisfaction", "Satisfied does not go with an overall mark of 1 or 2", "满意与总体评分不一致";
    REASONS_REQUIRED: Invalid = "reasons_required", "Dissatisfied needs at least one reason", "不满意须填写原因";
}

const READERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::FollowUpAgent,
    Role::ComplaintOfficer,
    Role::OutletManager,
    Role::Analyst,
    Role::Executive,
]);

permissions! {
    Read = "follow_ups:read" for READERS;
    LogAttempt = "follow_ups:log_attempt" for holders(ROWS, "log_attempt");
    Record = "follow_ups:record" for holders(ROWS, "record");
}
