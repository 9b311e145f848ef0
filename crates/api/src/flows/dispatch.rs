//! Whom a request can be given to (EN-2, A29).

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::requests::{EngineerId, Target};
use aftercare_persistence::{Tx, engineers, find, service_outlets};

/// The engineer of an assignment, with why he may not be available.
///
/// Errors: `unknown_reference` with the pointer.
pub async fn target(tx: &mut Tx<'_>, id: EngineerId, pointer: &str) -> Result<Target> {
    let engineer: Engineer = find(tx, id.0)
        .await?
        .ok_or_else(|| UNKNOWN_REFERENCE.at(pointer))?;
    let open_jobs = engineers::open_jobs(tx, id).await?;
    let mut unavailable = engineer.unavailable(open_jobs);
    // A suspended outlet gets no new work (domain.md 3.10).
    if let Some(outlet_id) = engineer.outlet_id
        && !service_outlets::takes_work(tx, outlet_id).await?
    {
        unavailable.push("outlet_not_in_service".to_owned());
    }
    Ok(Target {
        engineer_id: id,
        outlet_id: engineer.outlet_id,
        unavailable,
        is_standby: false,
    })
}
