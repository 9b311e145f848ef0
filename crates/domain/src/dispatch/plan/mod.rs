//! Plans of a day: every request without an engineer, every free engineer, one proposal (`dispatch/plan`).
//!
//! Hard rules are never broken: who may go, windows, free time, one job at a time, jobs a day. Within them a plan leaves
//! as little undone as it can (by weight), then is as little late as it can, then drives as little as it can. It is the
//! same for the same question, seed and effort; no clock is read.
//!
//! The method is regret insertion, then large neighbourhood search: some neighbouring jobs are taken out and put back
//! better, and a worse answer is let through the less the nearer the end. It is our own:
//! - `vrp-core` and `vrp-pragmatic` 1.25.0 were tried on a day of 100 requests and 15 engineers (no lateness, no breaks). They
//!   know skills, shifts and time windows and stop by generations, but take no seed: their repeatable source of chance is
//!   a fixed one for each thread. With it and one thread, three runs of 300 generations in one process drove 516, 501 and
//!   555 km, and in the next process 624, 516 and 578 km: an answer does not repeat. 2000 generations took 18 to 33 s on a
//!   busy machine and drove 476 and 496 km; the search here drove 473 km in 0.6 s. Costs are floats. The same seed must
//!   give the same plan here.
//! - `routik-solver`, which was only read, reads no clock and repeats itself, but is version 0.1 for one depot and equal
//!   vehicles: no skills, no shifts with gaps, no homes.

mod day;
mod ground;
mod route;
mod search;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PLAN_TOO_LARGE;
use crate::json_columns;
use crate::kernel::{Result, Spot, Time};
use crate::label;
use crate::requests::{EngineerId, ServiceRequestId};

use ground::Ground;

/// The largest question.
const MOST_JOBS: usize = 1_000;
const MOST_WORKERS: usize = 200;
/// The usual effort: iterations for each request, and at most so many.
const EACH: u32 = 200;
const MOST_ITERATIONS: u32 = 100_000;
/// The usual limit of time in seconds.
pub const TIME_LIMIT: u32 = 10;

/// A request to be planned.
#[derive(Clone, Debug)]
pub struct PlanJob {
    /// The request.
    pub id: ServiceRequestId,
    /// Where it is.
    pub spot: Option<Spot>,
    /// How long it takes.
    pub minutes: i64,
    /// Not before.
    pub from: Time,
    /// Begun by then at the latest.
    pub to: Time,
    /// After this instant it is late.
    pub due_at: Option<Time>,
    /// How much a minute of lateness, or leaving it undone, counts; at least 1.
    pub weight: i64,
    /// Who may go: those who keep every hard rule but shift and number of jobs.
    pub allowed: Vec<EngineerId>,
}

/// An engineer to be planned for.
#[derive(Clone, Debug)]
pub struct PlanWorker {
    /// The engineer.
    pub id: EngineerId,
    /// Where he sets out from.
    pub home: Option<Spot>,
    /// When he is free: his shifts without what is booked, in order.
    pub free: Vec<(Time, Time)>,
    /// How many jobs more he may take.
    pub capacity: i64,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Question {
    /// The requests.
    pub jobs: Vec<PlanJob>,
    /// The engineers.
    pub workers: Vec<PlanWorker>,
    /// How far one gets in a minute, in metres.
    pub metres_per_minute: i64,
}

/// How hard is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effort {
    /// Where chance begins.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: u64,
    /// How often something is taken out and put back.
    #[schema(minimum = 0, maximum = 100_000)]
    pub iterations: u32,
    /// The limit of time, as work: no clock is read.
    #[schema(minimum = 1, maximum = 30)]
    pub time_limit_seconds: u32,
}

/// What a plan costs; the first member counts before the second, the second before the third.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// The weights of what is left undone.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub undone: i64,
    /// Minutes late, by weight.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub lateness: i64,
    /// Metres to go.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub travel_m: i64,
}

/// One visit of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stop {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Who goes.
    pub engineer_id: EngineerId,
    /// His how manieth visit, from 1.
    #[schema(minimum = 1, maximum = 1_000)]
    pub position: i64,
    /// Metres from the visit before, or from home.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub travel_m: i64,
    /// When work begins.
    pub start_at: Time,
    /// When it ends.
    pub end_at: Time,
    /// Minutes after the deadline.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub late_minutes: i64,
    /// How many others could take it instead, with the rest of the plan as it is.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub alternatives: i64,
    /// Metres more that the next best of them would drive, if nobody were later; null if there is none.
    #[schema(required, minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub saves_m: Option<i64>,
}

label! {
    /// Why a request is left undone.
    pub enum UndoneReason {
        /// Nobody keeps every hard rule.
        NobodyAllowed = "nobody_allowed",
        /// Those who may go have no room in its window.
        NoRoom = "no_room",
    }
}

impl Effort {
    /// What is usual for a question: longer the more requests there are, up to the limit of time.
    pub fn of(seed: u64, question: &Question) -> Effort {
        let requests = u32::try_from(question.jobs.len()).unwrap_or(u32::MAX);
        Effort {
            seed,
            iterations: requests.saturating_mul(EACH).min(MOST_ITERATIONS),
            time_limit_seconds: TIME_LIMIT,
        }
    }

    /// How many places may be looked at.
    ///
    /// A second counts as so many wherever the question is answered: a clock would end the same question elsewhere each
    /// time. `soak --plan` holds a build for production to half of the time on one core.
    fn looks(self) -> u64 {
        const A_SECOND: u64 = 100_000_000;
        u64::from(self.time_limit_seconds) * A_SECOND
    }
}

impl UndoneReason {
    /// In words: English, Chinese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NobodyAllowed => ("Nobody keeps every hard rule", "没有工程师满足全部硬性条件"),
            Self::NoRoom => (
                "Nobody who may go has room in its window",
                "符合条件的工程师在时间窗内均无空闲",
            ),
        }
    }
}

/// A request that is left undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Undone {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Why.
    pub reason: UndoneReason,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// How hard was looked; the iterations are those that were made.
    pub effort: Effort,
    /// The visits, by engineer and position.
    #[schema(max_items = 1_000)]
    pub stops: Vec<Stop>,
    /// What is left undone.
    #[schema(max_items = 1_000)]
    pub undone: Vec<Undone>,
    /// What it costs.
    pub cost: Cost,
    /// What the plain method costs: one request after the other to whoever is cheapest.
    pub greedy: Cost,
}

json_columns!(Effort, Cost, Stop, Undone, Plan);

/// A request two plans treat differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moved {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Who goes in the first plan.
    #[schema(required)]
    pub first: Option<EngineerId>,
    /// Who goes in the second.
    #[schema(required)]
    pub second: Option<EngineerId>,
}

/// Two plans side by side; differences are the second less the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanComparison {
    /// Weights left undone.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub undone: i64,
    /// Minutes late, by weight.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub lateness: i64,
    /// Metres to go.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub travel_m: i64,
    /// Whether the second is better.
    pub is_better: bool,
    /// Requests that go to somebody else, in order of their identifiers.
    #[schema(max_items = 1_000)]
    pub moved: Vec<Moved>,
}

impl Question {
    /// Plans the day.
    ///
    /// Errors: `plan_too_large`.
    pub fn plan(&self, effort: Effort) -> Result<Plan> {
        let ground = self.ground()?;
        let greedy = ground.greedy();
        let (best, effort) = ground.improve(effort);
        Ok(ground.tell(&best, effort, greedy.cost(&ground)))
    }

    /// The plain plan: one request after the other, the heaviest and most urgent first, to whoever is cheapest.
    ///
    /// Errors: `plan_too_large`.
    pub fn plan_greedily(&self) -> Result<Plan> {
        let ground = self.ground()?;
        let greedy = ground.greedy();
        let effort = Effort {
            seed: 0,
            iterations: 0,
            time_limit_seconds: TIME_LIMIT,
        };
        Ok(ground.tell(&greedy, effort, greedy.cost(&ground)))
    }

    fn ground(&self) -> Result<Ground<'_>> {
        if self.jobs.len() > MOST_JOBS || self.workers.len() > MOST_WORKERS {
            return Err(PLAN_TOO_LARGE.error());
        }
        Ok(Ground::new(self))
    }
}

impl Plan {
    /// This plan and another of the same day.
    pub fn compare(&self, other: &Plan) -> PlanComparison {
        let goes = |plan: &Plan, id: ServiceRequestId| {
            let mut stops = plan.stops.iter();
            stops
                .find(|stop| stop.service_request_id == id)
                .map(|stop| stop.engineer_id)
        };
        let mut ids: Vec<ServiceRequestId> = [self, other]
            .iter()
            .flat_map(|plan| {
                let planned = plan.stops.iter().map(|stop| stop.service_request_id);
                planned.chain(plan.undone.iter().map(|undone| undone.service_request_id))
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let moved = ids.into_iter().filter_map(|id| {
            let (first, second) = (goes(self, id), goes(other, id));
            (first != second).then_some(Moved {
                service_request_id: id,
                first,
                second,
            })
        });
        PlanComparison {
            undone: other.cost.undone - self.cost.undone,
            lateness: other.cost.lateness - self.cost.lateness,
            travel_m: other.cost.travel_m - self.cost.travel_m,
            is_better: other.cost < self.cost,
            moved: moved.collect(),
        }
    }
}
