//! What a caller may ask of agreements, and how a list of them is narrowed.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{AgreementStatus, Covers, ServiceAgreementId};
use crate::agreement_templates::AgreementTemplateId;
use crate::customers::CustomerId;
use crate::kernel::text::{Label64, Name, Number, Reason};
use crate::kernel::{Csv, Date, Money, Patch};
use crate::requests::EngineerId;

/// What is needed to draft an agreement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "template_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "covers": {"scope": "all"}, "starts_on": "2026-12-01", "ends_on": "2027-11-30", "signed_by": "李建国"}))]
pub struct ServiceAgreementCreate {
    /// Who signs it; an active customer.
    pub customer_id: CustomerId,
    /// What it is made from; an active template.
    pub template_id: AgreementTemplateId,
    /// What it covers.
    pub covers: Covers,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day, included; after the first.
    pub ends_on: Date,
    /// Whether the next one is drafted 30 days before it ends.
    #[serde(default)]
    pub auto_renew: bool,
    /// The price of the whole term; the template's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// Who signed for the customer.
    #[serde(default)]
    pub signed_by: Option<Name>,
    /// The engineer who comes first.
    #[serde(default)]
    pub dedicated_engineer_id: Option<EngineerId>,
}

/// What may change on an agreement; absent members stay, null clears. Covers, days and price change only in a draft.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"auto_renew": true, "dedicated_engineer_id": null}))]
pub struct ServiceAgreementPatch {
    /// What it covers.
    #[schema(nullable = false)]
    pub covers: Option<Covers>,
    /// Its first day.
    #[schema(nullable = false)]
    pub starts_on: Option<Date>,
    /// Its last day, included.
    #[schema(nullable = false)]
    pub ends_on: Option<Date>,
    /// The price of the whole term.
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// Whether the next one is drafted 30 days before it ends.
    #[schema(nullable = false)]
    pub auto_renew: Option<bool>,
    /// Who signed for the customer.
    #[schema(value_type = Option<Name>)]
    pub signed_by: Patch<Name>,
    /// The engineer who comes first.
    #[schema(value_type = Option<EngineerId>)]
    pub dedicated_engineer_id: Patch<EngineerId>,
}

/// Sends an agreement back to its author.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "价格与报价不符"}))]
pub struct RejectAgreement {
    /// Why.
    pub reason: Reason,
}

/// Lets an agreement rest: it is not chosen, and its end stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "客户逾期未付款"}))]
pub struct SuspendAgreement {
    /// Why.
    pub reason: Reason,
}

/// Ends an agreement before its time.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "客户搬迁，不再需要服务"}))]
pub struct TerminateAgreement {
    /// Why.
    pub reason: Reason,
    /// The last day it holds; today if absent, within its term, never later than today.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on: Option<Date>,
}

/// Takes a use of an entitlement back after it was used.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "故障与上次相同，不计次数"}))]
pub struct ReverseUsage {
    /// Why.
    pub reason: Reason,
}

/// What is granted under one agreement.
#[derive(Clone, Copy, Debug)]
pub struct EntitlementFilter {
    /// Of this agreement.
    pub agreement_id: ServiceAgreementId,
}

/// What was used under one agreement.
#[derive(Clone, Copy, Debug)]
pub struct UsageFilter {
    /// Of this agreement.
    pub agreement_id: ServiceAgreementId,
}

/// Narrows a list of agreements; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ServiceAgreementFilter {
    /// Of this customer.
    #[param(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// Made from this template.
    #[param(nullable = false)]
    pub template_id: Option<AgreementTemplateId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<AgreementStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<AgreementStatus>>,
    /// The agreement it continues.
    #[param(nullable = false)]
    pub renews_id: Option<ServiceAgreementId>,
    /// Ends on this day or later.
    #[param(nullable = false)]
    pub ends_on_gte: Option<Date>,
    /// Ends before this day.
    #[param(nullable = false)]
    pub ends_on_lt: Option<Date>,
    /// Number, exactly.
    #[param(nullable = false)]
    pub number: Option<Number>,
    /// Words in the number or the signer's name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}
