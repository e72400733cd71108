//! What is kept, and for how long.

use crate::{Db, DbError, Millis};

/// Every span in milliseconds.
#[derive(Debug, Clone)]
pub struct Retention {
    pub changes_ms: i64,
    /// Finished runs with their calls, log lines and intents. Held and failed ones too, but never one
    /// that is held or in doubt.
    pub runs_ms: i64,
    /// Ledger rows after they stopped counting.
    pub ledger_ms: i64,
    /// Newest good calls per stream and action whose trace is kept.
    pub good_traces: i64,
}

impl Db {
    /// Deletes a bounded number of rows past their time; true if there is more to do.
    pub async fn prune(&self, now: Millis, keep: &Retention) -> Result<bool, DbError> { todo!() }
}
