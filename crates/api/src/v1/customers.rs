//! Customers over HTTP: routes, then handlers in URL order. A handler is authorise · load · decide · keep · answer.

use actix_web::{get, patch, post};
use aftercare_domain::custom_fields::{Circumstances, CustomFieldTarget};
use aftercare_domain::customers::{
    Customer, CustomerCreate, CustomerFilter, CustomerId, CustomerPatch, CustomerUpsert, MergeCustomers, can,
};
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{Error, Result};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::external_refs;

use crate::flows;
use crate::http::input::PageParams;
use crate::http::keyed::{self, Key};
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, Precondition, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get_by_key).service(upsert);
    cfg.service(get).service(update).service(merge);
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
        admit(tx, &customer, None).await?;
        persistence::insert(tx, &customer).await?;
        external_refs::keep(tx, &customer).await?;
        Ok(Created(customer))
    })
    .await
}

/// Get a customer by another system's key.
#[utoipa::path(tag = "customers", operation_id = "getCustomerByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path)),
    security(("bearer" = ["customers:read"])), responses((status = 200, body = Customer)))]
#[get("/customers/by-external-id/{system}/{external_id}")]
async fn get_by_key(ctx: Ctx<can::Read>, key: Key) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let id = keyed::known::<Customer>(tx, &key.0).await?;
        persistence::get::<Customer>(tx, CustomerId(id))
            .await
            .map(Versioned)
    })
    .await
}

/// Create or change a customer by another system's key.
///
/// 201 when the key was new, 200 when it led to a customer. Absent members stay as they are, null clears. With
/// `If-None-Match: *` a known key answers 412 and nothing changes.
#[utoipa::path(tag = "customers", operation_id = "upsertCustomerByExternalId",
    params(("system" = WordCode, Path), ("external_id" = Label64, Path),
        ("If-None-Match" = Option<String>, Header, description = "`*` creates only.", max_length = 1, pattern = r"^\*$", nullable = false)),
    request_body(content = CustomerUpsert, content_type = "application/merge-patch+json"),
    security(("bearer" = ["customers:upsert"])),
    responses((status = 200, body = Customer), (status = 201, body = Customer)))]
#[patch("/customers/by-external-id/{system}/{external_id}")]
async fn upsert(
    ctx: Ctx<can::Upsert>,
    key: Key,
    condition: Precondition,
    said: Body<CustomerUpsert>,
) -> ProblemResult<Answer> {
    let (key, said) = (key.0, said.0);
    let make = async || {
        let (key, said) = (key.clone(), said.clone());
        ctx.write(async move |tx| {
            let number = persistence::numbers::next(tx, Series::Customer).await?;
            let mut customer = Customer::register(said.seed(key.clone()), number, &tx.stamp());
            keyed::claim::<Customer>(tx, customer.id.0, &key).await?;
            customer.revise(said.patch(&customer)?);
            admit(tx, &customer, None).await?;
            persistence::insert(tx, &customer).await?;
            Ok(Created(customer))
        })
        .await
    };
    let change = async |id| {
        let (said, condition) = (said.clone(), condition.clone());
        ctx.write(async move |tx| {
            let mut customer: Customer =
                persistence::get_for_update(tx, CustomerId(id), condition.seen()).await?;
            condition.check(&customer.meta)?;
            customer.stands()?;
            let before = customer.clone();
            customer.revise(said.patch(&customer)?);
            admit(tx, &customer, Some(&before)).await?;
            persistence::update(tx, &mut customer).await?;
            Ok(Versioned(customer))
        })
        .await
    };
    keyed::upsert::<Customer, _>(&ctx, &key, &condition, make, change).await
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
        customer.stands()?;
        let has_keys = patch.0.external_refs.is_some();
        let before = customer.clone();
        customer.revise(patch.0);
        admit(tx, &customer, Some(&before)).await?;
        persistence::update(tx, &mut customer).await?;
        if has_keys {
            external_refs::keep(tx, &customer).await?;
        }
        Ok(Versioned(customer))
    })
    .await
}

/// Make another customer part of this one.
///
/// His contacts, addresses, purchases, units, requests, sign-ins and keys of other systems move here, for good. He stays
/// readable under his own identifier with `merged_into_id`, and is refused on anything new.
#[utoipa::path(tag = "customers", operation_id = "mergeCustomers", params(("customer_id" = CustomerId, Path)),
    request_body = MergeCustomers,
    security(("bearer" = ["customers:merge"])), responses((status = 200, body = Customer)))]
#[post("/customers/{customer_id}/merge")]
async fn merge(
    ctx: Ctx<can::Merge>,
    id: PathId<CustomerId>,
    seen: IfMatchHeader,
    cmd: Body<MergeCustomers>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        flows::merge::customers(tx, id.0, &seen.0, cmd.0.from_id)
            .await
            .map(Versioned)
    })
    .await
}

/// What is new about a customer names only what is there and in use; what he held before stays valid (BD-2, BD-4).
async fn admit(tx: &mut Tx<'_>, customer: &Customer, before: Option<&Customer>) -> Result<()> {
    let mut wrong = Vec::new();
    let held_channel = before.and_then(|old| old.preferred_channel.as_ref());
    if let Some(code) = &customer.preferred_channel
        && held_channel != Some(code)
    {
        let pointer = "#/preferred_channel";
        persistence::dictionaries::refer_item(tx, "channel", code.as_str(), pointer, &mut wrong).await?;
    }
    let held_region = before.and_then(|old| old.region_code.as_ref());
    if let Some(code) = &customer.region_code
        && held_region != Some(code)
    {
        persistence::regions::refer(tx, code, "#/region_code", &mut wrong).await?;
    }
    Error::all(wrong)?;
    let held = before.map(|old| &old.custom_fields);
    if held != Some(&customer.custom_fields) {
        let (target, here) = (CustomFieldTarget::Customer, Circumstances::default());
        persistence::custom_fields::check(tx, target, &customer.custom_fields, &here, held).await?;
    }
    Ok(())
}
