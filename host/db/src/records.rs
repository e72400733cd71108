//! Records: upsert by key, unchanged content writes nothing.

use crate::{Db, DbError, Millis};

#[derive(Debug, Clone)]
pub struct Record {
    pub key: String,
    /// As the vendor sent it, white space outside strings removed.
    pub json: String,
    /// The sequence of its last change.
    pub sequence: i64,
    pub written_at: Millis,
}

#[derive(Debug, Clone)]
pub struct RecordsPage {
    pub records: Vec<Record>,
    /// The key to go on after; none at the end.
    pub next: Option<String>,
    /// The stream's sequence when the page was read: what to follow changes from.
    pub as_of: i64,
}

impl Db {
    /// Live records in the order of their keys' bytes.
    pub async fn records(&self, stream: i64, after: Option<&str>, limit: i64) -> Result<RecordsPage, DbError> { todo!() }
    pub async fn record(&self, stream: i64, key: &str) -> Result<Option<Record>, DbError> { todo!() }
}
