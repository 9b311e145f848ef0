//! The embedded engine by itself, `synchronous=FULL`.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use crate::report::{Meter, Report};

/// What goes into a column.
enum Slot {
    Same(Value),
    NewId,
    RequestId,
    Unique,
}

/// A copy of the database, and the rows one request leaves.
pub struct Limit {
    conn: Connection,
    inserts: Vec<(String, Vec<Slot>)>,
    counters: Vec<Vec<Value>>,
    products: Vec<Value>,
    written: u64,
}

impl Limit {
    /// Copies the database and finds the rows of the request.
    pub fn copy(from: &Path, to: &Path, id: &str) -> Limit {
        let source = Connection::open(from).unwrap();
        source
            .execute("vacuum into $1", [to.display().to_string()])
            .unwrap();
        let conn = Connection::open(to).unwrap();
        conn.set_prepared_statement_cache_capacity(512);
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "full"),
            ("foreign_keys", "true"),
            ("temp_store", "memory"),
            ("cache_size", "-32000"),
        ] {
            conn.pragma_update(None, name, value).unwrap();
        }
        let id: Uuid = id.parse().unwrap();
        // Parents first, or the foreign keys of the others are refused.
        let mut tables = rows(
            &conn,
            "select name from sqlite_master where type = 'table' order by name <> 'service_requests', name",
        );
        tables.retain(
            |row| !matches!(&row[0], Value::Text(name) if name == "counters" || name.starts_with("sqlite_")),
        );
        let mut inserts = Vec::new();
        for table in tables {
            let Value::Text(table) = &table[0] else { continue };
            inserts.extend(rows_of(&conn, table, id));
        }
        let product = "(select product_id from service_requests where id = $1)";
        let counters = rows_with(
            &conn,
            &format!(
                "select scope, scope_id, pair_id, last_at from counters where scope_id = {product}
                      or scope_id = (select problem_type_id from service_requests where id = $1)"
            ),
            id,
        );
        let products = rows(&conn, "select id from products order by id")
            .into_iter()
            .map(|mut row| row.remove(0))
            .collect();
        Limit {
            conn,
            inserts,
            counters,
            products,
            written: 0,
        }
    }

    /// How many rows one request leaves, counters apart.
    pub fn rows(&self) -> usize {
        self.inserts.len()
    }

    /// Writes for a time, so many requests to a commit.
    pub fn measure(&mut self, report: &mut Report, name: &'static str, batch: usize, time: Duration) {
        let meter = Meter::begin(None);
        let (start, before) = (Instant::now(), self.written);
        while start.elapsed() < time {
            self.conn.execute_batch("begin immediate").unwrap();
            for _ in 0..batch {
                self.write();
            }
            self.conn.execute_batch("commit").unwrap();
        }
        let count = (self.written - before) as f64;
        let rate = count / start.elapsed().as_secs_f64();
        report.keep_rate(name, &meter, count, rate, (0.0, 0.0));
    }

    fn write(&mut self) {
        self.written += 1;
        let request = Uuid::now_v7();
        let unique = format!("limit-{}", self.written);
        self.conn
            .prepare_cached(
                "insert into number_blocks (series, on_date, next) values ('LIMIT', '2026-11-23', 2)
                 on conflict (series, on_date) do update set next = number_blocks.next + 1 returning next",
            )
            .unwrap()
            .query_row([], |row| row.get::<_, i64>(0))
            .unwrap();
        for (text, slots) in &self.inserts {
            let blob = |id: Uuid| Value::Blob(id.into_bytes().to_vec());
            let values = slots.iter().map(|slot| match slot {
                Slot::Same(value) => value.clone(),
                Slot::NewId => blob(Uuid::now_v7()),
                Slot::RequestId => blob(request),
                Slot::Unique => Value::Text(unique.clone()),
            });
            self.conn
                .prepare_cached(text)
                .unwrap()
                .execute(params_from_iter(values))
                .unwrap();
        }
        let at = usize::try_from(self.written).unwrap() % self.products.len();
        for counter in &self.counters {
            let is_product = matches!(&counter[0], Value::Text(scope) if scope != "problem_type");
            let scope_id = if is_product {
                self.products[at].clone()
            } else {
                counter[1].clone()
            };
            let id = Value::Blob(Uuid::now_v7().into_bytes().to_vec());
            let values = [
                id,
                counter[0].clone(),
                scope_id,
                counter[2].clone(),
                counter[3].clone(),
            ];
            self.conn
                .prepare_cached(
                    "insert into counters (id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled, last_at)
                     values ($1, $2, $3, $4, 1, 0, 0, $5) on conflict (scope, scope_id, pair_id) do update set
                       occurrences = counters.occurrences + 1, last_at = excluded.last_at",
                )
                .unwrap()
                .execute(params_from_iter(values))
                .unwrap();
        }
    }
}

fn rows(conn: &Connection, text: &str) -> Vec<Vec<Value>> {
    read(conn, text, Vec::new())
}

fn rows_with(conn: &Connection, text: &str, id: Uuid) -> Vec<Vec<Value>> {
    read(conn, text, vec![Value::Blob(id.into_bytes().to_vec())])
}

fn read(conn: &Connection, text: &str, args: Vec<Value>) -> Vec<Vec<Value>> {
    let mut statement = conn.prepare(text).unwrap();
    let width = statement.column_count();
    let found = statement.query_map(params_from_iter(args), |row| {
        (0..width).map(|n| row.get::<_, Value>(n)).collect()
    });
    found.unwrap().map(|row| row.unwrap()).collect()
}

/// Inserts for the rows of a table in which the request's identifier stands.
fn rows_of(conn: &Connection, table: &str, id: Uuid) -> Vec<(String, Vec<Slot>)> {
    let statement = conn.prepare(&format!("select * from {table}")).unwrap();
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    drop(statement);
    let (blob, text) = (id.into_bytes().to_vec(), id.to_string());
    let is_id = |value: &Value| matches!(value, Value::Blob(bytes) if *bytes == blob);
    let names = |value: &Value| is_id(value) || matches!(value, Value::Text(t) if t.contains(&text));
    let found = rows(conn, &format!("select * from {table}"));
    let mut inserts = Vec::new();
    for row in found.into_iter().filter(|row| row.iter().any(names)) {
        let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let insert = format!(
            "insert into {table} ({}) values ({})",
            quoted.join(", "),
            marks.join(", ")
        );
        let slot = |(name, value): (&String, Value)| match name.as_str() {
            _ if is_id(&value) => Slot::RequestId,
            "id" => Slot::NewId,
            "number" | "key" => Slot::Unique,
            "seq" if table == "audit_logs" || table == "outbox" => Slot::Same(Value::Null),
            _ => Slot::Same(value),
        };
        let slots = columns.iter().zip(row).map(slot).collect();
        inserts.push((insert, slots));
    }
    inserts
}
