//! Refusals: one shape and the right status, whatever is wrong with a call (C28, C29, A21, A22).

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::json;

use super::sweep::{Access, Faults, NEEDS_A_USER, NOBODY, Op, document, members, operations, query_value};
use crate::support::{App, Reply};

/// Whether it is a problem document with this status and code.
pub fn is_refusal(reply: &Reply, status: u16, code: &str) -> bool {
    reply.status == status
        && reply.body["code"] == code
        && reply.body["status"] == status
        && reply.body["type"] == format!("/problems/{}", code.replace('_', "-"))
        && reply.header("content-type") == Some("application/problem+json; charset=utf-8")
        && reply.header("x-request-id") == reply.body["trace_id"].as_str()
        && reply.header("x-content-type-options") == Some("nosniff")
}

pub fn said(op: &Op, what: &str, reply: &Reply) -> String {
    let text: String = reply.text.chars().take(300).collect();
    format!("{op}, {what}: {} {text}", reply.status)
}

#[test]
fn a_code_is_declared_once_and_said_in_both_languages() {
    let mut seen = BTreeMap::new();
    let mut faults = Faults::default();
    for code in aftercare_api::openapi::declared_codes() {
        let before = seen.insert(code.slug, code);
        faults.check(before.is_none_or(|b| std::ptr::eq(b, code)), || {
            format!("{} is declared twice", code.slug)
        });
        let is_word = code
            .slug
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && code.slug.len() <= 64;
        faults.check(is_word, || format!("{} is no snake_case word", code.slug));
        let is_chinese = code.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        faults.check(is_chinese, || {
            format!("{}: the Chinese title is {:?}", code.slug, code.zh)
        });
        let is_english = code.en.starts_with(|c: char| c.is_ascii_uppercase()) && !code.en.ends_with('.');
        faults.check(is_english, || {
            format!("{}: the English title is {:?}", code.slug, code.en)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn every_code_is_explained_where_its_type_points() {
    let app = App::start().await;
    for code in aftercare_api::openapi::codes() {
        let path = format!("/problems/{}", code.slug.replace('_', "-"));
        let reply = app.anonymous().get(&path).await.expect(200);
        assert_eq!(reply.body["code"], code.slug);
        assert_eq!(reply.body["type"], path);
        assert_eq!(
            (&reply.body["title_en"], &reply.body["title_zh"]),
            (&json!(code.en), &json!(code.zh))
        );
    }
    app.anonymous()
        .get("/problems/no-such-code")
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_path_that_is_no_path_is_not_found() {
    let app = App::start().await;
    let admin = app.with_role(aftercare_domain::kernel::Role::Admin);
    let mut faults = Faults::default();
    let strays = [
        "/",
        "/v1",
        "/v1/",
        "/v2/customers",
        "/api/v1/customers",
        "/debug",
        "/.git/config",
        "/.env",
        "/actuator/health",
        "/v1/../health/live",
        "/v1//customers",
        "//v1/customers",
        "/v1/%2e%2e/openapi.json",
        "/v1/%252e%252e/openapi.json",
        "/v1/customers;x",
        "/v1/customers.",
        "/v1/customers%00",
        "/metrics",
    ];
    for path in strays {
        let reply = admin.get(path).await;
        faults.check(is_refusal(&reply, 404, "not_found"), || {
            format!("{path}: {} {}", reply.status, reply.text)
        });
    }
    for op in operations() {
        let path = op.uri();
        let path = path.split('?').next().unwrap();
        for other in [format!("{path}/"), format!("{path}//"), format!("/{path}")] {
            let reply = admin.request(op.method.clone(), &other).send().await;
            faults.check(is_refusal(&reply, 404, "not_found"), || said(&op, &other, &reply));
        }
        // Case counts; in the place of an identifier another case is merely an identifier of the wrong form.
        let reply = op.bare(&admin, &path.to_uppercase()).send().await;
        faults.check(matches!(reply.status, 400 | 404), || {
            said(&op, "upper case", &reply)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn a_method_a_path_does_not_take_names_those_it_takes() {
    let app = App::start().await;
    let admin = app.with_role(aftercare_domain::kernel::Role::Admin);
    let mut faults = Faults::default();
    let all = operations();
    for (path, item) in members(document(), "/paths") {
        let mut taken: Vec<String> = members(item, "")
            .map(|(method, _)| method.to_uppercase())
            .collect();
        if taken.contains(&"GET".to_owned()) {
            taken.push("HEAD".to_owned());
        }
        taken.sort();
        let op = all.iter().find(|op| op.path == path).unwrap();
        for method in [
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "TRACE",
            "CONNECT",
            "FROBNICATE",
        ] {
            if taken.contains(&method.to_owned()) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = admin.request(method.clone(), &op.uri()).send().await;
            let allow = taken.join(", ");
            faults.check(
                is_refusal(&reply, 405, "method_not_allowed") && reply.header("allow") == Some(&allow),
                || format!("{method} {path}: {} {:?}", reply.status, reply.header("allow")),
            );
        }
        // A method named elsewhere is not the method (S077).
        if !taken.contains(&"DELETE".to_owned()) {
            let reply = op
                .bare(&app.anonymous(), &op.uri())
                .header("x-http-method-override", "DELETE")
                .send()
                .await;
            faults.check(reply.status != 405 && reply.status != 204, || {
                said(op, "override", &reply)
            });
        }
    }
    faults.none();
}

#[actix_web::test]
async fn whatever_can_be_read_answers_head_alike() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations().iter().filter(|op| op.method == Method::GET) {
        if NEEDS_A_USER.contains(&op.id) {
            continue;
        }
        let client = op.caller(&app);
        let read = op.call(&client).send().await;
        let head = client.request(Method::HEAD, &op.uri()).send().await;
        faults.check(head.status == read.status, || said(op, "HEAD", &head));
        faults.check(head.header("content-type") == read.header("content-type"), || {
            said(op, "HEAD media type", &head)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn an_identifier_of_the_wrong_form_is_malformed_and_an_unknown_one_is_not_found() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations().iter().filter(|op| op.names_a_row()) {
        let client = op.caller(&app);
        for bad in [
            "1",
            "not-a-uuid",
            "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a1",
            "%00",
            "'",
            "null",
            "*",
            "a;b",
        ] {
            let path = op.path_with(|p| match p["schema"]["format"].as_str() {
                Some("uuid") => bad.to_owned(),
                _ => query_value(p),
            });
            let body = op.body().map(|(_, _, example)| example);
            let reply = op.call_at(&client, &path, body).send().await;
            faults.check(is_refusal(&reply, 400, "invalid_path_parameter"), || {
                said(op, bad, &reply)
            });
        }
        let reply = op.call(&client).send().await;
        faults.check(is_refusal(&reply, 404, "not_found"), || {
            said(op, "unknown row", &reply)
        });
        faults.check(
            !reply.body["detail"].as_str().unwrap_or_default().contains(NOBODY),
            || said(op, "an unknown row says no more than an invisible one", &reply),
        );
    }
    faults.none();
}

#[actix_web::test]
async fn a_body_of_another_media_type_is_refused_and_the_right_one_named() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let Some((media, _, example)) = op.body() else {
            continue;
        };
        let client = op.caller(&app);
        let wrong = [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "*/*",
            "",
            if op.method == Method::PATCH {
                "application/json"
            } else {
                "application/merge-patch+json"
            },
        ];
        let mut tries: Vec<(String, Vec<(&str, String)>)> = wrong
            .iter()
            .map(|wrong| ((*wrong).to_owned(), vec![("content-type", (*wrong).to_owned())]))
            .collect();
        tries.push(("no media type".to_owned(), vec![]));
        tries.push((
            "utf-16".to_owned(),
            vec![("content-type", format!("{media}; charset=utf-16"))],
        ));
        tries.push((
            "gzip".to_owned(),
            vec![
                ("content-type", media.to_owned()),
                ("content-encoding", "gzip".to_owned()),
            ],
        ));
        for (what, headers) in tries {
            let mut request = op.bare(&client, &op.uri());
            for (name, value) in headers {
                request = request.header(name, &value);
            }
            let reply = request.bytes(example.to_string().into_bytes()).send().await;
            faults.check(is_refusal(&reply, 415, "unsupported_media_type"), || {
                said(&op, &what, &reply)
            });
            let named = reply.header("accept-patch") == (op.method == Method::PATCH).then_some(media);
            faults.check(named, || said(&op, &format!("{what}: Accept-Patch"), &reply));
        }
        let reply = op
            .bare(&client, &op.uri())
            .header(
                "content-type",
                &format!("{}; Charset=\"UTF-8\"", media.to_uppercase()),
            )
            .bytes(example.to_string().into_bytes())
            .send()
            .await;
        faults.check(reply.status != 415 && reply.status < 500, || {
            said(&op, "upper case", &reply)
        });
    }
    faults.none();
}

#[actix_web::test]
async fn a_body_that_is_no_json_is_malformed() {
    let app = App::start().await;
    let mut faults = Faults::default();
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let deep_objects = [br#"{"a":"#.repeat(100_000), b"1".to_vec(), b"}".repeat(100_000)].concat();
    let broken: Vec<(&str, Vec<u8>)> = vec![
        ("open brace", b"{".to_vec()),
        ("comma", b"[1,".to_vec()),
        ("word", b"nul".to_vec()),
        ("quotes", b"{'a': 1}".to_vec()),
        ("tail", b"{} {}".to_vec()),
        ("NaN", b"{\"a\": NaN}".to_vec()),
        ("comment", b"{} // x".to_vec()),
        ("bare NUL", b"{\"a\": \"\0\"}".to_vec()),
        ("lone surrogate", br#"{"a": "\ud800"}"#.to_vec()),
        ("not UTF-8", vec![b'"', 0xff, 0xfe, b'"']),
        ("beyond floats", br#"{"a": 1e400}"#.to_vec()),
        ("deep arrays", deep),
        ("deep objects", deep_objects),
        ("byte order mark", b"\xef\xbb\xbf{}".to_vec()),
    ];
    for op in operations() {
        let Some((media, ..)) = op.body() else { continue };
        let client = op.caller(&app);
        for (what, bytes) in &broken {
            let request = op.bare(&client, &op.uri()).header("content-type", media);
            let reply = request.bytes(bytes.clone()).send().await;
            faults.check(is_refusal(&reply, 400, "malformed_json"), || {
                said(&op, what, &reply)
            });
        }
        if op.value["requestBody"]["required"] == true {
            let request = op.bare(&client, &op.uri()).header("content-type", media);
            let reply = request.bytes(Vec::new()).send().await;
            faults.check(is_refusal(&reply, 400, "malformed_json"), || {
                said(&op, "empty", &reply)
            });
        }
    }
    faults.none();
}

#[actix_web::test]
async fn a_body_over_the_limit_is_too_large_and_the_limit_is_named() {
    let app = App::start().await;
    let mut faults = Faults::default();
    let limit = 1024 * 1024;
    let large = format!("\"{}\"", "a".repeat(limit));
    for op in operations() {
        let Some((media, ..)) = op.body() else { continue };
        let client = op.caller(&app);
        for declared in [true, false] {
            let mut request = op.bare(&client, &op.uri()).header("content-type", media);
            if declared {
                request = request.header("content-length", &large.len().to_string());
            }
            let reply = request.bytes(large.clone()).send().await;
            faults.check(
                is_refusal(&reply, 413, "payload_too_large") && reply.body["max_bytes"] == limit,
                || said(&op, "over 1 MiB", &reply),
            );
        }
    }
    faults.none();
}

#[actix_web::test]
async fn a_refusal_speaks_the_language_of_its_caller_and_keeps_its_code() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        if matches!(op.access, Access::Public) {
            continue;
        }
        let ask = |language| op.call(&app.anonymous().in_language(language));
        let (zh, en) = (ask("zh-CN").send().await, ask("en-US").send().await);
        faults.check(
            zh.body["code"] == en.body["code"]
                && zh.body["title"] != en.body["title"]
                && zh.header("content-language") == Some("zh")
                && en.header("content-language") == Some("en"),
            || said(&op, "languages", &zh),
        );
    }
    faults.none();
}
