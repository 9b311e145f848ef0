//! The policies of the law and of the usual pledges (domain.md 3.14).

use aftercare_domain::kernel::Result;
use aftercare_domain::warranty_policies::{WarrantyPolicy, seed};

use crate::{Tx, db};

/// Adds the policies that are missing.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp().as_system();
    let policies = seed::policies().into_iter();
    let policies: Vec<WarrantyPolicy> = policies.map(|cmd| WarrantyPolicy::add(cmd, &at)).collect();
    db::seed(tx, &policies).await
}
