//! Runs: one queue for four kinds, with leases and fencing.
//!
//! ```text
//! queued ──take──▶ running ──▶ succeeded | failed | cancelled | held
//!    ▲                │
//!    └── retry · snooze (no attempt) · rescue (lease expired) · resolve (a person) ──┘
//! ```
//!
//! A running run carries a lease: owner, end and fence. The fence is raised by every take; every
//! write names it, so a host that lost its lease writes nothing and is told [`DbError::LeaseLost`].

use crate::{Db, DbError, Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunKind {
    Sync,
    Action,
    Webhook,
    Flow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Held,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Schedule,
    Manual,
    Webhook,
    Flow,
}

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Operator,
    Vendor,
    Connector,
    Host,
}

#[derive(Debug, Clone)]
pub struct RunError {
    /// Stable and dotted: `auth`, `limits.blocked`, `call.out-of-memory`.
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    pub blame: Blame,
    /// The vendor's own code, if it gave one.
    pub vendor_code: Option<String>,
    /// A JSON object.
    pub detail: Option<String>,
}

/// Why a queued run waits until its due time without that being an attempt.
#[derive(Debug, Clone)]
pub struct SnoozeReason {
    /// `limit`, `settle`, `again`, `blocked`.
    pub code: String,
    pub message: String,
}

/// The right to write for a run: named in every fenced statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub run: i64,
    pub owner: String,
    pub fence: i64,
    pub until: Millis,
}

#[derive(Debug, Clone)]
pub struct NewRun {
    pub kind: RunKind,
    pub trigger: Trigger,
    pub connection: i64,
    /// Sync: the stream.
    pub stream: Option<i64>,
    /// Action: its name.
    pub action: Option<String>,
    /// Sync: a full re-read.
    pub full: bool,
    /// Action: input JSON. Sync: JSON array of single keys, if only those are read.
    pub input: Option<String>,
    /// Action: its key, the same over all attempts; unique per connection and action.
    pub key: Option<String>,
    /// Hash of the input, to tell a repeated request from another one with the same key.
    pub input_hash: Option<String>,
    /// Runs of one connection with an equal value are taken in order, one at a time.
    pub ordering: Option<String>,
    /// The first moment it may be taken.
    pub due_at: Millis,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: i64,
    pub kind: RunKind,
    pub trigger: Trigger,
    pub state: RunState,
    pub connection: i64,
    pub connection_name: String,
    pub stream: Option<i64>,
    pub stream_name: Option<String>,
    pub action: Option<String>,
    pub full: bool,
    pub input: Option<String>,
    pub input_hash: Option<String>,
    pub output: Option<String>,
    pub key: Option<String>,
    pub ordering: Option<String>,
    /// Attempts started, this one included; snoozes and rescues of a parked run do not count.
    pub attempt: i64,
    /// What the last `again` returned.
    pub again_state: Option<String>,
    pub due_at: Millis,
    pub snooze: Option<SnoozeReason>,
    pub cancel_asked: bool,
    /// The digest of the last call.
    pub digest: Option<String>,
    pub pages: i64,
    pub records_seen: i64,
    pub records_written: i64,
    pub records_deleted: i64,
    /// Records that differ from the stream's schema, and the first JSON Pointer.
    pub schema_mismatches: i64,
    pub schema_pointer: Option<String>,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub created_at: Millis,
    pub started_at: Option<Millis>,
    pub finished_at: Option<Millis>,
    /// The fence of the present or last lease.
    pub fence: i64,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Millis>,
}

#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub connection: Option<i64>,
    pub stream: Option<i64>,
    pub kind: Option<RunKind>,
    pub state: Option<RunState>,
    /// Only runs with a smaller id: the cursor.
    pub before: Option<i64>,
    pub limit: i64,
}

impl Db {
    /// Enqueues a sync run, or returns the one of that stream that waits or runs. The flag is true
    /// if a new run was made. A joined run takes over `full`, and becomes due at once if this one is.
    pub async fn sync_enqueue(&self, now: Millis, new: &NewRun) -> Result<(Run, bool), DbError> { todo!() }
    /// Enqueues an action, or returns the one with the same key. The flag is true if a new run was
    /// made; the caller compares `input_hash` when it was not.
    pub async fn action_enqueue(&self, now: Millis, new: &NewRun) -> Result<(Run, bool), DbError> { todo!() }
    /// Takes up to `limit` due runs of active connections in one statement: raises the fence, sets
    /// the lease, counts an attempt (unless the run was snoozed), clears the snooze.
    /// Skips a run while an earlier one with the same connection and ordering is not finished.
    pub async fn take(&self, now: Millis, owner: &str, lease_ms: i64, limit: i64) -> Result<Vec<(Run, Lease)>, DbError> { todo!() }
    /// Extends leases; returns the runs whose lease was lost.
    pub async fn renew(&self, now: Millis, owner: &str, leases: &[Lease], lease_ms: i64) -> Result<Vec<i64>, DbError> { todo!() }
    /// Puts runs with an expired lease back in the queue. `all_of` rescues every running run at once:
    /// the only host of a database has just started.
    pub async fn rescue(&self, now: Millis, all: bool) -> Result<u64, DbError> { todo!() }
    /// When the next queued run is due, for the sleep of a worker.
    pub async fn next_due(&self) -> Result<Option<Millis>, DbError> { todo!() }
    pub async fn run(&self, id: i64) -> Result<Option<Run>, DbError> { todo!() }
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, DbError> { todo!() }
    /// A person: a failed or cancelled run is queued again (attempt starts over).
    pub async fn run_retry(&self, now: Millis, id: i64) -> Result<Run, DbError> { todo!() }
    /// A person: a queued run is cancelled at once; a running one is asked to stop.
    pub async fn run_cancel(&self, now: Millis, id: i64) -> Result<Run, DbError> { todo!() }
    /// A person: a held run is done with this output, sent again, or dropped (cancelled).
    pub async fn run_resolve_done(&self, now: Millis, id: i64, output: &str) -> Result<Run, DbError> { todo!() }
    /// Its open intents are marked as settled by a person, then it is queued again.
    pub async fn run_resolve_send_again(&self, now: Millis, id: i64) -> Result<Run, DbError> { todo!() }
    pub async fn run_resolve_drop(&self, now: Millis, id: i64) -> Result<Run, DbError> { todo!() }
}
