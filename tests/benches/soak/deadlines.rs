//! Random deadlines against the oracle of the calendar's own tests, which shares nothing with the engine but the rules.

use std::time::Instant;

use aftercare_domain::sla::calendar::{
    Calendar, CalendarFault, CalendarSpec, DayException, DayKind, Frame, Mode, Pause, Weekly, parse_zone,
};

use crate::oracles::Findings;

#[path = "../../../crates/domain/src/sla/calendar/tests/random.rs"]
mod random;
#[path = "../../../crates/domain/src/sla/calendar/tests/walk.rs"]
#[expect(dead_code, reason = "the calendar's own tests ask it more")]
mod walk;

/// One minute in milliseconds.
const MINUTE: i64 = 60_000;
/// Deadlines asked of one calendar.
const EACH: u64 = 1_000;

/// An instant from RFC 3339 text.
fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

/// So many deadlines, with and without pauses, on calendars no test has seen.
pub fn run(count: u64) -> Findings {
    let mut findings = Findings::of("deadlines against the oracle");
    let start = Instant::now();
    let (mut seed, mut calendars) = (1_000_000, 0_u64);
    while findings.checks < count {
        seed += 1;
        calendars += 1;
        let (mut random, plain, walk, calendar) = walk::random_case(seed);
        for _ in 0..EACH {
            let from = walk::instant(&mut random, &walk);
            let pauses = walk::random_pauses(&mut random, from);
            let target = random.within(0, 3 * walk::DAY);
            let runs = walk.without(&pauses);
            let Some(expected) = walk::fill(&runs, from, target) else {
                continue;
            };
            let due = calendar.add_with_pauses(from, target, &pauses);
            findings.check(due == Ok(expected), || {
                format!("seed {seed}: {from} and {target} ms, {pauses:?}: {due:?}, not {expected}; {plain:?}")
            });
            if findings.checks == count {
                break;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    findings.facts.push(format!(
        "{} deadlines on {calendars} calendars in {seconds:.1} s, {} mismatches",
        findings.checks,
        findings.violations.len()
    ));
    findings
}
