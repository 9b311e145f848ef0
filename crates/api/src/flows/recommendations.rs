//! What a customer may be offered for his units: everything the rules ask for is gathered here (CU-7).

use std::collections::HashMap;

use aftercare_domain::customers::CustomerId;
use aftercare_domain::installed_products::{InstalledProduct, InstalledProductId, WarrantyStage};
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::products::{Product, ProductId};
use aftercare_domain::recommendations::{ProductOffer, Recommendation, UnitFacts, recommend};
use aftercare_domain::warranty_policies::WarrantyPolicy;
use aftercare_persistence::installed_products::in_place;
use aftercare_persistence::service_history::solved;
use aftercare_persistence::{Tx, find, get, product_categories, products};

use super::warranty;

/// How many units of a customer are looked at.
const UNITS: usize = 200;
/// How many recommendations are made, the strongest.
const MOST: usize = 200;
/// Service types that keep a unit well.
const MAINTAINING: [&str; 2] = ["maintain", "inspect"];

/// What is known of a product, the same for all its units.
struct Known {
    product: Product,
    life_years: Option<i64>,
    policy: Option<WarrantyPolicy>,
    offers: Vec<ProductOffer>,
}

/// What to offer a customer for the units he has, the strongest first.
pub async fn of_customer(
    tx: &mut Tx<'_>,
    id: CustomerId,
) -> Result<Vec<(InstalledProductId, Recommendation)>> {
    let mut known: HashMap<ProductId, Known> = HashMap::new();
    let mut found = Vec::new();
    for unit in in_place(tx, id, UNITS).await? {
        let product = match known.remove(&unit.product_id) {
            Some(product) => product,
            None => look_up(tx, unit.product_id).await?,
        };
        let facts = facts(tx, &unit, &product).await?;
        found.extend(recommend(&facts).into_iter().map(|offer| (unit.id, offer)));
        known.insert(unit.product_id, product);
    }
    found.sort_by_key(|(_, offer)| std::cmp::Reverse(offer.score));
    found.truncate(MOST);
    Ok(found)
}

async fn look_up(tx: &mut Tx<'_>, id: ProductId) -> Result<Known> {
    let product: Product = get(tx, id).await?;
    let line = product_categories::line(tx, product.category_id).await?;
    let policy = match line.iter().find_map(|category| category.warranty_policy_id) {
        Some(id) => find(tx, id.0).await?,
        None => None,
    };
    let alike = products::of_category(tx, product.category_id).await?;
    let offer = |product: Product| ProductOffer {
        product_id: product.id,
        list_price: product.list_price,
        released_on: product.released_on,
        is_active: product.is_active,
    };
    Ok(Known {
        life_years: line.iter().find_map(|category| category.life_years),
        offers: alike.into_iter().map(offer).collect(),
        policy,
        product,
    })
}

async fn facts(tx: &mut Tx<'_>, unit: &InstalledProduct, known: &Known) -> Result<UnitFacts> {
    let policy = match unit.warranty_policy_id {
        Some(id) => find(tx, id.0).await?,
        None => known.policy.clone(),
    };
    let today = tx.today();
    let state = warranty::state_under(tx, unit, policy.as_ref(), today).await?;
    let jobs = solved(tx, unit.id).await?;
    let mut paid_repairs: Vec<Date> = Vec::new();
    for (_, on) in jobs.iter().filter(|(service, _)| service == "repair") {
        // Charges are not kept yet: what nothing covered on its day, the customer paid for.
        let then = warranty::state_under(tx, unit, policy.as_ref(), *on).await?;
        if then.stage == WarrantyStage::OutOfWarranty {
            paid_repairs.push(*on);
        }
    }
    let maintained = jobs
        .iter()
        .filter(|(service, _)| MAINTAINING.contains(&service.as_str()));
    Ok(UnitFacts {
        today,
        product_id: unit.product_id,
        list_price: known.product.list_price,
        since: unit.since(),
        warranty_until: state.whole_until,
        is_under_agreement: warranty::is_under_agreement(tx, unit, today).await?,
        paid_repairs,
        life_years: known.life_years,
        maintained_on: maintained.map(|(_, on)| *on).max(),
        // Intervals of consumables are not kept yet.
        consumables: Vec::new(),
        offers: known.offers.clone(),
    })
}
