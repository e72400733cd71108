//! The guest's storage, as the sandbox reads it.

use async_trait::async_trait;
use windlass_db::Db;
use windlass_sandbox::Storage;

pub struct ConnectionStorage {
    pub db: Db,
    pub connection: i64,
}

#[async_trait]
impl Storage for ConnectionStorage {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.db.storage_get(self.connection, key).await.map_err(|e| e.to_string())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        self.db.storage_list(self.connection, prefix, after, limit as i64).await.map_err(|e| e.to_string())
    }

    async fn used(&self) -> Result<(i64, i64), String> {
        self.db.storage_used(self.connection).await.map_err(|e| e.to_string())
    }
}
