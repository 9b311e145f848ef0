//! What the benchmark and the soak share: a server of their own, a small HTTP client, and what /proc tells.
//!
//! These programs measure time and end processes, so unlike the tests they use the real clock.

pub mod http;
pub mod load;
pub mod proc;
pub mod seed;
pub mod server;

use std::time::{SystemTime, UNIX_EPOCH};

/// Numbers without a pattern, good enough to spread work (xorshift).
pub struct Dice(u64);

impl Dice {
    /// Seeded by the clock.
    pub fn new() -> Dice {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |past| past.as_nanos());
        Dice(u64::try_from(nanos & u128::from(u64::MAX)).unwrap_or(1) | 1)
    }

    /// A number in `from..to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        from + self.0 % (to - from)
    }
}

/// Runs a future on a runtime of one thread: the load generator takes no more.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// A setting of the environment, or its default.
pub fn setting(name: &str, default: f64) -> f64 {
    std::env::vars()
        .find(|(known, _)| known == name)
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(default)
}

/// The PostgreSQL server to use, if there is one.
pub fn database_server() -> Option<String> {
    std::env::vars()
        .find(|(name, _)| name == "AFTERCARE_TEST_DATABASE_URL")
        .map(|(_, url)| url)
}

/// A new database on the server; its address.
pub async fn new_database(server: &str, name: &str) -> String {
    use sqlx::Connection as _;
    let mut admin = sqlx::PgConnection::connect(server).await.unwrap();
    let statement = format!("create database {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut admin)
        .await
        .unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}
