//! Who serves where, and where nobody does (OU-5, R-106).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ServiceOutlet;
use crate::kernel::I18n;
use crate::kernel::text::RegionCode;
use crate::product_categories::{ProductCategory, ProductCategoryId};
use crate::regions::{Region, RegionLevel, place_of};

/// A region and those above it, itself first.
pub fn line_of(region: &RegionCode) -> Vec<RegionCode> {
    std::iter::successors(Some(region.clone()), |code| place_of(code).1).collect()
}

/// Whether a list of regions contains a region or one above it.
pub fn reaches(served: &[RegionCode], region: &RegionCode) -> bool {
    line_of(region).iter().any(|code| served.contains(code))
}

/// A category with everything above it, itself first.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The category and those above it.
    pub line: Vec<ProductCategoryId>,
}

/// Every category nothing is below, with its line; or one category alone, whatever is below it.
pub fn lineages(categories: &[ProductCategory], only: Option<ProductCategoryId>) -> Vec<Lineage> {
    let above = |id: ProductCategoryId| {
        let found = categories.iter().find(|category| category.id == id);
        found.and_then(|category| category.parent_id)
    };
    let is_parent = |id: ProductCategoryId| {
        let mut active = categories.iter().filter(|category| category.is_active);
        active.any(|category| category.parent_id == Some(id))
    };
    let is_wanted = |category: &&ProductCategory| match only {
        Some(only) => category.id == only,
        None => category.is_active && !is_parent(category.id),
    };
    let wanted = categories.iter().filter(is_wanted);
    wanted
        .map(|category| Lineage {
            // No tree is deeper; a circle would have no end.
            line: std::iter::successors(Some(category.id), |id| above(*id))
                .take(16)
                .collect(),
        })
        .collect()
}

/// A city: how many outlets take work there, and for which categories of products none does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CityCoverage {
    /// The city.
    pub region_code: RegionCode,
    /// Its name.
    pub name: I18n,
    /// Outlets that take work there.
    #[schema(minimum = 0, maximum = 10_000)]
    pub outlets: i64,
    /// The categories of products nobody serves there.
    #[schema(max_items = 2000)]
    pub missing_category_ids: Vec<ProductCategoryId>,
}

/// Narrows the report on coverage; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CoverageFilter {
    /// This city, or the cities of this province.
    #[param(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// For this category of products alone.
    #[param(nullable = false)]
    pub product_category_id: Option<ProductCategoryId>,
    /// Cities that are served as well.
    #[param(nullable = false)]
    pub with_served: Option<bool>,
}

/// What is served in each city, in order of the code. A city counts as served when an outlet serves the whole of it, or
/// any county in it.
pub fn cover(regions: &[Region], outlets: &[ServiceOutlet], categories: &[Lineage]) -> Vec<CityCoverage> {
    let at_work: Vec<&ServiceOutlet> = outlets.iter().filter(|it| it.status.takes_work()).collect();
    let mut found: Vec<CityCoverage> = cities(regions)
        .map(|city| {
            let there: Vec<&&ServiceOutlet> = at_work.iter().filter(|it| is_there(it, city)).collect();
            let is_missing = |category: &&Lineage| !there.iter().any(|it| it.serves(None, &category.line));
            let missing = categories.iter().filter(is_missing);
            CityCoverage {
                region_code: city.code.clone(),
                name: city.name.clone(),
                outlets: i64::try_from(there.len()).unwrap_or(i64::MAX),
                missing_category_ids: missing.filter_map(|it| it.line.first().copied()).collect(),
            }
        })
        .collect();
    found.sort_by(|a, b| a.region_code.cmp(&b.region_code));
    found
}

impl CoverageFilter {
    /// Whether a city is told of.
    pub fn lets(&self, city: &CityCoverage) -> bool {
        let is_place = |place: &RegionCode| line_of(&city.region_code).contains(place);
        let is_asked = self.with_served == Some(true) || !city.missing_category_ids.is_empty();
        is_asked && self.region_code.as_ref().is_none_or(is_place)
    }
}

fn cities(regions: &[Region]) -> impl Iterator<Item = &Region> {
    regions
        .iter()
        .filter(|region| region.is_active && region.level == RegionLevel::City)
}

fn is_there(outlet: &ServiceOutlet, city: &Region) -> bool {
    let is_within = |code: &RegionCode| place_of(code).1.as_ref() == Some(&city.code);
    reaches(&outlet.service_regions, &city.code) || outlet.service_regions.iter().any(is_within)
}
