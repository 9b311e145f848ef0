//! Rules of automatic dispatch: how they are kept and found, and whose turn it is to choose.

use aftercare_domain::dispatch::rules::{DispatchRule, DispatchRuleFilter};
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE_CODE;

use crate::db::{ListBy, Sql, Table, Tx, Unique, Where, dialect, many, record};
use crate::dictionaries::text_of;

const TABLE: Table = Table::new("dispatch_rules", "dispatch_rule").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "dispatch_rules_code_key",
    columns: "dispatch_rules.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { DispatchRule: TABLE =>
    id, code, name, sort, service_types, region_codes, emergencies_only, mode, least_score, is_active;
    meta; search = search_text
}

impl ListBy<DispatchRule> for DispatchRuleFilter {
    const SORTS: &'static [&'static str] = &["sort", "code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("mode", self.mode);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(rule: &DispatchRule) -> String {
    text_of(rule.code.as_str(), &rule.name)
}

/// The rules that count, in their order.
pub async fn in_force(tx: &mut Tx<'_>) -> Result<Vec<DispatchRule>> {
    many(tx, "is_active order by sort, id limit 1000", Vec::new()).await
}

/// Waits until nobody else lets the system choose: the second sees whom the first has sent. Ends with the unit of work.
///
/// Errors: `unavailable` among the units of a batch; the unit runs again, alone.
pub async fn take_turn(tx: &mut Tx<'_>) -> Result<()> {
    if tx.is_in_batch() {
        return Err(tx.step_out());
    }
    let suffix = dialect::for_update(tx);
    let text = format!("select id from dispatch_turns where id = 1{suffix}");
    tx.read(Sql::new(text, Vec::new()), |row| row.get::<i64>("id"))
        .await?;
    Ok(())
}
