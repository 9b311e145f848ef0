//! Service types: how they are kept, found and referred to.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Column as _, Result, Violation};
use aftercare_domain::service_types::{ServiceType, ServiceTypeFilter};

use crate::Tx;
use crate::db::{ListBy, Table, Unique, Where, many, record};
use crate::dictionaries::text_of;
use crate::platform::references::{referable, usable};

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

/// The service type a member names; what is wrong with it is added to `wrong` (BD-2).
pub async fn refer(
    tx: &mut Tx<'_>,
    code: &WordCode,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<Option<ServiceType>> {
    let found = many(tx, "code = $1", vec![code.to_raw()]).await?;
    Ok(usable(found.into_iter().next(), pointer, wrong))
}

/// What the text search looks into.
fn search_text(kind: &ServiceType) -> String {
    text_of(kind.code.as_str(), &kind.name)
}
