//! Whether an engineer is free, and his workbench, over HTTP.

use actix_web::get;
use aftercare_domain::dispatch::candidates::{Check, HardRule, checks_of};
use aftercare_domain::engineers::availability::{Ask, LONGEST_SPAN, Stretch, Unavailable};
use aftercare_domain::engineers::workbench::Workbench;
use aftercare_domain::engineers::{Engineer, can};
use aftercare_domain::kernel::error::{DATE_ORDER, INTERNAL, OUT_OF_RANGE};
use aftercare_domain::kernel::text::{Number, WordCode};
use aftercare_domain::kernel::{Csv, Result, Time};
use aftercare_domain::requests::{EngineerId, ServiceRequestId};
use aftercare_domain::work_orders::{Appointment, WorkOrderId, WorkOrderStatus};
use aftercare_persistence::availability::{around, over};
use aftercare_persistence::{self as persistence, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::flows::workbench;
use crate::http::language::Lang;
use crate::http::{Answer, Ctx, Filter, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(availability).service(get_workbench);
}

/// For what an engineer is asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AvailabilityQuery {
    /// When; now if absent.
    #[param(nullable = false)]
    pub at: Option<Time>,
    /// Tells `stretches` as well: how it stands from `at` to here, at most 31 days later.
    #[param(nullable = false)]
    pub to: Option<Time>,
    /// Whether it is an emergency: who stands by is free beyond shift and daily limit.
    #[param(nullable = false)]
    pub emergency: Option<bool>,
    /// Certificates the job takes, comma-separated.
    #[param(value_type = Option<Vec<WordCode>>, style = Form, explode = false, nullable = false)]
    pub certificates: Option<Csv<WordCode>>,
}

/// Whether an engineer is free at an instant, rule by rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AvailabilityAnswer {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The instant.
    pub at: Time,
    /// Whether he can take a job.
    pub is_available: bool,
    /// Whether he stands by for emergencies then.
    pub is_standby: bool,
    /// His open jobs of that day.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub open_jobs: i64,
    /// Open jobs a day at most.
    #[schema(minimum = 1, maximum = 100)]
    pub max_daily_jobs: i64,
    /// Every rule, kept or broken.
    #[schema(max_items = 10)]
    pub checks: Vec<AvailabilityCheck>,
    /// Every reason why he cannot.
    #[schema(max_items = 10)]
    pub reasons: Vec<AvailabilityReason>,
    /// How it stands from `at` to `to`, one stretch after the other; empty where no `to` was asked for.
    #[schema(max_items = 1000)]
    pub stretches: Vec<Stretch>,
}

/// One rule as it was kept or broken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AvailabilityCheck {
    /// The rule.
    pub rule: HardRule,
    /// Whether it is kept.
    pub passed: bool,
    /// In words of the caller's language.
    #[schema(max_length = 200)]
    pub text: String,
}

/// One reason why an engineer cannot take a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AvailabilityReason {
    /// The reason.
    pub code: Unavailable,
    /// In words of the caller's language.
    #[schema(max_length = 200)]
    pub text: String,
}

/// A rule in the caller's language.
pub fn check_of(check: Check, lang: Lang) -> AvailabilityCheck {
    let (en, zh) = check.rule.words(check.passed);
    AvailabilityCheck {
        rule: check.rule,
        passed: check.passed,
        text: lang.pick(en, zh).to_owned(),
    }
}

/// A reason in the caller's language.
pub fn reason_of(code: Unavailable, lang: Lang) -> AvailabilityReason {
    let (en, zh) = code.words();
    AvailabilityReason {
        code,
        text: lang.pick(en, zh).to_owned(),
    }
}

/// Say whether an engineer is free at an instant, and why not.
///
/// Free is who is active, on shift, not on leave, below his daily limit and holds valid certificates. Without any shift in
/// that week he counts as on shift; shifts of a roster count once it is approved. With `to` also how it stands on the way
/// there, stretch by stretch, by the same rule; `to` comes after `at` (422 `date_order`) and at most 31 days later (422
/// `out_of_range`).
#[utoipa::path(tag = "engineers", operation_id = "getEngineerAvailability",
    params(("engineer_id" = EngineerId, Path), AvailabilityQuery),
    security(("bearer" = ["engineers:read"])), responses((status = 200, body = AvailabilityAnswer)))]
#[get("/engineers/{engineer_id}/availability")]
async fn availability(
    ctx: Ctx<can::Read>,
    id: PathId<EngineerId>,
    query: Filter<AvailabilityQuery>,
) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    let certificates = query.0.certificates.map(|kinds| kinds.0).unwrap_or_default();
    ctx.read(async |tx| {
        let engineer: Engineer = persistence::get(tx, id.0).await?;
        let ask = Ask {
            at: query.0.at.unwrap_or_else(|| tx.now()),
            zone: tx.zone(),
            is_emergency: query.0.emergency.unwrap_or_default(),
            certificates: &certificates,
        };
        let stretches = match query.0.to {
            Some(to) => stretches(tx, engineer.clone(), &ask, to).await?,
            None => Vec::new(),
        };
        let facts = around(tx, vec![engineer], ask.at).await?;
        let facts = facts.first().ok_or_else(|| INTERNAL.error())?;
        let availability = facts.day().availability(&ask);
        let checks = checks_of(&availability).into_iter();
        let reasons = availability.reasons.iter();
        Ok(Plain(AvailabilityAnswer {
            engineer_id: id.0,
            at: ask.at,
            is_available: availability.is_available,
            is_standby: availability.is_standby,
            open_jobs: facts.open_jobs,
            max_daily_jobs: facts.engineer.max_daily_jobs,
            checks: checks.map(|check| check_of(check, lang)).collect(),
            reasons: reasons.map(|code| reason_of(*code, lang)).collect(),
            stretches,
        }))
    })
    .await
}

/// How it stands with an engineer from the instant asked for to another.
async fn stretches(tx: &mut Tx<'_>, engineer: Engineer, ask: &Ask<'_>, to: Time) -> Result<Vec<Stretch>> {
    if to <= ask.at {
        return Err(DATE_ORDER.parameter("to"));
    }
    if to > ask.at.plus_millis(LONGEST_SPAN.saturating_mul(86_400_000)) {
        return Err(OUT_OF_RANGE.parameter("to"));
    }
    let (from, last) = (ask.at.date_in(ask.zone), to.date_in(ask.zone));
    let span = over(tx, engineer, from, last).await?;
    Ok(span.facts.day().stretches(ask, to, |day| span.open_jobs(day)))
}

/// What an engineer has to do, and how he did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngineerWorkbench {
    /// The figures.
    #[serde(flatten)]
    pub figures: Workbench,
    /// His open jobs, the most urgent first.
    #[schema(max_items = 200)]
    pub jobs: Vec<WorkbenchJob>,
}

/// One open job.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkbenchJob {
    /// The order.
    pub work_order_id: WorkOrderId,
    /// Its number.
    pub number: Number,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Where the order stands.
    pub status: WorkOrderStatus,
    /// When the customer expects him.
    #[schema(required)]
    pub appointment: Option<Appointment>,
    /// The day the request must be solved by.
    #[schema(required)]
    pub due_at: Option<Time>,
}

/// Get the workbench of an engineer.
///
/// Each engineer sees his own. Days and the month are those of the organisation's zone.
#[utoipa::path(tag = "engineers", operation_id = "getEngineerWorkbench",
    params(("engineer_id" = EngineerId, Path)),
    security(("bearer" = ["engineers:read"])), responses((status = 200, body = EngineerWorkbench)))]
#[get("/engineers/{engineer_id}/workbench")]
async fn get_workbench(ctx: Ctx<can::Read>, id: PathId<EngineerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<Engineer>(tx, id.0).await?;
        let (figures, open) = workbench::of(tx, id.0).await?;
        let job = |(order, due_at): workbench::OpenJob| WorkbenchJob {
            work_order_id: order.id,
            number: order.number,
            service_request_id: order.service_request_id,
            status: order.status,
            appointment: order.appointment,
            due_at,
        };
        Ok(Plain(EngineerWorkbench {
            figures,
            jobs: open.into_iter().map(job).collect(),
        }))
    })
    .await
}
