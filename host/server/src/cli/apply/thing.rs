//! What is there on the host: connections and flows as the API shows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use windlass_sandbox::spec::Spec;

use super::schedule::Schedule;

/// What a file declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Connection,
    Flow,
}

/// A connection or a flow of the host.
#[derive(Debug, Clone, Deserialize)]
pub struct Thing {
    pub name: String,
    #[serde(alias = "connector", alias = "flow")]
    pub of: String,
    pub state: State,
    pub revision: i64,
    pub config: Map<String, Value>,
    /// By name.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub connect: BTreeMap<String, String>,
    /// Of the declared secrets, those that it has as they are declared.
    #[serde(skip)]
    pub same: BTreeSet<String>,
    /// Filled where the file says something of them.
    #[serde(skip)]
    pub streams: BTreeMap<String, Stream>,
    #[serde(skip)]
    pub limits: BTreeMap<String, SetNumbers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Active,
    Paused,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Stream {
    pub name: String,
    #[serde(flatten)]
    pub schedule: Schedule,
    pub paused: bool,
}

/// Of a limit, what a person has set.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct SetNumbers {
    pub max: Option<u32>,
    pub leave_to_others: Option<u32>,
    pub keep_for_actions: Option<u32>,
}

/// All that a file is compared with.
#[derive(Debug, Default)]
pub struct There {
    pub connections: BTreeMap<String, Thing>,
    pub flows: BTreeMap<String, Thing>,
    /// Of the connectors and flows that the file names.
    pub specs: BTreeMap<String, Spec>,
}

impl There {
    pub fn find(&self, kind: Kind, name: &str) -> Option<&Thing> {
        match kind {
            Kind::Connection => self.connections.get(name),
            Kind::Flow => self.flows.get(name),
        }
    }
}

impl Thing {
    pub fn is_paused(&self) -> bool {
        self.state == State::Paused
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Connection => "connection",
            Kind::Flow => "flow",
        })
    }
}
