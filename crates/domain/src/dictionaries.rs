//! Dictionaries: the words people choose from (R-012, BD-1, BD-2).
//!
//! A dictionary is a list of items with codes that never change and names that may. An extensible one takes a new
//! item from whoever works with it, in the middle of the work. What a record once said stays said: an item of a
//! system dictionary is never deleted, only retired.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::kernel::error::{INSUFFICIENT_SCOPE, INVALID_TYPE, VALIDATION_FAILED};
use crate::kernel::patch::replace;
use crate::kernel::text::{ItemCode, Label64, WordCode, open_object};
use crate::kernel::{I18n, Meta, Result, Role, RoleSet, Stamp};
use crate::{codes, id, json_columns, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(DictionaryId, DictionaryItemId);

/// A dictionary.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Dictionary {
    /// Machine identifier.
    pub id: DictionaryId,
    /// Its code, for example `hold_reason`.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// Whether staff may add items while they work.
    pub extensible: bool,
    /// Whether the system itself relies on it: its items are never deleted.
    pub system: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// One word of a dictionary.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DictionaryItem {
    /// Machine identifier.
    pub id: DictionaryItemId,
    /// The dictionary it stands in.
    pub dictionary_code: WordCode,
    /// Its code, unique in the dictionary.
    pub code: ItemCode,
    /// Its name.
    pub name: I18n,
    /// Where it stands among the others; small comes first.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub sort: i64,
    /// What the system knows of it besides its name, for example `pauses_sla` of a hold reason.
    pub attributes: Attributes,
    /// Whether it may be chosen on new records.
    pub is_active: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Properties of an item by name, at most 4 KiB as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Attributes(pub Map<String, Value>);

/// The most the attributes of one item may take, in bytes of JSON.
const ATTRIBUTES_MAX: usize = 4096;

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let bytes = serde_json::to_string(&members).map_or(usize::MAX, |text| text.len());
        if bytes > ATTRIBUTES_MAX {
            return Err(serde::de::Error::custom(format!(
                "expected at most {ATTRIBUTES_MAX} bytes of JSON, got {bytes}"
            )));
        }
        Ok(Attributes(members))
    }
}

json_columns!(Attributes);

impl PartialSchema for Attributes {
    fn schema() -> RefOr<Schema> {
        open_object("Properties of an item by name, at most 4 KiB as JSON.")
    }
}

impl ToSchema for Attributes {
    fn name() -> Cow<'static, str> {
        "Attributes".into()
    }
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a dictionary.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "building_kind", "name": {"zh": "建筑类型", "en": "Kind of building"}, "extensible": true}))]
pub struct DictionaryCreate {
    /// Its code.
    pub code: WordCode,
    /// Its name.
    pub name: I18n,
    /// Whether staff may add items while they work.
    #[serde(default)]
    pub extensible: bool,
}

/// What may change on a dictionary; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"extensible": true}))]
pub struct DictionaryPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// Whether staff may add items while they work.
    #[schema(nullable = false)]
    pub extensible: Option<bool>,
}

/// What is needed to add an item.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "rainstorm", "name": {"zh": "暴雨", "en": "Rainstorm"}}))]
pub struct DictionaryItemCreate {
    /// Its code.
    pub code: ItemCode,
    /// Its name.
    pub name: I18n,
    /// Where it stands; behind the seeded ones if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    pub sort: Option<i64>,
    /// Properties.
    #[serde(default)]
    pub attributes: Attributes,
}

/// What may change on an item; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_active": false}))]
pub struct DictionaryItemPatch {
    /// Its name.
    #[schema(nullable = false)]
    pub name: Option<I18n>,
    /// Where it stands.
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    pub sort: Option<i64>,
    /// Properties; replaces them all.
    #[schema(nullable = false)]
    pub attributes: Option<Attributes>,
    /// Whether it may be chosen on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of dictionaries; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DictionaryFilter {
    /// Those staff may add to, or the others.
    #[param(nullable = false)]
    pub extensible: Option<bool>,
    /// Those the system relies on, or the others.
    #[param(nullable = false)]
    pub system: Option<bool>,
    /// Words in code or names.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

/// Narrows a list of items; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DictionaryItemFilter {
    /// Words in code or names.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive items only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

/// Where an item stands that nobody placed: behind the seeded ones.
const LAST: i64 = 1_000;

impl Dictionary {
    /// A new dictionary of the customer's own.
    pub fn register(cmd: DictionaryCreate, at: &Stamp) -> Dictionary {
        Dictionary {
            id: DictionaryId::next(at),
            code: cmd.code,
            name: cmd.name,
            extensible: cmd.extensible,
            system: false,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; whether a system dictionary is extensible is not for anyone to change.
    pub fn revise(&mut self, patch: DictionaryPatch) -> Result<()> {
        if self.system && patch.extensible.is_some_and(|new| new != self.extensible) {
            return Err(SYSTEM_DICTIONARY.at("#/extensible"));
        }
        replace(patch.name, &mut self.name);
        replace(patch.extensible, &mut self.extensible);
        Ok(())
    }

    /// Adds an item on the fly (BD-1); refused where the words are fixed.
    pub fn extend(&self, cmd: DictionaryItemCreate, at: &Stamp) -> Result<DictionaryItem> {
        if !self.extensible {
            return Err(NOT_EXTENSIBLE.error());
        }
        let item = DictionaryItem {
            id: DictionaryItemId::next(at),
            dictionary_code: self.code.clone(),
            code: cmd.code,
            name: cmd.name,
            sort: cmd.sort.unwrap_or(LAST),
            attributes: cmd.attributes,
            is_active: true,
            meta: Meta::new(at),
        };
        item.check()?;
        Ok(item)
    }

    /// Whether its items may be deleted: those the system relies on are only retired (BD-1).
    pub fn allows_deletion(&self) -> Result<()> {
        if self.system {
            return Err(SYSTEM_DICTIONARY.because(
                "Items of a system dictionary can only be made inactive.",
                "系统字典的条目不能删除，只能停用。",
            ));
        }
        Ok(())
    }
}

impl DictionaryItem {
    /// Applies a patch; only an administrator retires or revives an item of a system dictionary (BD-1).
    pub fn revise(&mut self, patch: DictionaryItemPatch, dictionary: &Dictionary, at: &Stamp) -> Result<()> {
        let retires = patch.is_active.is_some_and(|new| new != self.is_active);
        if dictionary.system && retires && !(at.actor.is_system || at.actor.is_any(ADMIN)) {
            return Err(INSUFFICIENT_SCOPE.because(
                "Only an administrator retires or revives an item of a system dictionary.",
                "系统字典的条目只能由系统管理员停用或启用。",
            ));
        }
        replace(patch.name, &mut self.name);
        replace(patch.sort, &mut self.sort);
        replace(patch.attributes, &mut self.attributes);
        replace(patch.is_active, &mut self.is_active);
        self.check()
    }

    /// Whether requests waiting for this reason let the SLA clock stand still; the seeded reasons are in domain.md 4.5.
    pub fn pauses_sla(&self) -> bool {
        self.attributes.0.get(PAUSES_SLA) == Some(&Value::Bool(true))
    }

    fn check(&self) -> Result<()> {
        match self.attributes.0.get(PAUSES_SLA) {
            Some(value) if !value.is_boolean() => {
                let mut error = INVALID_TYPE.at("#/attributes/pauses_sla");
                error.code = &VALIDATION_FAILED;
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// The attribute of a hold reason that says whether the clock stands still.
const PAUSES_SLA: &str = "pauses_sla";

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    NOT_EXTENSIBLE: Conflict = "not_extensible", "This dictionary takes no further items", "该字典不可扩展";
    SYSTEM_DICTIONARY: Conflict = "system_dictionary", "The system relies on this dictionary", "系统字典不允许此修改";
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

/// Roles that keep the items.
const KEEPERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager, Role::CustomerService]);
/// The role that keeps the dictionaries themselves.
const ADMIN: RoleSet = RoleSet::of(&[Role::Admin]);

permissions! {
    Read = "dictionaries:read" for RoleSet::ALL;
    Create = "dictionaries:create" for ADMIN;
    Update = "dictionaries:update" for ADMIN;
    ReadItems = "dictionary_items:read" for RoleSet::ALL;
    CreateItem = "dictionary_items:create" for RoleSet::STAFF;
    UpdateItem = "dictionary_items:update" for KEEPERS;
    DeleteItem = "dictionary_items:delete" for ADMIN;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::kernel::Actor;
    use crate::kernel::stamp::tests::stamp;

    fn hold_reason() -> Dictionary {
        let cmd = json!({"code": "hold_reason", "name": {"zh": "挂起原因"}, "extensible": true});
        Dictionary {
            system: true,
            ..Dictionary::register(serde_json::from_value(cmd).unwrap(), &stamp())
        }
    }

    fn rainstorm(attributes: &Value) -> DictionaryItemCreate {
        serde_json::from_value(json!({"code": "rainstorm", "name": {"zh": "暴雨"}, "attributes": attributes}))
            .unwrap()
    }

    #[test]
    fn an_item_added_on_the_fly_is_active_and_lets_the_clock_run() {
        let item = hold_reason().extend(rainstorm(&json!({})), &stamp()).unwrap();
        assert!(item.is_active && !item.pauses_sla());
        let pausing = hold_reason()
            .extend(rainstorm(&json!({"pauses_sla": true})), &stamp())
            .unwrap();
        assert!(pausing.pauses_sla());
        let wrong = hold_reason().extend(rainstorm(&json!({"pauses_sla": "yes"})), &stamp());
        assert_eq!(wrong.unwrap_err().code, &VALIDATION_FAILED);
    }

    #[test]
    fn fixed_words_are_not_extended_and_system_words_not_deleted() {
        let fixed = Dictionary {
            extensible: false,
            ..hold_reason()
        };
        let refused = fixed.extend(rainstorm(&json!({})), &stamp()).unwrap_err();
        assert_eq!(refused.code, &NOT_EXTENSIBLE);
        assert_eq!(fixed.allows_deletion().unwrap_err().code, &SYSTEM_DICTIONARY);
    }

    #[test]
    fn only_an_administrator_retires_a_system_word() {
        let mut item = hold_reason().extend(rainstorm(&json!({})), &stamp()).unwrap();
        let as_role = |role| Stamp {
            actor: Arc::new(Actor {
                roles: RoleSet::of(&[role]),
                is_system: false,
                ..Actor::system()
            }),
            ..stamp()
        };
        let retire = || serde_json::from_value(json!({"is_active": false})).unwrap();
        let refused = item.revise(retire(), &hold_reason(), &as_role(Role::CustomerService));
        assert!(refused.is_err() && item.is_active);
        item.revise(retire(), &hold_reason(), &as_role(Role::Admin))
            .unwrap();
        assert!(!item.is_active);
    }

    #[test]
    fn attributes_have_a_limit() {
        let huge = json!({"note": "x".repeat(5_000)});
        assert!(serde_json::from_value::<Attributes>(huge).is_err());
    }
}
