//! Customers: how they are kept and found.

use aftercare_domain::addresses::Address;
use aftercare_domain::contacts::Contact;
use aftercare_domain::customers::value::ValueFacts;
use aftercare_domain::customers::{Customer, CustomerFilter, CustomerId, DUPLICATE_CUSTOMER};
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column as _, Date, Result, Time};
use aftercare_domain::maintenance_proposals::MaintenanceProposal;
use aftercare_domain::notifications::Notification;
use aftercare_domain::purchase_records::PurchaseRecord;
use aftercare_domain::requests::ServiceRequest;
use aftercare_domain::service_agreements::ServiceAgreement;
use aftercare_domain::surveys::Survey;
use aftercare_domain::users::User;

use crate::db::{ListBy, Record, Table, Tx, Unique, Where, many, record, remember, sql, update};
use crate::platform::references::referable;
use crate::platform::visibility::of_customer;

const TABLE: Table = Table::new("customers", "customer")
    .scoped(visible)
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "customers_identity_key",
    columns: "customers.kind, customers.name, customers.phone",
    code: &DUPLICATE_CUSTOMER,
    pointer: "#/phone",
}];

record! { Customer: TABLE =>
    id, number, kind, name, class, phone, email, region_code, preferred_channel, language, tags,
    sms_opt_out, credit_blocked, external_refs, custom_fields, is_active, merged_into_id; meta; search = text_of
}

referable!(Customer);

impl ListBy<Customer> for CustomerFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "number", "name"];

    fn apply(&self, w: &mut Where) {
        w.any("kind", self.kind.as_ref());
        w.any("class", self.class.as_ref());
        w.eq("region_code", self.region_code.clone());
        w.eq("phone", self.phone.clone());
        w.eq("number", self.number.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// A customer sees himself, an engineer and an outlet the customers of requests they see.
fn visible(actor: &Actor, w: &mut Where) {
    of_customer("id", actor, w);
}

/// What belongs to a customer is seen with him.
pub(crate) fn of_visible(actor: &Actor, w: &mut Where) {
    of_customer("customer_id", actor, w);
}

/// What belongs to one customer.
pub struct OfCustomer(pub CustomerId);

/// What the text search looks into.
fn text_of(customer: &Customer) -> String {
    let email = customer.email.as_ref().map_or("", |email| email.as_str());
    search_fold(&[
        customer.name.as_str(),
        customer.phone.as_str(),
        customer.number.as_str(),
        email,
    ])
}

/// Everything that hangs on one customer goes to another; every record that moves is told as changed.
pub async fn move_all(tx: &mut Tx<'_>, from: CustomerId, into: CustomerId) -> Result<()> {
    let has_contact = !owned::<Contact>(tx, into).await?.is_empty();
    let has_address = !owned::<Address>(tx, into).await?.is_empty();
    moved(tx, from, |contact: &mut Contact| {
        contact.customer_id = into;
        // The customer who remains keeps whom we call and where we go first.
        contact.is_primary &= !has_contact;
    })
    .await?;
    moved(tx, from, |address: &mut Address| {
        address.customer_id = into;
        address.is_default &= !has_address;
    })
    .await?;
    moved(tx, from, |purchase: &mut PurchaseRecord| {
        purchase.customer_id = into;
    })
    .await?;
    moved(tx, from, |unit: &mut InstalledProduct| {
        unit.belongs_to(from, into);
    })
    .await?;
    moved(tx, from, |request: &mut ServiceRequest| {
        request.customer_id = into;
    })
    .await?;
    moved(tx, from, |agreement: &mut ServiceAgreement| {
        agreement.customer_id = into;
    })
    .await?;
    moved(tx, from, |proposal: &mut MaintenanceProposal| {
        proposal.customer_id = into;
    })
    .await?;
    moved(tx, from, |survey: &mut Survey| survey.customer_id = into).await?;
    moved(tx, from, |user: &mut User| user.customer_id = Some(into)).await?;
    moved(tx, from, |notice: &mut Notification| {
        notice.recipient.customer_id = Some(into);
    })
    .await
}

async fn owned<T: Record>(tx: &mut Tx<'_>, by: CustomerId) -> Result<Vec<T>> {
    many(tx, "customer_id = $1 order by id", vec![by.to_raw()]).await
}

async fn moved<T: Record>(tx: &mut Tx<'_>, from: CustomerId, change: impl Fn(&mut T)) -> Result<()> {
    for mut record in owned::<T>(tx, from).await? {
        remember(tx, &record);
        change(&mut record);
        update(tx, &mut record).await?;
    }
    Ok(())
}

/// What is known of a customer's worth; `since` is the day 36 months ago.
pub async fn value_facts(tx: &mut Tx<'_>, of: CustomerId, since: Date) -> Result<ValueFacts> {
    let zone = tx.zone();
    let heard = sql!(
        "select max(f.recorded_at) as at from follow_ups f join service_requests r on r.id = f.service_request_id
          where r.customer_id = $1 and f.status = 'dissatisfied'",
        of
    );
    let heard: Vec<Option<Time>> = tx.read(heard, |row| row.get("at")).await?;
    let dissatisfied_on = heard.into_iter().flatten().next().map(|at| at.date_in(zone));
    let bought = sql!(
        "select max(purchased_on) as last_on, count(*) as times,
                cast(coalesce(sum(invoice_price_minor) filter (where invoice_price_currency = 'CNY'), 0) as bigint) as minor,
                count(*) filter (where purchased_on >= $1) as recent
           from purchase_records where customer_id = $2",
        since,
        of
    );
    let read = tx.read(bought, |row| {
        Ok(ValueFacts {
            customer_id: of,
            last_on: row.get("last_on")?,
            times: row.get("times")?,
            minor: row.get("minor")?,
            purchases_36_months: row.get("recent")?,
            dissatisfied_on,
        })
    });
    read.await?.into_iter().next().ok_or_else(|| INTERNAL.error())
}

/// How many customers there are, and how many of them lie below one: in recency, frequency and money.
pub async fn below(tx: &mut Tx<'_>, facts: &ValueFacts) -> Result<(i64, [i64; 3])> {
    let sql = sql!(
        "with sums as (
           select c.id, max(p.purchased_on) as last_on, count(p.id) as times,
                  cast(coalesce(sum(p.invoice_price_minor) filter (where p.invoice_price_currency = 'CNY'), 0) as bigint) as minor
             from customers c left join purchase_records p on p.customer_id = c.id
            where c.merged_into_id is null group by c.id
         ) select count(*) as total, count(*) filter (where last_on is null or last_on < $1) as older,
                  count(*) filter (where times < $2) as rarer, count(*) filter (where minor < $3) as poorer from sums",
        facts.last_on,
        facts.times,
        facts.minor
    );
    let read = tx.read(sql, |row| {
        // Who never bought stands below everybody who did, and nobody stands below him.
        let older = if facts.last_on.is_some() {
            row.get("older")?
        } else {
            0
        };
        Ok((row.get("total")?, [older, row.get("rarer")?, row.get("poorer")?]))
    });
    read.await?.into_iter().next().ok_or_else(|| INTERNAL.error())
}
