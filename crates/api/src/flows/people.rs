//! A user and the engineer he is: one link, whichever of the two is told of it (A29, A39).

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::users::{User, UserId};
use aftercare_persistence::{self as persistence, IfMatch, Tx, find};
use uuid::Uuid;

/// An engineer was entered or changed: the user he names is he, the one he named before is not.
///
/// Errors: `unknown_reference` at `#/user_id`.
pub async fn engineer_told(tx: &mut Tx<'_>, engineer: &Engineer, before: Option<UserId>) -> Result<()> {
    if engineer.user_id == before {
        return Ok(());
    }
    if let Some(former) = before {
        be(tx, former, Some(engineer.id.0), None).await?;
    }
    match engineer.user_id {
        Some(user_id) if find::<User>(tx, user_id.0).await?.is_none() => {
            Err(UNKNOWN_REFERENCE.at("#/user_id"))
        }
        Some(user_id) => be(tx, user_id, None, Some(engineer.id.0)).await,
        None => Ok(()),
    }
}

/// A user was made or changed: the engineer he names is he, the one he named before is not.
///
/// Errors: `unknown_reference` at `#/engineer_id`.
pub async fn user_told(tx: &mut Tx<'_>, user: &User, before: Option<Uuid>) -> Result<()> {
    if user.engineer_id == before {
        return Ok(());
    }
    if let Some(former) = before {
        belong(tx, former, Some(user.id), None).await?;
    }
    let Some(engineer_id) = user.engineer_id else {
        return Ok(());
    };
    let engineer: Engineer = find(tx, engineer_id)
        .await?
        .ok_or_else(|| UNKNOWN_REFERENCE.at("#/engineer_id"))?;
    if let Some(other) = engineer.user_id.filter(|other| *other != user.id) {
        be(tx, other, Some(engineer_id), None).await?;
    }
    belong(tx, engineer_id, None, Some(user.id)).await
}

/// The user is this engineer from now on, or nobody; `only` if he is the one named there now.
async fn be(tx: &mut Tx<'_>, id: UserId, only: Option<Uuid>, engineer_id: Option<Uuid>) -> Result<()> {
    let mut user: User = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
    if only.is_none() || user.engineer_id == only {
        user.engineer_id = engineer_id;
        persistence::update(tx, &mut user).await?;
    }
    Ok(())
}

/// The engineer is this user from now on, or nobody; `only` if he is the one named there now.
async fn belong(tx: &mut Tx<'_>, id: Uuid, only: Option<UserId>, user_id: Option<UserId>) -> Result<()> {
    // Links of before both sides were held together may lead nowhere.
    if find::<Engineer>(tx, id).await?.is_none() {
        return Ok(());
    }
    let id = aftercare_domain::requests::EngineerId(id);
    let mut engineer: Engineer = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
    if only.is_none() || engineer.user_id == only {
        engineer.user_id = user_id;
        persistence::update(tx, &mut engineer).await?;
    }
    Ok(())
}
