//! What one call may use. Each number has its reason; operators may lower them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of one call into a connector. The defaults are the most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLimits {
    /// Linear memory, tables, and what the host holds for the call (requests, answers, rows), together.
    pub memory_bytes: usize,
    /// Thread time while the call is being polled: guest code and host work done for it.
    pub cpu: Duration,
    /// Real time from start to end, waiting included.
    pub wall: Duration,
    pub table_elements: usize,
    /// Handles of resources that are open at one moment.
    pub handles: usize,
    /// Bytes that one crossing of the boundary may carry.
    pub bytes_per_host_call: usize,
    /// Records, deleted keys and checkpoint of one page, or the output of an action.
    pub output_bytes: usize,
    pub checkpoint_bytes: usize,
    pub records: usize,
    pub log_bytes: usize,
    pub storage_bytes: i64,
    pub storage_keys: i64,
}

/// Room for an interpreter and a page in it. Chosen, not measured: a run shows what its calls took.
const MEMORY_BYTES: usize = 128 << 20;
/// Far more than a page should need, so that only a guest that does not end meets it.
const CPU: Duration = Duration::from_secs(10);
/// Two requests at their longest time-out.
const WALL: Duration = Duration::from_secs(120);
/// What one table of the pool holds.
const TABLE_ELEMENTS: usize = 65_536;
/// A page holds a response, its rows and a few kept parts: tens.
const HANDLES: usize = 1_000;
/// As much as one answer may have, so that a guest can read any answer whole.
const BYTES_PER_HOST_CALL: usize = 32 << 20;
const OUTPUT_BYTES: usize = 32 << 20;
/// A position, not data: every call is given it, and every trace holds it.
const CHECKPOINT_BYTES: usize = 1 << 20;
/// One commit must stay short, because a database writes one at a time; a page is usually 100.
const RECORDS: usize = 10_000;
/// A screenful for every request; floods are cut.
const LOG_BYTES: usize = 64 << 10;
/// Cursors and tables of names, not data: records are the place for data.
const STORAGE_BYTES: i64 = 16 << 20;
const STORAGE_KEYS: i64 = 10_000;

impl Default for CallLimits {
    fn default() -> Self {
        CallLimits {
            memory_bytes: MEMORY_BYTES,
            cpu: CPU,
            wall: WALL,
            table_elements: TABLE_ELEMENTS,
            handles: HANDLES,
            bytes_per_host_call: BYTES_PER_HOST_CALL,
            output_bytes: OUTPUT_BYTES,
            checkpoint_bytes: CHECKPOINT_BYTES,
            records: RECORDS,
            log_bytes: LOG_BYTES,
            storage_bytes: STORAGE_BYTES,
            storage_keys: STORAGE_KEYS,
        }
    }
}

impl CallLimits {
    /// For `describe`: it computes a constant, so it needs little.
    pub fn describe() -> Self {
        CallLimits {
            cpu: Duration::from_secs(5),
            wall: Duration::from_secs(10),
            bytes_per_host_call: 2 << 20,
            ..CallLimits::default()
        }
    }
}
