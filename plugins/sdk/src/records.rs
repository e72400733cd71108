//! Records of the connections that a flow is bound to. Only a [`Flow`](crate::Flow) has them.

use serde::de::DeserializeOwned;

use crate::{Error, Result, backend};

/// A stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its key.
    pub key: String,
    /// JSON.
    pub json: String,
    /// The number of the change that wrote it.
    pub sequence: u64,
}

impl Record {
    /// The record as a type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.json).map_err(|error| {
            Error::rejected("record", format!("record `{}` does not fit: {error}", self.key))
        })
    }
}

/// One record by its key.
pub fn get(role: &str, stream: &str, key: &str) -> Result<Option<Record>> {
    backend::record_get(role, stream, key)
}

/// Records after the key `after`, in the order of their keys' bytes.
pub fn list(role: &str, stream: &str, after: Option<&str>, limit: u32) -> Result<Vec<Record>> {
    backend::record_list(role, stream, after, limit)
}
