//! What a unit is still good for: its policy, its agreement, and the rule that puts them together (CU-1, CU-2).

use aftercare_domain::installed_products::timeline::AgreedDays;
use aftercare_domain::installed_products::{
    InstalledProduct, TimelineEntry, WarrantyFacts, WarrantyState, timeline, warranty,
};
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::products::Product;
use aftercare_domain::service_agreements::{AgreementStatus, ServiceAgreement, UnitScope};
use aftercare_domain::warranty_policies::WarrantyPolicy;
use aftercare_persistence::service_agreements::of_customer;
use aftercare_persistence::{Tx, find, product_categories, warranty_policies};

use super::coverage;

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

/// What a unit is good for on a day by its policy alone.
pub async fn by_policy(tx: &mut Tx<'_>, unit: &InstalledProduct, at: Date) -> Result<WarrantyState> {
    let policy = policy_of(tx, unit).await?;
    let facts = WarrantyFacts {
        policy: policy.as_ref(),
        is_under_agreement: false,
        at,
        today: tx.today(),
    };
    Ok(warranty(unit, &facts))
}

/// Whether an active agreement of its owner covers a unit on a day.
pub async fn is_under_agreement(tx: &mut Tx<'_>, unit: &InstalledProduct, at: Date) -> Result<bool> {
    let scope = scope_of(tx, unit).await?;
    coverage::is_under_agreement(tx, unit.customer_id, &scope, at).await
}

/// A unit as agreements see it.
pub async fn scope_of(tx: &mut Tx<'_>, unit: &InstalledProduct) -> Result<UnitScope> {
    let product_category_ids = match find::<Product>(tx, unit.product_id.0).await? {
        Some(product) => product_categories::lineage(tx, product.category_id).await?,
        None => Vec::new(),
    };
    Ok(UnitScope {
        installed_product_id: Some(unit.id),
        product_category_ids,
    })
}

/// The days agreements of its owner cover a unit, those that were ended early up to that day.
async fn agreed_days(tx: &mut Tx<'_>, unit: &InstalledProduct) -> Result<Vec<AgreedDays>> {
    let signed = of_customer(tx, unit.customer_id).await?;
    if signed.is_empty() {
        return Ok(Vec::new());
    }
    let scope = scope_of(tx, unit).await?;
    let is_signed =
        |it: &&ServiceAgreement| !matches!(it.status, AgreementStatus::Draft | AgreementStatus::Submitted);
    let reaching = signed
        .iter()
        .filter(is_signed)
        .filter(|it| it.covers.reach(&scope).is_some());
    let days = reaching.map(|it| AgreedDays {
        from: it.starts_on,
        until: it.terminated_on.unwrap_or(it.ends_on),
    });
    Ok(days.collect())
}
