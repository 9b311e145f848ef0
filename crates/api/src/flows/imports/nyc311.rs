//! What the NYC 311 extract points at, made where it is missing: customer, products, problem types, policy (A34).

use std::collections::BTreeMap;

use aftercare_domain::business_calendars::seed::ALWAYS_OPEN;
use aftercare_domain::customers::{Customer, CustomerCreate, CustomerId, ExternalRef};
use aftercare_domain::imports::{Case, SYSTEM, code_of};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, INTERNAL};
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{I18n, Result};
use aftercare_domain::problem_types::{ProblemType, ProblemTypeCreate, ProblemTypeId};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryCreate, ProductCategoryId};
use aftercare_domain::products::{Product, ProductCreate, ProductId};
use aftercare_domain::requests::ServiceRequestCreate;
use aftercare_domain::sla::policy::{SlaPolicy, SlaPolicyCreate};
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::{Db, Tx, Work, imports, insert, numbers, sla_policies};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The agency whose cases are promised within eight hours.
const PROMISED: &str = "NYPD";
/// The policy that promises it; inactive, so that no other request ever gets it.
const POLICY: &str = "SLA-311";
/// The category of its products.
const CATEGORY: &str = "NYC-311";

/// What is known so far.
#[derive(Clone, Default)]
pub struct Known {
    customer: Option<CustomerId>,
    policy: Option<SlaPolicy>,
    products: BTreeMap<String, ProductId>,
    problems: BTreeMap<String, ProblemTypeId>,
}

impl Known {
    /// Finds or makes what these cases point at, in a unit of work of its own.
    pub async fn learn(&mut self, db: &Db, work: &Work, cases: Vec<(Label64, Label64)>) -> Result<()> {
        let is_known = |(agency, complaint): &(Label64, Label64)| {
            self.products.contains_key(agency.as_str()) && self.problems.contains_key(complaint.as_str())
        };
        if cases.iter().all(is_known) && self.customer.is_some() {
            return Ok(());
        }
        let mut known = self.clone();
        *self = db
            .write(work, async move |tx| {
                known.customer = Some(customer(tx).await?);
                known.policy = Some(policy(tx).await?);
                let category = category(tx).await?;
                for (agency, complaint) in &cases {
                    if !known.products.contains_key(agency.as_str()) {
                        let id = product(tx, agency, category).await?;
                        known.products.insert(agency.to_string(), id);
                    }
                    if !known.problems.contains_key(complaint.as_str()) {
                        let id = problem(tx, complaint).await?;
                        known.problems.insert(complaint.to_string(), id);
                    }
                }
                Ok(known)
            })
            .await?;
        Ok(())
    }

    /// The request a case is; what is not known yet is nobody.
    pub fn request(&self, case: &Case) -> Result<ServiceRequestCreate> {
        let nobody = uuid::Uuid::nil();
        let labels: Vec<&Label64> = case.borough.iter().collect();
        made(json!({
            "channel": "phone", "service_type": "repair",
            "customer_id": self.customer.map_or(nobody, |id| id.0),
            "product_id": self.products.get(case.agency.as_str()).map_or(nobody, |id| id.0),
            "problem_type_id": self.problems.get(case.complaint.as_str()).map_or(nobody, |id| id.0),
            "title": case.title, "description": case.description, "impact": "medium", "urgency": "medium",
            "external_refs": [case.key], "labels": labels,
        }))
    }

    /// What is promised for a case.
    pub fn promise(&self, case: &Case) -> Option<SlaPolicy> {
        self.policy.clone().filter(|_| case.agency.as_str() == PROMISED)
    }
}

fn made<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| {
        tracing::error!(error = %e, "The import made a record that has the wrong form");
        INTERNAL.error()
    })
}

fn name(text: &str) -> Value {
    json!({ "zh": text, "en": text })
}

fn is_named(known: &I18n, text: &str) -> bool {
    known.zh.as_str() == text || known.en.as_ref().is_some_and(|en| en.as_str() == text)
}

/// The one customer all cases belong to.
async fn customer(tx: &mut Tx<'_>) -> Result<CustomerId> {
    let word = |text: &str| WordCode::new(text).map_err(|_| INTERNAL.error());
    let label = |text: &str| Label64::new(text).map_err(|_| INTERNAL.error());
    let key = ExternalRef {
        system: word(SYSTEM)?,
        external_id: label("city")?,
    };
    if let Some(id) = external_refs::find::<Customer>(tx, &key).await? {
        return Ok(CustomerId(id));
    }
    let cmd: CustomerCreate = made(json!({
        "kind": "enterprise", "name": "City of New York (NYC 311)", "phone": "+12126399675", "language": "en",
        "external_refs": [key],
    }))?;
    let number = numbers::next(tx, Series::Customer).await?;
    let customer = Customer::register(cmd, number, &tx.stamp());
    insert(tx, &customer).await?;
    external_refs::keep(tx, &customer).await?;
    Ok(customer.id)
}

async fn policy(tx: &mut Tx<'_>) -> Result<SlaPolicy> {
    if let Some(policy) = imports::by_code::<SlaPolicy>(tx, POLICY).await? {
        return Ok(policy);
    }
    let cmd: SlaPolicyCreate = made(json!({
        "code": POLICY, "name": {"zh": "NYC 311 八小时办结", "en": "NYC 311, within eight hours"},
        "calendar_id": ALWAYS_OPEN, "targets": [{"kind": "resolution", "minutes": 480}],
    }))?;
    let mut policy = SlaPolicy::establish(cmd, &tx.stamp())?;
    policy.is_active = false;
    sla_policies::add(tx, &policy).await?;
    Ok(policy)
}

async fn category(tx: &mut Tx<'_>) -> Result<ProductCategoryId> {
    if let Some(category) = imports::by_code::<ProductCategory>(tx, CATEGORY).await? {
        return Ok(category.id);
    }
    let cmd: ProductCategoryCreate = made(json!({ "code": CATEGORY, "name": name("NYC 311") }))?;
    let category = ProductCategory::add(cmd, &tx.stamp());
    insert(tx, &category).await?;
    Ok(category.id)
}

/// A code, and others like it where it is taken by something else.
fn candidates(base: &str) -> impl Iterator<Item = String> + use<> {
    let base = base.to_owned();
    (1..100).map(move |n| {
        if n == 1 {
            base.clone()
        } else {
            format!("{base}-{n}")
        }
    })
}

async fn product(tx: &mut Tx<'_>, agency: &Label64, category: ProductCategoryId) -> Result<ProductId> {
    let text: String = format!("NYC-311 {agency}").chars().take(64).collect();
    let base: String = code_of(agency.as_str()).chars().take(20).collect();
    for code in candidates(&format!("NYC311-{}", base.trim_end_matches('-'))) {
        match imports::by_code::<Product>(tx, &code).await? {
            Some(known) if is_named(&known.name, &text) => return Ok(known.id),
            Some(_) => {}
            None => {
                let cmd: ProductCreate = made(
                    json!({ "code": code, "model": text, "name": name(&text), "category_id": category }),
                )?;
                let product = Product::add(cmd, &tx.stamp());
                insert(tx, &product).await?;
                return Ok(product.id);
            }
        }
    }
    Err(DUPLICATE_CODE.at("#/Agency"))
}

async fn problem(tx: &mut Tx<'_>, complaint: &Label64) -> Result<ProblemTypeId> {
    for code in candidates(&code_of(complaint.as_str())) {
        match imports::by_code::<ProblemType>(tx, &code).await? {
            Some(known) if is_named(&known.name, complaint.as_str()) => return Ok(known.id),
            Some(_) => {}
            None => {
                let cmd: ProblemTypeCreate = made(json!({ "code": code, "name": name(complaint.as_str()) }))?;
                let problem = ProblemType::add(cmd, &tx.stamp());
                insert(tx, &problem).await?;
                return Ok(problem.id);
            }
        }
    }
    Err(DUPLICATE_CODE.at("#/Complaint Type"))
}
