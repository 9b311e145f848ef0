//! Rules of automatic dispatch over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::dispatch::rules::{
    DispatchRule, DispatchRuleCreate, DispatchRuleFilter, DispatchRuleId, DispatchRulePatch, can,
};
use aftercare_domain::kernel::{Error, Result};
use aftercare_persistence::{self as persistence, Tx, regions, service_types};

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(DispatchRule, "/v1/dispatch/rules");
page!(DispatchRulePage, DispatchRule);

/// List rules of automatic dispatch.
///
/// Newest first. Sortable by `sort`, `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "dispatch", operation_id = "listDispatchRules", params(DispatchRuleFilter, PageParams),
    security(("bearer" = ["dispatch_rules:read"])), responses((status = 200, body = DispatchRulePage)))]
#[get("/dispatch/rules")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<DispatchRuleFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<DispatchRule, _, DispatchRulePage>(filter.0, paging)
        .await
}

/// Add a rule of automatic dispatch.
///
/// Of the active rules that fit a request the one with the lowest `sort` decides: `auto` gives it out in the call that makes
/// it assignable, `manual` leaves it to a dispatcher, as does a request no rule fits. Service types and regions are those of
/// `/v1/service-types` and `/v1/regions` (422 `unknown_reference`). The same code again answers 409 `duplicate_code`.
#[utoipa::path(tag = "dispatch", operation_id = "createDispatchRule", request_body = DispatchRuleCreate,
    security(("bearer" = ["dispatch_rules:create"])), responses((status = 201, body = DispatchRule)))]
#[post("/dispatch/rules")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<DispatchRuleCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let rule = DispatchRule::add(cmd.0, &tx.stamp());
        fit(tx, &rule, None).await?;
        persistence::insert(tx, &rule).await?;
        Ok(Created(rule))
    })
    .await
}

/// Get a rule of automatic dispatch.
#[utoipa::path(tag = "dispatch", operation_id = "getDispatchRule", params(("dispatch_rule_id" = DispatchRuleId, Path)),
    security(("bearer" = ["dispatch_rules:read"])), responses((status = 200, body = DispatchRule)))]
#[get("/dispatch/rules/{dispatch_rule_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<DispatchRuleId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<DispatchRule>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a rule of automatic dispatch.
///
/// Send only the members to change; null clears. The code never changes.
#[utoipa::path(tag = "dispatch", operation_id = "updateDispatchRule", params(("dispatch_rule_id" = DispatchRuleId, Path)),
    request_body(content = DispatchRulePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["dispatch_rules:update"])), responses((status = 200, body = DispatchRule)))]
#[patch("/dispatch/rules/{dispatch_rule_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<DispatchRuleId>,
    seen: IfMatchHeader,
    patch: Body<DispatchRulePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut rule: DispatchRule = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = rule.clone();
        rule.revise(patch.0);
        fit(tx, &rule, Some(&was)).await?;
        persistence::update(tx, &mut rule).await?;
        Ok(Versioned(rule))
    })
    .await
}

/// The service types and regions a rule newly names are there and in use (BD-2): one with a slip of the pen never decides.
async fn fit(tx: &mut Tx<'_>, rule: &DispatchRule, was: Option<&DispatchRule>) -> Result<()> {
    let mut wrong = Vec::new();
    for (index, code) in rule.service_types.iter().enumerate() {
        if !was.is_some_and(|was| was.service_types.contains(code)) {
            service_types::refer(tx, code, &format!("#/service_types/{index}"), &mut wrong).await?;
        }
    }
    for (index, code) in rule.region_codes.iter().enumerate() {
        if !was.is_some_and(|was| was.region_codes.contains(code)) {
            regions::refer(tx, code, &format!("#/region_codes/{index}"), &mut wrong).await?;
        }
    }
    Error::all(wrong)
}
