//! Calendars, policies and the priority matrix (domain.md 3.4).

use aftercare_domain::business_calendars::seed;
use aftercare_domain::kernel::Result;

use crate::db::Tx;

pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    super::add_missing(tx, seed::calendars(&at)?).await
}
