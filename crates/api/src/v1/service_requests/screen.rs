//! Who is calling: everything an agent wants to see while the telephone rings.

use actix_web::get;
use aftercare_domain::addresses::Address;
use aftercare_domain::contacts::Contact;
use aftercare_domain::customers::Customer;
use aftercare_domain::kernel::text::Phone;
use aftercare_domain::purchase_records::PurchaseRecord;
use aftercare_domain::requests::can;
use aftercare_persistence::requests::{glance, of_phone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ServiceRequestView;
use crate::http::{Answer, Ctx, Filter, Plain, ProblemResult};
use crate::openapi::Routes;
use crate::v1::installed_products::InstalledProductView;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_context);
}

/// Who is calling.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallerParams {
    /// The number that calls.
    pub phone: Phone,
}

/// What is known of a telephone number; empty lists when nothing is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallerContext {
    /// Customers with this number, or with a contact who has it.
    #[schema(max_items = 20)]
    pub customers: Vec<Customer>,
    /// Their contacts.
    #[schema(max_items = 200)]
    pub contacts: Vec<Contact>,
    /// Their addresses.
    #[schema(max_items = 200)]
    pub addresses: Vec<Address>,
    /// What they bought, the latest first.
    #[schema(max_items = 200)]
    pub purchase_records: Vec<PurchaseRecord>,
    /// The units they have, those in service first, the newest first.
    #[schema(max_items = 200)]
    pub installed_products: Vec<InstalledProductView>,
    /// Their last requests, the newest first.
    #[schema(max_items = 20)]
    pub requests: Vec<ServiceRequestView>,
    /// How many of their requests are still open.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub open_requests: i64,
}

/// Tell who is calling.
///
/// The customers with this number, their contacts, addresses, purchases, units and last 20 requests.
#[utoipa::path(tag = "service_requests", operation_id = "getCallerContext", params(CallerParams),
    security(("bearer" = ["service_requests:context"])), responses((status = 200, body = CallerContext)))]
#[get("/service-requests/context")]
async fn get_context(ctx: Ctx<can::Context>, asked: Filter<CallerParams>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let known = of_phone(tx, &asked.0.phone).await?;
        let dossiers = glance(tx, known.requests).await?;
        let units = known.installed_products.into_iter();
        let units = units.map(|unit| InstalledProductView::within(unit, tx));
        Ok(Plain(CallerContext {
            customers: known.customers,
            contacts: known.contacts,
            addresses: known.addresses,
            purchase_records: known.purchase_records,
            installed_products: units.collect(),
            requests: dossiers.iter().map(|d| ServiceRequestView::of(d, tx)).collect(),
            open_requests: known.open_requests,
        }))
    })
    .await
}
