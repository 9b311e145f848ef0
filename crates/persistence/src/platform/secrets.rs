//! Secrets every replica shares, made once.

use aftercare_domain::kernel::Result;

use crate::db::{Tx, sql};

/// The secret of this name; the given one if there was none. Replicas that start together agree on the first.
pub async fn keep(tx: &mut Tx<'_>, name: &'static str, fresh: &str) -> Result<String> {
    tx.exec(sql!(
        "insert into secrets (name, value) values ($1, $2) on conflict (name) do nothing",
        name.to_owned(),
        fresh.to_owned()
    ))
    .await?;
    tx.scalar(sql!("select value from secrets where name = $1", name.to_owned()))
        .await
}
