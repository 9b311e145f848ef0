//! Fault codes: how they are kept, found and referred to.

use aftercare_domain::fault_codes::{FaultCode, FaultCodeFilter, FaultCodeKind};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, INACTIVE_REFERENCE, Place, Violation};
use aftercare_domain::kernel::text::{WordCode, search_fold};
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::work_orders::WRONG_FAULT_KIND;

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

/// A word said in the place of a kind. A word no code is made of stays a word (BD-5: an installation need not keep codes);
/// a code of the kind must be in use (BD-2), and one of another kind alone says something else.
pub async fn refer(
    tx: &mut Tx<'_>,
    kind: FaultCodeKind,
    code: &WordCode,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<()> {
    let known: Vec<FaultCode> = many(tx, "code = $1", vec![code.to_raw()]).await?;
    let refused = match known.iter().find(|fault| fault.kind == kind) {
        Some(fault) if fault.is_active => return Ok(()),
        Some(_) => &INACTIVE_REFERENCE,
        None if known.is_empty() => return Ok(()),
        None => &WRONG_FAULT_KIND,
    };
    wrong.push(refused.violation(Place::Pointer(pointer.to_owned())));
    Ok(())
}

/// What the text search looks into.
fn search_text(fault: &FaultCode) -> String {
    let shown = fault.display_code.as_ref().map_or("", |code| code.as_str());
    search_fold(&[&text_of(fault.code.as_str(), &fault.name), shown])
}
