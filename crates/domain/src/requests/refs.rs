//! Names of records the loop points at but does not own.

use crate::id;

pub use crate::customers::CustomerId;

id!(
    ContactId,
    AddressId,
    ProductId,
    ProblemTypeId,
    EngineerId,
    OutletId,
);
