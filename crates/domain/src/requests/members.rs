//! The small structured members of a service request: each is one word or one JSON column.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::ServiceRequestId;
use super::refs::{EngineerId, OutletId};
use crate::kernel::Time;
use crate::kernel::meta::UserId;
use crate::kernel::text::{Prose, Reason, WordCode};
use crate::{json_columns, label};

label! {
    /// Where a service request stands (domain.md 4.1).
    pub enum RequestStatus {
        /// 待分配: registered, no engineer.
        PendingAssignment = "pending_assignment",
        /// 挂起: deliberately waiting, reason known.
        OnHold = "on_hold",
        /// 已分配: one engineer holds it.
        Assigned = "assigned",
        /// 锁定: only the service manager may act.
        Locked = "locked",
        /// 已处理: the engineer says solved; the follow-up runs.
        Processed = "processed",
        /// 服务结束: the customer is satisfied or unreachable.
        Closed = "closed",
        /// 归档: closed and verified.
        Archived = "archived",
        /// 已取消: withdrawn, duplicate or wrong entry.
        Cancelled = "cancelled",
    }
}

impl RequestStatus {
    /// Whether work on the request is still to come.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::PendingAssignment | Self::OnHold | Self::Assigned | Self::Locked | Self::Processed
        )
    }
}

label! {
    /// High, medium or low: impact and urgency.
    pub enum Level {
        /// 高
        High = "high",
        /// 中
        Medium = "medium",
        /// 低
        Low = "low",
    }
}

label! {
    /// Where a request comes from.
    pub enum Origin {
        /// Registered here.
        Live = "live",
        /// Taken over from another system with its history (T0).
        Import = "import",
    }
}

label! {
    /// Why a request is locked (domain.md 4.4).
    pub enum LockCase {
        /// Nobody was assigned before the deadline.
        AssignmentOverdue = "assignment_overdue",
        /// Processed twice and still unsolved.
        UnresolvedTwice = "unresolved_twice",
    }
}

label! {
    /// Who chose the engineer.
    pub enum AssignmentMode {
        /// A person.
        Manual = "manual",
        /// The dispatch rules.
        Auto = "auto",
    }
}

label! {
    /// How a request was solved (A28).
    pub enum ResolutionType {
        /// By a visit.
        OnSite = "on_site",
        /// Remotely.
        Remote = "remote",
        /// In the workshop.
        Depot = "depot",
        /// During the first contact.
        Contact = "contact",
        /// By paying back.
        Refund = "refund",
        /// By exchanging the unit.
        Exchange = "exchange",
        /// By a third party.
        ThirdParty = "third_party",
        /// Otherwise.
        Other = "other",
    }
}

label! {
    /// What the supervisor says of the result (核销).
    pub enum VerificationStatus {
        /// Not looked at yet.
        Pending = "pending",
        /// Confirmed.
        Verified = "verified",
        /// Sent back for correction.
        Rejected = "rejected",
    }
}

label! {
    /// The customer's word at the follow-up.
    pub enum Satisfaction {
        /// 满意
        Satisfied = "satisfied",
        /// 不满意
        Dissatisfied = "dissatisfied",
        /// Nobody could be reached.
        Unknown = "unknown",
    }
}

label! {
    /// How another request is related.
    pub enum RelationKind {
        /// The same report twice.
        Duplicate = "duplicate",
        /// The fault came back.
        Repeat = "repeat",
        /// Part of a larger case.
        Parent = "parent",
    }
}

/// Why and since when a request waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// The item of dictionary `hold_reason`.
    pub reason: WordCode,
    /// Whether the SLA clock stands still meanwhile.
    pub pauses_sla: bool,
    /// When the hold began.
    pub since: Time,
    /// When it ends by itself.
    #[schema(required)]
    pub resume_at: Option<Time>,
    /// Where the request returns to: `pending_assignment` or `assigned`.
    pub held_from: RequestStatus,
}

/// The lock in force (domain.md 4.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lock {
    /// Why.
    pub case: LockCase,
    /// When the rule was broken.
    pub at: Time,
    /// When the system noticed.
    pub recorded_at: Time,
    /// Unresolved attempts at that moment.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub attempts: i64,
    /// The deadline that passed, for `assignment_overdue`.
    #[schema(required)]
    pub due_at: Option<Time>,
    /// Who had it last.
    #[schema(required)]
    pub previous_assignee: Option<EngineerId>,
}

/// Who holds the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Assignment {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The engineer's outlet; null for own staff.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// Since when.
    pub assigned_at: Time,
    /// By whom; null for the system.
    #[schema(required)]
    pub assigned_by: Option<UserId>,
    /// Chosen by a person or by the rules.
    pub mode: AssignmentMode,
}

/// How the request was solved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Resolution {
    /// In which way.
    #[serde(rename = "type")]
    pub kind: ResolutionType,
    /// In words.
    #[schema(required)]
    pub summary: Option<Prose>,
    /// Failure mode code.
    #[schema(required)]
    pub mode_code: Option<WordCode>,
    /// Cause code.
    #[schema(required)]
    pub cause_code: Option<WordCode>,
    /// Remedy code.
    #[schema(required)]
    pub remedy_code: Option<WordCode>,
    /// The engineer; null when none was involved.
    #[schema(required)]
    pub engineer_id: Option<EngineerId>,
    /// When.
    pub at: Time,
}

/// Whether the result was confirmed by a supervisor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// How it stands.
    pub status: VerificationStatus,
    /// Who decided.
    #[schema(required)]
    pub by: Option<UserId>,
    /// When.
    #[schema(required)]
    pub at: Option<Time>,
    /// Why it was rejected.
    #[schema(required)]
    pub reason: Option<Reason>,
}

/// A related request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// How.
    pub kind: RelationKind,
    /// Which.
    pub id: ServiceRequestId,
}

json_columns!(Hold, Lock, Assignment, Resolution, Verification);
