//! Addresses: how they are kept and found.

use aftercare_domain::addresses::{Address, AddressId};
use aftercare_domain::customers::CustomerId;
use aftercare_domain::kernel::{Column as _, Result};

use crate::customers::{OfCustomer, of_visible};
use crate::db::{ListBy, Table, Tx, Where, many, record, remember, update};

const TABLE: Table = Table::new("addresses", "address").scoped(of_visible);

record! { Address: TABLE => id, customer_id, region_code, detail, lat, lng, is_default; meta }

impl ListBy<Address> for OfCustomer {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "region_code"];

    fn apply(&self, w: &mut Where) {
        w.eq("customer_id", Some(self.0));
    }
}

/// How many addresses a customer has besides one.
pub async fn others(tx: &mut Tx<'_>, customer_id: CustomerId, but: Option<AddressId>) -> Result<usize> {
    let all: Vec<Address> = many(
        tx,
        "customer_id = $1 order by id limit 2",
        vec![customer_id.to_raw()],
    )
    .await?;
    Ok(all.iter().filter(|address| Some(address.id) != but).count())
}

/// The default address steps down, so that another can step up.
pub async fn step_down(tx: &mut Tx<'_>, customer_id: CustomerId, for_which: AddressId) -> Result<()> {
    let default: Vec<Address> =
        many(tx, "customer_id = $1 and is_default", vec![customer_id.to_raw()]).await?;
    for mut address in default.into_iter().filter(|address| address.id != for_which) {
        remember(tx, &address);
        address.is_default = false;
        update(tx, &mut address).await?;
    }
    Ok(())
}
