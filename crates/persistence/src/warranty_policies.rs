//! Warranty policies: how they are kept and found.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::product_categories::ProductCategoryId;
use aftercare_domain::warranty_policies::{WarrantyPolicy, WarrantyPolicyFilter};

use crate::db::{ListBy, Table, Tx, Unique, Where, find, record};
use crate::dictionaries::text_of;
use crate::platform::references::referable;
use crate::product_categories::line;

const TABLE: Table = Table::new("warranty_policies", "warranty_policy").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "warranty_policies_code_key",
    columns: "warranty_policies.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { WarrantyPolicy: TABLE =>
    id, code, name, start_basis, whole_months, main_part_months, free_on_site_months, refund_days, exchange_days,
    exchange_after_repairs, max_repair_days, max_parts_wait_days, depreciation_rate_per_day, excludes_consumables,
    depot_working_days, parts_free_years, is_active; meta; search = search_text
}

referable!(WarrantyPolicy);

impl ListBy<WarrantyPolicy> for WarrantyPolicyFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("start_basis", self.start_basis);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(policy: &WarrantyPolicy) -> String {
    text_of(policy.code.as_str(), &policy.name)
}

/// The policy of a category: its own, else that of the nearest category above it which has one.
pub async fn of_category(tx: &mut Tx<'_>, id: ProductCategoryId) -> Result<Option<WarrantyPolicy>> {
    let line = line(tx, id).await?;
    let nearest = line.iter().find_map(|category| category.warranty_policy_id);
    match nearest {
        Some(id) => find(tx, id.0).await,
        None => Ok(None),
    }
}
