//! That a warranty ends is told before, by the clock as of its own midnight; whatever moves the end moves that too.

use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::installed_products::InstalledProductId;
use aftercare_domain::installed_products::{WarrantyFacts, warranty};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Date, Result, Time};
use aftercare_persistence::installed_products::first_units;
use aftercare_persistence::platform::warranty_ends::{self, KeptEnd};
use aftercare_persistence::{Db, IfMatch, Tx, Work, get_for_update};

use super::warranty::policy_of;

/// Notes when the end of a unit's warranty is told next, after the unit was registered or changed.
pub async fn follow(tx: &mut Tx<'_>, unit: &InstalledProduct) -> Result<()> {
    let today = tx.today();
    let known = warranty_ends::of_unit(tx, unit.id).await?;
    let ends_on = ends_on(tx, unit, today).await?;
    if known.end.ends_on == ends_on {
        return Ok(());
    }
    let now = tx.now();
    let mut kept = arm(tx, known, ends_on, today)?;
    // A notice of today is told now: nothing is told of a time before it was known.
    kept.due_at = kept.due_at.map(|due| due.max(now));
    warranty_ends::keep(tx, unit.id, &kept).await
}

/// The same for the units a sandbox begins with.
pub async fn follow_all(tx: &mut Tx<'_>) -> Result<()> {
    for unit in first_units(tx).await? {
        follow(tx, &unit).await?;
    }
    Ok(())
}

/// Lets the notice that is due happen, in a unit of work of its own; whether anything was told.
pub async fn catch_up(db: &Db, id: InstalledProductId) -> Result<bool> {
    db.write(&Work::system("clock"), async move |tx: &mut Tx<'_>| {
        let unit: InstalledProduct = get_for_update(tx, id, &IfMatch::internal()).await?;
        let known = warranty_ends::of_unit(tx, id).await?;
        let asker = tx.stamp();
        let Some(due) = known.due_at.filter(|due| *due <= asker.now) else {
            return Ok(false);
        };
        // What is only to be reckoned anew is so as of now, a notice as of its own instant.
        let day = match known.end.ends_on {
            Some(_) => due.date_in(tx.zone()),
            None => tx.today(),
        };
        let ends_on = ends_on(tx, &unit, day).await?;
        let is_true = ends_on.is_some() && ends_on == known.end.ends_on;
        let notice = known.end.notice_on(day).filter(|_| is_true);
        let Some((days, ends_on)) = notice.zip(ends_on) else {
            let kept = arm(tx, known, ends_on, day)?;
            warranty_ends::keep(tx, id, &kept).await?;
            return Ok(false);
        };
        let at = asker.as_system().at(due);
        tx.restamp(at.clone());
        tx.emit(unit.expiring(ends_on, days, &at));
        tx.restamp(asker);
        let mut told = known;
        told.end.told = Some((ends_on, days));
        let kept = arm(tx, told, Some(ends_on), day)?;
        warranty_ends::keep(tx, id, &kept).await?;
        Ok(true)
    })
    .await
}

/// The last day of the whole unit's warranty as of a day; none for one that is out of service or was never good.
async fn ends_on(tx: &mut Tx<'_>, unit: &InstalledProduct, day: Date) -> Result<Option<Date>> {
    if !unit.is_in_place() {
        return Ok(None);
    }
    let policy = policy_of(tx, unit).await?;
    let facts = WarrantyFacts {
        policy: policy.as_ref(),
        is_under_agreement: false,
        at: day,
        today: day,
    };
    Ok(warranty(unit, &facts).whole_until)
}

/// The same with another end, due at the midnight of the next notice on or after a day.
fn arm(tx: &Tx<'_>, known: KeptEnd, ends_on: Option<Date>, from: Date) -> Result<KeptEnd> {
    let mut end = known.end;
    end.ends_on = ends_on;
    let due_at: Option<Time> = match end.next_notice(from) {
        Some((_, day)) => Some(day.start_in(tx.zone()).ok_or_else(|| INTERNAL.error())?),
        None => None,
    };
    Ok(KeptEnd { end, due_at })
}
