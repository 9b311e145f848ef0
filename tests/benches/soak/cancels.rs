//! F09: callers hang up at any instant; no session stays in a transaction, nothing acknowledged is lost.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::journal::Journal;
use crate::kills::{body, post};
use crate::kit::Dice;
use crate::kit::http::{Conn, request};
use crate::kit::seed::Company;
use crate::kit::server::{Server, free_port};
use crate::oracles::{Findings, Store, journal_holds, rows_add_up};

/// Connections that hang up, side by side.
const RUDE: usize = 16;

/// Cuts so many requests off.
pub async fn run(binary: &Path, folder: &Path, mut store: Store, count: usize) -> Findings {
    let mut findings = Findings::of("F09 callers hang up, PostgreSQL");
    let server = Server::start(binary, folder, &store.url(), free_port()).await;
    let address = server.address;
    let company = Rc::new(Company::found(&server, 5).await);
    let journal = Rc::new(RefCell::new(Journal::create(folder)));
    let is_over = Rc::new(Cell::new(false));
    let mut polite = tokio::task::JoinSet::new();
    for client in 0..4 {
        let (company, journal) = (Rc::clone(&company), Rc::clone(&journal));
        let is_over = Rc::clone(&is_over);
        polite.spawn_local(async move {
            let mut conn = Conn::open(address).await.unwrap();
            let (mut refused, mut busy) = (Vec::new(), 0);
            let mut n = 0;
            while !is_over.get() {
                n += 1;
                let key = format!("polite-{client}-{n}");
                let body = body(&company, &key, n);
                journal.borrow_mut().sends(&key, &body);
                match post(&mut conn, &company.token, &key, &body).await {
                    Ok((201, answer)) => journal.borrow_mut().acknowledged(&key, &answer),
                    // Rude callers may leave no session free in time; that is said, and nothing is lost.
                    Ok((503, _)) => busy += 1,
                    Ok((status, answer)) => {
                        refused.push(format!("{status} {}", String::from_utf8_lossy(&answer)));
                    }
                    Err(error) => {
                        refused.push(error.to_string());
                        break;
                    }
                }
            }
            (refused, busy)
        });
    }
    let left = Rc::new(Cell::new(count));
    let mut rude = tokio::task::JoinSet::new();
    for client in 0..RUDE {
        let (company, journal, left) = (Rc::clone(&company), Rc::clone(&journal), Rc::clone(&left));
        rude.spawn_local(async move {
            let mut dice = Dice::new();
            while left.get() > 0 {
                left.set(left.get() - 1);
                let key = format!("rude-{client}-{}", left.get());
                let body = body(&company, &key, 0);
                journal.borrow_mut().sends(&key, &body);
                let bytes = request(
                    "POST",
                    "/v1/service-requests",
                    &company.token,
                    Some(&key),
                    Some(&body),
                );
                let Ok(mut conn) = Conn::open(address).await else {
                    continue;
                };
                let is_whole = dice.between(0, 4) > 0;
                let sent = if is_whole { bytes.len() } else { bytes.len() / 2 };
                let _ = conn.stream.write_all(&bytes[..sent]).await;
                tokio::time::sleep(Duration::from_micros(dice.between(0, 20_000))).await;
                if dice.between(0, 2) > 0 {
                    // Closing without lingering sends a reset instead of a farewell.
                    let _ = conn.stream.set_zero_linger();
                }
            }
        });
    }
    while let Some(done) = rude.join_next().await {
        done.unwrap();
    }
    is_over.set(true);
    let (mut refused, mut busy) = (Vec::new(), 0);
    while let Some(done) = polite.join_next().await {
        let (strange, late) = done.unwrap();
        refused.extend(strange);
        busy += late;
    }
    findings.check(refused.is_empty(), || {
        let count = refused.len();
        format!(
            "{count} requests of callers who waited were refused: {}",
            refused[0]
        )
    });
    // Whoever is idle in a transaction now has been so for two seconds and more.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let idle = store
        .number(
            "select count(*) from pg_stat_activity where datname = current_database()
             and state like 'idle in transaction%' and state_change < now() - interval '2 seconds'",
        )
        .await;
    findings.check(idle == 0, || format!("{idle} sessions are idle in a transaction"));
    let all = journal.borrow().of("");
    journal_holds(&mut findings, &mut store, "", &all, false).await;
    rows_add_up(&mut findings, &mut store).await;
    let kept = store
        .number("select count(*) from service_requests where title like 'rude-%'")
        .await;
    let acked = all.iter().filter(|entry| entry.ack.is_some()).count();
    findings.check(acked * 20 >= count && kept > 0, || {
        format!("only {acked} were acknowledged and {kept} kept beside {count} cut off: nothing was shown")
    });
    findings.facts = vec![
        format!("{count} cut off, {kept} of them kept"),
        format!("{acked} acknowledged and {busy} refused as busy beside them"),
        format!("{idle} idle in transaction"),
    ];
    findings
}
