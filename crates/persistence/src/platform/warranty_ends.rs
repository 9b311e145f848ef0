//! When warranties end and when that is told next: one row for each unit, found by its instant.

use aftercare_domain::installed_products::InstalledProductId;
use aftercare_domain::installed_products::expiring::WarrantyEnd;
use aftercare_domain::kernel::{Column as _, Raw, Result, Time};
use aftercare_domain::product_categories::ProductCategoryId;
use aftercare_domain::products::ProductId;
use aftercare_domain::warranty_policies::WarrantyPolicyId;

use crate::db::{FromRow, Row, Sql, Tx, sql};

/// What is kept of one unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeptEnd {
    /// What is known.
    pub end: WarrantyEnd,
    /// When the clock looks next.
    pub due_at: Option<Time>,
}

impl FromRow for KeptEnd {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (told_ends_on, told_days) = (row.get("told_ends_on")?, row.get("told_days")?);
        let told: (Option<_>, Option<i64>) = (told_ends_on, told_days);
        Ok(KeptEnd {
            end: WarrantyEnd {
                ends_on: row.get("ends_on")?,
                told: told.0.zip(told.1),
            },
            due_at: row.get("due_at")?,
        })
    }
}

/// What is kept of a unit; nothing yet if it was never reckoned.
pub async fn of_unit(tx: &mut Tx<'_>, id: InstalledProductId) -> Result<KeptEnd> {
    let found = tx
        .maybe(sql!(
            "select ends_on, due_at, told_ends_on, told_days from warranty_ends where installed_product_id = $1",
            id
        ))
        .await?;
    Ok(found.unwrap_or_default())
}

/// Keeps what is known of a unit.
pub async fn keep(tx: &mut Tx<'_>, id: InstalledProductId, kept: &KeptEnd) -> Result<()> {
    let told = kept.end.told;
    tx.exec(sql!(
        "insert into warranty_ends (installed_product_id, ends_on, due_at, told_ends_on, told_days)
         values ($1, $2, $3, $4, $5)
         on conflict (installed_product_id) do update set ends_on = excluded.ends_on, due_at = excluded.due_at,
         told_ends_on = excluded.told_ends_on, told_days = excluded.told_days",
        id,
        kept.end.ends_on,
        kept.due_at,
        told.map(|(ends_on, _)| ends_on),
        told.map(|(_, days)| days)
    ))
    .await
    .map(|_| ())
}

/// The units whose end is to be looked at, the longest overdue first.
pub async fn due(tx: &mut Tx<'_>, now: Time, limit: i64) -> Result<Vec<InstalledProductId>> {
    let text = sql!(
        "select installed_product_id from warranty_ends where due_at <= $1
         order by due_at, installed_product_id limit $2",
        now,
        limit
    );
    tx.read(text, |row| row.get("installed_product_id")).await
}

/// The first instant at which an end is to be looked at.
pub async fn first_due(tx: &mut Tx<'_>) -> Result<Option<Time>> {
    tx.scalar(sql!("select min(due_at) as value from warranty_ends"))
        .await
}

/// The units that follow their category, of the categories named and all below them.
const FOLLOWERS: &str = "units.warranty_policy_id is null and units.product_id in (select id from products
    where category_id in (with recursive below (id) as (select id from product_categories where {seed}
    union select child.id from product_categories child join below on child.parent_id = below.id)
    select id from below))";

/// A policy changed: whatever it promised is reckoned anew.
pub async fn look_again_under(tx: &mut Tx<'_>, id: WarrantyPolicyId) -> Result<()> {
    let followers = FOLLOWERS.replace("{seed}", "warranty_policy_id = $2");
    let condition = format!("(units.warranty_policy_id = $2 or ({followers}))");
    look_again(tx, &condition, id.to_raw()).await
}

/// A category follows another policy than before, and so do those below it.
pub async fn look_again_in(tx: &mut Tx<'_>, id: ProductCategoryId) -> Result<()> {
    look_again(tx, &FOLLOWERS.replace("{seed}", "id = $2"), id.to_raw()).await
}

/// A product stands in another category than before.
pub async fn look_again_of(tx: &mut Tx<'_>, id: ProductId) -> Result<()> {
    look_again(tx, "units.product_id = $2", id.to_raw()).await
}

async fn look_again(tx: &mut Tx<'_>, condition: &str, id: Raw) -> Result<()> {
    let text = format!(
        "insert into warranty_ends (installed_product_id, due_at)
         select units.id, $1 from installed_products units
         where {condition} and units.status in ('in_use', 'in_repair')
         on conflict (installed_product_id) do update set ends_on = null, due_at = excluded.due_at"
    );
    let args = vec![tx.now().to_raw(), id];
    tx.exec(Sql::new(text, args)).await.map(|_| ())
}
