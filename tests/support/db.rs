//! A fresh database for each test, copied from one template that is migrated and seeded once per process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aftercare_api::clock::RandomIds;
use aftercare_domain::regions::Region;
use aftercare_persistence::db::seed as seed_rows;
use aftercare_persistence::{Db, Options, Tx, Work, seed};
use serde_json::json;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::app::TestClock;

/// A database that lives as long as its test.
pub struct TestDb {
    pub options: Options,
    _folder: Option<TempDir>,
}

/// The template: the bytes of a file and its log, or the name of a database on the server.
enum Template {
    Files(Vec<u8>, Vec<u8>),
    Database(String),
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

fn server_url() -> Option<String> {
    std::env::vars()
        .find(|(name, _)| name == "AFTERCARE_TEST_DATABASE_URL")
        .map(|(_, url)| url)
}

fn options(url: String) -> Options {
    Options {
        url,
        pool: 4,
        is_durable: false,
        zone: chrono_tz::Asia::Shanghai,
    }
}

async fn on_server(server: &str, statement: String) {
    let mut admin = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut admin)
        .await
        .unwrap();
}

fn database_url(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn prepare(url: String) -> Db {
    let db = Db::open(
        options(url),
        Arc::new(TestClock::demo()),
        Arc::new(RandomIds::default()),
    )
    .await
    .unwrap();
    seed::run(&db).await.unwrap();
    db.write(&Work::system("seed"), async |tx: &mut Tx<'_>| {
        let stamp = tx.stamp();
        let region = |(code, name)| {
            let cmd = json!({"code": code, "name": {"zh": name}});
            Region::add(serde_json::from_value(cmd).unwrap(), &stamp)
        };
        seed_rows(tx, &REGIONS.map(region)).await
    })
    .await
    .unwrap();
    db
}

/// The few divisions examples live in; a server loads all of them.
const REGIONS: [(&str, &str); 4] = [
    ("510000", "四川省"),
    ("510100", "成都市"),
    ("510104", "锦江区"),
    ("510107", "武侯区"),
];

async fn template(server: Option<&str>) -> Template {
    let Some(server) = server else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.db");
        let db = prepare(format!("sqlite://{}", path.display())).await;
        // Read while the database is open: nobody writes, and closing it would move the log into the file meanwhile.
        let log = std::fs::read(folder.path().join("template.db-wal")).unwrap_or_default();
        let files = Template::Files(std::fs::read(&path).unwrap(), log);
        drop(db);
        return files;
    };
    let name = format!("t{}_template", std::process::id());
    on_server(server, format!("create database {name}")).await;
    drop(prepare(database_url(server, &name)).await);
    Template::Database(name)
}

impl TestDb {
    /// Runs a statement on a connection of its own.
    pub async fn run(&self, statement: &str) {
        match self.options.url.strip_prefix("sqlite://") {
            Some(path) => rusqlite::Connection::open(path)
                .unwrap()
                .execute_batch(statement)
                .unwrap(),
            None => on_server(&self.options.url, statement.to_owned()).await,
        }
    }

    /// A new database on the engine under test, with the schema and the system's seed.
    pub async fn create() -> TestDb {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = server_url();
        let template = TEMPLATE.get_or_init(|| template(server.as_deref())).await;
        match (template, server) {
            (Template::Database(from), Some(server)) => {
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("t{}_{count}", std::process::id());
                on_server(&server, format!("create database {name} template {from}")).await;
                TestDb {
                    options: options(database_url(&server, &name)),
                    _folder: None,
                }
            }
            (Template::Files(file, log), _) => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("test.db");
                std::fs::write(&path, file).unwrap();
                std::fs::write(folder.path().join("test.db-wal"), log).unwrap();
                TestDb {
                    options: options(format!("sqlite://{}", path.display())),
                    _folder: Some(folder),
                }
            }
            (Template::Database(_), None) => unreachable!("the engine does not change while the tests run"),
        }
    }
}
