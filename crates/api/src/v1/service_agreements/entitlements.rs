//! What agreements grant, what of it was used, and the question who would pay (AG-1 to AG-4, R-070).

use actix_web::{get, post};
use aftercare_domain::coverage::{
    self as rules, CoverageExplanation, CoverageReason, CoverageVerdict, EntitlementAnswer,
    EntitlementQuestion, Handling,
};
use aftercare_domain::customers::Customer;
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::error::{Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::products::Product;
use aftercare_domain::requests::MAINTENANCE;
use aftercare_domain::service_agreements::{
    Entitlement, EntitlementFilter, EntitlementId, ReverseUsage, ServiceAgreementId, UnitScope, Usage,
    UsageFilter, UsageId, can,
};
use aftercare_domain::service_items::ServiceItem;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{self as persistence, Tx, dictionaries, product_categories};

use crate::flows::coverage::{self, Job, Question};
use crate::flows::quota;
use crate::http::input::PageParams;
use crate::http::language::Lang;
use crate::http::reply::{page, resource};
use crate::http::{Answer, Body, Ctx, Paging, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(list_usages).service(reverse_usage);
    cfg.service(check).service(get);
}

// Nobody creates a use over HTTP: only its version is ever told.
resource!(Entitlement, "/v1/entitlements"; Usage, "/v1/usages");
page!(EntitlementPage, Entitlement; UsagePage, Usage);

/// List what an agreement grants, period by period.
///
/// Newest first. Sortable by `created_at`, `period_start`.
#[utoipa::path(tag = "entitlements", operation_id = "listEntitlements",
    params(("service_agreement_id" = ServiceAgreementId, Path), PageParams),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = EntitlementPage)))]
#[get("/service-agreements/{service_agreement_id}/entitlements")]
async fn list(ctx: Ctx<can::Read>, of: PathId<ServiceAgreementId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(of.0).await?;
    let filter = EntitlementFilter { agreement_id: of.0 };
    ctx.list::<Entitlement, _, EntitlementPage>(filter, paging).await
}

/// List what was used of an agreement, by which requests.
///
/// Newest first. Sortable by `created_at`, `at`. A service is reserved when somebody is assigned, used when the work is
/// verified, and given back when nobody comes after all.
#[utoipa::path(tag = "entitlements", operation_id = "listUsages",
    params(("service_agreement_id" = ServiceAgreementId, Path), PageParams),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = UsagePage)))]
#[get("/service-agreements/{service_agreement_id}/usages")]
async fn list_usages(
    ctx: Ctx<can::Read>,
    of: PathId<ServiceAgreementId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.agreement_caught_up(of.0).await?;
    let filter = UsageFilter { agreement_id: of.0 };
    ctx.list::<Usage, _, UsagePage>(filter, paging).await
}

/// Take a use back.
///
/// Service manager only, with a reason. What was used is there again and goes to the request that waits longest for it;
/// the use stays in the ledger as reversed, and its request takes no other. A second time answers 409 `usage_not_consumed`.
#[utoipa::path(tag = "entitlements", operation_id = "reverseUsage",
    params(("service_agreement_id" = ServiceAgreementId, Path), ("usage_id" = UsageId, Path)),
    request_body = ReverseUsage,
    security(("bearer" = ["service_agreements:reverse_usage"])), responses((status = 200, body = Usage)))]
#[post("/service-agreements/{service_agreement_id}/usages/{usage_id}/reverse")]
async fn reverse_usage(
    ctx: Ctx<can::ReverseUsages>,
    path: PathId<(ServiceAgreementId, UsageId)>,
    cmd: Body<ReverseUsage>,
) -> ProblemResult<Answer> {
    let ((agreement_id, usage_id), cmd) = (path.0, cmd.0);
    ctx.write(async move |tx| {
        let usage = quota::reverse(tx, agreement_id, usage_id, &cmd).await?;
        Ok(Versioned(usage))
    })
    .await
}

/// Ask who would pay for a job.
///
/// The verdict for each kind of cost, what decides, and everything that could have paid with the reason why it does not.
/// Nothing is kept or set aside.
#[utoipa::path(tag = "entitlements", operation_id = "checkEntitlement", request_body = EntitlementQuestion,
    security(("bearer" = ["entitlements:check"])), responses((status = 200, body = EntitlementAnswer)))]
#[post("/entitlements/check")]
async fn check(ctx: Ctx<rules::can::Check>, question: Body<EntitlementQuestion>) -> ProblemResult<Answer> {
    let (asked, lang) = (question.0, ctx.call.lang);
    ctx.read(async |tx| {
        let question = understood(tx, asked).await?;
        let assessed = coverage::assess(tx, &question).await?;
        let verdict = assessed.verdict;
        let verdict = verdict.unwrap_or_else(|| question.job.judge(None, None, &[]));
        Ok(Plain(EntitlementAnswer {
            at: question.on,
            entitlement: assessed.entitlement,
            explanations: in_words(&verdict, lang),
            verdict,
        }))
    })
    .await
}

/// The question with everything it points at found fit.
async fn understood(tx: &mut Tx<'_>, asked: EntitlementQuestion) -> Result<Question> {
    let mut wrong = Vec::new();
    refer::<Customer>(tx, asked.customer_id, "#/customer_id", &mut wrong).await?;
    let unit: Option<InstalledProduct> = match asked.installed_product_id {
        Some(id) => refer(tx, id, "#/installed_product_id", &mut wrong).await?,
        None => None,
    };
    if unit
        .as_ref()
        .is_some_and(|unit| unit.customer_id != asked.customer_id)
    {
        let place = Place::Pointer("#/installed_product_id".to_owned());
        wrong.push(UNKNOWN_REFERENCE.violation(place));
    }
    let product_id = asked.product_id.or(unit.as_ref().map(|unit| unit.product_id));
    let product: Option<Product> = match product_id {
        Some(id) => refer(tx, id, "#/product_id", &mut wrong).await?,
        None => None,
    };
    let item: Option<ServiceItem> = match asked.service_item_id {
        Some(id) => refer(tx, id, "#/service_item_id", &mut wrong).await?,
        None => None,
    };
    if let Some(cause) = &asked.exclusion_cause {
        let (named, pointer) = ("warranty_exclusion", "#/exclusion_cause");
        dictionaries::refer_item(tx, named, cause.as_str(), pointer, &mut wrong).await?;
    }
    Error::all(wrong)?;
    let product_category_ids = match &product {
        Some(product) => product_categories::lineage(tx, product.category_id).await?,
        None => Vec::new(),
    };
    let on = asked.at.unwrap_or_else(|| tx.today());
    let warranty = coverage::warranty_of(tx, asked.installed_product_id, on).await?;
    let service_type = item.as_ref().and_then(|item| item.service_type.as_ref());
    Ok(Question {
        customer_id: asked.customer_id,
        unit: UnitScope {
            installed_product_id: asked.installed_product_id,
            product_category_ids,
        },
        warranty,
        item: asked.service_item_id,
        on,
        job: Job {
            handling: asked.handling.unwrap_or(Handling::OnSite),
            is_maintenance: service_type.is_some_and(|word| word.as_str() == MAINTENANCE),
            exclusion: asked.exclusion_cause,
            part: asked.part_category,
        },
    })
}

/// Get what is granted of one service within one period.
#[utoipa::path(tag = "entitlements", operation_id = "getEntitlement", params(("entitlement_id" = EntitlementId, Path)),
    security(("bearer" = ["service_agreements:read"])), responses((status = 200, body = Entitlement)))]
#[get("/entitlements/{entitlement_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<EntitlementId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Entitlement>(tx, id.0).await.map(Versioned))
        .await
}

/// The reasons of a verdict in the caller's language.
pub fn in_words(verdict: &CoverageVerdict, lang: Lang) -> Vec<CoverageExplanation> {
    let told = |reason: &CoverageReason| {
        let (en, zh) = reason.words();
        CoverageExplanation {
            reason: *reason,
            text: lang.pick(en, zh),
        }
    };
    verdict.reasons.iter().map(told).collect()
}
