//! Credit: a running score of promises kept and broken; it breaks ties in dispatch (EN-9).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::engineers::READERS;
use crate::kernel::{Meta, Stamp};
use crate::requests::EngineerId;
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
    /// By how much the balance truly moved.
    #[schema(minimum = -120, maximum = 120)]
    pub delta: i64,
    /// Why.
    pub reason: CreditReason,
    /// The record it happened with; with the reason, its key: nothing counts twice.
    #[schema(required, value_type = Option<String>, format = "uuid")]
    pub ref_id: Option<Uuid>,
    /// The balance after it.
    #[schema(minimum = 0, maximum = 120)]
    pub balance: i64,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

impl CreditEntry {
    /// The next entry after a balance, which never leaves 0 to 120.
    pub fn next(
        engineer_id: EngineerId,
        reason: CreditReason,
        ref_id: Option<Uuid>,
        balance: Option<i64>,
        at: &Stamp,
    ) -> CreditEntry {
        let before = balance.unwrap_or(START);
        let after = before
            .saturating_add(reason.delta())
            .clamp(*BOUNDS.start(), *BOUNDS.end());
        CreditEntry {
            id: CreditEntryId::next(at),
            engineer_id,
            delta: after - before,
            reason,
            ref_id,
            balance: after,
            meta: Meta::new(at),
        }
    }
}

permissions! {
    Read = "credit_entries:read" for READERS;
}
