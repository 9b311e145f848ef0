//! Awards: who did best in a month (EN-8, R-101).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::engineers::READERS;
use crate::kernel::{Figure, Meta, Period, Role, RoleSet, Stamp};
use crate::requests::EngineerId;
use crate::{id, label, permissions};

id!(AwardId);

/// Closed requests without which nobody is the best, and surveys without which nobody pleases most.
const ENOUGH: i64 = 20;
/// The share of satisfied customers that earns an award, in percent.
const PLEASED: i64 = 98;

label! {
    /// What is awarded.
    pub enum AwardKind {
        /// 优秀员工奖
        Outstanding = "outstanding",
        /// 客户满意度奖
        Satisfaction = "satisfaction",
    }
}

/// What is known of an engineer at the end of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// His total.
    pub total: Figure,
    /// Requests closed.
    pub closed_requests: i64,
    /// Surveys answered.
    pub surveys: i64,
    /// Of them by satisfied customers.
    pub satisfied: i64,
}

/// An award.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Award {
    /// Machine identifier.
    pub id: AwardId,
    /// What is awarded.
    pub kind: AwardKind,
    /// The month.
    pub period: Period,
    /// Who wins it.
    pub engineer_id: EngineerId,
    /// For which figure: the total, or the share of satisfied customers in percent.
    pub figure: Figure,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Makes the awards of a month.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "2026-10"}))]
pub struct GenerateAwards {
    /// A month whose reviews are final.
    pub period: Period,
}

/// Narrows a list of awards; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AwardFilter {
    /// What is awarded.
    #[param(nullable = false)]
    pub kind: Option<AwardKind>,
    /// Of this month.
    #[param(nullable = false)]
    pub period: Option<Period>,
    /// To this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
}

/// The awards of a month: the best tenth (at least one) of all with enough requests, and everybody who pleased 98 % of
/// enough customers. Who has the same figure shares.
pub fn awards(period: &Period, contenders: &[Contender], at: &Stamp) -> Vec<Award> {
    let mut ranked: Vec<&Contender> = contenders
        .iter()
        .filter(|found| found.closed_requests >= ENOUGH)
        .collect();
    ranked.sort_by_key(|found| (std::cmp::Reverse(found.total), found.engineer_id));
    let places = contenders.len().div_ceil(10).max(1);
    let least = ranked.iter().take(places).map(|found| found.total).min();
    let award = |kind, found: &Contender, figure| Award {
        id: AwardId::next(at),
        meta: Meta::new(at),
        kind,
        period: period.clone(),
        engineer_id: found.engineer_id,
        figure,
    };
    let best = ranked
        .iter()
        .filter(|found| least.is_some_and(|least| found.total >= least))
        .map(|found| award(AwardKind::Outstanding, found, found.total));
    let mut pleasing: Vec<Award> = contenders
        .iter()
        .filter(|found| {
            found.surveys >= ENOUGH
                && found.satisfied.saturating_mul(100) >= found.surveys.saturating_mul(PLEASED)
        })
        .filter_map(|found| {
            let share = Figure::HUNDRED.times_fraction(found.satisfied, found.surveys, 2)?;
            Some(award(AwardKind::Satisfaction, found, share))
        })
        .collect();
    pleasing.sort_by_key(|award| (std::cmp::Reverse(award.figure), award.engineer_id));
    best.chain(pleasing).collect()
}

const GIVERS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);

permissions! {
    Read = "awards:read" for READERS;
    Generate = "awards:generate" for GIVERS;
}
