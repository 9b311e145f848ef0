//! Agreement templates: how they are kept, found and referred to.

use aftercare_domain::agreement_templates::{AgreementTemplate, AgreementTemplateFilter};
use aftercare_domain::kernel::error::DUPLICATE_CODE;

use crate::db::{ListBy, Table, Unique, Where, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;

const TABLE: Table = Table::new("agreement_templates", "agreement_template").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "agreement_templates_code_key",
    columns: "agreement_templates.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { AgreementTemplate: TABLE =>
    id, code, name, agreement_type, sla_policy_id, terms, service_items, fee_mode, price, exchange_after_repairs,
    inspection_rule, is_active; meta; search = search_text
}

referable!(AgreementTemplate);

impl ListBy<AgreementTemplate> for AgreementTemplateFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("agreement_type", self.agreement_type);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(template: &AgreementTemplate) -> String {
    text_of(template.code.as_str(), &template.name)
}
