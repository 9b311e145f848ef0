//! How the service did, from daily sums (domain.md 3.6, reports).

use actix_web::get;
use aftercare_domain::requests::can;
use aftercare_domain::requests::stats::{Backlog, ServiceRequestStats, StatsParams};
use aftercare_persistence::requests::stats::{day_sums, open_counts};

use crate::http::{Answer, Ctx, Filter, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_stats);
}

/// Tell how the service did.
///
/// Figures of whole local days, and what is open now. Something counts on the day it happened, imported history on
/// the day it happened then, always under the present product and problem type of its request. What fell due within
/// the last second may not show yet.
#[utoipa::path(tag = "service_requests", operation_id = "getServiceRequestStats", params(StatsParams),
    security(("bearer" = ["service_requests:stats"])), responses((status = 200, body = ServiceRequestStats)))]
#[get("/service-requests/stats")]
async fn get_stats(ctx: Ctx<can::Stats>, asked: Filter<StatsParams>) -> ProblemResult<Answer> {
    let asked = asked.0;
    ctx.read(async |tx| {
        let window = asked.window(tx.today())?;
        let days = day_sums(tx, &asked, window).await?;
        let now = tx.now();
        let backlog = Backlog::of(&open_counts(tx, &asked, now).await?);
        Ok(Plain(ServiceRequestStats::of(
            &asked,
            window,
            tx.zone(),
            &days,
            backlog,
        )))
    })
    .await
}
