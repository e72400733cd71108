//! The guest's storage: bytes by key, per connection.

use crate::{Db, DbError};

#[derive(Debug, Clone)]
pub struct StorageWrite {
    pub key: String,
    /// None deletes.
    pub value: Option<Vec<u8>>,
}

impl Db {
    pub async fn storage_get(&self, connection: i64, key: &str) -> Result<Option<Vec<u8>>, DbError> { todo!() }
    /// Entries with the prefix after a key, in the order of the keys' bytes.
    pub async fn storage_list(&self, connection: i64, prefix: &str, after: Option<&str>, limit: i64) -> Result<Vec<(String, Vec<u8>)>, DbError> { todo!() }
    /// Keys and bytes held, for the quota.
    pub async fn storage_used(&self, connection: i64) -> Result<(i64, i64), DbError> { todo!() }
}
