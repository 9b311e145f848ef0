//! One customer under two records becomes one, with everything that hangs on him (CU-8).

use aftercare_domain::customers::{Customer, CustomerId};
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_persistence::customers::move_all;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::{IfMatch, Tx, find, get, get_for_update, update};

/// Makes `from` part of `into`; the customer that remains.
///
/// Errors: `unknown_reference` with the pointer, else as [`Customer::take_in`].
pub async fn customers(
    tx: &mut Tx<'_>,
    into: CustomerId,
    seen: &IfMatch,
    from: CustomerId,
) -> Result<Customer> {
    get::<Customer>(tx, into).await?;
    if find::<Customer>(tx, from.0).await?.is_none() {
        return Err(UNKNOWN_REFERENCE.at("#/from_id"));
    }
    // In the order of their identifiers, so that two merges at once wait instead of blocking each other.
    let any = IfMatch::internal();
    let (mut into, mut from): (Customer, Customer) = if from < into {
        let from = get_for_update(tx, from, &any).await?;
        (get_for_update(tx, into, seen).await?, from)
    } else {
        let into = get_for_update(tx, into, seen).await?;
        (into, get_for_update(tx, from, &any).await?)
    };
    let event = into.take_in(&mut from, &tx.stamp())?;
    update(tx, &mut from).await?;
    // His keys are free before the other one takes them.
    external_refs::keep(tx, &from).await?;
    update(tx, &mut into).await?;
    external_refs::keep(tx, &into).await?;
    move_all(tx, from.id, into.id).await?;
    tx.emit(event);
    Ok(into)
}
