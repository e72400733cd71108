//! Connections: one configured use of a connector.

use crate::{Db, DbError, Millis, SealedSecret, StreamSettings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    Active,
    /// No run of it is taken; queued ones wait.
    Paused,
}

#[derive(Debug, Clone)]
pub struct Connection {
    pub id: i64,
    pub name: String,
    pub connector: String,
    /// A JSON object, without secrets.
    pub config: String,
    /// A JSON object of text to text.
    pub labels: String,
    pub state: ConnectionState,
    /// Raised by every change of configuration or secrets.
    pub revision: i64,
    pub created_at: Millis,
    /// The last check: when, and the error as JSON if it failed.
    pub checked_at: Option<Millis>,
    pub check_error: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewConnection {
    pub name: String,
    pub connector: String,
    pub config: String,
    pub labels: String,
    pub secrets: Vec<SealedSecret>,
    /// The streams of the active spec, with their first due time.
    pub streams: Vec<StreamSettings>,
}

impl Db {
    /// Reserves the id of a connection to be: secrets are sealed for an id before the row exists.
    pub async fn connection_id(&self) -> Result<i64, DbError> { todo!() }
    /// Writes the connection, its secrets and its streams in one transaction. A name in use is a
    /// [`DbError::Conflict`].
    pub async fn connection_create(&self, now: Millis, id: i64, new: &NewConnection) -> Result<Connection, DbError> { todo!() }
    /// Replaces configuration, labels and the secrets given, removes the secrets named, raises the
    /// revision, and lifts the stop of every stream (a person has changed something).
    pub async fn connection_update(
        &self,
        now: Millis,
        id: i64,
        config: &str,
        labels: &str,
        secrets: &[SealedSecret],
        unset: &[String],
    ) -> Result<Connection, DbError> { todo!() }
    /// Pausing keeps queued runs queued. Resuming also lifts the stops of its streams.
    pub async fn connection_set_state(&self, id: i64, state: ConnectionState) -> Result<(), DbError> { todo!() }
    pub async fn connection_checked(&self, now: Millis, id: i64, error: Option<&str>) -> Result<(), DbError> { todo!() }
    /// Deletes the connection and all that hangs on it, but for its limits' ledger. A running run
    /// loses its lease. Actions in doubt or held are a [`DbError::Conflict`] unless `force`.
    pub async fn connection_delete(&self, id: i64, force: bool) -> Result<(), DbError> { todo!() }
    pub async fn connection(&self, name: &str) -> Result<Option<Connection>, DbError> { todo!() }
    pub async fn connection_by_id(&self, id: i64) -> Result<Option<Connection>, DbError> { todo!() }
    pub async fn connections(&self) -> Result<Vec<Connection>, DbError> { todo!() }
}
