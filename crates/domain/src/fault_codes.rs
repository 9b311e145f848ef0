//! Fault codes: what was seen, how it failed, by which process, why, and what was done about it (BD-5).
//!
//! One code says one thing: symptom, mode, mechanism, cause or remedy, as ISO 14224 keeps them apart. What the machine
//! shows on its display is another matter and only stands beside the code.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, WordCode};
use crate::kernel::{Csv, I18n, Meta, Patch, RoleSet, Stamp};
use crate::product_categories::{BASE_KEEPERS, ProductCategoryId};
use crate::{id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(FaultCodeId);

label! {
    /// What a fault code speaks of.
    pub enum FaultCodeKind {
        /// 故障现象
        Symptom = "symptom",
        /// 故障模式
        Mode = "mode",
        /// 故障机理
        Mechanism = "mechanism",
        /// 故障原因
        Cause = "cause",
        /// 处理措施
        Remedy = "remedy",
    }
}

/// A fault code.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FaultCode {
    /// Machine identifier.
    pub id: FaultCodeId,
    /// Its code, unique within its kind, for example `refrigerant_leak`.
    pub code: WordCode,
    /// What it speaks of.
    pub kind: FaultCodeKind,
    /// Its name.
    pub name: I18n,
    /// The product category it occurs with; null if with any.
    #[schema(required)]
    pub category_id: Option<ProductCategoryId>,
    /// What the machine shows, for example `E6`.
    #[schema(required)]
    pub display_code: Option<Label64>,
    /// Whether it may appear on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a fault code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "communication_fault", "kind": "symptom", "name": {"zh": "通讯故障", "en": "Communication fault"}, "display_code": "E6"}))]
pub struct FaultCodeCreate {
    /// Its code, unique within its kind, for example `refrigerant_leak`.
    pub code: WordCode,
    /// What it speaks of.
    pub kind: FaultCodeKind,
    /// Its name.
    pub name: I18n,
    /// The product category it occurs with; null if with any.
    #[serde(default)]
    pub category_id: Option<ProductCategoryId>,
    /// What the machine shows, for example `E6`.
    #[serde(default)]
    pub display_code: Option<Label64>,
}

/// What may change on a fault code; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_active": false}))]
pub struct FaultCodePatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// The product category it occurs with; null if with any.
    #[schema(value_type = Option<ProductCategoryId>)]
    pub category_id: Patch<ProductCategoryId>,
    /// What the machine shows, for example `E6`.
    #[schema(value_type = Option<Label64>)]
    pub display_code: Patch<Label64>,
    /// Whether it may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of fault codes; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct FaultCodeFilter {
    /// The code, exactly.
    #[param(nullable = false)]
    pub code: Option<WordCode>,
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<FaultCodeKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<FaultCodeKind>>,
    /// The product category it occurs with.
    #[param(nullable = false)]
    pub category_id: Option<ProductCategoryId>,
    /// What the machine shows, exactly.
    #[param(nullable = false)]
    pub display_code: Option<Label64>,
    /// Words in code or names.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl FaultCode {
    /// A fault code that was not there before.
    pub fn register(cmd: FaultCodeCreate, at: &Stamp) -> FaultCode {
        FaultCode {
            id: FaultCodeId::next(at),
            code: cmd.code,
            kind: cmd.kind,
            name: cmd.name,
            category_id: cmd.category_id,
            display_code: cmd.display_code,
            is_active: true,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; code and kind never change.
    pub fn revise(&mut self, patch: FaultCodePatch) {
        replace(patch.name, &mut self.name);
        patch.category_id.onto(&mut self.category_id);
        patch.display_code.onto(&mut self.display_code);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "fault_codes:read" for RoleSet::ALL;
    Create = "fault_codes:create" for BASE_KEEPERS;
    Update = "fault_codes:update" for BASE_KEEPERS;
}
