//! A unit's passport: everything it went through, in one sealed document to hand on.

use std::collections::BTreeMap;

use actix_web::get;
use aftercare_domain::coverage::{Coverage, CoverageSource, Payer};
use aftercare_domain::installed_products::{
    InstalledProduct, InstalledProductId, RepairPeriod, TimelineEntry, UnitOwnership, UnitStatus, can,
};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::{Label64, MasterCode, Number, WordCode};
use aftercare_domain::kernel::{Date, I18n, Result, Time};
use aftercare_domain::problem_types::ProblemTypeId;
use aftercare_domain::products::{Product, ProductId};
use aftercare_domain::purchase_records::PurchaseRecord;
use aftercare_domain::requests::members::RequestStatus;
use aftercare_domain::requests::{Attempt, ServiceRequest, ServiceRequestId};
use aftercare_domain::service_agreements::ServiceAgreementId;
use aftercare_domain::work_orders::{Outcome, WorkOrder, WorkOrderStatus};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::installed_products::{Repairs, repaired, successor};
use aftercare_persistence::platform::digest::sha256_hex;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::flows::{coverage, warranty};
use crate::http::{Answer, Ctx, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_passport);
}

/// Everything a unit went through.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Passport {
    /// The SHA-256 of all the other members as JSON, names in alphabetical order, without blanks, in hexadecimal digits.
    #[schema(min_length = 64, max_length = 64)]
    pub content_hash: String,
    /// What it went through.
    #[serde(flatten)]
    pub content: PassportContent,
}

/// What the hash of a passport covers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportContent {
    /// The unit.
    pub installed_product_id: InstalledProductId,
    /// Its serial number.
    pub serial_no: Label64,
    /// What it is.
    pub product: PassportProduct,
    /// How it stands.
    pub status: UnitStatus,
    /// How it was sold.
    pub sale: PassportSale,
    /// Whose it was and where it stood, in order.
    #[schema(max_items = 100)]
    pub owners: Vec<UnitOwnership>,
    /// When it was in repair or waited for parts.
    #[schema(max_items = 200)]
    pub repair_periods: Vec<RepairPeriod>,
    /// The last 200 requests about it, the newest first.
    #[schema(max_items = 200)]
    pub requests: Vec<PassportRequest>,
    /// Which of these requests were judged, and who pays for each, in the same order.
    #[schema(max_items = 200)]
    pub claims: Vec<PassportClaim>,
    /// What was put in and taken out on these requests, in the order of their jobs; the last 1000.
    #[schema(max_items = 1000)]
    pub parts: Vec<PassportPart>,
    /// What it replaced and by what it was replaced.
    #[schema(max_items = 2)]
    pub exchanges: Vec<PassportExchange>,
    /// The day it was replaced or scrapped.
    #[schema(required)]
    pub retired_on: Option<Date>,
    /// The code of the policy that holds.
    #[schema(required)]
    pub warranty_policy: Option<MasterCode>,
    /// What was promised, day by day.
    #[schema(max_items = 1000)]
    pub cover: Vec<TimelineEntry>,
}

/// What a unit is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportProduct {
    /// The product.
    pub id: ProductId,
    /// Its model.
    pub model: Label64,
    /// Its name.
    pub name: I18n,
}

/// How a unit was sold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportSale {
    /// The day on the invoice.
    #[schema(required)]
    pub purchased_on: Option<Date>,
    /// The day the customer accepted it.
    #[schema(required)]
    pub accepted_on: Option<Date>,
    /// The day it was first used.
    #[schema(required)]
    pub in_service_on: Option<Date>,
    /// The number of the invoice.
    #[schema(required)]
    pub invoice_no: Option<Label64>,
}

/// A request about a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportRequest {
    /// Its number.
    pub number: Number,
    /// The service type.
    pub service_type: WordCode,
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
    /// How it stands.
    pub status: RequestStatus,
    /// When it was registered.
    pub registered_at: Time,
    /// When it was last closed.
    #[schema(required)]
    pub closed_at: Option<Time>,
    /// The attempts to solve it.
    #[schema(max_items = 100)]
    pub attempts: Vec<PassportAttempt>,
}

/// An attempt to solve a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportAttempt {
    /// When it ended.
    pub at: Time,
    /// What came of it.
    pub outcome: Outcome,
}

/// Who pays for a request about a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportClaim {
    /// The request's number.
    pub number: Number,
    /// How it is covered: by a manager's word, else by the rule.
    pub coverage: Coverage,
    /// What decides by the rule.
    pub source: CoverageSource,
    /// The agreement that does, if it is one.
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// The cause that is never free, if one was found.
    #[schema(required)]
    pub exclusion: Option<WordCode>,
    /// Who pays the work in the end.
    pub labour: Payer,
    /// Who pays the parts in the end.
    pub part: Payer,
    /// Who pays the way in the end.
    pub travel: Payer,
    /// Whether a manager set the rule aside.
    pub is_overridden: bool,
    /// Since when it is kept; null while it may change.
    #[schema(required)]
    pub frozen_at: Option<Time>,
}

/// A part that was put in, and what came out for it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportPart {
    /// The number of the job.
    pub work_order: Number,
    /// When the job was over.
    #[schema(required)]
    pub finished_at: Option<Time>,
    /// What was put in.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub part_id: Uuid,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000)]
    pub quantity: i64,
    /// The serial number put in.
    #[schema(required)]
    pub serial_in: Option<Label64>,
    /// The serial number taken out.
    #[schema(required)]
    pub serial_out: Option<Label64>,
}

/// One unit in the place of another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PassportExchange {
    /// On which day.
    #[schema(required)]
    pub on: Option<Date>,
    /// The unit that left.
    pub old_id: InstalledProductId,
    /// The unit that came.
    pub new_id: InstalledProductId,
}

/// Hand out a unit's passport.
///
/// Everything it went through in one document that names nobody: its sale, its places, requests, attempts, who paid,
/// exchanges and what was promised. The same content has the same `content_hash`.
#[utoipa::path(tag = "installed_products", operation_id = "getInstalledProductPassport",
    params(("installed_product_id" = InstalledProductId, Path)),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = Passport)))]
#[get("/installed-products/{installed_product_id}/passport")]
async fn get_passport(ctx: Ctx<can::Read>, id: PathId<InstalledProductId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let unit: InstalledProduct = persistence::get(tx, id.0).await?;
        let content = content_of(tx, unit).await?;
        Ok(Plain(Passport {
            content_hash: hash_of(&content)?,
            content,
        }))
    })
    .await
}

async fn content_of(tx: &mut Tx<'_>, unit: InstalledProduct) -> Result<PassportContent> {
    let product: Product = persistence::get(tx, unit.product_id).await?;
    let purchase: Option<PurchaseRecord> = match unit.purchase_record_id {
        Some(id) => persistence::find(tx, id.0).await?,
        None => None,
    };
    let Repairs {
        requests,
        attempts,
        orders,
    } = repaired(tx, unit.id).await?;
    let successor = successor(tx, unit.id).await?;
    let (cover, policy) = warranty::timeline_of(tx, &unit).await?;
    let before = unit.replaces_id.map(|old| PassportExchange {
        on: unit.exchanged_on,
        old_id: old,
        new_id: unit.id,
    });
    let after = successor.map(|new| PassportExchange {
        on: new.exchanged_on,
        old_id: unit.id,
        new_id: new.id,
    });
    Ok(PassportContent {
        installed_product_id: unit.id,
        serial_no: unit.serial_no,
        product: PassportProduct {
            id: product.id,
            model: product.model,
            name: product.name,
        },
        status: unit.status,
        sale: PassportSale {
            purchased_on: unit.purchased_on,
            accepted_on: unit.accepted_on,
            in_service_on: unit.in_service_on,
            invoice_no: purchase.and_then(|purchase| purchase.invoice_no),
        },
        owners: unit.ownership,
        repair_periods: unit.repair_periods,
        claims: requests.iter().filter_map(claim_of).collect(),
        parts: parts_of(orders),
        requests: requests
            .into_iter()
            .map(|request| request_of(request, &attempts))
            .collect(),
        exchanges: before.into_iter().chain(after).collect(),
        retired_on: unit.retired_on,
        warranty_policy: policy.map(|policy| policy.code),
        cover,
    })
}

fn request_of(request: ServiceRequest, attempts: &[Attempt]) -> PassportRequest {
    let is_its = |id: ServiceRequestId| id == request.id;
    let attempts = attempts
        .iter()
        .filter(|attempt| is_its(attempt.service_request_id));
    PassportRequest {
        attempts: attempts
            .take(100)
            .map(|attempt| PassportAttempt {
                at: attempt.finished_at,
                outcome: attempt.outcome,
            })
            .collect(),
        number: request.number,
        service_type: request.service_type,
        problem_type_id: request.problem_type_id,
        status: request.status,
        registered_at: request.meta.created_at,
        closed_at: request.closed_at,
    }
}

/// What was changed on jobs that are over; what is written on an open sheet may still be taken off.
fn parts_of(mut orders: Vec<WorkOrder>) -> Vec<PassportPart> {
    orders.retain(|order| {
        matches!(
            order.status,
            WorkOrderStatus::Completed | WorkOrderStatus::Verified
        )
    });
    orders.sort_by_key(|order| (order.finished_at, order.id));
    let mut parts: Vec<PassportPart> = orders.into_iter().flat_map(changed_on).collect();
    parts.split_off(parts.len().saturating_sub(1000))
}

fn changed_on(order: WorkOrder) -> impl Iterator<Item = PassportPart> {
    order.parts.into_iter().map(move |line| PassportPart {
        work_order: order.number.clone(),
        finished_at: order.finished_at,
        part_id: line.part_id,
        quantity: line.quantity,
        serial_in: line.serial_in,
        serial_out: line.serial_out,
    })
}

/// Who pays for a request, if that was judged.
fn claim_of(request: &ServiceRequest) -> Option<PassportClaim> {
    request.coverage?;
    let record = coverage::record_of(request);
    let shares = record.shares();
    Some(PassportClaim {
        number: request.number.clone(),
        coverage: record.coverage(),
        is_overridden: record.overridden.is_some(),
        frozen_at: record.frozen_at,
        source: record.verdict.source,
        agreement_id: record.verdict.agreement_id,
        labour: shares.labour.payer,
        part: shares.part.payer,
        travel: shares.travel.payer,
        exclusion: record.verdict.exclusion,
    })
}

/// The hash of what a passport says, however its members are ordered.
fn hash_of(content: &PassportContent) -> Result<String> {
    let value = serde_json::to_value(content).map_err(|_| INTERNAL.error())?;
    Ok(sha256_hex(ordered(value).to_string().as_bytes()))
}

/// The same JSON, the members of every object in alphabetical order.
fn ordered(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members
                .into_iter()
                .map(|(name, value)| (name, ordered(value)))
                .collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(ordered).collect()),
        plain => plain,
    }
}
