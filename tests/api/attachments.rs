//! Attachments: files come back as they went in, and nothing their sender says of them is believed (A42, S075, S110).

use actix_web::http::Method;
use aftercare_domain::attachments::AttachmentId;
use aftercare_domain::kernel::{Actor, Role, RoleSet};
use aftercare_persistence::platform::blobs;
use aftercare_persistence::{self as persistence, Work};
use serde_json::{Value, json};

use crate::support::{Client, Reply, Request, Scene};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01";
pub const LIMIT: usize = 10 * 1024 * 1024;

/// One part of a form: its name, what follows it in its header, its bytes.
pub type Part<'a> = (&'a str, &'a str, &'a [u8]);

pub fn form(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, more, bytes) in parts {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n").bytes());
        body.extend(b"Content-Type: text/html\r\n\r\n");
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

fn posted(client: &Client, path: &str, body: Vec<u8>) -> Request {
    client
        .request(Method::POST, &format!("{path}/attachments"))
        .header("content-type", "multipart/form-data; boundary=edge")
        .bytes(body)
}

pub async fn send(client: &Client, path: &str, name: &str, bytes: &[u8]) -> Reply {
    let name = format!("; filename=\"{name}\"");
    posted(client, path, form(&[("file", &name, bytes)])).send().await
}

async fn asked(client: &Client, content: &str, headers: &[(&str, &str)]) -> Reply {
    let request = client.request(Method::GET, content);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    request.send().await
}

/// Bytes that differ everywhere, over three pieces.
fn long() -> Vec<u8> {
    (0..600_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[actix_web::test]
async fn a_file_comes_back_whole_and_in_any_part() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let bytes = long();
    let made = send(&scene.agent, &path, "测量.bin", &bytes).await.expect(201);
    let place = made.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/v1/attachments/{}", made.id()));
    let read = scene.agent.get(&place).await.expect(200);
    assert_eq!(read.body, made.body);
    assert_eq!(read.body["size_bytes"], 600_000);
    assert_eq!(read.body["media_type"], "application/octet-stream");
    assert_eq!(read.body["scan_status"], "not_scanned");

    let content = format!("{place}/content");
    let whole = scene.agent.get(&content).await.expect(200);
    assert!(whole.bytes == bytes, "the bytes differ");
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
        ("accept-ranges", "bytes"),
        (
            "content-disposition",
            "attachment; filename=\"__.bin\"; filename*=UTF-8''%E6%B5%8B%E9%87%8F.bin",
        ),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", made.str("sha256")));

    for (range, from, to) in [
        ("bytes=0-0", 0, 0),
        ("bytes=262143-262144", 262_143, 262_144),
        ("bytes=100-599998", 100, 599_998),
        ("bytes=599999-", 599_999, 599_999),
        ("bytes=-300000", 300_000, 599_999),
    ] {
        let part = asked(&scene.agent, &content, &[("range", range)])
            .await
            .expect(206);
        assert!(part.bytes == bytes[from..=to], "{range}");
        let said = format!("bytes {from}-{to}/600000");
        assert_eq!(part.header("content-range"), Some(said.as_str()));
    }
    for headers in [
        [("range", "bytes=0-1,5-6"), ("if-range", tag.as_str())],
        [("range", "bytes=0-1"), ("if-range", "\"another\"")],
    ] {
        asked(&scene.agent, &content, &headers).await.expect(200);
    }
    let same = [("range", "bytes=0-1"), ("if-range", tag.as_str())];
    asked(&scene.agent, &content, &same).await.expect(206);
    let beyond = asked(&scene.agent, &content, &[("range", "bytes=600000-")]).await;
    let beyond = beyond.refused(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), Some("bytes */600000"));
    asked(&scene.agent, &content, &[("if-none-match", &tag)])
        .await
        .expect(304);
    let head = scene
        .agent
        .request(Method::HEAD, &content)
        .send()
        .await
        .expect(200);
    assert_eq!(
        head.header("content-disposition"),
        whole.header("content-disposition")
    );
}

#[actix_web::test]
async fn what_a_file_is_is_told_by_its_bytes_and_its_name_is_made_harmless() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    for (bytes, kind) in [
        (PNG, "image/png"),
        (b"%PDF-1.7 rest", "application/pdf"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        (b"name,phone\n", "application/octet-stream"),
    ] {
        let made = send(&scene.agent, &path, "a.svg", bytes).await.expect(201);
        assert_eq!(made.body["media_type"], kind);
        let content = format!("{}/content", made.header("location").unwrap());
        let shown = scene.agent.get(&content).await.expect(200);
        assert_eq!(shown.header("content-type"), Some(kind));
        assert_eq!(shown.header("content-security-policy"), Some("sandbox"));
        assert!(
            shown
                .header("content-disposition")
                .unwrap()
                .starts_with("attachment; ")
        );
    }
    for (more, kept) in [
        ("; filename=\"../../etc/passwd\"", "passwd"),
        ("; filename=\"C:\\\\Temp\\\\b.txt\"", "b.txt"),
        ("; filename=\"\u{200b}.htaccess\"", "htaccess"),
        ("; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.jpg", "现场.jpg"),
        ("; filename*=UTF-8''a%0D%0Ab%22.txt", "ab_.txt"),
        ("; filename=\"a%0D%0Ab%22.txt\"", "ab_.txt"),
        ("", "file"),
    ] {
        let reply = posted(&scene.agent, &path, form(&[("file", more, PNG)]))
            .send()
            .await;
        assert_eq!(reply.expect(201).body["file_name"], kept, "{more}");
    }
    let long = send(&scene.agent, &path, &format!("{}.jpg", "x".repeat(300)), PNG)
        .await
        .expect(201);
    assert_eq!(long.str("file_name").len(), 255);
}

#[actix_web::test]
async fn a_form_that_is_not_one_file_is_refused() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let file: Part = ("file", "; filename=\"a.png\"", PNG);
    for (what, parts) in [
        ("nothing", vec![]),
        ("another name", vec![("photo", "; filename=\"a.png\"", PNG)]),
        ("two files", vec![file, file]),
        ("a word before it", vec![("note", "", &b"x"[..]), file]),
        ("a word after it", vec![file, ("note", "", &b"x"[..])]),
    ] {
        let reply = posted(&scene.agent, &path, form(&parts)).send().await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (422, &json!("file_required")),
            "{what}"
        );
    }
    send(&scene.agent, &path, "a.png", b"")
        .await
        .refused(422, "file_empty");
    let whole = form(&[file]);
    for (what, media, body) in [
        ("no edge", "multipart/form-data", whole.clone()),
        (
            "another edge",
            "multipart/form-data; boundary=other",
            whole.clone(),
        ),
        (
            "no end",
            "multipart/form-data; boundary=edge",
            whole[..whole.len() - 20].to_vec(),
        ),
        ("nothing", "multipart/form-data; boundary=edge", Vec::new()),
    ] {
        let request = scene.agent.request(Method::POST, &format!("{path}/attachments"));
        let reply = request.header("content-type", media).bytes(body).send().await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (400, &json!("malformed_multipart")),
            "{what}"
        );
    }
    for (media, coding) in [
        ("application/json", ""),
        ("multipart/form-data; boundary=edge", "gzip"),
    ] {
        let request = scene.agent.request(Method::POST, &format!("{path}/attachments"));
        let request = request.header("content-type", media);
        let request = if coding.is_empty() {
            request
        } else {
            request.header("content-encoding", coding)
        };
        request
            .bytes(whole.clone())
            .send()
            .await
            .refused(415, "unsupported_media_type");
    }
    let list = scene.agent.get(&format!("{path}/attachments")).await.expect(200);
    assert_eq!(list.body["data"], json!([]));
    let history = scene.agent.get(&format!("{path}/activities")).await.expect(200);
    assert_eq!(
        history.body["data"].as_array().unwrap().len(),
        1,
        "what is refused leaves nothing"
    );
}

#[actix_web::test]
async fn ten_mebibytes_go_in_and_one_byte_more_does_not_whatever_is_announced() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let most = vec![7; LIMIT];
    let made = send(&scene.agent, &path, "most.bin", &most).await.expect(201);
    let content = format!("{}/content", made.header("location").unwrap());
    assert!(scene.agent.get(&content).await.expect(200).bytes == most);
    let more = vec![7; LIMIT + 1];
    let body = form(&[("file", "; filename=\"a\"", &more)]);
    for announced in [None, Some("10"), Some("99999999999")] {
        let request = posted(&scene.agent, &path, body.clone());
        let request = match announced {
            Some(length) => request.header("content-length", length),
            None => request,
        };
        let refused = request.send().await.refused(413, "payload_too_large");
        assert_eq!(refused.body["max_bytes"], LIMIT);
    }
    // What stands before the first edge is no way around it.
    let preamble = [vec![b'x'; LIMIT + 70_000], form(&[("file", "", PNG)])].concat();
    posted(&scene.agent, &path, preamble)
        .send()
        .await
        .refused(413, "payload_too_large");
}

#[actix_web::test]
async fn files_are_seen_with_their_request() {
    let scene = Scene::open().await;
    let customer = |name: &str, id: &str| {
        scene.app.acting(Actor {
            name: name.to_owned(),
            roles: RoleSet::of(&[Role::Customer]),
            customer_id: Some(id.parse().unwrap()),
            is_system: false,
            ..Actor::system()
        })
    };
    let path = scene.register(json!({})).await;
    let dispatched = json!({"engineer_id": scene.engineer1});
    scene
        .dispatcher
        .post(&format!("{path}/assign"), dispatched)
        .await
        .expect(200);
    let made = send(&scene.e1, &path, "a.png", PNG).await.expect(201);
    let place = made.header("location").unwrap().to_owned();
    let owner = customer("owner", &scene.customer_id);
    for client in [&scene.agent, &scene.e1, &owner] {
        let list = client.get(&format!("{path}/attachments")).await.expect(200);
        assert_eq!(list.body["data"], json!([made.body]));
        client.get(&place).await.expect(200);
        client.get(&format!("{place}/content")).await.expect(200);
    }
    send(&owner, &path, "b.png", PNG).await.expect(201);
    let stranger = customer("stranger", "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12");
    for client in [&scene.e2, &stranger] {
        client
            .get(&format!("{path}/attachments"))
            .await
            .refused(404, "not_found");
        client.get(&place).await.refused(404, "not_found");
        client
            .get(&format!("{place}/content"))
            .await
            .refused(404, "not_found");
        client.delete(&place).await.refused(404, "not_found");
        send(client, &path, "a.png", PNG).await.refused(404, "not_found");
        let keyed = posted(client, &path, form(&[("file", "", PNG)])).header("idempotency-key", "k");
        keyed.send().await.refused(404, "not_found");
    }
    let analyst = scene.app.with_role(Role::Analyst);
    analyst.get(&place).await.expect(200);
    send(&analyst, &path, "a.png", PNG)
        .await
        .refused(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_locked_request_takes_files_from_the_manager_only() {
    let scene = Scene::open().await;
    let path = scene
        .register(json!({"required_by": "2026-11-23T11:00:00+08:00"}))
        .await;
    let early = send(&scene.agent, &path, "a.png", PNG).await.expect(201);
    scene.at("2026-11-23T04:00:00.000Z");
    // No sweep ran: the upload itself finds out.
    let refused = send(&scene.agent, &path, "b.png", PNG)
        .await
        .refused(403, "locked_manager_only");
    assert_eq!(
        (&refused.body["current_status"], &refused.body["action"]),
        (&json!("locked"), &json!("attach"))
    );
    let place = early.header("location").unwrap();
    scene
        .agent
        .delete(place)
        .await
        .refused(403, "locked_manager_only");
    scene.agent.get(&format!("{place}/content")).await.expect(200);
    send(&scene.manager, &path, "b.png", PNG).await.expect(201);
    scene.manager.delete(place).await.expect(204);
}

#[actix_web::test]
async fn a_file_and_its_removal_are_lines_of_the_history() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let before = scene.now(&path).await.body["version"].as_i64().unwrap();
    let made = send(&scene.agent, &path, "a.png", PNG).await.expect(201);
    assert!(scene.now(&path).await.body["version"].as_i64().unwrap() > before);
    let place = made.header("location").unwrap().to_owned();
    let stale = scene
        .agent
        .request(Method::DELETE, &place)
        .header("if-match", "\"v9\"");
    stale.send().await.refused(412, "precondition_failed");

    // Somebody else's file is the desk's to remove; everybody may take back his own.
    scene
        .dispatcher
        .delete(&place)
        .await
        .refused(403, "insufficient_scope");
    let own = send(&scene.dispatcher, &path, "b.png", PNG).await.expect(201);
    scene
        .dispatcher
        .delete(own.header("location").unwrap())
        .await
        .expect(204);
    scene.manager.delete(&place).await.expect(204);
    scene.manager.delete(&place).await.refused(404, "not_found");
    scene
        .agent
        .get(&format!("{place}/content"))
        .await
        .refused(404, "not_found");
    let id = AttachmentId(made.id().parse().unwrap());
    let left = scene
        .app
        .db
        .read(&Work::system("test"), async |tx| blobs::piece(tx, id, 0).await)
        .await;
    assert!(left.unwrap().is_none(), "the bytes are gone with it");

    let history = scene
        .agent
        .get(&format!("{path}/activities?sort=seq"))
        .await
        .expect(200);
    let lines: Vec<(&str, &str)> = history.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["action"].as_str().unwrap(),
                line["data"]["file_name"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("register", ""),
            ("attach", "a.png"),
            ("attach", "b.png"),
            ("detach", "b.png"),
            ("detach", "a.png")
        ]
    );
}

/// What cannot happen in one unit of work, but to a table by hand (F12).
#[actix_web::test]
async fn a_file_whose_bytes_are_lost_is_unavailable_and_its_record_still_read() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let made = send(&scene.agent, &path, "a.png", PNG).await.expect(201);
    let place = made.header("location").unwrap().to_owned();
    let id = AttachmentId(made.id().parse().unwrap());
    let work = Work::system("test");
    let lose = async move |tx: &mut persistence::Tx<'_>| blobs::remove(tx, id).await;
    scene.app.db.write(&work, lose).await.unwrap();
    let lost = scene.agent.get(&format!("{place}/content")).await;
    lost.refused(503, "unavailable");
    scene.agent.get(&place).await.expect(200);
    scene.agent.delete(&place).await.expect(204);
}

#[actix_web::test]
async fn a_request_holds_fifty_files() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let mut last = None;
    for n in 0..50 {
        last = Some(
            send(&scene.agent, &path, &format!("{n}.png"), PNG)
                .await
                .expect(201),
        );
    }
    send(&scene.agent, &path, "50.png", PNG)
        .await
        .refused(409, "too_many_attachments");
    let list = scene
        .agent
        .get(&format!("{path}/attachments?with_total=true&limit=1"))
        .await
        .expect(200);
    assert_eq!(list.body["page"]["total"], 50);
    scene
        .agent
        .delete(last.unwrap().header("location").unwrap())
        .await
        .expect(204);
    send(&scene.agent, &path, "50.png", PNG).await.expect(201);
}

#[actix_web::test]
async fn a_key_stands_for_one_file_under_one_name() {
    let scene = Scene::open().await;
    let path = scene.register(json!({})).await;
    let keyed = async |more: &str, bytes: &[u8]| {
        let request = posted(&scene.agent, &path, form(&[("file", more, bytes)]));
        request.header("idempotency-key", "photo").send().await
    };
    let name = "; filename=\"a.png\"";
    let first = keyed(name, PNG).await.expect(201);
    let again = keyed(name, PNG).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        (&again.text, again.header("etag")),
        (&first.text, first.header("etag"))
    );
    keyed(name, b"other").await.refused(422, "idempotency_key_reused");
    keyed("; filename=\"b.png\"", PNG)
        .await
        .refused(422, "idempotency_key_reused");
    let list = scene.agent.get(&format!("{path}/attachments")).await.expect(200);
    assert_eq!(list.body["data"], Value::Array(vec![first.body]));
}
