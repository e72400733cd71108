//! A vendor that delivers over connections that stay open: as fast as it is answered, or so many a second.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// As many as a busy vendor has.
const CONNECTIONS: usize = 64;
/// More than any answer here.
const MOST_ANSWER_BYTES: usize = 4_096;

/// Where and how is delivered.
#[derive(Clone)]
pub struct Address {
    pub host: SocketAddr,
    pub path: String,
    pub token: String,
}

/// How fast is delivered.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each connection delivers the next one when it is answered.
    Flood,
    /// One after each span, whatever the answers; an answer takes from the moment its delivery was due.
    Every(Duration),
}

/// What one round took.
pub struct Took {
    pub per_second: f64,
    pub p99: Duration,
}

/// Delivers so many events, each once; their numbers begin at `first`.
pub async fn deliver(address: &Address, pace: Pace, first: usize, count: usize) -> Result<Took> {
    let next = Arc::new(AtomicUsize::new(first));
    let end = first + count;
    let began = Instant::now();
    let due = move |event: usize| match pace {
        Pace::Flood => None,
        Pace::Every(span) => Some(began + span * (event - first) as u32),
    };
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        connections.spawn(over_one(address.clone(), next.clone(), end, due));
    }
    let mut latencies = Vec::with_capacity(count);
    while let Some(done) = connections.join_next().await {
        latencies.extend(done??);
    }
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Ok(Took { per_second, p99: latencies[latencies.len() * 99 / 100] })
}

async fn over_one(
    address: Address,
    next: Arc<AtomicUsize>,
    end: usize,
    due: impl Fn(usize) -> Option<Instant>,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address.host).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut answer = Vec::with_capacity(MOST_ANSWER_BYTES);
    loop {
        let event = next.fetch_add(1, Ordering::Relaxed);
        if event >= end {
            return Ok(latencies);
        }
        let request = request(&address, event);
        let due = due(event);
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        let began = due.unwrap_or_else(Instant::now);
        stream.write_all(&request).await?;
        read_answer(&mut stream, &mut answer).await?;
        latencies.push(began.elapsed());
    }
}

/// About 830 bytes of body, as an order has.
fn request(address: &Address, event: usize) -> Vec<u8> {
    let order = event % 1_000;
    let filler = "ul. Marszalkowska 1 m. 2, 00-001 Warszawa; ".repeat(18);
    let body = format!(r#"{{"event":"event-{event}","order":"{order}","address":"{filler}"}}"#);
    let Address { host, path, token } = address;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nx-token: {token}\r\ncontent-type: application/json\r\n\
         user-agent: vendor/1.0\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    loop {
        ensure!(stream.read_buf(answer).await? > 0, "the host closed the connection");
        let text = std::str::from_utf8(answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("an answer says how long it is")?.parse()?;
        if body.len() == length {
            ensure!(head.starts_with("HTTP/1.1 200"), "a delivery was not taken: {text}");
            return Ok(());
        }
    }
}
