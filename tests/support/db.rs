//! A fresh database for each test, copied from one migrated template.

use std::sync::atomic::{AtomicU64, Ordering};

use aftercare_persistence::Options;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

/// A database that lives as long as its test.
pub struct TestDb {
    pub options: Options,
    _folder: Option<TempDir>,
}

fn server_url() -> Option<String> {
    std::env::vars()
        .find(|(name, _)| name == "AFTERCARE_TEST_DATABASE_URL")
        .map(|(_, url)| url)
}

impl TestDb {
    /// A new, empty database on the engine under test.
    pub async fn create() -> TestDb {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let options = |url| Options {
            url,
            pool: 4,
            is_durable: false,
            zone: chrono_tz::Asia::Shanghai,
        };
        let Some(server) = server_url() else {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}", folder.path().join("test.db").display());
            return TestDb {
                options: options(url),
                _folder: Some(folder),
            };
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}_{count}", std::process::id());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut admin)
            .await
            .unwrap();
        let base = server.rsplit_once('/').unwrap().0;
        TestDb {
            options: options(format!("{base}/{name}")),
            _folder: None,
        }
    }
}
