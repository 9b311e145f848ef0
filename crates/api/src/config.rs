//! Configuration: embedded defaults ← `aftercare.toml` ← `AFTERCARE_*` (A13); read here and nowhere else.

use std::net::SocketAddr;

use aftercare_domain::label;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

label! {
    /// What kind of server this is.
    pub enum Mode {
        /// The real thing.
        Production = "production",
        /// One clock that stands where it is put, one user per role, a reset (A11).
        Sandbox = "sandbox",
    }
}

/// Everything an operator may set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Production or sandbox.
    pub mode: Mode,
    /// Whether a sandbox may listen on an address others reach; `1` and `true` both say so.
    #[serde(deserialize_with = "figment::util::bool_from_str_or_int")]
    pub sandbox_public: bool,
    /// The password of every sandbox user; generated and printed if empty.
    pub sandbox_password: String,
    /// The tenant's default zone (IANA).
    pub time_zone: chrono_tz::Tz,
    /// Database connections per replica on a server.
    pub database_pool: u32,
    /// Worker threads; 0 for one per core.
    pub workers: usize,
    /// Calls a minute for each caller; 0 for no limit.
    pub rate_limit_per_minute: i64,
    /// Secret that seals cursors; kept in the database if empty.
    pub seal_secret: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            database_url: "sqlite://data/aftercare.db".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            mode: Mode::Production,
            sandbox_public: false,
            sandbox_password: String::new(),
            time_zone: chrono_tz::Asia::Shanghai,
            database_pool: 8,
            workers: 0,
            rate_limit_per_minute: 600,
            seal_secret: String::new(),
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value cannot be read; the message names its key.
    #[error("configuration: {0}")]
    Unreadable(Box<figment::Error>),
    /// A sandbox would be reachable from elsewhere.
    #[error(
        "listen: a sandbox on {0} is reachable from elsewhere; set AFTERCARE_SANDBOX_PUBLIC=1 if you mean it"
    )]
    PublicSandbox(SocketAddr),
}

impl Config {
    /// Reads the configuration from its layers.
    pub fn load() -> Result<Config, ConfigError> {
        Config::from(
            &Figment::from(Serialized::defaults(Config::default()))
                .merge(Toml::file("aftercare.toml"))
                .merge(Env::prefixed("AFTERCARE_").ignore(&["log", "test_database_url", "test_pg"])),
        )
    }

    fn from(figment: &Figment) -> Result<Config, ConfigError> {
        figment
            .extract()
            .map_err(|e| ConfigError::Unreadable(Box::new(e)))
    }

    /// Refuses what would be unsafe.
    pub fn check(self) -> Result<Config, ConfigError> {
        if self.is_sandbox() && !self.sandbox_public && !self.listen.ip().is_loopback() {
            return Err(ConfigError::PublicSandbox(self.listen));
        }
        Ok(self)
    }

    /// Whether this is a sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.mode == Mode::Sandbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: impl Serialize) -> Result<Config, ConfigError> {
        Config::from(
            &Figment::from(Serialized::defaults(Config::default())).merge(Serialized::default(key, value)),
        )
    }

    #[test]
    fn a_public_sandbox_may_be_said_by_a_number_or_a_word() {
        assert!(with("sandbox_public", 1).unwrap().sandbox_public);
        assert!(with("sandbox_public", true).unwrap().sandbox_public);
        assert!(!with("sandbox_public", 0).unwrap().sandbox_public);
    }

    #[test]
    fn a_bad_value_names_its_key() {
        let refused = with("workers", "many").unwrap_err().to_string();
        assert!(refused.contains("workers"), "{refused}");
    }
}
