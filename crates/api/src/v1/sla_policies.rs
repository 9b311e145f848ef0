//! SLA policies over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::business_calendars::BusinessCalendar;
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::sla::policy::{
    SlaPolicy, SlaPolicyCreate, SlaPolicyFilter, SlaPolicyId, SlaPolicyPatch, SlaPolicyVersion,
    SlaPolicyVersionFilter, can,
};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references::refer;

use crate::flows::promises;
use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(list_versions);
}

resource!(SlaPolicy, "/v1/sla-policies");
page!(SlaPolicyPage, SlaPolicy; SlaPolicyVersionPage, SlaPolicyVersion);

/// Refuses a newly named calendar or product category that is unknown or not in use any more.
async fn check_references(tx: &mut Tx<'_>, policy: &SlaPolicy, was: Option<&SlaPolicy>) -> Result<()> {
    let mut wrong = Vec::new();
    if was.is_none_or(|was| was.calendar_id != policy.calendar_id) {
        refer::<BusinessCalendar>(tx, policy.calendar_id, "#/calendar_id", &mut wrong).await?;
    }
    let category_of = |policy: &SlaPolicy| policy.applies_when.product_category_id;
    if let Some(id) = category_of(policy)
        && was.and_then(category_of) != Some(id)
    {
        let pointer = "#/applies_when/product_category_id";
        refer::<ProductCategory>(tx, id, pointer, &mut wrong).await?;
    }
    Error::all(wrong)
}

/// List SLA policies.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`, `rank`.
#[utoipa::path(tag = "sla_policies", operation_id = "listSlaPolicies", params(SlaPolicyFilter, PageParams),
    security(("bearer" = ["sla_policies:read"])), responses((status = 200, body = SlaPolicyPage)))]
#[get("/sla-policies")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<SlaPolicyFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<SlaPolicy, _, SlaPolicyPage>(filter.0, paging).await
}

/// Set up an SLA policy.
///
/// A target counts business minutes of the policy's calendar, or, where a unit comes back or a complaint is answered,
/// working days; one the calendar does not reach before 2100 is refused. A policy that claims `is_default` takes that place from the present default.
#[utoipa::path(tag = "sla_policies", operation_id = "createSlaPolicy", request_body = SlaPolicyCreate,
    security(("bearer" = ["sla_policies:create"])), responses((status = 201, body = SlaPolicy)))]
#[post("/sla-policies")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<SlaPolicyCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let policy = SlaPolicy::establish(cmd.0, &tx.stamp())?;
        check_references(tx, &policy, None).await?;
        promises::check_reach(tx, &policy, None).await?;
        if policy.is_default {
            persistence::sla_policies::dethrone(tx, policy.id).await?;
        }
        persistence::sla_policies::add(tx, &policy).await?;
        Ok(Created(policy))
    })
    .await
}

/// Get an SLA policy.
#[utoipa::path(tag = "sla_policies", operation_id = "getSlaPolicy", params(("sla_policy_id" = SlaPolicyId, Path)),
    security(("bearer" = ["sla_policies:read"])), responses((status = 200, body = SlaPolicy)))]
#[get("/sla-policies/{sla_policy_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<SlaPolicyId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<SlaPolicy>(tx, id.0).await.map(Versioned))
        .await
}

/// Change an SLA policy.
///
/// Send only the members to change. Requests keep the version their promises were made by. The default can neither step down nor become
/// inactive (409 `default_policy_required`): make another policy the default instead.
#[utoipa::path(tag = "sla_policies", operation_id = "updateSlaPolicy", params(("sla_policy_id" = SlaPolicyId, Path)),
    request_body(content = SlaPolicyPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["sla_policies:update"])), responses((status = 200, body = SlaPolicy)))]
#[patch("/sla-policies/{sla_policy_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<SlaPolicyId>,
    seen: IfMatchHeader,
    patch: Body<SlaPolicyPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut policy: SlaPolicy = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = policy.clone();
        policy.revise(patch.0)?;
        check_references(tx, &policy, Some(&was)).await?;
        promises::check_reach(tx, &policy, Some(&was)).await?;
        if policy.is_default && !was.is_default {
            persistence::sla_policies::dethrone(tx, policy.id).await?;
        }
        persistence::sla_policies::change(tx, &mut policy).await?;
        Ok(Versioned(policy))
    })
    .await
}

/// List the versions of an SLA policy.
///
/// Newest first: the policy as it stood from one change to the next. Sortable by `version`.
#[utoipa::path(tag = "sla_policies", operation_id = "listSlaPolicyVersions",
    params(("sla_policy_id" = SlaPolicyId, Path), PageParams),
    security(("bearer" = ["sla_policies:read"])), responses((status = 200, body = SlaPolicyVersionPage)))]
#[get("/sla-policies/{sla_policy_id}/versions")]
async fn list_versions(
    ctx: Ctx<can::Read>,
    of: PathId<SlaPolicyId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<SlaPolicy>(tx, of.0).await)
        .await?;
    let filter = SlaPolicyVersionFilter { sla_policy_id: of.0 };
    ctx.list::<SlaPolicyVersion, _, SlaPolicyVersionPage>(filter, paging)
        .await
}
