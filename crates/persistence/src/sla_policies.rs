//! SLA policies: how they are kept, found and chosen; one of them is the default.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::sla::policy::explain::choose_agreed;
use aftercare_domain::sla::policy::{
    DEFAULT_POLICY_REQUIRED, Facts, SlaPolicy, SlaPolicyFilter, SlaPolicyId,
};

use crate::db::{IfMatch, ListBy, Table, Tx, Unique, Where, many, record};
use crate::platform::references::referable;

const TABLE: Table = Table::new("sla_policies", "sla_policy").unique(UNIQUES);
const UNIQUES: &[Unique] = &[
    Unique {
        constraint: "sla_policies_code_key",
        columns: "sla_policies.code",
        code: &DUPLICATE_CODE,
        pointer: "#/code",
    },
    Unique {
        constraint: "sla_policies_default_key",
        columns: "sla_policies.is_default",
        code: &DEFAULT_POLICY_REQUIRED,
        pointer: "#/is_default",
    },
];

record! { SlaPolicy: TABLE =>
    id, code, name, calendar_id, targets, warn_pct, applies_when, rank, is_default, allows_third_party, is_active;
    meta; search = text_of
}

referable!(SlaPolicy);

impl ListBy<SlaPolicy> for SlaPolicyFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code", "rank"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("calendar_id", self.calendar_id);
        w.eq("is_default", self.is_default);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(policy: &SlaPolicy) -> String {
    let en = policy.name.en.as_ref().map_or("", |en| en.as_str());
    search_fold(&[policy.code.as_str(), policy.name.zh.as_str(), en])
}

/// The policy, if it exists.
pub async fn known(tx: &mut Tx<'_>, id: SlaPolicyId) -> Result<Option<SlaPolicy>> {
    crate::find(tx, id.0).await
}

/// The policy a request with these facts gets; the one its agreement names goes first.
pub async fn choose(
    tx: &mut Tx<'_>,
    facts: &Facts,
    agreed: Option<SlaPolicyId>,
) -> Result<Option<SlaPolicy>> {
    let active: Vec<SlaPolicy> = many(tx, "is_active = $1 order by id", vec![true.to_raw()]).await?;
    Ok(choose_agreed(&active, facts, agreed).cloned())
}

/// Makes room for a policy that claims to be the default: the present one steps down.
pub async fn dethrone(tx: &mut Tx<'_>, heir: SlaPolicyId) -> Result<()> {
    let condition = "is_default = $1 and id <> $2 order by id";
    let present: Vec<SlaPolicy> = many(tx, condition, vec![true.to_raw(), heir.to_raw()]).await?;
    for policy in present {
        let mut policy: SlaPolicy = crate::get_for_update(tx, policy.id, &IfMatch::internal()).await?;
        policy.step_down();
        crate::update(tx, &mut policy).await?;
    }
    Ok(())
}
