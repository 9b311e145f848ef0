//! An oracle that shares nothing with the engine but the rules: it steps through UTC minute by minute with a wall clock
//! from another time-zone library, its own tables compiled in. It holds the clock still while a fold repeats, writes down
//! which minutes are open, and answers by walking that list: no prefix sums, no intervals by date conversion, no binary
//! search, nothing of this crate. The soak uses it too.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::random::{Plain, Random, ZONES};
use super::*;

pub(super) const DAY: i64 = 1440 * MINUTE;
/// Days the minute oracle steps through.
pub(super) const WINDOW: i64 = 60;

pub(super) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

pub(super) fn stamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

pub(super) fn offset_ms(zone: &TimeZone, ms: i64) -> i64 {
    i64::from(zone.to_offset(stamp(ms)).seconds()) * 1000
}

/// What the minute-by-minute walk found.
pub(super) struct Walk {
    pub(super) zone: TimeZone,
    pub(super) from: i64,
    pub(super) to: i64,
    /// Runs of open minutes, `[from, to)`.
    pub(super) open: Vec<(i64, i64)>,
    /// Days since 1970-01-01 that began in the window: the day, its first instant, whether it had open time.
    pub(super) days: Vec<(i64, i64, bool)>,
}

impl Walk {
    /// Steps through `[from, from + WINDOW days)`, both on whole minutes.
    pub(super) fn new(plain: &Plain, from: i64) -> Self {
        let zone = zone(plain.zone);
        let to = from + WINDOW * DAY;
        let mut changes = zone.following(stamp(from - 3 * DAY - 1)).map(|change| {
            (
                change.timestamp().as_millisecond(),
                i64::from(change.offset().seconds()) * 1000,
            )
        });
        let mut next_change = changes.next();
        let (mut open, mut days) = (Vec::<(i64, i64)>::new(), Vec::<(i64, i64, bool)>::new());
        let (mut shown, mut day, mut hours) = (i64::MIN, i64::MIN, plain.hours(0));
        let mut offset = offset_ms(&zone, from - 3 * DAY);
        // The clock may stand still at the window's start: begin well before it.
        let mut now = from - 3 * DAY;
        while now < to {
            if let Some((when, new)) = next_change
                && when <= now
            {
                offset = new;
                next_change = changes.next();
            }
            // A wall clock that is set back is held until it has caught up.
            shown = shown.max(now + offset);
            if shown.div_euclid(DAY) != day {
                day = shown.div_euclid(DAY);
                hours = plain.hours(day);
                days.push((day, now, false));
            }
            let minute = shown.rem_euclid(DAY) / MINUTE;
            if hours.iter().any(|(start, end)| *start <= minute && minute < *end) {
                days.last_mut().unwrap().2 = true;
                match open.last_mut() {
                    Some(run) if run.1 == now => run.1 = now + MINUTE,
                    _ => open.push((now, now + MINUTE)),
                }
            }
            now += MINUTE;
        }
        Self {
            zone,
            from,
            to,
            open,
            days,
        }
    }

    /// The open runs less the pauses, taken away one by one.
    pub(super) fn without(&self, pauses: &[Pause]) -> Vec<(i64, i64)> {
        pauses.iter().fold(self.open.clone(), |runs, pause| {
            runs.into_iter()
                .flat_map(|(from, to)| [(from, to.min(pause.from)), (from.max(pause.to), to)])
                .filter(|(from, to)| from < to)
                .collect()
        })
    }

    /// End of the `count`-th working day after the receipt, if the window reaches that far.
    pub(super) fn working_days(&self, receipt: i64, count: u32) -> Option<i64> {
        let received = (receipt + offset_ms(&self.zone, receipt)).div_euclid(DAY);
        let mut left = count;
        for (day, _, is_open) in &self.days {
            left -= u32::from(left > 0 && *day > received && *is_open);
            if left == 0 && *day >= received {
                return self.days.iter().find(|next| next.0 > *day).map(|next| next.1);
            }
        }
        None
    }
}

pub(super) fn count(runs: &[(i64, i64)], from: i64, to: i64) -> i64 {
    runs.iter()
        .map(|run| (run.1.min(to) - run.0.max(from)).max(0))
        .sum()
}

/// The due time by walking the runs, if they reach that far.
pub(super) fn fill(runs: &[(i64, i64)], start: i64, target: i64) -> Option<i64> {
    let mut left = target;
    if left == 0 {
        return Some(start);
    }
    for (from, to) in runs {
        let from = (*from).max(start);
        let here = (to - from).max(0);
        if left <= here {
            return Some(from + left);
        }
        left -= here;
    }
    None
}

/// A random window: mostly around a clock change, if the zone has one after a random instant.
pub(super) fn window(random: &mut Random, zone: &TimeZone) -> i64 {
    let somewhere = random.within(at("1973-01-01T00:00:00Z"), at("2037-01-01T00:00:00Z")) / MINUTE * MINUTE;
    let change = zone
        .following(stamp(somewhere))
        .next()
        .map(|change| change.timestamp().as_millisecond());
    match change.filter(|_| random.chance(75)) {
        Some(change) => change.div_euclid(MINUTE) * MINUTE - random.within(15, 45) * DAY,
        None => somewhere,
    }
}

/// An instant in the window, often on a boundary of the calendar.
pub(super) fn instant(random: &mut Random, walk: &Walk) -> i64 {
    let (low, high) = (walk.from, walk.to - 10 * DAY);
    if random.chance(30) && !walk.open.is_empty() {
        let run = *random.pick(&walk.open);
        let edge = if random.chance(50) { run.0 } else { run.1 } + random.within(-1, 2);
        if (low..high).contains(&edge) {
            return edge;
        }
    }
    random.within(low, high)
}

pub(super) fn random_pauses(random: &mut Random, start: i64) -> Vec<Pause> {
    (0..random.within(0, 4))
        .map(|_| {
            let from = start + random.within(-DAY, 6 * DAY);
            Pause {
                from,
                to: from + random.within(0, 2 * DAY),
            }
        })
        .collect()
}

/// A random calendar with its exceptions inside a random window of its zone, and the walk through that window.
pub(super) fn random_case(seed: u64) -> (Random, Plain, Walk, Calendar) {
    let mut random = Random(seed);
    loop {
        let zone_name = *random.pick::<&'static str>(ZONES);
        let from = window(&mut random, &zone(zone_name));
        let plain = Plain::random(&mut random, zone_name, from / DAY, from / DAY + WINDOW);
        match Calendar::new(plain.spec(&mut random)) {
            Ok(calendar) => {
                let walk = Walk::new(&plain, from);
                return (random, plain, walk, calendar);
            }
            Err(fault) => assert_eq!(fault, CalendarFault::NeverOpen),
        }
    }
}
