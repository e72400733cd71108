//! Secrets, as ciphertext only: sealed and opened elsewhere.

use crate::{Db, DbError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub field: String,
    /// The envelope: key id, nonce, ciphertext.
    pub sealed: Vec<u8>,
}

impl Db {
    pub async fn secrets(&self, connection: i64) -> Result<Vec<SealedSecret>, DbError> { todo!() }
    /// A value kept beside the data that only the right key opens. The first caller's value is
    /// stored; later callers get the stored one back.
    pub async fn key_check(&self, sealed: &[u8]) -> Result<Vec<u8>, DbError> { todo!() }
}
