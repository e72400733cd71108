//! Roles: the connections that a flow is bound to.

use serde::Serialize;

/// A connection that a flow needs: of which connector, and what the flow does with it.
#[derive(Clone, Debug, Serialize)]
pub struct Role {
    connector: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    follows: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asks: Vec<String>,
}

impl Role {
    /// A connection of that connector.
    pub fn of(connector: &str) -> Self {
        Self { connector: connector.into(), follows: Vec::new(), asks: Vec::new() }
    }

    /// The flow is shown the changes of this stream.
    #[must_use]
    pub fn follows(mut self, stream: &str) -> Self {
        self.follows.push(stream.into());
        self
    }

    /// The flow may ask for this action.
    #[must_use]
    pub fn asks(mut self, action: &str) -> Self {
        self.asks.push(action.into());
        self
    }
}
