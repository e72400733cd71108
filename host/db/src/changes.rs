//! Changes: the numbered feed of one stream, without gaps.

use crate::{Db, DbError, Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Updated,
    Deleted,
}

#[derive(Debug, Clone)]
pub struct Change {
    pub sequence: i64,
    pub key: String,
    pub kind: ChangeKind,
    /// What made it: `sync:RUN`, `action:RUN`, `webhook:RUN`.
    pub origin: String,
    /// Hex hash of the record's content; none for a deletion.
    pub hash: Option<String>,
    pub at: Millis,
}

#[derive(Debug, Clone)]
pub struct ChangesPage {
    pub changes: Vec<Change>,
    /// The stream's last sequence when the page was read.
    pub latest: i64,
}

impl Db {
    /// Changes after `after`, in order. [`DbError::Expired`] if some of them are no longer kept.
    pub async fn changes(&self, stream: i64, after: i64, limit: i64) -> Result<ChangesPage, DbError> { todo!() }
}
