//! Customers: how they are kept and found.

use aftercare_domain::customers::{Customer, CustomerFilter, CustomerId, DUPLICATE_CUSTOMER};
use aftercare_domain::kernel::Actor;
use aftercare_domain::kernel::text::search_fold;

use crate::db::{ListBy, Table, Unique, Where, record};
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
    sms_opt_out, credit_blocked, external_refs, custom_fields, is_active; meta; search = text_of
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
