//! What a sandbox has besides: one engineer row each for its engineers (A31), and the demo company.

mod agreements;
pub mod company;
mod data;
pub mod outlets;
mod people;
mod schedules;
pub mod warranty;

use aftercare_domain::engineers::{Engineer, EngineerStatus};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::{Name, Phone};
use aftercare_domain::kernel::{Meta, Result};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::users::{User, UserId};
use uuid::Uuid;

use super::add_missing;
use crate::{Tx, numbers};

/// The engineers of a sandbox: name, telephone, identifier; identifiers never change.
const ENGINEERS: [(&str, &str, u128); 2] = [
    ("张伟", "13900139001", 0x0192_f0c1_8a00_7c55_9a53_0000_0000_0001),
    ("刘洋", "13900139002", 0x0192_f0c1_8a00_7c55_9a53_0000_0000_0002),
];

/// Adds the two engineers and lets their users be them.
pub async fn engineers(tx: &mut Tx<'_>, their_users: [UserId; 2]) -> Result<()> {
    let at = tx.stamp();
    for ((name, phone, id), user_id) in ENGINEERS.into_iter().zip(their_users) {
        let mut user: Option<User> = crate::find(tx, user_id.0).await?;
        let engineer = Engineer {
            id: EngineerId(Uuid::from_u128(id)),
            number: numbers::next(tx, Series::Engineer).await?,
            user_id: user.as_ref().map(|user| user.id),
            name: Name::new(name).map_err(|_| INTERNAL.error())?,
            phone: Phone::new(phone).map_err(|_| INTERNAL.error())?,
            outlet_id: None,
            status: EngineerStatus::Active,
            max_daily_jobs: 8,
            profile: schedules::profile_of(name)?,
            meta: Meta::new(&at),
        };
        add_missing(tx, vec![engineer]).await?;
        if let Some(user) = &mut user {
            crate::db::remember(tx, user);
            user.engineer_id = Some(Uuid::from_u128(id));
            crate::update(tx, user).await?;
        }
    }
    Ok(())
}

/// The identifier of one of the two engineers who have users: `engineer` is 0, `engineer2` is 1.
pub fn engineer(place: usize) -> Option<EngineerId> {
    ENGINEERS
        .get(place)
        .map(|(_, _, id)| EngineerId(Uuid::from_u128(*id)))
}

/// Adds the demo company (domain.md 6.1, 6.2); one user becomes its customer 刘芳, the other runs its outlet CD01.
pub async fn company(tx: &mut Tx<'_>, customer: UserId, outlet_manager: UserId) -> Result<()> {
    company::keep(tx).await?;
    outlets::keep(tx).await?;
    let found: Option<User> = crate::find(tx, customer.0).await?;
    if let Some(mut user) = found {
        crate::db::remember(tx, &user);
        user.customer_id = Some(company::customer(0));
        crate::update(tx, &mut user).await?;
    }
    let found: Option<User> = crate::find(tx, outlet_manager.0).await?;
    if let Some(mut user) = found {
        crate::db::remember(tx, &user);
        user.outlet_id = outlets::outlet("CD01").map(|id| id.0);
        crate::update(tx, &mut user).await?;
    }
    Ok(())
}
