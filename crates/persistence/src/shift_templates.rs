//! Shift templates: how they are kept, found and referred to.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::shifts::ShiftTemplate;
use aftercare_domain::shifts::templates::ShiftTemplateFilter;

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;

const TABLE: Table = Table::new("shift_templates", "shift_template").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "shift_templates_code_key",
    columns: "shift_templates.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ShiftTemplate: TABLE =>
    id, code, name, start, end, kind, weekdays, is_active; meta; search = search_text
}

referable!(ShiftTemplate);

impl ListBy<ShiftTemplate> for ShiftTemplateFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("kind", self.kind);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(template: &ShiftTemplate) -> String {
    text_of(template.code.as_str(), &template.name)
}

/// The hours of a patrol: the first active template of its kind.
pub async fn of_patrol(tx: &mut Tx<'_>) -> Result<Option<ShiftTemplate>> {
    let found = many(
        tx,
        "kind = 'patrol' and is_active order by code limit 1",
        Vec::new(),
    )
    .await?;
    Ok(found.into_iter().next())
}
