//! Custom fields: how definitions are kept and found, and how values are held against them.

use aftercare_domain::custom_fields::{
    Circumstances, CustomField, CustomFieldFilter, CustomFieldTarget, CustomFields,
};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, NOT_FOUND, UNAVAILABLE};
use aftercare_domain::kernel::text::CustomFieldCode;
use aftercare_domain::kernel::{Column as _, Result};

use crate::Tx;
use crate::db::{IfMatch, ListBy, Table, Unique, Where, get_for_update, many, record, update};
use crate::dictionaries::text_of;

const TABLE: Table = Table::new("custom_fields", "custom_field")
    .keyed(&["code"])
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "custom_fields_code_key",
    columns: "custom_fields.code",
    code: &DUPLICATE_CODE,
    pointer: "#/key",
}];

record! { CustomField: TABLE =>
    id, code, target, key, label, kind, required, options, min, max, pattern, visible_to, applies_when,
    is_active, has_values; meta; search = search_text
}

impl ListBy<CustomField> for CustomFieldFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("target", self.target);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// The definition with this code; `not_found` if there is none.
pub async fn by_code(tx: &mut Tx<'_>, code: &CustomFieldCode) -> Result<CustomField> {
    let found = many(tx, "code = $1", vec![code.to_raw()]).await?;
    found.into_iter().next().ok_or_else(|| NOT_FOUND.error())
}

/// Holds the values of a record against the definitions of its target and notes which definitions are in use now.
///
/// Call it before a record with custom fields is kept; `before` is what the record held, if it was there (BD-4).
pub async fn check(
    tx: &mut Tx<'_>,
    target: CustomFieldTarget,
    values: &CustomFields,
    circumstances: &Circumstances,
    before: Option<&CustomFields>,
) -> Result<()> {
    let definitions: Vec<CustomField> = many(tx, "target = $1", vec![target.to_raw()]).await?;
    values.check(&definitions, circumstances, before)?;
    for field in definitions
        .iter()
        .filter(|field| !field.has_values && values.0.contains_key(field.key.as_str()))
    {
        let mut noted: CustomField = get_for_update(tx, field.id, &IfMatch::internal()).await?;
        if noted.kind != field.kind {
            // Someone gave the field another type meanwhile: the values were held against the old one.
            return Err(UNAVAILABLE.error());
        }
        noted.has_values = true;
        update(tx, &mut noted).await?;
    }
    Ok(())
}

/// What the text search looks into.
fn search_text(field: &CustomField) -> String {
    text_of(field.code.as_str(), &field.label)
}
