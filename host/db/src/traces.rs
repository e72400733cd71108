//! Calls and their traces.

use crate::{Db, DbError, LogLine, Millis, RunError};

/// The compressed recording of one call.
#[derive(Debug, Clone)]
pub struct Trace {
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct CallRow {
    pub id: i64,
    pub run: i64,
    pub attempt: i64,
    pub export: String,
    pub digest: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    pub cpu_us: i64,
    pub requests: i64,
    pub memory_bytes: i64,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub has_trace: bool,
}

impl Db {
    pub async fn calls(&self, run: i64) -> Result<Vec<CallRow>, DbError> { todo!() }
    pub async fn trace(&self, call: i64) -> Result<Option<Trace>, DbError> { todo!() }
    pub async fn run_log(&self, run: i64) -> Result<Vec<LogLine>, DbError> { todo!() }
    /// Records a call that belongs to no run (a check), with its trace.
    pub async fn connection_log(&self, connection: i64, before: Option<i64>, limit: i64) -> Result<Vec<(i64, LogLine)>, DbError> { todo!() }
    pub async fn check_log(&self, now: Millis, connection: i64, lines: &[LogLine]) -> Result<(), DbError> { todo!() }
}

impl CallRow {
    pub fn duration_ms(&self) -> Millis {
        self.ended_at - self.started_at
    }
}
