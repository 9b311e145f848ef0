//! The sandbox over HTTP: its clock and its reset; outside a sandbox every path is 404 (A11).

use std::sync::Arc;

use actix_web::{get, post, put};
use aftercare_domain::kernel::error::NOT_FOUND;
use aftercare_domain::kernel::{Clock as _, Time};
use aftercare_domain::sandbox::{Dataset, ONE_OF_TWO, can, within_years};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::SandboxClock;
use crate::flows::sandbox;
use crate::http::{Answer, Body, Ctx, IntoAnswer as _, Plain, Problem, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_clock)
        .service(set_clock)
        .service(advance_clock)
        .service(reset);
}

/// Where the sandbox's business time stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SandboxTime {
    /// Business time.
    pub now: Time,
    /// Whether it stands still.
    pub frozen: bool,
}

/// Where to stand the clock.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"now": "2026-11-23T03:00:00Z"}))]
pub struct SandboxClockSet {
    /// The instant; from 1970-01-01T00:00:00Z to 2099-12-31T00:00:00Z.
    pub now: Time,
}

/// How far to move on: to an instant, or by seconds.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seconds": 3600}))]
pub struct SandboxClockAdvance {
    /// The instant to move to; not beyond 2099-12-31T00:00:00Z.
    #[serde(default)]
    #[schema(nullable = false)]
    pub to: Option<Time>,
    /// Seconds to move on; not beyond 2099-12-31T00:00:00Z.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 4_102_358_400_i64, nullable = false)]
    pub seconds: Option<i64>,
}

/// What happened on the way.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SandboxAdvanced {
    /// Business time now.
    pub now: Time,
    /// How often something due happened.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub fired: i64,
}

/// What to start over with.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dataset": "empty"}))]
pub struct SandboxReset {
    /// `empty` or `demo`.
    pub dataset: Dataset,
}

fn clock<P>(ctx: &Ctx<P>) -> ProblemResult<Arc<SandboxClock>> {
    ctx.state.sandbox.clone().ok_or(Problem(NOT_FOUND.error()))
}

/// Tell where the sandbox's clock stands.
#[utoipa::path(tag = "sandbox", operation_id = "getSandboxClock", security(("bearer" = ["sandbox:manage"])),
    responses((status = 200, body = SandboxTime)))]
#[get("/sandbox/clock")]
async fn get_clock(ctx: Ctx<can::Manage>) -> ProblemResult<Answer> {
    let clock = clock(&ctx)?;
    Ok(Plain(SandboxTime {
        now: clock.now(),
        frozen: clock.is_frozen(),
    })
    .into_answer()?)
}

/// Freeze the sandbox's clock at an instant.
///
/// Nothing fires; reads and actions catch up by themselves. Backwards only right after a reset; an instant before 1970 or
/// after the beginning of 2099-12-31 is 422 `out_of_range`.
#[utoipa::path(tag = "sandbox", operation_id = "setSandboxClock", request_body = SandboxClockSet,
    security(("bearer" = ["sandbox:manage"])), responses((status = 200, body = SandboxTime)))]
#[put("/sandbox/clock")]
async fn set_clock(ctx: Ctx<can::Manage>, cmd: Body<SandboxClockSet>) -> ProblemResult<Answer> {
    let clock = clock(&ctx)?;
    within_years(cmd.0.now, "#/now")?;
    sandbox::stand(&ctx.state.db, &clock, cmd.0.now).await?;
    Ok(Plain(SandboxTime {
        now: clock.now(),
        frozen: clock.is_frozen(),
    })
    .into_answer()?)
}

/// Move the sandbox's clock on and let everything due happen, each at its own instant.
///
/// The clock ends with the beginning of 2099-12-31: beyond it the answer is 422 `out_of_range`.
#[utoipa::path(tag = "sandbox", operation_id = "advanceSandboxClock", request_body = SandboxClockAdvance,
    security(("bearer" = ["sandbox:manage"])), responses((status = 200, body = SandboxAdvanced)))]
#[post("/sandbox/clock/advance")]
async fn advance_clock(ctx: Ctx<can::Manage>, cmd: Body<SandboxClockAdvance>) -> ProblemResult<Answer> {
    let clock = clock(&ctx)?;
    let (to, pointer) = match (cmd.0.to, cmd.0.seconds) {
        (Some(to), None) => (to, "#/to"),
        (None, Some(seconds)) => (clock.now().plus_secs(seconds), "#/seconds"),
        _ => {
            return Err(Problem(ONE_OF_TWO.at("#/to").because(
                "Give either `to` or `seconds`.",
                "请给出 to 或 seconds 之一。",
            )));
        }
    };
    within_years(to, pointer)?;
    let fired = sandbox::advance(&ctx.state.db, &clock, to).await?;
    Ok(Plain(SandboxAdvanced {
        now: clock.now(),
        fired,
    })
    .into_answer()?)
}

/// Start the sandbox over.
///
/// Users stay and tokens stay valid; the clock stands at 2026-11-23T01:00:00Z.
#[utoipa::path(tag = "sandbox", operation_id = "resetSandbox", request_body = SandboxReset,
    security(("bearer" = ["sandbox:manage"])), responses((status = 200, body = SandboxTime)))]
#[post("/sandbox/reset")]
async fn reset(ctx: Ctx<can::Manage>, cmd: Body<SandboxReset>) -> ProblemResult<Answer> {
    let clock = clock(&ctx)?;
    sandbox::reset(&ctx.state.db, &clock, cmd.0.dataset).await?;
    Ok(Plain(SandboxTime {
        now: clock.now(),
        frozen: clock.is_frozen(),
    })
    .into_answer()?)
}
