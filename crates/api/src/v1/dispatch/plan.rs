//! The plan of a day over HTTP.

use std::collections::HashSet;

use actix_web::{post, web};
use aftercare_domain::dispatch::plan::{
    Cost, Effort, Plan, PlanComparison, Question, Stop, Undone, UndoneReason,
};
use aftercare_domain::dispatch::rules::can;
use aftercare_domain::dispatch::{PLANNED_TWICE, WINDOW_OUTSIDE};
use aftercare_domain::kernel::error::{DATE_IN_PAST, INTERNAL, Place};
use aftercare_domain::kernel::text::{DayTime, RegionCode};
use aftercare_domain::kernel::{Code, Date, Error, Result, Time};
use aftercare_domain::requests::{EngineerId, OutletId, ServiceRequestId};
use aftercare_domain::work_orders::TIME_ORDER;
use aftercare_persistence::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::flows::dispatch::plan::{DayAsked, keep, question};
use crate::flows::dispatch::turns::Turns;
use crate::flows::requests;
use crate::http::language::Lang;
use crate::http::{Answer, Body, Ctx, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(plan_day);
}

/// One plan is looked for at a time, beside the calls: a few others wait, more are told to come back.
static SEARCHES: Turns = Turns::new(1, 8, 10);

/// When a working day begins and ends, and how long a visit takes, unless said otherwise.
const BEGINS: i64 = 8 * 60;
const ENDS: i64 = 20 * 60;
const VISIT: i64 = 60;

/// Which day is to be planned, and how.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2026-11-24", "seed": 7, "iterations": 100, "dry_run": true}))]
pub struct DispatchPlanQuestion {
    /// The local day.
    pub date: Date,
    /// No visit begins earlier; 08:00 if absent.
    #[serde(default)]
    pub from: Option<DayTime>,
    /// No visit ends later; 20:00 if absent.
    #[serde(default)]
    pub to: Option<DayTime>,
    /// Requests in this region only, with everything below it.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// Engineers of this outlet only.
    #[serde(default)]
    pub outlet_id: Option<OutletId>,
    /// These engineers only; empty for everybody.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub engineer_ids: Vec<EngineerId>,
    /// How long a visit takes, in minutes; 60 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 5, maximum = 600)]
    pub visit_minutes: Option<i64>,
    /// Windows agreed with customers: a visit begins within.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub windows: Vec<PlanWindow>,
    /// Where chance begins; 0 if absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: u64,
    /// How often something is taken out and put back; 200 times for each request if absent, at most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    pub iterations: Option<u32>,
    /// How long is looked at most; 10 if absent. It is work that is counted, a second being 100 million looks at places for
    /// a visit, not a clock: the same question ends at the same place on every machine, and takes longer on a slow one.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 30)]
    pub time_limit_seconds: Option<u32>,
    /// Whether nothing is kept; true if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
    /// Another effort for the same day, to compare with.
    #[serde(default)]
    pub compare_with: Option<PlanEffort>,
}

/// A window agreed with a customer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanWindow {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Not before.
    pub from: Time,
    /// Begun by then.
    pub to: Time,
}

/// How hard is looked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEffort {
    /// Where chance begins.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: u64,
    /// How often something is taken out and put back; with 0 the plain plan stands.
    #[schema(minimum = 0, maximum = 100_000)]
    pub iterations: u32,
    /// How long is looked at most, as work; 10 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 30)]
    pub time_limit_seconds: Option<u32>,
}

/// The plan of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DispatchPlan {
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// How hard was looked; the iterations are those that were made.
    pub effort: Effort,
    /// The visits, by engineer and position: when, how far, how late, who else could go and what that would cost.
    #[schema(max_items = 1_000)]
    pub stops: Vec<Stop>,
    /// What is left undone, and why.
    #[schema(max_items = 1_000)]
    pub undone: Vec<PlanUndone>,
    /// What it costs.
    pub cost: Cost,
    /// What the plain plan costs: one request after the other to whoever is cheapest.
    pub greedy: Cost,
    /// This plan and that of the other effort, the second less the first.
    #[schema(required)]
    pub comparison: Option<PlanComparison>,
    /// The requests that were given out.
    #[schema(max_items = 1_000)]
    pub assigned: Vec<ServiceRequestId>,
    /// The visits that no longer held when they were to be kept; nothing of them is.
    #[schema(max_items = 1_000)]
    pub refused: Vec<PlanRefused>,
}

/// A request that is left undone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanUndone {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Why.
    pub reason: UndoneReason,
    /// In words of the caller's language.
    #[schema(max_length = 200)]
    pub text: String,
}

/// A planned visit that no longer held.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanRefused {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Who was to go.
    pub engineer_id: EngineerId,
    /// The refusal's code.
    #[schema(max_length = 64)]
    pub code: String,
    /// In words of the caller's language.
    #[schema(max_length = 200)]
    pub text: String,
}

/// Plan a day.
///
/// Every request that waits for an engineer goes to somebody who keeps every hard rule, within shifts beside what is booked,
/// within its window and below the daily limit: as little undone as can be, then as little late, then as little driven. The
/// same question, seed, iterations and limit give the same plan. At most 1000 requests and 200 engineers (422
/// `plan_too_large`). 500 requests and 60 engineers are planned within 10 seconds at the usual effort on one core; one plan
/// is looked for at a time, and whoever comes when eight wait is told to come back (503 with `retry_after`).
/// Unless `dry_run` is false nothing is kept; else each visit is given out with its window in a unit of work of its own that
/// looks at every hard rule again, and what no longer holds is listed in `refused`. The answer may take a minute; if it is
/// lost, what was given out stays given out, and the same question is one for what is left.
#[utoipa::path(tag = "dispatch", operation_id = "planDispatch", request_body = DispatchPlanQuestion,
    security(("bearer" = ["dispatch:plan"])), responses((status = 200, body = DispatchPlan)))]
#[post("/dispatch/plan")]
async fn plan_day(ctx: Ctx<can::Plan>, asked: Body<DispatchPlanQuestion>) -> ProblemResult<Answer> {
    let (asked, lang) = (asked.0, ctx.call.lang);
    let turn = SEARCHES.take().await?;
    let question = ctx
        .load(async |tx| {
            let day = day_of(&asked, tx.now(), tx.zone())?;
            question(tx, &day).await
        })
        .await?;
    let usual = Effort::of(asked.seed, &question);
    let effort = Effort {
        iterations: asked.iterations.unwrap_or(usual.iterations),
        time_limit_seconds: asked.time_limit_seconds.unwrap_or(usual.time_limit_seconds),
        ..usual
    };
    let other = asked.compare_with.map(|other| Effort {
        seed: other.seed,
        iterations: other.iterations,
        time_limit_seconds: other.time_limit_seconds.unwrap_or(usual.time_limit_seconds),
    });
    let (plan, comparison) = searched(question, effort, other).await?;
    drop(turn);
    let dry_run = asked.dry_run.unwrap_or(true);
    let (mut assigned, mut refused) = (Vec::new(), Vec::new());
    for stop in plan.stops.iter().filter(|_| !dry_run) {
        match give_out(&ctx, stop).await {
            Ok(()) => assigned.push(stop.service_request_id),
            Err(error) => refused.push(PlanRefused {
                service_request_id: stop.service_request_id,
                engineer_id: stop.engineer_id,
                code: error.code.slug.to_owned(),
                text: lang.pick(error.code.en, error.code.zh).to_owned(),
            }),
        }
    }
    let undone = |undone: &Undone| told(undone, lang);
    let answer = DispatchPlan {
        dry_run,
        effort: plan.effort,
        undone: plan.undone.iter().map(undone).collect(),
        stops: plan.stops,
        cost: plan.cost,
        greedy: plan.greedy,
        comparison,
        assigned,
        refused,
    };
    // Kept for retries last of all: whoever asks again under the same key hears what was done the first time.
    ctx.write(async move |_| Ok(Plain(answer))).await
}

fn told(undone: &Undone, lang: Lang) -> PlanUndone {
    let (en, zh) = undone.reason.words();
    PlanUndone {
        service_request_id: undone.service_request_id,
        reason: undone.reason,
        text: lang.pick(en, zh).to_owned(),
    }
}

/// The day in instants; of today what is left of it.
///
/// Errors: `date_in_past`, `time_order`, `planned_twice` with the pointer.
fn day_of(asked: &DispatchPlanQuestion, now: Time, zone: chrono_tz::Tz) -> Result<DayAsked> {
    let minute = |at: &Option<DayTime>, usual| at.as_ref().map_or(usual, |at| at.minutes());
    let from = asked.date.minute_in(minute(&asked.from, BEGINS), zone);
    let to = asked.date.minute_in(minute(&asked.to, ENDS), zone);
    let mut wrong = Vec::new();
    let mut refuse =
        |code: &'static Code, pointer: String| wrong.push(code.violation(Place::Pointer(pointer)));
    if to <= from {
        refuse(&TIME_ORDER, "#/to".to_owned());
    } else if to <= now {
        refuse(&DATE_IN_PAST, "#/date".to_owned());
    }
    let mut seen = HashSet::new();
    for (index, window) in asked.windows.iter().enumerate() {
        if window.to <= window.from {
            refuse(&TIME_ORDER, format!("#/windows/{index}/to"));
        }
        if window.to <= from || window.from >= to {
            refuse(&WINDOW_OUTSIDE, format!("#/windows/{index}"));
        }
        if !seen.insert(window.service_request_id) {
            refuse(&PLANNED_TWICE, format!("#/windows/{index}/service_request_id"));
        }
    }
    Error::all(wrong)?;
    let window = |window: &PlanWindow| (window.service_request_id, (window.from, window.to));
    let windows = asked.windows.iter().map(window).collect();
    let from = from.max(now);
    Ok(DayAsked {
        within: (from, to),
        region: asked.region_code.clone(),
        outlet_id: asked.outlet_id,
        engineer_ids: asked.engineer_ids.clone(),
        minutes: asked.visit_minutes.unwrap_or(VISIT),
        windows,
    })
}

/// The plan, and how it compares with that of another effort; looked for where nobody's call waits for it.
async fn searched(
    question: Question,
    effort: Effort,
    other: Option<Effort>,
) -> Result<(Plan, Option<PlanComparison>)> {
    let fault = || INTERNAL.error();
    let search = move || -> Result<(Plan, Option<PlanComparison>)> {
        let plan = question.plan(effort)?;
        let other = other.map(|other| question.plan(other));
        let comparison = other.transpose()?.map(|other| plan.compare(&other));
        Ok((plan, comparison))
    };
    web::block(search).await.map_err(|_| fault())?
}

/// Keeps one visit; what is due in its request happens first.
async fn give_out(ctx: &Ctx<can::Plan>, stop: &Stop) -> Result<()> {
    let db = &ctx.state.db;
    for _ in 0..requests::TRIES {
        let visit = stop.clone();
        let unit = async move |tx: &mut Tx<'_>| keep(tx, &visit).await.map(|_| ());
        match db.write(&ctx.work(), unit).await {
            Err(error) if error.code == &requests::CATCH_UP_FIRST => {
                requests::catch_up(db, stop.service_request_id).await?;
            }
            kept => return kept,
        }
    }
    Err(requests::CATCH_UP_FIRST.error())
}
