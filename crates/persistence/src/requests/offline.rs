//! Operations told late, kept under the identifier of the device.

use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::work_orders::offline::{TOLD_MEANWHILE, ToldOperation};
use uuid::Uuid;

use crate::db::{Table, Tx, Unique, many, record};

const TABLE: Table = Table::new("offline_operations", "offline_operation")
    .part()
    .quiet()
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "offline_operations_client_key",
    columns: "offline_operations.user_id, offline_operations.client_id",
    code: &TOLD_MEANWHILE,
    pointer: "",
}];

record! { ToldOperation: TABLE =>
    id, user_id, client_id, work_order_id, action, outcome, version, code, occurred_at, told_at
}

/// What a user told under an identifier before.
pub async fn told_before(tx: &mut Tx<'_>, user_id: UserId, client_id: Uuid) -> Result<Option<ToldOperation>> {
    let args = vec![user_id.to_raw(), client_id.to_raw()];
    let found = many(tx, "user_id = $1 and client_id = $2", args).await?;
    Ok(found.into_iter().next())
}
