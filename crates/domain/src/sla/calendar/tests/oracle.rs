//! The engine against two oracles that share nothing with it but the rules.
//!
//! The first steps through UTC minute by minute with a wall clock from another time-zone library, its own
//! tables compiled in. It holds the clock still while a fold repeats, writes down which minutes are open, and
//! answers by walking that list. The second walks local days over years. Neither uses prefix sums, intervals
//! by date conversion (the first), binary search, or anything of this crate.

use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan, civil};

use super::super::CalendarFault;
use super::random::{Plain, Random, ZONES};
use super::*;

const DAY: i64 = 1440 * MINUTE;
/// Days the minute oracle steps through.
const WINDOW: i64 = 60;
/// Calendars and questions per calendar: together more than 100 000 cases, each asking several questions.
const CALENDARS: u64 = 220;
const CASES: usize = 480;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn stamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn offset_ms(zone: &TimeZone, ms: i64) -> i64 {
    i64::from(zone.to_offset(stamp(ms)).seconds()) * 1000
}

/// What the minute-by-minute walk found.
struct Walk {
    zone: TimeZone,
    from: i64,
    to: i64,
    /// Runs of open minutes, `[from, to)`.
    open: Vec<(i64, i64)>,
    /// Days since 1970-01-01 that began in the window: the day, its first instant, whether it had open time.
    days: Vec<(i64, i64, bool)>,
}

impl Walk {
    /// Steps through `[from, from + WINDOW days)`, both on whole minutes.
    fn new(plain: &Plain, from: i64) -> Self {
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
    fn without(&self, pauses: &[Pause]) -> Vec<(i64, i64)> {
        pauses.iter().fold(self.open.clone(), |runs, pause| {
            runs.into_iter()
                .flat_map(|(from, to)| [(from, to.min(pause.from)), (from.max(pause.to), to)])
                .filter(|(from, to)| from < to)
                .collect()
        })
    }

    /// End of the `count`-th working day after the receipt, if the window reaches that far.
    fn working_days(&self, receipt: i64, count: u32) -> Option<i64> {
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

fn count(runs: &[(i64, i64)], from: i64, to: i64) -> i64 {
    runs.iter()
        .map(|run| (run.1.min(to) - run.0.max(from)).max(0))
        .sum()
}

/// The due time by walking the runs, if they reach that far.
fn fill(runs: &[(i64, i64)], start: i64, target: i64) -> Option<i64> {
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
fn window(random: &mut Random, zone: &TimeZone) -> i64 {
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
fn instant(random: &mut Random, walk: &Walk) -> i64 {
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

fn random_pauses(random: &mut Random, start: i64) -> Vec<Pause> {
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
fn random_case(seed: u64) -> (Random, Plain, Walk, Calendar) {
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

#[test]
fn the_engine_agrees_with_a_minute_by_minute_walk() {
    let (mut dues, mut ends) = (0, 0);
    for seed in 0..CALENDARS {
        let (mut random, plain, walk, calendar) = random_case(seed);
        for _ in 0..CASES {
            let start = instant(&mut random, &walk);
            let pauses = random_pauses(&mut random, start);
            let runs = walk.without(&pauses);
            let context = || format!("seed {seed} start {} pauses {pauses:?} {plain:?}", utc(start));

            let stop = (start + random.within(0, 8 * DAY)).min(walk.to);
            let (plainly, paused) = (count(&walk.open, start, stop), count(&runs, start, stop));
            assert_eq!(
                calendar.elapsed(start, stop),
                Ok(plainly),
                "elapsed to {}, {}",
                utc(stop),
                context()
            );
            assert_eq!(
                calendar.elapsed_with_pauses(start, stop, &pauses),
                Ok(paused),
                "{}",
                context()
            );

            // Targets that fill up to the stop exactly, miss it by a little, or are anything.
            let target = match random.within(0, 4) {
                0 => plainly,
                1 => (plainly + random.within(-1, 2)).max(0),
                _ => random.within(0, 3 * DAY),
            };
            for (runs, pauses) in [(&walk.open, &[][..]), (&runs, &pauses)] {
                let due = calendar.add_with_pauses(start, target, pauses);
                match fill(runs, start, target) {
                    Some(expected) => {
                        dues += 1;
                        assert_eq!(due.map(utc), Ok(utc(expected)), "{target} ms, {}", context());
                    }
                    None => assert!(
                        due.is_err() || due.unwrap() > walk.to,
                        "{target} ms, {}",
                        context()
                    ),
                }
            }
            let is_open = walk.open.iter().any(|run| run.0 <= start && start < run.1);
            assert_eq!(calendar.is_open(start), Ok(is_open), "{}", context());

            let days = u32::try_from(random.within(0, 12)).unwrap();
            if let Some(expected) = walk.working_days(start, days) {
                ends += 1;
                let end = calendar.working_days(start, days).map(utc);
                assert_eq!(end, Ok(utc(expected)), "{days} working days, {}", context());
            }
        }
    }
    // The questions were answered, not skipped.
    assert!(
        dues > 150_000 && ends > 60_000,
        "{dues} due times, {ends} ends of working days"
    );
}

#[test]
fn laws_hold_on_random_calendars() {
    for seed in 1_000..1_060 {
        let (mut random, plain, walk, calendar) = random_case(seed);
        for _ in 0..60 {
            let start = instant(&mut random, &walk);
            let pauses = random_pauses(&mut random, start);
            let context = || format!("seed {seed} start {} pauses {pauses:?} {plain:?}", utc(start));
            let (target, more) = (random.within(0, 4 * DAY), random.within(0, DAY));
            let Ok(due) = calendar.add(start, target) else {
                continue;
            };
            assert!(
                due >= start + target,
                "time runs no faster than the clock: {}",
                context()
            );
            assert_eq!(calendar.elapsed(start, due), Ok(target), "{}", context());
            let later = calendar.add(start, target + more).unwrap_or(i64::MAX);
            assert!(later >= due && (more == 0 || later > due), "{}", context());
            let split = calendar.add(due, more).unwrap_or(i64::MAX);
            assert!(
                target == 0 || split == later || more == 0,
                "adding in two steps: {}",
                context()
            );
            let Ok(paused) = calendar.add_with_pauses(start, target, &pauses) else {
                continue;
            };
            assert!(paused >= due, "{}", context());
            assert_eq!(
                calendar.elapsed_with_pauses(start, paused, &pauses),
                Ok(target),
                "{}",
                context()
            );

            let stop = start + random.within(0, 20 * DAY);
            let breakdown = calendar.segments(start, stop, &pauses).unwrap();
            let (mut cursor, mut running) = (start, 0);
            for segment in &breakdown.segments {
                assert!(
                    segment.from == cursor && segment.to > cursor,
                    "{segment:?} {}",
                    context()
                );
                let counted = calendar.elapsed_with_pauses(segment.from, segment.to, &pauses);
                assert_eq!(counted, Ok(segment.counted_ms), "{segment:?} {}", context());
                let length = segment.to - segment.from;
                assert_eq!(
                    segment.counted_ms,
                    if segment.kind.is_counted() { length } else { 0 }
                );
                (cursor, running) = (segment.to, running + segment.counted_ms);
                assert_eq!(segment.running_ms, running);
            }
            assert_eq!(
                (cursor, running, breakdown.truncated_at),
                (stop, breakdown.counted_ms, None)
            );
            let mut pairs = breakdown.segments.windows(2);
            assert!(pairs.all(|pair| (pair[0].kind, &pair[0].name) != (pair[1].kind, &pair[1].name)));
        }
    }
}

/// The instant of a local time: first instant after a gap, the earlier one of a fold.
fn local_instant(zone: &TimeZone, day: i64, minute: i64) -> i64 {
    let local = civil::date(1970, 1, 1).at(0, 0, 0, 0) + day.days() + SignedDuration::from_mins(minute);
    let stamp_with = |offset: jiff::tz::Offset| offset.to_timestamp(local).unwrap();
    let found = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => stamp_with(offset),
        AmbiguousOffset::Fold { before, .. } => stamp_with(before),
        AmbiguousOffset::Gap { before, .. } => {
            let after = stamp_with(before) + SignedDuration::from_nanos(1);
            zone.preceding(after).next().unwrap().timestamp()
        }
    };
    found.as_millisecond()
}

#[test]
fn the_engine_agrees_with_a_day_by_day_walk_over_years() {
    for seed in 5_000..5_040 {
        let (mut random, plain, walk, calendar) = random_case(seed);
        let mut runs = Vec::new();
        for day in walk.from / DAY - 2..walk.from / DAY + 4 * 365 {
            for (start, end) in plain.hours(day) {
                runs.push((
                    local_instant(&walk.zone, day, *start),
                    local_instant(&walk.zone, day, *end),
                ));
            }
        }
        for _ in 0..40 {
            let start = random.within(walk.from, walk.from + 300 * DAY);
            let stop = start + random.within(0, 3 * 365 * DAY);
            let elapsed = count(&runs, start, stop);
            assert_eq!(
                calendar.elapsed(start, stop),
                Ok(elapsed),
                "seed {seed} {plain:?}"
            );
            let due = fill(&runs, start, elapsed).unwrap();
            assert_eq!(calendar.add(start, elapsed), Ok(due), "seed {seed} {plain:?}");
        }
    }
}
