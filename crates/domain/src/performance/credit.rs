//! Credit: a running score of promises kept and broken; it breaks ties in dispatch (EN-9).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::count::EvidenceId;
use crate::engineers::READERS;
use crate::follow_ups::FollowUpStatus;
use crate::kernel::{Csv, Stamp, Time};
use crate::requests::{Dossier, EngineerId};
use crate::sla::timer::TimerKind;
use crate::work_orders::{Outcome, WorkOrder, WorkOrderKind, WorkOrderStatus};
use crate::{id, label, permissions};

id!(CreditEntryId);

/// Where everybody begins.
pub const START: i64 = 80;
/// The bounds of a balance.
const BOUNDS: std::ops::RangeInclusive<i64> = 0..=120;

label! {
    /// Why a credit score moved.
    pub enum CreditReason {
        /// 五星
        FiveStars = "five_stars",
        /// 四星
        FourStars = "four_stars",
        /// 三星
        ThreeStars = "three_stars",
        /// 二星
        TwoStars = "two_stars",
        /// 一星
        OneStar = "one_star",
        /// 按约到场
        ArrivedAsAgreed = "arrived_as_agreed",
        /// 迟到
        ArrivedLate = "arrived_late",
        /// 按时接单
        AcceptedInTime = "accepted_in_time",
        /// 接单超时
        AcceptedLate = "accepted_late",
        /// 拒单
        Refused = "refused",
        /// 无法完成
        Unfinished = "unfinished",
        /// 投诉成立
        Complaint = "complaint",
    }
}

impl CreditReason {
    /// By how much.
    pub const fn delta(self) -> i64 {
        match self {
            Self::FiveStars | Self::ArrivedAsAgreed | Self::AcceptedInTime => 1,
            Self::FourStars => 0,
            Self::ThreeStars => -1,
            Self::TwoStars => -2,
            Self::OneStar => -3,
            Self::ArrivedLate | Self::AcceptedLate | Self::Refused | Self::Unfinished | Self::Complaint => -5,
        }
    }

    /// What it is about: of one record each of these moves a score once.
    pub const fn about(self) -> &'static [CreditReason] {
        match self {
            Self::FiveStars | Self::FourStars | Self::ThreeStars | Self::TwoStars | Self::OneStar => &[
                Self::FiveStars,
                Self::FourStars,
                Self::ThreeStars,
                Self::TwoStars,
                Self::OneStar,
            ],
            Self::ArrivedAsAgreed | Self::ArrivedLate => &[Self::ArrivedAsAgreed, Self::ArrivedLate],
            Self::AcceptedInTime | Self::AcceptedLate => &[Self::AcceptedInTime, Self::AcceptedLate],
            Self::Refused => &[Self::Refused],
            Self::Unfinished => &[Self::Unfinished],
            Self::Complaint => &[Self::Complaint],
        }
    }

    /// What so many stars of a survey say.
    pub const fn of_stars(stars: i64) -> Option<CreditReason> {
        match stars {
            1 => Some(Self::OneStar),
            2 => Some(Self::TwoStars),
            3 => Some(Self::ThreeStars),
            4 => Some(Self::FourStars),
            5 => Some(Self::FiveStars),
            _ => None,
        }
    }
}

/// A move of a credit score.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CreditEntry {
    /// Machine identifier.
    pub id: CreditEntryId,
    /// The engineer.
    pub engineer_id: EngineerId,
    /// Counts from 1 for each engineer.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub no: i64,
    /// By how much the balance truly moved.
    #[schema(minimum = -120, maximum = 120)]
    pub delta: i64,
    /// Why.
    pub reason: CreditReason,
    /// The work order or follow-up it happened with; nothing of it counts twice.
    pub ref_id: EvidenceId,
    /// The balance after it.
    #[schema(minimum = 0, maximum = 120)]
    pub balance: i64,
    /// When.
    pub at: Time,
}

/// Narrows the credit ledger of an engineer.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CreditFilter {
    /// One or more reasons, comma-separated.
    #[param(value_type = Option<Vec<CreditReason>>, style = Form, explode = false, nullable = false)]
    pub reason: Option<Csv<CreditReason>>,
}

/// Something that moves the credit of an engineer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditMove {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// Why.
    pub reason: CreditReason,
    /// The work order or follow-up.
    pub ref_id: Uuid,
}

impl CreditMove {
    fn is_about(&self, other: &CreditMove) -> bool {
        self.engineer_id == other.engineer_id
            && self.ref_id == other.ref_id
            && self.reason.about().contains(&other.reason)
    }
}

/// Everything in a request that moves credit, as it stands.
pub fn moves(dossier: &Dossier) -> Vec<CreditMove> {
    let mut found = Vec::new();
    for order in &dossier.orders {
        let of = |reason| CreditMove {
            engineer_id: order.engineer_id,
            reason,
            ref_id: order.id.0,
        };
        found.extend(accepted(order).map(of));
        found.extend(arrived(dossier, order).map(of));
        if order.status == WorkOrderStatus::Refused {
            found.push(of(CreditReason::Refused));
        }
        let is_attempt = |outcome: Outcome| outcome.is_attempt() && outcome != Outcome::Resolved;
        if order.outcome.is_some_and(is_attempt) {
            found.push(of(CreditReason::Unfinished));
        }
    }
    for call in &dossier.follow_ups {
        let is_said = matches!(
            call.status,
            FollowUpStatus::Satisfied | FollowUpStatus::Dissatisfied
        );
        let stars = call.scores.and_then(|scores| scores.overall).filter(|_| is_said);
        // The stars are for whoever worked last.
        let worked = |order: &&WorkOrder| order.cycle_no == call.cycle_no && order.outcome.is_some();
        let last = dossier
            .orders
            .iter()
            .filter(worked)
            .max_by_key(|order| (order.finished_at, order.id));
        if let (Some(reason), Some(order)) = (stars.and_then(CreditReason::of_stars), last) {
            found.push(CreditMove {
                engineer_id: order.engineer_id,
                reason,
                ref_id: call.id.0,
            });
        }
    }
    found
}

/// What moves credit now and did not before.
pub fn new_moves(before: &[CreditMove], dossier: &Dossier) -> Vec<CreditMove> {
    let is_new = |new: &CreditMove| !before.iter().any(|known| known.is_about(new));
    moves(dossier).into_iter().filter(is_new).collect()
}

fn accepted(order: &WorkOrder) -> Option<CreditReason> {
    let (at, due) = order.accepted_at.zip(order.accept_due_at)?;
    Some(if at <= due {
        CreditReason::AcceptedInTime
    } else {
        CreditReason::AcceptedLate
    })
}

/// By the window agreed, else by the promise this arrival kept or broke.
fn arrived(dossier: &Dossier, order: &WorkOrder) -> Option<CreditReason> {
    let at = order.arrived_at.filter(|_| order.kind == WorkOrderKind::OnSite)?;
    let promise = dossier
        .timers
        .iter()
        .find(|timer| timer.kind == TimerKind::Arrival && timer.stopped_at == Some(at));
    let due = order.appointment.map(|window| window.to);
    let due = due.or_else(|| promise.map(|timer| timer.due_at))?;
    Some(if at <= due {
        CreditReason::ArrivedAsAgreed
    } else {
        CreditReason::ArrivedLate
    })
}

impl CreditEntry {
    /// The entry after `last`; the balance never leaves 0 to 120.
    pub fn next(moved: &CreditMove, last: Option<&CreditEntry>, at: &Stamp) -> CreditEntry {
        let before = last.map_or(START, |last| last.balance);
        let after = before
            .saturating_add(moved.reason.delta())
            .clamp(*BOUNDS.start(), *BOUNDS.end());
        CreditEntry {
            id: CreditEntryId::next(at),
            engineer_id: moved.engineer_id,
            no: last.map_or(1, |last| last.no.saturating_add(1)),
            delta: after.saturating_sub(before),
            reason: moved.reason,
            ref_id: EvidenceId(moved.ref_id),
            balance: after,
            at: at.now,
        }
    }
}

permissions! {
    Read = "credit_entries:read" for READERS;
}
