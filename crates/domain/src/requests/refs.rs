//! Names of records the loop points at but does not own.

use crate::id;

pub use crate::addresses::AddressId;
pub use crate::contacts::ContactId;
pub use crate::customers::CustomerId;
pub use crate::installed_products::InstalledProductId;
pub use crate::problem_types::ProblemTypeId;
pub use crate::products::ProductId;

id!(EngineerId, OutletId);
