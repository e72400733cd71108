//! Streams: schedule, checkpoint and sequence of each stream of each connection.

use crate::{Db, DbError, Lease, Millis};

/// What a stream is created or altered with.
#[derive(Debug, Clone)]
pub struct StreamSettings {
    pub name: String,
    /// Milliseconds between two scheduled runs; none: only manual runs.
    pub every_ms: Option<i64>,
    /// When the first scheduled run is due.
    pub due_at: Option<Millis>,
}

#[derive(Debug, Clone)]
pub struct Stream {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    /// The number of the last change.
    pub sequence: i64,
    pub checkpoint: Option<String>,
    /// The format number (`state` of the spec) the checkpoint was written in.
    pub checkpoint_state: i64,
    pub every_ms: Option<i64>,
    /// When the schedule runs it next.
    pub due_at: Option<Millis>,
    pub paused: bool,
    /// Why the schedule stopped by itself (an `auth` or `config` error): code and message.
    pub stopped_code: Option<String>,
    pub stopped_message: Option<String>,
    /// Live records.
    pub records: i64,
    pub last_success_at: Option<Millis>,
    /// Records of the last complete walk, for the estimate of the next one.
    pub last_walk_records: Option<i64>,
    pub last_walk_pages: Option<i64>,
    /// The unfinished snapshot walk. Under another revision or state than the present ones the next
    /// call must begin a walk again (`WalkStep::first`, no checkpoint).
    pub walk: Option<Walk>,
}

/// What a snapshot walk began under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    pub id: i64,
    pub revision: i64,
    pub state: i64,
}

/// A stream whose schedule is due: its connection is active, it is neither paused nor stopped.
#[derive(Debug, Clone)]
pub struct DueStream {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    pub every_ms: i64,
    pub due_at: Millis,
}

impl Db {
    pub async fn streams(&self, connection: i64) -> Result<Vec<Stream>, DbError> { todo!() }
    pub async fn stream(&self, connection: i64, name: &str) -> Result<Option<Stream>, DbError> { todo!() }
    pub async fn stream_by_id(&self, id: i64) -> Result<Option<Stream>, DbError> { todo!() }
    /// Adds streams that a newer spec brings; keeps the ones that exist as they are.
    pub async fn streams_ensure(&self, connection: i64, streams: &[StreamSettings]) -> Result<(), DbError> { todo!() }
    pub async fn stream_schedule(&self, id: i64, every_ms: Option<i64>, due_at: Option<Millis>) -> Result<(), DbError> { todo!() }
    /// Resuming also lifts a stop.
    pub async fn stream_pause(&self, id: i64, paused: bool) -> Result<(), DbError> { todo!() }
    /// Stops the schedule of one stream and says why.
    pub async fn stream_stop(&self, id: i64, code: &str, message: &str) -> Result<(), DbError> { todo!() }
    /// Stops all streams of a connection.
    pub async fn connection_stop(&self, connection: i64, code: &str, message: &str) -> Result<(), DbError> { todo!() }
    /// Streams due at `now`, oldest first.
    pub async fn streams_due(&self, now: Millis, limit: i64) -> Result<Vec<DueStream>, DbError> { todo!() }
    /// Moves the schedule on from `was` to `next` and enqueues a sync run (or joins the one that
    /// waits or runs) in one transaction. False if another host did it first.
    pub async fn stream_enqueue_due(&self, now: Millis, id: i64, was: Millis, next: Millis) -> Result<bool, DbError> { todo!() }
    /// Carries a checkpoint over to another `state`, fenced by the run's lease.
    pub async fn checkpoint_migrated(&self, lease: &Lease, id: i64, checkpoint: Option<&str>, state: i64) -> Result<(), DbError> { todo!() }
}
