//! Service outlets: how they are kept and found, what they serve, and their accounts.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::{Label64, RegionCode, search_fold};
use aftercare_domain::kernel::{Actor, Column as _, Result, Scope, Violation};
use aftercare_domain::outlets::served::{OutletAccount, OutletCategory, OutletRegion};
use aftercare_domain::outlets::{OutletStatus, ServiceOutlet, ServiceOutletFilter, coverage};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
use aftercare_domain::requests::OutletId;
use uuid::Uuid;

use crate::db::{ListBy, Table, Tx, Unique, Where, among, delete, insert_all, many, record, sql};
use crate::platform::references::{Referable, usable};
use crate::platform::visibility::narrow;

const TABLE: Table = Table::new("service_outlets", "service_outlet")
    .scoped(visible)
    .unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "service_outlets_code_key",
    columns: "service_outlets.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ServiceOutlet: TABLE =>
    id, code, name, level, region_code, service_regions, category_ids, address, location, contact, phone, license_no,
    bank_account, contract_from, contract_to, deposit, status, trial_since, confirmed_on, star,
    settlement_coefficient, parts_credit_limit, status_reason, external_refs; meta; search = text_of
}

record! { OutletRegion: Table::new("outlet_regions", "outlet_region").part().quiet() => id, outlet_id, region_code }

record! { OutletCategory: Table::new("outlet_categories", "outlet_category").part().quiet() =>
    id, outlet_id, category_id
}

// Neither audited nor told: the record shows its last four characters, and so does every trail of it.
record! { OutletAccount: Table::new("outlet_accounts", "outlet_account").part().quiet() => id, account }

impl Referable for ServiceOutlet {
    fn is_active(&self) -> bool {
        self.is_in_business()
    }
}

impl ListBy<ServiceOutlet> for ServiceOutletFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code", "name"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.any("status", self.status.as_ref());
        w.eq("level", self.level);
        w.eq("region_code", self.region_code.clone());
        if let Some(region) = &self.serves_region_code {
            let line = coverage::line_of(region);
            w.raw_list(
                "id in (select outlet_id from outlet_regions where region_code in (?))",
                line.iter().map(RegionCode::to_raw).collect(),
            );
        }
        if let Some(category) = self.product_category_id {
            w.raw(SERVES_CATEGORY, Some(category.to_raw()));
        }
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// Whoever names no category serves every one; else it is the category or one above it.
const SERVES_CATEGORY: &str =
    "(not exists (select 1 from outlet_categories c where c.outlet_id = service_outlets.id)
     or id in (select outlet_id from outlet_categories where category_id in (
       with recursive line (id, parent_id, level) as (
         select id, parent_id, 1 from product_categories where id = ?
         union all
         select t.id, t.parent_id, line.level + 1 from product_categories t join line on t.id = line.parent_id
           where line.level < 16
       ) select id from line)))";

/// Its own people see an outlet, a customer sees every active one; whoever works for all of them sees all.
fn visible(actor: &Actor, w: &mut Where) {
    match actor.scope() {
        Scope::Own => w.eq("status", Some(OutletStatus::Active)),
        Scope::Outlet | Scope::All => narrow(actor, w, "1 = 0 and id = ?", "1 = 0 and id = ?", "id = ?"),
    }
}

/// What the text search looks into.
fn text_of(outlet: &ServiceOutlet) -> String {
    search_fold(&[outlet.code.as_str(), outlet.name.as_str()])
}

/// Brings what it serves in step with an outlet that was just written.
pub async fn keep_reach(tx: &mut Tx<'_>, outlet: &ServiceOutlet) -> Result<()> {
    let of = || vec![outlet.id.to_raw()];
    let regions: Vec<OutletRegion> = many(tx, "outlet_id = $1 order by id", of()).await?;
    let categories: Vec<OutletCategory> = many(tx, "outlet_id = $1 order by id", of()).await?;
    for row in &regions {
        delete(tx, row).await?;
    }
    for row in &categories {
        delete(tx, row).await?;
    }
    add_reach(tx, outlet).await
}

/// Keeps what a new outlet serves.
pub async fn add_reach(tx: &mut Tx<'_>, outlet: &ServiceOutlet) -> Result<()> {
    let at = tx.stamp();
    insert_all(tx, &outlet.regions(&at)).await?;
    insert_all(tx, &outlet.categories(&at)).await
}

/// Keeps the whole bank account of an outlet, or forgets it.
pub async fn keep_account(tx: &mut Tx<'_>, id: OutletId, account: Option<&Label64>) -> Result<()> {
    let known: Vec<OutletAccount> = many(tx, "id = $1", vec![id.to_raw()]).await?;
    for row in &known {
        delete(tx, row).await?;
    }
    let row = account.cloned().map(|account| OutletAccount { id, account });
    insert_all(tx, row.as_slice()).await
}

/// The whole bank account of an outlet.
pub async fn account_of(tx: &mut Tx<'_>, id: OutletId) -> Result<Option<Label64>> {
    let known: Vec<OutletAccount> = many(tx, "id = $1", vec![id.to_raw()]).await?;
    Ok(known.into_iter().next().map(|row| row.account))
}

/// How many jobs of an outlet are not done yet.
pub async fn open_orders(tx: &mut Tx<'_>, id: OutletId) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from work_orders where outlet_id = $1 and status in
         ('dispatched', 'accepted', 'en_route', 'on_site', 'in_progress', 'waiting_parts', 'waiting_customer')",
        id
    ))
    .await
}

/// Whether an outlet may get new work; one nobody entered here stands in nobody's way.
pub async fn takes_work(tx: &mut Tx<'_>, id: OutletId) -> Result<bool> {
    let text = sql!("select status from service_outlets where id = $1", id);
    let found: Vec<OutletStatus> = tx.read(text, |row| row.get("status")).await?;
    Ok(found.into_iter().all(OutletStatus::takes_work))
}

/// Every outlet that takes work, in order of their codes; no scope, because the gaps are everybody's.
pub async fn at_work(tx: &mut Tx<'_>) -> Result<Vec<ServiceOutlet>> {
    let taken = [OutletStatus::Trial, OutletStatus::Active].map(|status| status.to_raw());
    many(tx, "status in ($1, $2) order by code limit 10000", taken.to_vec()).await
}

/// The categories an outlet names; what is wrong with one is added to `wrong`.
pub async fn refer_categories(
    tx: &mut Tx<'_>,
    ids: &[ProductCategoryId],
    wrong: &mut Vec<Violation>,
) -> Result<()> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let found: Vec<ProductCategory> = among(tx, "id", &wanted, "id").await?;
    for (place, id) in ids.iter().enumerate() {
        let known = found.iter().find(|category| category.id == *id).cloned();
        usable(known, &format!("#/category_ids/{place}"), wrong);
    }
    Ok(())
}

/// An outlet whoever asks, for rules that look beyond a caller's rows.
pub async fn whoever_asks(tx: &mut Tx<'_>, id: OutletId) -> Result<Option<ServiceOutlet>> {
    let found = many(tx, "id = $1", vec![id.to_raw()]).await?;
    Ok(found.into_iter().next())
}
