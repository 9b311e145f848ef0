//! What another system says of a customer it knows by a key of its own (C26).

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    CustomFields, Customer, CustomerClass, CustomerCreate, CustomerKind, CustomerPatch, ExternalRef,
    KIND_FIXED, Language,
};
use crate::kernel::text::{Email, Label64, Name, Phone, RegionCode, WordCode};
use crate::kernel::{Patch, Result};

/// What another system says of its customer: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "enterprise", "name": "明光食品", "phone": "028-86001234", "class": "A"}))]
pub struct CustomerUpsert {
    /// Consumer, enterprise or dealer; fixed once the customer exists.
    pub kind: CustomerKind,
    /// Name of the person or company.
    pub name: Name,
    /// Main telephone.
    pub phone: Phone,
    /// Importance.
    #[serde(default)]
    #[schema(nullable = false)]
    pub class: Option<CustomerClass>,
    /// Main e-mail address.
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// Region by GB/T 2260.
    #[serde(default)]
    #[schema(value_type = Option<RegionCode>)]
    pub region_code: Patch<RegionCode>,
    /// An item of dictionary `channel`.
    #[serde(default)]
    #[schema(value_type = Option<WordCode>)]
    pub preferred_channel: Patch<WordCode>,
    /// Language.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<Language>,
    /// Free marks; replaces them all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    pub tags: Option<Vec<Label64>>,
    /// Whether he refused text messages.
    #[serde(default)]
    #[schema(nullable = false)]
    pub sms_opt_out: Option<bool>,
    /// Whether chargeable work needs payment first.
    #[serde(default)]
    #[schema(nullable = false)]
    pub credit_blocked: Option<bool>,
    /// Members declared under `/v1/custom-fields`; replaces them all.
    #[serde(default)]
    #[schema(nullable = false)]
    pub custom_fields: Option<CustomFields>,
    /// Whether he may appear on new records.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

impl CustomerUpsert {
    /// The least that registers this customer under another system's key.
    pub fn seed(&self, key: ExternalRef) -> CustomerCreate {
        CustomerCreate {
            kind: self.kind,
            name: self.name.clone(),
            phone: self.phone.clone(),
            class: None,
            email: None,
            region_code: None,
            preferred_channel: None,
            language: None,
            tags: Vec::new(),
            sms_opt_out: false,
            credit_blocked: false,
            external_refs: vec![key],
            custom_fields: CustomFields::default(),
        }
    }

    /// What changes on the customer, new or known.
    ///
    /// # Errors
    /// `kind_fixed` if he is known as something else.
    pub fn patch(self, known: &Customer) -> Result<CustomerPatch> {
        if self.kind != known.kind {
            return Err(KIND_FIXED.at("#/kind"));
        }
        Ok(CustomerPatch {
            name: Some(self.name),
            phone: Some(self.phone),
            class: self.class,
            email: self.email,
            region_code: self.region_code,
            preferred_channel: self.preferred_channel,
            language: self.language,
            tags: self.tags,
            sms_opt_out: self.sms_opt_out,
            credit_blocked: self.credit_blocked,
            external_refs: None,
            custom_fields: self.custom_fields,
            is_active: self.is_active,
        })
    }
}
