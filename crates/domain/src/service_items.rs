//! Service items: the pieces of work a service is made of, with the time they usually take.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{ItemCode, Label64, MasterCode, WordCode};
use crate::kernel::{I18n, Meta, Patch, RoleSet, Stamp};
use crate::product_categories::BASE_KEEPERS;
use crate::{id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ServiceItemId);

/// A service item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceItem {
    /// Machine identifier.
    pub id: ServiceItemId,
    /// Its code, for example `AC-CLEAN`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// What it is counted in: an item of dictionary `unit`, for example `piece`.
    pub unit: ItemCode,
    /// How many minutes of work one unit usually takes.
    #[schema(minimum = 0, maximum = 100_000)]
    pub std_minutes: i64,
    /// The service type it belongs to, for example `maintain`; null if to several.
    #[schema(required)]
    pub service_type: Option<WordCode>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a service item.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "AC-CLEAN", "name": {"zh": "空调清洗", "en": "Cleaning an air conditioner"}, "unit": "piece", "std_minutes": 45, "service_type": "maintain"}))]
pub struct ServiceItemCreate {
    /// Its code, for example `AC-CLEAN`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// What it is counted in: an item of dictionary `unit`, for example `piece`.
    pub unit: ItemCode,
    /// How many minutes of work one unit usually takes.
    #[schema(minimum = 0, maximum = 100_000)]
    pub std_minutes: i64,
    /// The service type it belongs to, for example `maintain`; null if to several.
    #[serde(default)]
    pub service_type: Option<WordCode>,
}

/// What may change on a service item; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_active": false}))]
pub struct ServiceItemPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// What it is counted in: an item of dictionary `unit`, for example `piece`.
    #[schema(nullable = false)]
    pub unit: Option<ItemCode>,
    /// How many minutes of work one unit usually takes.
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    pub std_minutes: Option<i64>,
    /// The service type it belongs to, for example `maintain`; null if to several.
    #[schema(value_type = Option<WordCode>)]
    pub service_type: Patch<WordCode>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of service items; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ServiceItemFilter {
    /// The code, exactly.
    #[param(nullable = false)]
    pub code: Option<MasterCode>,
    /// The service type it belongs to.
    #[param(nullable = false)]
    pub service_type: Option<WordCode>,
    /// Words in code or names.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ServiceItem {
    /// A service item that was not there before.
    pub fn register(cmd: ServiceItemCreate, at: &Stamp) -> ServiceItem {
        ServiceItem {
            id: ServiceItemId::next(at),
            code: cmd.code,
            name: cmd.name,
            unit: cmd.unit,
            std_minutes: cmd.std_minutes,
            service_type: cmd.service_type,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code never changes.
    pub fn revise(&mut self, patch: ServiceItemPatch) {
        replace(patch.name, &mut self.name);
        replace(patch.unit, &mut self.unit);
        replace(patch.std_minutes, &mut self.std_minutes);
        patch.service_type.onto(&mut self.service_type);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "service_items:read" for RoleSet::ALL;
    Create = "service_items:create" for BASE_KEEPERS;
    Update = "service_items:update" for BASE_KEEPERS;
}
