//! HTTP/1.1 over one kept-alive connection: just what a load generator needs.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection.
pub struct Conn {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

/// The bytes of a request.
pub fn request(method: &str, path: &str, token: &str, key: Option<&str>, body: Option<&Value>) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: aftercare\r\n");
    if !token.is_empty() {
        head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if let Some(key) = key {
        head.push_str(&format!("Idempotency-Key: {key}\r\n"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if method != "GET" {
        let length = body.len();
        head.push_str(&format!(
            "Content-Type: application/json\r\nContent-Length: {length}\r\n"
        ));
    }
    format!("{head}\r\n{body}").into_bytes()
}

impl Conn {
    /// Connects.
    pub async fn open(to: SocketAddr) -> io::Result<Conn> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Conn {
            stream,
            buffer: Vec::with_capacity(65_536),
        })
    }

    /// One exchange: status and body.
    pub async fn call(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (mut body_at, mut length, mut status) = (None, 0, 0);
        loop {
            if let Some(at) = body_at
                && self.buffer.len() >= at + length
            {
                return Ok((status, self.buffer[at..at + length].to_vec()));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if body_at.is_none()
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
                status = head
                    .split(' ')
                    .nth(1)
                    .and_then(|code| code.parse().ok())
                    .unwrap_or(0);
                length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .and_then(|text| text.trim().parse().ok())
                    .unwrap_or(0);
                body_at = Some(end + 4);
            }
        }
    }

    /// One exchange with JSON; panics unless the status is the expected one.
    pub async fn json(
        &mut self,
        expected: u16,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Value {
        let bytes = request(method, path, token, None, body);
        let (status, answer) = self.call(&bytes).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        assert_eq!(status, expected, "{method} {path}: {answer}");
        answer
    }
}
