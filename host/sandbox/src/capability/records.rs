//! `records`: what the connections bound to a flow's roles have stored. Read only.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    bindings::windlass::connector::records::{self, ErrorKind, Found, RecordsError},
    replay::Import,
    state::CallState,
};

/// The records that a flow may look at, by role.
#[async_trait::async_trait]
pub trait Records: Send + Sync {
    async fn get(&self, role: &str, stream: &str, key: &str) -> Result<Option<FoundRecord>, NotRead>;

    /// Records after a key, in the order of their keys' bytes.
    async fn list(
        &self,
        role: &str,
        stream: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FoundRecord>, NotRead>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    pub key: String,
    pub json: String,
    /// Of the change that wrote it.
    pub sequence: i64,
}

/// Why records cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NotRead {
    #[error("this flow has no role `{0}`")]
    UnknownRole(String),
    #[error("the connector of role `{role}` has no stream `{stream}`")]
    UnknownStream { role: String, stream: String },
    #[error("{0}")]
    Other(String),
}

/// The most records one `list` returns: as many as a page of a stream usually has.
const MOST_LISTED: u32 = 1_000;

type Answer<T> = wasmtime::Result<Result<T, RecordsError>>;

impl records::Host for CallState {
    async fn get(&mut self, role: String, stream: String, key: String) -> Answer<Option<Found>> {
        let records = self.records("records.get")?;
        let answer = records.get(&role, &stream, &key).await;
        self.time.import_returned(Import::Records)?;
        Ok(answer.map(|found| found.map(Found::from)).map_err(RecordsError::from))
    }

    async fn list(
        &mut self,
        role: String,
        stream: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<Found>> {
        let records = self.records("records.list")?;
        let limit = limit.min(MOST_LISTED) as usize;
        let answer = records.list(&role, &stream, after.as_deref(), limit).await;
        self.time.import_returned(Import::Records)?;
        Ok(answer.map(|found| found.into_iter().map(Found::from).collect()).map_err(RecordsError::from))
    }
}

impl CallState {
    fn records(&mut self, import: &str) -> wasmtime::Result<Arc<dyn Records>> {
        let records = self.capabilities(import)?.records.clone();
        records.ok_or_else(|| wasmtime::Error::msg("only a flow is given records"))
    }
}

impl From<FoundRecord> for Found {
    fn from(found: FoundRecord) -> Self {
        let sequence = u64::try_from(found.sequence).unwrap_or_default();
        Found { key: found.key, json: found.json, sequence, extras: None }
    }
}

impl From<NotRead> for RecordsError {
    fn from(error: NotRead) -> Self {
        let kind = match &error {
            NotRead::UnknownRole(_) => ErrorKind::UnknownRole,
            NotRead::UnknownStream { .. } => ErrorKind::UnknownStream,
            NotRead::Other(_) => ErrorKind::Other,
        };
        RecordsError { kind, message: error.to_string(), extras: None }
    }
}
