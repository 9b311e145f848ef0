//! Customers: the people and companies we serve.
//!
//! A customer is known by kind, name and telephone together; the same three twice is the same customer. His class
//! says how much he matters, his region who can reach him. He is never deleted: who leaves becomes inactive, and
//! everything he was part of stays readable.
//!
//! This is the reference module. Every simple module has the same sections in the same order:
//! *entity · commands · filter · rules · codes · permissions · unit tests*, and the same five files.

pub mod merge;
mod upsert;
pub mod value;

pub use merge::MergeCustomers;
pub use upsert::CustomerUpsert;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use crate::custom_fields::CustomFields;
use crate::kernel::patch::replace;
use crate::kernel::text::{Email, Label64, Name, Number, Phone, RegionCode, WordCode};
use crate::kernel::{Csv, Meta, Patch, Role, RoleSet, Stamp};
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(CustomerId);

label! {
    /// What kind of customer: decides which agreements and classes make sense.
    pub enum CustomerKind {
        /// 消费者
        Consumer = "consumer",
        /// 企业用户
        Enterprise = "enterprise",
        /// 经销商
        Dealer = "dealer",
    }
}

label! {
    /// How important a customer is.
    pub enum CustomerClass {
        /// Key customer.
        A = "A",
        /// Good customer.
        B = "B",
        /// Ordinary customer.
        C = "C",
        /// Treated first.
        Vip = "VIP",
    }
}

label! {
    /// A language we write to people in.
    pub enum Language {
        /// 中文
        Zh = "zh",
        /// English
        En = "en",
    }
}

/// A key another system knows a record by (C26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalRef {
    /// The other system, for example `sap`.
    pub system: WordCode,
    /// Its key, for example `000400012345`.
    pub external_id: Label64,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Customer {
    /// Machine identifier.
    pub id: CustomerId,
    /// Number for people, for example `CU-20261123-000001`.
    pub number: Number,
    /// Consumer, enterprise or dealer.
    pub kind: CustomerKind,
    /// Name of the person or company.
    pub name: Name,
    /// Importance.
    pub class: CustomerClass,
    /// Main telephone.
    pub phone: Phone,
    /// Main e-mail address.
    #[schema(required)]
    pub email: Option<Email>,
    /// Region by GB/T 2260.
    #[schema(required)]
    pub region_code: Option<RegionCode>,
    /// The channel he likes to be reached by, an item of dictionary `channel`, for example `phone`.
    #[schema(required)]
    pub preferred_channel: Option<WordCode>,
    /// The language we write to him in.
    pub language: Language,
    /// Free marks.
    #[schema(max_items = 50)]
    pub tags: Vec<Label64>,
    /// Whether he refused text messages.
    pub sms_opt_out: bool,
    /// Whether chargeable work needs payment first.
    pub credit_blocked: bool,
    /// The keys other systems know him by.
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Members declared under `/v1/custom-fields` for target `customer`.
    pub custom_fields: CustomFields,
    /// Whether he may appear on new records.
    pub is_active: bool,
    /// The customer he became part of; nothing about him changes any more then.
    #[schema(required)]
    pub merged_into_id: Option<CustomerId>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to register a customer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001", "class": "B", "region_code": "510104"}))]
pub struct CustomerCreate {
    /// Consumer, enterprise or dealer.
    pub kind: CustomerKind,
    /// Name of the person or company.
    pub name: Name,
    /// Main telephone.
    pub phone: Phone,
    /// Importance; `C` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub class: Option<CustomerClass>,
    /// Main e-mail address.
    #[serde(default)]
    pub email: Option<Email>,
    /// Region by GB/T 2260.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// An item of dictionary `channel`, for example `phone`.
    #[serde(default)]
    pub preferred_channel: Option<WordCode>,
    /// Language; `zh` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<Language>,
    /// Free marks.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<Label64>,
    /// Whether he refused text messages.
    #[serde(default)]
    pub sms_opt_out: bool,
    /// Whether chargeable work needs payment first.
    #[serde(default)]
    pub credit_blocked: bool,
    /// Keys of other systems.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// Members declared under `/v1/custom-fields`.
    #[serde(default)]
    pub custom_fields: CustomFields,
}

/// What may change on a customer; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"class": "VIP", "email": null}))]
pub struct CustomerPatch {
    /// Name of the person or company.
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Main telephone.
    #[schema(nullable = false)]
    pub phone: Option<Phone>,
    /// Importance.
    #[schema(nullable = false)]
    pub class: Option<CustomerClass>,
    /// Main e-mail address.
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// Region by GB/T 2260.
    #[schema(value_type = Option<RegionCode>)]
    pub region_code: Patch<RegionCode>,
    /// An item of dictionary `channel`, for example `phone`.
    #[schema(value_type = Option<WordCode>)]
    pub preferred_channel: Patch<WordCode>,
    /// Language.
    #[schema(nullable = false)]
    pub language: Option<Language>,
    /// Free marks; replaces them all.
    #[schema(nullable = false, max_items = 50)]
    pub tags: Option<Vec<Label64>>,
    /// Whether he refused text messages.
    #[schema(nullable = false)]
    pub sms_opt_out: Option<bool>,
    /// Whether chargeable work needs payment first.
    #[schema(nullable = false)]
    pub credit_blocked: Option<bool>,
    /// Keys of other systems; replaces them all.
    #[schema(nullable = false, max_items = 20)]
    pub external_refs: Option<Vec<ExternalRef>>,
    /// Members declared under `/v1/custom-fields`; replaces them all.
    #[schema(nullable = false)]
    pub custom_fields: Option<CustomFields>,
    /// Whether he may appear on new records.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of customers; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CustomerFilter {
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<CustomerKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<CustomerKind>>,
    /// One or more classes, comma-separated.
    #[param(value_type = Option<Vec<CustomerClass>>, style = Form, explode = false, nullable = false)]
    pub class: Option<Csv<CustomerClass>>,
    /// Region by GB/T 2260.
    #[param(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// Main telephone, exactly.
    #[param(nullable = false)]
    pub phone: Option<Phone>,
    /// Number, exactly.
    #[param(nullable = false)]
    pub number: Option<Number>,
    /// Words in name, telephone, number or e-mail address.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or inactive customers only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Customer {
    /// A new customer under a number drawn for it.
    pub fn register(cmd: CustomerCreate, number: Number, at: &Stamp) -> Customer {
        Customer {
            id: CustomerId::next(at),
            number,
            kind: cmd.kind,
            name: cmd.name,
            class: cmd.class.unwrap_or(CustomerClass::C),
            phone: cmd.phone,
            email: cmd.email,
            region_code: cmd.region_code,
            preferred_channel: cmd.preferred_channel,
            language: cmd.language.unwrap_or(Language::Zh),
            tags: cmd.tags,
            sms_opt_out: cmd.sms_opt_out,
            credit_blocked: cmd.credit_blocked,
            external_refs: cmd.external_refs,
            custom_fields: cmd.custom_fields,
            is_active: true,
            merged_into_id: None,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; kind never changes, because it is part of what identifies him.
    pub fn revise(&mut self, patch: CustomerPatch) {
        replace(patch.name, &mut self.name);
        replace(patch.phone, &mut self.phone);
        replace(patch.class, &mut self.class);
        patch.email.onto(&mut self.email);
        patch.region_code.onto(&mut self.region_code);
        patch.preferred_channel.onto(&mut self.preferred_channel);
        replace(patch.language, &mut self.language);
        replace(patch.tags, &mut self.tags);
        replace(patch.sms_opt_out, &mut self.sms_opt_out);
        replace(patch.credit_blocked, &mut self.credit_blocked);
        replace(patch.external_refs, &mut self.external_refs);
        replace(patch.custom_fields, &mut self.custom_fields);
        replace(patch.is_active, &mut self.is_active);
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    DUPLICATE_CUSTOMER: Conflict = "duplicate_customer", "A customer of this kind, name and phone exists already", "同类型、同名、同电话的客户已存在";
    KIND_FIXED: Invalid = "kind_fixed", "The kind of a customer never changes", "客户类型不可更改";
}

// ---- permissions: who may do what (domain.md 3.0, row "customers") ----------------------------------------------

/// Roles that keep customer records.
pub(crate) const KEEPERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::CustomerService,
    Role::Integration,
]);
/// Roles that read customer records.
pub(crate) const READERS: RoleSet = RoleSet::ALL.without(Role::PartsClerk).without(Role::KbEditor);

permissions! {
    Read = "customers:read" for READERS;
    Create = "customers:create" for KEEPERS;
    Update = "customers:update" for KEEPERS;
    Upsert = "customers:upsert" for KEEPERS;
    Assess = "customers:assess" for READERS.without(Role::Customer);
    // Nothing undoes it: an interface does not decide it.
    Merge = "customers:merge" for KEEPERS.without(Role::Integration);
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    fn liu_fang() -> Customer {
        let cmd: CustomerCreate =
            serde_json::from_value(json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"}))
                .unwrap();
        Customer::register(cmd, Number::new("CU-20261123-000001").unwrap(), &stamp())
    }

    #[test]
    fn a_new_customer_is_active_of_class_c_and_written_to_in_chinese() {
        let customer = liu_fang();
        assert!(customer.is_active);
        assert_eq!(
            (customer.class, customer.language),
            (CustomerClass::C, Language::Zh)
        );
        assert_eq!(customer.meta.version, 1);
    }

    #[test]
    fn a_patch_keeps_what_is_absent_and_clears_what_is_null() {
        let mut customer = liu_fang();
        customer.revise(
            serde_json::from_value(json!({"email": "liu@example.org", "region_code": "510104"})).unwrap(),
        );
        customer.revise(serde_json::from_value(json!({"class": "VIP", "email": null})).unwrap());
        assert_eq!(customer.class, CustomerClass::Vip);
        assert_eq!(customer.email, None);
        assert_eq!(customer.region_code.unwrap().as_str(), "510104");
    }

    #[test]
    fn unknown_members_are_refused() {
        assert!(serde_json::from_value::<CustomerPatch>(json!({"status": "gone"})).is_err());
    }
}
