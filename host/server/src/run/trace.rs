//! Traces: the recording of one call, compressed.
//!
//! A trace holds what the call's result depends on: its request, configuration, limits, seed and start,
//! and the result of every import in order; requests as before injection of credentials. So the call can be
//! made again without the outside (`replay`).
//!
//! Packed: the length of the head, the head as JSON, and behind it every body with its length, each
//! length four bytes, little end first; all of it compressed. Bodies stand apart because text inside
//! JSON would have to be encoded, which costs more than the rest of the recording. A checksum goes with it,
//! so that damage is never taken for a difference.

use std::io::Read;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_db::Trace;
use windlass_sandbox::{egress::Exchange, replay::Basis};

/// The fastest level: every call pays for it before it is committed.
const COMPRESSION_LEVEL: i32 = 1;
/// The most a trace may unpack to; a call's bodies are bounded by its memory.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// `read`, `act`, `receive`, `react`, `migrate`.
    pub export: String,
    /// What was asked, as JSON; an action's input is part of it.
    pub request: serde_json::Value,
    /// The configuration without secrets.
    pub config: serde_json::Value,
    pub started_at: i64,
    pub seed: u64,
    pub exchanges: Vec<Exchange>,
    /// Something in it is secret and not kept, so that it cannot be replayed.
    #[serde(default)]
    pub secret: bool,
    /// What only a replay needs. None if something is secret, and in traces that older hosts wrote.
    #[serde(default)]
    pub basis: Option<Basis>,
}

#[derive(Debug, thiserror::Error)]
#[error("the trace cannot be read: {0}")]
pub struct TraceError(String);

impl Recording {
    pub fn pack(mut self) -> Result<Trace, TraceError> {
        let bodies: Vec<Bytes> = self.bodies().map(std::mem::take).collect();
        let head = serde_json::to_vec(&self).map_err(unreadable)?;
        let mut plain = Vec::with_capacity(head.len() + bodies.iter().map(Bytes::len).sum::<usize>());
        for part in std::iter::once(&*head).chain(bodies.iter().map(|body| &**body)) {
            let length = u32::try_from(part.len()).map_err(unreadable)?;
            plain.extend_from_slice(&length.to_le_bytes());
            plain.extend_from_slice(part);
        }
        let mut compressor = zstd::bulk::Compressor::new(COMPRESSION_LEVEL).map_err(unreadable)?;
        compressor.include_checksum(true).map_err(unreadable)?;
        Ok(Trace { bytes: compressor.compress(&plain).map_err(unreadable)? })
    }

    pub fn unpack(trace: &Trace) -> Result<Recording, TraceError> {
        let mut plain = Vec::new();
        let decoder = zstd::Decoder::new(&*trace.bytes).map_err(unreadable)?;
        decoder.take(MOST_BYTES).read_to_end(&mut plain).map_err(unreadable)?;
        let mut plain = Bytes::from(plain);
        let mut recording: Recording = serde_json::from_slice(&part(&mut plain)?).map_err(unreadable)?;
        for body in recording.bodies() {
            *body = part(&mut plain)?;
        }
        Ok(recording)
    }

    /// Of requests and answers, in order, and what else is kept apart.
    fn bodies(&mut self) -> impl Iterator<Item = &mut Bytes> {
        let exchanged = self.exchanges.iter_mut().flat_map(|exchange| {
            std::iter::once(&mut exchange.body)
                .chain(exchange.outcome.as_mut().ok().map(|answer| &mut answer.body))
        });
        exchanged.chain(self.basis.iter_mut().flat_map(Basis::blobs))
    }
}

/// Takes the next part off the front.
fn part(plain: &mut Bytes) -> Result<Bytes, TraceError> {
    let cut_short = || TraceError("it is cut short".to_owned());
    let length =
        plain.first_chunk().map(|length| u32::from_le_bytes(*length) as usize).ok_or_else(cut_short)?;
    let _ = plain.split_to(size_of::<u32>());
    if plain.len() < length {
        return Err(cut_short());
    }
    Ok(plain.split_to(length))
}

fn unreadable(error: impl std::fmt::Display) -> TraceError {
    TraceError(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use windlass_sandbox::{
        CallLimits, NotRead,
        egress::{Answer, HttpError, HttpErrorKind, LimitError, LimitErrorKind},
        replay::{Blob, Ending, Failed, Found, Import, Read, Return, StreamEnding, Written, sum},
    };

    use super::*;

    fn exchange(body: &'static [u8], outcome: Result<Answer, HttpError>) -> Exchange {
        Exchange {
            method: "POST".into(),
            url: "https://vendor.example/api".into(),
            headers: vec![("accept".into(), "*/*".into())],
            body: Bytes::from_static(body),
            started_at: 1,
            ended_at: 2,
            outcome,
            scrubbed: 0,
            unseen: false,
            withheld: None,
        }
    }

    fn recording() -> Recording {
        let body = Bytes::from_static(b"\xff not text \0");
        let answer = Answer { status: 200, headers: Vec::new(), body };
        let lost = HttpError {
            kind: HttpErrorKind::Timeout,
            message: "no answer".into(),
            until: None,
            overstepped: false,
        };
        Recording {
            export: "read".into(),
            request: json!({ "stream": "orders" }),
            config: json!({}),
            started_at: 1,
            seed: u64::MAX,
            exchanges: vec![exchange(b"one", Ok(answer)), exchange(b"", Err(lost))],
            secret: false,
            basis: Some(basis()),
        }
    }

    fn blob(text: &'static str) -> Blob {
        Blob(Bytes::from_static(text.as_bytes()))
    }

    /// Every kind of import and of ending.
    fn basis() -> Basis {
        let text = str::to_owned;
        let found = Found { key: text("k"), sequence: 7, json: blob("{}") };
        let full = LimitError { kind: LimitErrorKind::RateLimited, message: text("full"), until: Some(9) };
        let reads = vec![
            Read::Get { key: text("cursor"), answer: Ok(Some(blob("\0\u{ff}"))) },
            Read::Get { key: text("none"), answer: Ok(None) },
            Read::List {
                prefix: text("p"),
                after: None,
                limit: 2,
                answer: Ok(vec![(text("p1"), blob("one"))]),
            },
            Read::Used { answer: Ok((1, 2)) },
            Read::Remaining { limit: text("minute"), answer: Ok(3) },
            Read::Acquire { limit: text("minute"), n: 1, answer: Err(full) },
            Read::BlockUntil { limit: text("minute"), until: 5, answer: Ok(()) },
            Read::Record {
                role: text("shop"),
                stream: text("orders"),
                key: text("k"),
                answer: Ok(Some(found)),
            },
            Read::Records {
                role: text("shop"),
                stream: text("stock"),
                after: Some(text("a")),
                limit: 1,
                answer: Err(NotRead::UnknownRole(text("shop"))),
            },
        ];
        let stream = StreamEnding {
            stream: text(""),
            keys: vec![text("1"), text("2")],
            sums: Blob([sum(b"{}"), sum(b"[]")].iter().flat_map(|sum| sum.to_le_bytes()).collect()),
            deleted: vec![text("3")],
        };
        let ending = Ending {
            failed: Some(Failed { code: text("auth"), message: text("no"), ..Failed::default() }),
            streams: vec![stream],
            checkpoint: Some(text("c")),
            more: true,
            output: Some(blob("{\"a\":1.50}")),
            written: vec![Written { key: text("w"), sum: Some(u64::MAX) }],
        };
        let returns = vec![Return(Import::Http, 5), Return(Import::RateLimit, 6)];
        Basis { contract: text("0.1.0"), limits: CallLimits::default(), returns, reads: Some(reads), ending }
    }

    #[test]
    fn a_recording_comes_back_whole() {
        assert_eq!(Recording::unpack(&recording().pack().unwrap()).unwrap(), recording());
    }

    #[test]
    fn a_trace_of_an_older_host_has_no_basis() {
        let head = json!({ "export": "read", "request": {}, "config": {}, "started_at": 1, "seed": 2, "exchanges": [] });
        let head = head.to_string();
        let plain = [&(head.len() as u32).to_le_bytes(), head.as_bytes()].concat();
        let trace = Trace { bytes: zstd::bulk::compress(&plain, 1).unwrap() };
        let recording = Recording::unpack(&trace).unwrap();
        assert_eq!((recording.basis, recording.secret), (None, false));
    }

    #[test]
    fn sums_stand_beside_their_keys() {
        let basis = basis();
        let records: Vec<_> = basis.ending.streams[0].records().collect();
        assert_eq!(records, [("1", sum(b"{}")), ("2", sum(b"[]"))]);
    }

    #[test]
    fn a_damaged_trace_is_an_error() {
        let whole = recording().pack().unwrap().bytes;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            // A bit that nothing is read from may change.
            let read = Recording::unpack(&Trace { bytes: damaged });
            assert!(read.is_err() || read.unwrap() == recording(), "{at}");
        }
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            assert!(Recording::unpack(&Trace { bytes: whole[..length].to_vec() }).is_err(), "{length}");
        }
        let short = zstd::bulk::compress(b"\xff\0\0\0{}", 1).unwrap();
        let error = Recording::unpack(&Trace { bytes: short }).unwrap_err();
        assert_eq!(error.to_string(), "the trace cannot be read: it is cut short");
    }
}
