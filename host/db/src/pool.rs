//! Opening a database, its clock, and transactions.

use std::sync::Arc;

use crate::{DbError, Millis};

/// A handle to the database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Db { /* pool, dialect, writer lock, clock */ }

impl Db {
    /// Opens `sqlite://PATH` or `postgres://…`, migrates under a lock, and refuses a newer database.
    pub async fn open(url: &str) -> Result<Db, DbError> { todo!() }
    /// Like `open`, with the host's clock read by `clock` (Unix milliseconds): for SQLite the clock
    /// that is anchored to the monotonic clock. PostgreSQL never uses it.
    pub async fn open_with_clock(url: &str, clock: Arc<dyn Fn() -> i64 + Send + Sync>) -> Result<Db, DbError> { todo!() }
    /// True on SQLite: this host is the only one.
    pub fn is_single_host(&self) -> bool { todo!() }
    /// The one clock of leases and limits. On PostgreSQL the database's; on SQLite the host's,
    /// anchored to the monotonic clock and never earlier than the newest ledger row.
    pub async fn now(&self) -> Result<Millis, DbError> { todo!() }
    pub async fn close(&self) { todo!() }
}
