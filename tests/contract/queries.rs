//! Query parameters: declared, given once, of their type, and never anything but a value (C13, S057, S105, S106).

use actix_web::http::Method;
use serde_json::Value;

use super::errors::{is_refusal, said};
use super::sweep::{Faults, escaped, operations, query_value, resolved, sample, text_of};
use crate::support::App;

#[actix_web::test]
async fn a_query_parameter_nobody_declared_is_refused_everywhere() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let client = op.caller(&app);
        let joint = if op.uri().contains('?') { '&' } else { '?' };
        for stray in [
            "colour=red",
            "fields=id",
            "include=customer",
            "Limit=1",
            "access_token=x",
            "=",
        ] {
            let uri = format!("{}{joint}{stray}", op.uri());
            let body = op.body().map(|(_, _, example)| example);
            let reply = op.call_at(&client, &uri, body).send().await;
            faults.check(is_refusal(&reply, 400, "invalid_query_parameter"), || {
                said(&op, stray, &reply)
            });
        }
    }
    faults.none();
}

#[actix_web::test]
async fn a_query_parameter_given_twice_or_of_the_wrong_type_is_refused() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let client = op.caller(&app);
        let path = op.uri();
        let path = path.split('?').next().unwrap();
        let needed: Vec<(String, String)> = op
            .parameters("query")
            .filter(|p| p["required"] == true)
            .map(|p| (p["name"].as_str().unwrap().to_owned(), query_value(p)))
            .collect();
        for parameter in op.parameters("query") {
            let name = parameter["name"].as_str().unwrap();
            let others = |rest: &str| {
                let mut query: Vec<String> = needed
                    .iter()
                    .filter(|(n, _)| n != name)
                    .map(|(n, v)| format!("{n}={v}"))
                    .collect();
                query.push(rest.to_owned());
                format!("{path}?{}", query.join("&"))
            };
            let value = query_value(parameter);
            let twice = others(&format!("{name}={value}&{name}={value}"));
            // Bytes that are no text are never read as another one.
            let no_text = others(&format!("{name}=%ff"));
            let mut tries = vec![twice, no_text];
            for wrong in wrong_values(&parameter["schema"]) {
                tries.push(others(&format!("{name}={}", escaped(&wrong))));
            }
            for uri in tries {
                let body = op.body().map(|(_, _, example)| example);
                let reply = op.call_at(&client, &uri, body).send().await;
                // A limit that is a number, but not one we take, parsed (A20).
                let is_number = uri.contains("limit=") && reply.status == 422;
                faults.check(
                    is_refusal(&reply, 400, "invalid_query_parameter")
                        || is_number && is_refusal(&reply, 422, "validation_failed"),
                    || said(&op, &uri, &reply),
                );
                faults.check(reply.body["errors"][0]["parameter"] == name, || {
                    said(&op, &format!("{uri} does not name {name}"), &reply)
                });
            }
        }
    }
    faults.none();
}

/// Texts that do not keep a parameter's schema.
fn wrong_values(schema: &'static Value) -> Vec<String> {
    let schema = resolved(schema);
    if schema["type"] == "array" {
        let item = resolved(&schema["items"]);
        let right = text_of(&sample(item));
        let mut wrong = wrong_values(item);
        wrong.push(format!("{right},"));
        wrong.push(vec![right; 60].join(","));
        return wrong;
    }
    let mut wrong = vec![String::new()];
    let add = |wrong: &mut Vec<String>, more: &[&str]| wrong.extend(more.iter().map(|w| (*w).to_owned()));
    match aftercare_api::openapi::kind_of(schema) {
        "integer" => {
            add(
                &mut wrong,
                &[
                    "abc",
                    "1.5",
                    "2.0",
                    "1e3",
                    "NaN",
                    "0x10",
                    "99999999999999999999",
                    " 1",
                    "1 ",
                    "+1",
                    "--1",
                ],
            );
            for (bound, by) in [("minimum", -1), ("maximum", 1)] {
                if let Some(bound) = schema[bound].as_i64() {
                    wrong.extend(bound.checked_add(by).map(|n| n.to_string()));
                }
            }
        }
        "number" => add(&mut wrong, &["abc", "NaN", "1e999", "0x10"]),
        "boolean" => add(&mut wrong, &["yes", "1", "TRUE", "null"]),
        "string" => {
            if schema.get("enum").is_some() {
                add(&mut wrong, &["no_such_value", "null", "'"]);
            }
            match schema["format"].as_str() {
                Some("uuid") => add(&mut wrong, &["1", "' or 1=1 --"]),
                Some("date-time") => add(
                    &mut wrong,
                    &["yesterday", "2026-13-01T00:00:00Z", "2026-11-23T01:00:00"],
                ),
                Some("date") => add(&mut wrong, &["yesterday", "2026-02-30", "20261123"]),
                _ => {}
            }
            if let Some(longest) = schema["maxLength"].as_u64() {
                wrong.push("a".repeat(usize::try_from(longest).unwrap() + 1));
            }
            if schema.get("pattern").is_some() {
                add(&mut wrong, &["\u{0}", "\r\n"]);
            }
        }
        _ => {}
    }
    if aftercare_api::openapi::kind_of(schema) == "string" && schema.get("pattern").is_none() {
        let takes_empty = schema["minLength"].as_u64().unwrap_or(0) == 0
            && schema.get("enum").is_none()
            && schema.get("format").is_none();
        if takes_empty {
            wrong.retain(|w| !w.is_empty());
        }
    }
    wrong
}

/// SQL, patterns and markup in every text of every query: an answer or a refusal, never an error (S105, S106).
#[actix_web::test]
async fn no_text_in_a_query_reaches_the_database_as_anything_but_a_text() {
    let app = App::start().await;
    let mut faults = Faults::default();
    let nasty = [
        "'",
        "\")--",
        ";select pg_sleep(5)",
        "randomblob(1000000000)",
        "%_%_%_%",
        "\\",
        "\u{202e}evil",
        "😀",
        "é",
        "e\u{301}",
        "{{7*7}}",
        "${7*7}",
        "../../etc/passwd",
        "$1",
        "?",
    ];
    for op in operations().iter().filter(|op| op.method == Method::GET) {
        let client = op.caller(&app);
        for parameter in op.parameters("query") {
            let name = parameter["name"].as_str().unwrap();
            for text in nasty {
                let uri = op.uri();
                let joint = if uri.contains('?') { '&' } else { '?' };
                if uri.contains(&format!("{name}=")) {
                    continue;
                }
                let reply = client.get(&format!("{uri}{joint}{name}={}", escaped(text))).await;
                faults.check(matches!(reply.status, 200 | 400 | 404 | 422), || {
                    said(op, text, &reply)
                });
            }
        }
        if op.is_list() {
            for sort in [
                "(select+1)",
                "id;x",
                "created_at+desc",
                "1",
                "-",
                ",",
                "a,b,c,d,e,f",
            ] {
                let reply = client.get(&format!("{}?sort={sort}", op.uri())).await;
                faults.check(matches!(reply.status, 400 | 404 | 422), || said(op, sort, &reply));
            }
        }
    }
    faults.none();
}
