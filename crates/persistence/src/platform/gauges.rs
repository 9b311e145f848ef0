//! What an operator watches: how far behind the work is.

use aftercare_domain::kernel::Result;

use crate::db::{Tx, sql};

/// How many events wait for their number, exact up to ten thousand.
pub async fn unnumbered_events(tx: &mut Tx<'_>) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from (select 1 as one from outbox where seq is null limit 10000) as bounded"
    ))
    .await
}
