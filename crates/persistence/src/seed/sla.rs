//! Calendars, policies and the priority matrix (domain.md 3.4).

use aftercare_domain::business_calendars::seed as calendars;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::sla::policy::SlaPolicy;
use aftercare_domain::sla::priority::PrioritySetting;
use aftercare_domain::sla::seed;

use crate::db::{Tx, many};
use crate::sla_policies;

pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    super::add_missing(tx, calendars::calendars(&at)?).await?;
    let policies = seeded_policies(tx).await?;
    super::add_missing(tx, policies).await?;
    sla_policies::add_versions(tx).await?;
    super::add_missing(tx, vec![PrioritySetting::seeded(&at)]).await
}

/// The seeded policies; where another one is the default already, it stays so.
async fn seeded_policies(tx: &mut Tx<'_>) -> Result<Vec<SlaPolicy>> {
    let present: Vec<SlaPolicy> = many(tx, "is_default = $1", vec![true.to_raw()]).await?;
    let mut seeded = seed::records(&tx.stamp())?;
    for policy in seeded.iter_mut().filter(|_| !present.is_empty()) {
        policy.step_down();
    }
    Ok(seeded)
}
