//! The least HTTP a walk needs: one call on one connection, JSON both ways.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What went wrong, in one line.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure(error.to_string())
    }
}

/// A server's place, from `http://host:port`.
pub struct Server {
    authority: String,
}

/// An answer.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when there is none.
    pub body: Value,
}

impl Answer {
    /// A member of the body by JSON Pointer, as text; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl Server {
    /// Reads the address.
    ///
    /// Errors: anything but plain `http://`.
    pub fn at(url: &str) -> Result<Server, Failure> {
        let rest = url
            .strip_prefix("http://")
            .ok_or_else(|| Failure(format!("{url}: expected http://host:port")))?;
        let authority = rest.split('/').next().unwrap_or_default();
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port {
            authority.to_owned()
        } else {
            format!("{authority}:80")
        };
        Ok(Server { authority })
    }

    /// One call.
    ///
    /// Errors: nobody listens, no answer in 30 s, or an answer that is not HTTP with JSON.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut stream = self.connect()?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/json\r\n",
            self.authority
        );
        if let Some(token) = token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if method != "GET" {
            head.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        read(&String::from_utf8_lossy(&raw))
            .ok_or_else(|| Failure(format!("{method} {path}: no HTTP answer")))
    }

    fn connect(&self) -> Result<TcpStream, Failure> {
        let mut last = Failure(format!("{}: no such address", self.authority));
        for place in self.authority.to_socket_addrs()? {
            match TcpStream::connect_timeout(&place, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => last = Failure(format!("http://{}: {error}", self.authority)),
            }
        }
        Err(last)
    }
}

/// Status and body of an answer; this server always tells the length, so nothing is chunked.
fn read(raw: &str) -> Option<Answer> {
    let (head, body) = raw.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = if body.trim().is_empty() {
        Value::Null
    } else {
        serde_json::from_str(body).ok()?
    };
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_json() {
        let answer = read("HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{\"a\": 1}").unwrap();
        assert_eq!((answer.status, answer.body["a"].as_i64()), (201, Some(1)));
        assert!(read("HTTP/1.1 204 No Content\r\n\r\n").unwrap().body.is_null());
        assert!(read("garbage").is_none());
    }

    #[test]
    fn an_address_has_a_port_whether_said_or_not() {
        assert_eq!(Server::at("http://localhost").unwrap().authority, "localhost:80");
        assert_eq!(
            Server::at("http://127.0.0.1:8080/").unwrap().authority,
            "127.0.0.1:8080"
        );
        assert!(Server::at("https://example.org").is_err());
    }
}
