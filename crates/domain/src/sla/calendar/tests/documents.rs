//! Documents: wire form, refusals, holiday import.

use serde_json::{from_value, json, to_value};

use super::super::{CalendarFault, HolidayRow, Place, import_holidays};
use super::*;

#[test]
fn frames_read_and_print_hh_mm() {
    for (start, end) in [("00:00", "24:00"), ("08:30", "12:00"), ("23:59", "24:00")] {
        let frame = Frame::parse(start, end).unwrap();
        assert_eq!(frame.to_string(), format!("{start}-{end}"));
        assert_eq!(to_value(frame).unwrap(), json!([start, end]));
    }
    for (start, end) in [
        ("09:00", "09:00"),
        ("18:00", "09:00"),
        ("24:00", "24:00"),
        ("00:00", "24:01"),
        ("9:00", "10:00"),
        ("09:60", "10:00"),
        ("09", "10"),
        ("+9:00", "10:00"),
        ("09:00:00", "10:00"),
        ("", "10:00"),
        ("００:00", "10:00"),
        ("99:99", "10:00"),
    ] {
        assert!(
            matches!(Frame::parse(start, end), Err(CalendarFault::BadFrame(_))),
            "{start} {end}"
        );
    }
    assert!(Frame::new(0, 1441).is_err() && Frame::new(5, 5).is_err() && Frame::new(0, 1440).is_ok());
}

#[test]
fn a_calendar_survives_its_wire_form() {
    let document = json!({
        "time_zone": "Asia/Shanghai",
        "mode": "hours",
        "weekly": {"mon": [["08:30", "12:00"], ["13:30", "18:00"]], "tue": [], "wed": [], "thu": [], "fri": [],
                   "sat": [], "sun": [["00:00", "24:00"]]},
        "exceptions": [
            {"date": "2026-10-01", "kind": "holiday", "name": "国庆节"},
            {"date": "2026-10-10", "kind": "workday", "frames": [["09:00", "12:00"]]},
        ],
    });
    let spec: CalendarSpec = from_value(document.clone()).unwrap();
    assert_eq!(to_value(&spec).unwrap(), document);
    let short: CalendarSpec = from_value(json!({"time_zone": "UTC", "mode": "always"})).unwrap();
    assert_eq!(short, CalendarSpec::always(chrono_tz::UTC));
}

#[test]
fn misspelt_documents_are_refused() {
    for document in [
        json!({"time_zone": "Mars/Olympus", "mode": "always"}),
        json!({"time_zone": "UTC", "mode": "sometimes"}),
        json!({"time_zone": "UTC", "mode": "hours", "weekly": {"monday": []}}),
        json!({"time_zone": "UTC", "mode": "hours", "weekly": {"mon": [["09:00", "25:00"]]}}),
        json!({"time_zone": "UTC", "mode": "hours", "exceptions": [{"date": "2026-2-1", "kind": "holiday"}]}),
        json!({"time_zone": "UTC", "mode": "hours", "exceptions": [{"date": "2026-02-30", "kind": "holiday"}]}),
    ] {
        assert!(
            from_value::<CalendarSpec>(document.clone()).is_err(),
            "{document}"
        );
    }
    assert_eq!(
        parse_zone("asia/shanghai"),
        Err(CalendarFault::UnknownZone("asia/shanghai".to_owned()))
    );
}

#[test]
fn faulty_calendars_are_refused_with_their_place() {
    let check = |weekly: Weekly, exceptions| spec("UTC", weekly, exceptions).check();
    let overlapping = Weekly {
        wed: frames("13:00-18:00 09:00-13:01"),
        ..Weekly::default()
    };
    let fault = check(overlapping.clone(), vec![]).unwrap_err();
    assert_eq!(
        fault,
        CalendarFault::OverlappingFrames(Place::Weekly(chrono::Weekday::Wed))
    );
    assert_eq!(fault.code(), "overlapping_frames");
    assert_eq!(Place::Weekly(chrono::Weekday::Wed).pointer(), "/weekly/wed");
    let touching = Weekly {
        wed: frames("13:00-18:00 09:00-13:00"),
        ..Weekly::default()
    };
    assert_eq!(check(touching, vec![]), Ok(()));

    let never = check(Weekly::default(), vec![holiday("2026-01-01")]).unwrap_err();
    assert_eq!(
        (never.clone(), never.code()),
        (CalendarFault::NeverOpen, "calendar_never_open")
    );
    let workday = |hours| exception("2026-01-02", DayKind::Workday, hours, None);
    assert_eq!(
        check(Weekly::default(), vec![workday(None)]),
        Err(CalendarFault::NeverOpen)
    );
    assert_eq!(
        check(Weekly::default(), vec![workday(Some("09:00-10:00"))]),
        Ok(())
    );

    let twice = vec![holiday("2026-01-02"), workday(None)];
    let date = "2026-01-02".parse().unwrap();
    assert_eq!(
        check(daily("09:00-10:00"), twice),
        Err(CalendarFault::DuplicateException { date, index: 1 })
    );
    let contradictory = Err(CalendarFault::ContradictoryFrames(Place::Exception(0)));
    assert_eq!(
        check(daily("09:00-10:00"), vec![workday(Some(""))]),
        contradictory
    );
    let open_holiday = exception("2026-01-02", DayKind::Holiday, Some("09:00-10:00"), None);
    assert_eq!(check(daily("09:00-10:00"), vec![open_holiday]), contradictory);
    let fault = check(
        daily("09:00-10:00"),
        vec![workday(Some("09:00-11:00 10:00-12:00"))],
    );
    assert_eq!(fault, Err(CalendarFault::OverlappingFrames(Place::Exception(0))));

    let ignored = CalendarSpec {
        mode: Mode::Always,
        ..spec("UTC", overlapping, vec![])
    };
    assert_eq!(ignored.check(), Ok(()));
}

#[test]
fn make_up_days_take_mondays_hours_unless_they_have_their_own() {
    let workday = |date, hours| exception(date, DayKind::Workday, hours, None);
    let office = calendar(
        "UTC",
        weekdays("09:00-17:00"),
        vec![
            workday("2026-01-03", None),
            workday("2026-01-04", Some("13:00-14:00 10:00-11:00")),
            workday("2026-01-05", Some("20:00-21:00")),
        ],
    );
    due(&office, "2026-01-03T00:00:00Z", 480, &[], "2026-01-03T17:00:00Z");
    due(&office, "2026-01-04T00:00:00Z", 90, &[], "2026-01-04T13:30:00Z");
    due(&office, "2026-01-05T00:00:00Z", 60, &[], "2026-01-05T21:00:00Z");
    let weekend = Weekly {
        thu: frames("06:00-07:00"),
        sat: frames("09:00-10:00"),
        ..Weekly::default()
    };
    let no_monday = calendar("UTC", weekend, vec![workday("2026-01-05", None)]);
    due(
        &no_monday,
        "2026-01-05T00:00:00Z",
        60,
        &[],
        "2026-01-05T07:00:00Z",
    );
    let closed = exception("2026-01-05", DayKind::Holiday, Some(""), None);
    let ignoring = CalendarSpec {
        mode: Mode::Always,
        ..spec("UTC", Weekly::default(), vec![closed])
    };
    due(
        &Calendar::new(ignoring).unwrap(),
        "2026-01-05T00:00:00Z",
        60,
        &[],
        "2026-01-05T01:00:00Z",
    );
}

fn row(date: &str, name: &str, is_off_day: bool) -> HolidayRow {
    HolidayRow {
        date: date.parse().unwrap(),
        name: name.to_owned(),
        is_off_day,
    }
}

#[test]
fn an_imported_holiday_table_is_told_as_a_diff() {
    let existing = [
        exception(
            "2026-10-10",
            DayKind::Workday,
            Some("09:00-12:00"),
            Some("国庆节"),
        ),
        exception("2026-10-01", DayKind::Workday, Some("09:00-12:00"), Some("盘点")),
        exception("2026-06-30", DayKind::Holiday, None, Some("司庆")),
        exception("2025-10-01", DayKind::Holiday, None, Some("国庆节")),
    ];
    let rows = [
        row("2026-10-10", "国庆节", false),
        row("2026-10-03", "国庆节", true),
        row("2026-10-01", "国庆节", true),
        row("2026-10-03", "国庆节", true),
    ];
    let (merged, diff) = import_holidays(&existing, &rows).unwrap();
    let [make_up, stocktaking, anniversary, earlier] = existing;
    let off = |date| exception(date, DayKind::Holiday, None, Some("国庆节"));
    assert_eq!(diff.added, [off("2026-10-03")]);
    assert_eq!(diff.changed.len(), 1);
    assert_eq!(
        (&diff.changed[0].before, &diff.changed[0].after),
        (&stocktaking, &off("2026-10-01"))
    );
    assert_eq!(diff.unchanged, std::slice::from_ref(&make_up));
    assert_eq!(diff.kept, std::slice::from_ref(&anniversary));
    let expected = [
        earlier,
        anniversary,
        off("2026-10-01"),
        off("2026-10-03"),
        make_up,
    ];
    assert_eq!(merged, expected);

    let (again, diff) = import_holidays(&merged, &rows).unwrap();
    assert_eq!(again, merged);
    assert!(diff.added.is_empty() && diff.changed.is_empty() && diff.unchanged.len() == 3);
    let contradiction = [
        row("2026-10-03", "国庆节", true),
        row("2026-10-03", "国庆节", false),
    ];
    assert!(matches!(
        import_holidays(&[], &contradiction),
        Err(CalendarFault::DuplicateException { index: 1, .. })
    ));
}

#[test]
fn holiday_rows_read_both_spellings() {
    let ours = json!({"date": "2026-10-10", "name": "国庆节", "is_off_day": false});
    let published = json!({"date": "2026-10-10", "name": "国庆节", "isOffDay": false});
    for document in [ours, published] {
        assert_eq!(
            from_value::<HolidayRow>(document).unwrap(),
            row("2026-10-10", "国庆节", false)
        );
    }
}
