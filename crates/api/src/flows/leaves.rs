//! What an approved leave takes away (EN-1).

use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::Result;
use aftercare_domain::leaves::Leave;
use aftercare_domain::shifts::{Roster, Shift};
use aftercare_persistence::engineers::OfEngineer;
use aftercare_persistence::{self as persistence, IfMatch, Tx, leaves, shifts};

/// The shifts of its days are cancelled, of drafts as well, and the jobs not begun are listed for somebody else.
pub async fn take_away(tx: &mut Tx<'_>, leave: &mut Leave) -> Result<()> {
    // Held, so that no shift is written into the leave meanwhile.
    persistence::get_for_update::<Engineer>(tx, leave.engineer_id, &IfMatch::internal()).await?;
    let his = shifts::between(tx, &[leave.engineer_id], leave.from, leave.to).await?;
    let orders = leaves::unstarted_orders(tx, &OfEngineer(leave.engineer_id)).await?;
    leave.effect = Some(leave.effect(&his, &orders, tx.zone()));
    persistence::delete_all(tx, &his).await
}

/// The shifts of a roster that fall on leaves approved meanwhile are cancelled as well.
pub async fn spare_the_absent(tx: &mut Tx<'_>, roster: &Roster) -> Result<()> {
    let planned = shifts::of_roster(tx, roster.id).await?;
    let mut ids: Vec<_> = planned.iter().map(|shift| shift.engineer_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let away = leaves::holding(tx, &ids, roster.from, roster.to).await?;
    let is_away = |shift: &&Shift| {
        let mut his = away.iter().filter(|leave| leave.engineer_id == shift.engineer_id);
        his.any(|leave| leave.holds_on(shift.date))
    };
    let gone: Vec<Shift> = planned.iter().filter(is_away).cloned().collect();
    persistence::delete_all(tx, &gone).await
}
