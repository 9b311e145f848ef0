//! Keys other systems know records by: one key leads to one record, whoever asks first (C26).
//!
//! A record carries its keys itself; this table is their index, kept in step in the same unit of work. Its primary
//! key is what makes two upserts at once safe: the second waits for the first and then finds its record.

use aftercare_domain::customers::{Customer, ExternalRef};
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE;
use aftercare_domain::outlets::ServiceOutlet;
use aftercare_domain::products::Product;
use aftercare_domain::requests::ServiceRequest;
use aftercare_domain::service_agreements::ServiceAgreement;
use aftercare_domain::skills::Skill;
use uuid::Uuid;

use crate::db::{Record, Tx, sql};

/// A record other systems have keys for.
pub trait Linked: Record {
    /// Its keys.
    fn external_refs(&self) -> &[ExternalRef];
}

impl Linked for ServiceRequest {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for Customer {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for Product {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for ServiceAgreement {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for InstalledProduct {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for Skill {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

impl Linked for ServiceOutlet {
    fn external_refs(&self) -> &[ExternalRef] {
        &self.external_refs
    }
}

/// The record a key leads to; its visibility is for the caller to check.
pub async fn find<T: Linked>(tx: &mut Tx<'_>, key: &ExternalRef) -> Result<Option<Uuid>> {
    let found = tx
        .read(
            sql!(
                "select resource_id from external_refs where resource = $1 and system = $2 and external_id = $3",
                T::TABLE.resource.to_owned(),
                key.system.clone(),
                key.external_id.clone()
            ),
            |row| row.get("resource_id"),
        )
        .await?;
    Ok(found.into_iter().next())
}

/// Takes a key for a record; false if another record has it, or gets it while we wait.
pub async fn claim<T: Linked>(tx: &mut Tx<'_>, id: Uuid, key: &ExternalRef) -> Result<bool> {
    let taken = tx
        .exec(sql!(
            "insert into external_refs (resource, resource_id, system, external_id) values ($1, $2, $3, $4)
             on conflict (resource, system, external_id) do nothing",
            T::TABLE.resource.to_owned(),
            id,
            key.system.clone(),
            key.external_id.clone()
        ))
        .await?;
    Ok(taken == 1)
}

/// Brings the index in step with the keys of a record that was just written.
///
/// # Errors
/// `duplicate` with `conflicting_id` if another record has one of them.
pub async fn keep<T: Linked>(tx: &mut Tx<'_>, record: &T) -> Result<()> {
    let id = record.id();
    // A record nobody knows yet has nothing to be brought in step with.
    if record.external_refs().is_empty() && !tx.knows(T::TABLE.name, id) {
        return Ok(());
    }
    let kept: Vec<ExternalRef> = tx
        .read(
            sql!(
                "select system, external_id from external_refs where resource = $1 and resource_id = $2",
                T::TABLE.resource.to_owned(),
                id
            ),
            |row| {
                Ok(ExternalRef {
                    system: row.get("system")?,
                    external_id: row.get("external_id")?,
                })
            },
        )
        .await?;
    for gone in kept.iter().filter(|key| !record.external_refs().contains(key)) {
        tx.exec(sql!(
            "delete from external_refs where resource = $1 and system = $2 and external_id = $3",
            T::TABLE.resource.to_owned(),
            gone.system.clone(),
            gone.external_id.clone()
        ))
        .await?;
    }
    for (at, key) in record.external_refs().iter().enumerate() {
        if kept.contains(key) || claim::<T>(tx, id, key).await? {
            continue;
        }
        // The same key twice on one record is one key.
        let owner = find::<T>(tx, key).await?;
        if owner != Some(id) {
            let refused = DUPLICATE.at(&format!("#/external_refs/{at}"));
            return Err(match owner {
                Some(owner) => refused.with("conflicting_id", owner.to_string()),
                None => refused,
            });
        }
    }
    Ok(())
}
