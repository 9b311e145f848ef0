//! References: a new record points only at what exists, is visible and is in use (A36, BD-2).

use aftercare_domain::customers::CustomerId;
use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Column as _, Raw, Result, Violation};
use uuid::Uuid;

use crate::db::{Id, Record, Sql, Tx, find};

/// A record others point at.
pub trait Referable: Record {
    /// Whether new records may point at it.
    fn is_active(&self) -> bool;
}

/// Master data others point at: `referable!(Product, ProductCategory);`
macro_rules! referable {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::platform::references::Referable for $type {
            fn is_active(&self) -> bool {
                self.is_active
            }
        }
    )*};
}
pub(crate) use referable;

/// The record a member points at; what is wrong with it is added to `wrong`.
pub async fn refer<T: Referable>(
    tx: &mut Tx<'_>,
    id: impl Into<Id>,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<Option<T>> {
    let Id(id) = id.into();
    Ok(usable(find(tx, id).await?, pointer, wrong))
}

/// What a member points at, if it is there and in use; what is wrong with it is added to `wrong`.
///
/// It takes what was found, not what finding answered: a refusal of another kind has no way in.
pub(crate) fn usable<T: Referable>(found: Option<T>, pointer: &str, wrong: &mut Vec<Violation>) -> Option<T> {
    let code = match &found {
        None => &UNKNOWN_REFERENCE,
        Some(record) if !record.is_active() => &INACTIVE_REFERENCE,
        Some(_) => return found,
    };
    wrong.push(code.violation(Place::Pointer(pointer.to_owned())));
    None
}

/// A child a member points at must belong to the customer the command names; what is wrong is added to `wrong`.
pub async fn refer_child(
    tx: &mut Tx<'_>,
    table: &'static str,
    id: Option<Uuid>,
    customer_id: CustomerId,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let text = format!("select count(*) as value from {table} where id = $1 and customer_id = $2");
    let found: i64 = tx
        .scalar(Sql::new(text, vec![Raw::Uuid(Some(id)), customer_id.to_raw()]))
        .await?;
    if found == 0 {
        wrong.push(UNKNOWN_REFERENCE.violation(Place::Pointer(pointer.to_owned())));
    }
    Ok(())
}
