//! Whom a request can be given to (EN-2, A29).

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::requests::{EngineerId, Target};
use aftercare_persistence::{Tx, engineers, find};

/// The engineer of an assignment, with why he may not be available.
///
/// Errors: `unknown_reference` with the pointer.
pub async fn target(tx: &mut Tx<'_>, id: EngineerId, pointer: &str) -> Result<Target> {
    let engineer: Engineer = find(tx, id.0)
        .await?
        .ok_or_else(|| UNKNOWN_REFERENCE.at(pointer))?;
    let open_jobs = engineers::open_jobs(tx, id).await?;
    Ok(Target {
        engineer_id: id,
        outlet_id: engineer.outlet_id,
        unavailable: engineer.unavailable(open_jobs),
        is_standby: false,
    })
}
