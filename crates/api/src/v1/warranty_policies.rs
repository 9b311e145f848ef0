//! Warranty policies over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::kernel::Error;
use aftercare_domain::warranty_policies::{
    WarrantyPolicy, WarrantyPolicyCreate, WarrantyPolicyFilter, WarrantyPolicyId, WarrantyPolicyPatch, can,
};
use aftercare_persistence as persistence;

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

resource!(WarrantyPolicy, "/v1/warranty-policies");
page!(WarrantyPolicyPage, WarrantyPolicy);

/// List warranty policies.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "warranty_policies", operation_id = "listWarrantyPolicies",
    params(WarrantyPolicyFilter, PageParams),
    security(("bearer" = ["warranty_policies:read"])), responses((status = 200, body = WarrantyPolicyPage)))]
#[get("/warranty-policies")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<WarrantyPolicyFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<WarrantyPolicy, _, WarrantyPolicyPage>(filter.0, paging)
        .await
}

/// Add a warranty policy.
///
/// The same code again answers 409 `duplicate_code`; one kind of part twice 422 `part_twice`, an exchange that ends
/// before the refund 422 `window_order`.
#[utoipa::path(tag = "warranty_policies", operation_id = "createWarrantyPolicy",
    request_body = WarrantyPolicyCreate,
    security(("bearer" = ["warranty_policies:create"])), responses((status = 201, body = WarrantyPolicy)))]
#[post("/warranty-policies")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<WarrantyPolicyCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let policy = WarrantyPolicy::add(cmd.0, &tx.stamp());
        Error::all(policy.faults())?;
        persistence::insert(tx, &policy).await?;
        Ok(Created(policy))
    })
    .await
}

/// Get a warranty policy.
#[utoipa::path(tag = "warranty_policies", operation_id = "getWarrantyPolicy",
    params(("warranty_policy_id" = WarrantyPolicyId, Path)),
    security(("bearer" = ["warranty_policies:read"])), responses((status = 200, body = WarrantyPolicy)))]
#[get("/warranty-policies/{warranty_policy_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<WarrantyPolicyId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<WarrantyPolicy>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a warranty policy.
///
/// Send only the members to change; null clears. The code never changes. Every unit under it follows at once.
#[utoipa::path(tag = "warranty_policies", operation_id = "updateWarrantyPolicy",
    params(("warranty_policy_id" = WarrantyPolicyId, Path)),
    request_body(content = WarrantyPolicyPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["warranty_policies:update"])), responses((status = 200, body = WarrantyPolicy)))]
#[patch("/warranty-policies/{warranty_policy_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<WarrantyPolicyId>,
    seen: IfMatchHeader,
    patch: Body<WarrantyPolicyPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut policy: WarrantyPolicy = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = policy.clone();
        policy.revise(patch.0);
        Error::all(policy.faults())?;
        persistence::update(tx, &mut policy).await?;
        if (was.start_basis, was.whole_months) != (policy.start_basis, policy.whole_months) {
            persistence::platform::warranty_ends::look_again_under(tx, policy.id).await?;
        }
        Ok(Versioned(policy))
    })
    .await
}
