//! The connection's own key-value storage. It survives versions; what a call writes is seen by the
//! call at once and committed with it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result, backend};

/// The value of a key.
pub fn get(key: &str) -> Result<Option<Vec<u8>>> {
    backend::storage_get(key)
}

/// Writes a value. Over the connection's quota it fails.
pub fn set(key: &str, value: &[u8]) -> Result<()> {
    backend::storage_set(key, value)
}

/// Writes only if the present value is `expected` (none: absent). True if it wrote.
pub fn set_if(key: &str, expected: Option<&[u8]>, value: &[u8]) -> Result<bool> {
    backend::storage_set_if(key, expected, value)
}

/// Removes a key; one that is not there is no error.
pub fn delete(key: &str) -> Result<()> {
    backend::storage_delete(key)
}

/// Entries whose key begins with `prefix`, after the key `after`, in the order of their bytes.
pub fn list(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<(String, Vec<u8>)>> {
    backend::storage_list(prefix, after, limit)
}

/// The value of a key as JSON of a type.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    get(key)?
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()
        .map_err(|error| Error::other("storage", format!("what `{key}` holds cannot be read: {error}")))
}

/// Writes a value as JSON.
pub fn set_json(key: &str, value: &impl Serialize) -> Result<()> {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::other("storage", error.to_string()))?;
    set(key, &bytes)
}
