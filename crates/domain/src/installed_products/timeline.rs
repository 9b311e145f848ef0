//! The life of a unit's promises, day by day: when each began, what put it off, when it ends (CU-1, CU-5).

use serde::Serialize;
use utoipa::ToSchema;

use super::InstalledProduct;
use super::history::{DaySpan, spans};
use super::warranty::{Term, WarrantyFacts, start_of};
use crate::kernel::Date;
use crate::kernel::text::WordCode;
use crate::label;

label! {
    /// What a line of the timeline says.
    pub enum TimelineKind {
        /// The warranty begins.
        Start = "start",
        /// It begins anew: the unit took the place of another one.
        Exchange = "exchange",
        /// The unit is in repair or waits for parts.
        Pause = "pause",
        /// The term of the whole unit would have ended on this day without any pause.
        WholeTerm = "whole_term",
        /// The last day the whole unit is good.
        WholeEnd = "whole_end",
        /// The last day a main part is good.
        MainPartEnd = "main_part_end",
        /// The last day a visit is free.
        FreeOnSiteEnd = "free_on_site_end",
        /// The last day parts are free.
        PartsFreeEnd = "parts_free_end",
        /// An agreement begins to cover it.
        AgreementStart = "agreement_start",
        /// The last day an agreement covers it.
        AgreementEnd = "agreement_end",
        /// The unit is out of service.
        Retired = "retired",
    }
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// On which day, or from which.
    pub on: Date,
    /// To which day, for what lasts.
    #[schema(required)]
    pub until: Option<Date>,
    /// What it says.
    pub kind: TimelineKind,
    /// By how many days it puts the end of the whole unit's term off, or was put off itself.
    #[schema(minimum = 0, maximum = 100_000)]
    pub days: i64,
    /// Which main part it is about.
    #[schema(required)]
    pub part_category: Option<WordCode>,
}

/// The days an agreement covers the unit, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedDays {
    /// The first.
    pub from: Date,
    /// The last.
    pub until: Date,
}

/// Everything that happens to the promises of a unit, by day. The term of the whole unit and the days of all pauses
/// together make its end.
pub fn timeline(
    unit: &InstalledProduct,
    facts: &WarrantyFacts<'_>,
    agreed: &[AgreedDays],
) -> Vec<TimelineEntry> {
    let mut lines = Vec::new();
    let started = facts
        .policy
        .and_then(|policy| Some((policy, start_of(unit, policy.start_basis)?.0)));
    let spans = spans(&unit.repair_periods, facts.today);
    let begun = if unit.exchanged_on.is_some() {
        TimelineKind::Exchange
    } else {
        TimelineKind::Start
    };
    let mut running = None;
    if let Some((policy, start)) = started {
        lines.push(line(start, begun, 0));
        let whole = Term::run(start, policy.whole_months, &spans);
        running = whole.map(|_| (start, start.plus_months(policy.whole_months)));
        if let Some(term) = whole {
            let nominal = start.plus_months(policy.whole_months);
            lines.push(line(nominal, TimelineKind::WholeTerm, 0));
            lines.push(line(term.until, TimelineKind::WholeEnd, term.suspended_days));
        }
        for part in &policy.main_part_months {
            if let Some(term) = Term::run(start, part.months, &spans) {
                lines.push(TimelineEntry {
                    part_category: Some(part.part_category.clone()),
                    ..line(term.until, TimelineKind::MainPartEnd, term.suspended_days)
                });
            }
        }
        let state = super::warranty(unit, facts);
        if policy.free_on_site_months.is_some() {
            lines.extend(
                state
                    .free_on_site_until
                    .map(|on| line(on, TimelineKind::FreeOnSiteEnd, 0)),
            );
        }
        let parts = state.parts_free_until;
        lines.extend(parts.map(|on| line(on, TimelineKind::PartsFreeEnd, 0)));
    }
    lines.extend(pauses(&spans, running));
    for days in agreed {
        lines.push(line(days.from, TimelineKind::AgreementStart, 0));
        lines.push(line(days.until, TimelineKind::AgreementEnd, 0));
    }
    lines.extend(unit.retired_on.map(|on| line(on, TimelineKind::Retired, 0)));
    lines.sort_by_key(|entry| (entry.on, entry.kind));
    lines
}

/// One line for each pause, with the days by which it puts the end of a term off.
fn pauses(spans: &[DaySpan], running: Option<(Date, Date)>) -> Vec<TimelineEntry> {
    let mut running = running;
    let mut lines = Vec::new();
    for span in spans {
        let mut days = 0;
        if let Some((start, until)) = &mut running {
            let from = span.from.max(*start);
            if from <= span.until && from <= *until {
                days = DaySpan { from, ..*span }.days();
                *until = until.plus_days(days);
            }
        }
        lines.push(TimelineEntry {
            until: Some(span.until),
            ..line(span.from, TimelineKind::Pause, days)
        });
    }
    lines
}

fn line(on: Date, kind: TimelineKind, days: i64) -> TimelineEntry {
    TimelineEntry {
        on,
        until: None,
        kind,
        days,
        part_category: None,
    }
}
