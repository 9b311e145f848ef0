//! Customers over HTTP: routes, then handlers in URL order. A handler is authorise · load · decide · keep · answer.

use actix_web::{get, patch, post};
use aftercare_domain::customers::{Customer, CustomerCreate, CustomerFilter, CustomerId, CustomerPatch, can};
use aftercare_domain::kernel::number::Series;
use aftercare_persistence as persistence;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};

/// Registers this module's operations.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(create).service(get).service(update);
}

resource!(Customer, "/v1/customers");
page!(CustomerPage, Customer);

/// List customers.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `number`, `name`.
#[utoipa::path(tag = "customers", operation_id = "listCustomers", params(CustomerFilter, PageParams),
    security(("bearer" = ["customers:read"])), responses((status = 200, body = CustomerPage)))]
#[get("/customers")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<CustomerFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Customer, _, CustomerPage>(filter.0, paging).await
}

/// Register a customer.
///
/// Kind, name and telephone together identify a customer; the same three again answer 409 `duplicate_customer`.
#[utoipa::path(tag = "customers", operation_id = "createCustomer", request_body = CustomerCreate,
    security(("bearer" = ["customers:create"])), responses((status = 201, body = Customer)))]
#[post("/customers")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<CustomerCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let number = persistence::numbers::next(tx, Series::Customer).await?;
        let customer = Customer::register(cmd.0, number, &tx.stamp());
        persistence::insert(tx, &customer).await?;
        Ok(Created(customer))
    })
    .await
}

/// Get a customer.
#[utoipa::path(tag = "customers", operation_id = "getCustomer", params(("customer_id" = CustomerId, Path)),
    security(("bearer" = ["customers:read"])), responses((status = 200, body = Customer)))]
#[get("/customers/{customer_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<CustomerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Customer>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a customer.
///
/// Send only the members to change; null clears. The kind cannot change.
#[utoipa::path(tag = "customers", operation_id = "updateCustomer", params(("customer_id" = CustomerId, Path)),
    request_body(content = CustomerPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["customers:update"])), responses((status = 200, body = Customer)))]
#[patch("/customers/{customer_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<CustomerId>,
    seen: IfMatchHeader,
    patch: Body<CustomerPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut customer: Customer = persistence::get_for_update(tx, id.0, &seen.0).await?;
        customer.revise(patch.0);
        persistence::update(tx, &mut customer).await?;
        Ok(Versioned(customer))
    })
    .await
}
