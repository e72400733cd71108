//! Snapshot walks: which keys a complete walk met, and what it may delete.
//!
//! Keys met are stored as 8-byte hashes under a durable walk id. The last page deletes live keys that
//! this walk and the former complete one both missed and that nothing else wrote since the former one
//! began.

use crate::{Db, DbError, Millis};

impl Db {
    /// A person's word: what the last withheld walk wanted to delete is deleted by the next
    /// complete walk without the share's guard. Conflict if nothing is withheld.
    pub async fn accept_deletions(&self, now: Millis, stream: i64) -> Result<(), DbError> { todo!() }
    /// How many deletions the last complete walk withheld.
    pub async fn withheld_deletions(&self, stream: i64) -> Result<Option<i64>, DbError> { todo!() }
}
