//! What one call leaves behind, in one transaction fenced by its run's lease.

use crate::{Db, DbError, Lease, LogLine, Millis, RunError, Settle, SnoozeReason, StorageWrite, Trace};

/// One record a call produced.
#[derive(Debug, Clone)]
pub struct RecordWrite {
    pub key: String,
    pub json: String,
    /// Of the content, key order ignored.
    pub hash: [u8; 32],
    /// The stream's `version` field, if the spec names one: an older one never replaces a newer.
    pub version: Option<String>,
}

/// How a page stands in a snapshot walk.
#[derive(Debug, Clone)]
pub struct WalkStep {
    /// The page begins a walk: keys of an unfinished one are dropped.
    pub first: bool,
    /// The page completes it: what two walks missed is deleted.
    pub last: bool,
    /// A walk begun under another revision or state starts again.
    pub revision: i64,
    /// More than this share (in thousandths) of the live records is withheld from deletion.
    pub most_deleted_permille: i64,
}

/// What a call does to one stream. Several are written in order of their stream's id.
#[derive(Debug, Clone)]
pub struct StreamWrite {
    pub stream: i64,
    pub records: Vec<RecordWrite>,
    pub deleted: Vec<String>,
    /// Where the next call goes on; none keeps the former checkpoint.
    pub checkpoint: Option<String>,
    pub checkpoint_state: i64,
    /// Snapshot streams only.
    pub walk: Option<WalkStep>,
    pub schema_mismatches: i64,
    pub schema_pointer: Option<String>,
}

/// The line every call leaves, good or bad.
#[derive(Debug, Clone)]
pub struct CallLine {
    /// `read`, `act`, `check`, `receive`, `migrate`.
    pub export: String,
    pub digest: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    pub cpu_us: i64,
    pub requests: i64,
    pub memory_bytes: i64,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub log: Vec<LogLine>,
    /// Bodies, compressed; kept for failed calls and the newest good ones.
    pub trace: Option<Trace>,
}

/// What becomes of the run.
#[derive(Debug, Clone)]
pub enum Next {
    /// It goes on under the same lease, which is extended to this time.
    Continue { lease_until: Millis },
    Succeed { output: Option<String> },
    /// Queued again; this counts as an attempt.
    Retry { at: Millis, error: RunError },
    /// Queued again; not an attempt. `state` is what `again` returned, if it did.
    Snooze { until: Millis, reason: SnoozeReason, state: Option<String> },
    Fail { error: RunError },
    /// Waits for a person.
    Hold { error: RunError },
    Cancel,
}

#[derive(Debug, Clone)]
pub struct CallCommit {
    pub call: CallLine,
    pub streams: Vec<StreamWrite>,
    pub storage: Vec<StorageWrite>,
    pub settle: Vec<Settle>,
    /// The call committed or returned a verdict: the run's answered intents are settled by it.
    pub settles_intents: bool,
    /// `sync`, `action`, `webhook`: the first half of a change's origin; the run's id is the second.
    pub origin: &'static str,
    pub next: Next,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOutcome {
    pub call: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub deleted: i64,
    /// The last page of a walk wanted to delete this many and may not: the run was failed with
    /// `deletion-withheld` instead of what `next` said.
    pub withheld: Option<i64>,
    /// The page belonged to a walk begun under another revision or state (or to none): its records
    /// were kept, the checkpoint was reset, and the next call must begin a walk again.
    pub walk_restarted: bool,
    /// A person asked the run to stop.
    pub cancel_asked: bool,
}

impl Db {
    /// Writes everything a call left, or nothing. [`DbError::LeaseLost`] if the run is no longer
    /// ours. For a failed call `streams` and `storage` are empty; the call line, log, trace, settled
    /// limits and `next` are written all the same.
    pub async fn commit(&self, now: Millis, lease: &Lease, commit: CallCommit) -> Result<CommitOutcome, DbError> { todo!() }
    /// Parks or ends a run outside a call (no room in a limit, cancelled, nothing to do).
    pub async fn transition(&self, now: Millis, lease: &Lease, next: &Next) -> Result<(), DbError> { todo!() }
}
