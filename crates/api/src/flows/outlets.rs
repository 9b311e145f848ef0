//! What an outlet needs from other modules: places and categories that exist, what stands open against it.

use aftercare_domain::kernel::text::Label64;
use aftercare_domain::kernel::{Error, Patch, Result};
use aftercare_domain::outlets::{Clearance, ServiceOutlet, ServiceOutletCreate, ServiceOutletPatch};
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::{self as persistence, Tx, regions, service_outlets};

/// Enters an outlet that applies.
///
/// # Errors
/// What is wrong with it by itself, and every place or category that is unknown or inactive.
pub async fn apply(tx: &mut Tx<'_>, cmd: ServiceOutletCreate) -> Result<ServiceOutlet> {
    let account = cmd.bank_account.clone();
    let outlet = ServiceOutlet::apply(cmd, &tx.stamp());
    fit(tx, &outlet, None).await?;
    persistence::insert(tx, &outlet).await?;
    service_outlets::add_reach(tx, &outlet).await?;
    if account.is_some() {
        service_outlets::keep_account(tx, outlet.id, account.as_ref()).await?;
    }
    Ok(outlet)
}

/// Changes an outlet loaded for it.
///
/// # Errors
/// `outlet_ended`, and as [`apply`]; what it named before may stay.
pub async fn revise(tx: &mut Tx<'_>, outlet: &mut ServiceOutlet, patch: ServiceOutletPatch) -> Result<()> {
    outlet.may_change()?;
    let was = outlet.clone();
    let account: Patch<Label64> = patch.bank_account.clone();
    outlet.revise(patch);
    fit(tx, outlet, Some(&was)).await?;
    persistence::update(tx, outlet).await?;
    if outlet.external_refs != was.external_refs {
        external_refs::keep(tx, outlet).await?;
    }
    if outlet.service_regions != was.service_regions || outlet.category_ids != was.category_ids {
        service_outlets::keep_reach(tx, outlet).await?;
    }
    match account {
        Patch::Keep => Ok(()),
        given => service_outlets::keep_account(tx, outlet.id, given.set()).await,
    }
}

/// Refuses what is wrong with an outlet by itself, and new places and categories that are unknown or inactive.
async fn fit(tx: &mut Tx<'_>, outlet: &ServiceOutlet, was: Option<&ServiceOutlet>) -> Result<()> {
    let mut wrong = outlet.faults();
    if was.is_none_or(|was| was.region_code != outlet.region_code) {
        regions::refer(tx, &outlet.region_code, "#/region_code", &mut wrong).await?;
    }
    for (place, code) in outlet.service_regions.iter().enumerate() {
        if was.is_none_or(|was| !was.service_regions.contains(code)) {
            regions::refer(tx, code, &format!("#/service_regions/{place}"), &mut wrong).await?;
        }
    }
    if was.is_none_or(|was| was.category_ids != outlet.category_ids) {
        service_outlets::refer_categories(tx, &outlet.category_ids, &mut wrong).await?;
    }
    Error::all(wrong)
}

/// What stands against the end of an outlet; parts and statements are counted once they are kept.
pub async fn clearance(tx: &mut Tx<'_>, outlet: &ServiceOutlet) -> Result<Clearance> {
    Ok(Clearance {
        open_orders: service_outlets::open_orders(tx, outlet.id).await?,
        open_parts: 0,
        unpaid_statements: 0,
        is_deposit_held: outlet.deposit.is_some_and(|deposit| deposit.minor > 0),
    })
}
