//! Connectors and their versions, addressed by the SHA-256 of their bytes.

use crate::{Db, DbError, Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Installed; differs from what was approved in something an operator must see.
    WaitsForApproval,
    /// Approved; may be active.
    Approved,
}

/// One installed version of a connector, without its bytes.
#[derive(Debug, Clone)]
pub struct Version {
    pub connector: String,
    /// Semantic version, unique per connector.
    pub version: String,
    /// Lower-case hex SHA-256 of the component.
    pub digest: String,
    /// The spec as JSON, as `describe` returned it.
    pub spec: String,
    pub state: VersionState,
    pub active: bool,
    pub installed_at: Millis,
    /// When it was last made active.
    pub activated_at: Option<Millis>,
}

/// The bytes of a component.
#[derive(Debug, Clone)]
pub struct Component {
    pub digest: String,
    pub wasm: Vec<u8>,
}

impl Db {
    /// Adds a version and its bytes; does not activate it. Installing the same digest again changes
    /// nothing. The same version number with another digest is a [`DbError::Conflict`].
    pub async fn version_add(&self, now: Millis, version: &Version, wasm: &[u8]) -> Result<(), DbError> { todo!() }
    pub async fn version_approve(&self, connector: &str, version: &str) -> Result<(), DbError> { todo!() }
    /// Makes one approved version the connector's only active one and returns the former digest.
    pub async fn version_activate(&self, now: Millis, connector: &str, version: &str) -> Result<Option<String>, DbError> { todo!() }
    /// All versions of all connectors, by connector, newest installed first.
    pub async fn versions(&self) -> Result<Vec<Version>, DbError> { todo!() }
    pub async fn versions_of(&self, connector: &str) -> Result<Vec<Version>, DbError> { todo!() }
    /// (connector, digest) of every active version: what a host polls to follow swaps.
    pub async fn active_digests(&self) -> Result<Vec<(String, String)>, DbError> { todo!() }
    pub async fn component(&self, digest: &str) -> Result<Component, DbError> { todo!() }
}
