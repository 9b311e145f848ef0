//! Who pays for a request, and the manager's word against the rule (AG-3, R-070).

use actix_web::{get, post};
use aftercare_domain::coverage::{
    CostShares, Coverage, CoverageExplanation, CoverageGround, CoverageOverride, CoverageVerdict,
    OverrideCoverage,
};
use aftercare_domain::kernel::Time;
use aftercare_domain::requests::{ServiceRequestId, can};
use aftercare_domain::service_agreements::ServiceAgreementId;
use aftercare_domain::service_items::ServiceItemId;
use serde::Serialize;
use utoipa::ToSchema;

use super::ServiceRequestView;
use crate::flows::{coverage, requests};
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_agreements::in_words;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_coverage).service(override_coverage);
}

/// Who pays for a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequestCoverage {
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// The agreement it goes by, chosen when it was registered.
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// The service asked for.
    #[schema(required)]
    pub service_item_id: Option<ServiceItemId>,
    /// How it is covered: by the manager's word, else by the rule.
    pub coverage: Coverage,
    /// Who pays each kind of cost in the end.
    pub payers: CostShares,
    /// Why: the manager's word if there is one, then the rule.
    #[schema(min_items = 1, max_items = 2)]
    pub because: Vec<CoverageGround>,
    /// What the rule says.
    pub verdict: CoverageVerdict,
    /// Its reasons in words.
    #[schema(max_items = 20)]
    pub explanations: Vec<CoverageExplanation>,
    /// When it was judged last.
    pub judged_at: Time,
    /// Since when it is kept: the first job was done.
    #[schema(required)]
    pub frozen_at: Option<Time>,
    /// The manager's word, which goes before the rule.
    #[schema(required)]
    pub overridden: Option<CoverageOverride>,
}

/// Tell who pays for a request.
///
/// Judged anew with every assignment and result until the first job is done, then kept. Everything that could have paid
/// says why it does not.
#[utoipa::path(tag = "service_requests", operation_id = "getServiceRequestCoverage",
    params(("service_request_id" = ServiceRequestId, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = RequestCoverage)))]
#[get("/service-requests/{service_request_id}/coverage")]
async fn get_coverage(ctx: Ctx<can::Read>, id: PathId<ServiceRequestId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_request(id.0, async |_, dossier| {
        let request = &dossier.request;
        let record = coverage::record_of(request);
        Ok(Plain(RequestCoverage {
            service_request_id: request.id,
            agreement_id: request.agreement_id,
            service_item_id: request.service_item_id,
            coverage: record.coverage(),
            payers: record.shares(),
            because: record.because(),
            explanations: in_words(&record.verdict, lang),
            verdict: record.verdict,
            judged_at: record.judged_at,
            frozen_at: record.frozen_at,
            overridden: record.overridden,
        }))
    })
    .await
}

/// Set the rule aside and say who pays.
///
/// Service manager only, with a reason; also when the verdict is kept already. Who pays each kind of cost follows from the
/// coverage, unless he says it. The agreement pays only where the request goes by one (422 `no_agreement`).
#[utoipa::path(tag = "service_requests", operation_id = "overrideServiceRequestCoverage",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = OverrideCoverage,
    security(("bearer" = ["service_requests:override_coverage"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/override-coverage")]
async fn override_coverage(
    ctx: Ctx<can::OverrideCoverage>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<OverrideCoverage>,
) -> ProblemResult<Answer> {
    let (id, seen, cmd) = (id.0, seen.0, cmd.0);
    ctx.act(id, async move |tx| {
        let cmd = cmd.clone();
        let action = "override_coverage";
        let dossier = requests::act(tx, id, &seen, action, async |_, dossier, _, at| {
            let ruled = coverage::record_of(&dossier.request);
            dossier.override_coverage(cmd, ruled, at)
        })
        .await?;
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}
