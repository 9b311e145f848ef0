//! Regions: the administrative divisions of China by GB/T 2260.
//!
//! The code says where a region stands: two digits for the province, two for the city, two for the county. Codes and
//! names come with the product; what a service company adds is the grade, because work far from a central city costs
//! more to reach.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::error::{INVALID_FORMAT, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, RegionCode};
use crate::kernel::{I18n, Meta, RoleSet, Stamp, Violation};
use crate::product_categories::BASE_KEEPERS;
use crate::{id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(RegionId);

label! {
    /// The level of a region.
    pub enum RegionLevel {
        /// 省级
        Province = "province",
        /// 地级
        City = "city",
        /// 县级
        County = "county",
    }
}

label! {
    /// How far a region is from service, for the remote fee.
    pub enum RegionGrade {
        /// 中心城市
        CentralCity = "central_city",
        /// 其他
        Other = "other",
    }
}

/// A region.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Region {
    /// Machine identifier; the path speaks of the code.
    pub id: RegionId,
    /// Code of GB/T 2260, for example `510104`.
    pub code: RegionCode,
    /// Name in both languages.
    pub name: I18n,
    /// Province, city or county.
    pub level: RegionLevel,
    /// The region above; null for a province.
    #[schema(required)]
    pub parent_code: Option<RegionCode>,
    /// How far it is from service.
    pub grade: RegionGrade,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a region.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "510199", "name": {"zh": "天府新区"}}))]
pub struct RegionCreate {
    /// Code of GB/T 2260; the level and the region above follow from it.
    pub code: RegionCode,
    /// Name in both languages.
    pub name: I18n,
    /// How far it is from service; `other` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub grade: Option<RegionGrade>,
}

/// What may change on a region; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"grade": "central_city"}))]
pub struct RegionPatch {
    /// Name in both languages.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// How far it is from service.
    #[schema(nullable = false)]
    pub grade: Option<RegionGrade>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of regions; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct RegionFilter {
    /// Directly under this region.
    #[param(nullable = false)]
    pub parent_code: Option<RegionCode>,
    /// Of this level.
    #[param(nullable = false)]
    pub level: Option<RegionLevel>,
    /// Of this grade.
    #[param(nullable = false)]
    pub grade: Option<RegionGrade>,
    /// Words in code or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive regions only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

/// What the code of a region says: its level and the region above.
pub fn place_of(code: &RegionCode) -> (RegionLevel, Option<RegionCode>) {
    let text = code.as_str();
    let above = |kept: usize| {
        let head: String = text.chars().take(kept).collect();
        RegionCode::new(format!("{head:0<6}")).ok()
    };
    if text.ends_with("0000") {
        (RegionLevel::Province, None)
    } else if text.ends_with("00") {
        (RegionLevel::City, above(2))
    } else {
        (RegionLevel::County, above(4))
    }
}

impl Region {
    /// A new, active region where its code puts it.
    pub fn add(cmd: RegionCreate, at: &Stamp) -> Region {
        let (level, parent_code) = place_of(&cmd.code);
        Region {
            id: RegionId::next(at),
            code: cmd.code,
            name: cmd.name,
            level,
            parent_code,
            grade: cmd.grade.unwrap_or(RegionGrade::Other),
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; code, level and place never change.
    pub fn revise(&mut self, patch: RegionPatch) {
        replace(patch.name, &mut self.name);
        replace(patch.grade, &mut self.grade);
        replace(patch.is_active, &mut self.is_active);
    }

    /// What is wrong with its code by itself: no province begins with a zero (`invalid_format`).
    pub fn faults(&self) -> Vec<Violation> {
        let is_wrong = self.code.as_str().starts_with('0');
        is_wrong
            .then(|| INVALID_FORMAT.violation(Place::Pointer("#/code".to_owned())))
            .into_iter()
            .collect()
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "regions:read" for RoleSet::ALL;
    Create = "regions:create" for BASE_KEEPERS;
    Update = "regions:update" for BASE_KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_its_level_and_what_is_above() {
        let place = |code: &str| {
            let (level, above) = place_of(&RegionCode::new(code).unwrap());
            (level, above.map(|code| code.to_string()))
        };
        assert_eq!(place("510000"), (RegionLevel::Province, None));
        assert_eq!(place("510100"), (RegionLevel::City, Some("510000".to_owned())));
        assert_eq!(place("510104"), (RegionLevel::County, Some("510100".to_owned())));
    }
}
