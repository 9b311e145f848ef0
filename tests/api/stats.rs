//! Stats: the figures told are those one counts by hand from lists, histories and promises (domain.md 3.6, reports).

use std::collections::BTreeMap;

use actix_web::http::Method;
use aftercare_domain::kernel::Role;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::support::{App, Client, Scene, solved, unsolved};

const STATS: &str = "/v1/service-requests/stats";

/// The local day of an instant.
fn day(at: &Value) -> NaiveDate {
    let at: DateTime<Utc> = at.as_str().unwrap().parse().unwrap();
    at.with_timezone(&chrono_tz::Asia::Shanghai).date_naive()
}

async fn all(client: &Client, path: &str) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("{path}{joint}limit=200{cursor}"))
            .await
            .expect(200);
        rows.extend(page.body["data"].as_array().unwrap().iter().cloned());
        match page.body["page"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// A request with its history, oldest first.
struct Known {
    request: Value,
    history: Vec<Value>,
}

impl Known {
    fn is(&self, member: &str, wanted: Option<&str>) -> bool {
        wanted.is_none_or(|wanted| self.request[member] == wanted)
    }
}

async fn everything(scene: &Scene) -> Vec<Known> {
    let mut known = Vec::new();
    for request in all(&scene.manager, "/v1/service-requests").await {
        let path = format!(
            "/v1/service-requests/{}/activities?sort=seq",
            request["id"].as_str().unwrap()
        );
        let history = all(&scene.manager, &path).await;
        known.push(Known { request, history });
    }
    known
}

/// Rounded half up to so many decimals, in floats: another way than the product's.
fn quotient(of: i64, by: i64, decimals: usize) -> Value {
    match by {
        0 => Value::Null,
        _ => {
            let scale = 10_f64.powi(decimals as i32);
            let value = (of as f64 / by as f64 * scale + 1e-9).round() / scale;
            json!(format!("{value:.decimals$}"))
        }
    }
}

fn share(count: i64, of: i64) -> Value {
    json!({"count": count, "of": of, "rate": quotient(count, of, 4)})
}

/// The figures of a window as one counts them from what everybody can read.
fn counted(
    known: &[Known],
    timers: &[Value],
    window: (NaiveDate, NaiveDate),
    filter: [Option<&str>; 2],
    now: &str,
) -> Value {
    let mine: Vec<&Known> = known
        .iter()
        .filter(|one| one.is("product_id", filter[0]) && one.is("problem_type_id", filter[1]))
        .collect();
    let within = |on: NaiveDate| (window.0..=window.1).contains(&on);
    let is_ended = |status: &Value| status == "closed" || status == "archived";
    let mut days: BTreeMap<NaiveDate, [i64; 4]> = window
        .0
        .iter_days()
        .take_while(|on| *on <= window.1)
        .map(|on| (on, [0; 4]))
        .collect();
    let (mut fixes, mut first_time, mut reopened) = (0, 0, 0);
    let mut locks = [0, 0];
    for one in &mine {
        let is_import = one.request["origin"] == "import";
        let mut failed = 0;
        let mut count = |on: NaiveDate, place: usize| {
            if let Some(day) = days.get_mut(&on) {
                day[place] += 1;
            }
        };
        count(day(&one.request["created_at"]), 0);
        for line in &one.history {
            let (from, to, on) = (&line["from"], &line["to"], day(&line["at"]));
            let action = line["action"].as_str().unwrap();
            if matches!(
                action,
                "work_order:unresolved" | "follow_up:dissatisfied" | "reopen"
            ) {
                failed += 1;
            }
            if action == "reopen" && within(on) {
                reopened += 1;
            }
            if from.is_null() && is_import && is_ended(to) {
                let end = day(&line["data"]["closed_at"]);
                count(end, 1);
                count(end, 2);
                continue;
            }
            if from.is_null() || from == to {
                continue;
            }
            if to == "processed" {
                count(on, 1);
            }
            if is_ended(to) && !is_ended(from) {
                count(on, 2);
                if within(on) {
                    fixes += 1;
                    first_time += i64::from(failed == 0);
                }
            }
            if to == "cancelled" {
                count(on, 3);
            }
            if to == "locked" && within(on) {
                locks[usize::from(action != "timer:assignment_due")] += 1;
            }
        }
    }
    let sum = |place: usize| days.values().map(|day| day[place]).sum::<i64>();
    let resolved = mine.iter().filter(|one| {
        let status = &one.request["status"];
        within(day(&one.request["created_at"])) && (status == "processed" || is_ended(status))
    });
    let kinds = ["response", "arrangement", "arrival", "resolution"].map(|kind| {
        let (mut met, mut breached, mut ended, mut minutes) = (0, 0, 0, 0);
        for timer in timers.iter().filter(|timer| {
            timer["kind"] == kind && mine.iter().any(|one| one.request["id"] == timer["subject_id"])
        }) {
            met += i64::from(timer["status"] == "met" && within(day(&timer["stopped_at"])));
            breached += i64::from(timer["status"] == "breached" && within(day(&timer["breached_at"])));
            if let Some(took) = timer["elapsed_minutes"].as_i64()
                && within(day(&timer["stopped_at"]))
            {
                ended += 1;
                minutes += took;
            }
        }
        json!({"kind": kind, "met": met, "breached": breached, "attainment": quotient(met, met + breached, 4),
            "ended": ended, "mean_minutes": quotient(minutes, ended, 2)})
    });
    let now: DateTime<Utc> = now.parse().unwrap();
    let open: Vec<&&Known> = mine
        .iter()
        .filter(|one| {
            let status = one.request["status"].as_str().unwrap();
            ["pending_assignment", "on_hold", "assigned", "locked", "processed"].contains(&status)
        })
        .collect();
    let by_status = ["pending_assignment", "on_hold", "assigned", "locked", "processed"].map(|status| {
        json!({"status": status, "requests": open.iter().filter(|one| one.request["status"] == status).count()})
    });
    let age = |one: &Known| {
        let created: DateTime<Utc> = one.request["created_at"].as_str().unwrap().parse().unwrap();
        (now - created).num_milliseconds()
    };
    let bands = [
        ("under_1_day", 0, 1),
        ("days_1_to_3", 1, 3),
        ("days_3_to_7", 3, 7),
        ("days_7_to_30", 7, 30),
        ("days_30_or_more", 30, 100_000),
    ];
    let by_age = bands.map(|(band, from, to)| {
        let within = |age: i64| (from * 86_400_000..to * 86_400_000).contains(&age);
        json!({"age": band, "requests": open.iter().filter(|one| within(age(one))).count()})
    });
    json!({
        "from": window.0.to_string(), "to": window.1.to_string(), "time_zone": "Asia/Shanghai",
        "product_id": filter[0], "problem_type_id": filter[1],
        "backlog": {"requests": open.len(), "is_capped": false, "by_status": by_status, "by_age": by_age},
        "days": days.iter().map(|(on, day)| json!({"date": on.to_string(), "registered": day[0], "processed": day[1], "closed": day[2], "cancelled": day[3]})).collect::<Vec<_>>(),
        "resolution": share(resolved.count() as i64, sum(0)),
        "first_time_fix": share(first_time, fixes),
        "reopen": share(reopened, sum(2)),
        "locks": [{"case": "assignment_overdue", "share": share(locks[0], sum(0))}, {"case": "unresolved_twice", "share": share(locks[1], sum(0))}],
        "sla": kinds,
    })
}

/// A few days of the company; the second product and problem type, and the last instant.
async fn company(scene: &Scene) -> (String, String, &'static str) {
    let admin = scene.app.with_role(Role::Admin);
    let category = admin.get("/v1/product-categories").await.expect(200).body["data"][0]["id"].clone();
    let product =
        json!({"code": "KFR-50LW", "model": "KFR-50LW", "name": {"zh": "柜机"}, "category_id": category});
    let other_product = admin.post("/v1/products", product).await.expect(201).id();
    let problem = json!({"code": "LEAK", "name": {"zh": "漏水"}});
    let other_problem = admin.post("/v1/problem-types", problem).await.expect(201).id();

    let late = json!({"required_by": "2026-11-27T17:00:00+08:00"});
    // Solved at once, confirmed, archived; comes back the next day and is cancelled.
    let good = scene.register(late.clone()).await;
    scene.at("2026-11-23T02:00:00.000Z");
    scene.visit(&good, &scene.engineer1, &scene.e1, solved()).await;
    scene.follow(&good, "satisfied").await.expect(200);
    scene
        .supervisor
        .post(&format!("{good}/verify"), json!({}))
        .await
        .expect(200);
    // Fails once, is solved, is not solved after all: locked; the manager's second engineer does it.
    let bad = scene.register(late.clone()).await;
    scene.visit(&bad, &scene.engineer1, &scene.e1, unsolved()).await;
    // Nobody takes it.
    let missed = scene
        .register(json!({"required_by": "2026-11-23T17:00:00+08:00", "product_id": other_product}))
        .await;
    // Half past midnight, local time.
    scene.at("2026-11-23T16:30:00.000Z");
    let night = scene.register(late.clone()).await;
    let held = scene
        .register(json!({"initial_status": "on_hold", "hold_reason": "awaiting_customer"}))
        .await;
    scene.at("2026-11-24T02:00:00.000Z");
    scene.visit(&bad, &scene.engineer2, &scene.e2, solved()).await;
    scene
        .agent
        .post(&format!("{good}/reopen"), json!({"reason": "又不制冷"}))
        .await
        .expect(200);
    scene.follow(&bad, "dissatisfied").await.expect(200);
    scene
        .agent
        .post(&format!("{good}/cancel"), json!({"reason": "客户撤回"}))
        .await
        .expect(200);
    // Solved in the first call, then seen to be another problem: everything it told moves with it.
    let talk = scene.register(json!({"title": "漏水"})).await;
    scene
        .agent
        .post(
            &format!("{talk}/resolve-on-contact"),
            json!({"resolution": "指导清洗排水管"}),
        )
        .await
        .expect(200);
    scene
        .agent
        .post(
            &format!("{talk}/reclassify"),
            json!({"problem_type_id": other_problem, "reason": "登记有误"}),
        )
        .await
        .expect(200);
    // Locked since yesterday, and another product than it was thought.
    let right =
        json!({"product_id": scene.product_id, "problem_type_id": other_problem, "reason": "登记有误"});
    scene
        .manager
        .post(&format!("{missed}/reclassify"), right)
        .await
        .expect(200);
    scene.at("2026-11-25T02:00:00.000Z");
    scene.visit(&bad, &scene.engineer2, &scene.e2, solved()).await;
    scene.follow(&bad, "satisfied").await.expect(200);
    let engineer = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{night}/assign"), engineer)
        .await
        .expect(200);
    scene
        .agent
        .post(&format!("{held}/resume"), json!({}))
        .await
        .expect(200);

    // What another system did weeks ago, and months.
    let row = |key: &str, more: Value| {
        let mut row = scene.request(more);
        row["external_refs"] = json!([{"system": "old_crm", "external_id": key}]);
        row.to_string()
    };
    let rows = [
        row(
            "1",
            json!({"created_at": "2026-11-18T02:00:00Z", "closed_at": "2026-11-19T17:00:00Z"}),
        ),
        row("2", json!({"created_at": "2026-08-01T02:00:00Z"})),
        row(
            "3",
            json!({"created_at": "2026-08-01T02:00:00Z", "closed_at": "2026-11-20T04:00:00Z"}),
        ),
    ];
    let bridge = scene.app.with_role(Role::Integration);
    let import = bridge
        .request(Method::POST, "/v1/imports")
        .header("content-type", "application/x-ndjson");
    let taken = import.bytes(rows.join("\n")).send().await.expect(202);
    let place = taken.header("location").unwrap().to_owned();
    while bridge.get(&place).await.expect(200).body["status"] == "running" {
        tokio::task::yield_now().await;
    }
    let old = all(&scene.manager, "/v1/service-requests?origin=import&status=closed").await;
    let again = old
        .iter()
        .find(|request| request["closed_at"] == "2026-11-20T04:00:00.000Z")
        .unwrap();
    let again = format!("/v1/service-requests/{}", again["id"].as_str().unwrap());
    scene
        .agent
        .post(&format!("{again}/reopen"), json!({"reason": "故障重现"}))
        .await
        .expect(200);
    let moved = json!({"problem_type_id": other_problem, "reason": "登记有误"});
    scene
        .agent
        .post(&format!("{again}/reclassify"), moved)
        .await
        .expect(200);
    (other_product, other_problem, "2026-11-25T02:00:00.000Z")
}

#[actix_web::test]
async fn the_figures_are_those_one_counts_from_the_histories() {
    let scene = Scene::open().await;
    let (other_product, other_problem, now) = company(&scene).await;
    let known = everything(&scene).await;
    let timers = all(&scene.manager, "/v1/sla-timers").await;
    assert_eq!(known.len(), 9);
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (product, problem) = (scene.product_id.as_str(), scene.problem_type_id.as_str());
    for (from, to) in [
        ("2026-10-27", "2026-11-25"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-24", "2026-11-24"),
        ("2025-11-26", "2026-11-25"),
        ("2026-08-01", "2026-08-01"),
    ] {
        for filter in [
            [None, None],
            [Some(product), None],
            [Some(other_product.as_str()), None],
            [None, Some(problem)],
            [None, Some(other_problem.as_str())],
            [Some(product), Some(other_problem.as_str())],
        ] {
            let mut query = format!("{STATS}?from={from}&to={to}");
            for (name, value) in ["product_id", "problem_type_id"].iter().zip(filter) {
                if let Some(value) = value {
                    query.push_str(&format!("&{name}={value}"));
                }
            }
            let told = scene.manager.get(&query).await.expect(200);
            let expected = counted(&known, &timers, (date(from), date(to)), filter, now);
            assert_eq!(told.body, expected, "{query}");
        }
    }
    let usual = scene.manager.get(STATS).await.expect(200);
    let named = scene
        .manager
        .get(&format!("{STATS}?from=2026-10-27&to=2026-11-25"))
        .await
        .expect(200);
    assert_eq!(usual.body, named.body, "thirty days up to today");
}

/// The same story in a few numbers one can check in one's head.
#[actix_web::test]
async fn the_story_in_numbers() {
    let scene = Scene::open().await;
    company(&scene).await;
    let told = scene
        .manager
        .get(&format!("{STATS}?from=2026-11-23&to=2026-11-25"))
        .await
        .expect(200)
        .body;
    let of = |on: usize| {
        ["registered", "processed", "closed", "cancelled"]
            .map(|name| told["days"][on][name].as_i64().unwrap())
    };
    assert_eq!([of(0), of(1), of(2)], [[3, 1, 1, 0], [3, 2, 0, 1], [0, 1, 1, 0]]);
    assert_eq!(told["resolution"], json!({"count": 2, "of": 6, "rate": "0.3333"}));
    assert_eq!(
        told["first_time_fix"],
        json!({"count": 1, "of": 2, "rate": "0.5000"})
    );
    assert_eq!(told["reopen"], json!({"count": 2, "of": 2, "rate": "1.0000"}));
    assert_eq!(
        told["locks"][0]["share"]["count"], 2,
        "one of them when its hold ended"
    );
    assert_eq!(
        told["locks"][1]["share"],
        json!({"count": 1, "of": 6, "rate": "0.1667"})
    );
    let import = scene
        .manager
        .get(&format!("{STATS}?from=2026-11-18&to=2026-11-20"))
        .await
        .expect(200)
        .body;
    let of = |on: usize| {
        ["registered", "processed", "closed"].map(|name| import["days"][on][name].as_i64().unwrap())
    };
    assert_eq!([of(0), of(1), of(2)], [[1, 0, 0], [0, 0, 0], [0, 2, 2]]);
}

#[actix_web::test]
async fn where_nothing_happened_there_is_no_rate() {
    let app = App::start().await;
    let told = app.with_role(Role::Executive).get(STATS).await.expect(200).body;
    assert_eq!(told["days"].as_array().unwrap().len(), 30);
    for rate in [
        &told["resolution"]["rate"],
        &told["first_time_fix"]["rate"],
        &told["reopen"]["rate"],
        &told["sla"][0]["attainment"],
        &told["sla"][0]["mean_minutes"],
    ] {
        assert_eq!(*rate, Value::Null);
    }
}

#[actix_web::test]
async fn a_window_that_is_none_is_refused() {
    let app = App::start().await;
    let manager = app.with_role(Role::ServiceManager);
    let ask = async |query: &str| manager.get(&format!("{STATS}?{query}")).await;
    let turned = ask("from=2026-11-24&to=2026-11-23")
        .await
        .refused(422, "date_order");
    assert_eq!(turned.body["errors"][0]["parameter"], "from");
    ask("from=2025-11-22&to=2026-11-23")
        .await
        .refused(422, "out_of_range");
    ask("from=2025-11-23&to=2026-11-23").await.expect(200);
    ask("from=2026-02-30")
        .await
        .refused(400, "invalid_query_parameter");
    ask("from=1900-01-01&to=1900-01-02").await.expect(200);
    ask("from=0001-01-01&to=0001-01-02")
        .await
        .refused(400, "invalid_query_parameter");
}
