//! Fault codes: how they are kept, found and referred to.

use aftercare_domain::fault_codes::{FaultCode, FaultCodeFilter, FaultCodeKind};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, INACTIVE_REFERENCE, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::{WordCode, search_fold};
use aftercare_domain::kernel::{Column as _, Result};

use crate::Tx;
use crate::db::{ListBy, Table, Unique, Where, many, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;

const TABLE: Table = Table::new("fault_codes", "fault_code").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "fault_codes_code_key",
    columns: "fault_codes.kind, fault_codes.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { FaultCode: TABLE =>
    id, code, kind, name, category_id, display_code, is_active; meta; search = search_text
}

referable!(FaultCode);

impl ListBy<FaultCode> for FaultCodeFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.any("kind", self.kind.as_ref());
        w.eq("category_id", self.category_id);
        w.eq("display_code", self.display_code.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// The code of a kind a new record names: `unknown_reference` or `inactive_reference` at the pointer otherwise (BD-2).
pub async fn require(
    tx: &mut Tx<'_>,
    kind: FaultCodeKind,
    code: &WordCode,
    pointer: &str,
) -> Result<FaultCode> {
    let args = vec![kind.to_raw(), code.to_raw()];
    let found: Vec<FaultCode> = many(tx, "kind = $1 and code = $2", args).await?;
    match found.into_iter().next() {
        None => Err(UNKNOWN_REFERENCE.at(pointer)),
        Some(fault) if !fault.is_active => Err(INACTIVE_REFERENCE.at(pointer)),
        Some(fault) => Ok(fault),
    }
}

/// What the text search looks into.
fn search_text(fault: &FaultCode) -> String {
    let shown = fault.display_code.as_ref().map_or("", |code| code.as_str());
    search_fold(&[&text_of(fault.code.as_str(), &fault.name), shown])
}
