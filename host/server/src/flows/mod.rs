//! Flows: bound to connections, and checked against what these have.
//!
//! A flow is stored as a connection is, so that it is made and changed by [`connections`](crate::connections);
//! here stands what only a flow has.

mod bind;
mod check;

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_db::{Connection, ConnectionState, DbError};

use crate::{
    connections::{self, NewInput, Secrets, Written},
    host::Host,
    problem::Problem,
};

pub use bind::{bind, bind_anew, follow_version};
pub use check::{Direction, directions, findings};

/// The body of `POST /v1/flows`:
/// `{"name", "flow", "connect": {"role": "connection"}, "config": {…}, "labels": {…},
/// "paused": false}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFlow {
    pub name: String,
    pub flow: String,
    #[serde(default)]
    pub connect: BTreeMap<String, String>,
    #[serde(default)]
    pub config: Map<String, Value>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// From its first moment on: it is shown nothing before it is resumed.
    #[serde(default)]
    pub paused: bool,
}

/// Makes a flow. It is first shown the records that its connections have, then what changes.
pub async fn create(host: &Arc<Host>, input: NewFlow) -> Result<Written, Problem> {
    let NewFlow { name, flow, connect, config, labels, paused } = input;
    let input = NewInput { name, connector: flow, config, secrets: Secrets::default(), labels, paused };
    let written = connections::create(host, input, Some(&connect)).await?;
    host.wake.notify_one();
    Ok(written)
}

/// Pausing keeps what is to be shown; resuming goes on there.
pub async fn set_state(host: &Host, flow: &Connection, state: ConnectionState) -> Result<(), Problem> {
    host.db.connection_set_state(flow.id, state).await.map_err(|error| match error {
        DbError::Missing { .. } => Problem::missing("flow", &flow.name),
        error => error.into(),
    })?;
    host.wake.notify_one();
    Ok(())
}
