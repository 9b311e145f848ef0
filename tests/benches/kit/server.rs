//! A server of one's own: the release binary as a child process.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::{Conn, request};

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// How long it took until it was ready.
    pub start: Duration,
    said: PathBuf,
}

/// Builds the release binary beside this program, unless `BENCH_SERVER` names another; where it is.
pub fn build() -> PathBuf {
    let set = |wanted: &str| std::env::vars().find(|(name, _)| name == wanted);
    if let Some((_, path)) = set("BENCH_SERVER") {
        return std::fs::canonicalize(path).unwrap();
    }
    let cargo = set("CARGO").map_or_else(|| "cargo".to_owned(), |(_, path)| path);
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--release",
            "-p",
            "aftercare-api",
            "--bin",
            "aftercare",
        ])
        .status()
        .unwrap();
    assert!(built.success(), "the server does not build");
    let own = std::env::current_exe().unwrap();
    own.parent().unwrap().parent().unwrap().join("aftercare")
}

/// A port nobody listens on.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Server {
    /// Starts a production server on a database and waits until it is ready.
    pub async fn start(binary: &Path, folder: &Path, database_url: &str, address: SocketAddr) -> Server {
        let said = folder.join(format!("said-{}", address.port()));
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .unwrap();
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars() {
            if name.starts_with("AFTERCARE_") {
                command.env_remove(name);
            }
        }
        let begin = Instant::now();
        let child = command
            .arg("serve")
            .current_dir(folder)
            .env("AFTERCARE_DATABASE_URL", database_url)
            .env("AFTERCARE_LISTEN", address.to_string())
            .env("AFTERCARE_RATE_LIMIT_PER_MINUTE", "0")
            .stdin(Stdio::null())
            .stdout(File::create(&said).unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server {
            child,
            address,
            start: Duration::ZERO,
            said,
        };
        server.await_ready(folder, begin).await;
        server
    }

    async fn await_ready(&mut self, folder: &Path, begin: Instant) {
        let ask = request("GET", "/health/ready", "", None, None);
        while begin.elapsed() < Duration::from_secs(30) {
            if let Ok(mut conn) = Conn::open(self.address).await
                && let Ok((200, _)) = conn.call(&ask).await
            {
                self.start = begin.elapsed();
                return;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("the server ended with {status}: {log}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the server was not ready in 30 s");
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// The last lines it logged.
    pub fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.said.with_file_name("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Ends it at once, as a power cut would (kill -9).
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
