//! Service types: what kind of service is asked for.
//!
//! The seeded ones are known to the rules by their codes; a house may add its own.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, WordCode};
use crate::kernel::{I18n, Meta, RoleSet, Stamp};
use crate::product_categories::BASE_KEEPERS;
use crate::{id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ServiceTypeId);

label! {
    /// What a service of this type is handled as.
    pub enum Creates {
        /// 服务请求
        ServiceRequest = "service_request",
        /// 投诉
        Complaint = "complaint",
    }
}

/// A service type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceType {
    /// Machine identifier.
    pub id: ServiceTypeId,
    /// Its code, for example `repair`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// What it is handled as.
    pub creates: Creates,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a service type.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "relocate", "name": {"zh": "移机", "en": "Relocation"}, "creates": "service_request"}))]
pub struct ServiceTypeCreate {
    /// Its code, for example `repair`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// What it is handled as.
    pub creates: Creates,
}

/// What may change on a service type; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_active": false}))]
pub struct ServiceTypePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of service types; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ServiceTypeFilter {
    /// The code, exactly.
    #[param(nullable = false)]
    pub code: Option<WordCode>,
    /// What it is handled as.
    #[param(nullable = false)]
    pub creates: Option<Creates>,
    /// Words in code or names.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl ServiceType {
    /// A service type that was not there before.
    pub fn register(cmd: ServiceTypeCreate, at: &Stamp) -> ServiceType {
        ServiceType {
            id: ServiceTypeId::next(at),
            code: cmd.code,
            name: cmd.name,
            creates: cmd.creates,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; the code and what it is handled as never change.
    pub fn revise(&mut self, patch: ServiceTypePatch) {
        replace(patch.name, &mut self.name);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "service_types:read" for RoleSet::ALL;
    Create = "service_types:create" for BASE_KEEPERS;
    Update = "service_types:update" for BASE_KEEPERS;
}
