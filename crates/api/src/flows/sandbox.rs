//! A sandbox's clock and its reset (A11, A31).

use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Clock as _, Result, Time};
use aftercare_domain::sandbox::{CLOCK_BACKWARDS, Dataset, RESET_AT};
use aftercare_persistence::platform::{sandbox, warranty_ends as ends};
use aftercare_persistence::requests::due;
use aftercare_persistence::{Db, Tx, Work, seed, service_agreements, users};

use crate::clock::SandboxClock;
use crate::flows::first_users::sandbox_user_id;
use crate::flows::{
    agreements, exams, performance, promises, proposals, requests, sequencer, showcase, warranty_ends,
};

fn work() -> Work {
    Work::system("sandbox")
}

/// Puts the clock where the database says it stood.
pub async fn restore_clock(db: &Db, clock: &SandboxClock) -> Result<bool> {
    let stored = db.read(&work(), async |tx| sandbox::clock(tx).await).await?;
    if let Some((at, _)) = stored {
        clock.stand_at(at);
    }
    Ok(stored.is_some())
}

/// Stands the clock at an instant without firing anything; whoever reads catches up. What was asked for at the time that
/// ends is done at that time.
///
/// Errors: `clock_backwards`.
pub async fn stand(db: &Db, clock: &SandboxClock, to: Time) -> Result<()> {
    let stored = db.read(&work(), async |tx| sandbox::clock(tx).await).await?;
    let is_reset = stored.is_none_or(|(_, is_reset)| is_reset);
    if !is_reset && to < clock.now() {
        return Err(CLOCK_BACKWARDS.at("#/now"));
    }
    promises::recount_all(db).await?;
    // Right after a reset the clock may still be chosen freely, as long as it only goes back.
    let stays_reset = is_reset && to <= clock.now();
    db.write(&work(), async move |tx| {
        sandbox::set_clock(tx, to, stays_reset).await
    })
    .await?;
    clock.stand_at(to);
    Ok(())
}

/// Moves on to an instant and lets everything due happen on the way, each at its own due instant. How much did.
///
/// Errors: `clock_backwards`.
pub async fn advance(db: &Db, clock: &SandboxClock, to: Time) -> Result<i64> {
    if to < clock.now() {
        return Err(CLOCK_BACKWARDS.at("#/to"));
    }
    promises::recount_all(db).await?;
    let mut fired = 0_i64;
    loop {
        let next = db
            .read(&work(), async |tx| {
                let request = sandbox::first_due(tx).await?;
                let agreement = service_agreements::first_due(tx).await?;
                let warranty = ends::first_due(tx).await?;
                Ok(request.into_iter().chain(agreement).chain(warranty).min())
            })
            .await?;
        let Some(next) = next.filter(|next| *next <= to) else {
            break;
        };
        clock.stand_at(next.max(clock.now()));
        let (ending, expiring, waiting) = db
            .read(&work(), async |tx| {
                let now = tx.now();
                let ending = service_agreements::due(tx, now, 100).await?;
                let expiring = ends::due(tx, now, 100).await?;
                Ok((ending, expiring, due(tx, now, 100).await?))
            })
            .await?;
        if ending.is_empty() && expiring.is_empty() && waiting.is_empty() {
            return Err(INTERNAL.error());
        }
        for id in ending {
            fired = fired.saturating_add(i64::from(agreements::catch_up(db, id).await?));
        }
        for id in expiring {
            fired = fired.saturating_add(i64::from(warranty_ends::catch_up(db, id).await?));
        }
        for id in waiting {
            fired = fired.saturating_add(i64::from(requests::catch_up(db, id).await?));
        }
    }
    db.write(&work(), async move |tx| sandbox::set_clock(tx, to, false).await)
        .await?;
    clock.stand_at(to);
    loop {
        // What these do is dated by their own records, whenever it is noticed.
        let handed_in = exams::sweep(db).await?;
        let final_now = performance::sweep(db).await?;
        let expired = proposals::expire(db).await?;
        let count = handed_in.saturating_add(final_now).saturating_add(expired);
        if count == 0 {
            break;
        }
        fired = fired.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
    }
    show(db).await;
    Ok(fired)
}

/// Starts over.
pub async fn reset(db: &Db, clock: &SandboxClock, dataset: Dataset) -> Result<()> {
    let user = |name| sandbox_user_id(name).ok_or_else(|| INTERNAL.error());
    let engineers = [user("engineer")?, user("engineer2")?];
    let (customer, outlet_manager) = (user("customer")?, user("outlet_manager")?);
    let before = clock.stands_at();
    clock.stand_at(RESET_AT);
    let unit = async move |tx: &mut Tx<'_>| {
        users::detach_all(tx).await?;
        sandbox::wipe(tx).await?;
        seed::system(tx).await?;
        seed::sandbox::engineers(tx, engineers).await?;
        if dataset == Dataset::Demo {
            seed::sandbox::company(tx, customer, outlet_manager).await?;
            showcase::tell(tx).await?;
            warranty_ends::follow_all(tx).await?;
        }
        sandbox::set_clock(tx, RESET_AT, true).await
    };
    let done = db.write(&work(), unit).await;
    // All of it or nothing: what stays as it was stays under its own time.
    if let (Err(_), Some(before)) = (&done, before) {
        clock.stand_at(before);
    }
    done?;
    show(db).await;
    Ok(())
}

/// Whoever moved the clock or started over reads the feed next; what fails here the sequencer's beat does a moment later.
async fn show(db: &Db) {
    if let Err(error) = sequencer::number(db).await {
        tracing::warn!(%error, "The feed lags behind");
    }
}
