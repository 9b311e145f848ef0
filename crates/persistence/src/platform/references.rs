//! References: a new record points only at what exists, is visible and is in use (A36, BD-2).

use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Result, Violation};

use crate::db::{Id, Record, Tx, find};

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
    let found: Option<T> = find(tx, id).await?;
    let code = match &found {
        None => &UNKNOWN_REFERENCE,
        Some(record) if !record.is_active() => &INACTIVE_REFERENCE,
        Some(_) => return Ok(found),
    };
    wrong.push(code.violation(Place::Pointer(pointer.to_owned())));
    Ok(None)
}
