//! Service items: how they are kept, found and referred to.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::service_items::{ServiceItem, ServiceItemFilter};

use crate::db::{ListBy, Table, Unique, Where, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;

const TABLE: Table = Table::new("service_items", "service_item").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "service_items_code_key",
    columns: "service_items.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ServiceItem: TABLE =>
    id, code, name, unit, std_minutes, service_type, is_active; meta; search = search_text
}

referable!(ServiceItem);

impl ListBy<ServiceItem> for ServiceItemFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("service_type", self.service_type.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(item: &ServiceItem) -> String {
    text_of(item.code.as_str(), &item.name)
}
