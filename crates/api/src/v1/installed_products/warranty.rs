//! What a unit is still good for, over HTTP (CU-1, CU-2).

use actix_web::get;
use aftercare_domain::installed_products::{
    InstalledProduct, InstalledProductId, TimelineEntry, WarrantyState, can,
};
use aftercare_domain::kernel::Date;
use aftercare_domain::warranty_policies::{WarrantyPolicy, WarrantyPolicyId};
use aftercare_persistence as persistence;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::flows::warranty;
use crate::http::{Answer, Ctx, Filter, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_warranty).service(get_timeline);
}

/// The day asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WarrantyParams {
    /// The day asked for, past or to come; today in the default zone if absent.
    #[param(nullable = false)]
    pub at: Option<Date>,
}

/// What a unit is good for on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Warranty {
    /// The unit.
    pub installed_product_id: InstalledProductId,
    /// The policy that holds: the unit's own, else that of its product's category or the nearest one above it.
    #[schema(required)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// What it is good for.
    #[serde(flatten)]
    pub state: WarrantyState,
    /// The reasons in the caller's language, in the same order.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::Label200>)]
    pub explanations: Vec<&'static str>,
}

/// Tell what a unit is good for on a day.
///
/// The last day counts. Days in repair and of waiting for parts put every term off that runs meanwhile (CU-1). The stage
/// is that of the whole unit, of an agreement, of some main part, or none. Before the first day the answer holds the reason
/// `not_begun`; the stage is already the one the unit has on that first day, so that nobody pays for what fails earlier.
#[utoipa::path(tag = "installed_products", operation_id = "getInstalledProductWarranty",
    params(("installed_product_id" = InstalledProductId, Path), WarrantyParams),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = Warranty)))]
#[get("/installed-products/{installed_product_id}/warranty")]
async fn get_warranty(
    ctx: Ctx<can::Read>,
    id: PathId<InstalledProductId>,
    asked: Filter<WarrantyParams>,
) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let unit: InstalledProduct = persistence::get(tx, id.0).await?;
        let at = asked.0.at.unwrap_or_else(|| tx.today());
        let (state, policy) = warranty::state_of(tx, &unit, at).await?;
        let words = state.reasons.iter().map(|reason| reason.words());
        Ok(Plain(Warranty {
            installed_product_id: unit.id,
            warranty_policy_id: id_of(policy.as_ref()),
            explanations: words.map(|(en, zh)| lang.pick(en, zh)).collect(),
            state,
        }))
    })
    .await
}

fn id_of(policy: Option<&WarrantyPolicy>) -> Option<WarrantyPolicyId> {
    policy.map(|policy| policy.id)
}

/// Everything that happens to the promises of a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarrantyTimeline {
    /// The unit.
    pub installed_product_id: InstalledProductId,
    /// The policy that holds.
    #[schema(required)]
    pub warranty_policy_id: Option<WarrantyPolicyId>,
    /// Each line by its day, the earliest first.
    #[schema(max_items = 1000)]
    pub entries: Vec<TimelineEntry>,
}

/// Tell day by day how a unit's warranty came about.
///
/// When each term began, what put it off, when it ends: the days of all pauses and the term together make the end.
#[utoipa::path(tag = "installed_products", operation_id = "getInstalledProductWarrantyTimeline",
    params(("installed_product_id" = InstalledProductId, Path)),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = WarrantyTimeline)))]
#[get("/installed-products/{installed_product_id}/warranty/timeline")]
async fn get_timeline(ctx: Ctx<can::Read>, id: PathId<InstalledProductId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let unit: InstalledProduct = persistence::get(tx, id.0).await?;
        let (entries, policy) = warranty::timeline_of(tx, &unit).await?;
        Ok(Plain(WarrantyTimeline {
            installed_product_id: unit.id,
            warranty_policy_id: id_of(policy.as_ref()),
            entries,
        }))
    })
    .await
}
