//! The guest's storage, as the sandbox reads it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use windlass_db::{Db, DbError};
use windlass_sandbox::{Storage, StorageWrite};

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

/// The same, with what earlier calls of the same commit have written.
pub struct BatchStorage {
    before: ConnectionStorage,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    values: BTreeMap<String, Option<Vec<u8>>>,
    /// Keys and bytes with the writes counted in; none before the first one.
    used: Option<(i64, i64)>,
}

impl BatchStorage {
    pub fn new(db: Db, connection: i64) -> Arc<Self> {
        let before = ConnectionStorage { db, connection };
        Arc::new(BatchStorage { before, written: Mutex::default() })
    }

    /// What a call has written; the calls after it see that.
    pub async fn add(&self, writes: &[StorageWrite]) -> Result<(), DbError> {
        let ConnectionStorage { db, connection } = &self.before;
        for StorageWrite { key, value } in writes {
            let (used, old) = {
                let written = self.written();
                (written.used, written.values.get(key).map(|value| held(key, value)))
            };
            let (keys, bytes) = match used {
                Some(used) => used,
                None => db.storage_used(*connection).await?,
            };
            let old = match old {
                Some(old) => old,
                None => held(key, &db.storage_get(*connection, key).await?),
            };
            let new = held(key, value);
            let mut written = self.written();
            written.used = Some((keys + new.0 - old.0, bytes + new.1 - old.1));
            written.values.insert(key.clone(), value.clone());
        }
        Ok(())
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keys and bytes of an entry.
fn held(key: &str, value: &Option<Vec<u8>>) -> (i64, i64) {
    value.as_ref().map_or((0, 0), |value| (1, (key.len() + value.len()) as i64))
}

#[async_trait]
impl Storage for BatchStorage {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let written = self.written().values.get(key).cloned();
        match written {
            Some(value) => Ok(value),
            None => self.before.get(key).await,
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        let inside = |key: &str| key.starts_with(prefix) && after.is_none_or(|after| key > after);
        let written: BTreeMap<_, _> = self
            .written()
            .values
            .iter()
            .filter(|(key, _)| inside(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        // Each write takes away one entry at most.
        let before = self.before.list(prefix, after, limit + written.len()).await?;
        let whole = before.len() < limit + written.len();
        let last = before.last().map(|(key, _)| key.clone()).unwrap_or_default();
        let mut entries: BTreeMap<String, Option<Vec<u8>>> =
            before.into_iter().map(|(key, value)| (key, Some(value))).collect();
        // Beyond the last one read there may be others between.
        entries.extend(written.into_iter().filter(|(key, _)| whole || *key <= last));
        let there = entries.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(there.take(limit).collect())
    }

    async fn used(&self) -> Result<(i64, i64), String> {
        let used = self.written().used;
        match used {
            Some(used) => Ok(used),
            None => self.before.used().await,
        }
    }
}
