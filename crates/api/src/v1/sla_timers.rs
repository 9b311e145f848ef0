//! SLA timers over HTTP: a list, nothing else; timers are started and stopped by what happens to their request.

use actix_web::get;
use aftercare_domain::requests::filters::SlaTimerFilter;
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::sla::policy::can;

use crate::http::input::PageParams;
use crate::http::{Answer, Ctx, Filter, Paging, ProblemResult};
use crate::openapi::Routes;
use crate::v1::service_requests::SlaTimerPage;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list);
}

/// List SLA timers.
///
/// Newest first. Sortable by `due_at`, `started_at`.
#[utoipa::path(tag = "sla_timers", operation_id = "listSlaTimers", params(SlaTimerFilter, PageParams),
    security(("bearer" = ["sla_timers:read"])), responses((status = 200, body = SlaTimerPage)))]
#[get("/sla-timers")]
async fn list(
    ctx: Ctx<can::ReadTimers>,
    filter: Filter<SlaTimerFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    if let Some(id) = filter.0.service_request_id {
        ctx.catch_up(id).await?;
    }
    ctx.list::<SlaTimer, _, SlaTimerPage>(filter.0, paging).await
}
