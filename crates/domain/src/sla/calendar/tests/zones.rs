//! Clock changes, and the edges of the supported years.

use super::super::{CalendarFault, FIRST_YEAR, LAST_YEAR};
use super::*;

const HOUR: i64 = 60 * MINUTE;

/// Open time of a calendar within local days given as instants.
fn open(calendar: &Calendar, from: &str, to: &str) -> i64 {
    calendar.elapsed(at(from), at(to)).unwrap()
}

#[test]
fn new_york_days_have_23_and_25_hours() {
    let whole = calendar("America/New_York", daily("00:00-24:00"), vec![]);
    let spring = ("2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00");
    let autumn = ("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00");
    for calendar in [&whole, &always("America/New_York")] {
        assert_eq!(open(calendar, spring.0, spring.1), 23 * HOUR);
        assert_eq!(open(calendar, autumn.0, autumn.1), 25 * HOUR);
    }
    let night = calendar("America/New_York", daily("01:30-03:30"), vec![]);
    assert_eq!(open(&night, spring.0, spring.1), HOUR);
    assert_eq!(open(&night, autumn.0, autumn.1), 3 * HOUR);
}

#[test]
fn a_skipped_time_is_the_first_instant_after_and_a_repeated_one_the_earlier() {
    // Berlin skips 02:00–03:00 on 2026-03-29 and repeats it on 2026-10-25.
    let into_gap = calendar("Europe/Berlin", daily("01:00-02:30"), vec![]);
    assert_eq!(
        open(
            &into_gap,
            "2026-03-29T00:00:00+01:00",
            "2026-03-29T12:00:00+02:00"
        ),
        HOUR
    );
    let inside_gap = calendar("Europe/Berlin", daily("02:10-02:50"), vec![]);
    assert_eq!(
        inside_gap.is_working_day("2026-03-29".parse().unwrap()),
        Ok(false)
    );
    due(
        &inside_gap,
        "2026-03-28T12:00:00Z",
        40,
        &[],
        "2026-03-30T00:50:00Z",
    );
    let from_gap = calendar("Europe/Berlin", daily("02:30-04:00"), vec![]);
    due(&from_gap, "2026-03-29T00:00:00Z", 1, &[], "2026-03-29T01:01:00Z");
    let first_pass = calendar("Europe/Berlin", daily("02:00-02:30"), vec![]);
    due(
        &first_pass,
        "2026-10-25T00:00:00+02:00",
        30,
        &[],
        "2026-10-25T02:30:00+02:00",
    );
    assert_eq!(first_pass.is_open(at("2026-10-25T02:10:00+01:00")), Ok(false));
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    let howe = calendar("Australia/Lord_Howe", daily("00:00-24:00"), vec![]);
    assert_eq!(
        open(&howe, "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00"),
        23 * HOUR + HOUR / 2
    );
    assert_eq!(
        open(&howe, "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30"),
        24 * HOUR + HOUR / 2
    );
}

#[test]
fn shanghai_had_summer_time_from_1986_to_1991() {
    let office = calendar("Asia/Shanghai", weekdays("08:30-12:00 13:30-18:00"), vec![]);
    due(&office, "1988-07-01T00:00:00Z", 60, &[], "1988-07-01T01:00:00Z");
    due(&office, "1985-07-01T00:00:00Z", 60, &[], "1985-07-01T01:30:00Z");
    due(&office, "1992-07-01T00:00:00Z", 60, &[], "1992-07-01T01:30:00Z");
    let whole = always("Asia/Shanghai");
    let end = whole.working_days(at("1991-09-14T12:00:00+09:00"), 1).unwrap();
    assert_eq!(utc(end), utc(at("1991-09-16T00:00:00+08:00")));
    let nights = calendar("Asia/Shanghai", daily("00:00-06:00"), vec![]);
    assert_eq!(
        open(&nights, "1991-04-13T20:00:00+08:00", "1991-04-14T20:00:00+09:00"),
        5 * HOUR
    );
    assert_eq!(
        open(&nights, "1991-09-14T20:00:00+09:00", "1991-09-15T20:00:00+08:00"),
        7 * HOUR
    );
}

#[test]
fn a_date_the_zone_skipped_is_no_working_day() {
    // Samoa went from 2011-12-29 straight to 2011-12-31.
    for samoa in [
        always("Pacific/Apia"),
        calendar("Pacific/Apia", daily("09:00-17:00"), vec![]),
    ] {
        let works = |date: &str| samoa.is_working_day(date.parse().unwrap());
        assert_eq!(
            [works("2011-12-29"), works("2011-12-30"), works("2011-12-31")],
            [Ok(true), Ok(false), Ok(true)]
        );
        let end = samoa.working_days(at("2011-12-29T12:00:00-10:00"), 1).unwrap();
        assert_eq!(utc(end), utc(at("2012-01-01T00:00:00+14:00")));
    }
}

#[test]
fn far_targets_are_computed_or_refused() {
    let ten_million = 10_000_000 * MINUTE;
    let (cn, clock) = (cn_std(), always("Asia/Shanghai"));
    let start = at("2026-11-23T09:00:00+08:00");
    assert_eq!(clock.add(start, ten_million), Ok(start + ten_million));
    assert_eq!(cn.add(start, ten_million), Err(CalendarFault::BeyondHorizon));
    let fifty_years = cn.add(start, 6_000_000 * MINUTE).unwrap();
    assert_eq!(cn.elapsed(start, fifty_years), Ok(6_000_000 * MINUTE));
    for calendar in [&cn, &clock] {
        assert_eq!(calendar.add(start, i64::MAX), Err(CalendarFault::BeyondHorizon));
        assert_eq!(calendar.add(start, -1), Err(CalendarFault::NegativeTarget));
        assert_eq!(calendar.elapsed(start, start - 1), Err(CalendarFault::Backwards));
        assert_eq!(
            calendar.working_days(start, u32::MAX),
            Err(CalendarFault::BeyondHorizon)
        );
        let backwards = [Pause {
            from: start + 1,
            to: start,
        }];
        assert_eq!(
            calendar.add_with_pauses(start, 1, &backwards),
            Err(CalendarFault::Backwards)
        );
        assert_eq!(
            calendar.elapsed_with_pauses(start, start, &backwards),
            Err(CalendarFault::Backwards)
        );
        for far in [
            i64::MIN,
            i64::MAX,
            at("9999-12-31T00:00:00Z"),
            at("0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(calendar.add(far, MINUTE), Err(CalendarFault::BeyondHorizon));
            assert_eq!(calendar.add(far, 0), Err(CalendarFault::BeyondHorizon));
            assert_eq!(
                calendar.elapsed(start.min(far), start.max(far)),
                Err(CalendarFault::BeyondHorizon)
            );
            assert_eq!(calendar.working_days(far, 1), Err(CalendarFault::BeyondHorizon));
            assert_eq!(calendar.is_open(far), Err(CalendarFault::BeyondHorizon));
            assert_eq!(
                calendar.segments(far, far, &[]),
                Err(CalendarFault::BeyondHorizon)
            );
        }
    }
    let never = Pause {
        from: start + HOUR,
        to: i64::MAX,
    };
    assert_eq!(clock.add_with_pauses(start, HOUR, &[never]), Ok(start + HOUR));
    assert_eq!(
        clock.add_with_pauses(start, HOUR + 1, &[never]),
        Err(CalendarFault::BeyondHorizon)
    );
    let ever = Pause {
        from: i64::MIN,
        to: start + HOUR,
    };
    assert_eq!(clock.add_with_pauses(start, HOUR, &[ever]), Ok(start + 2 * HOUR));
}

#[test]
fn the_horizon_is_half_open() {
    let clock = always("Asia/Shanghai");
    let first = at(&format!("{FIRST_YEAR}-01-01T00:00:00+08:00"));
    let end = at(&format!("{}-01-01T00:00:00+08:00", LAST_YEAR + 1));
    assert_eq!(clock.elapsed(first, end - 1), Ok(end - 1 - first));
    assert_eq!(
        clock.elapsed(first - 1, end - 1),
        Err(CalendarFault::BeyondHorizon)
    );
    assert_eq!(clock.elapsed(first, end), Err(CalendarFault::BeyondHorizon));
    assert_eq!(clock.add(end - 2, 1), Ok(end - 1));
    assert_eq!(clock.add(end - 1, 1), Err(CalendarFault::BeyondHorizon));
    assert_eq!(clock.working_days(end - 1, 0), Err(CalendarFault::BeyondHorizon));
    for year in [FIRST_YEAR - 1, LAST_YEAR + 1] {
        let date = chrono::NaiveDate::from_ymd_opt(year, 6, 1).unwrap();
        assert_eq!(clock.is_working_day(date), Err(CalendarFault::BeyondHorizon));
    }
}

#[test]
fn the_zone_rules_reach_to_the_last_year() {
    // If the compiled rules ended earlier, July would show winter time.
    let office = calendar("Europe/Berlin", daily("09:00-10:00"), vec![]);
    due(
        &office,
        &format!("{LAST_YEAR}-07-01T00:00:00Z"),
        1,
        &[],
        &format!("{LAST_YEAR}-07-01T07:01:00Z"),
    );
}

#[test]
fn a_calendar_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let calendar = std::sync::Arc::new(cn_std());
    shared(&calendar);
    let start = at("2026-11-23T09:00:00+08:00");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| calendar.add(start, 600_000 * MINUTE)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(
        answers
            .iter()
            .all(|answer| answer.is_ok() && Some(answer) == answers.first())
    );
}
