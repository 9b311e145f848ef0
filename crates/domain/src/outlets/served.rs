//! What an outlet serves, as rows a list can look into, and its account, which no trail shows.

use crate::id;
use crate::kernel::Stamp;
use crate::kernel::text::{Label64, RegionCode};
use crate::product_categories::ProductCategoryId;
use crate::requests::OutletId;

use super::ServiceOutlet;

id!(OutletRegionId, OutletCategoryId);

/// A region an outlet names.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletRegion {
    /// Machine identifier.
    pub id: OutletRegionId,
    /// The outlet.
    pub outlet_id: OutletId,
    /// The region.
    pub region_code: RegionCode,
}

/// A category of products an outlet names.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletCategory {
    /// Machine identifier.
    pub id: OutletCategoryId,
    /// The outlet.
    pub outlet_id: OutletId,
    /// The category.
    pub category_id: ProductCategoryId,
}

/// The whole bank account of an outlet.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletAccount {
    /// The outlet.
    pub id: OutletId,
    /// The account.
    pub account: Label64,
}

impl ServiceOutlet {
    /// The regions it names, each once.
    pub fn regions(&self, at: &Stamp) -> Vec<OutletRegion> {
        let mut codes = self.service_regions.clone();
        codes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        codes.dedup();
        let row = |region_code| OutletRegion {
            id: OutletRegionId::next(at),
            outlet_id: self.id,
            region_code,
        };
        codes.into_iter().map(row).collect()
    }

    /// The categories it names, each once.
    pub fn categories(&self, at: &Stamp) -> Vec<OutletCategory> {
        let mut ids = self.category_ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let row = |category_id| OutletCategory {
            id: OutletCategoryId::next(at),
            outlet_id: self.id,
            category_id,
        };
        ids.into_iter().map(row).collect()
    }
}
