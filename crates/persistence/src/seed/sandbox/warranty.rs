//! What the demo company promises, and the units it sold (domain.md 6.2).

use aftercare_domain::addresses::AddressId;
use aftercare_domain::installed_products::{InstalledProduct, InstalledProductCreate, InstalledProductId};
use aftercare_domain::kernel::text::{Label64, MasterCode, WordCode};
use aftercare_domain::kernel::{Result, Stamp};
use aftercare_domain::purchase_records::PurchaseRecord;
use aftercare_domain::warranty_policies::{
    MainPartTerm, StartBasis, WarrantyPolicy, WarrantyPolicyCreate, WarrantyPolicyId,
};

use super::company::{i18n, numbered};
use super::data::{POLICIES, PROMISES};
use crate::seed::base::text;

/// How many units of one purchase are registered; the others are when they fail.
const OF_EACH: usize = 3;

/// The identifier of the policy a category promises.
pub(super) fn policy(category: &str) -> Option<WarrantyPolicyId> {
    let (_, code) = PROMISES.iter().find(|row| row.0 == category)?;
    let place = POLICIES.iter().position(|row| row.0 == *code)?;
    Some(WarrantyPolicyId(numbered(10, place)))
}

/// The identifier of a unit of the demo company: 0 is the air conditioner of 刘芳.
pub fn unit(place: usize) -> InstalledProductId {
    InstalledProductId(numbered(11, place))
}

/// The policies.
pub(super) fn policies(at: &Stamp) -> Result<Vec<WarrantyPolicy>> {
    let mut made = Vec::new();
    for (place, (code, zh, en, whole_months, part, months)) in POLICIES.iter().enumerate() {
        let cmd = WarrantyPolicyCreate {
            code: text(MasterCode::new(*code))?,
            name: i18n(zh, en)?,
            start_basis: StartBasis::Invoice,
            whole_months: *whole_months,
            main_part_months: vec![MainPartTerm {
                part_category: text(WordCode::new(*part))?,
                months: *months,
            }],
            free_on_site_months: None,
            refund_days: None,
            exchange_days: None,
            exchange_after_repairs: None,
            max_repair_days: None,
            max_parts_wait_days: None,
            depreciation_rate_per_day: None,
            excludes_consumables: None,
            depot_working_days: None,
            parts_free_years: None,
        };
        made.push(WarrantyPolicy {
            id: WarrantyPolicyId(numbered(10, place)),
            ..WarrantyPolicy::add(cmd, at)
        });
    }
    Ok(made)
}

/// The first units of a purchase, numbered from `first`.
pub(super) fn units(
    purchase: &PurchaseRecord,
    address: AddressId,
    code: &str,
    first: usize,
    at: &Stamp,
) -> Result<Vec<InstalledProduct>> {
    let count = usize::try_from(purchase.quantity).unwrap_or(OF_EACH).min(OF_EACH);
    let mut made = Vec::new();
    for n in (first..).take(count) {
        let cmd = InstalledProductCreate {
            serial_no: text(Label64::new(format!("{code}-{:05}", n.saturating_add(20_001))))?,
            product_id: purchase.product_id,
            customer_id: purchase.customer_id,
            address_id: Some(address),
            purchase_record_id: Some(purchase.id),
            purchased_on: Some(purchase.purchased_on),
            accepted_on: None,
            in_service_on: None,
            warranty_policy_id: None,
            criticality: None,
            external_refs: Vec::new(),
        };
        made.push(InstalledProduct {
            id: unit(n),
            ..InstalledProduct::register(cmd, purchase.purchased_on, at)
        });
    }
    Ok(made)
}
