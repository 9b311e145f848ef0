//! Business calendars, as a caller sees them (A16, AC-018 to AC-026).

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{App, Client, Reply};

/// A calendar of one week pattern, made; its path.
async fn calendar(manager: &Client, members: Value) -> String {
    let mut body = json!({"code": "CAL-1", "name": {"zh": "日历", "en": null}, "time_zone": "Europe/Berlin", "mode": "hours"});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = manager.post("/v1/business-calendars", body).await.expect(201);
    format!("/v1/business-calendars/{}", made.id())
}

fn week(days: &[&str], from: &str, to: &str) -> Value {
    days.iter()
        .map(|day| ((*day).to_owned(), json!([[from, to]])))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

const FIVE: &[&str] = &["mon", "tue", "wed", "thu", "fri"];
const SEVEN: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

async fn by_code(client: &Client, code: &str) -> Value {
    let list = client
        .get(&format!("/v1/business-calendars?code={code}"))
        .await
        .expect(200);
    list.body["data"][0].clone()
}

async fn due(client: &Client, path: &str, start: &str, minutes: i64) -> String {
    let body = json!({"start": start, "minutes": minutes});
    client
        .post(&format!("{path}/add-minutes"), body)
        .await
        .expect(200)
        .str("due_at")
}

#[actix_web::test]
async fn a_calendar_reads_back_as_it_was_written() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let body = json!({
        "code": "HQ-1", "name": {"zh": "总部", "en": "Office"}, "time_zone": "Asia/Shanghai", "mode": "hours",
        "weekly": {"mon": [["09:00", "12:00"], ["13:30", "24:00"]]},
        "exceptions": [{"date": "2026-10-01", "kind": "holiday", "name": "国庆节"},
                       {"date": "2026-10-10", "kind": "workday", "frames": [["10:00", "11:00"]]}],
    });
    let created = manager.post("/v1/business-calendars", body).await.expect(201);
    let path = format!("/v1/business-calendars/{}", created.id());
    assert_eq!(created.header("location"), Some(path.as_str()));
    let read = app.with_role(Role::Customer).get(&path).await.expect(200);
    assert_eq!((read.header("etag"), &read.body), (Some("\"v1\""), &created.body));
    let mut golden = read.body;
    for varies in ["id", "created_by"] {
        golden.as_object_mut().unwrap().remove(varies);
    }
    assert_eq!(
        golden,
        json!({
            "code": "HQ-1", "name": {"zh": "总部", "en": "Office"}, "time_zone": "Asia/Shanghai", "mode": "hours",
            "weekly": {"mon": [["09:00", "12:00"], ["13:30", "24:00"]], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []},
            "exceptions": [{"date": "2026-10-01", "kind": "holiday", "frames": null, "name": "国庆节"},
                           {"date": "2026-10-10", "kind": "workday", "frames": [["10:00", "11:00"]], "name": null}],
            "source": null, "is_active": true,
            "version": 1, "created_at": "2026-11-23T01:00:00.000Z", "updated_at": "2026-11-23T01:00:00.000Z",
        })
    );
}

#[actix_web::test]
async fn every_database_starts_with_the_standard_and_the_open_calendar() {
    let app = App::start().await;
    let reader = app.with_role(Role::Engineer);
    let standard = by_code(&reader, "CN-STD").await;
    assert_eq!(standard["exceptions"].as_array().unwrap().len(), 72);
    let always = by_code(&reader, "ALWAYS-OPEN").await;
    assert_eq!(always["mode"], "always");
    aftercare_persistence::seed::run(&app.db).await.unwrap();
    assert_eq!(
        by_code(&reader, "CN-STD").await,
        standard,
        "seeding again changes nothing"
    );
    // Examples a, c, d, e, f of 3.4.
    let path = format!("/v1/business-calendars/{}", standard["id"].as_str().unwrap());
    for (start, minutes, expected) in [
        ("2026-09-30T16:00:00+08:00", 480, "2026-10-08T08:00:00.000Z"),
        ("2026-10-09T17:00:00+08:00", 240, "2026-10-10T03:30:00.000Z"),
        ("2026-11-20T17:40:00+08:00", 30, "2026-11-23T00:40:00.000Z"),
        ("2026-11-23T12:10:00+08:00", 30, "2026-11-23T06:00:00.000Z"),
        ("2026-11-21T10:00:00+08:00", 30, "2026-11-23T01:00:00.000Z"),
    ] {
        assert_eq!(due(&reader, &path, start, minutes).await, expected, "{start}");
    }
    let span = json!({"start": "2026-09-30T16:00:00+08:00", "end": "2026-10-08T16:00:00+08:00"});
    let elapsed = reader.post(&format!("{path}/elapsed"), span).await.expect(200);
    assert_eq!(elapsed.body, json!({"seconds": 28_800}));
}

#[actix_web::test]
async fn third_party_vectors_hold_over_http() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let holiday = |date: &str| json!([{"date": date, "kind": "holiday"}]);
    let z1 = calendar(
        &manager,
        json!({"code": "Z1", "weekly": week(FIVE, "09:00", "17:00")}),
    )
    .await;
    let z2 = calendar(
        &manager,
        json!({"code": "Z2", "weekly": week(SEVEN, "08:00", "17:00")}),
    )
    .await;
    let z3 = calendar(
        &manager,
        json!({"code": "Z3", "weekly": week(SEVEN, "08:00", "17:00"), "exceptions": holiday("2015-09-22")}),
    )
    .await;
    let z8 = calendar(
        &manager,
        json!({"code": "Z8", "weekly": week(FIVE, "08:00", "20:00"), "exceptions": holiday("2016-11-01")}),
    )
    .await;
    for (path, start, minutes, expected) in [
        (&z1, "2013-03-21T09:30:00Z", 60, "2013-03-21T10:30:00.000Z"),
        (&z1, "2013-03-21T09:30:00Z", 180, "2013-03-21T12:30:00.000Z"),
        (&z1, "2013-03-21T09:30:00Z", 240, "2013-03-21T13:30:00.000Z"),
        (&z2, "2013-10-21T05:30:00Z", 120, "2013-10-21T08:00:00.000Z"),
        (&z2, "2013-10-21T05:30:00Z", 180, "2013-10-21T09:00:00.000Z"),
        (&z2, "2013-10-21T05:30:00Z", 240, "2013-10-21T10:00:00.000Z"),
        (&z3, "2015-09-21T14:30:00Z", 120, "2015-09-23T07:30:00.000Z"),
        (&z3, "2015-09-21T14:30:00Z", 180, "2015-09-23T08:30:00.000Z"),
        (&z3, "2015-09-21T14:30:00Z", 240, "2015-09-23T09:30:00.000Z"),
        (&z8, "2016-11-01T13:56:21Z", 120, "2016-11-02T09:00:00.000Z"),
        (&z8, "2016-11-01T13:56:21Z", 1200, "2016-11-03T15:00:00.000Z"),
    ] {
        assert_eq!(
            due(&manager, path, start, minutes).await,
            expected,
            "{start} + {minutes}"
        );
    }
}

#[actix_web::test]
async fn a_change_counts_at_once() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let path = calendar(&manager, json!({"weekly": week(FIVE, "09:00", "17:00")})).await;
    assert_eq!(
        due(&manager, &path, "2026-11-20T15:30:00Z", 60).await,
        "2026-11-23T08:30:00.000Z"
    );
    let patch = json!({"weekly": {"sat": [["10:00", "12:00"]], "mon": null}});
    let changed = manager.patch(&path, patch).await.expect(200);
    assert_eq!(
        (&changed.body["weekly"]["mon"], &changed.body["version"]),
        (&json!([]), &json!(2))
    );
    assert_eq!(
        due(&manager, &path, "2026-11-20T15:30:00Z", 60).await,
        "2026-11-21T09:30:00.000Z"
    );
    manager
        .patch(&path, json!({"weekly": null}))
        .await
        .refused(422, "calendar_never_open");
    manager
        .patch_at(&path, "\"v1\"", json!({"is_active": false}))
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        due(&manager, &path, "2026-11-20T15:30:00Z", 60).await,
        "2026-11-21T09:30:00.000Z"
    );
}

#[actix_web::test]
async fn holidays_imported_twice_change_nothing_the_second_time() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let path = calendar(&manager, json!({
        "weekly": week(FIVE, "09:00", "17:00"), "time_zone": "Asia/Shanghai",
        "exceptions": [{"date": "2026-05-20", "kind": "holiday", "name": "公司日"}, {"date": "2026-10-01", "kind": "workday"}],
    })).await;
    let import = format!("{path}/import-holidays");
    let table = json!([
        {"date": "2026-10-01", "name": "国庆节", "is_off_day": true},
        {"date": "2026-10-10", "name": "国庆节", "is_off_day": false}]);
    let first = manager.post(&import, table.clone()).await.expect(200);
    let count = |reply: &Reply, part: &str| reply.body["diff"][part].as_array().unwrap().len();
    assert_eq!(
        (
            count(&first, "added"),
            count(&first, "changed"),
            count(&first, "unchanged"),
            count(&first, "kept")
        ),
        (1, 1, 0, 1)
    );
    assert_eq!(
        (first.header("etag"), &first.body["calendar"]["version"]),
        (Some("\"v2\""), &json!(2))
    );
    assert_eq!(
        due(&manager, &path, "2026-09-30T16:30:00+08:00", 60).await,
        "2026-10-02T01:30:00.000Z"
    );
    let second = manager.post(&import, table).await.expect(200);
    assert_eq!(
        (
            count(&second, "added"),
            count(&second, "changed"),
            count(&second, "unchanged")
        ),
        (0, 0, 2)
    );
    assert_eq!(second.body["calendar"], first.body["calendar"]);
    let twice = json!([{"date": "2026-10-01", "name": "国庆节", "is_off_day": true}, {"date": "2026-10-01", "name": "国庆节", "is_off_day": false}]);
    let refused = manager
        .post(&import, twice)
        .await
        .refused(422, "duplicate_exception");
    assert_eq!(refused.body["errors"][0]["pointer"], "#/1/date");
    manager
        .post(&import, json!([]))
        .await
        .refused(422, "validation_failed");
}

#[actix_web::test]
async fn a_calendar_that_cannot_count_is_refused_at_its_member() {
    let app = App::start().await;
    let manager = app.with_role(Role::Admin);
    let nine = json!([["09:00", "12:00"]]);
    for (members, code, pointer) in [
        (
            json!({"weekly": {"tue": [["09:00", "12:00"], ["11:00", "13:00"]]}}),
            "overlapping_frames",
            "#/weekly/tue",
        ),
        (json!({}), "calendar_never_open", "#/weekly"),
        (
            json!({"mode": "always", "time_zone": "Mars/Olympus"}),
            "unknown_time_zone",
            "#/time_zone",
        ),
        (
            json!({"weekly": {"mon": [["12:00", "09:00"]]}}),
            "validation_failed",
            "#/weekly/mon/0",
        ),
        (
            json!({"weekly": {"mon": [["9:00", "12:00"]]}}),
            "validation_failed",
            "#/weekly/mon/0/0",
        ),
        (
            json!({"weekly": {"mon": [["09:00", "24:01"]]}}),
            "validation_failed",
            "#/weekly/mon/0/1",
        ),
        (
            json!({"weekly": {"mon": nine}, "exceptions": [{"date": "2026-10-01", "kind": "holiday"}, {"date": "2026-10-01", "kind": "holiday"}]}),
            "duplicate_exception",
            "#/exceptions/1/date",
        ),
        (
            json!({"weekly": {"mon": nine}, "exceptions": [{"date": "2026-10-01", "kind": "holiday", "frames": [["09:00", "10:00"]]}]}),
            "contradictory_frames",
            "#/exceptions/0/frames",
        ),
        (
            json!({"weekly": {"mon": nine}, "exceptions": [{"date": "2026-02-30", "kind": "holiday"}]}),
            "validation_failed",
            "#/exceptions/0/date",
        ),
        (
            json!({"weekly": {"mon": nine}, "code": "CN-STD"}),
            "duplicate_code",
            "#/code",
        ),
    ] {
        let mut body = json!({"code": "BAD", "name": {"zh": "坏", "en": null}, "time_zone": "Asia/Shanghai", "mode": "hours"});
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        let status = if code == "duplicate_code" { 409 } else { 422 };
        let refused = manager
            .post("/v1/business-calendars", body)
            .await
            .refused(status, code);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

#[actix_web::test]
async fn far_questions_are_answered_or_refused_but_never_hang() {
    let app = App::start().await;
    let reader = app.with_role(Role::Analyst);
    let path = async |code: &str| {
        format!(
            "/v1/business-calendars/{}",
            by_code(&reader, code).await["id"].as_str().unwrap()
        )
    };
    let (standard, always) = (path("CN-STD").await, path("ALWAYS-OPEN").await);
    assert_eq!(
        due(&reader, &always, "2026-11-23T01:00:00Z", 10_000_000).await,
        "2045-11-27T11:40:00.000Z"
    );
    for (start, minutes, pointer) in [
        ("2026-11-23T01:00:00Z", 10_000_000, "#/minutes"),
        ("9999-12-31T23:59:59Z", 1, "#/start"),
        ("0001-01-01T00:00:00Z", 1, "#/start"),
    ] {
        let refused = reader
            .post(
                &format!("{standard}/add-minutes"),
                json!({"start": start, "minutes": minutes}),
            )
            .await
            .refused(422, "calendar_horizon");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    for minutes in [-1_i64, i64::MAX] {
        let body = json!({"start": "2026-11-23T01:00:00Z", "minutes": minutes});
        reader
            .post(&format!("{standard}/add-minutes"), body)
            .await
            .refused(422, "validation_failed");
    }
    let back = json!({"start": "2026-11-23T01:00:00Z", "end": "2026-11-22T01:00:00Z"});
    reader
        .post(&format!("{standard}/elapsed"), back)
        .await
        .refused(422, "end_before_start");
    let far = json!({"start": "2026-11-23T01:00:00Z", "end": "2101-11-22T01:00:00Z"});
    reader
        .post(&format!("{standard}/elapsed"), far)
        .await
        .refused(422, "calendar_horizon");
    let nowhere = "/v1/business-calendars/0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12/add-minutes";
    reader
        .post(nowhere, json!({"start": "2026-11-23T01:00:00Z", "minutes": 1}))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn only_administrators_and_service_managers_keep_calendars() {
    let app = App::start().await;
    let body = |n: usize| json!({"code": format!("C{n:02}"), "name": {"zh": "日历", "en": null}, "time_zone": "UTC", "mode": "always"});
    for (n, role) in Role::ALL.iter().enumerate() {
        let client = app.with_role(*role);
        client.get("/v1/business-calendars").await.expect(200);
        let path = format!(
            "/v1/business-calendars/{}",
            by_code(&client, "CN-STD").await["id"].as_str().unwrap()
        );
        let made = client.post("/v1/business-calendars", body(n)).await;
        let imported = client
            .post(
                &format!("{path}/import-holidays"),
                json!([{"date": "2027-01-01", "name": "元旦", "is_off_day": true}]),
            )
            .await;
        let changed = client.patch(&path, json!({"source": format!("{role}")})).await;
        if matches!(role, Role::Admin | Role::ServiceManager) {
            made.expect(201);
            imported.expect(200);
            changed.expect(200);
        } else {
            made.refused(403, "insufficient_scope");
            imported.refused(403, "insufficient_scope");
            changed.refused(403, "insufficient_scope");
        }
    }
}

#[actix_web::test]
async fn frames_of_a_day_are_written_in_ascending_order() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let body = |weekly: Value, exceptions: Value| {
        json!({"code": "ORDER", "name": {"zh": "日历", "en": null}, "time_zone": "UTC", "mode": "hours",
            "weekly": weekly, "exceptions": exceptions})
    };
    let week = json!({"tue": [["09:00", "12:00"]]});
    let descending = json!([["13:00", "18:00"], ["09:00", "12:00"]]);
    let workday = json!([{"date": "2026-10-10", "kind": "workday", "frames": descending.clone()}]);
    for (weekly, exceptions, code, pointer) in [
        (
            json!({"mon": descending}),
            json!([]),
            "descending_frames",
            "#/weekly/mon",
        ),
        (
            week.clone(),
            workday,
            "descending_frames",
            "#/exceptions/0/frames",
        ),
        (
            json!({"mon": [["13:00", "18:00"], ["09:00", "14:00"]]}),
            json!([]),
            "overlapping_frames",
            "#/weekly/mon",
        ),
    ] {
        let refused = manager
            .post("/v1/business-calendars", body(weekly, exceptions))
            .await
            .refused(422, code);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let path = manager
        .post("/v1/business-calendars", body(week, json!([])))
        .await
        .expect(201);
    let path = format!("/v1/business-calendars/{}", path.id());
    manager
        .patch(&path, json!({"weekly": {"wed": descending}}))
        .await
        .refused(422, "descending_frames");
    let touching = json!({"weekly": {"wed": [["09:00", "12:00"], ["12:00", "18:00"]]}});
    manager.patch(&path, touching).await.expect(200);
}

#[actix_web::test]
async fn a_calendar_a_policy_counts_by_is_not_put_away() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let standard = by_code(&manager, "CN-STD").await;
    let path = format!("/v1/business-calendars/{}", standard["id"].as_str().unwrap());
    let rest = json!({"is_active": false});
    let refused = manager.patch(&path, rest.clone()).await.refused(409, "in_use");
    assert_eq!(refused.pointers(), ["#/is_active"]);
    assert!(refused.body["conflicting_id"].is_string());
    let preview = format!("{path}/preview");
    manager.post(&preview, rest.clone()).await.refused(409, "in_use");
    let unused = calendar(&manager, json!({"weekly": week(FIVE, "09:00", "18:00")})).await;
    manager.patch(&unused, rest).await.expect(200);
}

#[actix_web::test]
async fn a_rare_calendar_and_an_instant_outside_the_years_are_told_apart() {
    let app = App::start().await;
    let reader = app.with_role(Role::ServiceManager);
    let standard = by_code(&reader, "CN-STD").await;
    let path = format!(
        "/v1/business-calendars/{}/add-minutes",
        standard["id"].as_str().unwrap()
    );
    let said = async |language: &'static str, start: &str, minutes: i64| {
        let body = json!({"start": start, "minutes": minutes});
        let asked = reader.clone().in_language(language);
        asked
            .post(&path, body)
            .await
            .refused(422, "calendar_horizon")
            .str("detail")
    };
    let (rare, outside) = (("2026-11-23T01:00:00Z", 10_000_000), ("2150-01-01T00:00:00Z", 1));
    assert!(said("en", rare.0, rare.1).await.contains("too rarely"));
    assert!(said("zh", rare.0, rare.1).await.contains("开放时间过少"));
    assert!(said("en", outside.0, outside.1).await.contains("1970 to 2099"));
    assert!(
        said("zh", outside.0, outside.1)
            .await
            .contains("1970 年至 2099 年")
    );
}

#[actix_web::test]
async fn what_is_wrong_with_a_frame_or_a_date_is_said_in_both_languages() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let said = async |language: &'static str, members: Value| {
        let mut body =
            json!({"code": "CAL-9", "name": {"zh": "日历"}, "time_zone": "Asia/Shanghai", "mode": "hours"});
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        let asked = manager.clone().in_language(language);
        let refused = asked.post("/v1/business-calendars", body).await;
        let refused = refused.refused(422, "validation_failed");
        refused.body["errors"][0]["detail"].as_str().unwrap().to_owned()
    };
    let frame = json!({"weekly": week(FIVE, "18:00", "09:00")});
    let zh = said("zh", frame.clone()).await;
    assert!(zh.starts_with("时段的开始须早于结束"), "{zh}");
    let en = said("en", frame).await;
    assert!(en.starts_with("A frame needs a start before its end"), "{en}");
    let date = json!({"weekly": week(FIVE, "09:00", "18:00"), "exceptions": [{"date": "2150-01-01", "kind": "holiday"}]});
    assert_eq!(said("zh", date.clone()).await, "日期须在 1900 年至 2099 年之间。");
    assert_eq!(said("en", date).await, "Expected a date from 1900 to 2099.");
}
