//! Lists: pages joined are the whole, whatever the order; every filter and sort key documented runs (C11–C15).

use serde_json::{Value, json};

use super::errors::{is_refusal, said};
use super::rows::{NOT_MADE, Row, Rows, alike, creates, text_of};
use super::sweep::{Faults, Op, operations, query_value, skipped_are};
use crate::support::{App, Client};

/// Lists whose rows come from elsewhere than a create operation beside them, and whence.
const NOT_FILLED: &[(&str, &str)] = &[
    ("listAttachments", "an attachment is a file, not JSON"),
    ("listProductAttachments", "an attachment is a file, not JSON"),
    ("listAuditLogs", "audit lines are kept by every write"),
    (
        "listExamAttempts",
        "an attempt is started by the engineer who sits it",
    ),
    (
        "listOutletAssessmentEvidence",
        "evidence comes with an assessment",
    ),
    (
        "listOutletAssessments",
        "only an outlet that was taken is assessed",
    ),
    (
        "listServiceOutletCoverage",
        "coverage is read off the outlets there are",
    ),
    ("listAwards", "awards are won by final reviews"),
    ("listCreditEntries", "credit moves with what happens to jobs"),
    ("listCounters", "counters are kept by the records they count"),
    ("listCustomerHistory", "a history is read off what it tells of"),
    (
        "listCustomerInstalledProducts",
        "units are registered by themselves",
    ),
    (
        "listEntitlements",
        "what is granted comes with the agreement's periods",
    ),
    ("listUsages", "a use comes with an assignment"),
    ("listImportResults", "results come with the rows of a file"),
    ("listImports", "an import takes a file, not JSON"),
    (
        "listInstalledProductServiceHistory",
        "a history is read off what it tells of",
    ),
    (
        "listSlaPolicyVersions",
        "a version comes with each change of its policy",
    ),
    ("listSlaTimers", "a timer is started by what happens"),
    ("listStateMachines", "the machines stand in the code"),
    ("listFollowUps", "a follow-up comes with a processed request"),
    ("listNotifications", "notifications come with what happens"),
    ("listPermissions", "permissions are declared in the code"),
    ("listRoles", "roles are declared in the code"),
    ("listLeaves", "a leave is asked for under its engineer"),
    ("listRosters", "a roster is made under the engineers"),
    ("listRosterShifts", "shifts come with the roster"),
    ("listServiceRequestActivities", "activities come with actions"),
    ("listServiceRequestAttempts", "attempts come with work orders"),
    ("listServiceRequestLocks", "locks come with time and failures"),
    ("listServiceRequestTimers", "timers come with the request"),
    (
        "listServiceRequestWorkOrders",
        "work orders come with assignments",
    ),
    ("listSurveys", "surveys come with closed requests"),
    ("listWorkOrders", "work orders come with assignments"),
];

fn lists() -> Vec<Op> {
    operations().into_iter().filter(Op::is_list).collect()
}

#[actix_web::test]
async fn every_create_operation_makes_a_row_from_its_example() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut not_made = Vec::new();
    for op in creates() {
        if let Err(why) = rows.make(&op).await {
            not_made.push((op.id.to_owned(), why));
        }
    }
    skipped_are(&not_made, NOT_MADE);
}

#[actix_web::test]
async fn a_limit_a_cursor_or_a_sort_key_that_is_none_is_refused() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    for op in lists() {
        let client = op.caller(&app);
        let uri = rows.uri(&op).await.unwrap_or_else(|_| op.uri());
        for limit in ["0", "201", "-1", "1000000000", "-9223372036854775808"] {
            let reply = client.get(&format!("{uri}?limit={limit}")).await;
            let is_named = reply.body["errors"][0]["parameter"] == "limit";
            faults.check(is_refusal(&reply, 422, "validation_failed") && is_named, || {
                said(&op, limit, &reply)
            });
        }
        for cursor in ["abc", "e30", "AAAA.BBBB", "..", "-"] {
            let reply = client.get(&format!("{uri}?cursor={cursor}")).await;
            faults.check(is_refusal(&reply, 400, "invalid_cursor"), || {
                said(&op, cursor, &reply)
            });
        }
        for sort in [
            "no_such_key",
            "-no_such_key",
            "id,no_such_key",
            "search",
            "password_hash",
        ] {
            let reply = client.get(&format!("{uri}?sort={sort}")).await;
            let is_named = reply.body["errors"][0]["parameter"] == "sort";
            faults.check(is_refusal(&reply, 422, "validation_failed") && is_named, || {
                said(&op, sort, &reply)
            });
        }
    }
    faults.none();
}

/// The keys a list sorts by, as its own refusal names them.
async fn sort_keys(client: &Client, uri: &str) -> Vec<String> {
    let reply = client.get(&format!("{uri}?sort=no_such_key")).await;
    let said = reply.body["detail"].as_str().unwrap_or_default();
    let keys = said.strip_prefix("Sortable by ").unwrap_or_default();
    keys.trim_end_matches('.')
        .split(", ")
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Reads a list page by page.
async fn pages(client: &Client, uri: &str, limit: usize) -> Result<Vec<Value>, String> {
    let joint = if uri.contains('?') { '&' } else { '?' };
    let mut rows = Vec::new();
    let mut cursor = String::new();
    for _ in 0..200 {
        let reply = client.get(&format!("{uri}{joint}limit={limit}{cursor}")).await;
        if reply.status != 200 {
            return Err(format!("{uri}: {}", text_of(&reply)));
        }
        let data = reply.body["data"].as_array().unwrap();
        let page = &reply.body["page"];
        let is_right = data.len() <= limit
            && page["limit"] == limit
            && page["has_more"] == !page["next_cursor"].is_null()
            && (page["has_more"] == false || data.len() == limit);
        if !is_right {
            return Err(format!("{uri}: {page} with {} rows", data.len()));
        }
        rows.extend(data.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(rows),
        }
    }
    Err(format!("{uri} has no end"))
}

/// Three rows of a list, if they can be made.
async fn fill(rows: &mut Rows<'_>, list: &Op) -> Result<Vec<Row>, String> {
    let create = creates()
        .into_iter()
        .find(|op| op.path == list.path)
        .ok_or("no create operation beside it")?;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(rows.make(&create).await?);
        rows.app.clock.advance_secs(1);
    }
    Ok(made)
}

#[actix_web::test]
async fn pages_joined_are_the_whole_in_every_order() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    let mut not_filled = Vec::new();
    let mut foreign: Option<(String, String)> = None;
    for op in lists() {
        let client = op.caller(&app);
        let made = match fill(&mut rows, &op).await {
            Ok(made) => made,
            Err(why) => {
                not_filled.push((op.id.to_owned(), why));
                continue;
            }
        };
        let uri = rows.uri(&op).await.unwrap();
        let keys = sort_keys(&client, &uri).await;
        faults.check(!keys.is_empty(), || format!("{op} names no sort key"));
        let described = op.value["description"].as_str().unwrap_or_default();
        for key in &keys {
            faults.check(described.contains(&format!("`{key}`")), || {
                format!("{op} does not document that it sorts by {key}")
            });
        }
        let mut orders: Vec<String> = keys
            .iter()
            .flat_map(|key| [key.clone(), format!("-{key}")])
            .collect();
        if let [first, second, ..] = keys.as_slice() {
            orders.push(format!("{first},-{second}"));
        }
        let plain = match pages(&client, &uri, 200).await {
            Ok(plain) => plain,
            Err(why) => {
                faults.check(false, || why);
                continue;
            }
        };
        // A list shows the same whole resource as the single read (C16).
        for row in &made {
            faults.check(plain.iter().any(|seen| alike(seen, &row.body)), || {
                format!("{op} does not show {} as it was created", row.location)
            });
        }
        let with_total = client.get(&format!("{uri}?with_total=true&limit=1")).await;
        faults.check(with_total.body["page"]["total"] == plain.len(), || {
            said(&op, "total", &with_total)
        });
        let mut seen: Vec<(String, Vec<Value>)> = Vec::new();
        for order in [None].into_iter().chain(orders.iter().map(Some)) {
            let uri = order.map_or(uri.clone(), |order| format!("{uri}?sort={order}"));
            for limit in [1, 2] {
                match pages(&client, &uri, limit).await {
                    Ok(joined) => {
                        let same =
                            joined.len() == plain.len() && plain.iter().all(|row| joined.contains(row));
                        faults.check(same, || {
                            format!("{uri} by {limit}: {} of {} rows", joined.len(), plain.len())
                        });
                        if let Some(order) = order {
                            seen.push((order.clone(), joined));
                        }
                    }
                    Err(why) => faults.check(false, || why),
                }
            }
        }
        for (order, rows) in &seen {
            let back = seen.iter().find(|(other, _)| *other == format!("-{order}"));
            let is_reverse = |back: &Vec<Value>| back.iter().rev().eq(rows.iter());
            faults.check(back.is_none_or(|(_, back)| is_reverse(back)), || {
                format!("{op}: -{order} is not {order} backwards")
            });
        }
        let page = client.get(&format!("{uri}?limit=1")).await;
        if let Some(cursor) = page.body["page"]["next_cursor"].as_str() {
            if let Some((other, foreign)) = &foreign
                && *other != uri
            {
                let reply = client.get(&format!("{uri}?limit=1&cursor={foreign}")).await;
                faults.check(is_refusal(&reply, 400, "invalid_cursor"), || {
                    said(&op, "a cursor of another list", &reply)
                });
            }
            let mut forged = cursor.to_owned();
            let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
            forged.push(last);
            let tries = [
                format!("{uri}?cursor={forged}"),
                format!("{uri}?cursor={}", &cursor[..cursor.len() / 2]),
                format!(
                    "{uri}?sort={}&cursor={cursor}",
                    keys.first().map_or("id", String::as_str)
                ),
            ];
            for uri in tries {
                let reply = client.get(&uri).await;
                faults.check(is_refusal(&reply, 400, "invalid_cursor"), || {
                    said(&op, &uri, &reply)
                });
            }
            foreign = Some((uri, cursor.to_owned()));
        }
    }
    faults.none();
    skipped_are(&not_filled, NOT_FILLED);
}

/// Every filter runs with every sort key, finds the row it describes and not what it does not.
#[actix_web::test]
async fn every_filter_runs_with_every_sort_key_and_finds_its_row() {
    let app = App::start().await;
    let mut rows = Rows::new(&app);
    let mut faults = Faults::default();
    for op in lists() {
        let client = op.caller(&app);
        let made = fill(&mut rows, &op).await.unwrap_or_default();
        let Ok(uri) = rows.uri(&op).await else { continue };
        let keys = sort_keys(&client, &uri).await;
        let mut all: Vec<String> = Vec::new();
        for parameter in op.parameters("query") {
            let name = parameter["name"].as_str().unwrap();
            if matches!(name, "limit" | "cursor" | "sort" | "with_total") {
                continue;
            }
            let pair = format!("{name}={}", query_value(parameter));
            for order in [None].into_iter().chain(keys.iter().map(Some)) {
                let sort = order.map_or(String::new(), |order| format!("&sort=-{order}"));
                let reply = client.get(&format!("{uri}?{pair}{sort}&with_total=true")).await;
                faults.check(reply.status == 200, || {
                    said(&op, &format!("{pair}{sort}"), &reply)
                });
            }
            all.push(pair);
            for row in &made {
                let Some(value) = row.body.get(name).filter(|v| v.is_string() || v.is_boolean()) else {
                    continue;
                };
                let text = super::sweep::escaped(&super::sweep::text_of(value));
                let found = pages(&client, &format!("{uri}?{name}={text}"), 200).await;
                match found {
                    Ok(found) => {
                        faults.check(found.iter().any(|seen| alike(seen, &row.body)), || {
                            format!("{op}: {name}={text} does not find its row")
                        });
                        faults.check(found.iter().all(|other| other[name] == json!(value)), || {
                            format!("{op}: {name}={text} finds others")
                        });
                    }
                    Err(why) => faults.check(false, || why),
                }
            }
        }
        let reply = client.get(&format!("{uri}?{}", all.join("&"))).await;
        faults.check(reply.status == 200, || said(&op, "all filters at once", &reply));
    }
    faults.none();
}
