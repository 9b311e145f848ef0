//! PostgreSQL by itself: pgbench with prepared statements.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, Row as _};

use crate::report::{Meter, Report};

/// pgbench and its scripts.
pub struct Limit {
    program: PathBuf,
    folder: PathBuf,
    url: String,
}

fn program() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
        .collect();
    found.sort();
    found.push(PathBuf::from("pgbench"));
    found.into_iter().find(|path| {
        let run = Command::new(path).arg("--version").output();
        run.is_ok_and(|output| output.status.success())
    })
}

/// A literal in which pgbench finds no variable.
fn quote(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "''");
    format!("E'{}'", text.replace(':', "\\x3a"))
}

impl Limit {
    /// Writes the scripts; nothing if there is no pgbench.
    pub async fn prepare(url: &str, folder: &Path, id: &str, ids: &[String]) -> Option<Limit> {
        let program = program()?;
        let mut conn = PgConnection::connect(url).await.unwrap();
        let ids: Vec<String> = ids
            .iter()
            .enumerate()
            .map(|(n, id)| format!("({n}, '{id}')"))
            .collect();
        let tables = format!(
            "create sequence bench_numbers;
             create table bench_requests (n int primary key, id uuid);
             insert into bench_requests values {};
             create table bench_products as select row_number() over (order by id) as n, id from products;
             create unique index on bench_products (n);",
            ids.join(", ")
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(tables))
            .execute(&mut conn)
            .await
            .unwrap();
        let create = create(&mut conn, id).await;
        std::fs::write(folder.join("create.sql"), create).unwrap();
        let places = ids.len() - 1;
        let get = format!(
            "\\set n random(0, {places})\nselect r.* from service_requests r where id = (select id from bench_requests where n = :n);\n"
        );
        std::fs::write(folder.join("get.sql"), get).unwrap();
        let list =
            "select * from service_requests where status = 'pending_assignment' order by id desc limit 50;\n";
        std::fs::write(folder.join("list.sql"), list).unwrap();
        Some(Limit {
            program,
            folder: folder.to_owned(),
            url: url.to_owned(),
        })
    }

    /// Runs a script for a time.
    pub fn measure(
        &self,
        report: &mut Report,
        name: &'static str,
        script: &str,
        clients: u32,
        time: Duration,
    ) {
        let meter = Meter::begin(None);
        let run = Command::new(&self.program)
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()])
            .args(["-T", &time.as_secs_f64().ceil().to_string(), "-f"])
            .arg(self.folder.join(script))
            .arg(&self.url)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        let after = |mark: &str| {
            let rest = said.split_once(mark)?.1;
            rest.split_whitespace()
                .next()?
                .split('/')
                .next()?
                .parse::<f64>()
                .ok()
        };
        let (Some(rate), Some(count)) = (after("tps = "), after("actually processed: ")) else {
            panic!("pgbench: {said}{}", String::from_utf8_lossy(&run.stderr));
        };
        let latency = after("latency average = ").unwrap_or(0.0);
        report.keep_rate(name, &meter, count, rate, (latency, 0.0));
    }
}

/// One statement that writes the rows of a request once more.
async fn create(conn: &mut PgConnection, id: &str) -> String {
    let tables = sqlx::query(
        "select tablename::text as name from pg_tables
         where schemaname = 'public' and tablename <> 'counters' and tablename not like 'bench%' order by 1",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut parts = vec![
        "with r as materialized (select gen_random_uuid() as id, nextval('bench_numbers') as n)".to_owned(),
    ];
    for table in tables {
        let table: String = table.get("name");
        let query = format!(
            "select json_agg(json_build_array(c.key, c.value))::text as columns
             from (select row_to_json(t) as row, row_number() over () as place from {table} t
                   where row_to_json(t)::text like '%{id}%') f,
             lateral json_each_text(f.row) c group by f.place"
        );
        let found = sqlx::query(sqlx::AssertSqlSafe(query))
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for row in found {
            let columns: Vec<(String, Option<String>)> =
                serde_json::from_str(&row.get::<String, _>("columns")).unwrap();
            parts.push(insert(parts.len(), &table, &columns, id));
        }
    }
    parts.push(format!(
        "c as (insert into counters (id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled, last_at)
           select gen_random_uuid(), s.scope, s.scope_id, s.pair_id, 1, 0, 0, now() from (
             select 1, 'product', (select id from bench_products where n = :n), '00000000-0000-0000-0000-000000000000'::uuid
             union all select 2, 'product_problem', (select id from bench_products where n = :n),
               (select problem_type_id from service_requests where id = '{id}')
             union all select 3, 'problem_type', (select problem_type_id from service_requests where id = '{id}'),
               '00000000-0000-0000-0000-000000000000'::uuid) s (place, scope, scope_id, pair_id) order by s.place
           on conflict (scope, scope_id, pair_id) do update set occurrences = counters.occurrences + 1, last_at = excluded.last_at
           returning 1)"
    ));
    let statement = parts.join(",\n").replace('\n', " ");
    let products: i64 = sqlx::query_scalar("select count(*) from bench_products")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    format!("\\set n random(1, {products})\n{statement} select 1;\n")
}

fn insert(place: usize, table: &str, columns: &[(String, Option<String>)], id: &str) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let value = |(name, value): &(String, Option<String>)| match (name.as_str(), value) {
        (_, Some(value)) if value == id => "r.id".to_owned(),
        ("id", _) => "gen_random_uuid()".to_owned(),
        ("number" | "key", _) => "'limit-' || r.n".to_owned(),
        ("seq", _) if table == "audit_logs" || table == "outbox" => "null".to_owned(),
        (_, Some(value)) => quote(value),
        (_, None) => "null".to_owned(),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    format!(
        "i{place} as (insert into {table} ({}) select {} from r returning 1)",
        names.join(", "),
        values.join(", ")
    )
}
