//! Configuration: embedded defaults ← `aftercare.toml` ← `AFTERCARE_*` (A13); read here and nowhere else.

use std::fmt;
use std::net::SocketAddr;

use aftercare_domain::label;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

label! {
    /// How the log is written.
    pub enum LogFormat {
        /// Lines for people.
        Text = "text",
        /// One JSON object on each line.
        Json = "json",
    }
}

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
    /// Calls a minute for each user and each API key; 0 for no limit on anything.
    pub rate_limit_per_minute: i64,
    /// Calls a minute without a credential, or with a wrong one, for each network address; 0 for no limit.
    pub anonymous_limit_per_minute: i64,
    /// Origins whose pages may read answers.
    pub cors_origins: Origins,
    /// Where metrics are told; nowhere if empty.
    pub metrics_listen: Listen,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Open connections.
    pub max_connections: usize,
    /// Open connections from one network address other than this machine's own; 0 for no limit.
    pub max_connections_per_address: usize,
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
            anonymous_limit_per_minute: 60,
            cors_origins: Origins::default(),
            metrics_listen: Listen::default(),
            log_format: LogFormat::Text,
            max_connections: 20_000,
            max_connections_per_address: 1_024,
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
    /// A number lies outside its bounds.
    #[error("{0}: expected at least {1}, got {2}")]
    TooSmall(&'static str, i64, i64),
}

/// Origins whose pages may read answers, as browsers write them: `https://desk.example.org`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Whether an origin is on the list.
    pub fn has(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known == origin)
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn parse(text: &str) -> Result<Origins, String> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(origin).collect::<Result<_, _>>().map(Origins)
    }
}

/// One origin: scheme, host, perhaps a port, nothing else; never all of them.
fn origin(text: &str) -> Result<String, String> {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let is_right = host.is_some_and(|host| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
        !host.is_empty() && host.chars().all(is_plain)
    });
    if is_right {
        return Ok(text.to_owned());
    }
    Err(format!(
        "expected origins such as https://desk.example.org, joined by commas, got \"{text}\""
    ))
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// An address to listen on, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listen(pub Option<SocketAddr>);

impl Listen {
    fn parse(text: &str) -> Result<Listen, String> {
        if text.is_empty() {
            return Ok(Listen(None));
        }
        let wrong = |_| format!("expected an address such as 127.0.0.1:9090, or nothing, got \"{text}\"");
        text.parse().map(|address| Listen(Some(address))).map_err(wrong)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |address| address.fmt(f))
    }
}

/// Values an operator writes as one text.
macro_rules! texts {
    ($($type:ident),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $type::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}
texts!(Origins, Listen);

fn layers() -> Figment {
    Figment::from(Serialized::defaults(Config::default()))
        .merge(Toml::file("aftercare.toml"))
        .merge(Env::prefixed("AFTERCARE_").ignore(&["log", "test_database_url", "test_pg"]))
}

/// How the log is written; asked first, also by commands that need no other configuration.
pub fn log_format() -> Result<LogFormat, ConfigError> {
    layers()
        .extract_inner("log_format")
        .map_err(|e| ConfigError::Unreadable(Box::new(e)))
}

impl Config {
    /// Reads the configuration from its layers.
    pub fn load() -> Result<Config, ConfigError> {
        Config::from(&layers())
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
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let least = [
            ("rate_limit_per_minute", 0, self.rate_limit_per_minute),
            ("anonymous_limit_per_minute", 0, self.anonymous_limit_per_minute),
            ("database_pool", 1, i64::from(self.database_pool)),
            ("max_connections", 1, number(self.max_connections)),
        ];
        match least.into_iter().find(|(_, least, value)| value < least) {
            Some((key, least, value)) => Err(ConfigError::TooSmall(key, least, value)),
            None => Ok(self),
        }
    }

    /// Whether this is a sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.mode == Mode::Sandbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: impl Serialize) -> Result<Config, String> {
        let figment = Figment::from(Serialized::defaults(Config::default())).merge((key, value));
        let config = Config::from(&figment).and_then(Config::check);
        config.map_err(|e| e.to_string())
    }

    #[test]
    fn a_bad_value_is_refused_and_its_key_named() {
        assert!(with("workers", 2).is_ok());
        for (key, bad) in [
            ("cors_origins", "*"),
            ("cors_origins", "null"),
            ("cors_origins", "https://a.example,desk.example"),
            ("cors_origins", "https://a.example/"),
            ("cors_origins", "https://A.example"),
            ("metrics_listen", "9090"),
            ("log_format", "xml"),
            ("mode", "demo"),
        ] {
            let said = with(key, bad).unwrap_err();
            assert!(said.contains(key), "{bad}: {said}");
        }
        for (key, bad) in [
            ("rate_limit_per_minute", -1),
            ("anonymous_limit_per_minute", -1),
            ("database_pool", 0),
            ("max_connections", 0),
            ("max_connections_per_address", -1),
        ] {
            let said = with(key, bad).unwrap_err();
            assert!(said.contains(key), "{bad}: {said}");
        }
    }

    #[test]
    fn lists_and_addresses_are_written_as_one_text() {
        let config = with("cors_origins", " https://a.example, http://localhost:3000 ").unwrap();
        assert!(config.cors_origins.has("http://localhost:3000"));
        assert!(!config.cors_origins.has("https://b.example") && !config.cors_origins.has("null"));
        assert_eq!(with("cors_origins", "").unwrap().cors_origins, Origins::default());
        let listen = with("metrics_listen", "127.0.0.1:9090").unwrap().metrics_listen;
        assert_eq!(listen.to_string(), "127.0.0.1:9090");
        assert_eq!(with("metrics_listen", "").unwrap().metrics_listen, Listen(None));
    }

    #[test]
    fn a_public_sandbox_may_be_said_by_a_number_or_a_word() {
        assert!(with("sandbox_public", 1).unwrap().sandbox_public);
        assert!(with("sandbox_public", true).unwrap().sandbox_public);
        assert!(!with("sandbox_public", 0).unwrap().sandbox_public);
    }
}
