//! SLA policies: how they are kept, found and chosen; one of them is the default.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::sla::policy::explain::choose_agreed;
use aftercare_domain::sla::policy::{
    CalendarId, DEFAULT_POLICY_REQUIRED, Facts, SlaPolicy, SlaPolicyFilter, SlaPolicyId, SlaPolicyVersion,
    SlaPolicyVersionFilter,
};

use crate::db::{IfMatch, ListBy, Table, Tx, Unique, Where, many, record, seed};
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

record! { SlaPolicyVersion: Table::new("sla_policy_versions", "sla_policy_version").part() =>
    id, sla_policy_id, version, calendar_id, body, valid_from
}

impl ListBy<SlaPolicyVersion> for SlaPolicyVersionFilter {
    const SORTS: &'static [&'static str] = &["version"];

    fn apply(&self, w: &mut Where) {
        w.eq("sla_policy_id", Some(self.sla_policy_id));
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

/// A version of the policy: as it stands while it is that one, else as it stood.
pub async fn pinned(tx: &mut Tx<'_>, id: SlaPolicyId, version: i64) -> Result<Option<SlaPolicy>> {
    match known(tx, id).await? {
        Some(policy) if policy.meta.version != version => {
            let condition = "sla_policy_id = $1 and version = $2";
            let args = vec![id.to_raw(), version.to_raw()];
            let found: Vec<SlaPolicyVersion> = many(tx, condition, args).await?;
            Ok(found.into_iter().next().map(|kept| kept.body).or(Some(policy)))
        }
        found => Ok(found),
    }
}

/// Keeps a new policy and its first version.
pub async fn add(tx: &mut Tx<'_>, policy: &SlaPolicy) -> Result<()> {
    crate::insert(tx, policy).await?;
    let version = SlaPolicyVersion::of(policy, &tx.stamp());
    crate::insert(tx, &version).await
}

/// Keeps the changes of a policy; what it was stays among its versions.
pub async fn change(tx: &mut Tx<'_>, policy: &mut SlaPolicy) -> Result<()> {
    let was = policy.meta.version;
    crate::update(tx, policy).await?;
    if policy.meta.version == was {
        return Ok(());
    }
    let version = SlaPolicyVersion::of(policy, &tx.stamp());
    crate::insert(tx, &version).await
}

/// Adds the present version of every policy that lacks it: those just seeded, and those from before versions were kept.
pub(crate) async fn add_versions(tx: &mut Tx<'_>) -> Result<()> {
    let condition = "not exists (select 1 from sla_policy_versions kept where kept.sla_policy_id = sla_policies.id \
                     and kept.version = sla_policies.version) order by id";
    let lacking: Vec<SlaPolicy> = many(tx, condition, Vec::new()).await?;
    let at = tx.stamp();
    let versions: Vec<_> = lacking
        .iter()
        .map(|policy| SlaPolicyVersion::of(policy, &at))
        .collect();
    if versions.is_empty() {
        return Ok(());
    }
    seed(tx, &versions).await
}

/// The policies there are, as far as a choice among them is explained.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<SlaPolicy>> {
    many(tx, "rank >= $1 order by rank, id limit 200", vec![0_i64.to_raw()]).await
}

/// The policies that count by a calendar: those in use as they read today, and as they read when they promised something
/// still open.
pub async fn counting_by(tx: &mut Tx<'_>, id: CalendarId) -> Result<Vec<SlaPolicy>> {
    let condition = "calendar_id = $1 and is_active = $2 order by id";
    let mut all: Vec<SlaPolicy> = many(tx, condition, vec![id.to_raw(), true.to_raw()]).await?;
    let condition = "calendar_id = $1 and exists (select 1 from sla_timers where \
                     sla_timers.policy_id = sla_policy_versions.sla_policy_id \
                     and sla_timers.policy_version = sla_policy_versions.version \
                     and stopped_at is null and sla_timers.status in ('running', 'paused')) order by id";
    let pinned: Vec<SlaPolicyVersion> = many(tx, condition, vec![id.to_raw()]).await?;
    all.extend(pinned.into_iter().map(|kept| kept.body));
    Ok(all)
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
        change(tx, &mut policy).await?;
    }
    Ok(())
}
