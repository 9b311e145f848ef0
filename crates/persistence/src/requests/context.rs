//! What is known of a telephone number.

use aftercare_domain::addresses::Address;
use aftercare_domain::contacts::Contact;
use aftercare_domain::customers::Customer;
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::text::Phone;
use aftercare_domain::kernel::{Column as _, Raw, Result};
use aftercare_domain::purchase_records::PurchaseRecord;
use aftercare_domain::requests::ServiceRequest;
use aftercare_domain::requests::members::RequestStatus;

use crate::db::{Sql, Tx, among, many, marks};
use uuid::Uuid;

/// Everything about the customers a number belongs to.
#[derive(Clone, Debug, Default)]
pub struct KnownCaller {
    /// The customers, the newest first.
    pub customers: Vec<Customer>,
    /// Their contacts.
    pub contacts: Vec<Contact>,
    /// Their addresses.
    pub addresses: Vec<Address>,
    /// Their purchases, the latest first.
    pub purchase_records: Vec<PurchaseRecord>,
    /// The units they have, those in service first, the newest first.
    pub installed_products: Vec<InstalledProduct>,
    /// Their last 20 requests, the newest first.
    pub requests: Vec<ServiceRequest>,
    /// How many of their requests are open.
    pub open_requests: i64,
}

/// What is known of a number; whoever asks sees every customer.
pub async fn of_phone(tx: &mut Tx<'_>, phone: &Phone) -> Result<KnownCaller> {
    let condition = "phone = $1 or id in (select customer_id from contacts where phone = $2) \
                     order by id desc limit 20";
    let customers: Vec<Customer> = many(tx, condition, vec![phone.to_raw(), phone.to_raw()]).await?;
    if customers.is_empty() {
        return Ok(KnownCaller::default());
    }
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.id.0).collect();
    let open = RequestStatus::ALL.iter().filter(|status| status.is_open());
    let words: Vec<String> = open.map(|status| format!("'{status}'")).collect();
    let text = format!(
        "select count(*) as value from service_requests where customer_id in ({}) and status in ({})",
        marks(1, ids.len()),
        words.join(", ")
    );
    Ok(KnownCaller {
        contacts: among(tx, "customer_id", &ids, "is_primary desc, id limit 200").await?,
        addresses: among(tx, "customer_id", &ids, "is_default desc, id limit 200").await?,
        purchase_records: among(tx, "customer_id", &ids, "purchased_on desc, id desc limit 200").await?,
        installed_products: among(
            tx,
            "customer_id",
            &ids,
            "retired_on is not null, id desc limit 200",
        )
        .await?,
        requests: among(tx, "customer_id", &ids, "created_at desc, id desc limit 20").await?,
        open_requests: tx
            .scalar(Sql::new(
                text,
                ids.iter().map(|id| Raw::Uuid(Some(*id))).collect(),
            ))
            .await?,
        customers,
    })
}
