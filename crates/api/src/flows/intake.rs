//! Registering a request: everything it points at is checked, its promises chosen, its counters raised (SQ-1).

use aftercare_domain::custom_fields::{Circumstances, CustomFieldTarget};
use aftercare_domain::customers::Customer;
use aftercare_domain::dispatch::rules::DispatchRule;
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::error::Place;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Error, Result, Violation};
use aftercare_domain::problem_types::ProblemType;
use aftercare_domain::products::Product;
use aftercare_domain::requests::{
    Dossier, DuplicateProbe, Registration, ServiceRequest, ServiceRequestCreate, ServiceRequestPatch,
    SimilarRequest,
};
use aftercare_domain::service_items::ServiceItem;
use aftercare_domain::sla::policy::Facts;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::platform::references::{refer, refer_child};
use aftercare_persistence::requests::{duplicates, keep_new};
use aftercare_persistence::{
    Tx, custom_fields, dictionaries, find, get, numbers, product_categories, service_types, sla_policies,
};

use super::coverage;
use super::dispatch::auto;
use super::requests::Desk;

/// Registers a request; also the requests that may be the same report (SQ-4).
pub async fn register(tx: &mut Tx<'_>, cmd: ServiceRequestCreate) -> Result<(Dossier, Vec<SimilarRequest>)> {
    let prepared = prepare(tx, cmd).await?;
    keep(tx, prepared).await
}

/// A registration that was decided upon.
pub struct Prepared {
    /// The request.
    pub dossier: Dossier,
    similar: Vec<SimilarRequest>,
    /// The rule by which the system gives it out at once.
    rule: Option<DispatchRule>,
}

/// Decides upon a registration; nothing of it is kept yet.
pub async fn prepare(tx: &mut Tx<'_>, mut cmd: ServiceRequestCreate) -> Result<Prepared> {
    let at = tx.stamp();
    let unit = complete(tx, &mut cmd).await?;
    let mut facts = check(tx, &cmd).await?;
    let assessed = coverage::assess_new(tx, &cmd, &facts, unit.as_ref()).await?;
    let template = assessed.agreed.as_ref().map(|(_, template)| template);
    facts.agreement_type = template.and_then(|template| template.agreement_type.word());
    let agreed = template.and_then(|template| template.sla_policy_id);
    let policy = sla_policies::choose(tx, &facts, agreed).await?;
    let mut desk = Desk::open(tx, policy, "register").await?;
    let hold_pauses_sla = match &cmd.hold_reason {
        Some(reason) => pauses(tx, reason, "#/hold_reason").await?,
        None => false,
    };
    let number = numbers::next(tx, Series::ServiceRequest).await?;
    let probe = DuplicateProbe::new(cmd.customer_id, cmd.product_id, cmd.problem_type_id, at.now);
    let similar = duplicates(tx, &probe).await?;
    let registration = Registration {
        number,
        hold_pauses_sla,
        agreement_id: assessed.agreed.map(|(agreement, _)| agreement.id),
        verdict: assessed.verdict,
    };
    let dossier = match Dossier::register(cmd, registration, &mut desk.context(), &at) {
        Ok(dossier) => dossier,
        // The policy follows from the kind of service, first of all.
        Err(error) => return Err(desk.named(tx, error, Some("#/service_type")).await),
    };
    // Looked up before anything is written: registrations of a batch ask together.
    let rule = auto::rule_of(tx, &dossier.request).await?;
    Ok(Prepared {
        dossier,
        similar,
        rule,
    })
}

/// Says what a unit says by itself: what it is and where it stands; that unit, if it is the customer's. Whether it fits is
/// checked with everything else.
async fn complete(tx: &mut Tx<'_>, cmd: &mut ServiceRequestCreate) -> Result<Option<InstalledProduct>> {
    let Some(id) = cmd.installed_product_id else {
        return Ok(None);
    };
    let unit: Option<InstalledProduct> = find(tx, id.0).await?;
    let unit = unit.filter(|unit| unit.customer_id == cmd.customer_id);
    if let Some(unit) = &unit {
        cmd.product_id = cmd.product_id.or(Some(unit.product_id));
        cmd.address_id = cmd.address_id.or(unit.address_id);
    }
    Ok(unit)
}

/// Keeps a registration and the keys other systems know it by, and gives it out if a rule says so (SQ-1).
pub async fn keep(tx: &mut Tx<'_>, prepared: Prepared) -> Result<(Dossier, Vec<SimilarRequest>)> {
    let Prepared {
        mut dossier,
        similar,
        rule,
    } = prepared;
    keep_new(tx, &mut dossier).await?;
    external_refs::keep(tx, &dossier.request).await?;
    let dossier = match rule {
        Some(rule) => auto::by_rule(tx, dossier, &rule).await?,
        None => dossier,
    };
    Ok((dossier, similar))
}

/// Checks everything a request points at, all at once; what its SLA policy is chosen by, but for the agreement.
///
/// Errors: `unknown_reference`, `inactive_reference`, `product_mismatch` with the pointers.
pub async fn check(tx: &mut Tx<'_>, cmd: &ServiceRequestCreate) -> Result<Facts> {
    let mut wrong = Vec::new();
    dictionaries::refer_item(tx, "channel", cmd.channel.as_str(), "#/channel", &mut wrong).await?;
    service_types::refer(tx, &cmd.service_type, "#/service_type", &mut wrong).await?;
    let customer: Option<Customer> = refer(tx, cmd.customer_id, "#/customer_id", &mut wrong).await?;
    refer_child(
        tx,
        "contacts",
        cmd.contact_id.map(|id| id.0),
        cmd.customer_id,
        "#/contact_id",
        &mut wrong,
    )
    .await?;
    refer_child(
        tx,
        "addresses",
        cmd.address_id.map(|id| id.0),
        cmd.customer_id,
        "#/address_id",
        &mut wrong,
    )
    .await?;
    if let Some(id) = cmd.installed_product_id {
        let unit = refer::<InstalledProduct>(tx, id, "#/installed_product_id", &mut wrong).await?;
        wrong.extend(
            unit.iter()
                .flat_map(|unit| unit.misfits(cmd.customer_id, cmd.product_id)),
        );
    }
    let product: Option<Product> = match cmd.product_id {
        Some(id) => refer(tx, id, "#/product_id", &mut wrong).await?,
        None => None,
    };
    if let Some(id) = cmd.service_item_id {
        refer::<ServiceItem>(tx, id, "#/service_item_id", &mut wrong).await?;
    }
    refer::<ProblemType>(tx, cmd.problem_type_id, "#/problem_type_id", &mut wrong).await?;
    if let Some(id) = cmd.repeat_of {
        refer::<ServiceRequest>(tx, id, "#/repeat_of", &mut wrong).await?;
    }
    for (n, related) in cmd.related.iter().enumerate() {
        refer::<ServiceRequest>(tx, related.id, &format!("#/related/{n}/id"), &mut wrong).await?;
    }
    Error::all(wrong)?;
    let product_category_ids = match &product {
        Some(product) => product_categories::lineage(tx, product.category_id).await?,
        None => Vec::new(),
    };
    let here = Circumstances {
        service_type: Some(cmd.service_type.clone()),
        category_ids: product_category_ids.clone(),
    };
    custom_fields::check(
        tx,
        CustomFieldTarget::ServiceRequest,
        &cmd.custom_fields,
        &here,
        None,
    )
    .await?;
    Ok(Facts {
        service_type: cmd.service_type.clone(),
        product_category_ids,
        customer_class: customer.map(|customer| customer.class),
        emergency: cmd.emergency,
        agreement_type: None,
    })
}

/// Checks what a patch points at.
///
/// Errors: `unknown_reference`, `inactive_reference`, `product_mismatch` with the pointers.
pub async fn check_patch(tx: &mut Tx<'_>, dossier: &Dossier, patch: &ServiceRequestPatch) -> Result<()> {
    let mut wrong = Vec::new();
    let customer = dossier.request.customer_id;
    let (contact, address) = (
        patch.contact_id.set().map(|id| id.0),
        patch.address_id.set().map(|id| id.0),
    );
    refer_child(tx, "contacts", contact, customer, "#/contact_id", &mut wrong).await?;
    refer_child(tx, "addresses", address, customer, "#/address_id", &mut wrong).await?;
    let unit = patch.installed_product_id.set().copied();
    if let Some(id) = unit.filter(|new| Some(*new) != dossier.request.installed_product_id) {
        let pointer = "#/installed_product_id";
        let unit = refer::<InstalledProduct>(tx, id, pointer, &mut wrong).await?;
        let product = dossier.request.product_id;
        // The product itself is no member of a change.
        wrong.extend(
            unit.iter()
                .flat_map(|unit| unit.misfits(customer, product))
                .map(|fault| Violation {
                    place: Place::Pointer(pointer.to_owned()),
                    ..fault
                }),
        );
    }
    for (n, related) in patch.related.iter().flatten().enumerate() {
        refer::<ServiceRequest>(tx, related.id, &format!("#/related/{n}/id"), &mut wrong).await?;
    }
    Error::all(wrong)?;
    let Some(values) = &patch.custom_fields else {
        return Ok(());
    };
    let category_ids = match dossier.request.product_id {
        Some(id) => {
            let product: Product = get(tx, id).await?;
            product_categories::lineage(tx, product.category_id).await?
        }
        None => Vec::new(),
    };
    let here = Circumstances {
        service_type: Some(dossier.request.service_type.clone()),
        category_ids,
    };
    let held = Some(&dossier.request.custom_fields);
    custom_fields::check(tx, CustomFieldTarget::ServiceRequest, values, &here, held).await
}

/// Whether a hold reason lets the SLA clock stand still; the reason must exist and be active.
pub async fn pauses(
    tx: &mut Tx<'_>,
    reason: &aftercare_domain::kernel::text::WordCode,
    pointer: &str,
) -> Result<bool> {
    let mut wrong = Vec::new();
    let item = dictionaries::refer_item(tx, "hold_reason", reason.as_str(), pointer, &mut wrong).await?;
    Error::all(wrong)?;
    Ok(item.is_some_and(|item| item.pauses_sla()))
}
