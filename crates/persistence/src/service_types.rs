//! Service types: how they are kept, found and referred to.

use aftercare_domain::kernel::error::{DUPLICATE_CODE, INACTIVE_REFERENCE, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::service_types::{ServiceType, ServiceTypeFilter};

use crate::Tx;
use crate::db::{ListBy, Table, Unique, Where, many, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;

const TABLE: Table = Table::new("service_types", "service_type").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "service_types_code_key",
    columns: "service_types.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ServiceType: TABLE =>
    id, code, name, creates, is_active; meta; search = search_text
}

referable!(ServiceType);

impl ListBy<ServiceType> for ServiceTypeFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("creates", self.creates);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// The service type a new record names: `unknown_reference` or `inactive_reference` at the pointer otherwise (BD-2).
pub async fn require(tx: &mut Tx<'_>, code: &WordCode, pointer: &str) -> Result<ServiceType> {
    let found: Vec<ServiceType> = many(tx, "code = $1", vec![code.to_raw()]).await?;
    match found.into_iter().next() {
        None => Err(UNKNOWN_REFERENCE.at(pointer)),
        Some(kind) if !kind.is_active => Err(INACTIVE_REFERENCE.at(pointer)),
        Some(kind) => Ok(kind),
    }
}

/// What the text search looks into.
fn search_text(kind: &ServiceType) -> String {
    text_of(kind.code.as_str(), &kind.name)
}
