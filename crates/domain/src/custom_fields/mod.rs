//! Custom fields: members a house adds to requests, orders, complaints, customers and units (R-014, BD-4).
//!
//! A definition says of which records a field is a member, under which key, what its values may be and when it
//! applies. The values themselves stand in `custom_fields` of the record, exactly as they were given.

mod bounds;
#[cfg(test)]
mod tests;
mod values;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

pub use bounds::{Bound, ValuePattern};
pub use values::{Circumstances, CustomFields};

use crate::kernel::error::{IN_USE, INTERNAL, INVALID_VALUE, Place, REQUIRED, VALIDATION_FAILED};
use crate::kernel::patch::replace;
use crate::kernel::text::{CustomFieldCode, CustomFieldKey, Label64, WordCode};
use crate::kernel::{Code, Error, I18n, Meta, Patch, Result, Role, RoleSet, Stamp, Violation};
use crate::product_categories::ProductCategoryId;
use crate::{codes, id, json_columns, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(CustomFieldId);

label! {
    /// The records a custom field is a member of.
    pub enum CustomFieldTarget {
        /// 服务请求
        ServiceRequest = "service_request",
        /// 工单
        WorkOrder = "work_order",
        /// 投诉
        Complaint = "complaint",
        /// 客户
        Customer = "customer",
        /// 已售产品
        InstalledProduct = "installed_product",
    }
}

label! {
    /// What the values of a custom field are.
    pub enum CustomFieldType {
        /// 文本
        Text = "text",
        /// 数值
        Number = "number",
        /// 是否
        Bool = "bool",
        /// 日期
        Date = "date",
        /// 日期时间
        Datetime = "datetime",
        /// 单选
        Select = "select",
        /// 多选
        Multiselect = "multiselect",
    }
}

/// One choice of a select field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldOption {
    /// What stands in the record.
    pub value: Label64,
    /// What people read.
    pub label: I18n,
}

/// When a field applies; an empty one applies always.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldCondition {
    /// Only for this service type, for example `install`.
    #[serde(default)]
    pub service_type: Option<WordCode>,
    /// Only for products of this category or one below it.
    #[serde(default)]
    pub product_category_id: Option<ProductCategoryId>,
}

json_columns!(CustomFieldCondition);

/// The definition of a custom field.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CustomField {
    /// Machine identifier.
    pub id: CustomFieldId,
    /// Target and key together, for example `service_request.indoor_height_m`; names it in paths.
    pub code: CustomFieldCode,
    /// The records it is a member of.
    pub target: CustomFieldTarget,
    /// Its key in `custom_fields`.
    pub key: CustomFieldKey,
    /// What people read.
    pub label: I18n,
    /// What its values are; fixed once values exist.
    #[serde(rename = "type")]
    pub kind: CustomFieldType,
    /// Whether a record must have it where it applies.
    pub required: bool,
    /// The choices of a select or multiselect field.
    #[schema(max_items = 100)]
    pub options: Vec<CustomFieldOption>,
    /// The smallest number, or the fewest characters of a text.
    #[schema(required)]
    pub min: Option<Bound>,
    /// The largest number, or the most characters of a text.
    #[schema(required)]
    pub max: Option<Bound>,
    /// What a whole text must match.
    #[schema(required)]
    pub pattern: Option<ValuePattern>,
    /// The roles whose forms show it; none means all. It hides nothing from the API.
    #[schema(max_items = 17)]
    pub visible_to: Vec<Role>,
    /// When it applies.
    pub applies_when: CustomFieldCondition,
    /// Whether new records may have it.
    pub is_active: bool,
    /// Whether a record holds or held a value; the type is fixed then.
    pub has_values: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to define a custom field.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target": "service_request", "key": "indoor_height_m", "label": {"zh": "室内安装高度（米）", "en": "Indoor height (m)"},
    "type": "number", "required": true, "min": 0, "max": 60, "applies_when": {"service_type": "install"}
}))]
pub struct CustomFieldCreate {
    /// The records it is a member of.
    pub target: CustomFieldTarget,
    /// Its key in `custom_fields`.
    pub key: CustomFieldKey,
    /// What people read.
    pub label: I18n,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: CustomFieldType,
    /// Whether a record must have it where it applies.
    #[serde(default)]
    pub required: bool,
    /// The choices of a select or multiselect field.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub options: Vec<CustomFieldOption>,
    /// The smallest number, or the fewest characters of a text.
    #[serde(default)]
    pub min: Option<Bound>,
    /// The largest number, or the most characters of a text.
    #[serde(default)]
    pub max: Option<Bound>,
    /// What a whole text must match.
    #[serde(default)]
    pub pattern: Option<ValuePattern>,
    /// The roles whose forms show it; all if none.
    #[serde(default)]
    #[schema(max_items = 17)]
    pub visible_to: Vec<Role>,
    /// When it applies; always if absent.
    #[serde(default)]
    pub applies_when: CustomFieldCondition,
}

/// What may change on a custom field; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"required": false, "max": 45.5}))]
pub struct CustomFieldPatch {
    /// What people read.
    #[schema(nullable = false)]
    pub label: Option<I18n>,
    /// What its values are; 409 `in_use` once values exist.
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<CustomFieldType>,
    /// Whether a record must have it where it applies.
    #[schema(nullable = false)]
    pub required: Option<bool>,
    /// The choices; replaces them all.
    #[schema(nullable = false, max_items = 100)]
    pub options: Option<Vec<CustomFieldOption>>,
    /// The smallest number, or the fewest characters of a text.
    #[schema(value_type = Option<Bound>)]
    pub min: Patch<Bound>,
    /// The largest number, or the most characters of a text.
    #[schema(value_type = Option<Bound>)]
    pub max: Patch<Bound>,
    /// What a whole text must match.
    #[schema(value_type = Option<ValuePattern>)]
    pub pattern: Patch<ValuePattern>,
    /// The roles whose forms show it; replaces them all.
    #[schema(nullable = false, max_items = 17)]
    pub visible_to: Option<Vec<Role>>,
    /// When it applies; replaces the whole condition.
    #[schema(nullable = false)]
    pub applies_when: Option<CustomFieldCondition>,
    /// Whether new records may have it.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of custom fields; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CustomFieldFilter {
    /// The records it is a member of.
    #[param(nullable = false)]
    pub target: Option<CustomFieldTarget>,
    /// Words in code or label.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive ones only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl CustomField {
    /// A new definition.
    pub fn define(cmd: CustomFieldCreate, at: &Stamp) -> Result<CustomField> {
        let code = format!("{}.{}", cmd.target, cmd.key);
        let field = CustomField {
            id: CustomFieldId::next(at),
            code: CustomFieldCode::new(code).map_err(|_| INTERNAL.error())?,
            target: cmd.target,
            key: cmd.key,
            label: cmd.label,
            kind: cmd.kind,
            required: cmd.required,
            options: cmd.options,
            min: cmd.min,
            max: cmd.max,
            pattern: cmd.pattern,
            visible_to: cmd.visible_to,
            applies_when: cmd.applies_when,
            is_active: true,
            has_values: false,
            meta: Meta::new(at),
        };
        field.check()?;
        Ok(field)
    }

    /// Applies a patch; target and key never change, the type not once values exist (BD-4).
    pub fn revise(&mut self, patch: CustomFieldPatch) -> Result<()> {
        if self.has_values && patch.kind.is_some_and(|new| new != self.kind) {
            return Err(IN_USE
                .at("#/type")
                .because("Records hold values of this field.", "已有记录使用该字段的值。"));
        }
        replace(patch.label, &mut self.label);
        replace(patch.kind, &mut self.kind);
        replace(patch.required, &mut self.required);
        replace(patch.options, &mut self.options);
        patch.min.onto(&mut self.min);
        patch.max.onto(&mut self.max);
        patch.pattern.onto(&mut self.pattern);
        replace(patch.visible_to, &mut self.visible_to);
        replace(patch.applies_when, &mut self.applies_when);
        replace(patch.is_active, &mut self.is_active);
        self.check()
    }

    /// Whether the field is a member of a record under these circumstances.
    pub fn applies_to(&self, circumstances: &Circumstances) -> bool {
        let when = &self.applies_when;
        let is_service = when.service_type.is_none() || when.service_type == circumstances.service_type;
        let is_category = when
            .product_category_id
            .is_none_or(|id| circumstances.category_ids.contains(&id));
        is_service && is_category
    }

    fn offers(&self, choice: &str) -> bool {
        self.options.iter().any(|option| option.value.as_str() == choice)
    }

    fn choices(&self) -> Value {
        self.options.iter().map(|option| option.value.as_str()).collect()
    }

    /// Whether the definition makes sense: choices where one chooses, bounds and pattern where they mean something.
    fn check(&self) -> Result<()> {
        let mut wrong: Vec<Violation> = Vec::new();
        let mut refuse = |code: &'static Code, pointer: &str| {
            wrong.push(code.violation(Place::Pointer(pointer.to_owned())));
        };
        let is_choice = matches!(self.kind, CustomFieldType::Select | CustomFieldType::Multiselect);
        let is_measured = matches!(self.kind, CustomFieldType::Text | CustomFieldType::Number);
        match (is_choice, self.options.is_empty()) {
            (true, true) => refuse(&REQUIRED, "#/options"),
            (false, false) => refuse(&INVALID_VALUE, "#/options"),
            _ => {}
        }
        let values: Vec<&Label64> = self.options.iter().map(|option| &option.value).collect();
        if values
            .iter()
            .enumerate()
            .any(|(i, value)| values.iter().take(i).any(|other| other == value))
        {
            refuse(&INVALID_VALUE, "#/options");
        }
        for (bound, pointer) in [(&self.min, "#/min"), (&self.max, "#/max")] {
            if bound.is_some() && !is_measured {
                refuse(&INVALID_VALUE, pointer);
            }
        }
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && min.decimal() > max.decimal()
        {
            refuse(&BOUNDS_ORDER, "#/max");
        }
        if self.pattern.is_some() && self.kind != CustomFieldType::Text {
            refuse(&INVALID_VALUE, "#/pattern");
        }
        let never_applies = matches!(self.target, CustomFieldTarget::Customer);
        if never_applies && self.applies_when != CustomFieldCondition::default() {
            refuse(&INVALID_VALUE, "#/applies_when");
        }
        Error::all(wrong).map_err(|refusal| Error {
            code: &VALIDATION_FAILED,
            ..refusal
        })
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    UNKNOWN_CUSTOM_FIELD: Invalid = "unknown_custom_field", "No such custom field here", "此处没有该自定义字段";
    BOUNDS_ORDER: Invalid = "bounds_order", "The upper bound lies below the lower one", "上限不得小于下限";
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

/// Definitions shape every record, so only administrators write them.
const ADMIN: RoleSet = RoleSet::of(&[Role::Admin]);

permissions! {
    Read = "custom_fields:read" for RoleSet::ALL;
    Create = "custom_fields:create" for ADMIN;
    Update = "custom_fields:update" for ADMIN;
}
