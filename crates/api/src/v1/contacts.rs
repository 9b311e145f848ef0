//! Contacts over HTTP: routes, then handlers in URL order.

use actix_web::{delete, get, patch, post};
use aftercare_domain::contacts::{Contact, ContactCreate, ContactId, ContactPatch, can};
use aftercare_domain::customers::{Customer, CustomerId};
use aftercare_domain::kernel::Result;
use aftercare_persistence as persistence;
use aftercare_persistence::contacts::{others, step_down};
use aftercare_persistence::customers::OfCustomer;
use aftercare_persistence::{IfMatch, Tx};

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get).service(update).service(remove);
}

resource!(Contact, "/v1/contacts");
page!(ContactPage, Contact);

/// List the contacts of a customer.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `name`.
#[utoipa::path(tag = "contacts", operation_id = "listContacts", params(("customer_id" = CustomerId, Path), PageParams),
    security(("bearer" = ["contacts:read"])), responses((status = 200, body = ContactPage)))]
#[get("/customers/{customer_id}/contacts")]
async fn list(ctx: Ctx<can::Read>, of: PathId<CustomerId>, paging: Paging) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Customer>(tx, of.0).await)
        .await?;
    ctx.list::<Contact, _, ContactPage>(OfCustomer(of.0), paging)
        .await
}

/// Add a contact to a customer.
///
/// The first one is the primary one; a later one with `is_primary` takes over from it. A customer who was merged takes
/// nothing new (409 `already_merged`), nor does an inactive one (422 `inactive_reference`).
#[utoipa::path(tag = "contacts", operation_id = "createContact", params(("customer_id" = CustomerId, Path)),
    request_body = ContactCreate,
    security(("bearer" = ["contacts:create"])), responses((status = 201, body = Contact)))]
#[post("/customers/{customer_id}/contacts")]
async fn create(
    ctx: Ctx<can::Create>,
    of: PathId<CustomerId>,
    cmd: Body<ContactCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        // One at a time for each customer, so that there is never a second primary one.
        let customer: Customer = persistence::get_for_update(tx, of.0, &IfMatch::internal()).await?;
        customer.takes_new()?;
        let is_first = others(tx, of.0, None).await? == 0;
        let contact = Contact::add(cmd.0, of.0, is_first, &tx.stamp())?;
        if contact.is_primary {
            step_down(tx, of.0, contact.id).await?;
        }
        persistence::insert(tx, &contact).await?;
        Ok(Created(contact))
    })
    .await
}

/// Get a contact.
#[utoipa::path(tag = "contacts", operation_id = "getContact", params(("contact_id" = ContactId, Path)),
    security(("bearer" = ["contacts:read"])), responses((status = 200, body = Contact)))]
#[get("/contacts/{contact_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ContactId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Contact>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a contact.
///
/// Send only the members to change; null clears. `is_primary: true` takes over from the primary one; `false` on it
/// answers 409 `primary_required`.
#[utoipa::path(tag = "contacts", operation_id = "updateContact", params(("contact_id" = ContactId, Path)),
    request_body(content = ContactPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["contacts:update"])), responses((status = 200, body = Contact)))]
#[patch("/contacts/{contact_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ContactId>,
    seen: IfMatchHeader,
    patch: Body<ContactPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let contact = hold(tx, id.0, &seen.0).await?;
        let mut contact = contact.revise(patch.0)?;
        if contact.is_primary {
            step_down(tx, contact.customer_id, contact.id).await?;
        }
        persistence::update(tx, &mut contact).await?;
        Ok(Versioned(contact))
    })
    .await
}

/// Remove a contact.
///
/// The primary one cannot be removed while others exist (409 `primary_required`); what is still referred to answers 409 `in_use`.
#[utoipa::path(tag = "contacts", operation_id = "deleteContact", params(("contact_id" = ContactId, Path)),
    security(("bearer" = ["contacts:delete"])), responses((status = 204)))]
#[delete("/contacts/{contact_id}")]
async fn remove(ctx: Ctx<can::Delete>, id: PathId<ContactId>, seen: IfMatchHeader) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let contact = hold(tx, id.0, &seen.0).await?;
        contact.may_leave(others(tx, contact.customer_id, Some(contact.id)).await?)?;
        persistence::delete(tx, &contact).await?;
        Ok(NoContent)
    })
    .await
}

/// The contact, to be changed; its customer first, so that changes of one customer's contacts come one by one.
async fn hold(tx: &mut Tx<'_>, id: ContactId, seen: &IfMatch) -> Result<Contact> {
    let contact: Contact = persistence::get(tx, id).await?;
    persistence::get_for_update::<Customer>(tx, contact.customer_id, &IfMatch::internal()).await?;
    persistence::get_for_update(tx, id, seen).await
}
