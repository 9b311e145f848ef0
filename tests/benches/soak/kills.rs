//! F01, F02: the server dies in the middle of its work, again and again.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::journal::{Entry, Journal};
use crate::kit::Dice;
use crate::kit::http::{Conn, request};
use crate::kit::seed::Company;
use crate::kit::server::{Server, free_port};
use crate::oracles::{Findings, Store, journal_holds, rows_add_up};

/// How many clients register requests meanwhile.
const CLIENTS: usize = 8;
/// How long a restart may take.
const READY: Duration = Duration::from_secs(2);

/// Kills the server so many times.
pub async fn run(
    name: &'static str,
    binary: &Path,
    folder: &Path,
    mut store: Store,
    cycles: usize,
) -> Findings {
    let mut findings = Findings::of(name);
    let address = free_port();
    let mut server = Server::start(binary, folder, &store.url(), address).await;
    let company = Rc::new(Company::found(&server, 5).await);
    let journal = Rc::new(RefCell::new(Journal::create(folder)));
    let mut dice = Dice::new();
    let (mut acked, mut open, mut refused, mut slowest) = (0, 0, 0, Duration::ZERO);
    for cycle in 0..cycles {
        let is_over = Rc::new(Cell::new(false));
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..CLIENTS {
            let (company, journal) = (Rc::clone(&company), Rc::clone(&journal));
            let is_over = Rc::clone(&is_over);
            clients.spawn_local(async move {
                let Ok(mut conn) = Conn::open(address).await else {
                    return (0, 0);
                };
                let (mut strange, mut refused) = (0, 0);
                for n in 0.. {
                    if is_over.get() {
                        break;
                    }
                    let key = format!("kill-{cycle:04}-{client}-{n}");
                    let body = body(&company, &key, n);
                    journal.borrow_mut().sends(&key, &body);
                    match post(&mut conn, &company.token, &key, &body).await {
                        Ok((201, answer)) => journal.borrow_mut().acknowledged(&key, &answer),
                        Ok((503 | 504 | 507 | 429, _)) => refused += 1,
                        Ok(_) => strange += 1,
                        Err(_) => break,
                    }
                }
                (strange, refused)
            });
        }
        tokio::time::sleep(Duration::from_millis(dice.between(5, 500))).await;
        is_over.set(true);
        server.kill();
        while let Some(done) = clients.join_next().await {
            let (strange, busy) = done.unwrap();
            refused += busy;
            findings.check(strange == 0, || format!("O7: {strange} answers of another kind"));
        }
        server = Server::start(binary, folder, &store.url(), address).await;
        slowest = slowest.max(server.start);
        findings.check(server.start <= READY, || {
            format!("O8: ready after {} ms", server.start.as_millis())
        });
        let prefix = format!("kill-{cycle:04}");
        let sent = journal.borrow().of(&prefix);
        journal_holds(&mut findings, &mut store, &prefix, &sent, false).await;
        rows_add_up(&mut findings, &mut store).await;
        acked += sent.iter().filter(|entry| entry.ack.is_some()).count();
        open += sent.iter().filter(|entry| entry.ack.is_none()).count();
        replay(&mut findings, &server, &company, &sent).await;
        journal_holds(&mut findings, &mut store, &prefix, &sent, true).await;
    }
    let all = journal.borrow().of("kill-");
    journal_holds(&mut findings, &mut store, "kill-", &all, true).await;
    rows_add_up(&mut findings, &mut store).await;
    if let Store::Embedded(_) = store {
        let verdict = store.rows("pragma integrity_check").await;
        findings.check(verdict == [["ok"]], || format!("integrity_check: {verdict:?}"));
    }
    findings.check(acked >= cycles, || {
        format!("only {acked} were acknowledged in {cycles} cycles: nothing was shown")
    });
    findings.facts = vec![
        format!("{cycles} kills"),
        format!("{acked} acknowledged"),
        format!("{open} unanswered and replayed, {refused} refused as busy"),
        format!("ready in {} ms at most", slowest.as_millis()),
    ];
    findings
}

/// A registration whose title is its key.
pub fn body(company: &Company, key: &str, n: u64) -> Value {
    let mut body = company.body(n, true);
    body["title"] = json!(key);
    body
}

/// Registers under a key.
pub async fn post(conn: &mut Conn, token: &str, key: &str, body: &Value) -> std::io::Result<(u16, Vec<u8>)> {
    conn.call(&request(
        "POST",
        "/v1/service-requests",
        token,
        Some(key),
        Some(body),
    ))
    .await
}

/// O9: whatever was not acknowledged is sent again; of what was, the first answer comes back.
async fn replay(findings: &mut Findings, server: &Server, company: &Company, sent: &[Entry]) {
    let mut conn = Conn::open(server.address).await.unwrap();
    let open = sent.iter().filter(|entry| entry.ack.is_none());
    let known = sent.iter().filter(|entry| entry.ack.is_some()).take(3);
    for entry in open.chain(known) {
        let (status, answer) = post(&mut conn, &company.token, &entry.key, &entry.body)
            .await
            .unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        let is_same = entry.ack.as_ref().is_none_or(|(id, _)| answer["id"] == json!(id));
        findings.check(status == 201 && is_same, || {
            format!("O9: replay of {}: {status} {answer}", entry.key)
        });
    }
}
