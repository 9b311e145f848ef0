//! What another system says of an agreement it knows by a key of its own (C26).

use serde::Deserialize;
use utoipa::ToSchema;

use super::{AGREEMENT_FIXED, Covers, ServiceAgreement, ServiceAgreementCreate, ServiceAgreementPatch};
use crate::agreement_templates::AgreementTemplateId;
use crate::customers::CustomerId;
use crate::kernel::text::Name;
use crate::kernel::{Date, Money, Patch, Result};
use crate::requests::EngineerId;

/// What another system says of its agreement: the required members always, the others as in a patch (C26).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "template_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "covers": {"scope": "all"}, "starts_on": "2026-12-01", "ends_on": "2027-11-30", "signed_by": "李建国"}))]
pub struct ServiceAgreementUpsert {
    /// Who signs it; fixed once the agreement exists.
    pub customer_id: CustomerId,
    /// What it is made from; fixed once the agreement exists.
    pub template_id: AgreementTemplateId,
    /// What it covers; fixed once it is handed in.
    pub covers: Covers,
    /// Its first day; fixed once it is handed in.
    pub starts_on: Date,
    /// Its last day, included; fixed once it is handed in.
    pub ends_on: Date,
    /// The price of the whole term; fixed once it is handed in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// Whether the next one is drafted 30 days before it ends.
    #[serde(default)]
    #[schema(nullable = false)]
    pub auto_renew: Option<bool>,
    /// Who signed for the customer.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub signed_by: Patch<Name>,
    /// The engineer who comes first.
    #[serde(default)]
    #[schema(value_type = Option<EngineerId>)]
    pub dedicated_engineer_id: Patch<EngineerId>,
}

impl ServiceAgreementUpsert {
    /// What drafts this agreement.
    pub fn create(self) -> ServiceAgreementCreate {
        ServiceAgreementCreate {
            customer_id: self.customer_id,
            template_id: self.template_id,
            covers: self.covers,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            auto_renew: self.auto_renew.unwrap_or_default(),
            price: self.price,
            signed_by: self.signed_by.set().cloned(),
            dedicated_engineer_id: self.dedicated_engineer_id.set().copied(),
        }
    }

    /// What changes on an agreement that is known; said again as it stands, nothing does.
    ///
    /// # Errors
    /// `agreement_fixed` if it is known as another customer's or from another template.
    pub fn patch(self, known: &ServiceAgreement) -> Result<ServiceAgreementPatch> {
        if self.customer_id != known.customer_id || self.template_id != known.template_id {
            return Err(AGREEMENT_FIXED
                .error()
                .with("current_status", known.status.as_str()));
        }
        Ok(ServiceAgreementPatch {
            covers: Some(self.covers).filter(|it| *it != known.covers),
            starts_on: Some(self.starts_on).filter(|it| *it != known.starts_on),
            ends_on: Some(self.ends_on).filter(|it| *it != known.ends_on),
            price: self.price.filter(|it| *it != known.price),
            auto_renew: self.auto_renew,
            signed_by: self.signed_by,
            dedicated_engineer_id: self.dedicated_engineer_id,
        })
    }
}
