//! What must be true after every cycle, asked of the database itself and not of the server.

use std::collections::HashMap;
use std::path::PathBuf;

use sqlx::{Connection as _, PgConnection, Row as _};

use crate::journal::Entry;

/// The database behind the server.
pub enum Store {
    Embedded(PathBuf),
    Server(String, Box<PgConnection>),
}

/// What an experiment found.
pub struct Findings {
    pub name: &'static str,
    pub checks: u64,
    pub violations: Vec<String>,
    pub facts: Vec<String>,
}

impl Findings {
    /// Nothing yet.
    pub fn of(name: &'static str) -> Findings {
        println!("soak: {name}");
        Findings {
            name,
            checks: 0,
            violations: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// One check.
    pub fn check(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.violations.push(violation());
        }
    }
}

impl Store {
    /// A database on a server.
    pub async fn server(url: String) -> Store {
        let conn = PgConnection::connect(&url).await.unwrap();
        Store::Server(url, Box::new(conn))
    }

    /// Its address for the server under test.
    pub fn url(&self) -> String {
        match self {
            Store::Embedded(file) => format!("sqlite://{}", file.display()),
            Store::Server(url, _) => url.clone(),
        }
    }

    /// A query of text columns.
    pub async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Store::Embedded(file) => {
                let conn = rusqlite::Connection::open(file).unwrap();
                conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                let mut statement = conn.prepare(sql).unwrap();
                let width = statement.column_count();
                let found =
                    statement.query_map([], |row| (0..width).map(|n| row.get::<_, String>(n)).collect());
                found.unwrap().map(|row| row.unwrap()).collect()
            }
            Store::Server(_, conn) => {
                let found = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
                    .fetch_all(&mut **conn)
                    .await;
                let texts = |row: &sqlx::postgres::PgRow| (0..row.len()).map(|n| row.get(n)).collect();
                found.unwrap().iter().map(texts).collect()
            }
        }
    }

    /// A query for one number.
    pub async fn number(&mut self, sql: &str) -> i64 {
        let rows = self.rows(&format!("select cast(({sql}) as text)")).await;
        rows[0][0].parse().unwrap()
    }

    /// Requests by title: how many, the identifier and the number of one.
    async fn by_title(&mut self, prefix: &str) -> HashMap<String, (usize, String, String)> {
        let id = match self {
            Store::Embedded(_) => "lower(hex(id))",
            Store::Server(..) => "replace(id::text, '-', '')",
        };
        let text = format!("select title, {id}, number from service_requests where title like '{prefix}%'");
        let mut found = HashMap::new();
        for row in self.rows(&text).await {
            let entry = found
                .entry(row[0].clone())
                .or_insert((0, row[1].clone(), row[2].clone()));
            entry.0 += 1;
        }
        found
    }
}

/// O1: every acknowledged request is there as it was acknowledged. O9: whatever was sent is there once at most, or
/// exactly once where everything was replayed.
pub async fn journal_holds(
    findings: &mut Findings,
    store: &mut Store,
    prefix: &str,
    entries: &[Entry],
    is_replayed: bool,
) {
    let found = store.by_title(prefix).await;
    for entry in entries {
        let (count, id, number) =
            found
                .get(&entry.title)
                .cloned()
                .unwrap_or((0, String::new(), String::new()));
        if let Some((acked_id, acked_number)) = &entry.ack {
            let is_same = count == 1 && acked_id.replace('-', "") == id && *acked_number == number;
            findings.check(is_same, || {
                format!(
                    "O1: {} was acknowledged as {acked_id} {acked_number}, found {count}: {id} {number}",
                    entry.key
                )
            });
        }
        findings.check(count <= 1 && (count == 1 || !is_replayed), || {
            format!("O9: {} is there {count} times", entry.key)
        });
    }
}

/// O2: counters are what the rows add up to. O3: numbers are unique.
pub async fn rows_add_up(findings: &mut Findings, store: &mut Store) {
    let scopes = [
        ("product", "r.product_id = c.scope_id"),
        ("problem_type", "r.problem_type_id = c.scope_id"),
        (
            "product_problem",
            "r.product_id = c.scope_id and r.problem_type_id = c.pair_id",
        ),
    ];
    let requests = store.number("select count(*) from service_requests").await;
    for (scope, same) in scopes {
        let wrong = store
            .number(&format!(
                "select count(*) from counters c where scope = '{scope}' and occurrences <>
                 (select count(*) from service_requests r where {same})"
            ))
            .await;
        let sum = store
            .number(&format!(
                "select coalesce(sum(occurrences), 0) from counters where scope = '{scope}'"
            ))
            .await;
        findings.check(wrong == 0 && sum == requests, || {
            format!("O2: {wrong} counters of {scope} are wrong; they add up to {sum} for {requests} requests")
        });
    }
    let twice = store
        .number("select count(*) - count(distinct number) from service_requests")
        .await;
    findings.check(twice == 0, || format!("O3: {twice} numbers are given twice"));
}
