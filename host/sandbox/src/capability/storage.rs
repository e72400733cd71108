//! `storage`: the connection's own bytes by key. A call reads its own writes; they are handed to the
//! host with the result and committed with it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{
    bindings::windlass::connector::storage::{self, ErrorKind, StorageError},
    json::check_key,
    replay::Import,
    state::CallState,
};

/// What the connection's storage holds before the call.
#[async_trait::async_trait]
pub trait Storage: Send + Sync {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;
    /// Entries with the prefix after a key, in the order of their bytes.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, String>;
    /// Keys and bytes held.
    async fn used(&self) -> Result<(i64, i64), String>;
}

/// One write of a call; no value deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageWrite {
    pub key: String,
    pub value: Option<Vec<u8>>,
}

/// The most entries one `list` returns.
const MOST_LISTED: u32 = 1_000;

/// The connection's storage as one call sees it.
pub(crate) struct CallStorage {
    before: Arc<dyn Storage>,
    most_keys: i64,
    most_bytes: i64,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    values: BTreeMap<String, Option<Vec<u8>>>,
    /// Keys and bytes with the writes counted in; none until the first write asked.
    used: Option<(i64, i64)>,
}

impl CallStorage {
    pub fn new(before: Arc<dyn Storage>, most_keys: i64, most_bytes: i64) -> Self {
        CallStorage { before, most_keys, most_bytes, written: Mutex::default() }
    }

    pub fn take_writes(&self) -> Vec<StorageWrite> {
        let values = std::mem::take(&mut self.written().values);
        values.into_iter().map(|(key, value)| StorageWrite { key, value }).collect()
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        if let Some(value) = self.written().values.get(key) {
            return Ok(value.clone());
        }
        self.before.get(key).await.map_err(other)
    }

    /// A deleted key is kept, too, until the commit: a call may touch as many keys as it takes to replace
    /// all of them.
    async fn put(&self, key: String, value: Option<Vec<u8>>) -> Result<(), StorageError> {
        check_key(&key).map_err(|message| error(ErrorKind::InvalidKey, message))?;
        let old = self.get(&key).await?;
        let used = self.written().used;
        let (keys, bytes) = match used {
            Some(used) => used,
            None => self.before.used().await.map_err(other)?,
        };
        let size =
            |value: &Option<Vec<u8>>| value.as_ref().map_or(0, |value| (key.len() + value.len()) as i64);
        let keys = keys + i64::from(value.is_some()) - i64::from(old.is_some());
        let bytes = bytes + size(&value) - size(&old);
        if value.is_some() && (keys > self.most_keys || bytes > self.most_bytes) {
            let message = format!(
                "the connection's storage would hold {keys} keys and {bytes} bytes; it may hold {} and {}",
                self.most_keys, self.most_bytes
            );
            return Err(error(ErrorKind::Quota, message));
        }
        let mut written = self.written();
        if written.values.len() as i64 >= 2 * self.most_keys && !written.values.contains_key(&key) {
            let message = format!("one call may write and delete {} keys", 2 * self.most_keys);
            return Err(error(ErrorKind::Quota, message));
        }
        written.used = Some((keys, bytes));
        written.values.insert(key, value);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        let limit = limit.min(MOST_LISTED) as usize;
        let written: Vec<_> = {
            let written = self.written();
            let inside =
                |key: &String| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after);
            written
                .values
                .iter()
                .filter(|(key, _)| inside(key))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        // Each write can hide at most one entry, so this many are enough.
        let before = self.before.list(prefix, after, limit + written.len()).await.map_err(other)?;
        let mut entries: BTreeMap<_, _> = before.into_iter().collect();
        for (key, value) in written {
            match value {
                Some(value) => entries.insert(key, value),
                None => entries.remove(&key),
            };
        }
        Ok(entries.into_iter().take(limit).collect())
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn error(kind: ErrorKind, message: String) -> StorageError {
    StorageError { kind, message, extras: None }
}

fn other(message: String) -> StorageError {
    error(ErrorKind::Other, message)
}

type Answer<T> = wasmtime::Result<Result<T, StorageError>>;

impl storage::Host for CallState {
    async fn get(&mut self, key: String) -> Answer<Option<Vec<u8>>> {
        let storage = self.capabilities("storage.get")?.storage.clone();
        let answer = storage.get(&key).await;
        self.time.import_returned(Import::Storage)?;
        Ok(answer)
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> Answer<()> {
        let storage = self.capabilities("storage.set")?.storage.clone();
        let answer = storage.put(key, Some(value)).await;
        self.time.import_returned(Import::Storage)?;
        Ok(answer)
    }

    async fn set_if(&mut self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<bool> {
        let storage = self.capabilities("storage.set-if")?.storage.clone();
        let answer = match storage.get(&key).await {
            Ok(present) if present == expected => storage.put(key, Some(value)).await.map(|()| true),
            Ok(_) => Ok(false),
            Err(error) => Err(error),
        };
        self.time.import_returned(Import::Storage)?;
        Ok(answer)
    }

    async fn delete(&mut self, key: String) -> Answer<()> {
        let storage = self.capabilities("storage.delete")?.storage.clone();
        let answer = storage.put(key, None).await;
        self.time.import_returned(Import::Storage)?;
        Ok(answer)
    }

    async fn list(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<(String, Vec<u8>)>> {
        let storage = self.capabilities("storage.list")?.storage.clone();
        let answer = storage.list(&prefix, after.as_deref(), limit).await;
        self.time.import_returned(Import::Storage)?;
        Ok(answer)
    }
}
