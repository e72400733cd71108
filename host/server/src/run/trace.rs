//! Traces: the recording of one call, compressed.
//!
//! A trace holds what the call's result depends on: its request, configuration, limits, seed and start,
//! and the result of every request in order, as before injection of credentials.

use std::io::Read;

use serde::{Deserialize, Serialize};
use windlass_db::Trace;
use windlass_sandbox::egress::Exchange;

/// The fastest level: a page of orders shrinks to a tenth at 500 MB/s.
const COMPRESSION_LEVEL: i32 = 1;
/// The most a trace may unpack to; a call's bodies are bounded by its memory.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub struct Recording {
    /// `read`, `act`, `check`, `migrate`.
    pub export: String,
    /// What was asked, as JSON; secret action inputs are not part of it.
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
    pub fn pack(&self) -> Result<Trace, TraceError> {
        let json = serde_json::to_vec(self).map_err(|e| TraceError(e.to_string()))?;
        let bytes = zstd::bulk::compress(&json, COMPRESSION_LEVEL).map_err(|e| TraceError(e.to_string()))?;
        Ok(Trace { bytes })
    }

    pub fn unpack(trace: &Trace) -> Result<Recording, TraceError> {
        let decoder = zstd::Decoder::new(&*trace.bytes).map_err(|e| TraceError(e.to_string()))?;
        serde_json::from_reader(decoder.take(MOST_BYTES)).map_err(|e| TraceError(e.to_string()))
    }
}
