//! Locks as records: the case, the rule it broke, and the facts that prove it (domain.md 4.4).

use actix_web::get;
use aftercare_domain::kernel::Time;
use aftercare_domain::requests::filters::LockFilter;
use aftercare_domain::requests::members::LockCase;
use aftercare_domain::requests::refs::EngineerId;
use aftercare_domain::requests::{Attempt, Dossier, LockRecord, ServiceRequestId, can};
use aftercare_domain::work_orders::Outcome;
use aftercare_persistence::requests::find_dossier;
use aftercare_persistence::{self as persistence, ListBy};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::input::PageParams;
use crate::http::language::Lang;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, IntoAnswer as _, Paging, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_locks);
}

page!(LockRecordPage, LockRecordView);

/// An attempt that did not solve it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailedAttempt {
    /// Its number, counted over the whole life.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub no: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether the customer agreed; null until he says.
    #[schema(required)]
    pub accepted: Option<bool>,
    /// Who tried; null when no engineer was involved.
    #[schema(required)]
    pub engineer_id: Option<EngineerId>,
    /// When it ended.
    pub finished_at: Time,
}

/// What proves that the rule was broken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LockEvidence {
    /// The deadline that passed; null for `unresolved_twice`.
    #[schema(required)]
    pub assignment_due_at: Option<Time>,
    /// Until when the customer asked for somebody; null if he did not, or for `unresolved_twice`.
    #[schema(required)]
    pub required_by: Option<Time>,
    /// Since when nobody had it; null for `unresolved_twice`.
    #[schema(required)]
    pub unassigned_since: Option<Time>,
    /// The attempts that failed until then; none for `assignment_overdue`.
    #[schema(max_items = 1_000)]
    pub attempts: Vec<FailedAttempt>,
}

/// One lock of the past or present, with its rule and its proof.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LockRecord)]
pub struct LockRecordView {
    /// The record.
    #[serde(flatten)]
    pub lock: LockRecord,
    /// The rule, in the caller's language.
    #[schema(max_length = 500)]
    pub rule: &'static str,
    /// What proves it.
    pub evidence: LockEvidence,
}

fn rule(case: LockCase, lang: Lang) -> &'static str {
    match case {
        LockCase::AssignmentOverdue => lang.pick(
            "Nobody was assigned before the assignment deadline passed (4.4, case 1).",
            "超过分配期限仍未分配（4.4 情形一）。",
        ),
        LockCase::UnresolvedTwice => lang.pick(
            "Processed at least twice and still not solved (4.4, case 2).",
            "处理两次及以上仍未解决（4.4 情形二）。",
        ),
    }
}

impl LockRecordView {
    fn of(lock: LockRecord, dossier: &Dossier, since: Option<Time>, lang: Lang) -> LockRecordView {
        let is_overdue = lock.case == LockCase::AssignmentOverdue;
        let failed =
            |attempt: &&Attempt| !is_overdue && attempt.is_unresolved() && attempt.finished_at <= lock.at;
        let told = |attempt: &Attempt| FailedAttempt {
            no: attempt.no,
            outcome: attempt.outcome,
            accepted: attempt.accepted,
            engineer_id: attempt.engineer_id,
            finished_at: attempt.finished_at,
        };
        // The dates of the request move on; only while the lock lasts are they still the ones that passed.
        let required_by = dossier
            .request
            .required_by
            .filter(|_| is_overdue && lock.cleared_at.is_none());
        LockRecordView {
            rule: rule(lock.case, lang),
            evidence: LockEvidence {
                assignment_due_at: lock.due_at.filter(|_| is_overdue),
                required_by,
                unassigned_since: since.filter(|_| is_overdue),
                attempts: dossier.attempts.iter().filter(failed).map(told).collect(),
            },
            lock,
        }
    }
}

/// List the locks of a request, past and present.
///
/// Each names the rule that was broken and what proves it. Sortable by `at`.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestLocks",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = LockRecordPage)))]
#[get("/service-requests/{service_request_id}/locks")]
async fn list_locks(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    let page = ctx.page_request(&paging, <LockFilter as ListBy<LockRecord>>::SORTS)?;
    let filter = LockFilter {
        service_request_id: id.0,
    };
    let lang = ctx.call.lang;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<LockRecord>(tx, &filter, &page).await?;
            let dossier = find_dossier(tx, id.0).await?;
            let mut rows = Vec::new();
            for lock in found.rows {
                let since = persistence::requests::unassigned_since(tx, id.0, lock.at).await?;
                rows.push(LockRecordView::of(lock, &dossier, since, lang));
            }
            Ok(persistence::Listing {
                rows,
                next: found.next,
                total: found.total,
            })
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(LockRecordPage::from(rows)).into_answer()?)
}
