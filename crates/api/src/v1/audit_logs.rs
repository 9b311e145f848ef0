//! The audit trail over HTTP: a list, and a look at its chain.

use actix_web::get;
use aftercare_domain::audit_logs::{AuditLog, AuditLogFilter, AuditVerification, AuditVerifyFrom, can};
use aftercare_persistence::platform::audit;

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Filter, Paging, Plain, ProblemResult};
use crate::openapi::Routes;

/// How many lines one call looks at: what fits into the time of one answer.
const MOST: i64 = 10_000;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(verify);
}

page!(AuditLogPage, AuditLog);

/// List audit lines.
///
/// Newest first. Sortable by `at`.
#[utoipa::path(tag = "audit_logs", operation_id = "listAuditLogs", params(AuditLogFilter, PageParams),
    security(("bearer" = ["audit_logs:read"])), responses((status = 200, body = AuditLogPage)))]
#[get("/audit-logs")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<AuditLogFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<AuditLog, _, AuditLogPage>(filter.0, paging).await
}

/// Verify the chain of the audit trail.
///
/// Each sealed line is compared with its seal, which covers every line before it; the first that is altered or missing
/// is named. One call looks at 10 000 lines: while `has_more` is true, the next goes on with `after_seq=` the `last_seq`
/// of this one. `aftercare audit verify` walks the whole chain.
#[utoipa::path(tag = "audit_logs", operation_id = "verifyAuditLogs", params(AuditVerifyFrom),
    security(("bearer" = ["audit_logs:verify"])), responses((status = 200, body = AuditVerification)))]
#[get("/audit-logs/verify")]
async fn verify(ctx: Ctx<can::Verify>, from: Filter<AuditVerifyFrom>) -> ProblemResult<Answer> {
    let after_seq = from.0.after_seq.unwrap_or(0);
    ctx.read(async |tx| audit::verify(tx, after_seq, MOST).await.map(Plain))
        .await
}
