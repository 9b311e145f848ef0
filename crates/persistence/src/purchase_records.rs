//! Purchase records: how they are kept and found.

use aftercare_domain::purchase_records::PurchaseRecord;

use crate::customers::{OfCustomer, of_visible};
use crate::db::{ListBy, Table, Where, record};

const TABLE: Table = Table::new("purchase_records", "purchase_record").scoped(of_visible);

record! { PurchaseRecord: TABLE =>
    id, customer_id, product_id, model, quantity, purchased_on, invoice_no, invoice_price, dealer, order_no,
    source; meta
}

impl ListBy<PurchaseRecord> for OfCustomer {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "purchased_on"];

    fn apply(&self, w: &mut Where) {
        w.eq("customer_id", Some(self.0));
    }
}
