//! What is told of an engineer besides his name: grade, regions, home, certificates (domain.md 3.9).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CERTIFICATE_TWICE, Engineer};
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, RegionCode, WordCode};
use crate::kernel::{Date, Money, Patch, Stamp, Violation};
use crate::requests::EngineerId;
use crate::shifts::PatrolTeam;
use crate::work_orders::Geo;
use crate::{id, json_columns};

/// A certificate an engineer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// What it allows, for example `work_at_height` (高处作业证).
    pub kind: WordCode,
    /// Its number.
    pub number: Label64,
    /// The last day it is valid.
    pub valid_until: Date,
}

/// What is told of an engineer besides his name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct EngineerProfile {
    /// His grade, 1 to 5.
    #[schema(required, minimum = 1, maximum = 5)]
    pub level: i64,
    /// The day he was hired.
    #[schema(required)]
    pub hired_on: Option<Date>,
    /// His patrol group.
    #[schema(required)]
    pub team: Option<PatrolTeam>,
    /// The region he lives in.
    #[schema(required)]
    pub home_region_code: Option<RegionCode>,
    /// The regions he serves, each with everything below it; empty for those of his outlet.
    #[schema(required, max_items = 200)]
    pub service_regions: Vec<RegionCode>,
    /// Where he sets out from.
    #[schema(required)]
    pub home: Option<Geo>,
    /// His certificates.
    #[schema(required, max_items = 30)]
    pub certificates: Vec<Certificate>,
    /// The bonus of a month at coefficient 1; not negative.
    #[schema(required)]
    pub base_bonus: Option<Money>,
}

json_columns!(EngineerProfile);

impl Default for EngineerProfile {
    fn default() -> EngineerProfile {
        EngineerProfile {
            level: 1,
            hired_on: None,
            team: None,
            home_region_code: None,
            service_regions: Vec::new(),
            home: None,
            certificates: Vec::new(),
            base_bonus: None,
        }
    }
}

/// A region an engineer was told to serve: kept beside his profile, so that who serves a region is one look.
#[derive(Clone, Debug)]
pub struct ServedRegion {
    /// Machine identifier.
    pub id: ServedRegionId,
    /// Who serves it.
    pub engineer_id: EngineerId,
    /// The region.
    pub region_code: RegionCode,
}

id!(ServedRegionId);

impl Engineer {
    /// That he serves a region.
    pub fn serves_region(&self, code: &RegionCode, at: &Stamp) -> ServedRegion {
        ServedRegion {
            id: ServedRegionId::next(at),
            engineer_id: self.id,
            region_code: code.clone(),
        }
    }
}

/// What may change of it; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"level": 3, "service_regions": ["510100"], "home": {"lat": 30.657, "lng": 104.08},
    "certificates": [{"kind": "work_at_height", "number": "T2026-0815", "valid_until": "2028-06-30"}]}))]
pub struct EngineerProfilePatch {
    /// His grade, 1 to 5.
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub level: Option<i64>,
    /// The day he was hired.
    #[schema(value_type = Option<Date>)]
    pub hired_on: Patch<Date>,
    /// His patrol group.
    #[schema(value_type = Option<PatrolTeam>)]
    pub team: Patch<PatrolTeam>,
    /// The region he lives in.
    #[schema(value_type = Option<RegionCode>)]
    pub home_region_code: Patch<RegionCode>,
    /// The regions he serves; replaces them all.
    #[schema(nullable = false, max_items = 200)]
    pub service_regions: Option<Vec<RegionCode>>,
    /// Where he sets out from.
    #[schema(value_type = Option<Geo>)]
    pub home: Patch<Geo>,
    /// His certificates; replaces them all.
    #[schema(nullable = false, max_items = 30)]
    pub certificates: Option<Vec<Certificate>>,
    /// The bonus of a month at coefficient 1; not negative.
    #[schema(value_type = Option<Money>)]
    pub base_bonus: Patch<Money>,
}

impl EngineerProfile {
    /// Applies a patch.
    pub fn revise(&mut self, patch: EngineerProfilePatch) {
        replace(patch.level, &mut self.level);
        patch.hired_on.onto(&mut self.hired_on);
        patch.team.onto(&mut self.team);
        patch.home_region_code.onto(&mut self.home_region_code);
        replace(patch.service_regions, &mut self.service_regions);
        patch.home.onto(&mut self.home);
        replace(patch.certificates, &mut self.certificates);
        patch.base_bonus.onto(&mut self.base_bonus);
    }

    /// What is wrong with it by itself: a grade out of range or a bonus below nothing (`out_of_range`), one
    /// certificate twice (`certificate_twice`).
    pub fn faults(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        if !(1..=5).contains(&self.level) {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/profile/level".to_owned())));
        }
        if self.base_bonus.is_some_and(|bonus| bonus.minor < 0) {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/profile/base_bonus/amount".to_owned())));
        }
        for (index, held) in self.certificates.iter().enumerate() {
            let is_same = |other: &Certificate| other.kind == held.kind && other.number == held.number;
            if self.certificates.iter().take(index).any(is_same) {
                let pointer = format!("#/profile/certificates/{index}");
                wrong.push(CERTIFICATE_TWICE.violation(Place::Pointer(pointer)));
            }
        }
        wrong
    }

    /// The last day a kind of certificate is valid, if he holds one at all.
    pub fn certified_until(&self, kind: &WordCode) -> Option<Date> {
        let held = self.certificates.iter().filter(|held| held.kind == *kind);
        held.map(|held| held.valid_until).max()
    }
}
