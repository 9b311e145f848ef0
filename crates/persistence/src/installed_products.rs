//! Units at customers': how they are kept and found.

use aftercare_domain::customers::CustomerId;
use aftercare_domain::installed_products::{
    DUPLICATE_SERIAL, InstalledProduct, InstalledProductFilter, InstalledProductId,
};
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::requests::{Attempt, ServiceRequest};
use aftercare_domain::work_orders::WorkOrder;
use uuid::Uuid;

use crate::customers::of_visible;
use crate::db::{ListBy, Table, Tx, Unique, Where, among, many, record};
use crate::platform::references::Referable;

const TABLE: Table = Table::new("installed_products", "installed_product")
    .scoped(of_visible)
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "installed_products_serial_key",
    columns: "installed_products.product_id, installed_products.serial_no",
    code: &DUPLICATE_SERIAL,
    pointer: "#/serial_no",
}];

record! { InstalledProduct: TABLE =>
    id, serial_no, product_id, customer_id, address_id, purchase_record_id, purchased_on, accepted_on, in_service_on,
    warranty_policy_id, status, replaces_id, exchanged_on, exchanged_at, retired_on, criticality, repair_days_total,
    same_fault_repairs, ownership, repair_periods, external_refs; meta; search = text_of
}

// Who is out of service is named by nothing new.
impl Referable for InstalledProduct {
    fn is_active(&self) -> bool {
        self.is_in_place()
    }
}

impl ListBy<InstalledProduct> for InstalledProductFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "serial_no"];

    fn apply(&self, w: &mut Where) {
        w.eq("customer_id", self.customer_id);
        w.eq("product_id", self.product_id);
        w.eq("address_id", self.address_id);
        w.eq("warranty_policy_id", self.warranty_policy_id);
        w.eq("serial_no", self.serial_no.clone());
        w.any("status", self.status.as_ref());
        w.eq("criticality", self.criticality);
        let ends = |comparison: &str| {
            format!("id in (select installed_product_id from warranty_ends where ends_on {comparison} ?)")
        };
        if let Some(from) = self.warranty_ends_from {
            w.raw(&ends(">="), Some(from.to_raw()));
        }
        if let Some(before) = self.warranty_ends_before {
            w.raw(&ends("<"), Some(before.to_raw()));
        }
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// What the text search looks into.
fn text_of(unit: &InstalledProduct) -> String {
    search_fold(&[unit.serial_no.as_str()])
}

/// Refuses a serial number another unit of the product has, and names that unit (AC-017).
///
/// # Errors
/// `duplicate_serial` with `conflicting_id`.
pub async fn serial_is_free(tx: &mut Tx<'_>, unit: &InstalledProduct) -> Result<()> {
    let args = vec![unit.product_id.to_raw(), unit.serial_no.to_raw()];
    let same: Vec<InstalledProduct> = many(tx, "product_id = $1 and serial_no = $2", args).await?;
    match same.into_iter().find(|other| other.id != unit.id) {
        Some(other) => Err(DUPLICATE_SERIAL
            .at("#/serial_no")
            .with("conflicting_id", other.id.to_string())),
        None => Ok(()),
    }
}

/// The units of a customer that are with him, the oldest first; at most so many.
pub async fn in_place(tx: &mut Tx<'_>, of: CustomerId, limit: usize) -> Result<Vec<InstalledProduct>> {
    let condition = "customer_id = $1 and status in ('in_use', 'in_repair') order by id limit 200";
    let mut units: Vec<InstalledProduct> = many(tx, condition, vec![of.to_raw()]).await?;
    units.truncate(limit);
    Ok(units)
}

/// The units there are, the oldest first; at most so many as the demo company has.
pub async fn first_units(tx: &mut Tx<'_>) -> Result<Vec<InstalledProduct>> {
    let condition = "status in ('in_use', 'in_repair') order by id limit 200";
    many(tx, condition, Vec::new()).await
}

/// The unit that took the place of another one.
pub async fn successor(tx: &mut Tx<'_>, of: InstalledProductId) -> Result<Option<InstalledProduct>> {
    let found: Vec<InstalledProduct> = many(tx, "replaces_id = $1", vec![of.to_raw()]).await?;
    Ok(found.into_iter().next())
}

/// What was done about a unit.
#[derive(Clone, Debug)]
pub struct Repairs {
    /// The last 200 requests, the newest first.
    pub requests: Vec<ServiceRequest>,
    /// Every attempt to solve one of them, in order.
    pub attempts: Vec<Attempt>,
    /// Their orders, in order.
    pub orders: Vec<WorkOrder>,
}

/// What was done about a unit.
pub async fn repaired(tx: &mut Tx<'_>, of: InstalledProductId) -> Result<Repairs> {
    let condition = "installed_product_id = $1 order by created_at desc, id desc limit 200";
    let requests: Vec<ServiceRequest> = many(tx, condition, vec![of.to_raw()]).await?;
    let ids: Vec<Uuid> = requests.iter().map(|request| request.id.0).collect();
    let attempts = among(tx, "service_request_id", &ids, "service_request_id, no").await?;
    let orders = among(tx, "service_request_id", &ids, "service_request_id, id").await?;
    Ok(Repairs {
        requests,
        attempts,
        orders,
    })
}
