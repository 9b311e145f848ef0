//! What belongs to a request: its history, attempts, promises, orders, and which actions are open.

use actix_web::get;
use aftercare_domain::requests::filters::SlaTimerFilter;
use aftercare_domain::requests::filters::{ActivityFilter, AttemptFilter};
use aftercare_domain::requests::{ActionReason, Activity, Attempt, ServiceRequestId, can};
use aftercare_domain::sla::SlaTimer;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::input::PageParams;
use crate::http::language::Lang;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Paging, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_actions)
        .service(list_activities)
        .service(list_attempts)
        .service(list_timers);
}

page!(ActivityPage, Activity; AttemptPage, Attempt; SlaTimerPage, SlaTimer);

/// Whether an action is open, and why not.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ActionReason)]
pub struct ActionReasonView {
    /// The action in snake_case; the URL has hyphens.
    #[schema(max_length = 40, example = "assign")]
    pub action: &'static str,
    /// Whether it is open to the caller now.
    pub allowed: bool,
    /// Else the code it would be refused with.
    #[schema(required, max_length = 64, example = "invalid_transition")]
    pub code: Option<&'static str>,
    /// And why, in the caller's language.
    #[schema(required, max_length = 500)]
    pub reason: Option<String>,
}

/// Every action of a resource.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionReasonList {
    /// One entry for each action.
    #[schema(max_items = 50)]
    pub data: Vec<ActionReasonView>,
}

/// The reasons in the caller's language.
pub fn reasons_of(reasons: Vec<ActionReason>, lang: Lang) -> ActionReasonList {
    let view = |reason: ActionReason| ActionReasonView {
        action: reason.action,
        allowed: reason.allowed,
        code: reason.code,
        reason: reason.reason.map(|(en, zh)| lang.pick(&en, &zh).to_owned()),
    };
    ActionReasonList {
        data: reasons.into_iter().map(view).collect(),
    }
}

/// Say which actions are open on a request, and why the others are not.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestActions",
    params(("service_request_id" = ServiceRequestId, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/service-requests/{service_request_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<ServiceRequestId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_request(id.0, async |tx, dossier| {
        let settings = crate::flows::requests::settings(tx);
        Ok(Plain(reasons_of(
            dossier.action_reasons(&tx.stamp().actor, tx.now(), &settings),
            lang,
        )))
    })
    .await
}

/// List the history of a request.
///
/// Replaying `from` and `to` gives its status. Sortable by `seq`, `at`.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestActivities",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = ActivityPage)))]
#[get("/service-requests/{service_request_id}/activities")]
async fn list_activities(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    ctx.list::<Activity, _, ActivityPage>(
        ActivityFilter {
            service_request_id: id.0,
        },
        paging,
    )
    .await
}

/// List the attempts to solve a request.
///
/// Sortable by `no`.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestAttempts",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = AttemptPage)))]
#[get("/service-requests/{service_request_id}/attempts")]
async fn list_attempts(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    ctx.list::<Attempt, _, AttemptPage>(
        AttemptFilter {
            service_request_id: id.0,
        },
        paging,
    )
    .await
}

/// List the promises of a request.
///
/// Sortable by `due_at`, `started_at`.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestTimers",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = SlaTimerPage)))]
#[get("/service-requests/{service_request_id}/timers")]
async fn list_timers(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    let filter = SlaTimerFilter {
        service_request_id: Some(id.0),
        ..SlaTimerFilter::default()
    };
    ctx.list::<SlaTimer, _, SlaTimerPage>(filter, paging).await
}
