//! The hours two groups patrol in, so that a roster can be made on the first day (EN-4).

use aftercare_domain::kernel::text::{DayTime, Label200, MasterCode};
use aftercare_domain::kernel::{I18n, Meta, Result};
use aftercare_domain::shifts::templates::Weekday;
use aftercare_domain::shifts::{ShiftKind, ShiftTemplate, ShiftTemplateId};

use super::base::text;
use crate::{Tx, db};

/// Adds the template of the patrol, unless it is there.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp().as_system();
    let patrol = ShiftTemplate {
        id: ShiftTemplateId::next(&at),
        code: text(MasterCode::new("PATROL"))?,
        name: I18n {
            zh: text(Label200::new("巡检"))?,
            en: Some(text(Label200::new("Patrol"))?),
        },
        start: text(DayTime::new("08:30"))?,
        end: text(DayTime::new("17:30"))?,
        kind: ShiftKind::Patrol,
        weekdays: vec![
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
        ],
        is_active: true,
        meta: Meta::new(&at),
    };
    db::seed(tx, &[patrol]).await
}
