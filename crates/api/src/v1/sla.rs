//! Questions about promises that concern no single record.

use actix_web::post;
use aftercare_domain::business_calendars::BusinessCalendarId;
use aftercare_domain::customers::Customer;
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::error::{NOT_FOUND, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::{Error, Result, Time};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::products::Product;
use aftercare_domain::service_agreements::{ServiceAgreementId, UnitScope};
use aftercare_domain::service_items::ServiceItem;
use aftercare_domain::sla::policy::explain::{PolicyChoice, others};
use aftercare_domain::sla::policy::{Facts, SlaPolicy, SlaPolicyId, can};
use aftercare_domain::sla::preview::{Preview, PreviewFacts, PreviewPolicy, PreviewQuestion, Subject};
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{Tx, business_calendars, product_categories, service_types, sla_policies};

use crate::flows::coverage;
use crate::http::language::Lang;
use crate::http::{Answer, Body, Ctx, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(preview);
}

/// Preview what would be promised.
///
/// Due and warning instants for a bare target on a calendar, for what a policy promises at a priority, or for the policy
/// that facts of a request lead to: then also why it is taken, and why every other policy is not. Nothing is kept.
#[utoipa::path(tag = "sla", operation_id = "previewSla", request_body = PreviewQuestion,
    security(("bearer" = ["sla_policies:read"])), responses((status = 200, body = Preview)))]
#[post("/sla/preview")]
async fn preview(ctx: Ctx<can::Read>, question: Body<PreviewQuestion>) -> ProblemResult<Answer> {
    let (question, lang) = (question.0, ctx.call.lang);
    ctx.read(async |tx| {
        let (policy, told) = match question.subject()? {
            Subject::Calendar(id) => return bare(tx, &question, id).await.map(Plain),
            Subject::Policy(id) => {
                let policy = sla_policies::known(tx, id).await?;
                let policy = policy.ok_or_else(|| UNKNOWN_REFERENCE.at("#/sla_policy_id"))?;
                let told = told(&policy, PolicyChoice::Picked, lang);
                (policy, told)
            }
            Subject::Facts(facts) => match chosen(tx, facts, question.start, lang).await? {
                Some(found) => found,
                // A database without a default policy promises nothing.
                None => return Ok(Plain(Preview::default())),
            },
        };
        let calendar = business_calendars::compiled(tx, policy.calendar_id).await?;
        let answer = question.answer(Some(&policy), &calendar)?;
        Ok(Plain(Preview {
            policy: Some(told),
            ..answer
        }))
    })
    .await
}

async fn bare(tx: &mut Tx<'_>, question: &PreviewQuestion, id: BusinessCalendarId) -> Result<Preview> {
    let unknown = |error: Error| match error.code == &NOT_FOUND {
        true => UNKNOWN_REFERENCE.at("#/calendar_id"),
        false => error,
    };
    let calendar = business_calendars::compiled(tx, id).await.map_err(unknown)?;
    question.answer(None, &calendar)
}

fn told(policy: &SlaPolicy, chosen_by: PolicyChoice, lang: Lang) -> PreviewPolicy {
    let (en, zh) = chosen_by.words();
    PreviewPolicy {
        id: policy.id,
        code: policy.code.clone(),
        version: policy.meta.version,
        chosen_by,
        because: lang.pick(en, zh),
        agreement_id: None,
        conditions: Vec::new(),
        others: Vec::new(),
    }
}

/// The policy a registration with these facts would get, and all others.
async fn chosen(
    tx: &mut Tx<'_>,
    known: &PreviewFacts,
    start: Time,
    lang: Lang,
) -> Result<Option<(SlaPolicy, PreviewPolicy)>> {
    let found = found(tx, known, start).await?;
    let Some(policy) = sla_policies::choose(tx, &found.facts, found.agreed).await? else {
        return Ok(None);
    };
    let policies = sla_policies::all(tx).await?;
    let why = PolicyChoice::of(&policy, &found.facts, found.agreed);
    let answer = PreviewPolicy {
        agreement_id: found.agreement_id,
        conditions: policy.applies_when.checks(&found.facts),
        others: others(&policies, &found.facts, found.agreed, policy.id),
        ..told(&policy, why, lang)
    };
    Ok(Some((policy, answer)))
}

/// What a policy is chosen by.
struct Found {
    facts: Facts,
    agreement_id: Option<ServiceAgreementId>,
    /// The policy the agreement names.
    agreed: Option<SlaPolicyId>,
}

/// The facts with everything they point at found fit; an agreement is looked for as a registration would.
async fn found(tx: &mut Tx<'_>, known: &PreviewFacts, start: Time) -> Result<Found> {
    let mut wrong = Vec::new();
    service_types::refer(tx, &known.service_type, "#/facts/service_type", &mut wrong).await?;
    let customer: Option<Customer> = match known.customer_id {
        Some(id) => refer(tx, id, "#/facts/customer_id", &mut wrong).await?,
        None => None,
    };
    let unit: Option<InstalledProduct> = match known.installed_product_id {
        Some(id) => refer(tx, id, "#/facts/installed_product_id", &mut wrong).await?,
        None => None,
    };
    if let (Some(unit), Some(customer_id)) = (&unit, known.customer_id)
        && unit.customer_id != customer_id
    {
        let place = Place::Pointer("#/facts/installed_product_id".to_owned());
        wrong.push(UNKNOWN_REFERENCE.violation(place));
    }
    if let Some(id) = known.service_item_id {
        refer::<ServiceItem>(tx, id, "#/facts/service_item_id", &mut wrong).await?;
    }
    if let Some(id) = known.product_category_id {
        refer::<ProductCategory>(tx, id, "#/facts/product_category_id", &mut wrong).await?;
    }
    let product_id = known.product_id.or(unit.as_ref().map(|unit| unit.product_id));
    let product: Option<Product> = match product_id {
        Some(id) => refer(tx, id, "#/facts/product_id", &mut wrong).await?,
        None => None,
    };
    Error::all(wrong)?;
    let category = known
        .product_category_id
        .or(product.map(|product| product.category_id));
    let product_category_ids = match category {
        Some(id) => product_categories::lineage(tx, id).await?,
        None => Vec::new(),
    };
    let unit = UnitScope {
        installed_product_id: known.installed_product_id,
        product_category_ids: product_category_ids.clone(),
    };
    let signed = match (&customer, &known.agreement_type) {
        (Some(customer), None) => {
            let on = start.date_in(tx.zone());
            coverage::chosen(tx, customer.id, &unit, known.service_item_id, on)
                .await?
                .0
        }
        _ => None,
    };
    let template = signed.as_ref().map(|(_, template)| template);
    let agreement_type = template.and_then(|template| template.agreement_type.word());
    Ok(Found {
        agreement_id: signed.as_ref().map(|(agreement, _)| agreement.id),
        agreed: template.and_then(|template| template.sla_policy_id),
        facts: Facts {
            service_type: known.service_type.clone(),
            product_category_ids,
            customer_class: known.customer_class.or(customer.map(|customer| customer.class)),
            emergency: known.emergency,
            agreement_type: known.agreement_type.clone().or(agreement_type),
        },
    })
}
