//! The calendar against worked examples, third-party vectors, clock changes and an independent oracle.

mod documents;
mod examples;
mod oracle;
mod random;
mod segments;
mod walk;
mod zones;

use super::{
    Calendar, CalendarFault, CalendarSpec, DayException, DayKind, Frame, Mode, Pause, Weekly, parse_zone,
};

/// One minute in milliseconds.
const MINUTE: i64 = 60_000;

/// Off days of China in 2026, as published.
const CN_2026_OFF: &[(&str, &[&str])] = &[
    ("元旦", &["2026-01-01", "2026-01-02", "2026-01-03"]),
    (
        "春节",
        &[
            "2026-02-15",
            "2026-02-16",
            "2026-02-17",
            "2026-02-18",
            "2026-02-19",
            "2026-02-20",
            "2026-02-21",
            "2026-02-22",
            "2026-02-23",
        ],
    ),
    ("清明节", &["2026-04-04", "2026-04-05", "2026-04-06"]),
    (
        "劳动节",
        &[
            "2026-05-01",
            "2026-05-02",
            "2026-05-03",
            "2026-05-04",
            "2026-05-05",
        ],
    ),
    ("端午节", &["2026-06-19", "2026-06-20", "2026-06-21"]),
    ("中秋节", &["2026-09-25", "2026-09-26", "2026-09-27"]),
    (
        "国庆节",
        &[
            "2026-10-01",
            "2026-10-02",
            "2026-10-03",
            "2026-10-04",
            "2026-10-05",
            "2026-10-06",
            "2026-10-07",
        ],
    ),
];

/// Make-up workdays of China in 2026, as published.
const CN_2026_ON: &[(&str, &[&str])] = &[
    ("元旦", &["2026-01-04"]),
    ("春节", &["2026-02-14", "2026-02-28"]),
    ("劳动节", &["2026-05-09"]),
    ("国庆节", &["2026-09-20", "2026-10-10"]),
];

/// An instant from RFC 3339 text.
fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

/// An instant as RFC 3339 text in UTC, for readable failures.
fn utc(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .unwrap()
        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Frames from `HH:MM-HH:MM` texts separated by blanks.
fn frames(text: &str) -> Vec<Frame> {
    text.split_whitespace()
        .map(|frame| {
            let (start, end) = frame.split_once('-').unwrap();
            Frame::parse(start, end).unwrap()
        })
        .collect()
}

fn weekdays(text: &str) -> Weekly {
    let day = frames(text);
    Weekly {
        mon: day.clone(),
        tue: day.clone(),
        wed: day.clone(),
        thu: day.clone(),
        fri: day,
        ..Weekly::default()
    }
}

fn daily(text: &str) -> Weekly {
    Weekly {
        sat: frames(text),
        sun: frames(text),
        ..weekdays(text)
    }
}

fn exception(date: &str, kind: DayKind, hours: Option<&str>, name: Option<&str>) -> DayException {
    DayException {
        date: date.parse().unwrap(),
        kind,
        frames: hours.map(frames),
        name: name.map(str::to_owned),
    }
}

fn holiday(date: &str) -> DayException {
    exception(date, DayKind::Holiday, None, None)
}

fn spec(zone: &str, weekly: Weekly, exceptions: Vec<DayException>) -> CalendarSpec {
    CalendarSpec {
        time_zone: parse_zone(zone).unwrap(),
        mode: Mode::Hours,
        weekly,
        exceptions,
    }
}

fn calendar(zone: &str, weekly: Weekly, exceptions: Vec<DayException>) -> Calendar {
    Calendar::new(spec(zone, weekly, exceptions)).unwrap()
}

fn always(zone: &str) -> Calendar {
    Calendar::new(CalendarSpec::always(parse_zone(zone).unwrap())).unwrap()
}

fn cn_std() -> Calendar {
    let days = |table: &[(&str, &[&str])], kind| {
        table
            .iter()
            .flat_map(|(name, dates)| {
                dates
                    .iter()
                    .map(move |date| exception(date, kind, None, Some(name)))
            })
            .collect::<Vec<_>>()
    };
    let exceptions = [
        days(CN_2026_OFF, DayKind::Holiday),
        days(CN_2026_ON, DayKind::Workday),
    ]
    .concat();
    calendar("Asia/Shanghai", weekdays("08:30-12:00 13:30-18:00"), exceptions)
}

fn pause(from: &str, to: &str) -> Pause {
    Pause {
        from: at(from),
        to: at(to),
    }
}

#[track_caller]
fn due(calendar: &Calendar, start: &str, minutes: i64, pauses: &[Pause], expected: &str) {
    let due = calendar
        .add_with_pauses(at(start), minutes * MINUTE, pauses)
        .unwrap();
    assert_eq!(utc(due), utc(at(expected)), "{start} + {minutes} min");
    if pauses.is_empty() {
        assert_eq!(calendar.add(at(start), minutes * MINUTE), Ok(due));
    }
    assert_eq!(
        calendar.elapsed_with_pauses(at(start), due, pauses),
        Ok(minutes * MINUTE)
    );
}
