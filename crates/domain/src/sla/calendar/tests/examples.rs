//! Worked examples a–i and the third-party vectors Z1–Z8 (AC-018 to AC-026).

use super::*;

#[test]
fn examples_a_to_f_hold() {
    let cn = cn_std();
    due(
        &cn,
        "2026-09-30T16:00:00+08:00",
        480,
        &[],
        "2026-10-08T16:00:00+08:00",
    );
    let b = [pause("2026-09-30T17:00:00+08:00", "2026-10-08T09:30:00+08:00")];
    due(
        &cn,
        "2026-09-30T16:00:00+08:00",
        480,
        &b,
        "2026-10-08T18:00:00+08:00",
    );
    assert_eq!(cn.elapsed(b[0].from, b[0].to), Ok(120 * MINUTE));
    due(
        &cn,
        "2026-10-09T17:00:00+08:00",
        240,
        &[],
        "2026-10-10T11:30:00+08:00",
    );
    due(
        &cn,
        "2026-11-20T17:40:00+08:00",
        30,
        &[],
        "2026-11-23T08:40:00+08:00",
    );
    due(
        &cn,
        "2026-11-23T12:10:00+08:00",
        30,
        &[],
        "2026-11-23T14:00:00+08:00",
    );
    due(
        &cn,
        "2026-11-21T10:00:00+08:00",
        30,
        &[],
        "2026-11-23T09:00:00+08:00",
    );
}

#[test]
fn example_g_always_counts_the_weekend() {
    let always = always("Asia/Shanghai");
    for (minutes, expected) in [(30, "09:30"), (240, "13:00"), (480, "17:00")] {
        let expected = format!("2026-11-21T{expected}:00+08:00");
        due(&always, "2026-11-21T09:00:00+08:00", minutes, &[], &expected);
    }
    // AC-028: the warning of 480 minutes at 80 %.
    due(
        &always,
        "2026-11-21T09:00:00+08:00",
        384,
        &[],
        "2026-11-21T15:24:00+08:00",
    );
}

#[test]
fn examples_h_and_i_count_working_days() {
    let cn = cn_std();
    let end = |receipt, days| utc(cn.working_days(at(receipt), days).unwrap());
    assert_eq!(
        end("2026-09-30T10:00:00+08:00", 5),
        utc(at("2026-10-14T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-09-30T00:00:00+08:00", 5),
        utc(at("2026-10-14T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-09-30T23:59:59.999+08:00", 5),
        utc(at("2026-10-14T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-11-20T16:00:00+08:00", 5),
        utc(at("2026-11-28T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-11-21T16:00:00+08:00", 0),
        utc(at("2026-11-22T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-11-21T16:00:00+08:00", 1),
        utc(at("2026-11-24T00:00:00+08:00"))
    );
    assert_eq!(
        end("2026-12-31T16:00:00+08:00", 1),
        utc(at("2027-01-02T00:00:00+08:00"))
    );
    let always = always("Asia/Shanghai")
        .working_days(at("2026-09-30T10:00:00+08:00"), 5)
        .unwrap();
    assert_eq!(utc(always), utc(at("2026-10-06T00:00:00+08:00")));
}

#[test]
fn working_days_know_holidays_and_make_up_days() {
    let cn = cn_std();
    for (date, expected) in [
        ("2026-09-30", true),
        ("2026-10-01", false),
        ("2026-10-10", true),
        ("2026-10-11", false),
    ] {
        assert_eq!(cn.is_working_day(date.parse().unwrap()), Ok(expected), "{date}");
    }
}

#[test]
fn a_target_that_fills_an_interval_is_due_at_its_end() {
    let cn = cn_std();
    due(
        &cn,
        "2026-11-23T08:30:00+08:00",
        210,
        &[],
        "2026-11-23T12:00:00+08:00",
    );
    due(
        &cn,
        "2026-11-23T08:30:00+08:00",
        480,
        &[],
        "2026-11-23T18:00:00+08:00",
    );
    due(
        &cn,
        "2026-11-23T18:00:00+08:00",
        480,
        &[],
        "2026-11-24T18:00:00+08:00",
    );
    due(
        &cn,
        "2026-11-20T20:00:00+08:00",
        0,
        &[],
        "2026-11-20T20:00:00+08:00",
    );
    let one_ms = cn.add(at("2026-11-20T20:00:00+08:00"), 1).unwrap();
    assert_eq!(utc(one_ms), utc(at("2026-11-23T08:30:00.001+08:00")));
    assert_eq!(cn.is_open(at("2026-11-23T12:00:00+08:00")), Ok(false));
    assert_eq!(cn.is_open(at("2026-11-23T11:59:59.999+08:00")), Ok(true));
}

#[test]
fn z1_weekdays() {
    let z1 = calendar("Europe/Berlin", weekdays("09:00-17:00"), vec![]);
    for (minutes, expected) in [(60, "10:30"), (180, "12:30"), (240, "13:30")] {
        due(
            &z1,
            "2013-03-21T09:30:00Z",
            minutes,
            &[],
            &format!("2013-03-21T{expected}:00Z"),
        );
    }
}

#[test]
fn z2_start_before_opening() {
    let z2 = calendar("Europe/Berlin", daily("08:00-17:00"), vec![]);
    for (minutes, expected) in [(120, "08:00"), (180, "09:00"), (240, "10:00")] {
        due(
            &z2,
            "2013-10-21T05:30:00Z",
            minutes,
            &[],
            &format!("2013-10-21T{expected}:00Z"),
        );
    }
}

#[test]
fn z3_holiday_between() {
    let z3 = calendar("Europe/Berlin", daily("08:00-17:00"), vec![holiday("2015-09-22")]);
    for (minutes, expected) in [(120, "07:30"), (180, "08:30"), (240, "09:30")] {
        due(
            &z3,
            "2015-09-21T14:30:00Z",
            minutes,
            &[],
            &format!("2015-09-23T{expected}:00Z"),
        );
    }
}

#[test]
fn z4_to_z7_pauses() {
    let daily = calendar("Europe/Berlin", daily("09:00-18:00"), vec![]);
    let start = "2013-06-04T09:00:00Z";
    let day =
        |from: &str, to: &str| pause(&format!("2013-06-04T{from}:00Z"), &format!("2013-06-04T{to}:00Z"));
    let elapsed = |to: &str, pauses: &[Pause]| {
        daily
            .elapsed_with_pauses(at(start), at(&format!("2013-06-04T{to}:00Z")), pauses)
            .unwrap()
            / MINUTE
    };

    let z4 = [day("10:00", "10:30")];
    due(&daily, start, 120, &z4, "2013-06-04T11:30:00Z");
    due(&daily, start, 250, &z4, "2013-06-04T13:40:00Z");
    assert_eq!((elapsed("10:45", &z4), elapsed("12:00", &z4)), (75, 150));

    due(
        &daily,
        start,
        120,
        &[day("09:30", "09:45"), day("10:00", "10:30")],
        "2013-06-04T11:45:00Z",
    );
    due(
        &daily,
        start,
        120,
        &[day("10:00", "15:00")],
        "2013-06-04T16:00:00Z",
    );

    let z7 = [day("09:00", "10:30"), day("11:00", "11:30")];
    for (minutes, expected) in [(120, "13:00"), (180, "14:00"), (240, "15:00")] {
        due(&daily, start, minutes, &z7, &format!("2013-06-04T{expected}:00Z"));
    }
    assert_eq!(elapsed("12:00", &z7), 60);
}

#[test]
fn z8_start_on_a_holiday() {
    let z8 = calendar(
        "Europe/Berlin",
        weekdays("08:00-20:00"),
        vec![holiday("2016-11-01")],
    );
    due(&z8, "2016-11-01T13:56:21Z", 120, &[], "2016-11-02T09:00:00Z");
    due(&z8, "2016-11-01T13:56:21Z", 1200, &[], "2016-11-03T15:00:00Z");
}

#[test]
fn pauses_merge_and_a_pause_at_the_due_time_changes_nothing() {
    let always = always("UTC");
    let start = "2026-01-05T00:00:00Z";
    let day =
        |from: &str, to: &str| pause(&format!("2026-01-05T{from}:00Z"), &format!("2026-01-05T{to}:00Z"));
    let overlapping = [
        day("02:00", "04:00"),
        day("01:00", "03:00"),
        day("04:00", "05:00"),
        day("06:00", "06:00"),
    ];
    due(&always, start, 60, &overlapping, "2026-01-05T01:00:00Z");
    due(&always, start, 61, &overlapping, "2026-01-05T05:01:00Z");
    due(
        &always,
        "2026-01-05T02:30:00Z",
        0,
        &overlapping,
        "2026-01-05T02:30:00Z",
    );
    due(
        &always,
        "2026-01-05T02:30:00Z",
        1,
        &overlapping,
        "2026-01-05T05:01:00Z",
    );
}
