//! What every database starts with: the rows the rules themselves refer to (A31). One file for each group of modules.
//!
//! Seeding is idempotent: what stands is left as it is, what is missing is added. It runs at every start and after a
//! sandbox reset.

mod assessments;
mod base;
mod performance;
pub mod regions;
pub mod sandbox;
mod shifts;
mod sla;
mod warranty;
mod words;

use aftercare_domain::kernel::{Kind, Result};

use crate::db::{Db, Record, Tx, Work};

/// Adds every missing system row.
pub async fn system(tx: &mut Tx<'_>) -> Result<()> {
    base::keep(tx).await?;
    warranty::keep(tx).await?;
    assessments::keep(tx).await?;
    performance::keep(tx).await?;
    shifts::keep(tx).await?;
    sla::keep(tx).await
}

/// Brings a database to what every release expects; two servers that start together do not mind each other.
pub async fn run(db: &Db) -> Result<()> {
    let work = Work::system("seed");
    let unit = async |tx: &mut Tx<'_>| system(tx).await;
    match db.write(&work, unit).await {
        // Another server was faster with the same rows; the second look sees them.
        Err(refusal) if refusal.code.kind == Kind::Conflict => db.write(&work, unit).await,
        outcome => outcome,
    }
}

/// Keeps the records that are not there yet, told by their identifiers.
async fn add_missing<T: Record>(tx: &mut Tx<'_>, records: Vec<T>) -> Result<()> {
    for record in records {
        if crate::find::<T>(tx, record.id()).await?.is_none() {
            crate::insert(tx, &record).await?;
        }
    }
    Ok(())
}
