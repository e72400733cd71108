//! Traces: the recording of one call, compressed.
//!
//! A trace holds what the call's result depends on: its request, configuration, limits, seed and start,
//! and the result of every request in order, as before injection of credentials.
//!
//! Packed: the length of the head, the head as JSON, and behind it every body with its length, each
//! length four bytes, little end first; all of it compressed. Bodies stand apart because text inside
//! JSON would have to be encoded, which costs more than the rest of the recording.

use std::io::Read;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_db::Trace;
use windlass_sandbox::egress::Exchange;

/// The fastest level: every call pays for it before it is committed.
const COMPRESSION_LEVEL: i32 = 1;
/// The most a trace may unpack to; a call's bodies are bounded by its memory.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// `read`, `act`, `check`, `migrate`.
    pub export: String,
    /// What was asked, as JSON; an action's input is part of it.
    pub request: serde_json::Value,
    /// The configuration without secrets.
    pub config: serde_json::Value,
    pub started_at: i64,
    pub seed: u64,
    pub exchanges: Vec<Exchange>,
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
        let bytes = zstd::bulk::compress(&plain, COMPRESSION_LEVEL).map_err(unreadable)?;
        Ok(Trace { bytes })
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

    /// Of requests and answers, in order.
    fn bodies(&mut self) -> impl Iterator<Item = &mut Bytes> {
        self.exchanges.iter_mut().flat_map(|exchange| {
            std::iter::once(&mut exchange.body)
                .chain(exchange.outcome.as_mut().ok().map(|answer| &mut answer.body))
        })
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
    use windlass_sandbox::egress::{Answer, HttpError, HttpErrorKind};

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
        }
    }

    #[test]
    fn a_recording_comes_back_whole() {
        assert_eq!(Recording::unpack(&recording().pack().unwrap()).unwrap(), recording());
    }

    #[test]
    fn a_damaged_trace_is_an_error() {
        let whole = recording().pack().unwrap().bytes;
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            assert!(Recording::unpack(&Trace { bytes: whole[..length].to_vec() }).is_err(), "{length}");
        }
        let short = zstd::bulk::compress(b"\xff\0\0\0{}", 1).unwrap();
        assert!(Recording::unpack(&Trace { bytes: short }).is_err());
    }
}
