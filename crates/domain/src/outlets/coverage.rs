//! Who serves where, and where nobody does (OU-5, R-106).

use serde::Serialize;
use utoipa::ToSchema;

use super::ServiceOutlet;
use crate::kernel::I18n;
use crate::kernel::text::RegionCode;
use crate::product_categories::ProductCategoryId;
use crate::regions::{Region, RegionLevel, place_of};

/// Whether a list of regions contains a region or one above it.
pub fn reaches(served: &[RegionCode], region: &RegionCode) -> bool {
    let mut here = Some(region.clone());
    while let Some(code) = here {
        if served.contains(&code) {
            return true;
        }
        here = place_of(&code).1;
    }
    false
}

/// A category with everything above it, itself first.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The category and those above it.
    pub line: Vec<ProductCategoryId>,
}

/// A city nobody serves for a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageGap {
    /// The city.
    pub region_code: RegionCode,
    /// Its name.
    pub name: I18n,
    /// The categories of products nobody serves there.
    #[schema(min_items = 1, max_items = 500)]
    pub category_ids: Vec<ProductCategoryId>,
}

/// How many outlets serve a city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageCount {
    /// The city.
    pub region_code: RegionCode,
    /// Outlets that take work there.
    #[schema(minimum = 0)]
    pub outlets: i64,
}

/// Cities without an outlet that takes work, by category; in order of the code. A city counts as served when an outlet
/// serves the whole of it, or any county in it.
pub fn gaps(regions: &[Region], outlets: &[ServiceOutlet], categories: &[Lineage]) -> Vec<CoverageGap> {
    let mut found: Vec<CoverageGap> = cities(regions)
        .filter_map(|city| {
            let missing: Vec<ProductCategoryId> = categories
                .iter()
                .filter(|category| !outlets.iter().any(|o| is_there(o, city, &category.line)))
                .filter_map(|category| category.line.first().copied())
                .collect();
            let gap = CoverageGap {
                region_code: city.code.clone(),
                name: city.name.clone(),
                category_ids: missing,
            };
            (!gap.category_ids.is_empty()).then_some(gap)
        })
        .collect();
    found.sort_by(|a, b| a.region_code.cmp(&b.region_code));
    found
}

/// How many outlets take work in each city, for a map.
pub fn counts(regions: &[Region], outlets: &[ServiceOutlet]) -> Vec<CoverageCount> {
    let mut found: Vec<CoverageCount> = cities(regions)
        .map(|city| {
            let there = outlets.iter().filter(|outlet| is_there(outlet, city, &[]));
            CoverageCount {
                region_code: city.code.clone(),
                outlets: i64::try_from(there.count()).unwrap_or(i64::MAX),
            }
        })
        .collect();
    found.sort_by(|a, b| a.region_code.cmp(&b.region_code));
    found
}

fn cities(regions: &[Region]) -> impl Iterator<Item = &Region> {
    regions
        .iter()
        .filter(|region| region.is_active && region.level == RegionLevel::City)
}

fn is_there(outlet: &ServiceOutlet, city: &Region, lineage: &[ProductCategoryId]) -> bool {
    let serves_part = || {
        let is_within = |code: &RegionCode| place_of(code).1.as_ref() == Some(&city.code);
        outlet.service_regions.iter().any(is_within) && outlet.serves(None, lineage)
    };
    outlet.status.takes_work() && (outlet.serves(Some(&city.code), lineage) || serves_part())
}
