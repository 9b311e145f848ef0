//! The engine against two oracles that share nothing with it but the rules: the walk minute by minute, and one that
//! walks local days over years.

use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ToSpan, civil};

use super::walk::{DAY, count, fill, instant, random_case, random_pauses};
use super::*;

/// Calendars and questions per calendar: together more than 100 000 cases, each asking several questions.
const CALENDARS: u64 = 220;
const CASES: usize = 480;

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
