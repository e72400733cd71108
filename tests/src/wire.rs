//! HTTP/1.1 over a raw socket.
//!
//! A simulated vendor must be able to break an answer at any byte and to know which byte has left;
//! an HTTP server library hides both. Only what vendors' clients use is here: requests with a
//! `Content-Length`, connections that are kept.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longest line of a request head; a client that sends more is broken.
const MAX_LINE_BYTES: u64 = 64 * 1024;
/// Largest request body; the largest honest one is a stock update of 1,000 products.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Pieces into which a slow body is cut.
const SLOW_PIECES: usize = 8;

/// One request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names as sent, in the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Incoming {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// How an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Whole,
    /// All of it, in eight pieces with this pause before each.
    Slow(Duration),
    /// The connection is reset before the first byte.
    ResetBefore,
    /// The head and half of the body leave, then the connection is reset.
    ResetMidBody,
    /// No byte leaves; the connection stays open until the client gives up.
    Silent,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    /// Beside the content's type and length.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub manner: Manner,
}

impl Answer {
    pub fn json(body: Vec<u8>) -> Self {
        let content_type = "application/json";
        Self { status: 200, content_type, headers: Vec::new(), body, manner: Manner::Whole }
    }

    pub fn html(status: u16, body: &str) -> Self {
        let content_type = "text/html; charset=UTF-8";
        Self { status, content_type, ..Self::json(body.as_bytes().to_vec()) }
    }

    fn head(&self) -> String {
        let more: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!(
            "HTTP/1.1 {} Simulated\r\nContent-Type: {}\r\nContent-Length: {}\r\n{more}\r\n",
            self.status,
            self.content_type,
            self.body.len()
        )
    }
}

/// Reads one request; none when the client closed the connection.
pub async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Incoming>> {
    let Some(first) = line(stream).await? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1")) = (words.next(), words.next(), words.next()) else {
        return Err(invalid("not an HTTP/1.1 request line"));
    };
    let mut incoming = Incoming { method: method.into(), target: target.into(), ..Incoming::default() };
    while let Some(header) = line(stream).await?.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':').ok_or_else(|| invalid("a header without a colon"))?;
        incoming.headers.push((name.into(), value.trim().into()));
    }
    let length = incoming.header("content-length").map_or(Ok(0), str::parse::<usize>);
    let length = length.map_err(|_| invalid("Content-Length is not a number"))?;
    if length > MAX_BODY_BYTES || incoming.header("transfer-encoding").is_some() {
        return Err(invalid("a body of unknown or too large a size"));
    }
    incoming.body = vec![0; length];
    stream.read_exact(&mut incoming.body).await?;
    Ok(Some(incoming))
}

/// Sends an answer. `halfway` runs when the head and half of the body have left.
/// False when the connection is of no further use.
pub async fn write<F: Future<Output = ()>>(
    stream: &mut BufReader<TcpStream>,
    answer: &Answer,
    halfway: impl FnOnce() -> F,
) -> io::Result<bool> {
    let (first, second) = answer.body.split_at(answer.body.len() / 2);
    match answer.manner {
        Manner::Whole => {
            stream.write_all(&[answer.head().as_bytes(), first].concat()).await?;
            halfway().await;
            stream.write_all(second).await?;
        }
        Manner::Slow(pause) => {
            stream.write_all(answer.head().as_bytes()).await?;
            for piece in answer.body.chunks(answer.body.len().div_ceil(SLOW_PIECES).max(1)) {
                tokio::time::sleep(pause).await;
                stream.write_all(piece).await?;
            }
        }
        Manner::ResetBefore => return reset(stream),
        Manner::ResetMidBody => {
            stream.write_all(&[answer.head().as_bytes(), first].concat()).await?;
            halfway().await;
            return reset(stream);
        }
        Manner::Silent => {
            // Anything the client still sends is not read as a request; its leaving ends the wait.
            tokio::io::copy(stream, &mut tokio::io::sink()).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the close that follows a reset instead of an orderly end.
fn reset(stream: &BufReader<TcpStream>) -> io::Result<bool> {
    stream.get_ref().set_zero_linger()?;
    Ok(false)
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    stream.take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid("a head that is not UTF-8"))?;
    Ok(Some(text.trim_end().to_owned()))
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
