//! The document of a calendar: seeds, patches, imports and refusals.

use serde_json::{Value, json};

use super::*;
use crate::kernel::Time;
use crate::kernel::stamp::tests::stamp;

fn standard() -> BusinessCalendar {
    let mut calendars = seed::calendars(&stamp()).unwrap();
    calendars.truncate(1);
    calendars.pop().unwrap()
}

fn create(members: &Value) -> Result<BusinessCalendar> {
    let mut body =
        json!({"code": "HQ", "name": {"zh": "总部"}, "time_zone": "Asia/Shanghai", "mode": "hours"});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    BusinessCalendar::establish(serde_json::from_value(body).unwrap(), &stamp())
}

fn table(rows: Value) -> HolidayTable {
    serde_json::from_value(rows).unwrap()
}

#[test]
fn the_seeded_calendar_knows_the_holidays_of_china() {
    let calendar = standard();
    let find = |date: &str| calendar.exceptions.iter().find(|e| e.date.to_string() == date);
    assert_eq!(find("2025-10-08").unwrap().kind, ExceptionKind::Holiday);
    assert_eq!(find("2026-10-10").unwrap().kind, ExceptionKind::Workday);
    assert_eq!(find("2026-11-23"), None);
    let start: Time = "2026-09-30T16:00:00+08:00".parse().unwrap();
    let due = AddMinutes { start, minutes: 480 }
        .due(&calendar.compile().unwrap())
        .unwrap();
    assert_eq!(due.due_at, "2026-10-08T16:00:00+08:00".parse().unwrap());
}

#[test]
fn a_patch_merges_the_week_and_renews_the_revision_only_when_time_changes() {
    let mut calendar = standard();
    let (revision, monday) = (Uuid::max(), calendar.weekly.mon.clone());
    calendar.revision = revision;
    let patch = |body: Value| serde_json::from_value::<BusinessCalendarPatch>(body).unwrap();
    calendar
        .revise(patch(json!({"name": {"zh": "新名"}})), &stamp())
        .unwrap();
    assert_eq!(calendar.revision, revision);
    calendar
        .revise(
            patch(json!({"weekly": {"sat": [["09:00", "12:00"]], "fri": null}})),
            &stamp(),
        )
        .unwrap();
    assert_ne!(calendar.revision, revision);
    assert_eq!((calendar.weekly.mon, calendar.weekly.fri), (monday, Vec::new()));
    assert_eq!(calendar.weekly.sat, [Frame::parse("09:00", "12:00").unwrap()]);
}

#[test]
fn an_import_twice_changes_nothing_and_keeps_the_companys_own_days() {
    let mut calendar = standard();
    let rows = json!([
        {"date": "2027-01-01", "name": "元旦", "is_off_day": true},
        {"date": "2026-10-10", "name": "国庆节", "is_off_day": true}]);
    let first = calendar.import_holidays(&table(rows.clone()), &stamp()).unwrap();
    assert_eq!(
        (first.added.len(), first.changed.len(), first.unchanged.len()),
        (1, 1, 0)
    );
    assert!(first.kept.iter().all(|e| e.date.to_string().starts_with("2026")));
    let stands = calendar.clone();
    let second = calendar.import_holidays(&table(rows), &stamp()).unwrap();
    assert_eq!(
        (second.added.len(), second.changed.len(), second.unchanged.len()),
        (0, 0, 2)
    );
    assert_eq!(calendar, stands);
}

#[test]
fn a_calendar_that_cannot_count_is_refused_at_its_member() {
    let nine = json!([["09:00", "12:00"]]);
    let over = json!([["09:00", "12:00"], ["11:00", "13:00"]]);
    let cases = [
        (
            json!({"weekly": {"tue": over}}),
            "overlapping_frames",
            "#/weekly/tue",
        ),
        (json!({}), "calendar_never_open", "#/weekly"),
        (
            json!({"weekly": {"mon": nine}, "time_zone": "Mars/Olympus"}),
            "unknown_time_zone",
            "#/time_zone",
        ),
        (
            json!({"weekly": {"mon": nine}, "exceptions": [{"date": "2026-10-01", "kind": "holiday"}, {"date": "2026-10-01", "kind": "workday"}]}),
            "duplicate_exception",
            "#/exceptions/1/date",
        ),
        (
            json!({"weekly": {"mon": nine}, "exceptions": [{"date": "2026-10-01", "kind": "holiday", "frames": [["09:00", "10:00"]]}]}),
            "contradictory_frames",
            "#/exceptions/0/frames",
        ),
    ];
    for (members, code, pointer) in cases {
        let error = create(&members).unwrap_err();
        assert_eq!(error.code.slug, code);
        assert_eq!(error.errors[0].place, Place::Pointer(pointer.to_owned()));
    }
    assert!(create(&json!({"mode": "always"})).is_ok());
}

#[test]
fn questions_too_far_are_refused_at_once() {
    let calendar = standard().compile().unwrap();
    let ask = |start: &str, minutes| {
        AddMinutes {
            start: start.parse().unwrap(),
            minutes,
        }
        .due(&calendar)
    };
    let far = ask("2026-11-23T01:00:00Z", 10_000_000).unwrap_err();
    assert_eq!(
        (far.code.slug, &far.errors[0].place),
        ("calendar_horizon", &Place::Pointer("#/minutes".to_owned()))
    );
    let early = ask("0001-01-01T00:00:00Z", 1).unwrap_err();
    assert_eq!(early.errors[0].place, Place::Pointer("#/start".to_owned()));
    assert_eq!(
        ask("2026-11-23T01:00:00Z", 0).unwrap().due_at,
        "2026-11-23T01:00:00Z".parse().unwrap()
    );
}
