//! What a unit is still good for: its policy, its agreement, and the rule that puts them together (CU-1, CU-2).

use aftercare_domain::installed_products::timeline::AgreedDays;
use aftercare_domain::installed_products::{
    InstalledProduct, TimelineEntry, WarrantyFacts, WarrantyState, timeline, warranty,
};
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::products::Product;
use aftercare_domain::warranty_policies::WarrantyPolicy;
use aftercare_persistence::{Tx, find, warranty_policies};

/// What a unit is good for on a day, and by which policy.
pub async fn state_of(
    tx: &mut Tx<'_>,
    unit: &InstalledProduct,
    at: Date,
) -> Result<(WarrantyState, Option<WarrantyPolicy>)> {
    let policy = policy_of(tx, unit).await?;
    let state = state_under(tx, unit, policy.as_ref(), at).await?;
    Ok((state, policy))
}

/// The same under a policy that was looked up before.
pub async fn state_under(
    tx: &mut Tx<'_>,
    unit: &InstalledProduct,
    policy: Option<&WarrantyPolicy>,
    at: Date,
) -> Result<WarrantyState> {
    let facts = WarrantyFacts {
        policy,
        is_under_agreement: is_under_agreement(tx, unit, at).await?,
        at,
        today: tx.today(),
    };
    Ok(warranty(unit, &facts))
}

/// Everything that happens to the promises of a unit, by day.
pub async fn timeline_of(
    tx: &mut Tx<'_>,
    unit: &InstalledProduct,
) -> Result<(Vec<TimelineEntry>, Option<WarrantyPolicy>)> {
    let policy = policy_of(tx, unit).await?;
    let facts = WarrantyFacts {
        policy: policy.as_ref(),
        is_under_agreement: false,
        at: tx.today(),
        today: tx.today(),
    };
    let agreed = agreed_days(tx, unit).await?;
    Ok((timeline(unit, &facts, &agreed), policy))
}

/// The policy of a unit: its own, else that of its product's category or of the nearest one above it.
pub async fn policy_of(tx: &mut Tx<'_>, unit: &InstalledProduct) -> Result<Option<WarrantyPolicy>> {
    if let Some(id) = unit.warranty_policy_id {
        return find(tx, id.0).await;
    }
    match find::<Product>(tx, unit.product_id.0).await? {
        Some(product) => warranty_policies::of_category(tx, product.category_id).await,
        None => Ok(None),
    }
}

/// Whether an active agreement covers a unit on a day; agreements are not kept yet.
pub async fn is_under_agreement(_: &mut Tx<'_>, _: &InstalledProduct, _: Date) -> Result<bool> {
    Ok(false)
}

/// The days agreements cover a unit; agreements are not kept yet.
async fn agreed_days(_: &mut Tx<'_>, _: &InstalledProduct) -> Result<Vec<AgreedDays>> {
    Ok(Vec::new())
}
