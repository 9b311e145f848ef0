//! What a customer is worth and what he may be offered, over HTTP (CU-7, R-155).

use actix_web::get;
use aftercare_domain::customers::value::{CustomerValue, place_of, segment};
use aftercare_domain::customers::{Customer, CustomerId, can};
use aftercare_domain::installed_products::InstalledProductId;
use aftercare_domain::kernel::{Currency, Date, Money};
use aftercare_domain::recommendations::Recommendation;
use aftercare_persistence as persistence;
use aftercare_persistence::customers::{below, value_facts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::recommendations;
use crate::http::{Answer, Ctx, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_recommendations).service(get_value);
}

/// Something to offer for a unit, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitRecommendation {
    /// The unit.
    pub installed_product_id: InstalledProductId,
    /// What to offer.
    #[serde(flatten)]
    pub offer: Recommendation,
}

/// What to offer a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationList {
    /// The strongest first.
    #[schema(max_items = 200)]
    pub data: Vec<UnitRecommendation>,
}

/// Recommend what to offer a customer, and say why.
///
/// By the rules of CU-7 over the first 200 units he has: an extended agreement when a warranty ends soon, another product
/// after repairs he paid for, a trade-in by age, a maintenance plan. A repair counts as paid for when neither warranty nor
/// agreement covered the unit on its day.
#[utoipa::path(tag = "customers", operation_id = "recommendForCustomer",
    params(("customer_id" = CustomerId, Path)),
    security(("bearer" = ["customers:assess"])), responses((status = 200, body = RecommendationList)))]
#[get("/customers/{customer_id}/recommendations")]
async fn list_recommendations(ctx: Ctx<can::Assess>, id: PathId<CustomerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<Customer>(tx, id.0).await?;
        let found = recommendations::of_customer(tx, id.0).await?;
        let told = |(installed_product_id, offer)| UnitRecommendation {
            installed_product_id,
            offer,
        };
        Ok(Plain(RecommendationList {
            data: found.into_iter().map(told).collect(),
        }))
    })
    .await
}

/// A customer's place among all, and the figures it rests on.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CustomerValue)]
pub struct CustomerValueView {
    /// The place.
    #[serde(flatten)]
    pub value: CustomerValue,
    /// The day he last bought.
    #[schema(required)]
    pub last_purchased_on: Option<Date>,
    /// How often he bought.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub purchases: i64,
    /// What his invoices say in all.
    pub invoiced: Money,
    /// The day of his last dissatisfied follow-up.
    #[schema(required)]
    pub dissatisfied_on: Option<Date>,
}

/// Tell what a customer is worth, and what to do about him.
///
/// Recency, frequency and money by his purchases, each from 1 to 5 among all customers. The segment is the first that
/// fits: `win_back` (dissatisfied within 90 days), `top` (a sum of at least 13), `develop` (one purchase in 36 months),
/// `keep`.
#[utoipa::path(tag = "customers", operation_id = "getCustomerValue", params(("customer_id" = CustomerId, Path)),
    security(("bearer" = ["customers:assess"])), responses((status = 200, body = CustomerValueView)))]
#[get("/customers/{customer_id}/value")]
async fn get_value(ctx: Ctx<can::Assess>, id: PathId<CustomerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<Customer>(tx, id.0).await?;
        let today = tx.today();
        let facts = value_facts(tx, id.0, today.plus_months(-36)).await?;
        let (all, below) = below(tx, &facts).await?;
        let [recency, frequency, monetary] = below.map(|below| place_of(below, all));
        Ok(Plain(CustomerValueView {
            value: CustomerValue {
                customer_id: id.0,
                recency,
                frequency,
                monetary,
                segment: segment(&facts, recency + frequency + monetary, today),
            },
            last_purchased_on: facts.last_on,
            purchases: facts.times,
            invoiced: Money {
                minor: facts.minor,
                currency: Currency::Cny,
            },
            dissatisfied_on: facts.dissatisfied_on,
        }))
    })
    .await
}
