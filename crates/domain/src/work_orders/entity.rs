//! The work order: one engineer's job for one request (domain.md 3.11).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::field::{ChecklistItem, Expense, PartLine, Photo};
use super::quotes::WorkOrderQuote;
use crate::kernel::meta::UserId;
use crate::kernel::text::{Label200, Number, Reason, WordCode};
use crate::kernel::{Meta, Time};
use crate::requests::ServiceRequestId;
use crate::requests::refs::{EngineerId, OutletId};
use crate::{id, json_columns, label};

id!(WorkOrderId);

label! {
    /// Where a work order stands (domain.md 3.11).
    pub enum WorkOrderStatus {
        /// 已派: waits for the engineer's word.
        Dispatched = "dispatched",
        /// 已接: the engineer takes it.
        Accepted = "accepted",
        /// 拒单: the engineer does not take it.
        Refused = "refused",
        /// 在途
        EnRoute = "en_route",
        /// 到场
        OnSite = "on_site",
        /// 处理中
        InProgress = "in_progress",
        /// 待件
        WaitingParts = "waiting_parts",
        /// 待客户
        WaitingCustomer = "waiting_customer",
        /// 完成
        Completed = "completed",
        /// 核销
        Verified = "verified",
        /// 退回
        Rejected = "rejected",
        /// 已取消
        Cancelled = "cancelled",
    }
}

impl WorkOrderStatus {
    /// Whether the job is still to be done.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Dispatched
                | Self::Accepted
                | Self::EnRoute
                | Self::OnSite
                | Self::InProgress
                | Self::WaitingParts
                | Self::WaitingCustomer
        )
    }

    /// Whether somebody is at work: T7, T8, T9 and a user's hold wait for it.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::OnSite | Self::InProgress)
    }
}

label! {
    /// How the work is done.
    pub enum WorkOrderKind {
        /// At the customer's.
        OnSite = "on_site",
        /// From afar.
        Remote = "remote",
        /// In the workshop.
        Depot = "depot",
    }
}

label! {
    /// How a job ended (domain.md 3.11).
    pub enum Outcome {
        /// 已解决
        Resolved = "resolved",
        /// 未解决: counts as a failed attempt.
        Unresolved = "unresolved",
        /// The customer was absent: not an attempt.
        NoAccess = "no_access",
        /// To be repaired in the workshop: not an attempt.
        NeedsDepot = "needs_depot",
        /// Better exchanged: counts as a failed attempt.
        ExchangeRecommended = "exchange_recommended",
    }
}

impl Outcome {
    /// Whether it counts as an attempt (domain.md 4.2).
    pub const fn is_attempt(self) -> bool {
        matches!(
            self,
            Self::Resolved | Self::Unresolved | Self::ExchangeRecommended
        )
    }
}

/// The agreed window of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    /// From.
    pub from: Time,
    /// To.
    pub to: Time,
}

/// Where the engineer was when he arrived.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Geo {
    /// Latitude in degrees.
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Longitude in degrees.
    #[schema(minimum = -180, maximum = 180)]
    pub lng: f64,
}

/// One line of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LaborLine {
    /// Who worked.
    pub engineer_id: EngineerId,
    /// How long.
    #[schema(minimum = 1, maximum = 10_080)]
    pub minutes: i64,
    /// On what.
    pub item: Label200,
}

json_columns!(Appointment, Geo);

impl WorkOrder {
    /// The last instant known of it.
    pub fn last_fact(&self) -> Time {
        let known = [
            self.accepted_at,
            self.departed_at,
            self.arrived_at,
            self.started_at,
            self.finished_at,
        ];
        known.into_iter().flatten().fold(self.dispatched_at, Time::max)
    }
}

/// One engineer's job for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = WorkOrderRecord)]
pub struct WorkOrder {
    /// Identifier.
    pub id: WorkOrderId,
    /// The number people read aloud.
    pub number: Number,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The request's cycle it belongs to.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub cycle_no: i64,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The engineer's outlet.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// How the work is done.
    pub kind: WorkOrderKind,
    /// Where it stands; changes only by actions.
    pub status: WorkOrderStatus,
    /// The order it continues, after nobody was at home or the unit went to the workshop.
    #[schema(required)]
    pub successor_of: Option<WorkOrderId>,
    /// The leading order, if this is a helper's.
    #[schema(required)]
    pub team_of: Option<WorkOrderId>,
    /// The agreed window.
    #[schema(required)]
    pub appointment: Option<Appointment>,
    /// When it was given out.
    pub dispatched_at: Time,
    /// Until when it should be accepted: the dispatcher hears of it.
    #[schema(required)]
    pub accept_due_at: Option<Time>,
    /// When it is refused by the system if still not accepted.
    #[schema(required)]
    pub refuse_due_at: Option<Time>,
    /// When it was accepted.
    #[schema(required)]
    pub accepted_at: Option<Time>,
    /// When the engineer left.
    #[schema(required)]
    pub departed_at: Option<Time>,
    /// When the engineer arrived.
    #[schema(required)]
    pub arrived_at: Option<Time>,
    /// Where the engineer arrived.
    #[schema(required)]
    pub arrival_geo: Option<Geo>,
    /// Whether he arrived more than 2 km from the request's address, where both places are known (WO-3).
    pub geo_mismatch: bool,
    /// When work began.
    #[schema(required)]
    pub started_at: Option<Time>,
    /// When the order ended.
    #[schema(required)]
    pub finished_at: Option<Time>,
    /// Work done.
    #[schema(max_items = 50)]
    pub labor: Vec<LaborLine>,
    /// Parts put in.
    #[schema(max_items = 50)]
    pub parts: Vec<PartLine>,
    /// Expenses.
    #[schema(max_items = 50)]
    pub expenses: Vec<Expense>,
    /// Points to be looked at.
    #[schema(max_items = 50)]
    pub checklist: Vec<ChecklistItem>,
    /// Pictures taken.
    #[schema(max_items = 50)]
    pub photos: Vec<Photo>,
    /// How it ended.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// Why it was not solved.
    #[schema(required)]
    pub unresolved_reason: Option<Reason>,
    /// Failure mode code.
    #[schema(required)]
    pub mode_code: Option<WordCode>,
    /// Mechanism code.
    #[schema(required)]
    pub mechanism_code: Option<WordCode>,
    /// Cause code.
    #[schema(required)]
    pub cause_code: Option<WordCode>,
    /// Remedy code.
    #[schema(required)]
    pub remedy_code: Option<WordCode>,
    /// A cause that is never free, found on the way: an item of dictionary `warranty_exclusion` (CU-4).
    #[schema(required)]
    pub exclusion_cause: Option<WordCode>,
    /// The customer's signature: a name or a reference to the picture.
    #[schema(required)]
    pub customer_signature: Option<Label200>,
    /// Why there is no signature.
    #[schema(required)]
    pub signature_waiver_reason: Option<Reason>,
    /// What it waits for.
    #[schema(required)]
    pub wait_reason: Option<Reason>,
    /// What the customer was asked on the way.
    #[schema(required)]
    pub quote: Option<WorkOrderQuote>,
    /// Why it was refused, cancelled or rejected.
    #[schema(required)]
    pub end_reason: Option<Reason>,
    /// Grows with each correction of the result, from 1 at completion.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub result_version: i64,
    /// Who verified it.
    #[schema(required)]
    pub verified_by: Option<UserId>,
    /// When it was verified.
    #[schema(required)]
    pub verified_at: Option<Time>,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Takes a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookWorkOrder {
    /// From.
    pub from: Time,
    /// To, after `from`.
    pub to: Time,
}

/// Says that the engineer is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArriveWorkOrder {
    /// Latitude in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -90, maximum = 90)]
    pub lat: Option<f64>,
    /// Longitude in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -180, maximum = 180)]
    pub lng: Option<f64>,
}

/// One line of work as reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLaborLine {
    /// Who worked; the order's engineer unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineer_id: Option<EngineerId>,
    /// How long.
    #[schema(minimum = 1, maximum = 10_080)]
    pub minutes: i64,
    /// On what.
    pub item: Label200,
}

/// The result of a job; also its correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteWorkOrder {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is not solved; required with `unresolved` and `exchange_recommended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unresolved_reason: Option<Reason>,
    /// Work done; what the sheet holds if there is none here. `resolved` needs at least one line.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub labor: Vec<NewLaborLine>,
    /// Parts put in; what the sheet holds unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 50)]
    pub parts: Option<Vec<PartLine>>,
    /// Expenses; what the sheet holds unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 50)]
    pub expenses: Option<Vec<Expense>>,
    /// Points to be looked at; what the sheet holds unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 50)]
    pub checklist: Option<Vec<ChecklistItem>>,
    /// Pictures taken; what the sheet holds unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 50)]
    pub photos: Option<Vec<Photo>>,
    /// Failure mode code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode_code: Option<WordCode>,
    /// Mechanism code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism_code: Option<WordCode>,
    /// Cause code; required when a repair is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause_code: Option<WordCode>,
    /// Remedy code; required when a repair is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy_code: Option<WordCode>,
    /// A cause that is never free, if one was found: an item of dictionary `warranty_exclusion`. The customer pays then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion_cause: Option<WordCode>,
    /// The customer's signature; what the sheet holds unless this or the reason for none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_signature: Option<Label200>,
    /// Why there is no signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_waiver_reason: Option<Reason>,
}
