//! A day as a plan takes it: when an engineer is free beside what is booked, and how much more he may take.

use chrono_tz::Tz;

use super::PlanWorker;
use crate::engineers::availability::EngineerDay;
use crate::kernel::{Spot, Time};
use crate::shifts::{Shift, ShiftKind};
use crate::work_orders::Appointment;

impl PlanWorker {
    /// An engineer between two instants of one local day, beside what is booked for him.
    pub fn of(day: EngineerDay<'_>, booked: &[Appointment], within: (Time, Time), zone: Tz) -> PlanWorker {
        let home = day.engineer.profile.home;
        PlanWorker {
            id: day.engineer.id,
            home: home.and_then(|home| Spot::at(home.lat, home.lng)),
            free: free(day, booked, within, zone),
            capacity: (day.engineer.max_daily_jobs - day.open_jobs).max(0),
        }
    }
}

/// When he works and nothing is booked; without any shift in the local ISO week he works but for where he stands by (A29).
fn free(
    day: EngineerDay<'_>,
    booked: &[Appointment],
    (from, to): (Time, Time),
    zone: Tz,
) -> Vec<(Time, Time)> {
    let date = from.date_in(zone);
    if day.leaves.iter().any(|leave| leave.holds_on(date)) {
        return Vec::new();
    }
    let is_planned = day
        .shifts
        .iter()
        .any(|shift| shift.date.iso_week() == date.iso_week());
    let (standing_by, working): (Vec<&Shift>, Vec<&Shift>) = day
        .shifts
        .iter()
        .partition(|shift| shift.kind == ShiftKind::Standby);
    let mut free: Vec<(Time, Time)> = if is_planned {
        let spans = working.iter().map(|shift| shift.span(zone));
        spans
            .map(|(begins, ends)| (begins.max(from), ends.min(to)))
            .collect()
    } else {
        vec![(from, to)]
    };
    let taken = booked.iter().map(|window| (window.from, window.to));
    for hole in taken.chain(standing_by.iter().map(|shift| shift.span(zone))) {
        free = free.into_iter().flat_map(|span| without(span, hole)).collect();
    }
    free.retain(|(begins, ends)| begins < ends);
    free.sort_unstable();
    free
}

/// What is left of a span beside a hole.
fn without(span: (Time, Time), hole: (Time, Time)) -> [(Time, Time); 2] {
    [(span.0, span.1.min(hole.0)), (span.0.max(hole.1), span.1)]
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::engineers::Engineer;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::Number;

    fn engineer() -> Engineer {
        let cmd = serde_json::from_value(json!({"name": "张伟", "phone": "13900139001"})).unwrap();
        Engineer::enter(cmd, Number::new("EN-20261123-000001").unwrap(), &stamp())
    }

    fn shift(date: &str, start: i64, minutes: i64, kind: &str) -> Shift {
        let clock = |at: i64| format!("{:02}:{:02}", at / 60 % 24, at % 60);
        let said = json!({"date": date, "start": clock(start), "end": clock(start + minutes), "kind": kind});
        let said = serde_json::from_value(said).unwrap();
        Shift::add(engineer().id, said, &[], Shanghai, &stamp()).unwrap()
    }

    proptest! {
        #[test]
        fn whoever_is_free_is_on_shift_and_booked_nowhere(
            shifts in prop::collection::vec((0_i64..5, 0_i64..1_440, 60_i64..600, 0_usize..3), 0..4),
            booked in prop::collection::vec((0_i64..1_440, 1_i64..300), 0..5),
            open_jobs in 0_i64..12,
            minute in 0_i64..720,
        ) {
            let begins: Time = "2026-11-25T00:00:00Z".parse().unwrap();
            let (from, to) = (begins, begins.plus_minutes(720));
            let kinds = ["day", "night", "standby"];
            let shifts: Vec<Shift> = shifts
                .iter()
                .map(|(day, start, minutes, kind)| {
                    shift(&format!("2026-11-{}", 21 + day), *start, *minutes, kinds[*kind])
                })
                .collect();
            let booked: Vec<Appointment> = booked
                .iter()
                .map(|(start, minutes)| Appointment {
                    from: begins.plus_minutes(*start - 300),
                    to: begins.plus_minutes(*start - 300 + minutes),
                })
                .collect();
            let engineer = engineer();
            let day = EngineerDay { engineer: &engineer, shifts: &shifts, leaves: &[], open_jobs };
            let worker = PlanWorker::of(day, &booked, (from, to), Shanghai);
            prop_assert_eq!(worker.capacity, (engineer.max_daily_jobs - open_jobs).max(0));
            let at = begins.plus_minutes(minute);
            let is_free = worker.free.iter().any(|(from, to)| *from <= at && at < *to);
            let is_booked = booked.iter().any(|window| window.from <= at && at < window.to);
            if is_free {
                prop_assert!(day.is_on_shift(at, Shanghai) && !is_booked);
            }
            let stands_by = day.stands_by(at, Shanghai);
            if !is_free && !is_booked && !stands_by {
                prop_assert!(!day.is_on_shift(at, Shanghai));
            }
        }
    }
}
